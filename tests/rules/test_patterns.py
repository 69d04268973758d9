"""No pattern takes longer than a bounded number of steps, and none of AWS's is skipped for that."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from moto_sms_voice import definitions
from sms_registration_rules import patterns
from sms_registration_rules.field_checks import MAX_TEXT_CHARACTERS

PATHOLOGICAL = [
    "(a+)+",
    "(a*)*",
    "(a+)*b",
    "(a|a)*",
    "(a|aa)+",
    "([a-zA-Z]+)*",
    r"^(\w+\s?)*$",
    r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$",
    "(.*a){20}",
    "(?:a?){60}a{60}",
    "(a*?)*?b",
    "(?=(a+)+b)a*",
    "(?!(a+)+b)a*",
    "a*a*a*a*a*a*b",
    "((a{1,100}){1,100}){1,100}",
    "(?:(?:a|b)|(?:a|b)c?)+d",
]


@pytest.mark.parametrize("pattern", PATHOLOGICAL)
def test_what_could_take_too_long_is_not_matched(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a match, however long it would take: a clock would say little, and a hang nothing."""
    with pytest.raises(patterns.TooManySteps):
        patterns.steps(pattern, 300)
    monkeypatch.setattr(re, "compile", lambda *_: pytest.fail("matched"))
    assert patterns.matches(pattern, "a" * 300) is None


@pytest.mark.parametrize("pattern", ["(a+)+", "(a|a)*", "(?:a?){10}a{10}"])
def test_a_short_text_is_matched_with_the_same_pattern(pattern: str) -> None:
    assert patterns.matches(pattern, "aaaaa") is (pattern != "(?:a?){10}a{10}")


def test_a_very_long_pattern_is_not_matched() -> None:
    assert patterns.matches("a" * patterns.MAX_PATTERN_CHARACTERS, "a") is False
    assert patterns.matches("a" * (patterns.MAX_PATTERN_CHARACTERS + 1), "a") is None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"(?i)ab|c", "AB", True),
        (r"(a)(?(1)b|c)", "ab", None),
        (r"(a)\1", "aa", None),
        (r"[^@\s]+@[^@\s]+\.[^@\s]+", "a@example.com", True),
        (r"(?<!a)b", "b", True),
    ],
)
def test_other_constructs(pattern: str, text: str, expected: bool | None) -> None:
    assert patterns.matches(pattern, text) is expected


def validations(node: Any) -> Iterator[tuple[str, int]]:
    """Every pattern in definitions, with the greatest length of a text that it applies to."""
    if isinstance(node, dict):
        if isinstance(node.get("Pattern"), str):
            yield node["Pattern"], min(int(node.get("MaxLength") or MAX_TEXT_CHARACTERS), MAX_TEXT_CHARACTERS)
        for member in node.values():
            yield from validations(member)
    elif isinstance(node, list):
        for member in node:
            yield from validations(member)


FILES = Path(definitions.__file__).parent.glob("*.json")
SHIPPED = sorted({found for file in FILES for found in validations(json.loads(file.read_text()))})


@pytest.mark.parametrize(("pattern", "length"), SHIPPED)
def test_no_pattern_of_aws_is_skipped(pattern: str, length: int) -> None:
    assert patterns.steps(pattern, length) <= patterns.MAX_STEPS
    assert patterns.matches(pattern, "a" * length) is not None


def test_there_are_patterns_of_aws() -> None:
    assert len({pattern for pattern, _ in SHIPPED}) > 10


# --- the bound, compared with the steps of a matcher that tries one way after another ---


def repeated(item: str, low: int, extra: int | None) -> str:
    return f"(?:{item}){{{low},{'' if extra is None else low + extra}}}"


PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "[ab]", "[^a]"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda branches: f"(?:{'|'.join(branches)})"),
        st.builds(repeated, inner, st.integers(0, 3), st.one_of(st.none(), st.integers(0, 3))),
    ),
    max_leaves=6,
)


class Matcher:
    """Tries one way after another, as Python does after parsing, and counts the characters that it compares."""

    def __init__(self, text: str) -> None:
        self.text, self.compared = text, 0

    def ends(self, nodes: Sequence[Any], at: int) -> Iterator[int]:
        """Yield the position after each way in which these nodes match."""
        if not len(nodes):
            yield at
            return
        for end in self.ends_of(*nodes[0], at):
            yield from self.ends(nodes[1:], end)

    def ends_of(self, operator: object, argument: Any, at: int) -> Iterator[int]:
        match str(operator):
            case "BRANCH":
                for branch in argument[1]:
                    yield from self.ends(branch, at)
            case "SUBPATTERN":
                yield from self.ends(argument[-1], at)
            case "MAX_REPEAT":
                yield from self.repeats(*argument, at, 0)
            case single:
                self.compared += 1
                if at < len(self.text) and self.is_match(single, argument, ord(self.text[at])):
                    yield at + 1

    def is_match(self, operator: str, argument: Any, character: int) -> bool:
        if operator == "IN":
            negated = str(argument[0][0]) == "NEGATE"
            return any(self.is_match(str(name), each, character) for name, each in argument[negated:]) is not negated
        assert operator in ("LITERAL", "NOT_LITERAL"), operator
        return (argument == character) is (operator == "LITERAL")

    def repeats(self, low: int, high: int, item: Sequence[Any], at: int, done: int) -> Iterator[int]:
        if done < int(high):
            for end in self.ends(item, at):
                if end > at or done < low:
                    yield from self.repeats(low, high, item, end, done + 1)
        if done >= low:
            yield at


@given(pattern=PATTERNS, text=st.text("ab", max_size=8))
def test_steps_are_an_upper_bound(pattern: str, text: str) -> None:
    try:
        bound = patterns.steps(pattern, len(text))
    except patterns.TooManySteps:
        bound = patterns.MAX_STEPS
    assume(bound <= 20_000)
    matcher = Matcher(text)
    found = len(text) in list(matcher.ends(patterns._parsed(pattern), 0))  # every way, as when none leads to a match
    assert matcher.compared <= bound
    assert patterns.matches(pattern, text) is found
