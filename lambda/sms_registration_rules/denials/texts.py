"""Normalized texts, and a search for phrases that understands negation."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sms_registration_rules.denials.codes import compact

LONGEST_READ = 4096
"""Characters of a text that are searched. No field takes more."""

_PUNCTUATION = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    }
)

_NEGATION = r"\b(?:not|never|no|none|neither|nor|without|cannot|non|un)\b|n't\b"


def plain(text: str) -> str:
    """The text with ASCII quotes and dashes, and single spaces for white space."""
    return " ".join(unicodedata.normalize("NFKC", text[:LONGEST_READ]).translate(_PUNCTUATION).split())


@functools.cache
def pattern(source: str) -> re.Pattern[str]:
    """The compiled pattern. It ignores case, except within ``(?-i:...)``, and is compiled at its first use."""
    return re.compile(source, re.IGNORECASE)


@dataclass(frozen=True)
class Text:
    """A field's text.

    Attributes:
        path: The field.
        raw: As declared.
    """

    path: str
    raw: str

    @functools.cached_property
    def plain(self) -> str:
        """The text as `plain` gives it."""
        return plain(self.raw)

    @functools.cached_property
    def compact(self) -> str:
        """The text as `compact` gives it."""
        return compact(self.plain)

    def has(self, source: str) -> bool:
        """Whether the pattern is found anywhere."""
        return pattern(source).search(self.plain) is not None

    def matches(self, source: str) -> Iterator[re.Match[str]]:
        """Every place where the pattern is found."""
        return pattern(source).finditer(self.plain)

    def says(self, source: str, unless: str = "") -> bool:
        """Whether the pattern is found in a clause without a negation.

        Args:
            source: The pattern.
            unless: A match within 40 characters of this pattern does not count. Every match counts if omitted.
        """
        for match in self.matches(source):
            before, after = self.plain[max(0, match.start() - 60) : match.start()], self.plain[match.end() :][:40]
            # A negation applies to its own clause only.
            clause = pattern(r"[.;:!?]\s|,\s(?:and|or|but)\s").split(before)[-1][-45:]
            if pattern(_NEGATION).search(clause):
                continue
            if unless and pattern(unless).search(f"{before[-40:]}{match[0]}{after}"):
                continue
            return True
        return False


def words(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return pattern(r"[^\W_]+").findall(text.casefold())


def listed(text: str) -> frozenset[str]:
    """The entries of a space-separated list."""
    return frozenset(text.split())
