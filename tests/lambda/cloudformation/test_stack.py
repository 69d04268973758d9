"""What CloudFormation's answers mean for one request: tables of statuses and times."""

from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

from sms_registration_contract.virtual_time import VirtualTime
from sms_registration_handler.cloudformation import queries
from sms_registration_handler.cloudformation.stack import Stack, Standing
from sms_registration_handler.errors import OutOfTime
from support.asked_stack import DENIED, NO_STACK, NOT_LISTED, SENT, Asked, error, resource, stack_in

ABANDONED, CURRENT, ENDED = Standing.ABANDONED, Standing.CURRENT, Standing.ENDED
RESPONDED, UNKNOWN = Standing.RESPONDED, Standing.UNKNOWN

# --- standing ---


@pytest.mark.parametrize(
    ("request_type", "status", "began", "expected"),
    [
        ("Create", "CREATE_IN_PROGRESS", 0.0, CURRENT),
        ("Create", "CREATE_IN_PROGRESS", 2.0, CURRENT),
        ("Create", "CREATE_IN_PROGRESS", -2.0, CURRENT),
        ("Create", "CREATE_IN_PROGRESS", None, CURRENT),
        ("Create", "CREATE_IN_PROGRESS", 2.5, ENDED),
        ("Create", "UPDATE_IN_PROGRESS", 0.0, CURRENT),  # created again, after it failed without a rollback
        ("Create", "UPDATE_IN_PROGRESS", 2.5, ENDED),
        ("Create", "CREATE_FAILED", 0.0, ABANDONED),
        ("Create", "UPDATE_FAILED", 0.0, ABANDONED),
        ("Create", "DELETE_IN_PROGRESS", 0.0, ABANDONED),
        ("Create", "DELETE_COMPLETE", 0.0, ABANDONED),
        ("Create", "DELETE_FAILED", 0.0, ABANDONED),
        ("Create", "DELETE_SKIPPED", 0.0, ABANDONED),
        ("Create", "ROLLBACK_IN_PROGRESS", 0.0, ABANDONED),
        ("Create", "UPDATE_ROLLBACK_IN_PROGRESS", 0.0, ABANDONED),
        ("Create", "UPDATE_ROLLBACK_COMPLETE", 0.0, ABANDONED),
        ("Create", "UPDATE_COMPLETE", 0.0, ENDED),
        ("Create", "IMPORT_IN_PROGRESS", 0.0, CURRENT),
        ("Create", "A_STATUS_OF_TOMORROW", 0.0, CURRENT),
        ("Update", "UPDATE_IN_PROGRESS", 0.0, CURRENT),
        ("Update", "UPDATE_IN_PROGRESS", 2.0, CURRENT),
        ("Update", "UPDATE_IN_PROGRESS", None, CURRENT),
        ("Update", "UPDATE_IN_PROGRESS", 2.5, ENDED),
        ("Update", "UPDATE_FAILED", 0.0, ABANDONED),
        ("Update", "DELETE_IN_PROGRESS", 0.0, ABANDONED),
        ("Update", "DELETE_COMPLETE", 0.0, ABANDONED),
        ("Update", "CREATE_IN_PROGRESS", 0.0, ENDED),
        ("Update", "CREATE_COMPLETE", 0.0, ENDED),
        ("Update", "UPDATE_ROLLBACK_COMPLETE", 0.0, ENDED),
        ("Update", "IMPORT_IN_PROGRESS", 2.5, CURRENT),
        ("Update", "IMPORT_COMPLETE", 0.0, ENDED),
        ("Update", "A_STATUS_OF_TOMORROW", 0.0, CURRENT),
        ("Create", "UPDATE_PAUSED", 2.5, CURRENT),
    ],
)
def test_standing_by_the_status_of_the_resource(
    time: VirtualTime, request_type: str, status: str, began: float | None, expected: Standing
) -> None:
    asked = Asked(time, request_type, [resource(status, began)], [stack_in("UPDATE_IN_PROGRESS")])
    assert asked.stack.standing() is expected
    assert asked.paused == []


