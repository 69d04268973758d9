r"""Whether a text matches a field's pattern, in a bounded number of steps. Pure; standard library only.

A pattern comes from the service, and Python matches by trying one way after another: `([a-z]+)*` may take years, during which no
other thread runs, not even the one that would respond to CloudFormation in time. So the steps are counted before a match, from
the parsed pattern and the length of the text. What could take too many is left to the service, which checks every value anyway.
"""

import functools
import importlib
import re
import sys
import warnings
from collections.abc import Iterable
from typing import Any

_parser: Any = importlib.import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
"""The standard library's own parser. `test_patterns.py` shows that it still returns what is read here."""

MAX_STEPS = 10_000_000
"""Less than a second. AWS's patterns need a fifth of it at most, for the longest text that a field accepts."""

MAX_PATTERN_CHARACTERS = 2000

_SINGLE = frozenset({"ANY", "AT", "IN", "LITERAL", "NOT_LITERAL"})


class TooManySteps(Exception):
    """A match could take more than `MAX_STEPS`, or the pattern has something whose steps are not known."""


def matches(pattern: str, text: str) -> bool | None:
    r"""Whether the whole text matches.

    The service's patterns are Java's. Where the dialects may differ on a class such as `\w`, a match in either one is enough.

    Args:
        pattern: The pattern.
        text: The text.

    Returns:
        None when that is left to the service: Python does not understand the pattern's dialect, or a match could take too long.
    """
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        return None
    with warnings.catch_warnings():
        # "Possible nested set": valid in both dialects, but with different meanings.
        warnings.simplefilter("error", FutureWarning)
        try:
            steps(pattern, len(text))
            return any(re.compile(pattern, flags).fullmatch(text) for flags in (re.ASCII, re.UNICODE))
        except (TooManySteps, re.error, ValueError, OverflowError, RecursionError, FutureWarning):
            return None


def steps(pattern: str, length: int) -> int:
    """Return an upper bound of the steps to match any text of this length.

    Args:
        pattern: The pattern.
        length: The text's length in characters.

    Raises:
        TooManySteps: It is more than `MAX_STEPS`.
        re.error: Python does not understand the pattern.
    """
    return _sequence(_parsed(pattern), length)[1]


@functools.lru_cache(maxsize=256)
def _parsed(pattern: str) -> Any:
    return _parser.parse(pattern)


def _sequence(nodes: Iterable[Any], length: int) -> tuple[int, int]:
    """Return in how many ways these nodes can match from one position, and the steps to try all of them."""
    ways, total = 1, 0
    for operator, argument in nodes:
        each_ways, each_steps = _node(str(operator), argument, length)
        total += ways * each_steps
        ways *= each_ways
        _limit(total)
    return ways, total


def _node(operator: str, argument: Any, length: int) -> tuple[int, int]:
    if operator in _SINGLE:
        return 1, 1
    if operator == "SUBPATTERN":
        return _sequence(argument[-1], length)
    if operator == "BRANCH":
        branches = [_sequence(branch, length) for branch in argument[1]]
        return sum(ways for ways, _ in branches), sum(total for _, total in branches)
    if operator in ("MAX_REPEAT", "MIN_REPEAT"):
        return _repeat(argument, length)
    # What is inside of these is not tried again after it matched.
    if operator in ("ASSERT", "ASSERT_NOT"):
        return 1, _sequence(argument[1], length)[1]
    if operator == "ATOMIC_GROUP":
        return 1, _sequence(argument, length)[1]
    if operator == "POSSESSIVE_REPEAT":
        return 1, _repeat(argument, length)[1]
    raise TooManySteps


def _repeat(argument: tuple[int, int, Any], length: int) -> tuple[int, int]:
    low, high, item = argument
    # An item that matches nothing is repeated only as often as it must be.
    count = max(low, min(int(high), length // max(1, item.getwidth()[0])))
    each_ways, each_steps = _sequence(item, length)
    ways, total, combinations = 0, 0, 1
    if each_ways == 1:
        ways, total = count - low + 1, (count + 1) * each_steps
    else:
        for repeated in range(count + 1):
            ways += combinations if repeated >= low else 0
            total += combinations * each_steps
            _limit(total)
            combinations *= each_ways
    _limit(total)
    return ways, total


def _limit(total: int) -> None:
    if total > MAX_STEPS:
        raise TooManySteps
