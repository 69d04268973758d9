"""An Update that fails in a rollback: what is retried, what is tolerated, and how long it waits before it reads anything."""

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.errors import Failure, NoResponseExpected, OutOfTime
from sms_registration_handler.resource import invocation
from sms_registration_handler.resource.fence import SETTLE_SECONDS
from sms_registration_handler.resource.invocation import FRESH_SECONDS, Outcome, Run, tolerate_failure_in_rollback
from sms_registration_handler.resource.owner_tags import Owner

NOW = 1_800_000_000.0
TIMEOUT = 3600
DONE, LEFT = Outcome("done"), Outcome("left")


def refusal(code: str) -> ServiceError:
    return ServiceError("TagResource", code, "", "refused", "")


THROTTLED, INVALID = refusal("ThrottlingException"), refusal("ValidationException")


class Updating:
    """A run of an Update.

    Attributes:
        attempts: How often it was tried.
        paused: The seconds of each pause.
    """

    def __init__(
        self,
        *errors: Exception,
        rolling_back: bool = True,
        request_type: str = "Update",
        sent_at: float | None = NOW - 1000,
        may_continue: bool = False,
        completed: float | None = None,
        seconds_left: float = 1000.0,
    ) -> None:
        self._errors, self._seconds_left = list(errors), seconds_left
        self.attempts = 0
        self.paused: list[float] = []
        event: Any = SimpleNamespace(
            request_type=request_type,
            stack_id="stack",
            logical_resource_id="TollFree",
            sent_at=sent_at,
            service_timeout=TIMEOUT,
            age=lambda now: None if sent_at is None else now - sent_at,
        )
        stack: Any = SimpleNamespace(
            is_rolling_back=lambda: rolling_back,
            history=SimpleNamespace(reverted_update_completed=lambda: completed),
        )
        service: Any = SimpleNamespace(pause=self._pause)
        fence: Any = None
        self.run = Run(event, NOW, service, stack, fence, lambda _: None, lambda: may_continue)

    def _pause(self, seconds: float) -> None:
        if seconds > self._seconds_left:
            raise OutOfTime("no time is left")
        self._seconds_left -= seconds
        self.paused.append(seconds)

    def _act(self) -> Outcome:
        self.attempts += 1
        if self._errors:
            raise self._errors.pop(0)
        return DONE

    def outcome(self) -> Outcome:
        return tolerate_failure_in_rollback(self.run, self._act, lambda: LEFT)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invocation, "time", SimpleNamespace(time=lambda: NOW))


# --- the run ---


def test_owner_is_the_logical_resource() -> None:
    assert Updating().run.owner == Owner("stack", "TollFree")


@pytest.mark.parametrize(
    ("age", "is_fresh", "is_stale"),
    [
        (None, False, False),
        (0.0, True, False),
        (FRESH_SECONDS - 1, True, False),
        (FRESH_SECONDS, False, False),
        (TIMEOUT, False, False),
        (TIMEOUT + 1.0, False, True),
    ],
)
def test_age_says_whether_it_is_fresh_or_stale(age: float | None, is_fresh: bool, is_stale: bool) -> None:
    run = Updating(sent_at=None if age is None else NOW - age).run
    assert (run.is_fresh, run.is_stale) == (is_fresh, is_stale)


@pytest.mark.parametrize(
    ("request_type", "rolling_back", "expected"),
    [("Update", True, True), ("Update", False, False), ("Create", True, False), ("Delete", True, False)],
)
def test_only_an_update_restores(request_type: str, rolling_back: bool, expected: bool) -> None:
    assert Updating(request_type=request_type, rolling_back=rolling_back).run.is_rollback is expected


# --- failures ---


@pytest.mark.parametrize("rolling_back", [True, False])
def test_success_is_the_outcome(rolling_back: bool) -> None:
    updating = Updating(rolling_back=rolling_back)
    assert updating.outcome() == DONE
    assert (updating.attempts, updating.paused) == (1, [])


@pytest.mark.parametrize("error", [Failure("no"), INVALID, THROTTLED, ValueError("no"), OutOfTime("no")])
def test_failure_outside_a_rollback_is_a_failure(error: Exception) -> None:
    updating = Updating(error, rolling_back=False)
    with pytest.raises(type(error)):
        updating.outcome()
    assert (updating.attempts, updating.paused) == (1, [])


