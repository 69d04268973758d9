"""Shortens the function's modules for the asset: only what running them needs, the same code on the same lines.

A container has no bytecode of the function's code, so each cold start compiles the modules that it needs from these sources.
Regular expressions find what to leave out, because `tokenize` would take longer than the rest of the asset, and may differ
between versions of Python, while the asset must be the same whatever Python synthesizes the app.
They know the style of this repository only, which `tests/constructs/test_compact_code.py` holds for each module that is shipped.
"""

import re

_SOURCE = re.compile(
    r'''
    ^(?P<start>[ ]*r?)"""(?P<docstring>[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*)"""$  # on lines of its own
    | "[^"\\\n]*(?:\\.[^"\\\n]*)*" | '[^'\\\n]*(?:\\.[^'\\\n]*)*'              # any other string stays
    | (?P<comment>[ ]*\#[^\n]*)
    | (?P<operator>,[ ]|:[ ]|[ ](?:[-+*/&<>]=?|[=!:|]=|=)[ ])
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
    \)(?:[ ]->[ ][^:\n]+)?:
    """,
    re.VERBOSE | re.MULTILINE,
)
_PARAMETER = re.compile(rf"(?<=\w):{_TYPE}(?==|,|$)", re.MULTILINE)
_CLASS = re.compile(r"^ *class .*:\n\Z", re.MULTILINE)
_FOR_TYPES = re.compile(r"^if TYPE_CHECKING:\n(?:[ ]+[^\n]*\n)+", re.MULTILINE)
_IMPORT = re.compile(r"^(from (?!__future__)[\w.]+ import )(?:\(\n([^()]+)\)|([\w, ]+))$", re.MULTILINE)
_LOCAL = re.compile(rf"^( +\w+):{_TYPE}(?==[\[{{])|^(  +\w+):{_TYPE}(?==[^=])", re.MULTILINE)
"""A field of a class is indented by one space, and has no default in brackets."""
_OMITTED = re.compile(r'^( *)""$(?=\n+\1\S)', re.MULTILINE)


def compact(source: str, package: str) -> str:
    """Leave out what running the code does not need.

    That is comments, docstrings, annotations of functions, imports that nothing else uses, and most of the spaces.
    Each import would evaluate the annotations.
    Each statement keeps its line, so that tracebacks lead to the line in the repository.

    Args:
        source: A module of the function, in the style of this repository.
        package: The package that the module is in, such as ``sms_registration_handler.form``. Its imports become relative.
    """
    code = _SIGNATURE.sub(_without_annotations, _SOURCE.sub(_replacement, _indented_less(source)))
    code = _OMITTED.sub("", _without_unused_imports(_LOCAL.sub(r"\1\2", code)))
    top, *below = package.split(".")
    dots = "." * (len(below) + 1)
    return code.replace(f"from {top}.", f"from {dots}").replace(f"from {top} import", f"from {dots} import")


def _replacement(match: re.Match[str]) -> str:
    if match["operator"] is not None:
        return match[0].strip()
    if match["comment"] is not None:
        return ""
    docstring = match["docstring"]
    if docstring is None:
        return match[0]
    before = match.string[: match.start()]
    # A dataclass without a docstring generates one when it is imported, which takes as long as the class itself.
    # Any other becomes an empty string, because it may be all that a function has.
    kept = '"."' if _CLASS.search(before, before.rfind("\n", 0, -1) + 1) else '""'
    return match["start"] + kept + "\n" * docstring.count("\n")


def _without_annotations(signature: re.Match[str]) -> str:
    return f"{signature['start']}{_PARAMETER.sub('', signature['parameters'])}):"


def _without_unused_imports(code: str) -> str:
    if "TYPE_CHECKING" in code:
        code = _FOR_TYPES.sub(lambda block: "\n" * block[0].count("\n"), code)

    def used(statement: re.Match[str]) -> str:
        names = [name.strip() for name in (statement[2] or statement[3]).split(",")]
        kept = ",".join(name for name in names if name and code.count(name.rpartition(" ")[2]) > 1)
        return (statement[1] + kept if kept else "") + "\n" * statement[0].count("\n")

    return _IMPORT.sub(used, code)


def _indented_less(source: str) -> str:
    """One space for each level. No string but docstrings has several lines."""
    source = source.replace("\n    ", "\n\t")
    while "\t    " in source:
        source = source.replace("\t    ", "\t\t")
    return source.replace("\t", " ")
