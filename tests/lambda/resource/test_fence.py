"""When a run asks whether CloudFormation still waits for it, and what it does with each answer."""

from typing import Any, cast

import pytest

from sms_registration_contract.virtual_time import VirtualTime
from sms_registration_handler.cloudformation.stack import Standing
from sms_registration_handler.errors import Failure, NoResponseExpected
from sms_registration_handler.resource.fence import SETTLE_SECONDS, Fence


class Standings:
    """A stack with these answers, in order; the last one is repeated.

    Attributes:
        asked: For each question, whether it was decisive.
    """

    def __init__(self, *answers: Standing) -> None:
        self._left = list(answers)
        self.asked: list[bool] = []

    def standing(self, *, decisive: bool = False) -> Standing:
        self.asked.append(decisive)
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


def fence_of(*answers: Standing) -> tuple[Fence, Standings]:
    stack: Any = Standings(*answers)
    return Fence(stack), stack


ABANDONED = (Failure, "CloudFormation has since abandoned this request; no further changes were made")
NO_LONGER = (NoResponseExpected, "CloudFormation no longer waits for a response to this request; no changes were made")
REFUSED = {Standing.ABANDONED: ABANDONED, Standing.RESPONDED: NO_LONGER, Standing.ENDED: NO_LONGER}


@pytest.mark.parametrize("standing", [Standing.CURRENT, Standing.UNKNOWN])
def test_write_goes_on(time: VirtualTime, standing: Standing) -> None:
    fence, stack = fence_of(standing)
    fence.before_write()
    assert stack.asked == [False]


@pytest.mark.parametrize("standing", REFUSED)
def test_write_is_stopped(time: VirtualTime, standing: Standing) -> None:
    fence, _ = fence_of(standing)
    kind, text = REFUSED[standing]
    for _ in range(2):  # a refusal is never remembered as an answer
        with pytest.raises(kind) as raised:
            fence.before_write()
        assert (type(raised.value), str(raised.value)) == (kind, text)


@pytest.mark.parametrize(("seconds", "questions"), [(4.9, 1), (5.0, 2), (6.0, 2)])
def test_answer_is_used_for_five_seconds(time: VirtualTime, seconds: float, questions: int) -> None:
    fence, stack = fence_of(Standing.CURRENT)
    fence.before_write()
    time.passed += seconds
    fence.before_write()
    assert len(stack.asked) == questions


def test_first_write_asks_however_young_the_container_is(time: VirtualTime) -> None:
    time.passed = -time.monotonic()
    assert time.monotonic() == 0
    fence, stack = fence_of(Standing.CURRENT)
    fence.before_write()
    assert stack.asked == [False]


def test_response_asks_each_time(time: VirtualTime) -> None:
    fence, stack = fence_of(Standing.CURRENT)
    fence.before_write()
    fence.before_response()
    fence.before_response()
    assert stack.asked == [False] * 3


@pytest.mark.parametrize("standing", REFUSED)
def test_response_is_not_sent(time: VirtualTime, standing: Standing) -> None:
    fence, _ = fence_of(standing)
    kind, text = REFUSED[standing]
    with pytest.raises(kind, match=text):
        fence.before_response()


def test_irreversible_write_asks_each_time_until_the_deadline(time: VirtualTime) -> None:
    fence, stack = fence_of(Standing.CURRENT)
    fence.before_irreversible("not submitted")
    fence.before_irreversible("not submitted")
    assert stack.asked == [True, True]


def test_answer_for_an_irreversible_write_is_used_for_the_next_write(time: VirtualTime) -> None:
    fence, stack = fence_of(Standing.CURRENT)
    fence.before_irreversible("not submitted")
    fence.before_write()
    assert stack.asked == [True]


def test_answer_is_as_old_as_its_question(time: VirtualTime) -> None:
    """CloudFormation may answer late: the answer is about the moment when it was asked."""

    class Slow(Standings):
        def standing(self, *, decisive: bool = False) -> Standing:
            time.passed += 4
            return super().standing(decisive=decisive)

    for ask in (Fence.before_write, lambda each: Fence.before_irreversible(each, "not submitted")):
        stack: Any = Slow(Standing.CURRENT)
        fence = Fence(stack)
        ask(fence)
        time.passed += 2
        fence.before_write()
        assert len(stack.asked) == 2


@pytest.mark.parametrize("standing", REFUSED)
def test_irreversible_write_is_stopped(time: VirtualTime, standing: Standing) -> None:
    fence, _ = fence_of(standing)
    kind, text = REFUSED[standing]
    with pytest.raises(kind) as raised:
        fence.before_irreversible("not submitted")
    assert (type(raised.value), str(raised.value)) == (kind, text)


def test_irreversible_write_fails_if_cloudformation_does_not_say(time: VirtualTime) -> None:
    fence, stack = fence_of(Standing.UNKNOWN)
    with pytest.raises(Failure, match=r"^registration-1 not submitted: CloudFormation does not say whether") as raised:
        fence.before_irreversible("registration-1 not submitted")
    assert type(raised.value) is Failure
    fence.before_write()
    assert stack.asked == [True, False], "what is unknown is no answer for the next write"


def test_run_that_left_something_half_done_goes_on_after_another_delivery_responded(time: VirtualTime) -> None:
    fence, _ = fence_of(Standing.RESPONDED)
    fence.must_finish()
    fence.before_irreversible("not submitted")
    time.passed += 10
    fence.before_write()


@pytest.mark.parametrize("standing", [Standing.ABANDONED, Standing.ENDED])
def test_run_that_left_something_half_done_stops_at_a_later_request(time: VirtualTime, standing: Standing) -> None:
    fence, _ = fence_of(standing)
    fence.must_finish()
    with pytest.raises(REFUSED[standing][0]):
        fence.before_irreversible("not submitted")


# --- creating something ---


def test_what_was_sent_a_moment_ago_is_created_without_asking(time: VirtualTime) -> None:
    stack = Standings(Standing.CURRENT, Standing.ABANDONED)
    fence = Fence(cast(Any, stack), age=3.0)
    fence.before_creating()
    time.passed += 6.0
    fence.before_creating()
    assert stack.asked == []
    time.passed += 2.0
    fence.before_creating()
    time.passed += 9.0
    fence.before_creating()
    assert stack.asked == [False]
    time.passed += 2.0
    with pytest.raises(Failure):
        fence.before_creating()


@pytest.mark.parametrize("age", [None, 10.0, 3600.0])
@pytest.mark.parametrize("standing", REFUSED)
def test_what_was_sent_earlier_is_not_created_without_asking(
    time: VirtualTime, standing: Standing, age: float | None
) -> None:
    with pytest.raises(REFUSED[standing][0]):
        Fence(cast(Any, Standings(standing)), age).before_creating()


def test_rollback_waits_for_the_last_answer_that_a_write_may_rest_on_and_for_that_write() -> None:
    assert SETTLE_SECONDS == 5 + 20
