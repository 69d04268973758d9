"""What checking forms costs at synth: whole processes with and without the checks."""

import tempfile
import time
from pathlib import Path

from benchmarks.report import Row, at_most, median_ratio, milliseconds, print_table, progress
from benchmarks.synthesis import run_app

ROUNDS = 7
FORMS = 100
LIMIT = 1.3


def rows() -> list[Row]:
    """Interleaved rounds; the first one does not count."""
    seconds: dict[str, list[float]] = {"unchecked": [], "checked": []}
    for number in range(ROUNDS + 1):
        progress(f"checks at synth, round {number} of {ROUNDS}")
        for name, found in seconds.items():
            with tempfile.TemporaryDirectory() as folder:
                began = time.perf_counter()
                run_app("forms", Path(folder), FORMS, name)
                if number:
                    found.append(time.perf_counter() - began)
    return [
        at_most(
            f"synth of {FORMS} forms, checked with a snapshot and for denials",
            ours=milliseconds(seconds["checked"]),
            peer=f"the same as drafts without a snapshot {milliseconds(seconds['unchecked'])}",
            ratio=median_ratio(seconds["checked"], seconds["unchecked"]),
            limit=LIMIT,
        )
    ]


if __name__ == "__main__":
    print_table(rows())
