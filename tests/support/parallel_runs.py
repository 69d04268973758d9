"""Several runs of the function in parallel, in virtual time: how the resources of a stack compete for a quota.

Each run is a thread, and one of them works at a time: when it waits, the run whose wait ends first continues. Except for the
function's random numbers, the order is always the same.
"""

import contextlib
import functools
import heapq
import itertools
import threading
from collections.abc import Callable
from typing import Any
from unittest import mock

from sms_registration_contract import function as provider_function
from sms_registration_contract.containers import ASYNC_RETRIES, Context
from sms_registration_contract.virtual_time import VirtualTime


class _Run:
    def __init__(self, work: Callable[[], None]) -> None:
        self.go = threading.Event()
        self.error: BaseException | None = None
        self.thread = threading.Thread(target=self._work, args=(work,), daemon=True)
        self.idle: Callable[[], None] = lambda: None

    def _work(self, work: Callable[[], None]) -> None:
        self.go.wait()
        try:
            work()
        except BaseException as error:
            self.error = error
        self.idle()


class ParallelRuns:
    """Runs events in parallel, each in its own container.

    Args:
        clock: The virtual time of the function.
        handler: The function's handler.
    """

    def __init__(self, clock: VirtualTime, handler: Callable[[Any, Any], None]) -> None:
        self._clock = clock
        self._handler = handler
        self._waiting: list[tuple[float, int, _Run]] = []
        self._order = itertools.count()
        self._current: _Run | None = None
        self._turn_ended = threading.Event()
        _unlock_cached_properties()

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

        run = _Run(deliver)
        run.idle = self._turn_ended.set
        run.thread.start()
        heapq.heappush(self._waiting, (self._clock.passed + after, next(self._order), run))

    def finish(self) -> float:
        """Run until all runs have finished.

        Returns:
            The seconds that this took, in virtual time.
        """
        began = self._clock.passed
        with mock.patch.object(self._clock, "sleep", self.sleep):
            while self._waiting:
                self._clock.passed, _, self._current = heapq.heappop(self._waiting)
                self._turn_ended.clear()
                self._current.go.set()
                self._turn_ended.wait()
                if self._current.error is not None:
                    raise self._current.error
        return self._clock.passed - began

    def sleep(self, seconds: float) -> None:
        """Wait while other runs work."""
        run = self._current
        assert run is not None
        run.go.clear()
        heapq.heappush(self._waiting, (self._clock.passed + seconds, next(self._order), run))
        self._turn_ended.set()
        run.go.wait()


def _unlock_cached_properties() -> None:
    """Before Python 3.12 a cached property is computed under a lock of all its instances, which a waiting run would hold."""
    for module in provider_function.all_modules():
        for kind in vars(module).values():
            for member in vars(kind).values() if isinstance(kind, type) else ():
                if isinstance(member, functools.cached_property):
                    vars(member)["lock"] = contextlib.nullcontext()
