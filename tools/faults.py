"""Writes into docs/faults.md which tests show each row, and what came of them: `make faults`.

A test says which rows it shows with `@pytest.mark.fault(3, 33)`. The rows themselves are written by hand; this fills in their
last two columns, after running the tests of the rows that have changed, or with --all those of every row. tests/test_faults.py
checks that the page is what this would write.
"""

import ast
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/faults.md"
ROW = re.compile(r"\| (?P<number>\d+) \| (?P<fault>.+?) \| (?P<must>.+?) \| *(?P<tests>.*?) *\| *(?P<result>.*?) *\|")
NO_TEST = "none: "
"""How the cell of a row without a test begins; the reason follows, written by hand."""


def marked_tests(folder: Path = ROOT / "tests") -> dict[int, list[str]]:
    """The tests of each row, as `tests/folder/test_file.py::test_name`, in the order of files and lines."""
    found: dict[int, list[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for decorator in getattr(node, "decorator_list", []):
                if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.fault":
                    for argument in decorator.args:
                        name = f"{path.relative_to(ROOT).as_posix()}::{node.name}"  # type: ignore[attr-defined]
                        found.setdefault(ast.literal_eval(argument), []).append(name)
    return found


def rows(page: str) -> dict[int, re.Match[str]]:
    """The rows of the page by their number."""
    return {int(row["number"]): row for row in ROW.finditer(page)}


def filled_in(page: str, tests: Mapping[int, list[str]], outcomes: Mapping[str, str] | None = None) -> str:
    """The page with the last two columns of each row written anew.

    Args:
        page: The page as it is.
        tests: The tests of each row.
        outcomes: What came of each test; passed if omitted.
    """

    def row(match: re.Match[str]) -> str:
        names = tests.get(int(match["number"]), [])
        if not names:
            return match[0]
        links = [f"[`{name.partition('::')[2]}`](../{name.partition('::')[0]})" for name in names]
        results = sorted({(outcomes or {}).get(name, "not run" if outcomes else "passed") for name in names})
        return f"| {match['number']} | {match['fault']} | {match['must']} | {', '.join(links)} | {', '.join(results)} |"

    return ROW.sub(row, page)


class Outcomes:
    """A pytest plugin that remembers what came of each test over all its parameters; the worst counts."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember one phase of one test."""
        name = report.nodeid.partition("[")[0]
        if report.failed or (report.when == "call" and self.of.get(name) in (None, "passed")):
            self.of[name] = report.outcome


def main(arguments: list[str]) -> int:
    """Run the tests of the rows that have changed, or of all, and write the page."""
    page, tests = PAGE.read_text(encoding="utf-8"), marked_tests()
    current = rows(filled_in(page, tests))
    changed = {
        number: tests[number] for number, row in rows(page).items() if number in tests and row[0] != current[number][0]
    }
    chosen = tests if "--all" in arguments else changed
    names = sorted({name for each in chosen.values() for name in each})
    if not names:
        print(f"{PAGE.relative_to(ROOT)} is current")
        return 0
    outcomes = Outcomes()
    code = pytest.main(["-q", "-n", "auto", *(str(ROOT / name) for name in names)], plugins=[outcomes])
    # A test of a row that has not changed passed when its row was written.
    passed = dict.fromkeys((name for each in tests.values() for name in each if name not in names), "passed")
    PAGE.write_text(filled_in(page, tests, passed | outcomes.of), encoding="utf-8")
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
