"""Which operation sent a request, and what follows when times say something else."""

from typing import Any

import pytest

from sms_registration_contract.virtual_time import VirtualTime
from sms_registration_handler.cloudformation import operations
from sms_registration_handler.cloudformation.event import Event
from sms_registration_handler.cloudformation.stack import Standing
from sms_registration_handler.errors import OutOfTime
from support.asked_stack import DENIED, SENT, Asked, at, error, resource

UPDATE, BACK, NEXT = "update", "rollback", "next"
TYPES = {
    UPDATE: "UPDATE_STACK",
    BACK: "ROLLBACK",
    NEXT: "UPDATE_STACK",
    "change set": "CREATE_CHANGESET",
    "continued": "CONTINUE_ROLLBACK",
}


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
        ("UPDATE_ROLLBACK_IN_PROGRESS", ["continued", BACK], "continued"),
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


# --- when it is asked, and what it is asked ---


IN_PROGRESS, UNTIMED = resource("UPDATE_IN_PROGRESS", 0.0), resource("UPDATE_IN_PROGRESS", None)
"""UNTIMED has no LastUpdatedTimestamp, so that each question about it is asked again."""


def update(
    time: VirtualTime, stacks: list[Any], events: list[Any], *, answer: dict[str, Any] = IN_PROGRESS, **more: Any
) -> Asked:
    return Asked(time, "Update", [answer], stacks, describe_stack_events=events, **more)


def test_operation_of_the_request_is_learned_before_the_newest_one_is_asked_for(time: VirtualTime) -> None:
    """An operation that begins between the two questions must show."""
    asked = update(time, [stack_in("UPDATE_IN_PROGRESS", UPDATE)], history(begun(UPDATE, 0.0)))
    assert asked.stack.standing() is Standing.CURRENT
    assert asked.client.asked == [
        "describe_stack_resource",
        "describe_stacks",
        "describe_stack_events",
        "describe_stacks",
    ]


def test_stack_that_reports_no_operations_needs_no_events(time: VirtualTime) -> None:
    asked = update(time, [stack_in("UPDATE_IN_PROGRESS")], history(begun(UPDATE, 0.0)))
    assert asked.stack.standing() is Standing.CURRENT
    assert "describe_stack_events" not in asked.client.asked


def test_operation_is_learned_once_and_the_newest_one_is_asked_for_each_time(time: VirtualTime) -> None:
    before, after = stack_in("UPDATE_IN_PROGRESS", UPDATE), stack_in("UPDATE_IN_PROGRESS", NEXT, UPDATE)
    asked = update(time, [before, before, after], history(begun(UPDATE, 0.0)), answer=UNTIMED)
    assert asked.stack.standing() is Standing.CURRENT
    assert asked.stack.standing() is Standing.ENDED
    assert asked.client.asked.count("describe_stack_events") == 1


def test_events_are_read_again_while_they_disagree_with_the_stack(time: VirtualTime) -> None:
    old, new = history(begun(UPDATE, 0.0)), history(begun(NEXT, 60.0), begun(UPDATE, 0.0))
    asked = update(time, [stack_in("UPDATE_IN_PROGRESS", NEXT, UPDATE)], [*old, *new], answer=UNTIMED)
    assert asked.stack.standing() is Standing.CURRENT
    assert asked.stack.standing() is Standing.ENDED


@pytest.mark.parametrize("events", [[DENIED], [error("Throttling")], [{"StackEvents": []}]])
def test_times_decide_where_the_events_do_not_say(time: VirtualTime, events: list[Any]) -> None:
    asked = update(time, [stack_in("UPDATE_IN_PROGRESS", UPDATE)], events)
    assert asked.stack.standing() is Standing.CURRENT
    rolls_back = update(time, [stack_in("UPDATE_IN_PROGRESS", UPDATE), stack_in("ROLLBACK", BACK)], events)
    assert rolls_back.stack.standing() is Standing.ABANDONED


def test_rollback_that_the_first_answer_did_not_show_yet_is_the_requests_own(time: VirtualTime) -> None:
    stacks = [stack_in("UPDATE_IN_PROGRESS"), stack_in("UPDATE_ROLLBACK_IN_PROGRESS", BACK, UPDATE)]
    assert update(time, stacks, history(begun(BACK, 0.0))).stack.standing() is Standing.CURRENT


def test_whether_something_else_began_is_asked_until_the_deadline(time: VirtualTime) -> None:
    stacks = [stack_in("UPDATE_IN_PROGRESS"), error("Throttling")]
    with pytest.raises(OutOfTime):
        update(time, stacks, [DENIED]).stack.standing()


@pytest.mark.parametrize("answer", [DENIED, error("Throttling")])
def test_resource_at_a_later_time_is_at_a_later_request_if_the_stack_does_not_say(
    time: VirtualTime, answer: Exception
) -> None:
    asked = update(time, [answer], [DENIED], answer=resource("UPDATE_IN_PROGRESS", 400.0))
    assert asked.stack.standing() is Standing.ENDED
    assert sum(asked.paused) <= 31
