"""What is wrong with a declared form, in words for the person who wrote it. Standard library only.

A declared value is never quoted, not even a wrong one: it may be personal, and a Reason is kept for months. What the service
offers (paths, choices, descriptions, examples) is public and may be named.
"""

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_SEE_LOG = "\nAll of it is in the function's log."
_MAX_PATH_CHARACTERS = 100
_MAX_COMPARED_CHARACTERS = 256


@dataclass(frozen=True)
class Problem:
    """Something about one field that the service would not accept.

    Attributes:
        path: The field's path, as declared.
        text: What is wrong, continuing a sentence that begins with the field.
        title: The field's title in the form; empty if it has none.
        hint: The definition's own words about the field; empty if it has none.
    """

    path: str
    text: str
    title: str = ""
    hint: str = ""


def full_text(problems: Sequence[Problem]) -> str:
    """Every problem with everything that is known about it, grouped by field; for the log."""
    fields = _grouped(problems)
    return _headline(fields) + "".join(field.line(hints=True) for field in fields)


def message(problems: Sequence[Problem], budget_bytes: int) -> str:
    """The problems, in at most so many bytes; for the Reason of an answer.

    When not everything fits, each field's path is still there, details are given from the top of the form for as many fields as
    possible, and the text points to the log. Only when the paths alone do not fit, the last ones are counted instead of named.

    Args:
        problems: At least one.
        budget_bytes: Bytes as the answer is sent: JSON in ASCII, everything else escaped.
    """
    complete = full_text(problems)
    if size(complete) <= budget_bytes:
        return complete
    fields = _grouped(problems)
    rest = _shortest_list([field.path for field in fields], _headline(fields), budget_bytes)
    if rest is None:
        return _counted(fields, budget_bytes)
    # First what is wrong with as many fields as possible, then the definition's words for as many as possible.
    lines: list[str] = []
    for count in range(1, len(fields) + 1):
        more = [*lines, fields[count - 1].line(hints=False)]
        if size(_composed(fields, more, compact=rest)) > budget_bytes:
            break
        lines = more
    for index in range(len(lines)):
        more = [*lines[:index], fields[index].line(hints=True), *lines[index + 1 :]]
        if size(_composed(fields, more, compact=rest)) <= budget_bytes:
            lines = more
    return _composed(fields, lines, compact=rest)


def size(text: str) -> int:
    """Bytes of a text inside an answer."""
    return len(json.dumps(text)) - 2


def closest(wanted: str, offered: Iterable[str], limit: int = 3) -> list[str]:
    """What is offered and looks like what was wanted, the most similar first; empty when nothing does.

    Case and punctuation count for nothing, so that "1000" finds "1,000" and "Private profit" finds "PRIVATE_PROFIT". Of a path,
    the last part alone may match: "companyName" finds "companyInfo.companyName".
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
    # An equal ending is worth less than an equal whole, so that the same section comes first.
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
        return f"\n- {name} {', and '.join(self.texts)}{own_words}"


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
    return (
        f"the form was not written, {len(fields)} field{'s are' if len(fields) > 1 else ' is'} not as the service asks:"
    )


def _composed(fields: Sequence[_Field], lines: Sequence[str], *, compact: bool) -> str:
    rest = [field.path for field in fields[len(lines) :]]
    named = f"\n- {'also wrong: ' if lines else ''}{_list(rest, compact=compact)}" if rest else ""
    return _headline(fields) + "".join(lines) + named + _SEE_LOG


def _shortest_list(paths: Sequence[str], headline: str, budget_bytes: int) -> bool | None:
    """Whether the paths must be written in the compact way to fit; None when they do not fit at all."""
    for compact in (False, True):
        if size(f"{headline}\n- {_list(paths, compact=compact)}{_SEE_LOG}") <= budget_bytes:
            return compact
    return None


def _list(paths: Sequence[str], *, compact: bool) -> str:
    """The paths in a row; compact, with one mention of each section: `companyInfo.(city, state)`."""
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
    """As many paths as fit, and the number of the others."""
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
