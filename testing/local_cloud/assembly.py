"""What a synthesized app says about where it is deployed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_ENVIRONMENT = re.compile(r"aws://(\d{12}|unknown-account)/([a-z0-9-]+)")


class Place(NamedTuple):
    """An account and a Region."""

    account: str
    region: str

    def __str__(self) -> str:
        return f"aws://{self.account}/{self.region}"


def places(folder: Path, default: Place) -> list[Place]:
    """Return the accounts and Regions of the stacks of a cloud assembly, also of its nested assemblies.

    Args:
        folder: The folder of the assembly.
        default: The account and the Region of stacks that name none.
    """
    return list(dict.fromkeys(_places(folder, default)))


def _places(folder: Path, default: Place) -> Iterator[Place]:
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        return
    for artifact in json.loads(manifest.read_text(encoding="utf-8")).get("artifacts", {}).values():
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _places(folder / artifact["properties"]["directoryName"], default)
        found = _ENVIRONMENT.fullmatch(artifact.get("environment", ""))
        if artifact["type"] == "aws:cloudformation:stack" and found:
            account, region = found.groups()
            yield Place(
                default.account if account == "unknown-account" else account,
                default.region if region == "unknown-region" else region,
            )


def elsewhere(folder: Path, here: Place) -> str:
    """Say that an app is deployed to another account or Region than a command uses, and which options choose that.

    Args:
        folder: The folder of the assembly.
        here: The account and the Region that the command uses.

    Returns:
        One sentence; empty if a stack of the app is there, or if there is no assembly.
    """
    found = places(folder, here)
    if not found or here in found:
        return ""
    options = " or ".join(f"--account {place.account} --region {place.region}" for place in found)
    return f"this uses {here}, and the app in {folder.name} is deployed elsewhere: for that, give {options} before any `--`"


def output_folder(cwd: Path) -> Path:
    """Return the folder that the CDK CLI synthesizes an app into: `output` of cdk.json, or else cdk.out."""
    settings = cwd / "cdk.json"
    configured = json.loads(settings.read_text(encoding="utf-8")).get("output") if settings.is_file() else None
    return cwd / str(configured or "cdk.out")
