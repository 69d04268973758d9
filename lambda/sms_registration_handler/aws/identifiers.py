"""The formats of the IDs that the service issues. IDs in any other format are never sent to it. Standard library only."""

import re

from sms_registration_rules.identifiers import is_attachment_id as is_attachment_id

_REGISTRATION_ID = re.compile(r"registration-[0-9a-z]{1,200}")


def is_registration_id(text: str) -> bool:
    """Whether this has the format of a RegistrationId (CreateRegistration returns `registration-` and hex digits)."""
    return _REGISTRATION_ID.fullmatch(text) is not None
