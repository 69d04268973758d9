"""docs/faults.md is current: each row has a test, or says why not."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROWS = range(1, 87)


def load_tool():
    spec = importlib.util.spec_from_file_location("faults", ROOT / "tools/faults.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


tool = load_tool()
PAGE = tool.PAGE.read_text(encoding="utf-8")
TESTS = tool.marked_tests()


def problems(page, tests):
    """Return what is wrong with the page."""
    numbers = [int(row["number"]) for row in tool.ROW.finditer(page)]
    if numbers != list(ROWS):
        yield f"the rows are {numbers}"
    for number, row in tool.rows(page).items():
        if number not in tests and not row["tests"].startswith(tool.NO_TEST):
            yield f"row {number} has neither a test nor, after {tool.NO_TEST!r}, the reason"
    for number in set(tests) - set(ROWS):
        yield f"{tests[number]} show row {number}, which does not exist"
    if page != tool.filled_in(page, tests):
        yield "the page is out of date: run `make faults`"


def test_page_is_current_and_complete():
    assert list(problems(PAGE, TESTS)) == []


@pytest.mark.parametrize(
    ("page", "tests", "problem"),
    [
        (PAGE, {number: names for number, names in TESTS.items() if number != 9}, "row 9 has neither a test"),
        (PAGE, {**TESTS, 9: [*TESTS[9], "tests/test_new.py::test_new"]}, "out of date"),
        (PAGE, {**TESTS, 99: ["tests/test_new.py::test_new"]}, "row 99, which does not exist"),
        (PAGE.replace("| 9 | ", "| 8 | "), TESTS, "the rows are"),
    ],
)
def test_check_finds_an_incorrect_page(page, tests, problem):
    assert any(problem in found for found in problems(page, tests))
