"""Which test of the handler reaches which line of what `make mutants` changes, and how long it takes.

Each test file runs once with coverage. Its record is kept in .mutants until the file, or a source that all tests share, changes.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import mutations
import pytest
from sources import ROOT, source_hash

FOLDER = ROOT / ".mutants"
HANDLER = "lambda/sms_registration_handler"
MODULES = (
    f"{HANDLER}/cloudformation/queries.py",
    f"{HANDLER}/cloudformation/operations.py",
    f"{HANDLER}/cloudformation/stack.py",
    f"{HANDLER}/cloudformation/history.py",
    f"{HANDLER}/resource/fence.py",
    f"{HANDLER}/resource/claims.py",
    f"{HANDLER}/resource/exactly_once.py",
    f"{HANDLER}/form/claim.py",
    f"{HANDLER}/form/revision.py",
    f"{HANDLER}/form/executor.py",
    f"{HANDLER}/form/handler.py",
    f"{HANDLER}/attachment/handler.py",
    *(
        f"{HANDLER}/registration/{each}.py"
        for each in ("handler", "update", "adoption", "registrations", "removal", "properties")
    ),
    *(f"{HANDLER}/resource/{each}.py" for each in ("tagging", "invocation", "deletion", "owner_tags", "leftovers")),
    f"{HANDLER}/resource/properties.py",
    "lambda/sms_registration_rules/planning/planner.py",
)
"""What is mutated, in this order."""

SUITE = (
    "tests/lambda/attachment",
    "tests/lambda/cloudformation",
    "tests/lambda/form",
    "tests/lambda/registration",
    "tests/lambda/resource",
    "tests/lambda/test_calls.py",
    "tests/lambda/test_formats.py",
    "tests/lambda/test_tag_permissions.py",
    "tests/rules/test_planner.py",
    "tests/rules/test_planner_refusals.py",
)
SUPPORT = (
    "lambda",
    "testing/moto_sms_voice",
    "testing/sms_registration_contract",
    "tests/support",
    "tests/lambda/conftest.py",
)
"""What every result depends on, apart from the test file."""


class Timed(NamedTuple):
    """A test and how long it takes."""

    seconds: float
    name: str


def test_files() -> list[str]:
    """The test files of the suite."""
    found = [
        path for each in SUITE for path in ([ROOT / each] if each.endswith(".py") else (ROOT / each).glob("test_*.py"))
    ]
    return sorted(str(path.relative_to(ROOT)) for path in found)


class Reached:
    """The tests that reach each line of each module."""

    def __init__(self) -> None:
        self._lines: dict[str, dict[int, set[Timed]]] = defaultdict(lambda: defaultdict(set))
        self._all: set[Timed] = set()

    def add(self, record: dict[str, Any]) -> None:
        """Add the record of one test file."""
        seconds = record["seconds"]
        self._all |= {Timed(duration, name) for name, duration in seconds.items()}
        for module, lines in record["lines"].items():
            for line, names in lines.items():
                self._lines[module][int(line)] |= {Timed(seconds.get(name, 1.0), name) for name in names}

    def tests(self, module: str, mutant: mutations.Mutant, limit: float) -> tuple[str, ...]:
        """Return the tests for a mutant: those of its room and then the others, the fastest first.

        What takes effect at import concerns all tests of the module, and of its room.
        """
        lines, room = self._lines[module], f"/{Path(module).parent.name}/"
        concerned = lines if mutant.at_import else range(mutant.line, mutant.last_line + 1)
        found = set().union(*(lines.get(line, ()) for line in concerned))
        if mutant.at_import:
            # One that reads a constant runs no line of the module.
            found |= {each for each in self._all if room in each.name}
        chosen, total = [], 0.0
        for each in sorted(found, key=lambda timed: (room not in timed.name, timed)):
            if chosen and total + each.seconds > limit:
                break
            chosen.append(each.name)
            total += each.seconds
        return tuple(chosen)


def record(path: str) -> dict[str, Any]:
    """Run one test file with coverage, unless there is a record. Every test must pass."""
    saved = FOLDER / f"{Path(path).stem}-{source_hash((*SUPPORT, path))}.json"
    if saved.is_file():
        return dict(json.loads(saved.read_text()))
    with tempfile.TemporaryDirectory() as folder:
        data, report = Path(folder, "coverage"), Path(folder, "report.jsonl")
        command = [sys.executable, __file__, path, str(report)]
        ended = subprocess.run(  # noqa: S603
            command,
            cwd=ROOT,
            env={**os.environ, "COVERAGE_FILE": str(data)},
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            sys.exit(f"{ended.stdout[-5000:]}{ended.stderr[-2000:]}\n{path} does not pass without a mutant")
        found = {"seconds": json.loads(report.read_text()), "lines": _covered(data)}
    saved.write_text(json.dumps(found))
    print(f"recorded {path}", flush=True)
    return found


def _covered(data: Path) -> dict[str, dict[int, list[str]]]:
    import coverage

    read = coverage.CoverageData(str(data))
    read.read()
    return {
        module: {
            line: sorted({each.rpartition("|")[0] for each in contexts if each})
            for line, contexts in read.contexts_by_lineno(str(ROOT / module)).items()
        }
        for module in MODULES
    }


class _Durations:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration


def run_with_coverage(path: str, report: str) -> int:
    """Run a test file, and write how long each of its tests takes."""
    durations = _Durations()
    options = ["-q", "-p", "no:cacheprovider", "--cov", str(ROOT / "lambda"), "--cov-context=test", "--cov-report="]
    ended = pytest.main([*options, path], plugins=[durations])
    Path(report).write_text(json.dumps(durations.seconds))
    return int(ended)


if __name__ == "__main__":
    sys.exit(run_with_coverage(*sys.argv[1:]))
