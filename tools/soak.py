"""Runs many random deployments against a faulty service, on all cores: `make soak`.

The sequences are like those of tests/reliability/test_state_machine.py, but more and longer. They are split into chunks, each
with its own seed, so that an interrupted soak continues where it stopped, and a failed chunk can be repeated alone:
`make soak SOAK_SEED=1 SOAK_CHUNK=17`. With SOAK_MACHINE=watch, the sequences are those of a watch, as in
tests/reliability/test_watch_machine.py. The counts are printed at the end; docs/reliability.md has the figures.
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import os
import platform
import re
import secrets
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".soak"
SOURCES = ("lambda", "testing", "tests/support")
CHUNK_SEQUENCES = 250
"""Sequences per chunk: less than a minute."""

MAX_FAILURES = 10
"""Stop after this many failed chunks."""

MAX_STEPS = 15
"""The most rules in a sequence; hypothesis chooses how many."""

sys.path[:0] = [str(ROOT / each) for each in ("tests", "testing", "tools")]


@dataclass(frozen=True)
class Chunk:
    """A part of the sequences."""

    number: int
    seed: int
    sequences: int
    machine: str

    @property
    def own_seed(self) -> int:
        """The seed of the chunk's sequences."""
        return self.seed * 1_000_003 + self.number


@dataclass
class Outcome:
    """The result of a chunk."""

    number: int
    counts: dict[str, int]
    failure: str = ""

    @property
    def problem(self) -> str:
        """The failure in one line."""
        lines = [line for line in self.failure.splitlines() if line and not line[0].isspace()]
        errors = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Failure)\b", line)]
        return (errors or [""])[-1][:500]


def run_chunk(chunk: Chunk, *, shrink: bool = False) -> Outcome:
    """Run a chunk in this process.

    Args:
        chunk: The chunk.
        shrink: Search the shortest failing sequence, which takes up to five minutes.
    """
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test

    from support import registration_machine, watch_machine, watch_world, world

    settings = hypothesis.settings(
        max_examples=chunk.sequences,
        stateful_step_count=MAX_STEPS,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(hypothesis.Phase.generate, *((hypothesis.Phase.shrink,) if shrink else ())),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    is_watch = chunk.machine == "watch"
    base = watch_machine.WatchMachine if is_watch else registration_machine.RegistrationMachine
    happened = watch_machine.COUNTS if is_watch else registration_machine.COUNTS
    happened.clear()
    failure = ""
    with watch_world.watched_worlds() if is_watch else world.worlds() as worlds:
        machine = type("Machine", (base,), {"worlds": worlds})
        try:
            run_state_machine_as_test(hypothesis.seed(chunk.own_seed)(machine), settings=settings)
        except BaseException as error:
            notes = "\n".join(getattr(error, "__notes__", []))
            failure = "".join(traceback.format_exception(error)) + ("" if notes in failure else notes)
    return Outcome(chunk.number, dict(happened), failure)


def run_in_new_process(chunk: Chunk, *, shrink: bool = False) -> Outcome:
    """Run a chunk in a process of its own.

    hypothesis takes constants from the modules that are loaded, so a chunk repeats only where it finds the same ones.
    """
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run_chunk, (chunk,), {"shrink": shrink})


class Progress:
    """The completed chunks of one soak, kept in a file until all are complete."""

    def __init__(self, machine: str, sequences: int, seed: int | None) -> None:
        from sources import source_hash

        self._path = FOLDER / f"{machine}-{sequences}-{source_hash(SOURCES)}.json"
        known = json.loads(self._path.read_text()) if self._path.is_file() else {}
        if seed is not None and known.get("seed") != seed:
            known = {}
        if "seed" not in known:
            known["seed"] = secrets.randbelow(1_000_000) if seed is None else seed
        self.seed: int = known["seed"]
        self.seconds: float = known.get("seconds", 0.0)
        self.done: dict[int, dict[str, int]] = {int(number): counts for number, counts in known.get("done", {}).items()}

    def add(self, outcome: Outcome, seconds: float) -> None:
        """Save the counts of a chunk."""
        self.done[outcome.number] = outcome.counts
        FOLDER.mkdir(exist_ok=True)
        kept = {"seed": self.seed, "seconds": self.seconds + seconds, "done": self.done}
        self._path.write_text(json.dumps(kept))

    def forget(self) -> None:
        """Delete the saved progress."""
        self._path.unlink(missing_ok=True)


