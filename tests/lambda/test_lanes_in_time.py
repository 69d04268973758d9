"""Forms in lanes, in virtual time: the quota is used up, each form is done in minutes, and little is canceled by a failure."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.large_stacks import TYPE, account
from support.quota import text_path

FIELDS, LANES = 30, 3
Resources = dict[str, dict[str, Any]]


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level("CRITICAL"):
        yield


def in_lanes(forms: int) -> Resources:
    """A stack whose forms are chained, as the constructs chain them."""
    resources: Resources = {}
    for number in range(forms):
        values = {text_path(each): f"value {each} of {number}" for each in range(FIELDS)}
        resources[f"Registration{number}"] = {
            "Type": "Custom::SmsRegistration",
            "Properties": {"RegistrationType": TYPE},
        }
        resources[f"Form{number}"] = {
            "Type": "Custom::SmsRegistrationForm",
            "Properties": {"RegistrationId": {"Ref": f"Registration{number}"}, "Fields": values},
            "DependsOn": [f"Form{number - LANES}"] if number >= LANES else [],
        }
    return resources


@pytest.mark.fault(31)
def test_lanes_use_up_the_quota() -> None:
    forms = 40
    with account(fields=FIELDS) as found:
        stack = found.stack("Stack")
        ended = found.act(stack, lambda: stack.deploy(in_lanes(forms)))
    assert ended.status == "CREATE_COMPLETE"
    assert ended.failures == ()
    assert ended.seconds <= 1.05 * forms * FIELDS
    sent = {event["LogicalResourceId"]: at for at, event in stack.sent}
    assert sent[f"Form{forms - 1}"] - sent["Form0"] > 0.8 * forms * FIELDS, (
        "the last one began when the others were done"
    )


@pytest.mark.fault(31)
def test_a_failure_in_lanes_cancels_few_and_ends_clean() -> None:
    forms = 20
    with account(fields=FIELDS) as found:
        stack = found.stack("Stack")
        ended = found.act(stack, lambda: stack.deploy(in_lanes(forms)), fails_after=0.9 * forms * FIELDS)
    assert ended.status == "ROLLBACK_COMPLETE"
    assert ended.canceled <= LANES
    assert ended.left == 0
    assert ended.rollback_seconds <= 0.15 * forms * FIELDS, "a smaller stack has less to delete, but waits as long"


@pytest.mark.fault(31)
def test_stacks_that_are_deployed_at_once_leave_each_other_enough() -> None:
    with account(fields=FIELDS) as found:
        stacks = [found.stack(f"Stack{number}") for number in range(3)]
        ended = found.act_at_once([(each, lambda each=each: each.deploy(in_lanes(9))) for each in stacks])  # type: ignore[misc]
    assert [each.status for each in ended] == ["CREATE_COMPLETE"] * 3
    assert max(each.seconds for each in ended) <= 1.1 * 3 * 9 * FIELDS
