"""The time that a run has, and the only place that sleeps. Standard library only."""

import time
from collections.abc import Callable

from sms_registration_handler.errors import OutOfTime

RESERVE_SECONDS = 15.0
"""A run stops its work this long before the Lambda time limit, to leave time for the response."""


def sleep(seconds: float) -> None:
    """Sleep without checking a deadline: for short waits that have their own limit."""
    time.sleep(seconds)


class Deadline:
    """Counts down to the moment when a run must stop its work.

    Args:
        remaining_millis: Lambda's `context.get_remaining_time_in_millis`.
        reserve: Seconds to keep for the response. Default: `RESERVE_SECONDS`.
    """

    def __init__(self, remaining_millis: Callable[[], int], reserve: float = RESERVE_SECONDS) -> None:
        self._remaining_millis = remaining_millis
        self._reserve = reserve

    def remaining(self) -> float:
        """Return the seconds left for work. Negative after the deadline."""
        return self._remaining_millis() / 1000 - self._reserve

    def require(self, seconds: float = 0.0) -> None:
        """Raise `OutOfTime` unless more than this many seconds are left for work. Default: any time at all."""
        if self.remaining() <= seconds:
            raise OutOfTime("the function ran out of time")

    def sleep(self, seconds: float) -> None:
        """Sleep, or raise `OutOfTime` immediately if not enough time is left."""
        self.require(seconds)
        sleep(seconds)
