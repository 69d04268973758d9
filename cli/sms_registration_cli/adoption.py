"""An existing registration as a form file and as CDK code that adopts it. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sms_registration_cli import form_text
from sms_registration_cli.form_text import TYPE_COMMENT
from sms_registration_cli.snapshots import TypeForm

_ATTACHMENT = re.compile(r"attachment-[0-9A-Za-z]+|arn:[^/]+:registration-attachment/[0-9A-Za-z-]+")


@dataclass(frozen=True)
class Exported:
    """A registration with the values of one version.

    Attributes:
        registration_id: RegistrationId.
        registration_type: RegistrationType; empty if it is not known.
        name: The console's friendly name; empty if it has none.
        version_number: The version that holds the values; 0 if it is not known.
        version_status: The version's status; empty if it is not known.
        values: Texts, choices and IDs of attachments, by field path.
        associations: IDs of what it is associated with.
        stack_name: The stack that owns it; empty if none does.
    """

    registration_id: str
    registration_type: str
    name: str
    version_number: int
    version_status: str
    values: Mapping[str, str | list[str]]
    associations: tuple[str, ...] = ()
    stack_name: str = ""

    def to_json(self) -> dict[str, Any]:
        """The same for programs."""
        return {
            "registrationId": self.registration_id,
            "registrationType": self.registration_type or None,
            "versionNumber": self.version_number or None,
            "versionStatus": self.version_status or None,
            "values": dict(self.values),
            "associations": list(self.associations),
        }

    @property
    def attachments(self) -> list[str]:
        """The fields that hold an uploaded file."""
        return [path for path, value in self.values.items() if isinstance(value, str) and _ATTACHMENT.fullmatch(value)]


@dataclass(frozen=True)
class FileNames:
    """Where the two files go, from the folder of the CDK app.

    Attributes:
        form: The form file.
        code: The Python module.
        class_name: The construct in it.
    """

    form: str
    code: str
    class_name: str


def file_names(exported: Exported, name: str | None = None) -> FileNames:
    """Names made of a name, or else of the registration's, or else of its type.

    Args:
        exported: The registration.
        name: The name. If omitted: the registration's.
    """
    chosen = name or exported.name or exported.registration_type.removesuffix("_REGISTRATION")
    words = re.findall(r"[A-Za-z0-9]+", chosen)
    plain = "_".join(word.lower() for word in words) or "registration"
    if plain[0].isdigit():
        plain = f"registration_{plain}"
    return FileNames(
        form=f"forms/{plain}.yaml",
        code=f"{plain}.py",
        class_name="".join(word.capitalize() for word in plain.split("_")),
    )


def form_file(exported: Exported, form: TypeForm | None) -> str:
    """The text of the form file."""
    head = [f"{TYPE_COMMENT} {exported.registration_type}"] if exported.registration_type else []
    version = f", version {exported.version_number}" if exported.version_number else ""
    status = f" ({exported.version_status})" if exported.version_status else ""
    head.append(f"Exported from {exported.registration_id}{version}{status}.")
    if exported.attachments:
        head.append(
            "Files are referred to by the ID of their attachment, which is valid in this account and Region only. {file: path} "
            "in its place uploads it again, which changes the form: a new version, because nobody can read what an attachment "
            "holds."
        )
    return form_text.filled(form, exported.values, head)


_CODE = '''\
"""{title}, adopted from what existed: {registration_id}."""

from pathlib import Path

from constructs import Construct

from cdk_sms_registration import FormFile, Registration

FORM = Path(__file__).parent / "{form}"


class {class_name}(Construct):
    """Adopts the registration. When this construct is removed, the registration stays."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)

        self.registration = Registration(
            self,
            "Registration",
            registration_type="{registration_type}",
            existing_registration_id="{registration_id}",
            fields=FormFile(FORM).fields(self),
{associations}            # True submits the form whenever it differs from what was submitted last.
            submit=False,
        )
'''


def code(exported: Exported, names: FileNames) -> str:
    """A Python module with a construct that adopts the registration."""
    associations = "".join(f'                "{each}",\n' for each in exported.associations)
    return _CODE.format(
        title=exported.name.replace('"', "'").replace("\\", "") or exported.registration_type or "A registration",
        registration_id=exported.registration_id,
        registration_type=exported.registration_type or "FILL_IN_THE_TYPE",
        form=names.form,
        class_name=names.class_name,
        associations=f"            associations=[\n{associations}            ],\n" if associations else "",
    )


def advice(exported: Exported, names: FileNames) -> list[str]:
    """What to do with the files."""
    module = names.code.removesuffix(".py")
    lines = [f'In your stack: from {module} import {names.class_name}; {names.class_name}(self, "{names.class_name}")']
    if exported.stack_name:
        lines.append(
            f"{exported.registration_id} belongs to the stack {exported.stack_name}: remove it there first, or add "
            "take_over=True."
        )
    lines.append("Nothing is submitted and no value changes until the form file differs from the registration.")
    return lines
