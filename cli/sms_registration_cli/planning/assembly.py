"""Registrations, forms and files in a synthesized app (`cdk.out`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sms_registration_cli.errors import CommandError

REGISTRATION, FORM, ATTACHMENT = (
    "Custom::SmsRegistration",
    "Custom::SmsRegistrationForm",
    "Custom::SmsRegistrationAttachment",
)
NESTED_STACK = "AWS::CloudFormation::Stack"
PHONE_NUMBER, RCS_AGENT, SENDER_ID, NATIVE_REGISTRATION = (
    "AWS::SMSVOICE::PhoneNumber",
    "AWS::SMSVOICE::RcsAgent",
    "AWS::SMSVOICE::SenderId",
    "AWS::SMSVOICE::Registration",
)

NEW_IDS = {
    REGISTRATION: "registration-",
    NATIVE_REGISTRATION: "registration-",
    PHONE_NUMBER: "phone-",
    RCS_AGENT: "rcs-",
    SENDER_ID: "arn:aws:sms-voice:::sender-id/",
}
"""How the IDs of resources begin, so that what does not exist yet is known by its kind."""


@dataclass(frozen=True)
class Reference:
    """A resource of the app that a property refers to.

    Attributes:
        stack: Name of its stack.
        logical_id: Its logical ID.
        resource_type: Its type in CloudFormation.
    """

    stack: str
    logical_id: str
    resource_type: str


@dataclass(frozen=True)
class Unknown:
    """A value that is known when the stack is deployed: a secret, a parameter, an intrinsic function."""


@dataclass(frozen=True)
class DeclaredRegistration:
    """A `Custom::SmsRegistration`; `path` is that of its construct, for people."""

    stack: str
    logical_id: str
    path: str
    registration_type: str
    existing_id: str | None
    take_over: bool = False


@dataclass(frozen=True)
class DeclaredAttachment:
    """A `Custom::SmsRegistrationAttachment`; `file` is its content in the assembly, None if it is elsewhere."""

    stack: str
    logical_id: str
    file: Path | None


FieldValue = str | tuple[str, ...] | Reference | Unknown


@dataclass(frozen=True)
class DeclaredForm:
    """A `Custom::SmsRegistrationForm`; `registration` is a reference, an ID, or unknown; `path` is that of its construct."""

    stack: str
    logical_id: str
    path: str
    registration: Reference | str | Unknown
    fields: Mapping[str, FieldValue] = field(repr=False)
    associations: tuple[Reference | str | Unknown, ...]
    submit: bool
    on_locked: str
    revision: str
    keep_undeclared: bool
    allow_closing: bool = False


@dataclass
class Stack:
    """One stack of the app.

    Attributes:
        name: Its name in CloudFormation.
        region: Its Region; empty if the app leaves it open.
        numbers: The phone numbers that it declares.
        natives: The resources of CloudFormation's own types that a form may refer to, by logical ID.
        nested: How many nested stacks it has; they are not looked into.
    """

    name: str
    region: str
    registrations: list[DeclaredRegistration] = field(default_factory=list)
    forms: list[DeclaredForm] = field(default_factory=list)
    attachments: list[DeclaredAttachment] = field(default_factory=list)
    numbers: list[Reference] = field(default_factory=list)
    natives: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    nested: int = 0

    @property
    def references(self) -> Iterator[Reference]:
        """What its forms refer to, in any stack, other than files."""
        for form in self.forms:
            yield from (each for each in (form.registration, *form.associations) if isinstance(each, Reference))


def read(folder: Path) -> list[Stack]:
    """The stacks of an assembly that declare anything of ours, or what a form refers to.

    Raises:
        CommandError: The folder is not a cloud assembly.
    """
    if not (folder / "manifest.json").is_file():
        raise CommandError(f"{folder} holds no synthesized app: run `cdk synth` first, or name the folder (cdk.out)")
    try:
        templates = list(_templates(folder))
        exports = {name: target for each in templates for name, target in _exports(each).items()}
        stacks = [_Reader(each, exports).read() for each in templates]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{folder} cannot be read as a cloud assembly ({type(error).__name__}: {error})") from None
    used = {reference.stack for stack in stacks for reference in stack.references}
    return [
        stack
        for stack in stacks
        if stack.registrations or stack.forms or stack.attachments or stack.nested or stack.name in used
    ]


def associations(
    name: str, template: Mapping[str, Any], logical_id: str, exports: Mapping[str, Reference]
) -> tuple[Reference | str | Unknown, ...]:
    """What a form of a deployed stack is declared to be associated with.

    Args:
        name: The stack's name.
        template: Its template.
        logical_id: The form's logical ID.
        exports: What the stacks of the app export, as `exports_of` tells it.
    """
    reader = _Reader(_Template(name, "", Path(), template), exports)
    return reader.associations(template["Resources"][logical_id].get("Properties") or {})


def exports_of(name: str, template: Mapping[str, Any]) -> dict[str, Reference]:
    """The resources that a stack exports, by the name of the export.

    Args:
        name: The stack's name.
        template: Its template.
    """
    return _exports(_Template(name, "", Path(), template))


@dataclass(frozen=True)
class _Template:
    name: str
    region: str
    folder: Path
    content: Mapping[str, Any]

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        return self.content.get("Resources") or {}


def _templates(folder: Path) -> Iterator[_Template]:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for artifact_id, artifact in (manifest.get("artifacts") or {}).items():
        properties = artifact.get("properties") or {}
        if artifact.get("type") == "cdk:cloud-assembly":
            yield from _templates(folder / properties["directoryName"])
        elif artifact.get("type") == "aws:cloudformation:stack":
            region = str(artifact.get("environment", "")).rpartition("/")[2]
            content = json.loads((folder / properties["templateFile"]).read_text(encoding="utf-8"))
            yield _Template(
                str(properties.get("stackName") or artifact_id),
                "" if region.startswith("unknown") else region,
                folder,
                content,
            )


def _exports(template: _Template) -> dict[str, Reference]:
    found = {}
    for output in (template.content.get("Outputs") or {}).values():
        name = (output.get("Export") or {}).get("Name")
        target = _reference(template, output.get("Value"))
        if isinstance(name, str) and target is not None:
            found[name] = target
    return found


def _reference(template: _Template, value: object) -> Reference | None:
    """The resource of the same template that a value refers to; None if it refers to none."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    target = value.get("Ref")
    if "Fn::GetAtt" in value:
        parts = value["Fn::GetAtt"]
        target, _, attribute = str(parts).partition(".") if isinstance(parts, str) else (parts[0], "", str(parts[1]))
        if "." in attribute:  # of something else that belongs to the resource, such as the testing agent of an agent
            return None
    resource = template.resources.get(str(target)) if target else None
    return Reference(template.name, str(target), str(resource["Type"])) if resource else None


