"""A transcript of commands and what they print, as a page of the documentation with a picture."""

from __future__ import annotations

import os
from pathlib import Path

from support.terminal import picture, repeatable, unstyled

VARIABLE = "CLI_STORY"
"""Names the file that the transcript is written to; without it, nothing is written. `make cli-docs` sets it."""


class Story:
    """Collects the parts of the page in their order.

    Args:
        name: Of the page, without suffix. The picture is `images/NAME.svg` beside the page.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._parts: list[str] = []
        self._pictured: list[tuple[str, str]] = []

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
        command, output = repeatable(command), repeatable(output)
        lines = unstyled(output).strip("\n").splitlines()
        shown = [*lines[:first], "..."] if first is not None and len(lines) > first else lines
        self._parts.append("\n".join(["```console", f"$ {command}", *shown, "```"]))
        if pictured:
            self._pictured.append((command, output))

    def show_lines(self, language: str, lines: list[str]) -> None:
        """Add lines of a file."""
        self._parts.append("\n".join([f"```{language}", *lines, "```"]))

    def write(self) -> None:
        """Write the page and its picture if the variable names the page's file."""
        if os.environ.get(VARIABLE):
            page = Path(os.environ[VARIABLE])
            page.write_text("\n\n".join(self._parts) + "\n", encoding="utf-8")
            (page.parent / "images" / f"{self.name}.svg").write_text(
                picture(self.name, self._pictured), encoding="utf-8"
            )
