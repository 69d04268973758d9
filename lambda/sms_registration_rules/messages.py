"""Messages about what is wrong with a declared form, for the person who wrote it. Standard library only.

A declared value is never quoted, not even an invalid one: it may be personal data, and a Reason is kept for months. What the
service publishes (paths, choices, descriptions, examples) may be quoted.
"""

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_NAMES_LISTED = 12
"""Up to this many names, such as choices, are all listed in a message."""

_SEE_LOG = "\nThe function's log has the complete list."
_MAX_PATH_CHARACTERS = 100
_MAX_COMPARED_CHARACTERS = 256


@dataclass(frozen=True)
class Problem:
    """Something about one field that the service would not accept.

    Attributes:
        path: The field's path, as declared.
        text: What is wrong. It continues a sentence that begins with the field.
        title: The field's title in the form. Empty if it has none.
        hint: The definition's own description of the field. Empty if it has none.
    """

    path: str
    text: str
    title: str = ""
    hint: str = ""


def full_text(problems: Sequence[Problem]) -> str:
    """Return every problem in full, grouped by field, for the log."""
    fields = _grouped(problems)
    return _headline(fields) + "".join(_item(field.line(hints=True)) for field in fields)


def message(problems: Sequence[Problem], budget_bytes: int) -> str:
    """Return the problems in at most `budget_bytes`, for the Reason of a response.

    When not everything fits, the message still has every field's path, gives details for as many fields as possible from the top
    of the form, and points to the log. Only when the paths alone do not fit, the last ones are counted instead of named.

    Args:
        problems: At least one.
        budget_bytes: Bytes in the encoded response, which is JSON in ASCII with all other characters escaped.
    """
    complete = full_text(problems)
    if size(complete) <= budget_bytes:
        return complete
    fields = _grouped(problems)
    rest = _shortest_list([field.path for field in fields], _headline(fields), budget_bytes)
    if rest is None:
        return _counted(fields, budget_bytes)
    # First what is wrong with as many fields as possible, then the definition's description of as many as possible.
    lines: list[str] = []
    for count in range(1, len(fields) + 1):
        more = [*lines, _item(fields[count - 1].line(hints=False))]
        if size(_composed(fields, more, compact=rest)) > budget_bytes:
            break
        lines = more
    for index in range(len(lines)):
        more = [*lines[:index], _item(fields[index].line(hints=True)), *lines[index + 1 :]]
        if size(_composed(fields, more, compact=rest)) <= budget_bytes:
            lines = more
    return _composed(fields, lines, compact=rest)


def size(text: str) -> int:
    """Return the bytes that a text takes in an encoded response."""
    return len(json.dumps(text)) - 2


def listed(names: Iterable[str]) -> str:
    """Return names in a row, in quotes where a name has a space or a comma."""
    return ", ".join(f'"{name}"' if " " in name or "," in name else name for name in names)


def some_listed(names: Sequence[str]) -> str:
    """Return names in a row: all when there are up to `MAX_NAMES_LISTED`, otherwise the first ones and the number of the rest."""
    more = len(names) - MAX_NAMES_LISTED
    return listed(names) if more <= 0 else f"{listed(names[:MAX_NAMES_LISTED])} and {more} more"


def lines(problems: Sequence[Problem]) -> dict[str, str]:
    """Return one line for each field by its path: field, problems, and the definition's own description of the field."""
    return {field.path: field.line(hints=True) for field in _grouped(problems)}


def closest(wanted: str, offered: Iterable[str], limit: int = 3) -> list[str]:
    """Return the offered names that are similar to the wanted one, the most similar first. Empty when there are none.

    Case and punctuation are ignored, so "1000" finds "1,000" and "Private profit" finds "PRIVATE_PROFIT". The last part of a path
    may match on its own: "companyName" finds "companyInfo.companyName".

    Args:
        wanted: The name that was not found.
        offered: The names that exist.
        limit: How many names to return at most. Default: 3.
    """
    names = list(offered)
    plain = _plain(wanted)
    last = _plain(wanted.rpartition(".")[2])
    equal = [name for name in names if plain and plain in (_plain(name), _plain(name.rpartition(".")[2]))]
    if equal:
        return equal[:limit]
    similarities = {name: _similarity(plain, last, name) for name in names}
    near = sorted(
        (name for name in names if similarities[name] >= 0.6), key=lambda name: similarities[name], reverse=True
    )
    return near[:limit]


