"""Draws two pictures of docs/images from real outputs: `make pictures`.

- pull-request.svg: a form in a pull request, with what `sms-registration check --format github` says about it.
- notification.svg: the message about a denial in docs/watch-story.md, which a test on the local cloud records.

tests/test_pictures.py checks that the files are what this would draw.
"""

from __future__ import annotations

import difflib
import re
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs/images"
STORY = ROOT / "docs/watch-story.md"
FORM = ROOT / "cli/sms_registration_cli/project/forms/brand.yaml.template"
DEFINITIONS = ROOT / "testing/moto_sms_voice/definitions"
CHANGES = {
    'taxId: "123456789"': "taxId: 12-3456789",
    "supportEmail: sms-support@example.com": "supportEmail: example.corp@gmail.com",
}
"""What the pull request changes in the form."""

WIDTH, COLUMNS, LINE = 920, 104, 20
TEXT, GRAY, BORDER = "#1f2328", "#59636e", "#d1d9e0"
COLORS = {"-": "#ffebe9", "+": "#dafbe1", "@": "#ddf4ff", "error": "#cf222e", "warning": "#9a6700"}
NAMES = {"error": "Check failure", "warning": "Check warning"}


def pictures() -> dict[str, str]:
    """Each picture by its file name."""
    return {"pull-request.svg": pull_request(), "notification.svg": notification()}


def pull_request() -> str:
    """The difference of the form, with an annotation below each line that the check names."""
    before = FORM.read_text(encoding="utf-8")
    after = before
    for right, wrong in CHANGES.items():
        if right not in before:
            raise ValueError(f"the form of `init` lacks {right!r}")
        after = after.replace(right, wrong)
    annotations = _annotations(after)
    card = Card()
    card.text("forms/brand.yaml", bold=True)
    card.rule()
    number = 0
    for line in list(difflib.unified_diff(before.splitlines(), after.splitlines(), n=2, lineterm=""))[2:]:
        if line.startswith("@@"):
            number = int(re.findall(r"\+(\d+)", line)[0]) - 1
            card.text(line, fill=COLORS["@"], color=GRAY, mono=True)
            continue
        number += not line.startswith("-")
        shown = f"{'' if line.startswith('-') else number!s:>3}  {line}"
        card.text(shown, fill=COLORS.get(line[0]), mono=True)
        for severity, title, message in [] if line.startswith("-") else annotations.get(number, []):
            card.note(f"{NAMES[severity]}: {title}", message, color=COLORS[severity])
    return card.svg("What a check says in a pull request")


def _annotations(form: str) -> dict[int, list[tuple[str, str, str]]]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "forms").mkdir()
        (Path(folder) / "forms/brand.yaml").write_text(form, encoding="utf-8")
        command = [sys.executable, "-m", "sms_registration_cli", "check", "forms/brand.yaml"]
        command += ["--format", "github", "--definitions", str(DEFINITIONS)]
        printed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout  # noqa: S603
    found: dict[int, list[tuple[str, str, str]]] = {}
    for severity, line, title, message in re.findall(r"^::(\w+) .*?line=(\d+),.*?title=([^:]*)::(.*)$", printed, re.M):
        found.setdefault(int(line), []).append((severity, title, message))
    if len(found) != len(CHANGES):
        raise ValueError(f"the check does not find each of the changes:\n{printed}")
    return found


def notification() -> str:
    """The first message about a denial, as e-mail."""
    message = re.search(
        r"^Subject: (.+ was denied .+)\n.*\n\n((?:.*\n)*?Stack: .*)\n", STORY.read_text(encoding="utf-8"), re.M
    )
    if message is None:
        raise ValueError("docs/watch-story.md has no message about a denial; run: make cli-docs")
    card = Card()
    card.text("AWS Notifications", color=GRAY)
    card.text(message[1], bold=True)
    card.rule()
    for line in message[2].splitlines():
        indent = len(line) - len(line.lstrip())
        for part in textwrap.wrap(
            line, COLUMNS, subsequent_indent=" " * indent, break_long_words=False, break_on_hyphens=False
        ) or [""]:
            card.text(part, mono=True)
    return card.svg("What the watch writes when a form was denied")


@dataclass
class Card:
    """A white card with lines of text."""

    _parts: list[str] = field(default_factory=list)
    _bottom: int = 12

    def text(
        self, text: str, *, fill: str | None = None, color: str = TEXT, bold: bool = False, mono: bool = False
    ) -> None:
        """Add a line.

        Args:
            text: Its text.
            fill: The color behind it. If omitted: the card's.
            color: The color of the text. If omitted: nearly black.
            bold: Whether it is bold. If omitted: no.
            mono: Whether each character is equally wide. If omitted: no.
        """
        if fill:
            self._parts.append(f'<rect x="1" y="{self._bottom}" width="{WIDTH - 2}" height="{LINE}" fill="{fill}"/>')
        style = (
            f' class="{" ".join(name for name, on in (("bold", bold), ("mono", mono)) if on)}"' if bold or mono else ""
        )
        place = f'x="16" y="{self._bottom + 14}"'
        self._parts.append(f'<text {place}{style} fill="{color}" xml:space="preserve">{escape(text)}</text>')
        self._bottom += LINE

    def rule(self) -> None:
        """Add a line from side to side."""
        y = self._bottom + 6
        self._parts.append(f'<line x1="0" x2="{WIDTH}" y1="{y}" y2="{y}" stroke="{BORDER}"/>')
        self._bottom += 14

    def note(self, title: str, message: str, *, color: str) -> None:
        """Add a box with a title and a message.

        Args:
            title: What it is.
            message: Its text, which is wrapped.
            color: The color of its border and title.
        """
        lines = textwrap.wrap(message, COLUMNS - 6, break_on_hyphens=False)
        top, height = self._bottom + 6, (len(lines) + 1) * LINE + 12
        self._parts.append(
            f'<rect x="48" y="{top}" width="{WIDTH - 64}" height="{height}" rx="6" fill="#ffffff" stroke="{color}"/>'
        )
        for number, line in enumerate((title, *lines)):
            style = f'class="bold" fill="{color}"' if not number else f'fill="{TEXT}"'
            self._parts.append(f'<text x="62" y="{top + 20 + number * LINE}" {style}>{escape(line)}</text>')
        self._bottom += height + 14

    def svg(self, title: str) -> str:
        """The picture.

        Args:
            title: What it shows.
        """
        height = self._bottom + 12
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">',
                f"<title>{escape(title)}</title>",
                "<style>",
                "text { font: 14px Helvetica, Arial, sans-serif; }",
                ".bold { font-weight: bold; }",
                ".mono { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }",
                "</style>",
                f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8" fill="#ffffff" stroke="{BORDER}"/>',
                *self._parts,
                "</svg>\n",
            ]
        )


def main() -> None:
    """Draw the pictures."""
    for name, content in pictures().items():
        (IMAGES / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
