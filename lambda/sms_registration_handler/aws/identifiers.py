"""The shapes of the IDs that the service issues. What has another shape is never sent to it. Standard library only."""

import re

_REGISTRATION_ID = re.compile(r"registration-[0-9a-z]{1,200}")
_ATTACHMENT_ID = re.compile(r"attachment-[0-9a-z]{1,200}")


def is_registration_id(text: str) -> bool:
    """Whether the service could have issued this RegistrationId (CreateRegistration: `registration-` and hex digits)."""
    return _REGISTRATION_ID.fullmatch(text) is not None


def is_attachment_id(text: str) -> bool:
    """Whether the service could have issued this RegistrationAttachmentId (CreateRegistrationAttachment)."""
    return _ATTACHMENT_ID.fullmatch(text) is not None
