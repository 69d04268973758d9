"""Properties of `Custom::SmsRegistrationForm` -> typed, frozen values. Every format that was ever released is still accepted.

Format 1 (0.1): RegistrationId, Fields, Associations, Submit, OnLocked, Revision, KeepUndeclared, TakeOver, AllowClosing. A value
of a field is a string, a list of strings, or one of {"AttachmentId": ...}, {"SecretId": ..., "JsonField": ...} and
{"ParameterName": ...}.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from sms_registration_handler.errors import Failure
from sms_registration_handler.resource.properties import boolean, shown, unresolved
from sms_registration_rules.identifiers import is_registration_id
from sms_registration_rules.values import AttachmentId, Choices, Text

_MAX_REVISION_CHARACTERS = 200


@dataclass(frozen=True)
class SecretReference:
    """A value that is read from AWS Secrets Manager at deploy time: the whole secret, or one field of its JSON."""

    secret_id: str
    json_field: str | None = None


@dataclass(frozen=True)
class ParameterReference:
    """A value that is read from the Systems Manager Parameter Store at deploy time."""

    name: str


Reference = SecretReference | ParameterReference
Declared = Text | Choices | AttachmentId | Reference


@dataclass(frozen=True)
class FormRequest:
    """What the template declares."""

    registration_id: str
    fields: Mapping[str, Declared] = field(repr=False)
    associations: tuple[str, ...]
    submit: bool
    on_locked: Literal["fail", "keep"]
    revision: str
    keep_undeclared: bool
    take_over: bool
    allow_closing: bool

    @classmethod
    def parse(cls, properties: Mapping[str, Any]) -> "FormRequest":
        """Read the properties of a Create or Update.

        Raises:
            Failure: Listing every problem, before any call is made.
        """
        problems: list[str] = []
        registration_id = properties.get("RegistrationId")
        if not isinstance(registration_id, str) or not is_registration_id(registration_id):
            problems.append(
                "RegistrationId: expected an ID such as registration-30a16a8b7cec478a8e37febbb9005348, "
                f"got {shown(registration_id)}"
            )
        on_locked = properties.get("OnLocked", "fail")
        if on_locked not in ("fail", "keep"):
            problems.append(f"OnLocked: expected fail or keep, got {shown(on_locked)}")
        revision = properties.get("Revision", "")
        if not isinstance(revision, str) or len(revision) > _MAX_REVISION_CHARACTERS:
            problems.append("Revision: expected a string of at most 200 characters")
        request = cls(
            registration_id=str(registration_id),
            fields=_fields(properties.get("Fields", {}), problems),
            associations=_associations(properties.get("Associations", []), problems),
            submit=boolean(properties.get("Submit"), "Submit", problems),
            on_locked="keep" if on_locked == "keep" else "fail",
            revision=str(revision),
            keep_undeclared=boolean(properties.get("KeepUndeclared"), "KeepUndeclared", problems),
            take_over=boolean(properties.get("TakeOver"), "TakeOver", problems),
            allow_closing=boolean(properties.get("AllowClosing"), "AllowClosing", problems),
        )
        if problems:
            raise Failure("invalid properties: " + "; ".join(problems))
        return request


def _fields(value: object, problems: list[str]) -> dict[str, Declared]:
    if not isinstance(value, Mapping):
        problems.append(f"Fields: expected values by field path, got {shown(value)}")
        return {}
    declared: dict[str, Declared] = {}
    for path, each in value.items():
        typed = _declared(each)
        if isinstance(typed, str):
            problems.append(f"Fields, {path}: {typed}")
        else:
            declared[str(path)] = typed
    return declared


def _declared(value: object) -> Declared | str:
    """Return the typed value, or what is wrong with it, without quoting the value."""
    if isinstance(value, str):
        return "a dynamic reference was not resolved; use FieldValue.from_secret" if unresolved(value) else Text(value)
    if isinstance(value, list):
        if not all(isinstance(each, str) and not unresolved(each) for each in value):
            return "expected a list of strings"
        return Choices(tuple(value))
    if isinstance(value, Mapping) and all(isinstance(each, str) for each in value.values()):
        names = set(value)
        if names == {"AttachmentId"}:
            return AttachmentId(value["AttachmentId"])
        if names in ({"SecretId"}, {"SecretId", "JsonField"}):
            return SecretReference(value["SecretId"], value.get("JsonField"))
        if names == {"ParameterName"}:
            return ParameterReference(value["ParameterName"])
    return "expected a string, a list of strings, an attachment, a secret or a parameter"


def _associations(value: object, problems: list[str]) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
        problems.append("Associations: expected a list of IDs or ARNs")
        return ()
    return tuple(value)