def _similarity(plain: str, last: str, name: str) -> float:
    whole = difflib.SequenceMatcher(None, plain, _plain(name)).ratio()
    # A matching last part counts less than a match of the whole path, so that the same section comes first.
    ending = difflib.SequenceMatcher(None, last, _plain(name.rpartition(".")[2])).ratio() * 0.95
    return max(whole, ending)


def _plain(text: str) -> str:
    return "".join(character for character in text[:_MAX_COMPARED_CHARACTERS].casefold() if character.isalnum())


@dataclass(frozen=True)
class _Field:
    path: str
    title: str
    texts: tuple[str, ...]
    hints: tuple[str, ...]

    def line(self, *, hints: bool) -> str:
        name = f"{self.path} ({self.title})" if self.title else self.path
        own_words = f" [{' '.join(self.hints)}]" if hints and self.hints else ""
        return f"{name} {', and '.join(self.texts)}{own_words}"


def _item(line: str) -> str:
    return f"\n- {line}"


def _grouped(problems: Sequence[Problem]) -> list[_Field]:
    paths = dict.fromkeys(problem.path for problem in problems)
    return [
        _Field(
            path[:_MAX_PATH_CHARACTERS],
            next((each.title for each in problems if each.path == path and each.title), ""),
            tuple(dict.fromkeys(each.text for each in problems if each.path == path)),
            tuple(dict.fromkeys(each.hint for each in problems if each.path == path and each.hint)),
        )
        for path in paths
    ]


def _headline(fields: Sequence[_Field]) -> str:
    return f"no changes were made: {len(fields)} field{'s are' if len(fields) > 1 else ' is'} invalid:"


def _composed(fields: Sequence[_Field], lines: Sequence[str], *, compact: bool) -> str:
    rest = [field.path for field in fields[len(lines) :]]
    named = f"\n- {'also invalid: ' if lines else ''}{_list(rest, compact=compact)}" if rest else ""
    return _headline(fields) + "".join(lines) + named + _SEE_LOG


def _shortest_list(paths: Sequence[str], headline: str, budget_bytes: int) -> bool | None:
    """Whether the paths must be compact to fit the budget. None when they do not fit at all."""
    for compact in (False, True):
        if size(f"{headline}\n- {_list(paths, compact=compact)}{_SEE_LOG}") <= budget_bytes:
            return compact
    return None


def _list(paths: Sequence[str], *, compact: bool) -> str:
    """Return the paths as a list. A compact list names each section once: `companyInfo.(city, state)`."""
    if not compact:
        return ", ".join(paths)
    sections: dict[str, list[str]] = {}
    for path in paths:
        section, _, name = path.rpartition(".")
        sections.setdefault(section, []).append(name)
    return ", ".join(_names(section, names) for section, names in sections.items())


def _names(section: str, names: Sequence[str]) -> str:
    if not section:
        return ", ".join(names)
    return f"{section}.{names[0]}" if len(names) == 1 else f"{section}.({', '.join(names)})"


def _counted(fields: Sequence[_Field], budget_bytes: int) -> str:
    """Return as many paths as fit, and the number of the others."""
    paths = [field.path for field in fields]
    for count in range(len(paths) - 1, -1, -1):
        named = _list(paths[:count], compact=True)
        text = f"{_headline(fields)}\n- {named}{', ' if named else ''}and {len(paths) - count} more{_SEE_LOG}"
        if size(text) <= budget_bytes:
            return text
    cut = _headline(fields)
    while cut and size(cut) > budget_bytes:
        cut = cut[:-1]
    return cut
