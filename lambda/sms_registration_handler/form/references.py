"""Field values that the template does not contain: read from Secrets Manager and Parameter Store when the form is deployed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sms_registration_handler.aws import reads
from sms_registration_handler.aws.sms_voice import Service
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.form.properties import Declared, ParameterReference, Reference, SecretReference
from sms_registration_rules.values import DeclaredValue, Secret


@dataclass(frozen=True)
class Resolved:
    """The declared values, as far as they could be read.

    Attributes:
        values: The values by field path, without those in `unread`.
        unread: What went wrong, by the path of each field whose secret or parameter could not be read. It quotes no value.
    """

    values: Mapping[str, DeclaredValue]
    unread: Mapping[str, str]


def resolve(service: Service, fields: Mapping[str, Declared]) -> Resolved:
    """Replace every reference with the value that it refers to, without a final line break.

    Raises:
        OutOfTime: When the deadline comes first.
    """
    read: dict[Reference, str | Failure] = {}
    values: dict[str, DeclaredValue] = {}
    unread: dict[str, str] = {}
    for path, value in fields.items():
        if not isinstance(value, SecretReference | ParameterReference):
            values[path] = value
            continue
        if value not in read:
            try:
                read[value] = _without_final_line_break(_read(service, value))
            except OutOfTime:
                raise
            except Failure as failure:
                read[value] = failure
        text = read[value]
        if isinstance(text, Failure):
            unread[path] = f"could not be read: {text}"
        else:
            values[path] = Secret(text, _source(value))
    return Resolved(values, unread)


def _without_final_line_break(text: str) -> str:
    """The text without one line break at its end, which editors and shells add to what they store."""
    return text.removesuffix("\n").removesuffix("\r") if text.endswith("\n") else text


def _source(reference: Reference) -> str:
    if isinstance(reference, ParameterReference):
        return f"parameter {reference.name}"
    return f"secret {reference.secret_id}{f', field {reference.json_field}' if reference.json_field else ''}"


def _read(service: Service, reference: Reference) -> str:
    source = _source(reference)
    if isinstance(reference, ParameterReference):
        response = reads.read(service, "ssm", "get_parameter", source, Name=reference.name, WithDecryption=True)
        return str(response["Parameter"]["Value"])
    response = reads.read(service, "secretsmanager", "get_secret_value", source, SecretId=reference.secret_id)
    text = response.get("SecretString")
    if text is None:
        raise Failure(f"{source}: the secret has no SecretString; a binary secret cannot be used")
    return _json_field(str(text), reference.json_field, source) if reference.json_field else str(text)


def _json_field(text: str, name: str, source: str) -> str:
    try:
        fields = json.loads(text)
    except ValueError:
        raise Failure(f"{source}: the secret is not JSON") from None
    value = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(value, str):
        raise Failure(
            f"{source}: the secret's JSON has no string with that name (store numbers as strings to keep leading zeros)"
        )
    return value
