"""Checks one value against its field's definition: type, length, pattern, choices. Pure; standard library only.

The messages continue a sentence that begins with the field's name, and never quote a value.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sms_registration_rules.identifiers import names_attachment
from sms_registration_rules.messages import MAX_NAMES_LISTED, Problem, closest, listed, some_listed
from sms_registration_rules.patterns import matches
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

MAX_TEXT_CHARACTERS = 2048
"""The API's limit for a TextValue, whatever a definition says."""

MAX_CHOICE_CHARACTERS = 256
"""The API's limit for one choice."""

MAX_CHOICES = 100
"""The API's limit for the choices of one field."""

_KINDS = {"TEXT": "text", "SELECT": "choices", "ATTACHMENT": "an attachment"}

_API_ID = re.compile(r"[A-Za-z0-9_:/-]{1,256}")

Definition = Mapping[str, Any]


# --- types ---


def is_empty(value: object) -> bool:
    """Whether a declared value means that the field has no value."""
    strings = _strings(value)
    return isinstance(value, Text | Choices) and strings is not None and not any(strings)


def typed(definition: Definition, value: object) -> TypedValue | str:
    """Convert a declared, nonempty value to the type that the service expects for this field, or return what is wrong with it.

    For a field of an unknown type, the value keeps its declared type.
    """
    kind = definition.get("FieldType")
    expected = f"expected {_KINDS.get(str(kind), 'text, choices or an attachment')}"
    strings = _strings(value)
    if strings is None:
        return f"has a value of type {type(value).__name__}, {expected}"
    if any("{{resolve:" in string for string in strings):
        return (
            "contains a dynamic reference, which CloudFormation does not resolve in a custom resource: use "
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
            else "is not the ID or ARN of an attachment"
        )
    if kind == "ATTACHMENT":
        # The ID of an attachment that was created elsewhere is declared as a string.
        if isinstance(value, Text) and names_attachment(value.text):
            return RegistrationAttachmentId(value.text)
        return f"is {'a list' if isinstance(value, Choices) else 'text'}, {expected}"
    if "" in strings:
        return "has an empty choice"
    if kind == "SELECT" or (kind != "TEXT" and isinstance(value, Choices)):
        return SelectChoices(tuple(dict.fromkeys(strings)))
    return TextValue(strings[0]) if len(strings) == 1 else f"has {_counted(strings)}, {expected}"


def _strings(value: object) -> tuple[str, ...] | None:
    """Return the strings in a value, or None for anything that is not a declared value of strings."""
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
    """Return what is wrong with a typed value.

    Args:
        definition: The field's definition.
        value: The value.
        override: A conditional rule's overrides of the definition: MinLength, MaxLength, Pattern, AllowedValues.
        source: Where the value was read from, if it is a secret; otherwise None. The messages do not reveal a secret's length
            or similar choices.
    """
    if isinstance(value, TextValue):
        return _text_problems(definition, value.text, {**_member(definition, "TextValidation"), **override}, source)
    if isinstance(value, SelectChoices):
        return _choice_problems(definition, value.choices, options(definition, override), source)
    return []


def options(definition: Definition, override: Mapping[str, Any]) -> list[str]:
    """Return the choices that the field offers. Empty when the definition has none: then any choice is accepted."""
    offered = override.get("AllowedValues") or _member(definition, "SelectValidation").get("Options")
    return [str(option) for option in offered] if isinstance(offered, list) else []


def offer(offered: Sequence[str]) -> str:
    """Return the choices of a field for a message: all when there are up to a dozen, otherwise the first ones."""
    return f"offered: {some_listed(offered)}"


