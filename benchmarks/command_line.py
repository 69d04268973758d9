"""Start time of the command-line program."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.report import Row, median_ratio, milliseconds, print_table, progress

ROUNDS = 15
PROGRAM = "sms-registration"


def rows() -> list[Row]:
    """Interleaved rounds; no rows without the program."""
    program = shutil.which(PROGRAM, path=str(Path(sys.executable).parent))
    if program is None:
        return []
    progress("command line")
    ours, bare = [], []
    for number in range(ROUNDS + 1):
        for seconds, command in ((ours, [program, "--help"]), (bare, [sys.executable, "-c", "pass"])):
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            if number:
                seconds.append(time.perf_counter() - began)
    median = sorted(ours)[len(ours) // 2]
    ratio = f"{median_ratio(ours, bare):.2f}x"
    peer = f"python -c pass {milliseconds(bare)}"
    return [Row(f"{PROGRAM} --help", milliseconds(ours), peer, ratio, "< 0.25 s", median < 0.25)]


if __name__ == "__main__":
    print_table(rows())