@pytest.mark.parametrize("request_type", ["Create", "Update"])
@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        (stack_in("UPDATE_IN_PROGRESS", updated=-5.0), RESPONDED),
        (stack_in("UPDATE_IN_PROGRESS", updated=2.0), RESPONDED),
        (stack_in("UPDATE_IN_PROGRESS", updated=2.5), ENDED),
        (stack_in("CREATE_COMPLETE", created=-5.0), RESPONDED),
        (stack_in("CREATE_COMPLETE", created=2.5), ENDED),
        (stack_in("UPDATE_COMPLETE", created=None), ENDED),
        (stack_in("UPDATE_ROLLBACK_IN_PROGRESS", updated=-5.0), ENDED),
        (stack_in("ROLLBACK_COMPLETE"), ENDED),
        (NO_STACK, ENDED),
        (DENIED, ENDED),
    ],
)
def test_a_completed_resource_responded_if_its_deployment_is_the_last_one(
    time: VirtualTime, request_type: str, stack: Any, expected: Standing
) -> None:
    asked = Asked(time, request_type, [resource(f"{request_type.upper()}_COMPLETE")], [stack])
    assert asked.stack.standing() is expected


def test_a_completed_resource_ended_if_the_time_of_the_request_is_unknown(time: VirtualTime) -> None:
    asked = Asked(time, "Create", [resource("CREATE_COMPLETE")], [stack_in("CREATE_COMPLETE")], sent_at=None)
    assert asked.stack.standing() is ENDED


def test_a_request_without_a_time_is_judged_by_the_status(time: VirtualTime) -> None:
    for began in (-500.0, 500.0):
        asked = Asked(time, "Create", [resource("CREATE_IN_PROGRESS", began)], sent_at=None)
        assert asked.stack.standing() is CURRENT
        assert asked.paused == []


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([resource("CREATE_COMPLETE", -60.0), resource("UPDATE_IN_PROGRESS")], CURRENT),
        ([resource("CREATE_COMPLETE", -2.5), resource("UPDATE_FAILED")], ABANDONED),
        ([resource("UPDATE_FAILED", -60.0)], CURRENT),  # still from before the request: it says nothing
        ([resource("CREATE_COMPLETE", -60.0), NOT_LISTED], ABANDONED),
        ([resource("CREATE_COMPLETE", -60.0), DENIED], UNKNOWN),
    ],
)
def test_an_answer_from_before_the_request_is_asked_for_again(
    time: VirtualTime, answers: list[Any], expected: Standing
) -> None:
    asked = Asked(time, "Update", answers, [stack_in("UPDATE_IN_PROGRESS")])
    assert asked.stack.standing() is expected
    assert asked.paused == [1.0]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([NOT_LISTED, resource("CREATE_IN_PROGRESS")], CURRENT),
        ([NOT_LISTED], ABANDONED),
        ([NOT_LISTED, DENIED], UNKNOWN),
    ],
)
def test_a_resource_that_is_not_listed_is_asked_for_again(
    time: VirtualTime, answers: list[Any], expected: Standing
) -> None:
    asked = Asked(time, "Create", answers)
    assert asked.stack.standing() is expected
    assert asked.client.asked == ["describe_stack_resource"] * 2
    assert time.slept == [1.0]


# --- a rollback that overtakes an Update ---


def test_update_is_overtaken_by_a_rollback_that_begins_during_it(time: VirtualTime) -> None:
    running, rolling_back = stack_in("UPDATE_IN_PROGRESS"), stack_in("UPDATE_ROLLBACK_IN_PROGRESS")
    asked = Asked(time, "Update", [resource("UPDATE_IN_PROGRESS")], [running, rolling_back])
    assert asked.stack.standing() is ABANDONED


def test_update_of_a_rollback_is_current(time: VirtualTime) -> None:
    asked = Asked(time, "Update", [resource("UPDATE_IN_PROGRESS")], [stack_in("UPDATE_ROLLBACK_IN_PROGRESS")])
    assert asked.stack.standing() is CURRENT


def test_update_goes_on_if_the_status_of_the_stack_is_unknown(time: VirtualTime) -> None:
    assert Asked(time, "Update", [resource("UPDATE_IN_PROGRESS")], [DENIED]).stack.standing() is CURRENT


