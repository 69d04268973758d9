"""Reads the registrations that a synthesized template declares; pure, without an AWS account.

Values that are known only after deployment (a generated name, another resource's attribute) are replaced by `PLACEHOLDER`.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REGISTRATION = "Custom::SmsRegistration"
FORM = "Custom::SmsRegistrationForm"
ATTACHMENT = "Custom::SmsRegistrationAttachment"

_REGISTRATIONS = (REGISTRATION, "AWS::SMSVOICE::Registration")
_KINDS = {
    **dict.fromkeys(_REGISTRATIONS, "registration"),
    "AWS::SMSVOICE::PhoneNumber": "phone-number",
    "AWS::SMSVOICE::RcsAgent": "rcs-agent",
}
_PREFIXES = {"registration-": "registration", "phone-": "phone-number", "rcs-": "rcs-agent"}
_PSEUDO_PARAMETERS = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "Contract",
    "AWS::URLSuffix": "amazonaws.com",
}


class _Placeholder:
    def __repr__(self) -> str:
        return "PLACEHOLDER"


PLACEHOLDER = _Placeholder()
"""A value that is known only after deployment."""


@dataclass(frozen=True)
class File:
    """A field's attachment.

    Attributes:
        name: The logical ID of the attachment, or the ID of an existing one.
    """

    name: str


@dataclass(frozen=True)
class Secret:
    """A value that comes from Secrets Manager or the Parameter Store.

    Attributes:
        json_field: The key in a JSON secret; None for the whole secret.
        is_parameter: Whether it comes from the Parameter Store.
    """

    json_field: str | None = None
    is_parameter: bool = False


Value = str | tuple[str | _Placeholder, ...] | File | Secret | _Placeholder


@dataclass(frozen=True)
class Declaration:
    """A declared registration, with its form if it has one.

    Attributes:
        name: Its logical ID, or that of its form if the template does not create the registration.
        registration_type: The registration type.
        tags: The tags of the registration.
        form_name: The form's logical ID; None without a form.
        fields: The form's values by field path.
        associations: The kind of each associated resource: "registration", "phone-number", "rcs-agent", or "" if unknown.
        submit: Whether the form is submitted.
    """

    name: str
    registration_type: str
    tags: Mapping[str, str] = field(default_factory=dict)
    form_name: str | None = None
    fields: Mapping[str, Value] = field(default_factory=dict)
    associations: tuple[str, ...] = ()
    submit: bool = False


def read(template: object) -> Mapping[str, Any]:
    """Read a template.

    Args:
        template: The path of a JSON template, its content, or an `aws_cdk.assertions.Template`.

    Raises:
        ValueError: The argument is none of these.
    """
    if isinstance(template, str | os.PathLike):
        template = json.loads(Path(template).read_text(encoding="utf-8"))
    elif hasattr(template, "to_json"):
        template = template.to_json()
    if not isinstance(template, Mapping) or not isinstance(template.get("Resources", {}), Mapping):
        raise ValueError(
            "template: expected the path of a synthesized template, its content as a dict, or a Template of "
            f"aws_cdk.assertions, got {type(template).__name__}"
        )
    return template


def declarations(template: Mapping[str, Any], parameters: Mapping[str, str] | None = None) -> list[Declaration]:
    """Return every registration of a template.

    Args:
        template: The template, as `read` returns it.
        parameters: Values for the template's parameters. Omitted: their defaults.

    Raises:
        ValueError: The template has no registration, or the type of one cannot be determined.
    """
    return list(_Reader(template, parameters or {}).declarations())


class _Reader:
    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str]) -> None:
        self._resources: Mapping[str, Any] = template.get("Resources", {})
        defaults = {
            name: str(each["Default"]) for name, each in template.get("Parameters", {}).items() if "Default" in each
        }
        self._names = {**_PSEUDO_PARAMETERS, **defaults, **parameters}

    def declarations(self) -> Iterator[Declaration]:
        forms = {self._referred(form["RegistrationId"]): name for name, form in self._of_type(FORM)}
        registrations = dict(self._of_type(REGISTRATION))
        if not registrations and not forms:
            raise ValueError(
                f"the template has no {REGISTRATION} and no {FORM}: use the template of the stack with the registrations"
            )
        for name, properties in registrations.items():
            yield self._declaration(name, properties, forms.pop(name, None))
        for target, form_name in forms.items():
            native = self._resources.get(target, {})
            if native.get("Type") not in _REGISTRATIONS:
                raise ValueError(
                    f"{form_name} belongs to a registration that is not in the template, so its type is unknown: test the "
                    "template of a stack that declares both"
                )
            yield self._declaration(form_name, native["Properties"], form_name)

    def _of_type(self, resource_type: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for name, resource in self._resources.items():
            if resource["Type"] == resource_type:
                yield name, resource.get("Properties", {})

    def _declaration(self, name: str, properties: Mapping[str, Any], form_name: str | None) -> Declaration:
        registration_type = self._resolved(properties["RegistrationType"])
        if not isinstance(registration_type, str):
            raise ValueError(f"{name}: the RegistrationType is known only after deployment; pass it in `parameters`")
        tags = {
            self._text(tag.get("Key", tag.get("key"))): self._text(tag.get("Value", tag.get("value")))
            for tag in properties.get("Tags", [])
        }
        form = self._resources[form_name].get("Properties", {}) if form_name else {}
        return Declaration(
            name=name,
            registration_type=registration_type,
            tags=tags,
            form_name=form_name,
            fields={path: self._value(value) for path, value in form.get("Fields", {}).items()},
            associations=tuple(self._kind(each) for each in form.get("Associations", [])),
            submit=str(form.get("Submit", "")).lower() == "true",
        )

    def _value(self, value: Any) -> Value:
        if isinstance(value, list):
            return tuple(self._resolved(each) for each in value)
        if isinstance(value, Mapping):
            if "AttachmentId" in value:
                return File(self._referred(value["AttachmentId"]))
            if "SecretId" in value:
                return Secret(value.get("JsonField"))
            if "ParameterName" in value:
                return Secret(is_parameter=True)
        return self._resolved(value)

    def _kind(self, association: Any) -> str:
        name = self._referred(association)
        resource_type = self._resources.get(name, {}).get("Type", "")
        known = _KINDS.get(resource_type, "")
        plain = name.rpartition("/")[2]
        return known or next((kind for prefix, kind in _PREFIXES.items() if plain.startswith(prefix)), "")

    def _referred(self, value: Any) -> str:
        """The logical ID in a Ref or Fn::GetAtt; otherwise the text itself."""
        if isinstance(value, Mapping):
            if "Ref" in value and value["Ref"] in self._resources:
                return str(value["Ref"])
            if "Fn::GetAtt" in value:
                target = value["Fn::GetAtt"]
                return str(target[0] if isinstance(target, list) else target.partition(".")[0])
        resolved = self._resolved(value)
        return resolved if isinstance(resolved, str) else json.dumps(value, sort_keys=True)

    # --- intrinsic functions ---

    def _text(self, value: Any) -> str:
        resolved = self._resolved(value)
        return resolved if isinstance(resolved, str) else "known-when-deployed"

    def _resolved(self, value: Any) -> str | _Placeholder:
        if isinstance(value, str):
            return value
        if not isinstance(value, Mapping):
            return json.dumps(value)
        (name, argument), *_ = value.items()
        if name == "Ref":
            return self._names.get(argument, PLACEHOLDER)
        if name == "Fn::Join":
            return self._joined(str(argument[0]), argument[1])
        if name == "Fn::Sub" and isinstance(argument, str):
            # Split at ${Name}: literal text and names alternate.
            pieces = re.split(r"\$\{([^!}]+)\}", argument)
            known: list[Any] = [each if position % 2 == 0 else {"Ref": each} for position, each in enumerate(pieces)]
            return self._joined("", known)
        return PLACEHOLDER

    def _joined(self, separator: str, values: Sequence[Any]) -> str | _Placeholder:
        resolved = [self._resolved(each) for each in values]
        return PLACEHOLDER if PLACEHOLDER in resolved else separator.join(str(each) for each in resolved)
