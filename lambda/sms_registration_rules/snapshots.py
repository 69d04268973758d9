"""Definitions of registration types that are saved in the application's folder, as cdk.context.json saves look-ups.

A snapshot is one JSON file a type, `sms-registration-definitions/US_TOLL_FREE_REGISTRATION.json`, with the members of the
service's own responses. It holds no time, so that a file changes only when the form does. `sms-registration snapshot` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "sms-registration-definitions"

TYPE, SECTIONS, FIELDS = (
    "RegistrationTypeDefinition",
    "RegistrationSectionDefinitions",
    "RegistrationFieldDefinitions",
)

Members = Sequence[Mapping[str, Any]]


class SnapshotError(ValueError):
    """A file is not a snapshot. The message names it and says what to do."""


@dataclass(frozen=True)
class TypeForm:
    """A registration type as the service describes it.

    Attributes:
        type_definition: A member of DescribeRegistrationTypeDefinitions' response.
        sections: DescribeRegistrationSectionDefinitions.
        fields: DescribeRegistrationFieldDefinitions.
        source: Where it was read, for messages.
    """

    type_definition: Mapping[str, Any]
    sections: Members
    fields: Members
    source: str

    @property
    def name(self) -> str:
        """The registration type."""
        return str(self.type_definition["RegistrationType"])

    @property
    def title(self) -> str:
        """The type's title; empty if it has none."""
        return str((self.type_definition.get("DisplayHints") or {}).get("Title") or "")

    @property
    def associations(self) -> Members:
        """SupportedAssociations."""
        return self.type_definition.get("SupportedAssociations") or []

    def to_json(self) -> str:
        """The snapshot's content."""
        content = {TYPE: self.type_definition, SECTIONS: list(self.sections), FIELDS: list(self.fields)}
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def default_folder(start: Path | None = None) -> Path:
    """The folder of the snapshots: beside the cdk.json of this folder or the nearest one above it; else in this folder.

    Args:
        start: Where to begin. If omitted: the current folder.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "cdk.json").is_file():
            return folder / FOLDER
    return here / FOLDER


def file_of(folder: Path, registration_type: str) -> Path:
    """The file of a type's snapshot."""
    return folder / f"{registration_type}.json"


def names(folder: Path) -> list[str]:
    """The types that have a snapshot."""
    return sorted(path.stem for path in folder.glob("*.json")) if folder.is_dir() else []


def load(folder: Path, registration_type: str) -> TypeForm | None:
    """Read a snapshot; None if there is none.

    Raises:
        SnapshotError: The file is not a snapshot.
    """
    path = file_of(folder, registration_type)
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        form = TypeForm(content[TYPE], content[SECTIONS], content[FIELDS], source=shown(path))
        if not form.name or not all("FieldPath" in field for field in form.fields):
            raise KeyError("FieldPath")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SnapshotError(
            f"{shown(path)} is not a snapshot ({type(error).__name__}: {error}). Save it again: sms-registration snapshot "
            f"{registration_type}"
        ) from None
    return form


def shown(path: Path) -> str:
    """A path for messages: relative to the current folder where it is below it."""
    try:
        return path.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return str(path)
