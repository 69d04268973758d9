"""What the events of a stack mean for one request: tables, newest first."""

import math
from typing import Any

import pytest

from sms_registration_contract.virtual_time import VirtualTime
from support.asked_stack import DENIED, SENT, STACK_ID, Asked, at


def event_of(
    status: str,
    physical_id: str = "",
    logical_id: str = "TollFree",
    when: float = -50.0,
    resource_type: str = "Custom::X",
) -> dict[str, Any]:
    return {
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": physical_id,
        "ResourceStatus": status,
        "ResourceType": resource_type,
        "Timestamp": at(when),
    }


def stack_event(status: str, stack_id: str = STACK_ID) -> dict[str, Any]:
    return event_of(status, stack_id, "Stack", resource_type="AWS::CloudFormation::Stack")


def history(*newest_first: dict[str, Any]) -> list[Any]:
    """The events, one on a page."""
    return [
        {"StackEvents": [each], **({"NextToken": f"{index}"} if index + 1 < len(newest_first) else {})}
        for index, each in enumerate(newest_first)
    ]


BEGAN = event_of("CREATE_IN_PROGRESS", when=-40.0)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event_of("CREATE_FAILED", "id"), BEGAN], -70.0),
        ([event_of("CREATE_FAILED", "id", "Another"), BEGAN], None),
        ([event_of("CREATE_FAILED", "another"), BEGAN], None),
        ([event_of("CREATE_FAILED", "id"), event_of("CREATE_IN_PROGRESS", logical_id="Another"), BEGAN], -70.0),
        ([event_of("CREATE_FAILED", "id"), event_of("CREATE_IN_PROGRESS", "id", when=-30.0), BEGAN], -70.0),
        ([event_of("CREATE_FAILED", "id"), event_of("UPDATE_FAILED"), BEGAN], -70.0),
        ([BEGAN, event_of("CREATE_FAILED", "id"), event_of("CREATE_IN_PROGRESS", when=-90.0)], (-120.0, -70.0)),
        (
            [
                event_of("CREATE_IN_PROGRESS", when=-5.0),
                event_of("CREATE_IN_PROGRESS", when=-20.0),
                event_of("CREATE_IN_PROGRESS", when=-30.0, logical_id="Another"),
                event_of("CREATE_FAILED", "id"),
                BEGAN,
            ],
            (-70.0, -50.0),
        ),
        ([event_of("CREATE_FAILED", "id")], None),
        # The clean-up deletes what failed after the resource was created again.
        (
            [
                event_of("DELETE_IN_PROGRESS", "id"),
                event_of("CREATE_COMPLETE", "another"),
                event_of("CREATE_IN_PROGRESS", when=-10.0),
                event_of("CREATE_FAILED", "id"),
                BEGAN,
            ],
            (-70.0, -40.0),
        ),
    ],
)
def test_create_of_a_physical_id_began(time: VirtualTime, events: list[Any], expected: Any) -> None:
    """And when the resource was created again."""
    asked = Asked(time, "Delete", [DENIED], physical_id="id", describe_stack_events=history(*events))
    began, following = expected if isinstance(expected, tuple) else (expected, math.inf)
    assert asked.stack.history.create_began() == (None if began is None else SENT + began, SENT + following)


def test_history_without_permission_is_unknown(time: VirtualTime) -> None:
    asked = Asked(time, "Delete", [DENIED], physical_id="id", describe_stack_events=[DENIED])
    assert asked.stack.history.create_began() == (None, math.inf)
    assert asked.stack.history.was_deployed("id") is None


def test_pages_are_asked_for_with_their_token(time: VirtualTime) -> None:
    asked = Asked(time, "Delete", [DENIED], physical_id="id", describe_stack_events=history(BEGAN, BEGAN, BEGAN))
    assert asked.stack.history.create_began() == (None, math.inf)
    assert [each.get("NextToken") for each in asked.client.parameters] == [None, "0", "1"]
    assert {each["StackName"] for each in asked.client.parameters} == {STACK_ID}


