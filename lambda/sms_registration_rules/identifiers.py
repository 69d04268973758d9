"""The formats of the IDs that the service issues. IDs in any other format are never sent to it. Standard library only."""

import re

_REGISTRATION_ID = re.compile(r"registration-[0-9a-z]{1,200}")
_ATTACHMENT_ID = r"attachment-[0-9a-z]{1,200}"
_ID = re.compile(_ATTACHMENT_ID)
_ID_OR_ARN = re.compile(rf"{_ATTACHMENT_ID}|arn:[^/]+:registration-attachment/{_ATTACHMENT_ID}")


def is_registration_id(text: str) -> bool:
    """Whether this has the format of a RegistrationId (CreateRegistration returns `registration-` and hex digits)."""
    return _REGISTRATION_ID.fullmatch(text) is not None


def is_attachment_id(text: str) -> bool:
    """Whether this has the format of a RegistrationAttachmentId, as CreateRegistrationAttachment returns it."""
    return _ID.fullmatch(text) is not None


def names_attachment(text: str) -> bool:
    """Whether a string has the format of an attachment's ID or ARN."""
    return _ID_OR_ARN.fullmatch(text) is not None