class _Reader:
    def __init__(self, template: _Template, exports: Mapping[str, Reference]) -> None:
        self._template = template
        self._exports = exports

    def read(self) -> Stack:
        stack = Stack(self._template.name, self._template.region)
        for logical_id, resource in self._template.resources.items():
            properties = resource.get("Properties") or {}
            kind = resource.get("Type")
            if kind == REGISTRATION:
                existing = properties.get("ExistingRegistrationId")
                stack.registrations.append(
                    DeclaredRegistration(
                        stack.name,
                        logical_id,
                        self._path(logical_id, resource),
                        str(properties.get("RegistrationType")),
                        existing if isinstance(existing, str) else None,
                        _is_true(properties.get("TakeOver")),
                    )
                )
            elif kind == FORM:
                stack.forms.append(self._form(logical_id, self._path(logical_id, resource), properties))
            elif kind == ATTACHMENT:
                stack.attachments.append(DeclaredAttachment(stack.name, logical_id, self._asset(properties.get("Key"))))
            elif kind in NEW_IDS:
                stack.natives[logical_id] = properties
                if kind == PHONE_NUMBER:
                    stack.numbers.append(Reference(stack.name, logical_id, PHONE_NUMBER))
            elif kind == NESTED_STACK:
                stack.nested += 1
        return stack

    def associations(self, properties: Mapping[str, Any]) -> tuple[Reference | str | Unknown, ...]:
        declared = properties.get("Associations") or []
        return tuple(self._resolved(each) for each in declared) if isinstance(declared, list) else (Unknown(),)

    def _path(self, logical_id: str, resource: Mapping[str, Any]) -> str:
        """The construct's path, as the CDK CLI shows it; the stack and the logical ID if the app leaves it out."""
        path = (resource.get("Metadata") or {}).get("aws:cdk:path")
        return str(path).removesuffix("/Resource") if path else f"{self._template.name}/{logical_id}"

    def _form(self, logical_id: str, path: str, properties: Mapping[str, Any]) -> DeclaredForm:
        revision = properties.get("Revision") or ""
        return DeclaredForm(
            self._template.name,
            logical_id,
            path,
            self._resolved(properties.get("RegistrationId")),
            {path: self._field(value) for path, value in (properties.get("Fields") or {}).items()},
            self.associations(properties),
            submit=_is_true(properties.get("Submit")),
            on_locked=str(properties.get("OnLocked") or "fail"),
            revision=revision if isinstance(revision, str) else "",
            keep_undeclared=_is_true(properties.get("KeepUndeclared")),
            allow_closing=_is_true(properties.get("AllowClosing")),
        )

    def _field(self, value: object) -> FieldValue:
        if isinstance(value, list):
            return tuple(value) if all(isinstance(each, str) for each in value) else Unknown()
        if isinstance(value, Mapping) and set(value) == {"AttachmentId"}:
            return self._resolved(value["AttachmentId"])
        return value if isinstance(value, str) else Unknown()

    def _resolved(self, value: object) -> Reference | str | Unknown:
        if isinstance(value, str):
            return value
        if isinstance(value, Mapping) and isinstance(name := value.get("Fn::ImportValue"), str):
            return self._exports.get(name) or Unknown()
        return _reference(self._template, value) or Unknown()

    def _asset(self, key: object) -> Path | None:
        file = self._template.folder / f"asset.{key}" if isinstance(key, str) else None
        return file if file is not None and file.is_file() else None


def _is_true(value: object) -> bool:
    return str(value).lower() == "true"
