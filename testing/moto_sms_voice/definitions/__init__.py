"""Registration types as the API describes them: one JSON file for each type, in the shape of the API's own responses.

Each file also gives, under the key `Basis`, the source of its type and of each of its fields. `basis()` and `type_basis()`
return it; the API never does. Titles, descriptions and examples (DisplayHints) are written by this project in all files.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from ..exceptions import ValidationException

Ground = Literal["seen", "documented", "inferred"]
"""What a part of a definition rests on.

"seen": someone published what the live service returned or accepted. "documented": AWS's guides, blog or samples say so.
"inferred": neither, so the live service may differ.
"""


@dataclass(frozen=True)
class FieldBasis:
    """What the definition of a field rests on.

    Attributes:
        path: The field's path and kind.
        requirement: Whether it is required, in the words of the source. ConditionalBehavior is inferred from these words:
            no real one is published.
        validation: Its lengths and choices. Patterns are inferred unless the note says otherwise. None for a file, whose
            definition has none.
        note: What else is known. Empty if nothing is.
    """

    path: Ground
    requirement: Ground
    validation: Ground | None
    note: str


@dataclass(frozen=True)
class TypeBasis:
    """What the definition of a registration type rests on.

    Attributes:
        name: The name of the type.
        association: What it is associated with, and when.
        note: What else is known. Empty if nothing is.
    """

    name: Ground
    association: Ground
    note: str


@dataclass
class TypeDefinition:
    """A registration type: what it is associated with, and its form.

    Attributes:
        type_definition: An element of DescribeRegistrationTypeDefinitions' response.
        sections: What DescribeRegistrationSectionDefinitions returns.
        fields: What DescribeRegistrationFieldDefinitions returns.
    """

    type_definition: dict[str, Any]
    sections: list[dict[str, Any]]
    fields: list[dict[str, Any]]

    @property
    def name(self) -> str:
        """The registration type."""
        return str(self.type_definition["RegistrationType"])

    @property
    def associations(self) -> list[dict[str, Any]]:
        """Which resources registrations of this type can be associated with, and when."""
        return list(self.type_definition.get("SupportedAssociations", ()))

    def field(self, path: str) -> dict[str, Any]:
        """Return the definition of one field.

        Raises:
            ValidationException: The form has no such field.
        """
        for definition in self.fields:
            if definition["FieldPath"] == path:
                return definition
        message = f"{self.name} has no field {path}"
        raise ValidationException(message, "UNKNOWN_REGISTRATION_FIELD", [("fieldPath", message)])

    def check_section(self, path: str) -> None:
        """Check that the form has a section.

        Raises:
            ValidationException: The form has no such section.
        """
        if all(section["SectionPath"] != path for section in self.sections):
            message = f"{self.name} has no section {path}"
            raise ValidationException(message, "UNKNOWN_REGISTRATION_SECTION", [("sectionPath", message)])


class Definitions:
    """The registration types of one account and Region. Tests may change them, because forms change on AWS too."""

    def __init__(self) -> None:
        self._types = {name: deepcopy(definition) for name, definition in _shipped().items()}

    def __getitem__(self, registration_type: str) -> TypeDefinition:
        """Return a type by its name.

        Raises:
            ValidationException: The type does not exist.
        """
        try:
            return self._types[registration_type]
        except KeyError:
            message = f"Unknown registration type {registration_type}"
            fields = [("registrationType", message)]
            raise ValidationException(message, "UNKNOWN_REGISTRATION_TYPE", fields) from None

    def __contains__(self, registration_type: str) -> bool:
        return registration_type in self._types

    def add(self, definition: TypeDefinition) -> None:
        """Add a type, or replace the type of the same name."""
        self._types[definition.name] = definition

    def remove(self, registration_type: str) -> None:
        """Remove a type."""
        del self._types[registration_type]

    def all(self) -> list[TypeDefinition]:
        """Return every type, ordered by name."""
        return [self._types[name] for name in sorted(self._types)]


def basis(registration_type: str, path: str) -> FieldBasis:
    """What the shipped definition of a field rests on.

    Args:
        registration_type: A type that this package ships.
        path: The path of one of its fields.

    Raises:
        KeyError: There is no such type or field.
    """
    found = _files()[registration_type]["Basis"]["Fields"][path]
    return FieldBasis(found["Path"], found["Requirement"], found.get("Validation"), found.get("Note", ""))


def type_basis(registration_type: str) -> TypeBasis:
    """What the shipped definition of a type rests on.

    Args:
        registration_type: A type that this package ships.

    Raises:
        KeyError: There is no such type.
    """
    found = _files()[registration_type]["Basis"]["Type"]
    return TypeBasis(found["Name"], found["Association"], found.get("Note", ""))


@cache
def _files() -> dict[str, dict[str, Any]]:
    contents = [
        json.loads(file.read_text(encoding="utf-8"))
        for file in files(__package__).iterdir()
        if file.name.endswith(".json")
    ]
    return {content["RegistrationTypeDefinition"]["RegistrationType"]: content for content in contents}


@cache
def _shipped() -> dict[str, TypeDefinition]:
    return {
        name: TypeDefinition(
            content["RegistrationTypeDefinition"],
            content["RegistrationSectionDefinitions"],
            content["RegistrationFieldDefinitions"],
        )
        for name, content in _files().items()
    }
