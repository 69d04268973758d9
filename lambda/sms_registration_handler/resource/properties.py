"""Reading ResourceProperties: what the properties of every resource type have in common.

CloudFormation turns every scalar into a string. Properties that this release does not know are ignored: after a rollback, older
code receives what newer code wrote.
"""

from collections.abc import Mapping
from typing import Any

from sms_registration_handler.resource import owner_tags


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