def test_create_asks_for_no_rollback(time: VirtualTime) -> None:
    """A resource that is created has another status in a rollback."""
    asked = Asked(time, "Create", [resource("CREATE_IN_PROGRESS")], [stack_in("UPDATE_IN_PROGRESS")])
    assert asked.stack.standing() is CURRENT
    assert asked.client.asked == ["describe_stack_resource"]


def test_stack_is_asked_again_only_when_the_resource_is_at_another_request(time: VirtualTime) -> None:
    answers = [resource("UPDATE_IN_PROGRESS"), resource("UPDATE_IN_PROGRESS"), resource("UPDATE_IN_PROGRESS", 1.0)]
    running, rolling_back = stack_in("UPDATE_IN_PROGRESS"), stack_in("UPDATE_ROLLBACK_IN_PROGRESS")
    asked = Asked(time, "Update", answers, [running, running, rolling_back])
    assert [asked.stack.standing() for _ in range(3)] == [CURRENT, CURRENT, ABANDONED]


def test_stack_is_asked_each_time_when_the_resource_has_no_time(time: VirtualTime) -> None:
    running, rolling_back = stack_in("UPDATE_IN_PROGRESS"), stack_in("UPDATE_ROLLBACK_IN_PROGRESS")
    asked = Asked(time, "Update", [resource("UPDATE_IN_PROGRESS", None)], [running, running, rolling_back])
    assert [asked.stack.standing() for _ in range(2)] == [CURRENT, ABANDONED]


@pytest.mark.parametrize(
    ("request_type", "status", "expected"),
    [
        ("Update", "UPDATE_IN_PROGRESS", False),
        ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", True),
        ("Update", "ROLLBACK_IN_PROGRESS", True),
        ("Update", "UPDATE_ROLLBACK_COMPLETE", False),
        ("Update", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", False),
        ("Update", "UPDATE_ROLLBACK_FAILED", False),
        ("Delete", "ROLLBACK_IN_PROGRESS", True),
        ("Delete", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", True),
        ("Delete", "DELETE_IN_PROGRESS", False),
        ("Create", "ROLLBACK_FAILED", True),
    ],
)
def test_rolling_back(time: VirtualTime, request_type: str, status: str, expected: bool) -> None:
    asked = Asked(time, request_type, [DENIED], [stack_in(status)])
    assert asked.stack.is_rolling_back() is expected
    assert asked.stack.status == status


@pytest.mark.parametrize("answer", [DENIED, NO_STACK, {"Stacks": []}])
def test_unknown_stack_is_not_rolling_back(time: VirtualTime, answer: Any) -> None:
    asked = Asked(time, "Update", [DENIED], [answer])
    assert asked.stack.status is None
    assert not asked.stack.is_rolling_back()
    assert asked.stack.deployment_began() is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(stack_in("UPDATE_IN_PROGRESS", updated=-5.0), -35.0), (stack_in("CREATE_IN_PROGRESS", created=-7.0), -37.0)],
)
def test_deployment_began_at_the_last_update_less_the_difference_of_clocks(
    time: VirtualTime, answer: Any, expected: float
) -> None:
    assert Asked(time, "Delete", [DENIED], [answer]).stack.deployment_began() == SENT + expected


# --- a Delete that comes late ---


CLEANUP = stack_in("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", updated=-100.0)


