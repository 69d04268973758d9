"""Changes the handler's decisions, one small change at a time, and runs the tests that reach it: `make mutants`.

A change that no test notices survives, and is printed. First each test file runs with coverage, so that a mutant needs only the
tests that execute its lines, the fastest first. The sources on disk stay as they are: each mutant runs in a fork of this process,
whose import of the one module gets the changed source.

Results are kept in .mutants, so an interrupted run continues where it stopped. What survived is tried again when a test file or
another module has changed; what was noticed is not, unless its own module changed.
"""

import argparse
import hashlib
import importlib
import importlib.machinery
import multiprocessing
import os
import sqlite3
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / each) for each in ("tests", "testing", "tools")]

import mutations  # noqa: E402
import reached_lines  # noqa: E402
from reached_lines import FOLDER, MODULES, SUPPORT, Reached  # noqa: E402
from sources import source_hash  # noqa: E402

TEST_SECONDS = 30.0
"""A test that takes longer waits for ever, so the mutant is noticed."""

MUTANT_SECONDS = 20.0
"""The tests of one mutant take about this long, without it; slower ones are left out."""

PRELOADED = (
    *("boto3", "botocore.session", "cryptography.x509", "hypothesis", "moto", "moto.core.responses", "trustme"),
    *("moto_sms_voice.models", "sms_registration_contract.function", "support.permissions", "unittest.mock"),
)
"""What the tests import that takes long, and that imports none of the modules that are mutated."""

FIRST_FILES = 2
"""The files with the fastest tests for a mutant run alone first: often, one of their tests notices it."""

FIRST_TESTS = 8
"""Before them run the tests that noticed the mutants around it, this many: mostly, one of them notices it, too."""

NOTICED: dict[str, dict[str, int]] = {}
"""Of each module, the tests that noticed a mutant, and the last line where they did. A fork sees what was known at its start."""


