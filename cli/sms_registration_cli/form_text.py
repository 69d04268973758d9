"""Form files: an empty one to fill in, and one that holds given values. Pure.

A form file maps field paths to values. Sections are nested, `companyInfo: {companyName: ...}` is `companyInfo.companyName`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sms_registration_cli import describe, yaml_text
from sms_registration_cli.snapshots import TypeForm
from sms_registration_rules.messages import listed

TYPE_COMMENT = "registration-type:"
"""A comment `# registration-type: TYPE` in a form file says to `check` what it is a form of."""

MAX_CHOICES_ON_ONE_LINE = 6

Field = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One field in a form file.

    Attributes:
        path: The field's path.
        text: The value as YAML; a block begins with `>-`.
        comments: What stands above it.
        is_commented_out: Whether the field is a comment itself.
    """

    path: str
    text: str
    comments: tuple[str, ...] = ()
    is_commented_out: bool = False


def scaffold(form: TypeForm) -> str:
    """A complete form to fill in: fields that are required, or are unless another field says otherwise, are empty.

    All others are comments. Each has what the definitions say.
    """
    head = [
        f"{TYPE_COMMENT} {form.name}",
        f"{form.title or form.name}: {len(form.fields)} fields, from {form.source}.",
        "Fill in the fields between the quotes; before other fields that you need, remove the '#' and the space.",
        "Text with a colon, a '#' or a number alone stays in quotes. A secret: {secret: name, field: key}.",
        "Then: sms-registration check FILE",
    ]
    return render(head, form, [_empty(field) for field in form.fields])


def filled(form: TypeForm | None, values: Mapping[str, str | Sequence[str]], head: Sequence[str]) -> str:
    """A form that holds these values.

    Args:
        form: The definitions, for the order of the fields and the titles of the sections. If None: the order of the values.
        values: A text, choices, or an attachment's ID, by field path.
        head: Comments at the top of the file.
    """
    order = [str(field["FieldPath"]) for field in form.fields] if form else []
    fields = {str(field["FieldPath"]): field for field in form.fields} if form else {}
    paths = sorted(values, key=lambda path: (order.index(path) if path in order else len(order), path))
    lines = [Line(path, _value_text(path, values[path]), _note(fields.get(path), path, form)) for path in paths]
    return render(head, form, lines)


def render(head: Sequence[str], form: TypeForm | None, lines: Sequence[Line]) -> str:
    """The text of a form file."""
    titles = _section_titles(form)
    parts = [yaml_text.comment("\n".join(head))]
    for section, members in _sections(lines):
        block = [""]
        if titles.get(section):
            block.append(yaml_text.comment(titles[section]))
        # A section without any value would be null, which a form file does not take.
        all_out = all(line.is_commented_out for line in members)
        if section:
            block.append(f"{'# ' if all_out else ''}{section}:")
        for line in members:
            indent = 2 if section else 0
            name = line.path[len(section) + 1 :] if section else line.path
            block += [yaml_text.comment(each, indent) for each in line.comments]
            entry = f"{' ' * indent}{name}: {line.text}"
            if line.is_commented_out:
                entry = f"# {' ' * indent}{entry.strip()}" if all_out else f"{' ' * indent}# {entry.strip()}"
            block.append(entry)
            if line.comments:
                block.append("")
        parts.append("\n".join(block).rstrip())
    return "\n".join(parts) + "\n"


def _empty(field: Field) -> Line:
    words = [describe.title(field) or str(field["FieldPath"])]
    detail = [describe.requirement(field), describe.limits(field)]
    words.append("; ".join(filter(None, detail)))
    description = describe.description(field)
    comments = [f"{words[0]} ({words[1]})", *([description] if description else [])]
    comments += _choice_comments(field)
    if describe.example(field):
        comments.append(f"Example: {describe.example(field)}")
    return Line(str(field["FieldPath"]), _placeholder(field), tuple(comments), not _is_usually_required(field))


def _is_usually_required(field: Field) -> bool:
    # Most forms need a field that is required unless another has some value, and an empty value does no harm in the others.
    behavior = field.get("ConditionalBehavior")
    usual = behavior.get("DefaultBehavior") if isinstance(behavior, Mapping) else None
    return "REQUIRED" in (field.get("FieldRequirement"), usual)


def _choice_comments(field: Field) -> list[str]:
    offered = describe.choices(field)
    if not offered:
        return []
    titles = {choice: describe.choice_title(field, choice) for choice in offered}
    if not any(titles.values()):
        return [f"Choices: {listed(offered)}"]
    return ["Choices:", *(f"  {choice}{f' ({text})' if text else ''}" for choice, text in titles.items())]


def _placeholder(field: Field) -> str:
    kind = describe.kind(field)
    offered = describe.choices(field)
    if kind == "file":
        name = str(field["FieldPath"]).rpartition(".")[2]
        return f"{{file: {name}.png}}"
    if len(offered) == 1:
        return yaml_text.quoted(offered[0])
    return "[]" if kind == "choices" else '""'


def _value_text(path: str, value: str | Sequence[str]) -> str:
    if not isinstance(value, str) and len(value) != 1:
        return yaml_text.flow_list(list(value))
    value = value if isinstance(value, str) else value[0]
    return yaml_text.scalar(value, indent=2 if "." in path else 0)


def _note(field: Field | None, path: str, form: TypeForm | None) -> tuple[str, ...]:
    if form is not None and field is None:
        return (f"{path} is not a field of {form.name} any more",)
    return ()


def _section_titles(form: TypeForm | None) -> dict[str, str]:
    return {
        str(each.get("SectionPath")): str((each.get("DisplayHints") or {}).get("Title") or "")
        for each in (form.sections if form else ())
    }


def _sections(lines: Sequence[Line]) -> Iterator[tuple[str, list[Line]]]:
    """The lines by the part of their path before the first dot, in the order in which the parts first occur."""
    sections: dict[str, list[Line]] = {}
    for line in lines:
        section, dot, _ = line.path.partition(".")
        sections.setdefault(section if dot else "", []).append(line)
    yield from sections.items()
