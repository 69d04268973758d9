"""A transcript of commands and what they print, as a page of the documentation with a picture."""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

from support.terminal import OWN_ID, picture, unstyled

CLI_STORY = "CLI_STORY"
WATCH_STORY = "WATCH_STORY"
"""Each names the file that one transcript is written to; without it, nothing is written. `make cli-docs` sets them."""

_IDS = (OWN_ID.partition("-")[2], "7f0c2d9e41b84c5f9a6e3d21c8b75f04", "c4e8136fa5d24e7bb20f9718d36a5c91")
"""For the first, second and third ID of a story."""

_START = datetime(2026, 11, 26, 14, 5, tzinfo=timezone.utc)
"""When each story begins."""

_SAME_IN_EVERY_RUN = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", "2026-11-26T14:05:00+00:00"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-11-26 14:05 UTC"),
    (r"(?<=looked in )/\S+(?=/\w+\))", "/home/me"),
    (r"(Topic: \S+)-[0-9A-Z]{12,13}$", r"\1-0A1B2C3D4E5F"),
)


class Story:
    """Collects the parts of the page in their order.

    Args:
        variable: The variable that names the file of the page. A picture is `images/PAGE.svg` beside it.
    """

    def __init__(self, variable: str) -> None:
        self._variable = variable
        self._parts: list[str] = []
        self._pictured: list[tuple[str, str]] = []
        self._ids: dict[str, str] = {}
        self._began = datetime.now(timezone.utc).replace(microsecond=0)

    def say(self, *lines: str) -> None:
        """Add a heading or sentences, one a line."""
        self._parts.append("\n".join(lines))

    def show(self, command: str, output: str, *, first: int | None = None, pictured: bool = False) -> None:
        """Add a command and what it printed.

        Args:
            command: As a person types it.
            output: What it printed, with or without colors.
            first: How many lines to show. If omitted: all.
            pictured: Whether the picture shows it too, with its colors. If omitted: no.
        """
        command, output = self._repeatable(command), self._repeatable(output)
        lines = unstyled(output).strip("\n").splitlines()
        shown = [*lines[:first], "..."] if first is not None and len(lines) > first else lines
        self._parts.append("\n".join(["```console", f"$ {command}", *shown, "```"]))
        if pictured:
            self._pictured.append((command, output))

    def show_lines(self, language: str, lines: list[str]) -> None:
        """Add lines of a file."""
        self._parts.append("\n".join([f"```{language}", *lines, "```"]))

    def write(self) -> None:
        """Write the page, and its picture if anything is pictured, if the variable names the page's file."""
        if not os.environ.get(self._variable):
            return
        page = Path(os.environ[self._variable])
        page.write_text("\n\n".join(self._parts) + "\n", encoding="utf-8")
        if self._pictured:
            image = page.parent / "images" / f"{page.stem}.svg"
            image.write_text(picture(page.stem, self._pictured), encoding="utf-8")

    def _repeatable(self, text: str) -> str:
        for pattern, same in _SAME_IN_EVERY_RUN:
            text = re.sub(pattern, same, text, flags=re.MULTILINE)
        text = re.sub(r"(?<=-)[0-9a-f]{32}\b", self._same_id, text)
        return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", self._same_time, text)

    def _same_id(self, found: re.Match[str]) -> str:
        return self._ids.setdefault(found[0], _IDS[min(len(self._ids), len(_IDS) - 1)])

    def _same_time(self, found: re.Match[str]) -> str:
        passed = datetime.fromisoformat(found[0]) - self._began
        # To the nearest day: a clock may be a second behind another.
        return (_START + timedelta(days=round(passed / timedelta(days=1)))).isoformat()
