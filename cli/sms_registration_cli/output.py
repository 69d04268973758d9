"""What a person or a program sees: tables, JSON, progress."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table

Item = TypeVar("Item")

PIPED_COLUMNS = 160
"""Width of tables that go to a file or a pipe."""


def console(*, stderr: bool = False) -> Console:
    """A console on the present stdout or stderr: no colors and a fixed width when it is piped, and NO_COLOR respected."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    is_fixed = not stream.isatty() and "COLUMNS" not in os.environ
    return Console(file=stream, highlight=False, width=PIPED_COLUMNS if is_fixed else None)


def show(*renderables: RenderableType) -> None:
    """Print tables and texts to stdout. Texts are printed as they are: brackets are no markup."""
    target = console()
    if target.is_terminal:
        for each in renderables:
            target.print(each, markup=False)
        return
    with target.capture() as captured:
        for each in renderables:
            target.print(each, markup=False)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))


def show_json(data: Any) -> None:
    """Print data as JSON to stdout; times in ISO 8601."""
    click.echo(json.dumps(data, indent=2, ensure_ascii=False, default=_plain))


def note(text: str) -> None:
    """Tell something beside the output, on stderr."""
    click.echo(text, err=True)


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table with these columns. A column whose name begins with `=` is never wrapped."""
    from rich import box
    from rich.table import Table

    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, title_style="bold")
    for name in columns:
        made.add_column(name.removeprefix("="), no_wrap=name.startswith("="), overflow="fold")
    return made


def cell(text: str, style: str = "") -> RenderableType:
    """A text for a table, in which brackets are no markup."""
    from rich.text import Text

    return Text(text, style=style)


def cells(*parts: tuple[str, str]) -> RenderableType:
    """Several texts in one cell, each with its style, below each other."""
    from rich.text import Text

    return Text("\n").join(Text(text, style=style) for text, style in parts if text)


def tracked(items: Sequence[Item], description: str, *, hidden: bool = False) -> Iterator[Item]:
    """Yield the items with a progress bar on stderr, if stderr is a terminal.

    Args:
        items: What is worked on, about a second each.
        description: What is done.
        hidden: Show nothing in any case.
    """
    if hidden or not items or not sys.stderr.isatty():
        yield from items
        return
    from rich.progress import track

    yield from track(items, description=description, console=console(stderr=True), transient=True)


def when(time: datetime | None) -> str:
    """A time for people, in UTC: `2026-11-26 14:05 UTC`; empty for None."""
    if time is None:
        return ""
    from datetime import timezone

    return f"{time.astimezone(timezone.utc):%Y-%m-%d %H:%M} UTC"


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
