"""The table that `make bench` prints."""

import os
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Row:
    """One measurement, with its peer in the same run.

    Attributes:
        what: What was measured.
        ours: The figure of this library.
        peer: The peer and its figure.
        ratio: The ratio to the peer; empty if only the figure counts.
        aim: The aim.
        reached: Whether the aim is reached; None without an aim.
    """

    what: str
    ours: str
    peer: str = ""
    ratio: str = ""
    aim: str = ""
    reached: bool | None = None


def at_most(what: str, *, ours: str, peer: str, ratio: float, limit: float, unit: str = "x") -> Row:
    """A row whose aim is a ratio within a limit."""
    return Row(what, ours, peer, f"{ratio:.2f}{unit}", f"<= {limit:g}{unit}", ratio <= limit)


def milliseconds(seconds: Sequence[float]) -> str:
    """Format the median."""
    return f"{1000 * statistics.median(seconds):.3g} ms"


def median_ratio(ours: Sequence[float], peers: Sequence[float]) -> float:
    """The median of the rounds' ratios: the figures of a round were measured next to each other."""
    return statistics.median(mine / peer for mine, peer in zip(ours, peers, strict=True))


def print_table(rows: Sequence[Row]) -> None:
    """Print the machine, and the rows as a Markdown table."""
    marks = {True: "reached", False: "MISSED", None: ""}
    cells = [("what", "this library", "peer", "ratio", "aim", "")]
    cells += [(row.what, row.ours, row.peer, row.ratio, row.aim, marks[row.reached]) for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    print("\n".join([machine(), "", *lines]), flush=True)


def machine() -> str:
    """Describe the machine of the measurements."""
    processor = platform.processor() or platform.machine()
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
    return f"{date.today()}, {os.cpu_count()} x {processor}, {platform.system()}, Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    try:
        with open(path) as file:  # noqa: PTH123 - a file of the kernel's
            return file.readlines()
    except OSError:
        return []


def progress(text: str) -> None:
    """Print progress to standard error; standard output is for the table."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
