"""Texts as YAML that reads back as exactly the same text. Pure."""

from __future__ import annotations

import re
import textwrap

COLUMNS = 100
"""Width of folded texts and of comments."""

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./()+@%&=?-]*(?: [A-Za-z0-9_./()+@%&=?-]+)*")
"""Texts that need no quotes: letters first, single spaces, and nothing that YAML gives a meaning to."""

_WORDS = {"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"}
_FOLDABLE = re.compile(r"\S+(?: \S+)*")
_PRINTABLE = re.compile("[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")


def scalar(text: str, indent: int = 0) -> str:
    """A text as the value of a key; a long one as a folded block.

    Args:
        text: Any text.
        indent: Columns at which the key stands; a block's lines are two columns further.
    """
    if _is_plain(text):
        return text
    room = COLUMNS - indent - 2
    if len(text) > room and _FOLDABLE.fullmatch(text) and _PRINTABLE.fullmatch(text):
        lines = textwrap.wrap(text, room, break_long_words=False, break_on_hyphens=False)
        if " ".join(lines) == text and not any(line.startswith("#") for line in lines[:1]):
            return ">-\n" + "\n".join(" " * (indent + 2) + line for line in lines)
    return quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(escapes.get(each) or _escaped(each) for each in text) + '"'


def flow_list(texts: list[str]) -> str:
    """A list on one line, every text in quotes."""
    return f"[{', '.join(quoted(text) for text in texts)}]"


def comment(text: str, indent: int = 0) -> str:
    """Text as comment lines, wrapped."""
    prefix = " " * indent + "# "
    lines = [
        wrapped
        for line in text.splitlines()
        for wrapped in textwrap.wrap(line, COLUMNS - len(prefix), break_on_hyphens=False) or [""]
    ]
    return "\n".join((prefix + line).rstrip() for line in lines)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and text.casefold() not in _WORDS and len(text) <= COLUMNS


def _escaped(character: str) -> str:
    if _PRINTABLE.fullmatch(character):
        return character
    code = ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
