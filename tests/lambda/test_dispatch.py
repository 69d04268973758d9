"""Which events are handled, and which ones CloudFormation no longer waits for."""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from support.handler_help import PROPERTIES, live_ids, succeeded


def without_date(event: dict[str, Any]) -> dict[str, Any]:
    """The event with a URL that does not say when it was signed, as an older signature does not."""
    return {**event, "ResponseURL": event["ResponseURL"].replace("X-Amz-Date", "Date")}


def shown_late(stack: CloudFormation, logical_id: str, status: str, monkeypatch: pytest.MonkeyPatch, asks: int) -> None:
    """Show the resource's former status the first few times, as CloudFormation may when it has just sent an event."""
    describe, left = stack.describe, [asks]

    def late(operation: str, name: str | None) -> tuple[int, dict[str, Any]]:
        if operation != "DescribeStackResource" or left[0] <= 0:
            return describe(operation, name)
        left[0] -= 1
        resource = stack.resources[logical_id]
        now, resource.status = resource.status, status
        try:
            return describe(operation, name)
        finally:
            resource.status = now

    monkeypatch.setattr(stack, "describe", late)


@pytest.mark.parametrize("asks", [0, 1, 3])
@pytest.mark.fault(10)
def test_first_delivery_of_unknown_age_gets_a_response(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch, asks: int
) -> None:
    registration_id = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    stack.stack_status = stack.resources["TollFree"].status = "UPDATE_IN_PROGRESS"
    tagged = {**PROPERTIES, "Tags": [{"Key": "team", "Value": "growth"}]}
    event = stack.event("Update", properties=tagged, old=PROPERTIES, physical_id=registration_id)
    shown_late(stack, "TollFree", "CREATE_COMPLETE", monkeypatch, asks)

    put = stack.deliver(without_date(event))

    assert put is not None
    succeeded(put.response)
    assert {"Key": "team", "Value": "growth"} in fake.tag_list(fake.registration(registration_id).registration_arn)


@pytest.mark.fault(10)
def test_first_create_of_unknown_age_gets_a_response(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The resource was deleted before, and is created again."""
    succeeded(stack.create(PROPERTIES))
    succeeded(stack.delete())
    stack.stack_status = "UPDATE_IN_PROGRESS"
    stack.resources["TollFree"].status = "CREATE_IN_PROGRESS"
    shown_late(stack, "TollFree", "DELETE_COMPLETE", monkeypatch, 2)

    put = stack.deliver(without_date(stack.event("Create", properties=PROPERTIES)))

    assert put is not None
    assert live_ids(fake) == {succeeded(put.response)["PhysicalResourceId"]}


@pytest.mark.fault(10)
def test_late_delivery_of_unknown_age_gets_none(stack: CloudFormation, fake: Any, time: Any) -> None:
    event = stack.event("Create", properties=PROPERTIES)
    stack.resources["TollFree"].status = "DELETE_COMPLETE"
    began = time.time()

    assert stack.deliver(without_date(event)) is None
    assert not fake.live_registrations()
    assert time.time() - began >= 60
