"""Snapshots of definitions, and what changed from one to the next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sms_registration_cli.errors import CommandError
from sms_registration_rules import snapshots
from sms_registration_rules.snapshots import FOLDER, TypeForm, default_folder, file_of, names, shown

__all__ = ["FOLDER", "TypeForm", "changes", "default_folder", "file_of", "load", "names", "shown"]


def load(folder: Path, registration_type: str) -> TypeForm | None:
    """Read a snapshot; None if there is none.

    Raises:
        CommandError: The file is not a snapshot.
    """
    try:
        return snapshots.load(folder, registration_type)
    except snapshots.SnapshotError as error:
        raise CommandError(str(error)) from None


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
