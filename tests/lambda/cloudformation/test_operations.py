"""Which operation sent a request, and what follows when times say something else."""

from typing import Any

import pytest

from sms_registration_contract.virtual_time import VirtualTime
from sms_registration_handler.cloudformation import operations
from sms_registration_handler.cloudformation.event import Event
from sms_registration_handler.cloudformation.stack import Standing
from support.asked_stack import SENT, Asked, at, resource

UPDATE, BACK, NEXT = "update", "rollback", "next"
TYPES = {UPDATE: "UPDATE_STACK", BACK: "ROLLBACK", NEXT: "UPDATE_STACK", "change set": "CREATE_CHANGESET"}


def stack_in(status: str, *newest_first: str) -> dict[str, Any]:
    listed = [{"OperationType": TYPES[each], "OperationId": each} for each in newest_first]
    return {"Stacks": [{"StackStatus": status, "LastUpdatedTime": at(0.0), "LastOperations": listed}]}


def begun(
    operation: str, seconds: float, status: str = "UPDATE_IN_PROGRESS", logical_id: str = "TollFree"
) -> dict[str, Any]:
    return {
        "LogicalResourceId": logical_id,
        "ResourceStatus": status,
        "OperationId": operation,
        "Timestamp": at(seconds),
    }


def history(*newest_first: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"StackEvents": list(newest_first)}]


@pytest.mark.parametrize(
    ("status", "listed", "expected"),
    [
        ("UPDATE_IN_PROGRESS", [UPDATE], UPDATE),
        ("UPDATE_ROLLBACK_IN_PROGRESS", [BACK, UPDATE], BACK),
        ("UPDATE_IN_PROGRESS", ["change set", UPDATE], UPDATE),
        ("UPDATE_IN_PROGRESS", ["change set"], None),
        ("UPDATE_IN_PROGRESS", [], None),
        ("UPDATE_ROLLBACK_IN_PROGRESS", [UPDATE, BACK], None),  # the type contradicts the status
        ("UPDATE_IN_PROGRESS", [BACK, UPDATE], None),
    ],
)
def test_newest_operation(status: str, listed: list[str], expected: str | None) -> None:
    assert operations.newest(stack_in(status, *listed)["Stacks"][0]) == expected


def event_of(request_type: str, sent_at: float | None = SENT) -> Event:
    return Event(request_type, "", "", "", "TollFree", "", "", {}, {}, sent_at, 3600)


@pytest.mark.parametrize(
    ("request_type", "events", "expected"),
    [
        ("Update", [begun(UPDATE, 0.0)], (UPDATE, UPDATE)),
        ("Update", [begun(UPDATE, 0.9), begun("earlier", 0.2)], (UPDATE, UPDATE)),
        ("Update", [begun(BACK, 3.0), begun(UPDATE, 0.5)], (UPDATE, BACK)),
        ("Update", [begun(BACK, 3.0), begun(UPDATE, 30.0, logical_id="Other"), begun(UPDATE, 1.5)], (UPDATE, BACK)),
        ("Update", [begun("earlier", -1.5)], None),  # its own beginning is not listed yet
        ("Update", [begun(UPDATE, -1.0)], (UPDATE, UPDATE)),  # the request's time has whole seconds
        ("Update", [begun(UPDATE, 5.0), begun("another", 0.5, logical_id="Other")], (UPDATE, UPDATE)),
        ("Update", [begun("", 50.0), begun(UPDATE, 0.0)], None),
        ("Update", [begun(UPDATE, 0.0, "UPDATE_COMPLETE"), begun(UPDATE, 0.0, "DELETE_IN_PROGRESS")], None),
        ("Create", [begun(BACK, 3.0, "DELETE_IN_PROGRESS"), begun(UPDATE, 0.0, "CREATE_IN_PROGRESS")], (UPDATE, BACK)),
        ("Create", [begun(UPDATE, 0.0)], (UPDATE, UPDATE)),
        ("Delete", [begun(BACK, 0.0, "DELETE_IN_PROGRESS")], (BACK, BACK)),
        ("Update", [{**begun(UPDATE, 0.0), "OperationId": None}], None),
        ("Update", [], None),
    ],
)
def test_operation_of_a_request(request_type: str, events: list[Any], expected: tuple[str, str] | None) -> None:
    assert operations.of_request(event_of(request_type), events) == expected
    assert operations.of_request(event_of(request_type, None), events) is None


