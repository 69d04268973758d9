"""The logs of each run: what ministack printed, and what Lambda functions logged."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = "logs"
LATEST = "latest"
MINISTACK = "ministack.log"
FUNCTIONS = "functions.jsonl"
RUNS_KEPT = 20


def new_folder(parent: Path) -> Path:
    """Create the folder of a new run, named by its time. Only the newest ones are kept; `latest` is a link to the newest.

    Args:
        parent: The folder of all runs.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in sorted(runs(parent), key=_last_written)[: -RUNS_KEPT + 1]:
        shutil.rmtree(old, ignore_errors=True)
    folder = parent / f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{os.getpid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    link = parent / f".{LATEST}-{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(folder.name, target_is_directory=True)
    link.replace(parent / LATEST)
    return folder


def runs(parent: Path) -> list[Path]:
    """Return the folders of the runs, oldest first."""
    return sorted(each for each in parent.glob("*") if each.is_dir() and not each.is_symlink())


def _last_written(folder: Path) -> float:
    """When a run last wrote to its log: one that still runs is not the oldest."""
    log = folder / MINISTACK
    return log.stat().st_mtime if log.exists() else 0.0


def lines(folders: list[Path]) -> Iterator[dict[str, Any]]:
    """Yield every line that functions logged: the members of Lambda's JSON log format, and `@timestamp`, `@log`, `@logStream`.

    Args:
        folders: The folders of runs.
    """
    for folder in folders:
        file = folder / FUNCTIONS
        if file.is_file():
            for line in file.read_text(encoding="utf-8").splitlines():
                yield json.loads(line)
