"""Files that commands write: never over an existing one unless asked to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from sms_registration_cli import snapshots
from sms_registration_cli.errors import CommandError
from sms_registration_cli.output import note

Command = TypeVar("Command", bound=Callable[..., Any])


def output_options(command: Command) -> Command:
    """Add --output and --force; the command gets `output_file` and `force`."""
    command = click.option("--force", is_flag=True, help="Replace a file that exists.")(command)
    return click.option(
        "-o",
        "--output",
        "output_file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="File to write. If omitted: stdout.",
    )(command)


def write(text: str, path: Path | None, *, force: bool = False) -> None:
    """Write a text to a file and say so, or to stdout.

    Raises:
        CommandError: The file exists and `force` is false, or it cannot be written.
    """
    if path is None:
        click.echo(text, nl=False)
    else:
        write_all({path: text}, force=force)


def write_all(texts: Mapping[Path, str], *, force: bool = False, quiet: bool = False, otherwise: str = "") -> None:
    """Write all files or, if one of them exists and `force` is false, none. Says which, unless `quiet`.

    Args:
        texts: The text of each file.
        force: Whether to replace files.
        quiet: Whether to say nothing.
        otherwise: What else than `force` helps where a file exists, with a comma and a space at its end. If omitted: nothing.

    Raises:
        CommandError: A file exists, or cannot be written.
    """
    existing = [snapshots.shown(path) for path in texts if path.exists()]
    if existing and not force:
        verb = "exists" if len(existing) == 1 else "exist"
        raise CommandError(f"{', '.join(existing)} {verb}; {otherwise}--force replaces")
    for path, text in texts.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}") from None
        if not quiet:
            note(f"wrote {snapshots.shown(path)}")
