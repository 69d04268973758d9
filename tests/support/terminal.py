"""What commands print in a terminal: without what differs from run to run, and as a picture."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Sequence

COLUMNS = 120
COLORFUL = {"COLUMNS": str(COLUMNS), "FORCE_COLOR": "1"}
"""Variables with which a command prints as in a terminal, although its output is read."""

OWN_ID = "registration-30a16a8b7cec478a8e37febbb9005348"

_SAME_IN_EVERY_RUN = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-11-26 14:05 UTC"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", "2026-11-26T14:05:00+00:00"),
    (r"(?<=looked in )/\S+(?=/\w+\))", "/home/me"),
)
_STYLE = re.compile(r"\x1b\[[0-9;]*m")


def unstyled(text: str) -> str:
    """The text without colors, and without white space at the ends of lines."""
    return "\n".join(line.rstrip() for line in _STYLE.sub("", text).splitlines())


def repeatable(text: str, ids: Sequence[str] = ()) -> str:
    """The text as it is in every run: the same times, folders and IDs.

    Args:
        text: What a command printed.
        ids: Registrations other than `OWN_ID`'s, in the order of their creation. If omitted: there is only one.
    """
    for pattern, same in _SAME_IN_EVERY_RUN:
        text = re.sub(pattern, same, text)
    others = {each: f"registration-{hashlib.md5(b'%d' % number).hexdigest()}" for number, each in enumerate(ids)}
    return re.sub(r"registration-[0-9a-f]{32}", lambda found: others.get(found[0], OWN_ID), text)


def picture(name: str, parts: Sequence[tuple[str, str]]) -> str:
    """A terminal with commands and what they printed, as SVG.

    Args:
        name: Unique among the pictures of a page.
        parts: Each command as a person types it, and what it printed, with colors.
    """
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for number, (command, output) in enumerate(parts):
        console.print(Text(f"{chr(10) if number else ''}$ {command}", style="dim"))
        if output.strip():
            console.print(Text.from_ansi(output.strip("\n")))
    return console.export_svg(title="sms-registration", unique_id=name)
