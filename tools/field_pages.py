"""Writes docs/fields/, a page for each registration type that the fake service has: `make field-pages`.

tests/test_field_pages.py checks that the pages are what this would write.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / each) for each in ("cli", "lambda", "testing")]

from moto_sms_voice import definitions  # noqa: E402
from sms_registration_cli import describe  # noqa: E402
from sms_registration_rules.denials.rules import RULES  # noqa: E402
from sms_registration_rules.durations import review_duration  # noqa: E402
from sms_registration_rules.fees import fees  # noqa: E402

FOLDER = ROOT / "docs/fields"
INTRODUCTION = """# Fields of each type

Each page lists the fields of a registration type, with what they take and when they are required.

**The live form decides.**
AWS changes forms without notice, so a deployment always asks the service.
`sms-registration fields TYPE` shows the form of your account, and `sms-registration snapshot TYPE` keeps it beside your app.

AWS publishes no form as a whole.
So these pages say what each part rests on:

- **seen**: someone published what the live service returned or accepted;
- **documented**: AWS's guides, blog or samples say so;
- **inferred**: neither, so the live form may differ.

The fake service and the local cloud use the same definitions.
Types that are not listed work too: the service has many more, and no part of a deployment needs a list of them.

| type | fields | always required | its fields are |
|---|---|---|---|
"""
_ASSOCIATED = {
    "ASSOCIATE_BEFORE_SUBMIT": "before it is submitted",
    "ASSOCIATE_AFTER_COMPLETE": "after it is complete",
    "ASSOCIATE_ON_APPROVAL": "by the service, when it is approved",
}
_CLOSES = "DISASSOCIATE_ALL_CLOSES_REGISTRATION"


def pages() -> dict[str, str]:
    """Each page by its file name."""
    types = definitions.Definitions().all()
    index = INTRODUCTION + "".join(f"{_row(each)}\n" for each in types)
    return {"README.md": index, **{f"{each.name}.md": _page(each) for each in types}}


def _count(form: definitions.TypeDefinition) -> str:
    if not form.fields:
        return "no fields"
    return f"{len(form.fields)} fields, of which {_required(form)} are always required"


def _row(form: definitions.TypeDefinition) -> str:
    grounds = Counter(definitions.basis(form.name, field["FieldPath"]).path for field in form.fields)
    basis = ", ".join(f"{count} {ground}" for ground, count in grounds.most_common())
    return f"| [{form.name}]({form.name}.md) | {len(form.fields)} | {_required(form)} | {basis} |"


def _page(form: definitions.TypeDefinition) -> str:
    basis = definitions.type_basis(form.name)
    parts = [
        f"# {form.type_definition['DisplayHints']['Title']}",
        f"`{form.name}` has {_count(form)}.\n[The live form decides](README.md).",
        "\n".join(f"- {fact}" for fact in _facts(form)),
        f"The type's name is {basis.name}, and what it is associated with is {basis.association}.",
    ]
    if basis.note:
        parts.append(_lines(basis.note))
    if form.fields:
        count = sum(rule.applies_to(form.name) for rule in RULES.values())
        parts.append(
            f"[{count} denial rules](../denials.md#the-rules) apply to this form."
            if count
            else "No denial rule applies to this form."
        )
    for section in form.sections:
        fields = [field for field in form.fields if field["SectionPath"] == section["SectionPath"]]
        parts.append(f"## {section['DisplayHints']['Title']}")
        parts.append("\n".join(_table(form.name, fields)))
    return "\n\n".join(parts) + "\n"


def _facts(form: definitions.TypeDefinition) -> Iterable[str]:
    for each in form.associations:
        country = f" ({each['IsoCountryCode']})" if each.get("IsoCountryCode") else ""
        when = _ASSOCIATED.get(each["AssociationBehavior"], each["AssociationBehavior"])
        closes = (
            "; it is closed for good when its last one is released"
            if each.get("DisassociationBehavior") == _CLOSES
            else ""
        )
        yield f"Associated with: `{each['ResourceType']}`{country}, {when}{closes}."
    duration = review_duration(form.name)
    if duration is not None:
        yield f"Review: {_days(duration.days, business=duration.business_days)}{_aside(duration.note)}, as AWS publishes."
    for fee in fees(form.name):
        amount = f"{fee.usd:g} USD" if fee.usd is not None else "amount on AWS's pricing page"
        said = f"; users say about {fee.users_say_usd:g} USD" if fee.users_say_usd is not None else ""
        yield f"Fee: {fee.what}, {fee.charged}: {amount}{said}."


def _days(days: float, *, business: bool) -> str:
    if days < 1:
        return "minutes"
    return f"up to {days:g} {'business ' if business else ''}day{'s' if days != 1 else ''}"


def _aside(note: str) -> str:
    return f" ({note})" if note and note != "minutes" else ""


def _table(name: str, fields: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    yield "| field | takes | required | limits and choices | rests on |"
    yield "|---|---|---|---|---|"
    for field in fields:
        cells = (_name(field), describe.kind(field), describe.requirement(field), _limits(field), _basis(name, field))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _name(field: Mapping[str, Any]) -> str:
    title, about = describe.title(field), describe.description(field)
    return "<br>".join(filter(None, (f"`{field['FieldPath']}`", title, about)))


def _limits(field: Mapping[str, Any]) -> str:
    example = describe.example(field)
    parts = (
        describe.limits(field),
        ", ".join(f"`{each}`" for each in describe.choices(field)),
        f"example: `{example}`" if example and not describe.choices(field) else "",
    )
    return "<br>".join(filter(None, parts))


def _basis(name: str, field: Mapping[str, Any]) -> str:
    basis = definitions.basis(name, field["FieldPath"])
    what = {"path": basis.path, "requirement": basis.requirement, "limits": basis.validation}
    grounds = {ground for ground in what.values() if ground}
    text = (
        grounds.pop() if len(grounds) == 1 else ", ".join(f"{part} {ground}" for part, ground in what.items() if ground)
    )
    return "<br>".join(filter(None, (text, basis.note)))


def _required(form: definitions.TypeDefinition) -> int:
    return sum(field["FieldRequirement"] == "REQUIRED" for field in form.fields)


def _lines(text: str) -> str:
    """One sentence a line."""
    return re.sub(r"(?<=[a-z)])\. (?=[A-Z])", ".\n", text)


def main() -> None:
    """Write the pages, and remove those of types that are gone."""
    made = pages()
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.md"):
        if file.name not in made:
            file.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
