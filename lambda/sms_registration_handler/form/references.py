"""Field values that the template does not contain: read from Secrets Manager and Parameter Store when the form is deployed."""

import json
from collections.abc import Mapping

from sms_registration_handler.aws import reads
from sms_registration_handler.aws.sms_voice import Service
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.form.properties import Declared, ParameterReference, Reference, SecretReference
from sms_registration_rules.values import DeclaredValue, Secret


def resolve(service: Service, fields: Mapping[str, Declared]) -> dict[str, DeclaredValue]:
    """Replace every reference with the value that it refers to.

    Raises:
        Failure: Naming each reference that could not be read and its field, without any value.
        OutOfTime: When the deadline comes first.
    """
    problems: list[str] = []
    read: dict[Reference, str | Failure] = {}
    resolved: dict[str, DeclaredValue] = {}
    for path, value in fields.items():
        if not isinstance(value, SecretReference | ParameterReference):
            resolved[path] = value
            continue
        if value not in read:
            try:
                read[value] = _read(service, value)
            except OutOfTime:
                raise
            except Failure as failure:
                read[value] = failure
        text = read[value]
        if isinstance(text, Failure):
            problems.append(f"{path}: {text}")
        else:
            resolved[path] = Secret(text, _source(value))
    if problems:
        raise Failure("no changes were made: values could not be read: " + "; ".join(problems))
    return resolved


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