def test_resource_that_seems_later_is_current_in_the_same_operation(time: VirtualTime) -> None:
    """LastUpdatedTimestamp moved while CloudFormation waited."""
    answers, stacks = [resource("UPDATE_IN_PROGRESS", 400.0)], [stack_in("UPDATE_IN_PROGRESS", UPDATE)]
    asked = Asked(time, "Update", answers, stacks, describe_stack_events=history(begun(UPDATE, 0.0)))
    assert asked.stack.standing() is Standing.CURRENT


@pytest.mark.parametrize(
    ("status", "newest", "expected"),
    [("UPDATE_ROLLBACK_IN_PROGRESS", BACK, Standing.ABANDONED), ("UPDATE_IN_PROGRESS", NEXT, Standing.ENDED)],
)
def test_update_that_begins_after_a_later_operation_is_not_a_part_of_it(
    time: VirtualTime, status: str, newest: str, expected: Standing
) -> None:
    """LastUpdatedTimestamp did not move, and the status is the same for both."""
    events = history(begun(newest, 60.0), begun(UPDATE, 0.0))
    stacks = [stack_in(status, newest, UPDATE)]
    asked = Asked(time, "Update", [resource("UPDATE_IN_PROGRESS", 0.0)], stacks, describe_stack_events=events)
    assert asked.stack.is_rolling_back() is False
    assert asked.stack.standing() is expected


def test_update_of_a_rollback_is_a_part_of_it(time: VirtualTime) -> None:
    events = history(begun(BACK, 0.0), begun(UPDATE, -60.0))
    stacks = [stack_in("UPDATE_ROLLBACK_IN_PROGRESS", BACK, UPDATE)]
    asked = Asked(time, "Update", [resource("UPDATE_IN_PROGRESS", 0.0)], stacks, describe_stack_events=events)
    assert asked.stack.is_rolling_back() is True
    assert asked.stack.standing() is Standing.CURRENT


@pytest.mark.parametrize(
    ("newest", "sent_seconds_before", "expected"),
    [(UPDATE, 300.0, Standing.RESPONDED), (NEXT, 0.0, Standing.ENDED)],
)
def test_response_is_that_of_the_last_deployment_by_its_operation(
    time: VirtualTime, newest: str, sent_seconds_before: float, expected: Standing
) -> None:
    """Also if LastUpdatedTime says otherwise."""
    stack = stack_in("UPDATE_COMPLETE", newest)
    stack["Stacks"][0]["LastUpdatedTime"] = at(sent_seconds_before)
    events = history(begun(newest, 60.0, "UPDATE_COMPLETE", "Other"), begun(UPDATE, 0.0))
    asked = Asked(time, "Update", [resource("UPDATE_COMPLETE", 0.0)], [stack], describe_stack_events=events)
    assert asked.stack.standing() is expected


@pytest.mark.parametrize(("newest", "expected"), [(UPDATE, False), (NEXT, True)])
def test_delete_of_a_cleanup_is_of_its_own_operation(time: VirtualTime, newest: str, expected: bool) -> None:
    stack = stack_in("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", newest)
    stack["Stacks"][0]["LastUpdatedTime"] = at(100.0 if newest == UPDATE else 0.0)
    events = history(begun(newest, 60.0, "UPDATE_COMPLETE", "Other"), begun(UPDATE, 0.0, "DELETE_IN_PROGRESS"))
    answers = [resource("UPDATE_COMPLETE", 0.0, "id")]
    asked = Asked(time, "Delete", answers, [stack], physical_id="id", describe_stack_events=events)
    assert asked.stack.is_superseded_delete() is expected


def test_lists_that_disagree_about_the_newest_operation_decide_nothing(time: VirtualTime) -> None:
    """If the order of LastOperations is not the expected one, the times decide."""
    events = history(begun(NEXT, 0.0), begun(UPDATE, -60.0))
    stacks = [stack_in("UPDATE_IN_PROGRESS", UPDATE, NEXT)]
    asked = Asked(time, "Update", [resource("UPDATE_IN_PROGRESS", 0.0)], stacks, describe_stack_events=events)
    assert asked.stack.standing() is Standing.CURRENT
