"""One thing that is wrong with a form, at its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]

FORM_FILE, DEFINITION = "form-file", "definition"
"""Rule IDs of errors: the file cannot be read as a form, or the service would refuse a value."""


@dataclass(frozen=True)
class Issue:
    """Something to correct.

    Attributes:
        severity: "error": the service would refuse it. "warning": a reviewer may deny it.
        rule: `form-file`, `definition`, or `denial/` and the rule's ID.
        file: The form file, as the user named it.
        line: The line, from 1; 1 for the file as a whole.
        column: The column, from 1.
        path: The field's path; empty if it is not about one field.
        text: What is wrong. Never a field's value.
        change: What to do; empty where the text says it.
        codes: AWS's codes and titles of the denials that this prevents.
    """

    severity: Severity
    rule: str
    file: str
    line: int
    column: int
    path: str
    text: str
    change: str = ""
    codes: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """Field, problem and change in one line."""
        words = f"{self.text} {self.change}".strip()
        return f"{self.path}: {words}" if self.path else words
