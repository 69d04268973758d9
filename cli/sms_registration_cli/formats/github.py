"""Workflow commands of GitHub Actions: each issue becomes an annotation of the pull request."""

from __future__ import annotations

from sms_registration_cli.checking.checker import Checked
from sms_registration_cli.checking.issue import Issue


def render(checked: Checked) -> str:
    """One `::error` or `::warning` an issue. GitHub shows ten of each kind for a step."""
    return "".join(_command(issue) for issue in checked.issues)


def _command(issue: Issue) -> str:
    properties = {
        "file": issue.file.replace("\\", "/"),
        "line": str(issue.line),
        "col": str(issue.column),
        "title": issue.rule,
    }
    parts = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{issue.severity} {parts}::{_data(issue.message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