@dataclass(frozen=True)
class Job:
    """One mutant and the tests that reach it."""

    key: str
    module: str
    mutant: mutations.Mutant
    tests: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What became of a mutant.

    Attributes:
        key: Of the mutant.
        verdict: `noticed`, `survived`, or `not reached`.
        by: The test that noticed it, or the state of the tests that did not.
    """

    key: str
    verdict: str
    by: str


# --- one mutant ---


class _Chosen:
    """Runs only the chosen tests, in this order, and notes the first that fails."""

    def __init__(self, names: Iterable[str]) -> None:
        self._position = {name: index for index, name in enumerate(names)}
        self.failed = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted(
            (each for each in items if each.nodeid in self._position), key=lambda each: self._position[each.nodeid]
        )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed = self.failed or report.nodeid


def run_mutant(job: Job) -> Result:
    """Run the tests of one mutant in this process, which ends afterwards."""
    target, original = str(ROOT / job.module), importlib.machinery.SourceFileLoader.get_code

    def get_code(loader: importlib.machinery.SourceFileLoader, fullname: str) -> Any:
        if loader.get_filename(fullname) == target:
            return compile(job.mutant.source, target, "exec", dont_inherit=True)
        return original(loader, fullname)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:cov", f"--timeout={TEST_SECONDS}"]
    for tests in _batches(job):
        chosen, files = _Chosen(tests), list(dict.fromkeys(_file_of(each) for each in tests))
        ended = pytest.main([*options, *files], plugins=[chosen]) if files else pytest.ExitCode.OK
        if ended in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
            return Result(job.key, "noticed", chosen.failed or "import")
        if ended != pytest.ExitCode.OK:
            raise RuntimeError(f"pytest ended with {ended!r}; did the tests change meanwhile? {', '.join(files)}")
    return Result(job.key, "survived", "")


def _batches(job: Job) -> tuple[list[str], ...]:
    """The tests of a mutant in the order in which they should run: each batch imports its files only if none before failed."""
    lines = NOTICED.get(job.module, {})
    first = sorted(set(lines) & set(job.tests), key=lambda each: abs(lines[each] - job.mutant.line))[:FIRST_TESTS]
    others = [each for each in job.tests if each not in first]
    files = list(dict.fromkeys(_file_of(each) for each in others))[:FIRST_FILES]
    fast = [each for each in others if _file_of(each) in files]
    return first, fast, [each for each in others if each not in fast]


def _file_of(test: str) -> str:
    return test.partition("::")[0]


def _note(job: Job, result: Result) -> None:
    if result.verdict == "noticed":
        NOTICED.setdefault(job.module, {})[result.by] = job.mutant.line


# --- all mutants ---


class Results:
    """The results of this run and of earlier ones.

    Args:
        state: The state of the tests, on which what survived depends.
    """

    def __init__(self, state: str) -> None:
        self._state = state
        self._database = sqlite3.connect(FOLDER / "results.sqlite")
        self._database.execute("create table if not exists results (key text primary key, verdict text, by text)")

    def get(self, key: str) -> Result | None:
        """Return the result for a mutant, if it is still valid."""
        row = self._database.execute("select key, verdict, by from results where key = ?", (key,)).fetchone()
        found = Result(*row) if row else None
        return found if found and (found.verdict == "noticed" or found.by == self._state) else None

    def add(self, result: Result) -> None:
        """Keep a result."""
        by = result.by if result.verdict == "noticed" else self._state
        self._database.execute("insert or replace into results values (?, ?, ?)", (result.key, result.verdict, by))
        self._database.commit()


def jobs_of(modules: Iterable[str], reached: Reached, seconds: float) -> Iterator[Job]:
    """Every mutant of these modules, with tests that take so long."""
    for module in modules:
        for mutant in mutations.of_source((ROOT / module).read_text()):
            key = hashlib.sha256(f"{module}\n{mutant.source}".encode()).hexdigest()
            yield Job(key, module, mutant, reached.tests(module, mutant, seconds))


def main() -> int:
    """Run what has no result yet, and print what survived."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "module", nargs="*", help="only modules whose path contains this, as `form/claim`; all if omitted"
    )
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after this time; call it again to continue")
    parser.add_argument(
        "--seconds", type=float, default=MUTANT_SECONDS, help="how long the tests of one mutant may take"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    modules = [each for each in MODULES if not options.module or any(part in each for part in options.module)]
    if not modules:
        parser.error(f"nothing to mutate in {', '.join(options.module)}; choose from {', '.join(MODULES)}")
    os.chdir(ROOT)
    FOLDER.mkdir(exist_ok=True)
    until, reached, files = time.monotonic() + 60 * options.minutes, Reached(), reached_lines.test_files()
    with ThreadPoolExecutor(options.processes) as recorders:
        for found in recorders.map(reached_lines.record, files):
            reached.add(found)
    results, jobs = Results(source_hash((*SUPPORT, *files))), list(jobs_of(modules, reached, options.seconds))
    verdicts = {each.key: results.get(each.key) for each in jobs}
    for each in jobs:
        if not each.tests:
            verdicts[each.key] = Result(each.key, "not reached", "")
    by_key = {each.key: each for each in jobs}
    waiting = [each for each in jobs if verdicts[each.key] is None]
    waiting.sort(key=lambda each: each.mutant.at_import)  # those need the most tests
    for job in jobs:
        _note(job, verdicts[job.key] or Result(job.key, "", ""))
    print(f"{len(jobs)} mutants, {len(waiting)} of them without a result", flush=True)
    for name in PRELOADED:
        importlib.import_module(name)
    if any(name.startswith(("sms_registration_handler.", "sms_registration_rules.")) for name in sys.modules):
        raise RuntimeError("a mutated module is imported already, so no mutant would take effect")
    with multiprocessing.get_context("fork").Pool(options.processes, maxtasksperchild=1) as pool:
        for result in pool.imap_unordered(run_mutant, waiting):
            verdicts[result.key] = result
            results.add(result)
            _note(by_key[result.key], result)
            if result.verdict != "noticed":
                print(_shown(by_key[result.key], result.verdict), flush=True)
            if time.monotonic() > until:
                pool.terminate()
                break
    print("\nin all:")
    return _report(jobs, verdicts)


def _shown(job: Job, verdict: str) -> str:
    return f"\n{job.module}:{job.mutant.line} {verdict}, {len(job.tests)} tests\n{job.mutant.diff}"


def _report(jobs: list[Job], verdicts: dict[str, Result | None]) -> int:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for job in jobs:
        result = verdicts[job.key]
        verdict = result.verdict if result else "without result"
        counts[job.module][verdict] += 1
        if verdict in ("survived", "not reached"):
            print(_shown(job, verdict))
    print()
    for module, found in counts.items():
        print(f"{module}: {', '.join(f'{number} {verdict}' for verdict, number in sorted(found.items()))}")
    if any(found["without result"] for found in counts.values()):
        print("the time is over: run it again for the rest")
        return 2
    return 1 if any(found["survived"] + found["not reached"] for found in counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