@pytest.mark.parametrize(
    ("answer", "stack", "expected"),
    [
        (DENIED, CLEANUP, None),
        (NOT_LISTED, CLEANUP, False),
        (resource("DELETE_IN_PROGRESS", 60.0, "id"), DENIED, False),
        (resource("DELETE_COMPLETE", 60.0, "id"), DENIED, False),
        (resource("CREATE_COMPLETE", 2.5, "another"), DENIED, True),
        (resource("UPDATE_COMPLETE", 2.0, "another"), DENIED, False),
        (resource("UPDATE_COMPLETE", None, "another"), DENIED, False),
        (resource("UPDATE_COMPLETE", -5.0, "id"), DENIED, None),
        (resource("UPDATE_COMPLETE", -5.0, "id"), stack_in("UPDATE_COMPLETE", updated=-100.0), True),
        (resource("UPDATE_COMPLETE", -5.0, "id"), CLEANUP, False),
        (resource("UPDATE_COMPLETE", -5.0, "id"), stack_in("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", updated=30.0), False),
        (resource("UPDATE_COMPLETE", -5.0, "id"), stack_in("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", updated=31.0), True),
        (resource("UPDATE_COMPLETE", -5.0, "id"), stack_in("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"), False),
    ],
)
def test_delete_of_what_the_resource_holds_again_is_superseded(
    time: VirtualTime, answer: Any, stack: Any, expected: bool | None
) -> None:
    asked = Asked(time, "Delete", [answer], [stack], physical_id="id")
    assert asked.stack.is_superseded_delete() is expected


def test_delete_in_a_cleanup_counts_if_its_time_is_unknown(time: VirtualTime) -> None:
    stack = stack_in("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", updated=500.0)
    asked = Asked(time, "Delete", [resource("UPDATE_COMPLETE", -5.0, "id")], [stack], physical_id="id", sent_at=None)
    assert asked.stack.is_superseded_delete() is False


# --- the resource ---


@pytest.mark.parametrize(
    ("answer", "held", "accepted", "in_progress", "is_deleted"),
    [
        (resource("CREATE_COMPLETE", physical_id="id"), {"id"}, "id", False, False),
        (resource("UPDATE_COMPLETE", physical_id="id"), {"id"}, "id", False, False),
        (resource("UPDATE_COMPLETE", physical_id=""), {""}, None, False, False),
        (resource("UPDATE_IN_PROGRESS", physical_id="id"), {"id"}, None, True, False),
        (resource("CREATE_IN_PROGRESS", physical_id=""), {""}, None, True, False),
        (resource("DELETE_IN_PROGRESS", physical_id="id"), {"id"}, None, False, True),
        (resource("DELETE_SKIPPED", physical_id="id"), {"id"}, None, False, True),
        (resource("DELETE_COMPLETE", physical_id="id"), set(), None, False, True),
        (NOT_LISTED, set(), None, False, True),
        (DENIED, None, None, False, False),
    ],
)
def test_what_the_resource_holds(
    time: VirtualTime, answer: Any, held: set[str] | None, accepted: str | None, in_progress: bool, is_deleted: bool
) -> None:
    stack = Asked(time, "Create", [answer]).stack
    assert (stack.accepted_id(), stack.is_in_progress()) == (None, False), "nothing was asked yet"
    assert stack.held() == held
    assert (stack.accepted_id(), stack.is_in_progress()) == (accepted, in_progress)
    assert stack.deletes_resource() is is_deleted


@pytest.mark.parametrize(
    ("shown", "completed", "expected"),
    [
        ("id", "id", True),
        ("", "id", True),  # not permitted
        ("", "another", False),
        ("invented", "id", True),  # the former ID, in a clean-up
        ("id", "invented", True),
        ("invented", "another", False),
    ],
)
def test_id_that_the_resource_holds_while_another_one_is_deleted(
    time: VirtualTime, shown: str, completed: str, expected: bool
) -> None:
    event = {"LogicalResourceId": "TollFree", "PhysicalResourceId": completed, "ResourceStatus": "CREATE_COMPLETE"}
    answers = {"describe_stack_events": [{"StackEvents": [event]}]}
    described = resource("CREATE_COMPLETE", physical_id=shown) if shown else DENIED
    asked = Asked(time, "Delete", [described], physical_id="invented", **answers)
    assert asked.stack.holds_another("id") is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [("DELETE_IN_PROGRESS", True), ("DELETE_SKIPPED", False), ("DELETE_COMPLETE", False), ("CREATE_COMPLETE", False)],
)
def test_delete_in_progress(time: VirtualTime, status: str, expected: bool) -> None:
    stack = Asked(time, "Create", [resource(status, physical_id="id")]).stack
    assert stack.is_deleting() is False, "nothing was asked yet"
    stack.held()
    assert stack.is_deleting() is expected


# --- its other resources ---


