"""The function is killed before and after every API call of every scenario. Lambda delivers again, or the request is abandoned.

Afterwards there is exactly one registration for the logical resource that CloudFormation knows, or none after a rollback or a
Delete. DeleteRegistration is never called with an ID that the service did not issue.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from moto_sms_voice.exceptions import InternalServerException
from sms_registration_contract.cloudformation import CloudFormation, Killed
from support.handler_help import OTHER_TYPE, PROPERTIES, live_ids, made_by_hand, nested, succeeded


def create(stack: CloudFormation) -> None:
    stack.create(PROPERTIES)


def replace(stack: CloudFormation) -> None:
    stack.update(OTHER_TYPE)


def retag(stack: CloudFormation) -> None:
    stack.update({**PROPERTIES, "Tags": [{"Key": "a", "Value": "1"}]})


def delete(stack: CloudFormation) -> None:
    stack.delete()


SCENARIOS: dict[str, tuple[bool, Callable[[CloudFormation], None]]] = {
    "create": (False, create),
    "retag": (True, retag),
    "replace": (True, replace),
    "delete": (True, delete),
}

OPERATIONS = [
    "CreateRegistration",
    "DeleteRegistration",
    "DescribeRegistrations",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
]


def known_ids(stack: CloudFormation) -> set[str]:
    """Return the physical IDs that CloudFormation considers existing."""
    return {
        resource.physical_id
        for resource in stack.resources.values()
        if resource.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_FAILED")
    }


def check_no_garbage_was_deleted(fake: Any, issued: set[str]) -> None:
    for call in fake.calls_to("DeleteRegistration"):
        assert call.parameters["RegistrationId"] in issued


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("token", ["remembered", "forgotten"])
@pytest.mark.fault(3, 33, 73)
def test_killed_at_a_call_and_redelivered(
    stack: CloudFormation, fake: Any, scenario: str, operation: str, when: Any, nth: int, token: str
) -> None:
    """Lambda delivers the event again. The result is the same as without the interruption."""
    from datetime import timedelta

    if token == "forgotten":
        fake.configure(client_token_retention=timedelta(0))
    prepared, act = SCENARIOS[scenario]
    if prepared:
        create(stack)
    fake.inject(operation, when=when, error=Killed, nth=nth)
    act(stack)
    assert live_ids(fake) == known_ids(stack)
    assert len(live_ids(fake)) == (0 if scenario == "delete" else 1)
    assert all(response["Status"] == "SUCCESS" for response in stack.endpoint.responses)
    check_no_garbage_was_deleted(fake, {each.registration_id for each in fake.store.registrations.values()})


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("scenario", ["create", "retag", "replace"])
@pytest.mark.fault(3, 13)
def test_killed_at_a_call_in_every_delivery(
    stack: CloudFormation, fake: Any, scenario: str, operation: str, when: Any
) -> None:
    """Every delivery is killed at the same call until CloudFormation abandons the request. The rollback is not interrupted."""
    prepared, act = SCENARIOS[scenario]
    if prepared:
        create(stack)
    original = live_ids(fake)
    fake.inject(operation, when=when, error=Killed, times=3)
    act(stack)
    assert live_ids(fake) == known_ids(stack)
    if stack.stack_status == "UPDATE_ROLLBACK_COMPLETE":
        assert live_ids(fake) == original, "the rollback returns to the original"


@pytest.mark.parametrize("lost", ["CreateRegistration", "TagResource"])
@pytest.mark.parametrize("scenario", ["create", "replace"])
@pytest.mark.fault(33)
def test_lost_service_response_creates_only_one(stack: CloudFormation, fake: Any, scenario: str, lost: str) -> None:
    from moto_sms_voice.exceptions import InternalServerException

    prepared, act = SCENARIOS[scenario]
    if prepared:
        create(stack)
    fake.inject(lost, when="after", error=InternalServerException, times=2)
    act(stack)
    assert len(live_ids(fake)) == 1
    assert live_ids(fake) == known_ids(stack)


def cancel(stack: CloudFormation) -> None:
    """Another resource failed: first CREATE_FAILED, then a Delete with a physical ID that CloudFormation invented."""
    resource = stack.resources["TollFree"]
    resource.status, resource.physical_id = "CREATE_FAILED", stack.generated_id("TollFree")
    stack.stack_status = "ROLLBACK_IN_PROGRESS"
    resource.status = "DELETE_IN_PROGRESS"
    event = stack.event("Delete", properties=PROPERTIES, physical_id=resource.physical_id)
    response = nested(stack, event)
    assert response["Status"] == "SUCCESS"
    assert response["PhysicalResourceId"] == resource.physical_id
    resource.status = "DELETE_COMPLETE"


@pytest.mark.parametrize("age", [0, 90])
@pytest.mark.parametrize("position", range(8))
@pytest.mark.fault(9)
def test_canceled_while_create_runs(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch, position: int, age: float
) -> None:
    """The Delete arrives just before the request number `position` of the running Create."""
    from sms_registration_contract.cloudformation import Resource

    stack.resources["TollFree"] = Resource(PROPERTIES, status="CREATE_IN_PROGRESS")
    perform, seen = fake.perform, []

    def interrupted(operation: str, parameters: dict[str, Any]) -> object:
        seen.append(operation)
        if len(seen) == position + 1 and stack.resources["TollFree"].status == "CREATE_IN_PROGRESS":
            cancel(stack)
        return perform(operation, parameters)

    monkeypatch.setattr(fake, "perform", interrupted)
    put = stack.deliver(stack.event("Create", properties=PROPERTIES, age=age))
    if stack.resources["TollFree"].status == "CREATE_IN_PROGRESS":  # the Create had fewer requests
        seen.clear()
        monkeypatch.setattr(fake, "perform", perform)
        cancel(stack)
    assert put is not None
    assert live_ids(fake) == set()


@pytest.mark.parametrize("position", [0, 1])
@pytest.mark.fault(9)
def test_canceled_before_the_new_registration_is_visible(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch, position: int
) -> None:
    fake.configure(describes_until_visible=1)
    test_canceled_while_create_runs(stack, fake, monkeypatch, position, age=0)


@pytest.mark.fault(4, 13)
def test_lost_response_and_forgotten_token_leave_one(stack: CloudFormation, fake: Any) -> None:
    fake.configure(client_token_retention=timedelta(0))
    fake.inject("CreateRegistration", error=InternalServerException, when="after")
    response = succeeded(stack.create(PROPERTIES))
    assert live_ids(fake) == {response["PhysicalResourceId"]}
    assert len(fake.calls_to("CreateRegistration")) == 2


@pytest.mark.fault(10)
def test_create_is_redelivered_after_it_was_abandoned(stack: CloudFormation, fake: Any) -> None:
    from sms_registration_contract.cloudformation import Resource

    stack.resources["TollFree"] = Resource(PROPERTIES, status="CREATE_IN_PROGRESS")
    event = stack.event("Create", properties=PROPERTIES)
    fake.inject("TagResource", error=Killed)
    with pytest.raises(Killed):
        stack.deliver(event)
    assert len(live_ids(fake)) == 1
    cancel(stack)
    assert live_ids(fake) == set()
    stack.clock.passed += 120
    assert stack.deliver(event) is None
    assert live_ids(fake) == set()
    assert len(fake.calls_to("CreateRegistration")) == 1


@pytest.mark.parametrize("denied", [False, True])
@pytest.mark.fault(10, 11)
def test_event_older_than_its_service_timeout_fails(stack: CloudFormation, fake: Any, denied: bool) -> None:
    stack.denied = denied
    stack.endpoint.behave = lambda put: 403  # its ResponseURL has expired too
    stack.deliver(stack.event("Create", properties=PROPERTIES, age=70 * 60))
    assert fake.calls == []
    assert stack.endpoint.responses[0]["Status"] == "FAILED"


@pytest.mark.parametrize("position", range(6))
@pytest.mark.fault(2)
def test_overlapping_copies_of_a_create(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch, position: int
) -> None:
    """A second delivery of the same Create runs completely in the middle of the first."""
    from sms_registration_contract.cloudformation import Resource

    stack.resources["TollFree"] = Resource(PROPERTIES, status="CREATE_IN_PROGRESS")
    event = stack.event("Create", properties=PROPERTIES)
    perform, seen, inner = fake.perform, [], []

    def interrupted(operation: str, parameters: dict[str, Any]) -> object:
        seen.append(operation)
        if len(seen) == position + 1:
            inner.append(nested(stack, event))
        return perform(operation, parameters)

    monkeypatch.setattr(fake, "perform", interrupted)
    put = stack.deliver(event)
    assert put is not None
    assert all(response == put.response for response in inner)
    assert live_ids(fake) == {put.response["PhysicalResourceId"]}


def test_registrations_of_others_are_not_swept(stack: CloudFormation, fake: Any) -> None:
    by_hand = made_by_hand(fake)
    other = CloudFormation(stack.endpoint, stack.clock, stack.handler, "Other")
    put = stack.deliver(other.event("Create", properties=PROPERTIES))
    assert put is not None
    theirs = put.response["PhysicalResourceId"]
    put = stack.deliver(stack.event("Delete", properties=PROPERTIES, physical_id=stack.generated_id("TollFree")))
    assert put is not None
    assert live_ids(fake) == {by_hand, theirs}
