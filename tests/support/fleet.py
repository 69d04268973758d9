"""Tenants for `examples/fleet`, as many as are needed."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def tenants(
    count: int, *, regions: Sequence[str] = ("us-east-1", "us-west-2"), vetted: int = 0, per_stack: int = 80
) -> list[dict[str, Any]]:
    """Entries of the tenants' file, spread evenly over Regions.

    Args:
        count: How many.
        regions: The Regions.
        vetted: How many of them have their brand vetted.
        per_stack: How many a stack has.
    """
    return [
        {
            "name": f"tenant-{number:04}",
            "region": regions[number % len(regions)],
            "stack": nth // per_stack + 1,
            "company": f"Company {number:04} LLC",
            "tax_id": str(100_000_000 + number),
            "address": f"{number + 1} Main Street",
            "city": "Portland",
            "state": "OR",
            "zip_code": "97204",
            "website": f"https://www.tenant-{number:04}.example.com",
            "support_email": f"help@tenant-{number:04}.example.com",
            "support_phone": f"+1503555{number:04}",
            "vertical": "EDUCATION",
            "services": "music lessons",
            "vetting": nth * vetted // count != (nth + 1) * vetted // count,
        }
        for number, nth in ((each, each // len(regions)) for each in range(count))
    ]


def synthesized(entries: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Synthesize the example with these tenants, in a process of its own, and return the cloud assembly."""
    file = folder / "tenants.yaml"
    file.write_text(json.dumps(entries), encoding="utf-8")  # JSON is YAML
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(folder / "cdk.out"),
        "CDK_CONTEXT_JSON": json.dumps(
            {**json.loads((ROOT / "cdk.json").read_text())["context"], "tenants": str(file)}
        ),
        "CDK_VALIDATION": "false",
    }
    subprocess.run([sys.executable, str(ROOT / "examples/fleet/app.py")], env=environment, check=True)
    return folder / "cdk.out"