HOLDS = event_of("CREATE_COMPLETE", "id")
CLEANS_UP, BEGINS = stack_event("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), stack_event("CREATE_IN_PROGRESS")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([stack_event("CREATE_COMPLETE"), HOLDS, stack_event("CREATE_IN_PROGRESS")], True),
        ([stack_event("UPDATE_COMPLETE"), HOLDS, stack_event("CREATE_IN_PROGRESS")], True),
        ([stack_event("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), HOLDS, stack_event("CREATE_IN_PROGRESS")], True),
        ([stack_event("IMPORT_COMPLETE"), HOLDS, stack_event("CREATE_IN_PROGRESS")], True),
        ([stack_event("ROLLBACK_COMPLETE"), HOLDS, stack_event("CREATE_IN_PROGRESS")], False),
        ([stack_event("CREATE_FAILED"), HOLDS, stack_event("CREATE_IN_PROGRESS")], False),
        ([stack_event("UPDATE_COMPLETE")], True),  # the beginning is lost: the resource had it before
        ([HOLDS, stack_event("UPDATE_COMPLETE")], False),  # a success before it, and none since
        ([HOLDS, stack_event("UPDATE_COMPLETE"), stack_event("CREATE_IN_PROGRESS")], False),
        ([HOLDS, stack_event("UPDATE_COMPLETE"), HOLDS, stack_event("CREATE_IN_PROGRESS")], True),
        ([stack_event("UPDATE_COMPLETE"), event_of("UPDATE_COMPLETE", "another"), HOLDS], False),
        # It was deployed once, and the resource got it again since.
        ([HOLDS, event_of("UPDATE_COMPLETE", "another"), stack_event("UPDATE_COMPLETE"), HOLDS], False),
        ([HOLDS, HOLDS, stack_event("UPDATE_COMPLETE"), HOLDS], True),
        (
            [stack_event("UPDATE_COMPLETE"), event_of("CREATE_IN_PROGRESS", "id"), stack_event("CREATE_IN_PROGRESS")],
            False,
        ),
        ([stack_event("UPDATE_COMPLETE"), event_of("CREATE_COMPLETE", "x"), stack_event("CREATE_IN_PROGRESS")], False),
        ([HOLDS, stack_event("CREATE_COMPLETE", "arn:of/another"), stack_event("CREATE_IN_PROGRESS")], False),
        ([HOLDS], False),
        ([stack_event("CREATE_IN_PROGRESS"), stack_event("UPDATE_COMPLETE")], False),
        # The deployment that succeeded did not touch the resource.
        ([stack_event("UPDATE_COMPLETE"), stack_event("UPDATE_IN_PROGRESS"), HOLDS], True),
        # What is deleted in the clean-up is another ID.
        (
            [stack_event("UPDATE_COMPLETE"), event_of("DELETE_COMPLETE", "another"), CLEANS_UP, HOLDS, BEGINS],
            True,
        ),
        ([stack_event("UPDATE_COMPLETE"), event_of("CREATE_COMPLETE", "id", "Another"), BEGINS], False),
        ([stack_event("UPDATE_IN_PROGRESS")], False),  # no success is listed
    ],
)
def test_deployed_if_a_deployment_succeeded_with_the_id(time: VirtualTime, events: list[Any], expected: bool) -> None:
    asked = Asked(time, "Update", [DENIED], physical_id="id", describe_stack_events=history(*events))
    assert asked.stack.history.was_deployed("id") is expected


ANOTHER = event_of("UPDATE_COMPLETE", "another")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([stack_event("CREATE_COMPLETE"), HOLDS, stack_event("CREATE_IN_PROGRESS")], "id"),
        ([ANOTHER, stack_event("UPDATE_COMPLETE"), HOLDS], "id"),
        ([ANOTHER, stack_event("UPDATE_ROLLBACK_COMPLETE"), HOLDS, stack_event("UPDATE_COMPLETE"), ANOTHER], "id"),
        # Deployments that failed and were kept.
        ([ANOTHER, stack_event("UPDATE_FAILED"), ANOTHER, stack_event("UPDATE_COMPLETE"), HOLDS], "id"),
        ([ANOTHER, stack_event("UPDATE_ROLLBACK_FAILED"), ANOTHER, stack_event("IMPORT_COMPLETE"), HOLDS], "id"),
        # The clean-up deletes what was replaced; other resources have IDs, too.
        ([stack_event("UPDATE_COMPLETE"), event_of("DELETE_COMPLETE", "another"), HOLDS], "id"),
        ([stack_event("UPDATE_COMPLETE"), event_of("CREATE_COMPLETE", "another", "Another"), HOLDS], "id"),
        ([stack_event("UPDATE_COMPLETE"), event_of("UPDATE_FAILED", "another"), HOLDS], "id"),
        ([ANOTHER, HOLDS, stack_event("CREATE_FAILED"), stack_event("CREATE_IN_PROGRESS")], None),
        ([stack_event("UPDATE_COMPLETE"), stack_event("CREATE_IN_PROGRESS")], None),
    ],
)
def test_id_of_the_last_deployment_that_succeeded(time: VirtualTime, events: list[Any], expected: str | None) -> None:
    asked = Asked(time, "Update", [DENIED], physical_id="id", describe_stack_events=history(*events))
    assert asked.stack.history.deployed_id() == expected


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (event_of("CREATE_COMPLETE", "id", when=-50.0), True),
        (event_of("CREATE_COMPLETE", "id", when=-30.0), False),
        (event_of("CREATE_COMPLETE", "another", when=-50.0), False),
        (event_of("CREATE_COMPLETE", "id", "Another", when=-50.0), False),
    ],
)
def test_id_of_before_the_create_began(time: VirtualTime, event: dict[str, Any], expected: bool) -> None:
    events = history(event_of("CREATE_FAILED", "invented"), BEGAN, event)
    asked = Asked(time, "Delete", [DENIED], physical_id="invented", describe_stack_events=events * 2)
    began, _ = asked.stack.history.create_began()
    assert began is not None
    assert asked.stack.history.had_before("id", began) is expected


