"""A resource whose Create failed without a rollback: the next deployment deletes it and creates it again, as part of an update.

Which status CloudFormation shows meanwhile is not documented: CREATE_IN_PROGRESS as in the first attempt, UPDATE_IN_PROGRESS as
for other replacements, or for some seconds still the CREATE_FAILED of the first attempt.
"""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from support.handler_help import PROPERTIES, live_ids, succeeded


@pytest.fixture
def again(stack: CloudFormation, fake: Any) -> dict[str, Any]:
    """The second Create, after the first one failed and was deleted in a later deployment."""
    failed = stack.event("Create", properties={"RegistrationType": "NO_SUCH_TYPE"})
    stack.deliver(failed)
    stack.resources["TollFree"].status = "CREATE_FAILED"
    stack.clock.passed += 3600
    stack.stack_status = "UPDATE_IN_PROGRESS"
    marker = f"not-created:TollFree:{failed['RequestId']}"
    succeeded(stack.invoke(stack.event("Delete", properties=PROPERTIES, physical_id=marker)))
    assert not fake.live_registrations()
    stack.resources["TollFree"].status = "CREATE_IN_PROGRESS"
    return stack.event("Create", properties=PROPERTIES)


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"])
@pytest.mark.parametrize("late", [0, 100])
@pytest.mark.fault(71)
def test_second_create_gets_a_response(
    stack: CloudFormation, fake: Any, again: dict[str, Any], status: str, late: float
) -> None:
    """In its first delivery, and in the next one, after a crash or for lack of time."""
    stack.resources["TollFree"].status = status
    stack.clock.passed += late

    put = stack.deliver(again)

    assert put is not None
    assert live_ids(fake) == {succeeded(put.response)["PhysicalResourceId"]}


@pytest.mark.fault(71)
def test_the_former_failure_is_not_taken_for_a_cancellation(
    stack: CloudFormation, fake: Any, again: dict[str, Any]
) -> None:
    stack.resources["TollFree"].status = "CREATE_FAILED"
    stack.sent_times["TollFree"] -= 3600  # as of the first attempt

    put = stack.deliver(again)

    assert put is not None
    assert live_ids(fake) == {succeeded(put.response)["PhysicalResourceId"]}


@pytest.mark.parametrize("status", ["CREATE_FAILED", "UPDATE_FAILED"])
@pytest.mark.fault(71, 9)
def test_a_second_create_that_is_cancelled_leaves_nothing(
    stack: CloudFormation, fake: Any, again: dict[str, Any], monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    perform = fake.perform

    def cancelled(operation: str, parameters: dict[str, Any]) -> object:
        result = perform(operation, parameters)
        if operation == "CreateRegistration":
            stack.resources["TollFree"].status = status
            stack.sent_times["TollFree"] = stack.clock.time()
        return result

    monkeypatch.setattr(fake, "perform", cancelled)
    stack.deliver(again)

    assert not fake.live_registrations()


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"])
@pytest.mark.fault(10)
def test_a_create_that_comes_again_during_a_later_update_gets_none(
    stack: CloudFormation, fake: Any, again: dict[str, Any], status: str
) -> None:
    put = stack.deliver(again)
    assert put is not None
    made = succeeded(put.response)["PhysicalResourceId"]
    resource = stack.resources["TollFree"]
    resource.status, resource.physical_id = status, made
    stack.clock.passed += 120
    if status.startswith("UPDATE"):
        stack.stack_status = "UPDATE_FAILED"
        stack.stack_status = "UPDATE_IN_PROGRESS"
        stack.sent_times["TollFree"] = stack.clock.time() - 60

    assert stack.deliver(again) is None
    assert live_ids(fake) == {made}
