"""A synthesized app in `cdk.out`, as the CDK writes it."""

import json
from pathlib import Path
from typing import Any

from support.fake_help import BRAND


def assembly(
    resources: dict[str, Any], *, name: str = "Sms", region: str = "unknown-region", outputs: Any = None
) -> None:
    """Add a stack to cdk.out."""
    folder = Path("cdk.out")
    folder.mkdir(exist_ok=True)
    manifest_file = folder / "manifest.json"
    manifest = json.loads(manifest_file.read_text()) if manifest_file.exists() else {"artifacts": {}}
    manifest["artifacts"][name] = {
        "type": "aws:cloudformation:stack",
        "environment": f"aws://unknown-account/{region}",
        "properties": {"templateFile": f"{name}.template.json"},
    }
    manifest_file.write_text(json.dumps(manifest))
    template = {"Resources": resources, "Outputs": outputs or {}}
    (folder / f"{name}.template.json").write_text(json.dumps(template))


def registration(kind: str = BRAND, **more: Any) -> dict[str, Any]:
    """A registration."""
    return {"Type": "Custom::SmsRegistration", "Properties": {"RegistrationType": kind, **more}}


def form(target: Any, fields: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The form of a registration."""
    properties = {"RegistrationId": target, "Fields": fields, **more}
    return {"Type": "Custom::SmsRegistrationForm", "Properties": properties}


PHONE_NUMBER: dict[str, Any] = {"Type": "AWS::SMSVOICE::PhoneNumber", "Properties": {}}
