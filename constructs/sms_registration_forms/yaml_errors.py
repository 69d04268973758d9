"""Says what a YAML error most likely means, in a form: usually a text that needs quotes. No message quotes the text."""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml

_KEY = r"""(?:[^\s'"#:\[{][^:#]*?|"[^"]*"|'[^']*'):\s+"""
_VALUE = re.compile(rf"\s*(?:-\s+)*(?:{_KEY})?(?P<first>\S)")
_NEED_QUOTES = "[]{}@`%*&!|>?,-"
_ADVICE = {
    "found character '\\t' that cannot start any token": "indent with spaces, not with tabs",
    "found unknown escape character": "a backslash in double quotes begins an escape; write '\\\\', or use single quotes",
    "expected escape sequence": "a backslash in double quotes begins an escape; write '\\\\', or use single quotes",
    "could not find expected ':'": (
        "expected 'path: value'; a text that continues on the next line must be indented further than its key"
    ),
}
_HASH_IN_TEXT = re.compile(r"[^\s#]\s+#(?!#*(?:\s|\Z))")
_INDENTED = "the line is indented differently from those above it"
_FLOW_CONTEXTS = ("while parsing a flow sequence", "while parsing a flow mapping")
_SIGN_BY_PROBLEM = {"found undefined alias": "*", "found duplicate anchor": "&", "found undefined tag handle": "!"}
"""Problems that quote the text, so that their words are not passed on, and the sign that caused them."""


def explain(error: yaml.MarkedYAMLError, text: str) -> tuple[int, int, str]:
    """Where a YAML error is, and what to do about it.

    Args:
        error: The error.
        text: The whole text.

    Returns:
        The line and the column, both from 1, and the message.
    """
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return 1, 1, f"is not YAML: {_words(error)}"
    if error.context == "while scanning a quoted scalar" and error.context_mark is not None:
        return *_position(error.context_mark), "is not YAML: the quote that opens here is never closed"
    if error.context in _FLOW_CONTEXTS and error.context_mark is not None:
        mark = error.context_mark  # the bracket that opens, rather than the end of the file
    hints = [*_hints(error, mark, text), _words(error)]
    return *_position(mark), f"is not YAML: {hints[0]}"


def _hints(error: yaml.MarkedYAMLError, mark: yaml.Mark, text: str) -> Iterator[str]:
    """What the error may mean, the most specific first."""
    problem = error.problem or ""
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    opened = _quote_opened(text, mark)
    if opened is not None:
        yield f"the quote that closes here was opened in line {opened}; is the closing quote of that text missing?"
    if (error.context or "").startswith("expected a single document"):
        yield "a form file holds one document; remove the line '---'"
    if "<block mapping start>" in problem and not line[: mark.column].strip():
        yield f"{_INDENTED}; fields of one section begin in the same column"
    for beginning, advice in _ADVICE.items():
        if problem.startswith(beginning):
            yield f"{problem.partition(' (')[0]}; {advice}"
    for beginning, sign in _SIGN_BY_PROBLEM.items():
        if problem.startswith(beginning):
            yield _must_be_quoted(sign)
    if any(_HASH_IN_TEXT.search(each) for each in lines[max(mark.line - 1, 0) : mark.line + 1]):
        yield "' #' begins a comment; put a text that contains it in quotes"
    value = _VALUE.match(line)
    first = value["first"] if value else ""
    if error.context in _FLOW_CONTEXTS:
        yield f"{first!r} opens a list or mapping that is not closed; {_must_be_quoted(first)}"
    if first and first in _NEED_QUOTES:
        yield _must_be_quoted(first)
    if first in ("'", '"') and problem.startswith("expected <block end>"):
        inside = "write each apostrophe in it twice" if first == "'" else "write each quote in it as '\\\"'"
        yield f"the text continues after its closing quote; put all of it in quotes, and {inside}"
    if problem.startswith("mapping values are not allowed"):
        if ":" in line[: mark.column]:
            yield "a text with ': ' must be in quotes"
        yield _INDENTED


def _must_be_quoted(sign: str) -> str:
    return f"a text that begins with {sign!r} must be in quotes"


def _quote_opened(text: str, mark: yaml.Mark) -> int | None:
    """The line, from 1, in which a quoted text was opened that closes in the line of the mark, before the mark."""
    opened = None
    try:
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            if token.start_mark.index >= mark.index:
                break
            if isinstance(token, yaml.ScalarToken) and token.style in ("'", '"') and token.end_mark.line == mark.line:
                opened = token.start_mark.line if token.start_mark.line < mark.line else None
    except yaml.YAMLError:
        pass
    return None if opened is None else opened + 1


def _position(mark: yaml.Mark) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _words(error: yaml.MarkedYAMLError) -> str:
    return ", ".join(filter(None, (error.context, error.problem)))