def _text_problems(definition: Definition, text: str, validation: Mapping[str, Any], source: str | None) -> list[str]:
    read, length = (f" in {source}", "") if source else ("", f"{len(text)} characters, ")
    low, high = _number(validation, "MinLength", 0), _number(validation, "MaxLength", MAX_TEXT_CHARACTERS)
    found = []
    # The service may count UTF-16 code units, as Java does: a text is too short or too long only if it is so in both counts.
    if len(text.encode("utf-16-le", "surrogatepass")) // 2 < low:
        found.append(f"is too short{read}: {length}expected at least {low}")
    if len(text) > min(high, MAX_TEXT_CHARACTERS):
        allowed = f"{high}" if high <= MAX_TEXT_CHARACTERS else f"{MAX_TEXT_CHARACTERS} (the API's limit)"
        found.append(f"is too long{read}: {length}expected at most {allowed}")
    pattern = _pattern(validation)
    mismatch, space = bool(pattern) and matches(pattern, text) is False, _white_space(text)
    if space and (found or mismatch):
        found.append(f"{space}{read}: remove it")
    # White space alone may be the whole mismatch.
    if mismatch and not (space and matches(pattern, text.strip())):
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
            f"has {_counted(choices)}, expected {f'at least {low}' if len(choices) < low else f'at most {high}'}"
        )
    if offered:
        found += dict.fromkeys(_not_offered(choice, offered, source) for choice in choices if choice not in offered)
    elif any(len(choice) > MAX_CHOICE_CHARACTERS for choice in choices):
        found.append(f"has a choice of more than {MAX_CHOICE_CHARACTERS} characters")
    return found


def _not_offered(choice: str, offered: Sequence[str], source: str | None) -> str:
    text = f"has {f'a value in {source}' if source else 'a choice'} that is not offered"
    if choice.strip() in offered:
        return f"{text}: it {_white_space(choice)}"
    parts = {part.strip() for part in choice.split(",")}
    if source is None and len(parts) > 1 and parts <= set(offered):
        return f"{text}: declare several choices as a list"
    near = closest(choice, offered) if source is None else []
    if near:
        text += f"; closest: {listed(near)}"
    return f"{text}; {offer(offered)}" if not near or len(offered) <= MAX_NAMES_LISTED else text


def _white_space(text: str) -> str:
    """Return where a text has white space around it: "ends with white space". Empty if it has none, or is nothing else."""
    ends = [
        word for word, stripped in (("begins", text.lstrip()), ("ends", text.rstrip())) if stripped not in ("", text)
    ]
    return f"{' and '.join(ends)} with white space" if ends else ""


def _pattern(validation: Mapping[str, Any]) -> str:
    pattern = validation.get("Pattern")
    return pattern if isinstance(pattern, str) else ""


# --- messages ---


def problem(definition: Definition, path: str, text: str) -> Problem:
    """Create a problem that includes the definition's own description of the field."""
    hints = _member(definition, "DisplayHints")
    title = str(hints.get("Title") or "").strip()
    words = [str(hints.get("TextValidationDescription") or hints.get("ShortDescription") or "").strip(" .")]
    if hints.get("ExampleTextValue"):
        words.append(f"example: {str(hints['ExampleTextValue']).strip()}")
    return Problem(path, text, title, "; ".join(word for word in words if word and word != title))


def notes(definition: Definition, path: str, value: TypedValue) -> Iterator[str]:
    """Yield what cannot be checked about a field and its value here, for the log."""
    kind = str(definition.get("FieldType"))
    if kind not in _KINDS:
        yield f"{path}: the field type {kind[:64]} is unknown; its value is not checked"
    rules = _member(definition, "ConditionalBehavior").get("Rules") or ()
    validations = [_member(definition, "TextValidation"), *(_member(rule, "ConditionalValidation") for rule in rules)]
    text = value.text if isinstance(value, TextValue) else ""
    if any((pattern := _pattern(each)) and matches(pattern, text) is None for each in validations):
        yield f"{path}: a pattern of the field is not supported here, or could take too long; only the service checks it"


def _member(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    member = holder.get(name)
    return member if isinstance(member, Mapping) else {}


def _number(holder: Mapping[str, Any], name: str, default: int) -> int:
    member = holder.get(name)
    return member if isinstance(member, int) else default


def _counted(strings: Sequence[str]) -> str:
    return f"{len(strings)} choice{'' if len(strings) == 1 else 's'}"
