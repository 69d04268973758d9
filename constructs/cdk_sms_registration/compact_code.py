"""Shortens the function's modules for the asset: fewer comments and docstrings, the same code on the same lines.

A container has no bytecode of the function's code, so each cold start compiles the modules that it needs from these sources.
Regular expressions find what to leave out, because `tokenize` would take longer than the rest of the asset, and may differ
between versions of Python, while the asset must be the same whatever Python synthesizes the app.
They know the style of this repository only, which `tests/constructs/test_compact_code.py` holds for each module that is shipped.
"""

import re

_SOURCE = re.compile(
    r'''
    ^(?P<start>[ ]*r?)"""(?P<docstring>(?:[^"\\]|\\.|"(?!""))*)"""$  # on lines of its own
    | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*'                     # any other string stays
    | (?P<comment>[ ]*\#[^\n]*)
    ''',
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_CLASS = re.compile(r"^ *class .*:( *#.*)?\n\Z", re.MULTILINE)


def compact(source: str) -> str:
    """Leave out the comments of a module, and its docstrings but for the first lines of the module's and of the classes'.

    Each statement keeps its line, so that tracebacks lead to the line in the repository.
    A docstring that is left out becomes an empty string, because it may be all that a function has.

    Args:
        source: A module of the function, in the style of this repository.
    """
    return _SOURCE.sub(_replacement, source)


def _replacement(match: re.Match[str]) -> str:
    if match["comment"] is not None:
        return ""
    docstring = match["docstring"]
    if docstring is None:
        return match[0]
    before = match.string[: match.start()]
    summary, *rest = docstring.split("\n")
    # A dataclass without a docstring generates one when it is imported, which takes as long as the class itself.
    kept = summary if not before or _CLASS.search(before, before.rfind("\n", 0, -1) + 1) else ""
    quotes = '"""' if kept else '"'
    return f"{match['start']}{quotes}{kept}{quotes}" + "\n" * len(rest)
