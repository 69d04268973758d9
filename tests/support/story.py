"""A transcript of commands and what they print, as a page of the documentation."""

from __future__ import annotations

import os
import re
from pathlib import Path

CLI_STORY = "CLI_STORY"
WATCH_STORY = "WATCH_STORY"
"""Each names the file that one transcript is written to; without it, nothing is written. `make cli-docs` sets them."""

_REGISTRATION_ID = "registration-30a16a8b7cec478a8e37febbb9005348"
_SAME_IN_EVERY_RUN = (
    (r"registration-[0-9a-f]{32}", _REGISTRATION_ID),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-11-26 14:05 UTC"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", "2026-11-26T14:05:00+00:00"),
    (r"(?<=looked in )/\S+(?=/project\))", "/home/me"),
    (r"\x1b\[[0-9;]*m", ""),
)


class Story:
    """Collects the parts of the page in their order.

    Args:
        variable: The variable that names the file of the page.
    """

    def __init__(self, variable: str) -> None:
        self._variable = variable
        self._parts: list[str] = []

    def say(self, *lines: str) -> None:
        """Add a heading or sentences, one a line."""
        self._parts.append("\n".join(lines))

    def show(self, command: str, output: str, *, first: int | None = None) -> None:
        """Add a command and what it printed.

        Args:
            command: As a person types it.
            output: What it printed.
            first: How many lines to show. If omitted: all.
        """
        lines = [line.rstrip() for line in self._plain(output).strip("\n").splitlines()]
        shown = [*lines[:first], "..."] if first is not None and len(lines) > first else lines
        self._parts.append("\n".join(["```console", f"$ {self._plain(command)}", *shown, "```"]))

    def show_lines(self, language: str, lines: list[str]) -> None:
        """Add lines of a file."""
        self._parts.append("\n".join([f"```{language}", *lines, "```"]))

    def write(self) -> None:
        """Write the page if the variable names its file."""
        if os.environ.get(self._variable):
            Path(os.environ[self._variable]).write_text("\n\n".join(self._parts) + "\n", encoding="utf-8")

    @staticmethod
    def _plain(text: str) -> str:
        for pattern, same in _SAME_IN_EVERY_RUN:
            text = re.sub(pattern, same, text)
        return text
