"""One value against the definition of its field: its kind, length, pattern, choices. Pure; standard library only.

The texts continue a sentence that begins with the field's name, and never quote a value.
"""

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sms_registration_rules.identifiers import names_attachment
from sms_registration_rules.messages import Problem, closest
from sms_registration_rules.values import (
    AttachmentId,
    Choices,
    RegistrationAttachmentId,
    Secret,
    SelectChoices,
    Text,
    TextValue,
    TypedValue,
)

MAX_TEXT = 2048
"""Characters of a TextValue that the API takes, whatever a definition says."""

MAX_CHOICE = 256
"""Characters of one choice that the API takes."""

MAX_CHOICES = 100
"""Choices of one field that the API takes."""

_KINDS = {"TEXT": "a text", "SELECT": "choices", "ATTACHMENT": "an attachment"}

_FEW = 15
"""So many choices are listed whole where none is close to the one that was declared."""

_API_ID = re.compile(r"[A-Za-z0-9_:/-]{1,256}")

Definition = Mapping[str, Any]


# --- kinds ---


def is_empty(value: object) -> bool:
    """Whether a declared value says that the field has none."""
    strings = _strings(value)
    return isinstance(value, Text | Choices) and strings is not None and not any(strings)


def typed(definition: Definition, value: object) -> TypedValue | str:
    """A declared value that is not empty, as the service takes it for this field; or what is wrong with it.

    A field of an unknown type takes the value as it is declared.
    """
    kind = definition.get("FieldType")
    expected = f"{_KINDS[kind]} expected" if kind in _KINDS else "a text, choices or an attachment expected"
    strings = _strings(value)
    if strings is None:
        return f"has a value of the type {type(value).__name__}, {expected}"
    if any("{{resolve:" in string for string in strings):
        return (
            "holds a dynamic reference, which CloudFormation does not resolve in a custom resource: use "
            "FieldValue.from_secret or FieldValue.from_parameter"
        )
    if isinstance(value, Secret) and not value.text:
        return f"is empty in {value.source}"
    if isinstance(value, AttachmentId):
        if kind in ("TEXT", "SELECT"):
            return f"is an attachment, {expected}"
        return (
            RegistrationAttachmentId(value.id)
            if _API_ID.fullmatch(value.id)
            else "is not the id or ARN of an attachment"
        )
    if kind == "ATTACHMENT":
        # The id of an attachment that was made elsewhere arrives as a string.
        if isinstance(value, Text) and names_attachment(value.text):
            return RegistrationAttachmentId(value.text)
        return f"is {'a list' if isinstance(value, Choices) else 'a text'}, {expected}"
    if "" in strings:
        return "has an empty choice"
    if kind == "SELECT" or (kind != "TEXT" and isinstance(value, Choices)):
        return SelectChoices(tuple(dict.fromkeys(strings)))
    return TextValue(strings[0]) if len(strings) == 1 else f"has {_counted(strings)}, {expected}"


def _strings(value: object) -> tuple[str, ...] | None:
    """The strings that a value is made of; None for anything that is not a declared value of strings."""
    content: object = None
    if isinstance(value, Text | Secret):
        content = (value.text,)
    elif isinstance(value, AttachmentId):
        content = (value.id,)
    elif isinstance(value, Choices):
        content = value.choices
    if isinstance(content, tuple) and all(isinstance(string, str) for string in content):
        return content
    return None


# --- values ---


def value_problems(
    definition: Definition, value: TypedValue, override: Mapping[str, Any], source: str | None
) -> list[str]:
    """What is wrong with a typed value.

    Args:
        definition: The field's definition.
        value: The value.
        override: What a conditional rule says instead of the definition: MinLength, MaxLength, Pattern, AllowedValues.
        source: Where the value was read from, if it is a secret; its length and what is similar to it are not told then.
    """
    if isinstance(value, TextValue):
        return _text_problems(definition, value.text, {**_member(definition, "TextValidation"), **override}, source)
    if isinstance(value, SelectChoices):
        return _choice_problems(definition, value.choices, options(definition, override), source)
    return []


def options(definition: Definition, override: Mapping[str, Any]) -> list[str]:
    """The choices that are offered; none when the definition does not say, and anything goes."""
    offered = override.get("AllowedValues") or _member(definition, "SelectValidation").get("Options")
    return [str(option) for option in offered] if isinstance(offered, list) else []


