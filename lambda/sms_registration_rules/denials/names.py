"""Whether a text names its sender."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sms_registration_rules.denials.codes import compact
from sms_registration_rules.denials.texts import Text, listed, pattern, words

_LEGAL_SUFFIXES = listed(
    "inc incorporated llc llp lp ltd limited corp corporation co company gmbh ag kg pte pty plc bv nv sa sas sarl srl "
    "oy ab as pc pa "
    "pllc"
)

_COMMON_WORDS = listed(
    "company group service services solution solutions studio studios shop store club school health healthcare online "
    "software "
    "the and systems technologies technology digital media global international holdings partners consulting center "
    "centre clinic "
    "care medical dental foundation association society institute university college city county state united "
    "american national "
    "first central north south east west your home house mobile text message messages delivery order orders account "
    "team bank "
    "family friends church restaurant market food foods with from for labs network security insurance realty properties property "
    "capital"
)
"""Words that many companies have in their names, and that texts use without meaning a company."""

_SHORTEST_NAME = 3
_SHORTEST_WORD = 4


class Names:
    """The names of a sender, in any form that recipients recognize."""

    def __init__(self, names: Iterable[str]) -> None:
        self._wholes: set[str] = set()
        self._words: set[str] = set()
        for name in names:
            parts = words(name)
            while len(parts) > 1 and parts[-1] in _LEGAL_SUFFIXES:
                parts.pop()
            self._add(parts)
            if len(parts) > 1 and parts[0] == "the":
                self._add(parts[1:])
        self._wholes.discard("")
        self._words.discard("")

    def _add(self, parts: Sequence[str]) -> None:
        whole = "".join(parts)
        (self._wholes if len(whole) >= _SHORTEST_NAME else self._words).add(whole)
        self._words |= {part for part in parts if len(part) >= _SHORTEST_WORD and part not in _COMMON_WORDS}
        initials = "".join(part[0] for part in parts)
        if len(initials) >= _SHORTEST_NAME:
            self._words.add(initials)

    def __bool__(self) -> bool:
        """Whether any name is known."""
        return bool(self._wholes or self._words)

    def are_in(self, text: Text) -> bool:
        """Whether a text has a name, a word that only this name has, or its initials."""
        return any(name in text.compact for name in self._wholes) or not self._words.isdisjoint(words(text.plain))

    def are_within(self, domain: str) -> bool:
        """Whether a domain contains a name, or a word of it."""
        label = compact(domain)
        return any(name in label for name in (*self._wholes, *self._words) if len(name) >= _SHORTEST_WORD)


def initials_of(name: str) -> str:
    """The first letters of a name's words, without case."""
    return "".join(word[0] for word in pattern(r"[^\W_]+").findall(name)).casefold()