DELETES = event_of("DELETE_IN_PROGRESS", "id")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event_of("CREATE_COMPLETE", "id")], True),
        ([event_of("UPDATE_FAILED", "id")], True),  # it is kept
        ([event_of("CREATE_COMPLETE", "another")], False),
        ([event_of("CREATE_COMPLETE", "id", "Another")], False),
        ([event_of("DELETE_IN_PROGRESS", "invented"), event_of("CREATE_COMPLETE", "id")], True),
        ([event_of("CREATE_FAILED", "invented"), event_of("CREATE_COMPLETE", "id")], False),
        ([event_of("CREATE_IN_PROGRESS"), event_of("CREATE_COMPLETE", "id")], True),
        ([DELETES, event_of("CREATE_COMPLETE", "id")], False),
        ([event_of("DELETE_COMPLETE", "another"), event_of("UPDATE_COMPLETE", "id")], True),
        ([event_of("UPDATE_COMPLETE", "another"), event_of("CREATE_COMPLETE", "id")], False),
        ([], False),
    ],
)
def test_id_that_the_resource_had_last(time: VirtualTime, events: list[Any], expected: bool) -> None:
    asked = Asked(time, "Delete", [DENIED], physical_id="invented", describe_stack_events=history(*events))
    assert asked.stack.history.had_last("id") is expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([CLEANS_UP, HOLDS, BEGINS], False),
        ([DELETES, CLEANS_UP, HOLDS, stack_event("UPDATE_FAILED"), BEGINS], False),
        ([stack_event("UPDATE_COMPLETE"), DELETES, CLEANS_UP, HOLDS, BEGINS], False),  # delivered late
        ([DELETES, CLEANS_UP, stack_event("UPDATE_COMPLETE"), HOLDS, BEGINS], True),
        ([stack_event("UPDATE_COMPLETE"), DELETES, CLEANS_UP, stack_event("CREATE_COMPLETE"), HOLDS, BEGINS], True),
        ([DELETES, stack_event("DELETE_IN_PROGRESS"), CLEANS_UP, HOLDS, BEGINS], True),
        # A deployment that succeeded and cleans nothing up.
        ([stack_event("UPDATE_COMPLETE"), HOLDS, BEGINS], True),
    ],
)
def test_deployment_that_cleans_up_succeeded_without_what_it_deletes(
    time: VirtualTime, events: list[Any], expected: bool
) -> None:
    asked = Asked(time, "Delete", [DENIED], physical_id="id", describe_stack_events=history(*events))
    assert asked.stack.history.was_deployed("id") is expected


RESTORES, DONE = event_of("UPDATE_IN_PROGRESS", "id", when=0.0), event_of("UPDATE_COMPLETE", "id")
DONE_AT = at(-50.0).timestamp()


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([RESTORES, DONE], True),
        ([RESTORES, event_of("UPDATE_COMPLETE", "other", "Another"), DONE, BEGAN], True),
        ([RESTORES, event_of("UPDATE_IN_PROGRESS", "id")], False),  # it was canceled
        ([RESTORES, event_of("UPDATE_FAILED", "id")], False),
        ([RESTORES], False),
        ([DONE, event_of("UPDATE_IN_PROGRESS", "id")], False),
        # The beginning of this Update is not listed yet: what looks like it is that of the one before.
        ([event_of("UPDATE_IN_PROGRESS", "id", when=-2.1), DONE], False),
        ([event_of("UPDATE_IN_PROGRESS", "id", when=-2.0), DONE], True),
        ([], False),
    ],
)
def test_reverted_update_was_complete(time: VirtualTime, events: list[Any], expected: bool) -> None:
    pages = history(*events) or [{"StackEvents": []}]
    asked = Asked(time, "Update", [DENIED], physical_id="id", describe_stack_events=pages)
    assert asked.stack.history.reverted_update_completed() == (DONE_AT if expected else None)


def test_without_the_time_of_the_request_no_event_is_too_old(time: VirtualTime) -> None:
    old = history(event_of("UPDATE_IN_PROGRESS", "id", when=-1000.0), DONE)
    asked = Asked(time, "Update", [DENIED], physical_id="id", sent_at=None, describe_stack_events=old)
    assert asked.stack.history.reverted_update_completed() == DONE_AT
