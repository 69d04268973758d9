"""Several runs of the function in parallel, in virtual time: how the resources of a stack compete for a quota.

One run works at a time: when it waits, the run whose wait ends first continues. Except for the function's random numbers, the
order is always the same.
"""

import heapq
import itertools
from collections.abc import Callable
from typing import Any
from unittest import mock

from sms_registration_contract.containers import ASYNC_RETRIES, Context
from sms_registration_contract.virtual_time import VirtualTime
from support.turns import Work


class ParallelRuns:
    """Runs events in parallel, each in its own container.

    Args:
        clock: The virtual time of the function.
        handler: The function's handler.
        keeps_turn: Whether a run that waits goes on in the same turn if no other one is due before. The order is the same, in a
            fraction of the time; only what `until` waits for may be noticed a few waits later.
    """

    def __init__(self, clock: VirtualTime, handler: Callable[[Any, Any], None], *, keeps_turn: bool = False) -> None:
        self._clock = clock
        self._handler = handler
        self._keeps_turn = keeps_turn
        self._waiting: list[tuple[float, int, Work]] = []
        self._order = itertools.count()
        self._current: Work | None = None

    def start(self, event: dict[str, Any], then: Callable[[], None] = lambda: None, *, after: float = 0.0) -> None:
        """Deliver an event as Lambda does: again after one and after two more minutes if the function ends with an error.

        Args:
            event: The event.
            then: Called when a delivery ends without an error; it may start more runs.
            after: Seconds until the first delivery.
        """

        def deliver() -> None:
            for attempt in range(1 + ASYNC_RETRIES):
                try:
                    self._handler(event, Context(self._clock))
                except BaseException as error:
                    if isinstance(error, AssertionError):
                        raise
                    self.sleep(60.0 * (attempt + 1))
                else:
                    then()
                    return

        self.add(deliver, after=after)

    def add(self, act: Callable[[], None], *, after: float = 0.0) -> Work:
        """Run a function in parallel with the others.

        Args:
            act: The function. It waits with `sleep`.
            after: Seconds until it begins.
        """
        work = Work(act)
        heapq.heappush(self._waiting, (self._clock.passed + after, next(self._order), work))
        return work

    def finish(self) -> float:
        """Run until all runs have finished.

        Returns:
            The seconds that this took, in virtual time.
        """
        began = self._clock.passed
        self.until(lambda: False)
        return self._clock.passed - began

    def until(self, is_reached: Callable[[], bool]) -> None:
        """Run until something is reached, or all runs have finished; what is in progress then stays where it is."""
        with mock.patch.object(self._clock, "sleep", self.sleep):
            while self._waiting and not is_reached():
                due, _, self._current = heapq.heappop(self._waiting)
                self._clock.passed = max(self._clock.passed, due)
                try:
                    self._current.turn()
                finally:
                    self._current = None

    @property
    def is_running(self) -> bool:
        """Whether the caller is one of the runs."""
        return self._current is not None

    def sleep(self, seconds: float) -> None:
        """Wait while other runs work."""
        run, due = self._current, self._clock.passed + seconds
        assert run is not None
        if self._keeps_turn and self._waiting and self._waiting[0][0] > due:
            self._clock.passed = due
            return
        heapq.heappush(self._waiting, (due, next(self._order), run))
        run.pause()

    def close(self) -> None:
        """End all runs where they are."""
        for _, _, run in self._waiting:
            run.give_up()
        self._waiting.clear()