@pytest.mark.parametrize("rolling_back", [True, False])
def test_no_response_is_sent_where_none_is_expected(rolling_back: bool) -> None:
    updating = Updating(NoResponseExpected("later request"), rolling_back=rolling_back)
    with pytest.raises(NoResponseExpected):
        updating.outcome()


@pytest.mark.parametrize(
    "error",
    [
        Failure("no"),
        ValueError("no"),
        *map(refusal, ("ValidationException", "ResourceNotFoundException", "ServiceQuotaExceededException")),
    ],
)
def test_what_repeating_does_not_resolve_is_tolerated_at_once(error: Exception) -> None:
    updating = Updating(error)
    assert updating.outcome() == LEFT
    assert (updating.attempts, updating.paused) == (1, [])


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "ConflictException"])
def test_temporary_error_is_retried_and_then_tolerated(code: str) -> None:
    updating = Updating(*[refusal(code)] * 9)
    assert updating.outcome() == LEFT
    assert (updating.attempts, updating.paused) == (4, [5.0, 20.0, 60.0])


def test_retry_that_succeeds_is_the_outcome(caplog: pytest.LogCaptureFixture) -> None:
    updating = Updating(THROTTLED)
    assert updating.outcome() == DONE
    assert (updating.attempts, updating.paused) == (2, [5.0])
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


def test_retries_end_with_the_time() -> None:
    updating = Updating(*[THROTTLED] * 9, seconds_left=10.0)
    assert updating.outcome() == LEFT
    assert (updating.attempts, updating.paused) == (2, [5.0])


@pytest.mark.parametrize("may_continue", [True, False])
def test_run_without_time_goes_on_in_the_next_one_if_there_is_one(may_continue: bool) -> None:
    updating = Updating(OutOfTime("no time"), may_continue=may_continue)
    if may_continue:
        with pytest.raises(OutOfTime):
            updating.outcome()
    else:
        assert updating.outcome() == LEFT


def test_refusal_is_tolerated_also_where_another_run_may_follow() -> None:
    assert Updating(INVALID, may_continue=True).outcome() == LEFT


@pytest.mark.parametrize(
    ("error", "shown"), [(Failure("the reason"), "the reason"), (ValueError("canary"), "ValueError")]
)
def test_tolerated_failure_is_counted_and_logged_without_values(
    error: Exception, shown: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The message of an unexpected error may quote a value: its type and the place are shown instead."""
    Updating(error).outcome()
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    message = record.getMessage()
    assert "TollFree is left unchanged in this rollback" in message
    assert shown in message
    assert "canary" not in message
    assert ("test_invocation.py" in message) is isinstance(error, ValueError)
    assert vars(record)[metrics.UNRESTORED_ROLLBACKS] == 1


# --- waiting for late writes ---


@pytest.mark.parametrize(
    ("sent_at", "waits"),
    [
        (NOW, SETTLE_SECONDS),
        (NOW - 10, SETTLE_SECONDS - 10),
        (NOW - SETTLE_SECONDS, None),
        (NOW - 1000, None),
        (NOW + 7, SETTLE_SECONDS),  # a clock that is ahead
        (None, SETTLE_SECONDS),
    ],
)
def test_rollback_waits_until_the_update_before_can_no_longer_write(sent_at: float | None, waits: float | None) -> None:
    updating = Updating(sent_at=sent_at)
    assert updating.outcome() == DONE
    assert updating.paused == ([] if waits is None else [waits])


@pytest.mark.parametrize(
    ("ago", "waits"),
    [
        (None, SETTLE_SECONDS),
        (SETTLE_SECONDS, None),
        (1000.0, None),
        (3.0, SETTLE_SECONDS - 3),  # a second delivery may have begun a write just before
    ],
)
def test_it_waits_only_since_that_update_has_completed(ago: float | None, waits: float | None) -> None:
    updating = Updating(sent_at=NOW, completed=None if ago is None else NOW - ago)
    updating.outcome()
    assert updating.paused == ([] if waits is None else [waits])


def test_nothing_else_waits() -> None:
    for updating in (Updating(sent_at=NOW, rolling_back=False), Updating(sent_at=NOW, request_type="Create")):
        updating.outcome()
        assert updating.paused == []


@pytest.mark.parametrize("age", [SETTLE_SECONDS, 1000.0])
def test_old_rollback_does_not_ask_when_that_update_completed(age: float) -> None:
    updating = Updating(sent_at=NOW - age)
    updating.run.stack.history.reverted_update_completed = lambda: pytest.fail("asked CloudFormation")
    assert updating.outcome() == DONE
