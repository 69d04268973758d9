"""A form file, read and ready to be checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sms_registration_cli.form_text import TYPE_COMMENT

if TYPE_CHECKING:
    from sms_registration_forms.content import FormContent, Place
    from sms_registration_rules.denials.model import Form
    from sms_registration_rules.values import DeclaredValue

_TYPE = re.compile(rf"^#\s*{re.escape(TYPE_COMMENT)}\s*([A-Za-z0-9_]+)\s*$", re.MULTILINE)
MAX_FILE_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True)
class FormFile:
    """A form file.

    Attributes:
        path: The file, as the user named it.
        content: Fields and problems with their places.
        declared_type: The type that the file names itself; empty if it names none.
        registration_type: The type that it is checked as; empty until it is known.
    """

    path: str
    content: FormContent
    declared_type: str = ""
    registration_type: str = ""
    region: str = field(default="", compare=False)

    @property
    def is_readable(self) -> bool:
        """Whether the file is a form at all, so that its fields can be checked."""
        return bool(self.content.fields) or not any(not each.field_path for each in self.content.problems)

    @property
    def broken_paths(self) -> set[str]:
        """Fields that are declared in a way that cannot be read: their problems are known, and their values are not."""
        return {each.field_path for each in self.content.problems if each.field_path}

    def declared(self) -> dict[str, DeclaredValue]:
        """The values for `validation.check`: texts, choices and files, without those in `unknown`."""
        from sms_registration_forms.content import FileReference
        from sms_registration_rules.values import AttachmentId, Choices, Text

        values: dict[str, DeclaredValue] = {}
        for path, each in self.content.fields.items():
            if path in self.broken_paths:
                continue
            if isinstance(each.value, str):
                values[path] = Text(each.value)
            elif isinstance(each.value, list):
                values[path] = Choices(tuple(each.value))
            elif isinstance(each.value, FileReference):
                # What its ID will be is known when it is uploaded; any will do.
                values[path] = AttachmentId("attachment-0")
        return values

    def unknown(self) -> frozenset[str]:
        """Fields that are declared, and whose value is not known here: secrets, parameters, broken ones."""
        return frozenset(self.content.fields.keys() | self.broken_paths) - self.declared().keys()

    def to_denial_form(self) -> Form:
        """The form for `denials.check.check`, with the bytes of its files."""
        from sms_registration_forms.content import FileReference
        from sms_registration_rules.denials.model import Form

        values: dict[str, str | list[str]] = {}
        files: dict[str, bytes] = {}
        for path, each in self.content.fields.items():
            if path in self.broken_paths:
                continue
            if isinstance(each.value, FileReference):
                files[path] = (Path(self.path).parent / each.value.path).read_bytes()[:MAX_FILE_BYTES]
            elif isinstance(each.value, str | list) and each.value:
                values[path] = each.value
        return Form(self.registration_type, values, files, self.unknown(), self.region)

    def place_of(self, path: str) -> Place:
        """Where a field is; for one that is not in the file, its section; else the beginning of the file."""
        from sms_registration_forms.content import Place, nearest_place

        places = {name: each.place for name, each in self.content.fields.items()}
        return nearest_place(places, path) or Place(self.path, 1, 1)


def read(path: Path) -> FormFile:
    """Read a form file; never raises for what is in it."""
    from sms_registration_forms.reader import read_form_file

    try:
        found = _TYPE.search(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError):
        found = None
    return FormFile(str(path), read_form_file(path), found.group(1) if found else "")
