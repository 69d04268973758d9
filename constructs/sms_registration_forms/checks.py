"""Checks of paths and values that need nothing but the path or value itself. No message quotes a value."""

from __future__ import annotations

import re

# The API's own limits, from the models of PutRegistrationFieldValue and SelectChoiceList.
MAXIMUM_TEXT_CHARACTERS = 2048
MAXIMUM_CHOICE_CHARACTERS = 256
MAXIMUM_CHOICES = 100

_FIELD_PATH = re.compile(r"[A-Za-z0-9_.]{1,100}")


def path_problems(path: object) -> list[str]:
    """Problems of the path of a field."""
    if isinstance(path, str) and _FIELD_PATH.fullmatch(path):
        return []
    return ["expected a path of 1 to 100 letters, digits, underscores and dots, such as 'companyInfo.companyName'"]


def length_problems(text: str, maximum: int) -> list[str]:
    """Problems of the length of a text, in characters."""
    return [f"has {len(text)} characters, the service accepts at most {maximum}"] if len(text) > maximum else []


def choice_count_problems(count: int) -> list[str]:
    """Problems of the number of choices in a list."""
    return [f"got {count} choices, expected at most {MAXIMUM_CHOICES}"] if count > MAXIMUM_CHOICES else []


def choice_problems(position: int, choice: str) -> list[str]:
    """Problems of one choice in a list.

    Args:
        position: Its position in the list, from 0.
        choice: The choice.
    """
    found = length_problems(choice, MAXIMUM_CHOICE_CHARACTERS) if choice else ["the service accepts no empty choice"]
    return [f"choice {position + 1}: {problem}" for problem in found]
