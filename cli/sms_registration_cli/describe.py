"""A field's definition in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sms_registration_rules.conditions import words
from sms_registration_rules.messages import listed

Field = Mapping[str, Any]

KINDS = {"TEXT": "text", "SELECT": "choice", "ATTACHMENT": "file"}
API_TEXT_LIMIT = 2048
"""Characters of a text that the API takes, whatever the definition says."""

_BEHAVIORS = {"REQUIRED": "required", "OPTIONAL": "optional", "DISALLOWED": "must have no value"}


def title(field: Field) -> str:
    """The field's title; empty if it has none."""
    return str(_hints(field).get("Title") or "").strip()


def description(field: Field) -> str:
    """What the field is for, in the definition's own words; empty if they say no more than the title."""
    text = str(_hints(field).get("LongDescription") or _hints(field).get("ShortDescription") or "").strip()
    return "" if text.rstrip(".").casefold() == title(field).casefold() else text


def example(field: Field) -> str:
    """The definition's example; empty if it has none."""
    return str(_hints(field).get("ExampleTextValue") or "")


def kind(field: Field) -> str:
    """`text`, `choice`, `choices` or `file`; a kind that is not known here as the service calls it."""
    name = str(field.get("FieldType"))
    is_several = name == "SELECT" and (_member(field, "SelectValidation").get("MaxChoices") or 1) > 1
    return "choices" if is_several else KINDS.get(name, name)


def requirement(field: Field) -> str:
    """`required`, `optional`, or when it is which."""
    name = str(field.get("FieldRequirement"))
    if name != "CONDITIONAL":
        return _BEHAVIORS.get(name, name.lower())
    behavior = field.get("ConditionalBehavior")
    if not isinstance(behavior, Mapping):
        return "depends on other fields; the service does not say how"
    parts = [
        f"{_behavior(rule.get('RuleBehavior'))} if {' and '.join(words(each) for each in rule.get('Conditions') or ())}"
        + _stricter(rule.get("ConditionalValidation"))
        for rule in behavior.get("Rules") or ()
    ]
    otherwise = _behavior(behavior.get("DefaultBehavior"))
    return "; ".join([*parts, f"otherwise {otherwise}" if parts else otherwise])


def limits(field: Field) -> str:
    """Lengths, and the number of choices where it is not one; empty if there are none."""
    if field.get("FieldType") == "SELECT":
        validation = _member(field, "SelectValidation")
        low, high = validation.get("MinChoices"), validation.get("MaxChoices")
        return "" if high in (None, 1) else f"{_range(low, high)} choices"
    return _lengths(_member(field, "TextValidation"))


def pattern(field: Field) -> str:
    """The pattern of a text; empty if there is none."""
    return str(_member(field, "TextValidation").get("Pattern") or "")


def choices(field: Field) -> list[str]:
    """The choices that are offered; empty for other kinds of fields."""
    return [str(each) for each in _member(field, "SelectValidation").get("Options") or []]


def choice_title(field: Field, choice: str) -> str:
    """What a choice means, if the definition says more than the choice itself."""
    for each in _hints(field).get("SelectOptionDescriptions") or ():
        if each.get("Option") == choice:
            text = str(each.get("Description") or each.get("Title") or "")
            same = text.casefold().replace(" ", "") == choice.casefold().replace("_", "").replace(" ", "")
            return "" if same else text
    return ""


def _behavior(name: object) -> str:
    return _BEHAVIORS.get(str(name), str(name))


def _stricter(validation: object) -> str:
    if not isinstance(validation, Mapping):
        return ""
    allowed = validation.get("AllowedValues")
    parts = [_lengths(validation), f"one of {listed(map(str, allowed))}" if allowed else ""]
    words = ", ".join(filter(None, parts))
    return f" ({words})" if words else ""


def _lengths(validation: Mapping[str, Any]) -> str:
    low, high = validation.get("MinLength"), validation.get("MaxLength")
    if low is None and high is None:
        return ""
    if high is not None and high > API_TEXT_LIMIT:
        high = API_TEXT_LIMIT
    return f"{_range(low, high)} characters"


def _range(low: int | None, high: int | None) -> str:
    if low == high:
        return f"exactly {low}"
    if not low:
        return f"at most {high}"
    return f"{low} to {high}" if high is not None else f"at least {low}"


def _hints(field: Field) -> Mapping[str, Any]:
    return _member(field, "DisplayHints")


def _member(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = holder.get(name)
    return member if isinstance(member, Mapping) else {}
