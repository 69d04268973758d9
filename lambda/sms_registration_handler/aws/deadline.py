"""The time that a run has, and the only place that sleeps."""

import time
from collections.abc import Callable

from sms_registration_handler.errors import OutOfTime

RESERVE = 15.0
"""Seconds before the Lambda limit at which a run stops its work, so that there is time for an answer."""


class Deadline:
    """Counts down to the moment at which a run must stop its work.

    Args:
        remaining_millis: Lambda's `context.get_remaining_time_in_millis`.
        reserve: Seconds to keep for the answer; `RESERVE` if omitted.
    """

    def __init__(self, remaining_millis: Callable[[], int], reserve: float = RESERVE) -> None:
        self._remaining_millis = remaining_millis
        self._reserve = reserve

    def remaining(self) -> float:
        """Seconds of work that are left; negative when the time is over."""
        return self._remaining_millis() / 1000 - self._reserve

    def check(self) -> None:
        """Raise `OutOfTime` if no time is left. Called before every request to the service."""
        if self.remaining() <= 0:
            raise OutOfTime("the function ran out of time")

    def sleep(self, seconds: float) -> None:
        """Sleep, or raise `OutOfTime` at once if the time does not suffice."""
        if seconds >= self.remaining():
            raise OutOfTime("the function ran out of time")
        time.sleep(seconds)
