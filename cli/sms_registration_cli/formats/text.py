"""For people: `file:line:column`, which terminals and editors turn into links."""

from __future__ import annotations

import click

from sms_registration_cli.checking.checker import Checked
from sms_registration_cli.checking.issue import Issue

_COLORS = {"error": "red", "warning": "yellow"}


def render(checked: Checked) -> str:
    """One line an issue, and a summary. Click removes the colors where the output is piped."""
    lines = [_line(issue) for issue in checked.issues]
    files = f"{len(checked.files)} file{'' if len(checked.files) == 1 else 's'}"
    if not lines:
        return f"{files}: no errors, and nothing that AWS publishes a denial for.\n"
    counts = [
        f"{number} {word}{'' if number == 1 else 's'}"
        for number, word in ((checked.errors, "error"), (checked.warnings, "warning"))
        if number
    ]
    return "\n".join([*lines, f"{files}: {', '.join(counts)}."]) + "\n"


def _line(issue: Issue) -> str:
    place = click.style(f"{issue.file}:{issue.line}:{issue.column}:", bold=True)
    severity = click.style(f"{issue.severity}:", fg=_COLORS[issue.severity])
    rule = f" [{issue.rule}]" if issue.severity == "warning" else ""
    return f"{place} {severity} {issue.message}{click.style(rule, dim=True)}"
