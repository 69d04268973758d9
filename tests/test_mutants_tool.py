"""`make mutants` changes what decides something, one change at a time, and nothing that only tells."""

import ast
import textwrap
from typing import Any

import pytest

from support import tools

MUTATIONS = tools.load("mutations")


def changed(body: str) -> list[str]:
    """The changed lines of every mutant, without the line before."""
    source = "def decide(a, b, run):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    found = [each.diff.partition("\n+")[2].strip() for each in MUTATIONS.of_source(source)]
    for each in MUTATIONS.of_source(source):
        ast.parse(each.source)
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("fence(a)", ["pass"]),
        ("raise Failure(f'{a} and {b + 1}')", ["pass"]),
        ("a[b] = b", ["pass"]),
        ("a += b", ["pass"]),
        ("return a", ["return None"]),
        ("return None", []),
        ("return False", ["return (True)"]),
        ("return", ["pass"]),
        ("c = a and b", ["c = ((b))", "c = ((a))"]),
        ("c = not a", ["c = (a)"]),
        ("c = a < b", ["c = (a >= b)", "c = (a <= b)"]),
        ("c = a in b", ["c = (a not in b)"]),
        ("c = True", ["c = (False)"]),
        ("c = a - b", ["c = (a + b)"]),
        ("c = a if b else run", ["c = a if True else run", "c = a if False else run", "c = (a)", "c = (run)"]),
        ("c = call(a, keep=b)", ["c = (call(a))"]),
        ("c = {'a': a, **b}", ["c = ({**b})", "c = ({'a': a})"]),
        ("c = {a, b}", ["c = ({b})", "c = ({a})"]),
    ],
)
def test_changes_of_a_line(line: str, expected: list[str]) -> None:
    assert changed(line) == expected


def test_condition_is_always_and_never_true() -> None:
    found = changed(
        """
        if a:
            c = 1
        """
    )
    assert found == ["if True:", "if False:"]


@pytest.mark.parametrize(
    "line",
    [
        "'''What it does.'''",
        "logger.info('a', extra={a: b})",
        "c: dict[int, str]",
        "c = f'{a and b}'",
        "c = (1.0, 2.0)",
        "c = 3",
    ],
)
def test_what_only_tells_is_not_changed(line: str) -> None:
    assert changed(line) == []


def test_mutant_says_where_it_is() -> None:
    mutant: Any = MUTATIONS.of_source("a = 1\nb = (\n    a == 2\n)\n")[0]
    assert (mutant.line, mutant.last_line) == (3, 3)
    assert mutant.diff == "-    a == 2\n+    (a != 2)"
    assert mutant.source == "a = 1\nb = (\n    (a != 2)\n)\n"


def test_every_module_to_mutate_exists_and_is_changed() -> None:
    mutants = tools.load("mutants")
    for module in mutants.MODULES:
        assert MUTATIONS.of_source((mutants.ROOT / module).read_text()), module
