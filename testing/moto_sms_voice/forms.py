"""The rules of a valid form: requirements, conditions and values, checked against the definitions of a type."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from .behavior import ServiceBehavior
from .definitions import TypeDefinition
from .store import FieldValue

Values = Mapping[str, FieldValue]
FieldDefinition = dict[str, Any]

MISSING_REQUIRED = "MISSING_REQUIRED_FIELD"
MISSING_CONDITIONAL = "MISSING_CONDITIONAL_FIELD"
DISALLOWED = "CONDITIONAL_FIELD_NOT_ALLOWED"
INVALID = "INVALID_FIELD_VALUE"


class Problem(NamedTuple):
    """A problem of a field: the denial code that AWS publishes for it, and a text for people."""

    code: str
    message: str

    @property
    def is_missing(self) -> bool:
        """Whether the field has no value."""
        return self.code in (MISSING_REQUIRED, MISSING_CONDITIONAL)


def problems(definition: TypeDefinition, values: Values, behavior: ServiceBehavior) -> dict[str, Problem]:
    """Return the problem of every field that is invalid at submission, by path, in the order of the form."""
    found = {}
    for field in definition.fields:
        path = field["FieldPath"]
        requirement, override = resolve(field, values, behavior)
        value = values.get(path)
        if value is None or not value.is_set:
            if requirement == "REQUIRED":
                is_conditional = field["FieldRequirement"] == "CONDITIONAL"
                found[path] = Problem(
                    MISSING_CONDITIONAL if is_conditional else MISSING_REQUIRED, "Missing required field"
                )
        elif requirement == "DISALLOWED":
            found[path] = Problem(DISALLOWED, "Conditional field not allowed")
        elif (message := value_problem(field, value, override)) is not None:
            found[path] = Problem(INVALID, message)
    return found


def example(definition: TypeDefinition, behavior: ServiceBehavior, attachment_id: str) -> dict[str, FieldValue]:
    """Return the shortest valid form: the required fields, with the definitions' own examples and first options.

    Raises:
        ValueError: The example of a field is not valid.
    """
    values: dict[str, FieldValue] = {}
    while wrong := problems(definition, values, behavior):
        path, problem = next(iter(wrong.items()))
        if path in values:
            raise ValueError(f"{definition.name} has no valid example of {path}: {problem.message}")
        values[path] = _example_value(definition.field(path), attachment_id)
    return values


def resolve(field: FieldDefinition, values: Values, behavior: ServiceBehavior) -> tuple[str, dict[str, Any]]:
    """Return whether a field is REQUIRED, OPTIONAL or DISALLOWED with these values, and the validation that overrides its own."""
    if field["FieldRequirement"] != "CONDITIONAL":
        return field["FieldRequirement"], {}
    conditional = field.get("ConditionalBehavior")
    if conditional is None:
        return "OPTIONAL", {}
    for rule in conditional["Rules"]:
        if all(_holds(condition, values, behavior) for condition in rule["Conditions"]):
            return rule["RuleBehavior"], rule.get("ConditionalValidation", {})
    return conditional["DefaultBehavior"], {}


def value_problem(field: FieldDefinition, value: FieldValue, override: Mapping[str, Any]) -> str | None:
    """Return the problem of a value by itself, or None."""
    if value.text_value is not None:
        return _text_problem({**field.get("TextValidation", {}), **override}, value.text_value)
    if value.select_choices is not None:
        return _choices_problem(field["SelectValidation"], override, value.select_choices)
    return None


def _example_value(field: FieldDefinition, attachment_id: str) -> FieldValue:
    path, kind = field["FieldPath"], field["FieldType"]
    if kind == "ATTACHMENT":
        return FieldValue(path, registration_attachment_id=attachment_id)
    if kind == "SELECT":
        validation = field["SelectValidation"]
        return FieldValue(path, select_choices=validation["Options"][: max(1, validation["MinChoices"])])
    hints, validation = field["DisplayHints"], field["TextValidation"]
    text = hints.get("ExampleTextValue") or hints["Title"].ljust(validation["MinLength"], ".")
    return FieldValue(path, text_value=text[: validation["MaxLength"]])


def _holds(condition: Mapping[str, Any], values: Values, behavior: ServiceBehavior) -> bool:
    value = values.get(condition["DependsOnFieldPath"])
    is_set = value is not None and value.is_set
    choices = value.choices() if value is not None else []
    wanted = condition.get("Values", [])
    operator = condition["Operator"]
    if operator == "HAS_VALUE":
        return is_set
    if operator == "NO_VALUE":
        return not is_set
    if operator == "EQUALS":
        return is_set and choices == wanted[:1]
    if operator == "IN":
        return any(choice in wanted for choice in choices)
    if operator == "NOT_EQUALS":
        return choices != wanted[:1] if is_set else behavior.unset_matches_negations
    if operator == "NOT_IN":
        return not any(choice in wanted for choice in choices) if is_set else behavior.unset_matches_negations
    return False


def _text_problem(validation: Mapping[str, Any], text: str) -> str | None:
    low, high = validation.get("MinLength", 0), validation.get("MaxLength")
    if len(text) < low or (high is not None and len(text) > high):
        return f"Length {len(text)} is not between {low} and {high}"
    pattern = validation.get("Pattern")
    if pattern and re.fullmatch(pattern, text) is None:
        return f"Value does not match the pattern {pattern}"
    return None


def _choices_problem(validation: Mapping[str, Any], override: Mapping[str, Any], choices: list[str]) -> str | None:
    low, high = validation["MinChoices"], validation["MaxChoices"]
    if not low <= len(choices) <= high:
        return f"{len(choices)} choices are not between {low} and {high}"
    options = override.get("AllowedValues", validation["Options"])
    unknown = [choice for choice in choices if choice not in options]
    if unknown:
        return f"Not an option: {', '.join(map(repr, unknown))}"
    if len(set(choices)) < len(choices):
        return "A choice is given twice"
    return None