def _text_problems(definition: Definition, text: str, validation: Mapping[str, Any], source: str | None) -> list[str]:
    read, length = (f" in {source}", "") if source else ("", f"{len(text)} characters, ")
    low, high = _number(validation, "MinLength", 0), _number(validation, "MaxLength", MAX_TEXT)
    found = []
    # Characters may be counted as Java does, in UTF-16 units: too short or too long only if it is so in either count.
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 < low:
        found.append(f"is too short{read}: {length}at least {low} expected")
    if len(text) > min(high, MAX_TEXT):
        allowed = f"{high}" if high <= MAX_TEXT else f"{MAX_TEXT} (the API's limit)"
        found.append(f"is too long{read}: {length}at most {allowed} expected")
    pattern = _pattern(validation)
    if pattern and _matches(pattern, text) is False:
        described = _member(definition, "DisplayHints").get("TextValidationDescription")
        found.append(f"does not match the field's pattern{'' if described else ' ' + pattern[:200]}{read}")
    return found


def _choice_problems(
    definition: Definition, choices: Sequence[str], offered: Sequence[str], source: str | None
) -> list[str]:
    validation = _member(definition, "SelectValidation")
    low, high = _number(validation, "MinChoices", 0), min(_number(validation, "MaxChoices", MAX_CHOICES), MAX_CHOICES)
    found = []
    if not low <= len(choices) <= high:
        found.append(
            f"has {_counted(choices)}, {f'at least {low}' if len(choices) < low else f'at most {high}'} expected"
        )
    if offered:
        found += dict.fromkeys(_not_offered(choice, offered, source) for choice in choices if choice not in offered)
    elif any(len(choice) > MAX_CHOICE for choice in choices):
        found.append(f"has a choice of more than {MAX_CHOICE} characters")
    return found


def _not_offered(choice: str, offered: Sequence[str], source: str | None) -> str:
    text = f"has {f'a value in {source}' if source else 'a choice'} that is not offered"
    parts = {part.strip() for part in choice.split(",")}
    if source is None and len(parts) > 1 and parts <= set(offered):
        return f"{text}: several choices are declared as a list"
    near = closest(choice, offered) if source is None else []
    if near:
        text += f"; closest: {_listed(near)}"
    elif len(offered) <= _FEW:
        text += f"; offered: {_listed(offered)}"
    return text


def _pattern(validation: Mapping[str, Any]) -> str:
    pattern = validation.get("Pattern")
    return pattern if isinstance(pattern, str) else ""


def _matches(pattern: str, text: str) -> bool | None:
    r"""Whether the whole text matches; None when the pattern is of a dialect that Python does not understand.

    The service's patterns are Java's. Where the dialects may disagree on a class such as `\w`, either reading suffices.
    """
    with warnings.catch_warnings():
        # "Possible nested set": valid in both dialects, with different meanings.
        warnings.simplefilter("error", FutureWarning)
        try:
            return any(re.compile(pattern, flags).fullmatch(text) for flags in (re.ASCII, re.UNICODE))
        except (re.error, ValueError, OverflowError, RecursionError, FutureWarning):
            return None


# --- words ---


def problem(definition: Definition, path: str, text: str) -> Problem:
    """A problem with the definition's own words about the field."""
    hints = _member(definition, "DisplayHints")
    title = str(hints.get("Title") or "").strip()
    words = [str(hints.get("TextValidationDescription") or hints.get("ShortDescription") or "").strip(" .")]
    if hints.get("ExampleTextValue"):
        words.append(f"example: {str(hints['ExampleTextValue']).strip()}")
    return Problem(path, text, title, "; ".join(word for word in words if word and word != title))


def notes(definition: Definition, path: str) -> Iterator[str]:
    """What of a field cannot be checked here, for the log."""
    kind = str(definition.get("FieldType"))
    if kind not in _KINDS:
        yield f"{path}: the field type {kind[:64]} is not known; its value is not checked"
    rules = _member(definition, "ConditionalBehavior").get("Rules") or ()
    validations = [_member(definition, "TextValidation"), *(_member(rule, "ConditionalValidation") for rule in rules)]
    if any((pattern := _pattern(each)) and _matches(pattern, "") is None for each in validations):
        yield f"{path}: a pattern of the field is not understood here; the service alone checks it"


def _member(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = holder.get(name)
    return member if isinstance(member, Mapping) else {}


def _number(holder: Mapping[str, Any], name: str, default: int) -> int:
    member = holder.get(name)
    return member if isinstance(member, int) else default


def _counted(strings: Sequence[str]) -> str:
    return f"{len(strings)} choice{'' if len(strings) == 1 else 's'}"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' if " " in name or "," in name else name for name in names)
