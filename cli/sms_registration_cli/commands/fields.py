"""`sms-registration fields`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from sms_registration_cli import describe, output
from sms_registration_cli.definitions import Definitions
from sms_registration_cli.options import AwsOptions, aws_options, definitions_options, json_option
from sms_registration_rules.messages import listed

MAX_CHOICES_SHOWN = 20


@click.command("fields")
@click.argument("registration_type", metavar="TYPE")
@json_option
@definitions_options
@aws_options
def command(registration_type: str, as_json: bool, live: bool, folder: Path | None, aws: AwsOptions) -> None:
    """List the fields of a type's form, with what each takes and when it is required."""
    form = Definitions(aws, folder=folder, live=live).of(registration_type)
    if as_json:
        output.show_json([_plain(field) for field in form.fields])
        return
    table = output.table(
        "=Field", "=Kind", "Required", "Limits and choices", "Example", title=_headline(form.name, form.title)
    )
    for field in form.fields:
        path, title = str(field["FieldPath"]), describe.title(field)
        table.add_row(
            output.cell(f"{path}\n  {title}" if title else path),
            output.cell(describe.kind(field)),
            output.cell(describe.requirement(field), "bold" if field.get("FieldRequirement") == "REQUIRED" else ""),
            output.cell(_limits(field)),
            output.cell(describe.example(field)),
        )
    output.show(table)
    required = sum(field.get("FieldRequirement") == "REQUIRED" for field in form.fields)
    output.note(f"{len(form.fields)} fields, {required} of them always required. Read from {form.source}.")


def _headline(name: str, title: str) -> str:
    return f"{name}: {title}" if title else name


def _limits(field: Mapping[str, Any]) -> str:
    choices = describe.choices(field)
    shown = listed(choices[:MAX_CHOICES_SHOWN])
    more = len(choices) - MAX_CHOICES_SHOWN
    return "\n".join(filter(None, (describe.limits(field), f"{shown} and {more} more" if more > 0 else shown)))


def _plain(field: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "path": field["FieldPath"],
        "title": describe.title(field),
        "description": describe.description(field),
        "kind": describe.kind(field),
        "required": describe.requirement(field),
        "limits": describe.limits(field),
        "pattern": describe.pattern(field),
        "choices": describe.choices(field),
        "example": describe.example(field),
        "definition": field,
    }
