"""Properties of `Custom::SmsRegistration` -> typed, frozen values. Every format that was ever released is still accepted.

Format 1 (0.1): RegistrationType, Tags, ExistingRegistrationId, TakeOver, RemovalPolicy.
"""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from sms_registration_handler.errors import Failure
from sms_registration_handler.resource.properties import boolean, parse_tags, shown
from sms_registration_rules.identifiers import is_registration_id

_REGISTRATION_TYPE = re.compile(r"[A-Za-z0-9_]{1,64}")


class RegistrationRequest(NamedTuple):
    """What `Custom::SmsRegistration` declares."""

    registration_type: str
    tags: Mapping[str, str]
    existing_registration_id: str | None
    take_over: bool

    @classmethod
    def parse(cls, properties: Mapping[str, Any]) -> "RegistrationRequest":
        """Read the properties of a Create or Update.

        Raises:
            Failure: Listing every problem, before any call is made.
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
                "ExistingRegistrationId: expected an ID such as registration-30a16a8b7cec478a8e37febbb9005348 "
                f"(an ID, not an ARN), got {shown(existing)}"
            )
        tags = parse_tags(properties.get("Tags"), problems)
        take_over = boolean(properties.get("TakeOver"), "TakeOver", problems)
        if problems:
            raise Failure("invalid properties: " + "; ".join(problems))
        return cls(str(registration_type), tags, existing, take_over)


def may_delete_adopted(properties: Mapping[str, Any]) -> bool:
    """Whether the template explicitly says to delete an adopted registration. Never raises: a Delete must complete."""
    return str(properties.get("RemovalPolicy", "")).lower() == "destroy"
