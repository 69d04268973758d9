"""The time that a run has, and the only place that sleeps. Standard library only."""

import time
from collections.abc import Callable

from sms_registration_handler.errors import OutOfTime

RESERVE_SECONDS = 15.0
"""Before the Lambda limit, a run stops its work this early, so that there is time for a response."""


def sleep(seconds: float) -> None:
    """Sleep, whatever time is left: for short waits that have their own limit."""
    time.sleep(seconds)


class Deadline:
    """Counts down to the moment at which a run must stop its work.

    Args:
        remaining_millis: Lambda's `context.get_remaining_time_in_millis`.
        reserve: Seconds to keep for the response; `RESERVE_SECONDS` if omitted.
    """

    def __init__(self, remaining_millis: Callable[[], int], reserve: float = RESERVE_SECONDS) -> None:
        self._remaining_millis = remaining_millis
        self._reserve = reserve

    def remaining(self) -> float:
        """Seconds of work that are left; negative when the time is over."""
        return self._remaining_millis() / 1000 - self._reserve

    def require(self, seconds: float = 0.0) -> None:
        """Raise `OutOfTime` unless more than so many seconds of work are left; any, if omitted."""
        if self.remaining() <= seconds:
            raise OutOfTime("the function ran out of time")

    def sleep(self, seconds: float) -> None:
        """Sleep, or raise `OutOfTime` at once if the time does not suffice."""
        self.require(seconds)
        sleep(seconds)
