"""What a form file contains: values with their places, and problems with theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Place:
    """A place in a form file.

    Attributes:
        file: The file's path, as the caller wrote it.
        line: The line, from 1. None for the file as a whole.
        column: The column, from 1. None for the file as a whole.
    """

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        """``forms/toll_free.yaml:12:3``, which editors and terminals turn into a link."""
        return self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"


def nearest_place(places: Mapping[str, Place], path: str) -> Place | None:
    """The place of a field; for one without a place, of the first field of its section. None if the section has no place.

    Args:
        places: Places by field path, in the order of the file.
        path: The path of the field.
    """
    section = path.partition(".")[0] + "."
    return places.get(path) or next((place for name, place in places.items() if name.startswith(section)), None)


@dataclass(frozen=True)
class Problem:
    """Something in a form file that must be corrected.

    Attributes:
        place: Where it is.
        text: What is wrong and what to do about it. It never quotes a field's value.
        field_path: The path of the field, such as ``companyInfo.taxId``; empty if it is not about one field.
    """

    place: Place
    text: str
    field_path: str = ""

    def __str__(self) -> str:
        """``forms/toll_free.yaml:12:3: companyInfo.taxId: ...``."""
        return ": ".join(filter(None, (str(self.place), self.field_path, self.text)))


@dataclass(frozen=True)
class FileReference:
    """``{file: opt-in.png}``: a file to upload.

    Attributes:
        path: Path of the file, relative to the folder of the form file.
    """

    path: str


@dataclass(frozen=True)
class SecretReference:
    """``{secret: name-or-arn, field: name}``: the text of a secret, read when the form is deployed.

    Attributes:
        secret: Name or ARN of the secret.
        json_field: The field of the secret's JSON that holds the value; None if the whole text is the value.
    """

    secret: str
    json_field: str | None = None


@dataclass(frozen=True)
class ParameterReference:
    """``{parameter: /name}``: the value of a parameter in the Parameter Store, read when the form is deployed.

    Attributes:
        name: Name of the parameter.
    """

    name: str


Value = str | list[str] | FileReference | SecretReference | ParameterReference


@dataclass(frozen=True)
class FormField:
    """One field of a form file.

    Attributes:
        value: The value. It is not shown by ``repr``, because it may be personal.
        place: Where the value is.
    """

    value: Value = field(repr=False)
    place: Place


@dataclass(frozen=True)
class FormContent:
    """What was read from a form file.

    Attributes:
        fields: The fields by path, in the order of the file. Fields whose value could not be read are missing.
        problems: Everything that is wrong with the file, in the order in which it was found.
    """

    fields: dict[str, FormField] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
