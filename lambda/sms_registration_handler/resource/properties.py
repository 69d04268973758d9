"""Parses what the ResourceProperties of all resource types have in common.

CloudFormation converts every scalar to a string. Properties that this release does not know are ignored, because after a rollback
older code receives properties that newer code wrote.
"""

from collections.abc import Mapping
from typing import Any

from sms_registration_handler.resource import owner_tags


def parse_tags(value: object, problems: list[str]) -> dict[str, str]:
    """Parse `[{"Key": ..., "Value": ...}]`. CDK's lowercase member names are accepted too. Problems are added to the list."""
    if value is None:
        return {}
    if not isinstance(value, list):
        problems.append(f"Tags: expected a list of key-value pairs, got {shown(value)}")
        return {}
    tags: dict[str, str] = {}
    for position, tag in enumerate(value):
        lowered = {str(name).lower(): member for name, member in tag.items()} if isinstance(tag, Mapping) else {}
        key, member = lowered.get("key"), lowered.get("value", "")
        if not isinstance(key, str) or not 1 <= len(key) <= 128 or not isinstance(member, str) or len(member) > 256:
            problems.append(f"Tags[{position}]: expected a key of 1 to 128 characters and a value of at most 256")
        elif key.startswith(owner_tags.PREFIX) or key.lower().startswith("aws:"):
            problems.append(f"Tags[{position}]: the key {key} is reserved")
        elif unresolved(key) or unresolved(member):
            problems.append(f"Tags[{position}]: a dynamic reference was not resolved")
        else:
            tags[key] = member
    return tags


def declared_tag_keys(properties: Mapping[str, Any]) -> set[str]:
    """Return the keys of the tags in old properties. Tags that cannot be parsed are ignored."""
    return set(parse_tags(properties.get("Tags"), []))


def boolean(value: object, name: str, problems: list[str]) -> bool:
    """Parse a Boolean, which CloudFormation converts to a string. Absent means false; anything else is added to the problems."""
    text = str(value).lower()
    if value is not None and text not in ("true", "false"):
        problems.append(f"{name}: expected true or false, got {shown(value)}")
    return text == "true"


def unresolved(text: str) -> bool:
    """Whether a string contains a dynamic reference: CloudFormation does not resolve secure ones in custom resources."""
    return "{{resolve:" in text


def shown(value: object) -> str:
    """Describe briefly what was received instead of an ID or a name. Never used on a field value."""
    if value is None:
        return "nothing"
    return repr(value)[:100] if isinstance(value, str) else f"a {type(value).__name__}"
