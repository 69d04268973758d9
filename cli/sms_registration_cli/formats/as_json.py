"""For programs."""

from __future__ import annotations

import dataclasses
import json

from sms_registration_cli.checking.checker import Checked


def render(checked: Checked) -> str:
    """An object with the files, the issues and the notes."""
    content = {
        "files": [{"file": file.path, "registrationType": file.registration_type} for file in checked.files],
        "errors": checked.errors,
        "warnings": checked.warnings,
        "issues": [dataclasses.asdict(issue) for issue in checked.issues],
        "notes": list(checked.notes),
    }
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
