"""What a deployment had to leave undone, as tags on the registration. Standard library only.

A deployment writes these tags, a watch acts on them, and the command line shows them. Two kinds, both readable in the console:

    awaits-submission:HASH    version=3 digest=... after=registration-... [except=...] [revision=1]
    awaits-association:HASH   phone-... phone-...

HASH is a digest of the value. A watch therefore removes exactly what it acted on: a mark that a deployment wrote meanwhile has
another key. A watch never writes such a tag.

Tags hold at most 256 characters of letters, digits, spaces and `_.:/=+-@`, and a resource has at most 50 of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sms_registration_rules.tag_keys import ASSOCIATION, SUBMISSION, of_marks
from sms_registration_rules.values import TypedValue

MAX_VALUE_CHARACTERS = 256
MAX_TAGS = 50
"""Tags per resource (TagResource: TAGS_PER_RESOURCE)."""

_DIGEST_CHARACTERS = 22
"""128 bits."""
_HASH_CHARACTERS = 8
_PATH_CHARACTERS = 4
"""24 bits. If two paths had the same hash, a change of the second one by hand would not be noticed."""
_MEMBER = re.compile(r"(\w+)=(\S+)")


@dataclass(frozen=True)
class Submission:
    """A version that waits to be submitted.

    Attributes:
        version_number: The version, a draft.
        digest: `digest` of the values that the deployment wrote.
        after: The registrations that must be COMPLETE first, as they were declared: IDs or ARNs.
        left_out: `path_hash` of each path whose value is not part of the digest.
        by_revision: Whether a new `revision` asks for it, whatever the content.
    """

    version_number: int
    digest: str
    after: tuple[str, ...]
    left_out: frozenset[str] = frozenset()
    by_revision: bool = False

    def tag(self) -> tuple[str, str] | None:
        """The tag, or None when it does not fit into one."""
        members = {
            "version": str(self.version_number),
            "digest": self.digest,
            "after": "+".join(self.after),
            "except": "".join(sorted(self.left_out)),
            "revision": "1" if self.by_revision else "",
        }
        value = " ".join(f"{name}={member}" for name, member in members.items() if member)
        return (SUBMISSION + _hash(value), value) if len(value) <= MAX_VALUE_CHARACTERS else None


@dataclass(frozen=True)
class Waiting:
    """What waits.

    Attributes:
        submissions: By the tag's key. More than one only while a deployment replaces them.
        associations: The resources of each tag, by its key.
        unreadable: Keys whose values no release wrote: somebody changed them by hand.
    """

    submissions: Mapping[str, Submission]
    associations: Mapping[str, tuple[str, ...]]
    unreadable: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything waits."""
        return bool(self.submissions or self.associations or self.unreadable)

    @property
    def submission(self) -> Submission | None:
        """The submission that waits; of several, the one of the highest version."""
        return max(self.submissions.values(), key=lambda each: (each.version_number, each.digest), default=None)

    @property
    def resources(self) -> tuple[str, ...]:
        """Every resource that waits to be associated, IDs or ARNs."""
        return tuple(dict.fromkeys(each for resources in self.associations.values() for each in resources))


def parse(tags: Mapping[str, str]) -> Waiting:
    """Read what waits from a registration's tags.

    Args:
        tags: All tags of the registration.
    """
    submissions: dict[str, Submission] = {}
    associations: dict[str, tuple[str, ...]] = {}
    unreadable: list[str] = []
    for key in of_marks(tags):
        value = tags[key]
        submission = _submission(value) if key.startswith(SUBMISSION) else None
        resources = tuple(value.split()) if key.startswith(ASSOCIATION) else ()
        if key.rpartition(":")[2] != _hash(value) or not (submission or resources):
            unreadable.append(key)
        elif submission:
            submissions[key] = submission
        else:
            associations[key] = resources
    return Waiting(submissions, associations, tuple(unreadable))


def association_tags(resources: Iterable[str]) -> dict[str, str]:
    """The tags for resources that wait to be associated, in the order of the resources, as many in one tag as fit."""
    values: list[str] = []
    for each in resources:
        if values and len(values[-1]) + 1 + len(each) <= MAX_VALUE_CHARACTERS:
            values[-1] += f" {each}"
        else:
            values.append(each)
    return {ASSOCIATION + _hash(value): value for value in values}


def digest(values: Mapping[str, TypedValue], left_out: Collection[str]) -> str:
    """A digest of a version's values, from which no value can be guessed that is left out.

    Args:
        values: The values by field path, as the version holds them.
        left_out: `path_hash` of each path whose value does not count. That it has a value does.
    """
    content = {path: None if path_hash(path) in left_out else sorted(value.content) for path, value in values.items()}
    return _short(json.dumps(content, sort_keys=True), _DIGEST_CHARACTERS)


def path_hash(path: str) -> str:
    """Four characters that stand for a field path."""
    return _short(path, _PATH_CHARACTERS)


def _submission(value: str) -> Submission | None:
    members = dict(_MEMBER.findall(value))
    version, left_out = members.get("version", ""), members.get("except", "")
    if not version.isdecimal() or not members.get("digest") or len(left_out) % _PATH_CHARACTERS:
        return None
    return Submission(
        version_number=int(version),
        digest=members["digest"],
        after=tuple(filter(None, members.get("after", "").split("+"))),
        left_out=frozenset(
            left_out[start : start + _PATH_CHARACTERS] for start in range(0, len(left_out), _PATH_CHARACTERS)
        ),
        by_revision=members.get("revision") == "1",
    )


def _hash(value: str) -> str:
    return _short(value, _HASH_CHARACTERS)


def _short(text: str, characters: int) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:characters]
