"""The shape of the IDs of attachments, which a form's field may hold. Standard library only."""

import re

_ATTACHMENT_ID = r"attachment-[0-9a-z]{1,200}"
_ID = re.compile(_ATTACHMENT_ID)
_ID_OR_ARN = re.compile(rf"{_ATTACHMENT_ID}|arn:[^/]+:registration-attachment/{_ATTACHMENT_ID}")


def is_attachment_id(text: str) -> bool:
    """Whether the service could have issued this RegistrationAttachmentId (CreateRegistrationAttachment)."""
    return _ID.fullmatch(text) is not None


def names_attachment(text: str) -> bool:
    """Whether a text can only be the ID or the ARN of an attachment."""
    return _ID_OR_ARN.fullmatch(text) is not None
