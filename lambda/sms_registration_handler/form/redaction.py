"""Removes values of secrets and parameters from the service's texts: reviewers and registrars quote what they were sent."""

import html
import re
import urllib.parse
from collections.abc import Iterable

REDACTED = "[redacted]"

_MIN_FUZZY_CHARACTERS = 4
"""Letters and digits from which on a value is also recognized in another notation, or in part."""

_CUT_CHARACTERS = 3
"""Letters and digits from which on the beginning of a value is recognized, when dots follow it."""

_MAX_MASKED_CHARACTERS = 12
"""Letters and digits up to which the end of a value is recognized after a mask: masks show the last few."""

_MAX_SEPARATORS = 3
_SEPARATORS = rf"[\W_]{{0,{_MAX_SEPARATORS}}}"
"""What may stand between two letters or digits: 98-7654321, 98 7654321 and 987654321 are one tax ID."""

_ELLIPSIS = re.compile(r"\s?(?:\.{2,}|…)")
_MASK = r"(?<![*xX•#])[*xX•#]{2,}" + _SEPARATORS
"""Only from where a mask begins: a long row of such characters would take time in proportion to its square."""


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
            text = _without_beginnings(self._patterns[value].sub(REDACTED, text), value)
        return text


def _pattern(value: str) -> str:
    spellings = {value, html.escape(value), urllib.parse.quote(value), urllib.parse.quote_plus(value)}
    exact = [rf"(?<!\w){re.escape(each)}(?!\w)" for each in sorted(spellings, key=len, reverse=True)]
    characters = [re.escape(character) for character in value if character.isalnum()]
    if len(characters) < _MIN_FUZZY_CHARACTERS:
        return "|".join(exact)
    whole = _SEPARATORS.join(characters)
    parts = [
        rf"{_MASK}{_SEPARATORS.join(characters[-count:])}(?!\w)"
        for count in range(min(len(characters) - 1, _MAX_MASKED_CHARACTERS), 1, -1)
    ]
    # Without word boundaries for the whole: a quoted value may touch other letters.
    return "|".join([whole, *exact, *parts])


def _without_beginnings(text: str, value: str) -> str:
    """The text without beginnings of a value that are cut by dots ("98-7..."), however long they are."""
    characters = [character.casefold() for character in value if character.isalnum()]
    if len(characters) < _MIN_FUZZY_CHARACTERS:
        return text
    first = _SEPARATORS.join(re.escape(character) for character in characters[:_CUT_CHARACTERS])
    kept, position = [], 0
    for found in re.finditer(rf"(?<!\w){first}", text, re.IGNORECASE):
        end = _end_of_beginning(text, found.end(), characters[_CUT_CHARACTERS:])
        if end and found.start() >= position:
            kept += [text[position : found.start()], REDACTED]
            position = end
    return "".join([*kept, text[position:]])


def _end_of_beginning(text: str, position: int, characters: list[str]) -> int | None:
    """Where the dots end that follow as many of the characters as the text has from a position on; None without dots."""
    end = None
    for character in [*characters, ""]:
        dots = _ELLIPSIS.match(text, position)
        end = dots.end() if dots else end
        following = next((at for at in range(position, len(text)) if text[at].isalnum()), len(text))
        if following - position > _MAX_SEPARATORS or text[following : following + 1].casefold() != character:
            break
        position = following + 1
    return end
