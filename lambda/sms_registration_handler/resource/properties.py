"""ResourceProperties -> typed, frozen values. Every format ever released is accepted for ever.

Format 1 (0.1): RegistrationType, Tags, ExistingRegistrationId, TakeOver, RemovalPolicy. CloudFormation turns every scalar into a
string. Properties that this release does not know are ignored: after a rollback older code receives what newer code wrote.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sms_registration_handler.errors import Failure
from sms_registration_handler.resource import owner_tags

_REGISTRATION_TYPE = re.compile(r"[A-Za-z0-9_]{1,64}")
_REGISTRATION_ID = re.compile(r"registration-[0-9a-z]{1,200}")


def is_registration_id(text: str) -> bool:
    """Whether the service could have issued this id (CreateRegistration: `registration-` and hex digits)."""
    return _REGISTRATION_ID.fullmatch(text) is not None


@dataclass(frozen=True)
class RegistrationRequest:
    """What `Custom::SmsRegistration` declares."""

    registration_type: str
    tags: Mapping[str, str]
    existing_registration_id: str | None
    take_over: bool

    @classmethod
    def parse(cls, properties: Mapping[str, Any]) -> "RegistrationRequest":
        """Read the properties of a Create or Update.

        Raises:
            Failure: Listing every problem, before anything was called.
        """
        problems: list[str] = []
        registration_type = properties.get("RegistrationType")
        if not isinstance(registration_type, str) or not _REGISTRATION_TYPE.fullmatch(registration_type):
            problems.append(
                "RegistrationType: expected 1 to 64 letters, digits or underscores such as US_TOLL_FREE_REGISTRATION, "
                f"got {shown(registration_type)}"
            )
        existing = properties.get("ExistingRegistrationId")
        if existing is not None and not (isinstance(existing, str) and is_registration_id(existing)):
            problems.append(
                "ExistingRegistrationId: expected an id such as registration-30a16a8b7cec478a8e37febbb9005348 "
                f"(an id, not an ARN), got {shown(existing)}"
            )
        tags = parse_tags(properties.get("Tags"), problems)
        take_over = boolean(properties.get("TakeOver"), "TakeOver", problems)
        if problems:
            raise Failure("invalid properties: " + "; ".join(problems))
        return cls(str(registration_type), tags, existing, take_over)


def may_delete_adopted(properties: Mapping[str, Any]) -> bool:
    """Whether the template explicitly says that an adopted registration is to be deleted. Never raises: a Delete must end."""
    return str(properties.get("RemovalPolicy", "")).lower() == "destroy"


def parse_tags(value: object, problems: list[str]) -> dict[str, str]:
    """Accept `[{"Key": ..., "Value": ...}]`, with CDK's lower-case member names too."""
    if value is None:
        return {}
    if not isinstance(value, list):
        problems.append(f"Tags: expected a list of keys and values, got {shown(value)}")
        return {}
    tags: dict[str, str] = {}
    for position, tag in enumerate(value):
        lowered = {str(name).lower(): member for name, member in tag.items()} if isinstance(tag, Mapping) else {}
        key, member = lowered.get("key"), lowered.get("value", "")
        if not isinstance(key, str) or not 1 <= len(key) <= 128 or not isinstance(member, str) or len(member) > 256:
            problems.append(f"Tags[{position}]: expected a key of 1 to 128 and a value of at most 256 characters")
        elif key.startswith(owner_tags.PREFIX) or key.lower().startswith("aws:"):
            problems.append(f"Tags[{position}]: the key {key} is reserved")
        elif unresolved(key) or unresolved(member):
            problems.append(f"Tags[{position}]: a dynamic reference was not resolved")
        else:
            tags[key] = member
    return tags


def declared_tag_keys(properties: Mapping[str, Any]) -> set[str]:
    """Keys of the tags in old properties; whatever cannot be read is left out."""
    return set(parse_tags(properties.get("Tags"), []))


def boolean(value: object, name: str, problems: list[str]) -> bool:
    """A flag, which CloudFormation turns into text; absent means false. Anything else is added to the problems."""
    text = str(value).lower()
    if value is not None and text not in ("true", "false"):
        problems.append(f"{name}: expected true or false, got {shown(value)}")
    return text == "true"


def unresolved(text: str) -> bool:
    """Whether a text still holds a dynamic reference: CloudFormation resolves secure ones in no custom resource."""
    return "{{resolve:" in text


def shown(value: object) -> str:
    """What was got instead of an id or a name, short; never used on a field's value."""
    if value is None:
        return "nothing"
    return repr(value)[:100] if isinstance(value, str) else f"a {type(value).__name__}"