def chunks(machine: str, sequences: int, seed: int) -> Iterator[Chunk]:
    """Return all chunks of a soak."""
    for number, first in enumerate(range(0, sequences, CHUNK_SEQUENCES)):
        yield Chunk(number, seed, min(CHUNK_SEQUENCES, sequences - first), machine)


def report(sequences: int, seed: int, seconds: float, counts: Counter[str]) -> str:
    """Return the report of a soak, also for docs/reliability.md."""
    groups: dict[str, list[str]] = {"injected": [], "requests": [], "endings": [], "everything": []}
    for name, number in sorted(counts.items(), key=lambda item: -item[1]):
        head, separator, rest = name.partition(": ")
        group = {"fault": "injected", "request": "requests", "ended": "endings"}.get(
            head if separator else "", "everything"
        )
        groups[group].append(f"  {number:>12,}  {rest or name}")
    lines = [
        f"{sequences:,} sequences, seed {seed}, {MAX_STEPS} steps at most, {seconds / 60:.1f} minutes, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores: no invariant was violated"
    ]
    for group, rows in groups.items():
        lines += [f"{group}:", *rows]
    return "\n".join(lines)


def main() -> int:
    """Run the remaining chunks of a soak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=20_000)
    parser.add_argument("--machine", choices=("deployments", "watch"), default="deployments")
    parser.add_argument("--seed", type=int, help="omitted: that of an interrupted soak, or a new one")
    parser.add_argument("--chunk", type=int, help="run only this chunk")
    parser.add_argument("--minutes", type=float, default=60.0, help="stop after this time; call it again to continue")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    os.environ["PYTHONHASHSEED"] = "0"  # for the new processes: the order of a set is part of a sequence
    progress = Progress(asked.machine, asked.sequences, asked.seed)
    seed = progress.seed
    left = [
        chunk
        for chunk in chunks(asked.machine, asked.sequences, seed)
        if (chunk.number == asked.chunk if asked.chunk is not None else chunk.number not in progress.done)
    ]
    if asked.chunk is not None:
        outcome = run_in_new_process(left[0], shrink=True)
        print(outcome.failure or f"chunk {asked.chunk} of seed {seed}: no invariant was violated")
        return 1 if outcome.failure else 0
    print(
        f"seed {seed}, {asked.sequences:,} sequences, {len(progress.done) * CHUNK_SEQUENCES:,} of them already complete",
        flush=True,
    )
    began = time.monotonic()
    until = began + asked.minutes * 60
    failed: list[Outcome] = []
    with concurrent.futures.ThreadPoolExecutor(asked.processes) as pool:
        running = {pool.submit(run_in_new_process, chunk) for chunk in left[: asked.processes]}
        waiting = left[asked.processes :]
        while running:
            done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in done:
                outcome = future.result()
                if outcome.failure:
                    failed.append(outcome)
                    print(f"chunk {outcome.number}: {outcome.problem}", flush=True)
                else:
                    progress.add(outcome, time.monotonic() - began)
                    print(
                        f"{len(progress.done) * CHUNK_SEQUENCES:>9,} sequences, {time.monotonic() - began:.0f} s",
                        flush=True,
                    )
                if waiting and time.monotonic() < until and len(failed) < MAX_FAILURES:
                    running.add(pool.submit(run_in_new_process, waiting.pop(0)))
    if failed:
        print(failed[0].failure)
        for outcome in failed:
            print(f"to repeat: make soak SOAK_SEQUENCES={asked.sequences} SOAK_SEED={seed} SOAK_CHUNK={outcome.number}")
        return 1
    if waiting:
        print(f"{asked.minutes:g} minutes are over: run `make soak` again to continue")
        return 2
    counts: Counter[str] = Counter()
    for each in progress.done.values():
        counts.update(each)
    print(report(asked.sequences, seed, progress.seconds + time.monotonic() - began, counts))
    progress.forget()
    return 0


if __name__ == "__main__":
    sys.exit(main())
