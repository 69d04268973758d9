"""Snapshots of the live definitions, which `sms-registration snapshot` saves beside cdk.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aws_cdk as cdk

DEFINITIONS_CONTEXT = "cdk-sms-registration:definitions"
"""The key of the context that names another folder than ``sms-registration-definitions`` beside cdk.json."""


def definitions(registration_type: str, stack: cdk.Stack) -> Sequence[Mapping[str, Any]] | None:
    """The definitions of a type's fields; None if there is no snapshot of the type.

    Args:
        registration_type: The type.
        stack: A stack of the app, whose context may name the folder.

    Raises:
        ValueError: The context names no folder, or the file is not a snapshot.
    """
    from sms_registration_rules.snapshots import default_folder, load

    named = stack.node.try_get_context(DEFINITIONS_CONTEXT)
    if named is None:
        folder = default_folder()
    elif isinstance(named, str) and Path(named).is_dir():
        folder = Path(named)
    else:
        raise ValueError(
            f"context {DEFINITIONS_CONTEXT!r}: got {named!r}, expected a folder with snapshots; make it with: "
            "sms-registration snapshot --definitions FOLDER TYPE"
        )
    snapshot = load(folder, registration_type)
    return None if snapshot is None else snapshot.fields
