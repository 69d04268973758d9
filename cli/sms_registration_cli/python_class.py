"""`scaffold --python`: a typed class of a form, for the user's repository. Pure."""

from __future__ import annotations

import keyword
import re
import textwrap
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sms_registration_cli import describe
from sms_registration_cli.snapshots import TypeForm

COLUMNS = 120

_HEAD = '''\
"""The form of {name}, made by `sms-registration scaffold {name} --python`.

Make it again when the service changes the form (`sms-registration snapshot` tells), and your type checker shows what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import {typing}

from cdk_sms_registration import FieldValue, RegistrationAttachment

Value = str | Sequence[str] | RegistrationAttachment | FieldValue

{aliases}
_PATHS = {{
{paths}
}}

'''
_CLASS = '''
@dataclass(frozen=True, kw_only=True)
class {class_name}:
    """{summary}

    Fields without a default are always required. `None` leaves a field out. A `FieldValue` is read when the form is deployed.

    Attributes:
{attributes}
    """

    registration_type: ClassVar[str] = "{name}"

{members}

    def to_fields(self) -> dict[str, Value]:
        """The `fields` of a `Registration` or `RegistrationForm`."""
        values = {{_PATHS[each.name]: getattr(self, each.name) for each in fields(self)}}
        return {{path: value for path, value in values.items() if value is not None}}
'''


def render(form: TypeForm) -> str:
    """The module's source: it needs nothing but this library, and passes `mypy --strict`."""
    names = _names([str(field["FieldPath"]) for field in form.fields])
    # Dataclasses take keyword arguments in any order; required ones come first for the reader.
    ordered = sorted(form.fields, key=lambda field: field.get("FieldRequirement") != "REQUIRED")
    aliases = [_alias(names[str(field["FieldPath"])], field) for field in form.fields if describe.choices(field)]
    title = form.title or form.name
    head = _HEAD.format(
        name=form.name,
        typing="ClassVar, Literal" if aliases else "ClassVar",
        aliases="".join(f"{alias}\n" for alias in aliases),
        paths="\n".join(f'    "{names[path]}": "{path}",' for path in names),
    )
    return head + _CLASS.format(
        class_name=f"{_camel(form.name)}Form",
        name=form.name,
        summary=f"The form of {title}." if not title.startswith("The ") else f"{title}.",
        attributes="\n".join(_attribute(names[str(field["FieldPath"])], field) for field in ordered),
        members="\n".join(_member(names[str(field["FieldPath"])], field) for field in ordered),
    )


def _names(paths: list[str]) -> dict[str, str]:
    """A Python name for each path: its last part, with the section before it where that is not unique."""
    short = {path: _snake(path.rpartition(".")[2]) for path in paths}
    count = Counter(short.values())
    names = {path: name if count[name] == 1 else _snake(path.replace(".", "_")) for path, name in short.items()}
    reserved = {"registration_type", "to_fields"}
    return {path: f"{name}_" if keyword.iskeyword(name) or name in reserved else name for path, name in names.items()}


def _snake(text: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    plain = re.sub(r"\W", "_", words).lower()
    return f"_{plain}" if plain[:1].isdigit() else plain


def _camel(text: str) -> str:
    return "".join(word.capitalize() for word in text.split("_"))


def _member(name: str, field: Mapping[str, Any]) -> str:
    suffix = "" if field.get("FieldRequirement") == "REQUIRED" else " | None = None"
    return f"    {name}: {_annotation(name, field)}{suffix}"


def _alias(name: str, field: Mapping[str, Any]) -> str:
    """The choices of a field as a type of their own."""
    choices = [_string(choice) for choice in describe.choices(field)]
    line = f"{_camel(name)} = Literal[{', '.join(choices)}]"
    if len(line) <= COLUMNS:
        return line
    return f"{_camel(name)} = Literal[\n{''.join(f'    {choice},{chr(10)}' for choice in choices)}]"


def _annotation(name: str, field: Mapping[str, Any]) -> str:
    choices = _camel(name) if describe.choices(field) else "str"
    return {
        "text": "str | FieldValue",
        "choice": f"{choices} | FieldValue",
        "choices": f"Sequence[{choices}] | FieldValue",
        "file": "RegistrationAttachment | str",
    }.get(describe.kind(field), "Value")


def _attribute(name: str, field: Mapping[str, Any]) -> str:
    parts = [describe.title(field), describe.requirement(field), describe.limits(field)]
    text = f"{name}: {'; '.join(filter(None, parts))}."
    if describe.description(field):
        text += f" {describe.description(field).rstrip('.')}."
    if describe.example(field):
        text += f" Example: {describe.example(field)}"
    clean = text.replace("\\", "\\\\").replace('"""', "'''")
    return textwrap.fill(clean, COLUMNS, initial_indent=" " * 8, subsequent_indent=" " * 12, break_on_hyphens=False)


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
