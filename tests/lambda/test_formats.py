"""Replays the properties of every released format against the current code, and properties of future formats."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_handler.aws import reads
from support.form_help import FORM
from support.handler_help import BRAND, made_by_hand, succeeded

FORMATS = {
    path.stem: json.loads(path.read_text()) for path in sorted((Path(__file__).parent / "formats").glob("*.json"))
}
"""What each release's constructs wrote, as CloudFormation sends it. Add a file for a new format. Never change a file."""

REGISTRATION, ATTACHMENT = "Custom::SmsRegistration", "Custom::SmsRegistrationAttachment"
CASES = [
    pytest.param(resource_type, properties, id=f"format {number}: {resource_type.partition('::')[2]} {position}")
    for number, format_ in FORMATS.items()
    for resource_type, examples in format_.items()
    for position, properties in enumerate(examples)
]
FUTURE = {"FromTheFuture": {"a": ["1", {"b": "true"}]}, "Format": "7", "AnotherFlag": "perhaps"}


@pytest.fixture
def localized(stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Create what the examples refer to. Returns a function that inserts the IDs of this stack into properties."""

    class Client:
        def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
            return {"Body": io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 64)}

        def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
            return {"SecretString": "WA" if "state" in SecretId else '{"ein": "123456789"}'}

        def get_parameter(self, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803
            return {"Parameter": {"Value": "Seattle"}}

    monkeypatch.setattr(reads, "client", lambda service: Client())
    existing = made_by_hand(fake, BRAND)
    return lambda properties: json.loads(json.dumps(properties).replace("EXISTING", existing))


@pytest.mark.fault(29)
@pytest.mark.parametrize("more", [{}, FUTURE], ids=["as released", "with future properties"])
@pytest.mark.parametrize(("resource_type", "properties"), CASES)
def test_every_released_format_is_accepted(
    stack: CloudFormation,
    fake: Any,
    localized: Any,
    resource_type: str,
    properties: dict[str, Any],
    more: dict[str, Any],
) -> None:
    stack.types["It"] = resource_type
    declared = localized({**properties, **more})
    created = succeeded(stack.create(declared, "It"))
    if resource_type == FORM:
        expected = "SUBMITTED" if properties.get("Submit") == "true" else "DRAFT"
        assert created["Data"]["VersionStatus"] == expected
    before = len(fake.writes)

    updated = succeeded(stack.update(localized(properties), "It"))

    assert updated["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert fake.writes[before:] == [], "an upgrade changes nothing that is deployed"
    succeeded(stack.delete("It"))


@pytest.mark.fault(29, 59)
@pytest.mark.parametrize("resource_type", [REGISTRATION, FORM, ATTACHMENT])
def test_rollback_and_delete_accept_newer_properties(
    stack: CloudFormation, fake: Any, localized: Any, resource_type: str
) -> None:
    """A rollback reverts the function first, so the function is older than the properties that it then receives."""
    stack.types["It"] = resource_type
    now = localized(FORMATS["1"][resource_type][0])
    newer = {name: {"NewShape": ["x"]} for name in now}
    created = succeeded(stack.create(now, "It"))

    rolled_back = succeeded(stack.roll_back("It", newer, now))
    assert rolled_back["PhysicalResourceId"] == created["PhysicalResourceId"]
    stack.resources["It"].properties = newer
    succeeded(stack.delete("It"))
