"""Stacks in moto's CloudFormation, as a deployment leaves them. moto cannot deploy our resource types itself."""

import json
from datetime import datetime, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from moto.cloudformation.models import cloudformation_backends

ACCOUNT = "123456789012"


def deploy(
    physical_ids: dict[str, str] | None = None, *, name: str = "Sms", region: str = "us-east-1", template: Any = None
) -> None:
    """Put a stack into CloudFormation.

    Args:
        physical_ids: The physical IDs of its resources, by logical ID. If omitted: it has none.
        name: Its name.
        region: Its Region.
        template: Its template. If omitted: the one in cdk.out, or one without resources if there is none.
    """
    file = Path(f"cdk.out/{name}.template.json")
    body = json.dumps(template) if template else file.read_text() if file.exists() else '{"Resources": {}}'
    types = {logical_id: each["Type"] for logical_id, each in json.loads(body)["Resources"].items()}
    cloudformation_backends[ACCOUNT][region].stacks[name] = SimpleNamespace(
        name=name,
        template=body,
        creation_time=datetime(2026, 1, 1, tzinfo=timezone.utc),
        stack_resources=[
            SimpleNamespace(
                logical_resource_id=logical_id,
                physical_resource_id=physical_id,
                cf_resource_type=types.get(logical_id, ""),
            )
            for logical_id, physical_id in (physical_ids or {}).items()
        ],
    )


def remove(name: str = "Sms", *, region: str = "us-east-1") -> None:
    """Delete a stack; what it retains stays."""
    del cloudformation_backends[ACCOUNT][region].stacks[name]
