"""Runs very many random deployments against a misbehaving service, on all cores: `make soak`.

The sequences are those of tests/reliability/test_state_machine.py, more and longer ones. They are split into chunks, each with
a seed of its own, so that a soak that was stopped goes on where it was, and a chunk that failed can be run again alone:
`make soak SOAK_SEED=1 SOAK_CHUNK=17`. What was counted is printed at the end; docs/reliability.md has the figures.
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
"""Sequences of one chunk: about half a minute's work."""

MAX_FAILURES = 10
"""So many failed chunks are enough to look at."""

MAX_STEPS = 15
"""Rules of a sequence, at most; hypothesis chooses how many."""

sys.path[:0] = [str(ROOT / each) for each in ("tests", "testing", "tools")]


@dataclass(frozen=True)
class Chunk:
    """Some of the sequences."""

    number: int
    seed: int
    sequences: int

    @property
    def own_seed(self) -> int:
        """What hypothesis draws the chunk's sequences from."""
        return self.seed * 1_000_003 + self.number


@dataclass
class Outcome:
    """What came of a chunk."""

    number: int
    counts: dict[str, int]
    failure: str = ""

    @property
    def problem(self) -> str:
        """The failure in a line."""
        lines = [line for line in self.failure.splitlines() if line and not line[0].isspace()]
        errors = [line for line in lines if re.match(r"[\w.]+(Error|Exception|Failure)\b", line)]
        return (errors or [""])[-1][:500]


def run_chunk(chunk: Chunk, *, shrink: bool = False) -> Outcome:
    """Run a chunk in this process.

    Args:
        chunk: The chunk.
        shrink: Look for the shortest sequence that shows a failure, which takes up to five minutes.
    """
    import hypothesis
    from hypothesis.stateful import run_state_machine_as_test

    from support import registration_machine, world

    settings = hypothesis.settings(
        max_examples=chunk.sequences,
        stateful_step_count=MAX_STEPS,
        deadline=None,
        database=None,
        report_multiple_bugs=False,
        phases=(hypothesis.Phase.generate, *((hypothesis.Phase.shrink,) if shrink else ())),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    registration_machine.COUNTS.clear()
    failure = ""
    with world.worlds() as worlds:
        machine = type("Machine", (registration_machine.RegistrationMachine,), {"worlds": worlds})
        try:
            run_state_machine_as_test(hypothesis.seed(chunk.own_seed)(machine), settings=settings)
        except BaseException as error:
            notes = "\n".join(getattr(error, "__notes__", []))
            failure = "".join(traceback.format_exception(error)) + ("" if notes in failure else notes)
    return Outcome(chunk.number, dict(registration_machine.COUNTS), failure)


class Progress:
    """The chunks of one soak that are done, kept in a file until all are."""

    def __init__(self, sequences: int, seed: int | None) -> None:
        from sources import source_hash

        self._path = FOLDER / f"{sequences}-{source_hash(SOURCES)}.json"
        known = json.loads(self._path.read_text()) if self._path.is_file() else {}
        if seed is not None and known.get("seed") != seed:
            known = {}
        if "seed" not in known:
            known["seed"] = secrets.randbelow(1_000_000) if seed is None else seed
        self.seed: int = known["seed"]
        self.seconds: float = known.get("seconds", 0.0)
        self.done: dict[int, dict[str, int]] = {int(number): counts for number, counts in known.get("done", {}).items()}

    def add(self, outcome: Outcome, seconds: float) -> None:
        """Keep what a chunk counted."""
        self.done[outcome.number] = outcome.counts
        FOLDER.mkdir(exist_ok=True)
        kept = {"seed": self.seed, "seconds": self.seconds + seconds, "done": self.done}
        self._path.write_text(json.dumps(kept))

    def forget(self) -> None:
        """Nothing is left to go on with."""
        self._path.unlink(missing_ok=True)


def chunks(sequences: int, seed: int) -> Iterator[Chunk]:
    """All chunks of a soak."""
    for number, first in enumerate(range(0, sequences, CHUNK_SEQUENCES)):
        yield Chunk(number, seed, min(CHUNK_SEQUENCES, sequences - first))


def report(sequences: int, seed: int, seconds: float, counts: Counter[str]) -> str:
    """What a soak did, for people and for docs/reliability.md."""
    groups: dict[str, list[str]] = {"injected": [], "requests": [], "endings": [], "everything": []}
    for name, number in sorted(counts.items(), key=lambda item: -item[1]):
        head, separator, rest = name.partition(": ")
        group = {"fault": "injected", "request": "requests", "ended": "endings"}.get(
            head if separator else "", "everything"
        )
        groups[group].append(f"  {number:>12,}  {rest or name}")
    lines = [
        f"{sequences:,} sequences, seed {seed}, {MAX_STEPS} steps at most, {seconds / 60:.1f} minutes, "
        f"Python {platform.python_version()}, {os.cpu_count()} cores: no law was broken"
    ]
    for group, rows in groups.items():
        lines += [f"{group}:", *rows]
    return "\n".join(lines)


def main() -> int:
    """Run what is left of a soak."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, default=20_000)
    parser.add_argument("--seed", type=int, help="when omitted: that of a soak that was stopped, or a new one")
    parser.add_argument("--chunk", type=int, help="only this one")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long to go on before it must be called again")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    progress = Progress(asked.sequences, asked.seed)
    seed = progress.seed
    left = [
        chunk
        for chunk in chunks(asked.sequences, seed)
        if (chunk.number == asked.chunk if asked.chunk is not None else chunk.number not in progress.done)
    ]
    if asked.chunk is not None:
        outcome = run_chunk(left[0], shrink=True)
        print(outcome.failure or f"chunk {asked.chunk} of seed {seed}: no law was broken")
        return 1 if outcome.failure else 0
    print(
        f"seed {seed}, {asked.sequences:,} sequences, {len(progress.done) * CHUNK_SEQUENCES:,} of them done before",
        flush=True,
    )
    began = time.monotonic()
    until = began + asked.minutes * 60
    context = multiprocessing.get_context("spawn")
    failed: list[Outcome] = []
    with concurrent.futures.ProcessPoolExecutor(asked.processes, mp_context=context) as pool:
        running = {pool.submit(run_chunk, chunk) for chunk in left[: asked.processes]}
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
                    running.add(pool.submit(run_chunk, waiting.pop(0)))
    if failed:
        print(failed[0].failure)
        for outcome in failed:
            print(f"again: make soak SOAK_SEQUENCES={asked.sequences} SOAK_SEED={seed} SOAK_CHUNK={outcome.number}")
        return 1
    if waiting:
        print(f"{asked.minutes:g} minutes are over: `make soak` again goes on with what is left")
        return 2
    counts: Counter[str] = Counter()
    for each in progress.done.values():
        counts.update(each)
    print(report(asked.sequences, seed, progress.seconds + time.monotonic() - began, counts))
    progress.forget()
    return 0


if __name__ == "__main__":
    sys.exit(main())
