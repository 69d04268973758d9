"""Owner tags: who owns a registration or an attachment. Written in the same call that creates it.

They let a Delete find what an interrupted Create left, keep two stacks from managing one registration, and are the basis of the
conditions in the function's IAM policy. They are meant to be readable: `stack` is the stack's ID, `logical-id` the resource's.
"""

from collections.abc import Mapping
from typing import NamedTuple

from sms_registration_rules import tag_keys

PREFIX = tag_keys.PREFIX
STACK = PREFIX + "stack"
LOGICAL_ID = PREFIX + "logical-id"
REQUEST = PREFIX + "request"
"""RequestId of the event that created or adopted it."""
STATE = PREFIX + "state"
REPLACES = PREFIX + "replaces"
"""On a replacement: the registration that it replaced. A rollback returns to that one."""
REPLACING = PREFIX + "replacing"
"""On a registration: the RequestId of a replacement that was started, so that what it created may have to be swept. If it adopts
one instead, also the ID of that one."""
PREVIOUS_STACK = PREFIX + "previous-stack"
PREVIOUS_LOGICAL_ID = PREFIX + "previous-logical-id"
"""With PREVIOUS_STACK: the owner before a takeover, so that the previous owner's Delete does not touch it."""
PREVIOUS_STATE = PREFIX + "previous-state"

_FORM = PREFIX + "form-"

CONTENT = PREFIX + "content"
"""On an attachment: the SHA-256 digest of its bytes."""
FORM_STACK = PREFIX + "form-stack"
FORM_LOGICAL_ID = PREFIX + "form-logical-id"
"""With FORM_STACK: the owner of the form. A registration has only one form, across all stacks."""
FORM_REVISION = PREFIX + "form-revision"
"""`n:revision`: for this revision, submit the version whose number is greater than n."""
FORM_PREVIOUS = PREFIX + "form-previous"
"""The owner of the form before a takeover, in one value, so that a rollback gives the form back."""
FORM_PREVIOUS_REVISION = PREFIX + "form-previous-revision"
"""With FORM_PREVIOUS: that owner's FORM_REVISION."""
CLAIM = PREFIX + "claim-"
"""Prefix of a key that only one owner writes: see `claims`."""
FORM_CLAIM = PREFIX + "form-claim-"
"""As CLAIM, for the form."""
FORM_KEYS = (FORM_STACK, FORM_LOGICAL_ID, FORM_REVISION, FORM_PREVIOUS, FORM_PREVIOUS_REVISION)
"""What a form removes when it releases its registration, with its claim."""
FORM_DIGEST = PREFIX + "form-digest"
"""Digest of the form that was last submitted, or waits to be. It stays on a registration that is retained, so that no equal form
is submitted."""

TOLD = tag_keys.TOLD

PREVIOUS_KEYS = (PREVIOUS_STACK, PREVIOUS_LOGICAL_ID, PREVIOUS_STATE)
REGISTRATION_KEYS = (
    STACK,
    LOGICAL_ID,
    REQUEST,
    STATE,
    REPLACES,
    REPLACING,
    *PREVIOUS_KEYS,
)
MAX_CLAIMS = 4
"""Of a registration and of its form, by the owner and by the one before a takeover."""
MAX_OWN_TAGS = len((*REGISTRATION_KEYS, *FORM_KEYS, FORM_DIGEST, TOLD)) + MAX_CLAIMS + tag_keys.OWN_MARKS
"""How many of these tags a registration can carry at once; an attachment carries fewer. The service allows 50 tags in all."""

PENDING = "pending"
"""Created, but the request that created it has not completed: a sweep may delete it."""
OWNED = "owned"
LEFTOVER = "leftover"
"""An attachment that could not be deleted, because an older version of a form referred to it."""
ADOPTED = "adopted"
"""Created by someone else: deleted only when the template explicitly says so."""


class Owner(NamedTuple):
    """One logical resource of one stack."""

    stack_id: str
    logical_resource_id: str

    @classmethod
    def of(cls, tags: Mapping[str, str]) -> "Owner | None":
        """Return the owner in these tags, or None without owner tags."""
        return cls._read(tags, STACK, LOGICAL_ID)

    @classmethod
    def previous(cls, tags: Mapping[str, str]) -> "Owner | None":
        """Return the owner before a takeover, or None when there was none."""
        return cls._read(tags, PREVIOUS_STACK, PREVIOUS_LOGICAL_ID)

    @classmethod
    def of_form(cls, tags: Mapping[str, str]) -> "Owner | None":
        """Return the owner of the form, or None when no form claims the registration."""
        return cls._read(tags, FORM_STACK, FORM_LOGICAL_ID)

    @classmethod
    def _read(cls, tags: Mapping[str, str], stack: str, logical_id: str) -> "Owner | None":
        if stack not in tags and logical_id not in tags:
            return None
        return cls(tags.get(stack, ""), tags.get(logical_id, ""))

    def tags(self) -> dict[str, str]:
        """Return the tags that claim a registration for this owner."""
        return {STACK: self.stack_id, LOGICAL_ID: self.logical_resource_id}

    def form_tags(self) -> dict[str, str]:
        """Return the tags that claim a registration's form for this owner."""
        return {FORM_STACK: self.stack_id, FORM_LOGICAL_ID: self.logical_resource_id}

    def previous_tags(self, state: str) -> dict[str, str]:
        """Return the tags that record this owner and its state when someone else takes over."""
        return {PREVIOUS_STACK: self.stack_id, PREVIOUS_LOGICAL_ID: self.logical_resource_id, PREVIOUS_STATE: state}

    def __str__(self) -> str:
        return f"logical ID {self.logical_resource_id or '?'} of stack {self.stack_id or '?'}"


def owner_tag_keys(tags: Mapping[str, str]) -> list[str]:
    """Return the keys of our own tags among these, without the form's."""
    of_form = set(tag_keys.of_marks(tags))
    return sorted(key for key in tags if key.startswith(PREFIX) and not key.startswith(_FORM) and key not in of_form)


def form_tag_keys(tags: Mapping[str, str]) -> list[str]:
    """Return the keys among these that a form removes when it releases its registration: all of its own but its digest."""
    own = {key for key in tags if key.startswith(_FORM) and key != FORM_DIGEST}
    return sorted({*own, *tag_keys.of_marks(tags), *({TOLD} & set(tags))})
