"""Shortens the function's modules for the asset: fewer comments, docstrings and annotations, the same code on the same lines.

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
_BRACKETS = r"\[[^\[\]\n]*\]"
for _ in range(3):
    _BRACKETS = rf"\[(?:[^\[\]\n]|{_BRACKETS})*\]"
_TYPE = rf"[\w.]+(?:{_BRACKETS})?(?: \| [\w.]+(?:{_BRACKETS})?)*"
_SIGNATURE = re.compile(
    r"""
    ^(?P<start>[ ]*(?:async[ ])?def[ ]\w+\()
    (?P<parameters>[^\n]*|(?:\n[ ]+[^\n]*,)+\n[ ]*)  # on one line, or one on each
    \)(?:[ ]->[ ][^:\n]+)?:(?=$|[ ])
    """,
    re.VERBOSE | re.MULTILINE,
)
_PARAMETER = re.compile(rf"(?<=\w): {_TYPE}(?:(?P<default> = )|(?=,|$))", re.MULTILINE)
_CLASS = re.compile(r"^ *class .*:( *#.*)?\n\Z", re.MULTILINE)


def compact(source: str) -> str:
    """Leave out comments, annotations of functions, and docstrings but for the first lines of the module's and of the classes'.

    Each import would evaluate the annotations.
    Each statement keeps its line, so that tracebacks lead to the line in the repository.
    A docstring that is left out becomes an empty string, because it may be all that a function has.

    Args:
        source: A module of the function, in the style of this repository.
    """
    return _SIGNATURE.sub(_without_annotations, _SOURCE.sub(_replacement, source))


def _without_annotations(signature: re.Match[str]) -> str:
    parameters = _PARAMETER.sub(lambda each: "=" if each["default"] else "", signature["parameters"])
    return f"{signature['start']}{parameters}):"


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
