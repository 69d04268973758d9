"""What is known at synth of a form's values, as the rules take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cdk_sms_registration.attachment import RegistrationAttachment

if TYPE_CHECKING:
    from sms_registration_rules.denials.model import Form
    from sms_registration_rules.values import DeclaredValue

_ANY_ATTACHMENT_ID = "attachment-0"
"""What an attachment's ID will be is known when it is uploaded. Any will do for a check."""

_TOKEN_MARKS = ("${Token[", "#{Token[")
"""How the CDK encodes tokens in texts and in lists."""

Fields = Mapping[str, Any]


def is_known(value: object) -> bool:
    """Whether a value is a text, or a list of texts, without a token."""
    texts = (value,) if isinstance(value, str) else value if isinstance(value, list | tuple) else None
    return texts is not None and not any(mark in text for text in texts for mark in _TOKEN_MARKS)


def declared_values(fields: Fields) -> tuple[dict[str, DeclaredValue], frozenset[str]]:
    """The values for ``validation.check``, and the paths whose value is not known before the deployment.

    Args:
        fields: The fields of a form, as they were declared.
    """
    from sms_registration_rules.values import AttachmentId, Choices, Text

    known: dict[str, DeclaredValue] = {}
    for path, value in fields.items():
        if isinstance(value, RegistrationAttachment):
            known[path] = AttachmentId(_ANY_ATTACHMENT_ID)
        elif is_known(value):
            known[path] = Text(value) if isinstance(value, str) else Choices(tuple(value))
    return known, frozenset(fields) - known.keys()


def denial_form(registration_type: str, fields: Fields, *, keeps_undeclared: bool, region: str) -> Form:
    """The form for ``denials.check.check``, with the bytes of its files.

    Args:
        registration_type: The form's type.
        fields: The fields of the form, as they were declared.
        keeps_undeclared: Whether the registration may hold values that are not declared.
        region: The Region of its stack; empty if it does not matter.
    """
    from sms_registration_rules.denials.model import Form

    texts: dict[str, Any] = {}
    files: dict[str, bytes] = {}
    unknown: set[str] = set()
    for path, value in fields.items():
        content = value._content if isinstance(value, RegistrationAttachment) else None
        if content is not None:
            files[path] = content
        elif not is_known(value):
            unknown.add(path)
        elif value:
            texts[path] = value
    if keeps_undeclared:
        from sms_registration_rules.denials.check import reads

        unknown |= reads(registration_type) - fields.keys()
    return Form(registration_type, texts, files, frozenset(unknown), region)
