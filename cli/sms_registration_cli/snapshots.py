"""Definitions that are saved in the application's folder, as cdk.context.json saves look-ups.

A snapshot is one JSON file a type, `sms-registration-definitions/US_TOLL_FREE_REGISTRATION.json`, with the members of the
service's own responses. It holds no time, so that a file changes only when the form does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sms_registration_cli.errors import CommandError

FOLDER = "sms-registration-definitions"

TYPE, SECTIONS, FIELDS = (
    "RegistrationTypeDefinition",
    "RegistrationSectionDefinitions",
    "RegistrationFieldDefinitions",
)

Members = Sequence[Mapping[str, Any]]


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
        CommandError: The file is not a snapshot.
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
        raise CommandError(
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


def changes(old: TypeForm, new: TypeForm) -> list[str]:
    """What changed from one set of definitions to the next, one line each, as people say it."""
    before, after = ({str(field["FieldPath"]): field for field in form.fields} for form in (old, new))
    lines = [f"+ {path} ({str(after[path].get('FieldRequirement')).lower()})" for path in after if path not in before]
    lines += [f"- {path}" for path in before if path not in after]
    for path in after:
        if path in before:
            lines += [f"~ {path}: {each}" for each in _field_changes(before[path], after[path])]
    if old.associations != new.associations:
        lines.append("~ what registrations of this type are associated with")
    if not lines and (old.sections != new.sections or old.type_definition != new.type_definition):
        lines.append("~ titles and descriptions of the type or its sections")
    return lines


def _field_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    found = []
    for member, word in (("FieldType", "kind"), ("FieldRequirement", "requirement")):
        if before.get(member) != after.get(member):
            found.append(f"{word} {before.get(member)} -> {after.get(member)}")
    old, new = _options(before), _options(after)
    if old != new:
        gone, more = [each for each in old if each not in new], [each for each in new if each not in old]
        parts = [f"{sign}{', '.join(each)}" for sign, each in (("+", more), ("-", gone)) if each]
        found.append(f"choices {' '.join(parts) or 'in another order'}")
    limits = [
        f"{name} {_limit(before, holder, name)} -> {_limit(after, holder, name)}"
        for holder, names in (
            ("TextValidation", ("MinLength", "MaxLength", "Pattern")),
            ("SelectValidation", ("MinChoices", "MaxChoices")),
        )
        for name in names
        if _limit(before, holder, name) != _limit(after, holder, name)
    ]
    found += limits
    if before.get("ConditionalBehavior") != after.get("ConditionalBehavior"):
        found.append("when it is required")
    if not found and before != after:
        found.append("title, description or example")
    return found


def _options(field: Mapping[str, Any]) -> list[str]:
    return list((field.get("SelectValidation") or {}).get("Options") or [])


def _limit(field: Mapping[str, Any], holder: str, name: str) -> Any:
    return (field.get(holder) or {}).get(name)
