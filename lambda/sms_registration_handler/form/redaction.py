"""Removes values of secrets and parameters from the service's texts: reviewers and registrars quote what they were sent."""

import html
import re
import urllib.parse
from collections.abc import Iterable

REDACTED = "[redacted]"

_MIN_FUZZY_CHARACTERS = 4
"""Letters and digits from which on a value is also recognized in another notation, or in part."""

_MAX_PART_CHARACTERS = 12
"""Letters and digits up to which a part of a value is recognized: cut values are short, and so are tax IDs."""

_SEPARATORS = r"[\W_]{0,3}"
"""What may stand between two letters or digits: 98-7654321, 98 7654321 and 987654321 are one tax ID."""

_ELLIPSIS = r"\s?(?:\.{2,}|…)"
_MASK = r"[*xX•#]{2,}" + _SEPARATORS


class Redactor:
    """The values of one run. A value is recognized whole, in its usual notations, cut ("98-7...") and masked ("***4321")."""

    def __init__(self) -> None:
        self._patterns: dict[str, re.Pattern[str]] = {}

    def add(self, values: Iterable[str]) -> None:
        """Remove these values from now on. Empty ones are ignored."""
        for value in values:
            stripped = value.strip()
            if stripped and stripped not in self._patterns:
                self._patterns[stripped] = re.compile(_pattern(stripped), re.IGNORECASE)

    def __call__(self, text: str) -> str:
        """The text without the values."""
        # Longer values first: a short one may be a part of them.
        for value in sorted(self._patterns, key=len, reverse=True):
            text = self._patterns[value].sub(REDACTED, text)
        return text


def _pattern(value: str) -> str:
    spellings = {value, html.escape(value), urllib.parse.quote(value), urllib.parse.quote_plus(value)}
    exact = [rf"(?<!\w){re.escape(each)}(?!\w)" for each in sorted(spellings, key=len, reverse=True)]
    characters = [re.escape(character) for character in value if character.isalnum()]
    if len(characters) < _MIN_FUZZY_CHARACTERS:
        return "|".join(exact)
    whole = _SEPARATORS.join(characters)
    parts = [rf"(?<!\w){_nested(characters[3:_MAX_PART_CHARACTERS], _SEPARATORS.join(characters[:3]))}{_ELLIPSIS}"]
    parts += [
        rf"{_MASK}{_SEPARATORS.join(characters[-count:])}(?!\w)"
        for count in range(min(len(characters) - 1, _MAX_PART_CHARACTERS), 1, -1)
    ]
    # Without word boundaries for the whole: a quoted value may touch other letters.
    return "|".join([whole, *exact, *parts])


def _nested(characters: list[str], beginning: str) -> str:
    """The beginning, and as many of the characters after it as are there."""
    rest = ""
    for character in reversed(characters):
        rest = f"(?:{_SEPARATORS}{character}{rest})?"
    return beginning + rest
