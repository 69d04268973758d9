"""One handling of one event: what the modules of the resource types are given, and what they give back."""

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sms_registration_handler.aws.sms_voice import Service, ServiceError
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.cloudformation.event import Event
from sms_registration_handler.cloudformation.stack import Stack
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.resource.owner_tags import Owner

logger = logging.getLogger(__name__)

_LASTING = ("ValidationException", "ResourceNotFoundException", "ServiceQuotaExceededException")
"""Refusals that the same call meets again."""

_AGAIN = (5.0, 20.0, 60.0)
"""Seconds to wait before what failed in a rollback is tried again."""

FRESH = 60.0
"""Seconds of age below which an event is in its first delivery: Lambda repeats after a minute at the earliest."""


@dataclass(frozen=True)
class Run:
    """The event, and everything that may be used to fulfil it."""

    event: Event
    started: float
    """When this run began, in seconds since the epoch."""
    service: Service
    stack: Stack
    identify: Callable[[str], None]
    """Makes an id the physical id at once, so that a later failure is answered with it."""
    may_continue: Callable[[], bool]
    """Whether Lambda will deliver the event again when this run ends without an answer."""

    @property
    def owner(self) -> Owner:
        """The logical resource that this event is about."""
        return Owner(self.event.stack_id, self.event.logical_resource_id)

    @property
    def is_fresh(self) -> bool:
        """Whether this is certainly the first delivery of the event."""
        age = self.event.age(self.started)
        return age is not None and age < FRESH

    @property
    def is_stale(self) -> bool:
        """Whether CloudFormation has stopped waiting for an answer."""
        age = self.event.age(self.started)
        return age is not None and age > self.event.service_timeout

    @property
    def is_rollback(self) -> bool:
        """Whether this event restores what a failed deployment changed."""
        return self.event.request_type == "Update" and self.stack.is_rolling_back()


@dataclass(frozen=True)
class Outcome:
    """What a handled request comes to."""

    physical_resource_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What Fn::GetAtt gives; all strings."""


def forgiven_in_rollback(run: Run, act: Callable[[], Outcome], leave: Callable[[], Outcome]) -> Outcome:
    """Handle an Update; in a rollback, a failure is logged and answered with SUCCESS.

    A stack must not end in UPDATE_ROLLBACK_FAILED because of what a later deployment can mend. What may pass by itself
    is tried again first, for a minute and a half, because a replacement that is not undone leaves another registration.

    Args:
        run: The run.
        act: Handles the Update.
        leave: The answer that leaves everything as it is.
    """
    pauses = iter(_AGAIN)
    while True:
        try:
            return act()
        except Exception as error:
            if (isinstance(error, OutOfTime) and run.may_continue()) or not run.is_rollback:
                raise
            if isinstance(error, ServiceError) and error.code not in _LASTING and _waited(run, next(pauses, None)):
                logger.warning("tried again in this rollback: %s", error)
                continue
            # The message of an unexpected error may quote a value.
            shown = str(error) if isinstance(error, Failure) else f"{type(error).__name__}\n{_trace(error)}"
            logger.error(
                "%s is left as it is in this rollback, the next deployment can mend it: %s",
                run.event.logical_resource_id,
                shown,
                extra=metrics.counted(metrics.UNRESTORED_ROLLBACKS),
            )
            return leave()


def _waited(run: Run, seconds: float | None) -> bool:
    try:
        if seconds is not None:
            run.service.pause(seconds)
    except OutOfTime:
        return False
    return seconds is not None


def _trace(error: BaseException) -> str:
    return "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