def listed(status: str, physical_id: str) -> dict[str, Any]:
    return {"PhysicalResourceId": physical_id, "ResourceStatus": status}


@pytest.mark.parametrize(
    ("pages", "expected"),
    [
        ([{"StackResourceSummaries": [listed("CREATE_COMPLETE", "phone-1")]}], True),
        ([{"StackResourceSummaries": [listed("CREATE_COMPLETE", "arn:aws:sms-voice:x:y:phone-number/phone-1")]}], True),
        ([{"StackResourceSummaries": [listed("DELETE_IN_PROGRESS", "phone-1")]}], True),
        ([{"StackResourceSummaries": [listed("DELETE_COMPLETE", "phone-1")]}], False),
        ([{"StackResourceSummaries": [listed("DELETE_SKIPPED", "phone-1")]}], False),
        ([{"StackResourceSummaries": [listed("CREATE_COMPLETE", "phone-2"), {"LogicalResourceId": "New"}]}], False),
        ([{}], False),
        (
            [
                {"StackResourceSummaries": [listed("CREATE_COMPLETE", "phone-2")], "NextToken": "t"},
                {"StackResourceSummaries": [listed("CREATE_COMPLETE", "phone-1")]},
            ],
            True,
        ),
        ([DENIED], None),
        ([{"StackResourceSummaries": [], "NextToken": "t"}, DENIED], None),
    ],
)
def test_stack_holds_a_resource_that_is_not_deleted(time: VirtualTime, pages: list[Any], expected: bool | None) -> None:
    assert Asked(time, "Delete", [DENIED], list_stack_resources=pages).stack.holds("phone-1") is expected


def test_other_resources_hold_what_is_not_deleted(time: VirtualTime) -> None:
    others = [
        listed("CREATE_COMPLETE", "one"),
        listed("UPDATE_IN_PROGRESS", "arn:two/2"),
        listed("DELETE_COMPLETE", "gone"),
    ]
    own = {"LogicalResourceId": "TollFree", **listed("DELETE_IN_PROGRESS", "own")}
    pages = [{"StackResourceSummaries": others, "NextToken": "t"}, {"StackResourceSummaries": [own]}]
    assert Asked(time, "Delete", [DENIED], list_stack_resources=pages).stack.held_by_others() == {"one", "2"}
    assert Asked(time, "Delete", [DENIED], list_stack_resources=[DENIED]).stack.held_by_others() == set()


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(stack_in("UPDATE_IN_PROGRESS", 0.0), -130.0), (stack_in("CREATE_IN_PROGRESS", None, None), None), (DENIED, None)],
)
def test_when_the_stack_was_created(time: VirtualTime, answer: Any, expected: float | None) -> None:
    created = Asked(time, "Delete", [DENIED], [answer]).stack.created()
    assert created == (None if expected is None else SENT + expected)


# --- unanswered questions ---


TEMPORARY = [
    *(
        error(code)
        for code in ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException")
    ),
    error("InternalFailure", status=500),
    error("ServiceUnavailable", status=503),
    botocore.exceptions.ReadTimeoutError(endpoint_url="https://cloudformation"),
    botocore.exceptions.ConnectTimeoutError(endpoint_url="https://cloudformation"),
    botocore.exceptions.EndpointConnectionError(endpoint_url="https://cloudformation"),
    botocore.exceptions.ConnectionError(error="reset"),
]


@pytest.mark.parametrize("temporary", TEMPORARY, ids=repr)
def test_a_question_that_fails_for_a_moment_is_repeated(time: VirtualTime, temporary: Exception) -> None:
    asked = Asked(time, "Create", [temporary, temporary, resource("CREATE_IN_PROGRESS")])
    assert asked.stack.standing() is CURRENT
    assert asked.paused == [1.0, 2.0]


