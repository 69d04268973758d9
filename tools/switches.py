"""Runs the tests under every alternative of a switch of the fake: `make switches`; `make switches SWITCH=page_size` for one.

The behavior of AWS is unverified there (docs/unverified.md), so the handler must work with each alternative. First every test
runs with the defaults, and the switches that it reads are recorded. Then, for each alternative, the tests that read its switch
run again: the others would run exactly as before. Results are kept until the sources change, so an interrupted run continues
where it stopped.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".switches"
SOURCES = (
    "lambda",
    "testing/moto_sms_voice",
    "testing/sms_registration_contract",
    "tests/contract",
    "tests/lambda",
    "tests/reliability/test_state_machine.py",
    "tests/support",
)
SUITE = ("tests/lambda", "tests/contract/test_suite.py", "tests/reliability/test_state_machine.py")
"""Without test_every_call.py: test_switches.py, a part of `make test`, runs its scenarios under every alternative."""

sys.path[:0] = [str(ROOT / each) for each in ("tests", "testing", "tools")]


@dataclass
class Outcome:
    """The results of the tests under one alternative."""

    label: str
    seconds: float
    counts: dict[str, int]
    failed: dict[str, str] = field(default_factory=dict)
    marked: dict[str, bool] = field(default_factory=dict)

    def row(self) -> str:
        """Return one line of the table."""
        numbers = "".join(f"{self.counts[each]:>{len(each) + 3}}" for each in COLUMNS)
        return f"{self.label:<75}{numbers}{self.seconds:>10.0f}"


COLUMNS = ("passed", "skipped", "failed", "not affected")


def heading() -> str:
    """Return the first line of the table."""
    return f"{'alternative':<75}" + "".join(f"   {each}" for each in COLUMNS) + "   seconds"


def run_pytest(*options: str) -> subprocess.CompletedProcess[str]:
    """Run the suite in its own process."""
    command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider"]
    return subprocess.run([*command, *SUITE, *options], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603


def record_switches(folder: Path) -> Path:
    """Record which switches each test reads, once. Every test must pass with the defaults."""
    path = folder / "asked.json"
    if not path.is_file():
        print("running every test with the defaults, to record the switches that each reads", flush=True)
        ended = run_pytest("--record-switches", "--switches-report", str(folder / "noticing.json"))
        if ended.returncode:
            sys.exit(f"{ended.stdout[-5000:]}\nthe tests do not pass with the defaults")
        (folder / "noticing.json").rename(path)
    return path


def run_alternative(label: str, asked: Path, report: Path) -> Outcome:
    """Run the tests that read the alternative's switch, unless there is a saved result."""
    if not report.is_file():
        began, part = time.monotonic(), report.with_suffix(".part")
        ended = run_pytest("--switch", label, "--only-affected", str(asked), "--switches-report", str(part))
        if not part.is_file() or ended.returncode not in (0, 1, 5):  # 5: no test reads it
            raise RuntimeError(f"{label}:\n{ended.stdout[-5000:]}\n{ended.stderr[-5000:]}")
        found = {**json.loads(part.read_text()), "label": label, "seconds": time.monotonic() - began}
        part.write_text(json.dumps(found))
        part.rename(report)
    return Outcome(**json.loads(report.read_text()))


def marks_not_needed(outcomes: list[Outcome], switches: dict[str, str]) -> list[str]:
    """Return the tests that assume the default of a switch but pass under every alternative."""
    needed: dict[tuple[str, str], bool] = defaultdict(bool)
    for outcome in outcomes:
        for name, failed in outcome.marked.items():
            needed[name, switches[outcome.label]] |= failed
    return [
        f"{name} passes under every alternative of {switch}"
        for (name, switch), is_needed in needed.items()
        if not is_needed
    ]


def main() -> int:
    """Run the rest of the matrix, and print all of it."""
    from sources import source_hash

    from support.switches import LABELS, SWITCHES

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "switch", nargs="?", default="", help="run only this switch or alternative: `page_size` or `page_size=1`"
    )
    parser.add_argument("--minutes", type=float, default=240.0, help="stop after this time; call it again to continue")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    chosen = [label for label, (name, _) in LABELS.items() if options.switch in ("", name, label)]
    if not chosen:
        parser.error(f"{options.switch} has no alternatives; choose one of {', '.join(sorted(SWITCHES))}")
    folder = FOLDER / source_hash(SOURCES)
    folder.mkdir(parents=True, exist_ok=True)
    until, asked = time.monotonic() + 60 * options.minutes, record_switches(folder)
    tests = json.loads(asked.read_text()).values()
    chosen.sort(key=lambda label: sum(LABELS[label][0] in each for each in tests))  # the fastest first
    outcomes: list[Outcome] = []
    print(heading(), flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.processes) as pool:

        def run(label: str) -> Outcome | None:
            report = folder / f"{hashlib.sha256(label.encode()).hexdigest()[:12]}.json"
            late = time.monotonic() > until and not report.is_file()
            return None if late else run_alternative(label, asked, report)

        for outcome in pool.map(run, chosen):
            if outcome is not None:
                outcomes.append(outcome)
                print(outcome.row(), flush=True)
    for outcome in outcomes:
        for name, text in outcome.failed.items():
            print(f"\n{outcome.label}: {name}\n{text}")
    totals = {each: sum(outcome.counts[each] for outcome in outcomes) for each in COLUMNS}
    print(
        f"\n{len(outcomes)} alternatives: " + ", ".join(f"{number:,} {name}" for name, number in totals.items()), end=""
    )
    print(f", {sum(outcome.seconds for outcome in outcomes) / 60:.0f} minutes in all processes")
    idle = marks_not_needed(outcomes, {label: name for label, (name, _) in LABELS.items()})
    if len(outcomes) < len(chosen):
        print(f"{options.minutes:g} minutes are over: run it again for the remaining {len(chosen) - len(outcomes)}")
        return 2
    if "=" not in options.switch:
        for each in idle:
            print(f"unnecessary mark: {each}")
    return 1 if totals["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
