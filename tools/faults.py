"""Updates the tests in docs/faults.md: `make faults`.

A test names the rows that it covers with `@pytest.mark.fault(3, 33)`. The rows are written by hand; this fills in their last
column. tests/test_faults.py checks that the page is current.
"""

import ast
import re
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/faults.md"
ROW = re.compile(r"\| (?P<number>\d+) \| (?P<fault>.+?) \| (?P<must>.+?) \| *(?P<tests>.*?) *\|$", re.MULTILINE)
NO_TEST = "none: "
"""Prefix in a row without a test; the reason follows, written by hand."""


def marked_tests(folder: Path = ROOT / "tests") -> dict[int, list[str]]:
    """Return the tests of each row, as `tests/folder/test_file.py::test_name`, ordered by file and line."""
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
    """Return the rows of the page by number."""
    return {int(row["number"]): row for row in ROW.finditer(page)}


def filled_in(page: str, tests: Mapping[int, list[str]]) -> str:
    """Return the page with the last column of each row updated from the tests that are marked with its number."""

    def row(match: re.Match[str]) -> str:
        names = tests.get(int(match["number"]), [])
        if not names:
            return match[0]
        links = [f"[`{name.partition('::')[2]}`](../{name.partition('::')[0]})" for name in names]
        return f"| {match['number']} | {match['fault']} | {match['must']} | {', '.join(links)} |"

    return ROW.sub(row, page)


def main() -> None:
    """Update the page."""
    PAGE.write_text(filled_in(PAGE.read_text(encoding="utf-8"), marked_tests()), encoding="utf-8")


if __name__ == "__main__":
    main()