def test_a_host_that_cannot_be_reached_is_named(time: VirtualTime, caplog: pytest.LogCaptureFixture) -> None:
    no_route = botocore.exceptions.ConnectTimeoutError(endpoint_url="https://cloudformation.us-east-1.amazonaws.com")
    slow = botocore.exceptions.ReadTimeoutError(endpoint_url="https://cloudformation.us-east-1.amazonaws.com")
    Asked(time, "Create", [no_route, slow, resource("CREATE_IN_PROGRESS")]).stack.standing()
    assert [record.getMessage().partition(" (")[2] for record in caplog.records] == [
        "describe_stack_resource: ConnectTimeoutError, cloudformation.us-east-1.amazonaws.com could not be reached; a function "
        "in a VPC needs a route to it)",
        "describe_stack_resource: ReadTimeoutError)",
    ]


@pytest.mark.parametrize("final", [DENIED, error("ValidationError", "2 errors detected"), ValueError("no such member")])
def test_a_question_that_is_refused_is_not_repeated(time: VirtualTime, final: Exception) -> None:
    asked = Asked(time, "Create", [final])
    assert asked.stack.standing(decisive=True) is UNKNOWN
    assert asked.paused == []


def test_only_a_validation_error_says_that_the_resource_does_not_exist(time: VirtualTime) -> None:
    assert Asked(time, "Create", [NOT_LISTED]).stack.held() == set()
    assert Asked(time, "Create", [error("AccessDenied", "the role does not exist")]).stack.held() is None


def test_resources_of_a_stack_that_does_not_exist_are_unknown(time: VirtualTime) -> None:
    asked = Asked(time, "Delete", [NOT_LISTED], list_stack_resources=[NO_STACK])
    assert asked.stack.holds("id") is None


def test_an_undecisive_question_is_given_up_after_half_a_minute(
    time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Asked(time, "Create", [error("Throttling")])
    assert asked.stack.standing() is UNKNOWN
    assert asked.paused == [1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    monkeypatch.setattr(queries, "_PATIENCE_SECONDS", 15.0)
    asked = Asked(time, "Create", [error("Throttling")])
    asked.stack.standing()
    assert asked.paused == [1.0, 2.0, 4.0, 8.0]


DECISIVE: dict[str, Callable[[Stack], object]] = {
    "standing": lambda stack: stack.standing(decisive=True),
    "is_superseded_delete": Stack.is_superseded_delete,
    "held": Stack.held,
    "deletes_resource": Stack.deletes_resource,
    "is_rolling_back": Stack.is_rolling_back,
    "deployment_began": Stack.deployment_began,
    "create_began": lambda stack: stack.history.create_began(),
    "created": Stack.created,
    "held_by_others": Stack.held_by_others,
    "was_deployed": lambda stack: stack.history.was_deployed("id"),
    "holds": lambda stack: stack.holds("id"),
    "holds_another": lambda stack: stack.holds_another("id"),
    "had_last": lambda stack: stack.history.had_last("id"),
}


@pytest.mark.parametrize("question", DECISIVE)
def test_a_decisive_question_is_repeated_until_the_deadline(time: VirtualTime, question: str) -> None:
    throttled = [error("Throttling")]
    asked = Asked(time, "Delete", throttled, throttled, describe_stack_events=throttled, list_stack_resources=throttled)
    with pytest.raises(OutOfTime):
        DECISIVE[question](asked.stack)
    assert sum(asked.paused) > 750


def test_whether_a_delete_is_of_this_deployment_is_decisive(time: VirtualTime) -> None:
    answers = [resource("UPDATE_COMPLETE", -5.0, "id")]
    with pytest.raises(OutOfTime):
        Asked(time, "Delete", answers, [error("Throttling")], physical_id="id").stack.is_superseded_delete()


def test_whether_a_deployment_is_the_last_one_is_not_decisive(time: VirtualTime) -> None:
    asked = Asked(time, "Create", [resource("CREATE_COMPLETE")], [error("Throttling")])
    assert asked.stack.standing() is ENDED


@pytest.mark.parametrize(
    "answers", [[resource("CREATE_COMPLETE", -60.0), error("Throttling")], [NOT_LISTED, error("Throttling")]]
)
def test_a_decisive_question_stays_decisive_when_it_is_asked_again(time: VirtualTime, answers: list[Any]) -> None:
    with pytest.raises(OutOfTime):
        Asked(time, "Update", answers).stack.standing(decisive=True)
