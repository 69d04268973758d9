"""JSON Schema of a form file, from a type's definitions. Pure.

It helps while typing: which fields there are, what they mean, which choices they offer. It requires nothing, because a draft may
be incomplete, and knows no conditions between fields: `sms-registration check` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sms_registration_cli import describe
from sms_registration_cli.snapshots import TypeForm

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The newest draft that the common editors understand whole."""

_FOREIGN = re.compile(r"\(\?(?![:=!])|\\[pPhHRXGAZz]|[*+?}]\+|&&")
"""What Java's patterns have and JavaScript's lack, or mean otherwise."""

Schema = dict[str, Any]


def schema(form: TypeForm) -> Schema:
    """The schema. A field may be written in its section, or as one key with dots."""
    sections: dict[str, Schema] = {}
    dotted: dict[str, Schema] = {}
    titles = {str(each.get("SectionPath")): each.get("DisplayHints") or {} for each in form.sections}
    for field in form.fields:
        path = str(field["FieldPath"])
        section, dot, name = path.partition(".")
        dotted[path] = _field(field)
        if dot:
            hints = titles.get(section, {})
            entry = sections.setdefault(section, _object(str(hints.get("Title") or section)))
            if hints.get("ShortDescription"):
                entry["description"] = str(hints["ShortDescription"])
            entry["properties"][name] = _field(field)
    return {
        "$schema": DRAFT,
        "title": f"{form.name}: {form.title}" if form.title else form.name,
        "definitions": {
            "secret": _reference("secret", "Name or ARN of a secret, read when the form is deployed.", "field"),
            "parameter": _reference(
                "parameter", "Name of a Systems Manager parameter, read when the form is deployed."
            ),
            "file": _reference("file", "Path of a file, from the folder of this form."),
        },
        **_object(""),
        "properties": {**sections, **dotted},
    }


def _object(title: str) -> Schema:
    return {**({"title": title} if title else {}), "type": "object", "properties": {}, "additionalProperties": False}


def _reference(key: str, description: str, beside: str = "") -> Schema:
    properties = {key: {"type": "string", "minLength": 1, "description": description}}
    if beside:
        properties[beside] = {"type": "string", "minLength": 1, "description": "One field of a secret that is JSON."}
    return {"type": "object", "required": [key], "properties": properties, "additionalProperties": False}


def _field(field: Mapping[str, Any]) -> Schema:
    requirement = describe.requirement(field)
    words = [describe.title(field), describe.description(field), requirement[:1].upper() + requirement[1:] + "."]
    made: Schema = {"title": describe.title(field) or str(field["FieldPath"])}
    made["description"] = "\n\n".join(dict.fromkeys(filter(None, words)))
    if describe.example(field):
        made["examples"] = [describe.example(field)]
    made["anyOf"] = _values(field)
    return made


def _values(field: Mapping[str, Any]) -> list[Schema]:
    read_when_deployed = [{"$ref": "#/definitions/secret"}, {"$ref": "#/definitions/parameter"}]
    kind = describe.kind(field)
    if kind == "text":
        return [_text(field), *read_when_deployed]
    if kind in ("choice", "choices"):
        return [*_choice(field), *read_when_deployed]
    file = [
        {"$ref": "#/definitions/file"},
        {"type": "string", "description": "The ID or ARN of an uploaded attachment."},
    ]
    # A kind that is not known here takes anything.
    return file if kind == "file" else [{"type": ["string", "array"]}, *file[:1], *read_when_deployed]


def _text(field: Mapping[str, Any]) -> Schema:
    validation = field.get("TextValidation") or {}
    made: Schema = {"type": "string"}
    high = min(validation.get("MaxLength") or describe.API_TEXT_LIMIT, describe.API_TEXT_LIMIT)
    pattern = describe.pattern(field)
    # An empty text says that the field has no value, whatever its limits.
    limited: Schema = {"minLength": validation.get("MinLength") or 0, "maxLength": high}
    if pattern and not _FOREIGN.search(pattern):
        limited["pattern"] = f"^(?:{pattern})$"
    return {**made, "anyOf": [{"maxLength": 0}, limited]}


def _choice(field: Mapping[str, Any]) -> list[Schema]:
    offered = describe.choices(field)
    one: Schema = {"type": "string", **({"enum": [*offered, ""]} if offered else {})}
    each: Schema = {"type": "string", **({"enum": offered} if offered else {})}
    high = (field.get("SelectValidation") or {}).get("MaxChoices")
    several: Schema = {"type": "array", "items": each, "uniqueItems": True, **({"maxItems": high} if high else {})}
    return [one, several]
