"""One invocation for one event: what the resource types' handlers receive, and what they return."""

import logging
import time
import traceback
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sms_registration_handler.aws.sms_voice import Service, ServiceError
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.cloudformation.event import Event
from sms_registration_handler.cloudformation.stack import Stack
from sms_registration_handler.errors import Failure, NoResponseExpected, OutOfTime
from sms_registration_handler.resource.fence import SETTLE_SECONDS, Fence
from sms_registration_handler.resource.owner_tags import Owner

logger = logging.getLogger(__name__)

_PERMANENT_ERRORS = ("ValidationException", "ResourceNotFoundException", "ServiceQuotaExceededException")
"""Errors that repeating the call does not resolve."""

_RETRY_PAUSES_SECONDS = (5.0, 20.0, 60.0)
"""Pauses before an Update that failed in a rollback is retried."""

FRESH_SECONDS = 60.0
"""An event younger than this was not delivered again after an error: Lambda waits for a minute. It may still be a duplicate."""


class Run(NamedTuple):
    """The event, and what a handler needs to fulfill it."""

    event: Event
    started: float
    """When this run began, in seconds since the epoch."""
    service: Service
    stack: Stack
    fence: Fence
    identify: Callable[[str], None]
    """Sets the physical ID immediately, so that the response to a later failure has it."""
    may_continue: Callable[[], bool]
    """Whether Lambda will deliver the event again if this run ends without a response."""

    @property
    def owner(self) -> Owner:
        """The logical resource that this event is about."""
        return Owner(self.event.stack_id, self.event.logical_resource_id)

    @property
    def is_fresh(self) -> bool:
        """Whether no earlier delivery of the event ended with an error."""
        age = self.event.age(self.started)
        return age is not None and age < FRESH_SECONDS

    @property
    def is_stale(self) -> bool:
        """Whether the event is older than its ServiceTimeout, so that CloudFormation no longer waits for a response."""
        age = self.event.age(self.started)
        return age is not None and age > self.event.service_timeout

    @property
    def is_rollback(self) -> bool:
        """Whether this event restores what a failed deployment changed."""
        return self.event.request_type == "Update" and self.stack.is_rolling_back()


class Outcome(NamedTuple):
    """The result of a handled request."""

    physical_resource_id: str
    attributes: Mapping[str, str] = MappingProxyType({})
    """What Fn::GetAtt returns. All strings."""


def tolerate_failure_in_rollback(run: Run, act: Callable[[], Outcome], leave: Callable[[], Outcome]) -> Outcome:
    """Handle an Update. In a rollback, wait for late writes first; log a failure and respond with SUCCESS.

    A stack must not end in UPDATE_ROLLBACK_FAILED because of something that a later deployment can correct. Temporary errors are
    retried first, for a minute and a half, because a replacement that is not reverted leaves a second registration.

    Args:
        run: The run.
        act: Handles the Update.
        leave: Returns the result that leaves everything unchanged.
    """
    pauses = iter(_RETRY_PAUSES_SECONDS)
    if run.is_rollback:
        _settle(run)
    while True:
        try:
            return act()
        except NoResponseExpected:
            raise
        except Exception as error:
            if (isinstance(error, OutOfTime) and run.may_continue()) or not run.is_rollback:
                raise
            if (
                isinstance(error, ServiceError)
                and error.code not in _PERMANENT_ERRORS
                and _waited(run, next(pauses, None))
            ):
                logger.warning("retrying in this rollback: %s", error)
                continue
            # An unexpected error's message may quote a value.
            shown = str(error) if isinstance(error, Failure) else f"{type(error).__name__}\n{_trace(error)}"
            logger.error(
                "%s is left unchanged in this rollback; the next deployment can correct it: %s",
                run.event.logical_resource_id,
                shown,
                extra=metrics.counted(metrics.UNRESTORED_ROLLBACKS),
            )
            return leave()


def _settle(run: Run) -> None:
    """Wait until the Update that this one reverts can no longer write: see `fence`.

    It may have been delivered twice. Until the response to one delivery, the other one is wanted too.
    """
    since = run.started if run.event.sent_at is None else run.event.sent_at
    now = time.time()
    if now < since + SETTLE_SECONDS:
        since = run.stack.history.reverted_update_completed() or since
    seconds = since + SETTLE_SECONDS - now
    if seconds > 0:
        logger.info("waiting %d s, because a request of the Update before may be on its way", seconds)
        run.service.pause(min(seconds, SETTLE_SECONDS))


def _waited(run: Run, seconds: float | None) -> bool:
    try:
        if seconds is not None:
            run.service.pause(seconds)
    except OutOfTime:
        return False
    return seconds is not None


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
