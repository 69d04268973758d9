"""The record of calls, the injected faults and the throttle."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from .behavior import ServiceBehavior
from .exceptions import ThrottlingException

#: An exception to raise, or a function that creates one.
InjectedError = BaseException | Callable[[], BaseException]


class Call(NamedTuple):
    """One request that reached the service.

    Attributes:
        operation: The API's name, such as `CreateRegistration`.
        parameters: The request, with the API's names.
        error: The error that the caller got; None for a response.
    """

    operation: str
    parameters: dict[str, Any]
    error: BaseException | None = None


@dataclass
class Fault:
    """A fault that waits for its call."""

    operation: str
    when: Literal["before", "after"]
    error: InjectedError
    times: int
    nth: int
    seen: int = 0

    def is_due(self) -> bool:
        """Count a call; return whether it fails."""
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times

    @property
    def is_spent(self) -> bool:
        """Whether no later call can fail."""
        return self.seen >= self.nth + self.times - 1

    def make(self) -> BaseException:
        """The exception to raise."""
        return self.error if isinstance(self.error, BaseException) else self.error()


class Throttle:
    """A token bucket for each operation."""

    def __init__(self) -> None:
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, operation: str, behavior: ServiceBehavior) -> None:
        """Take a token.

        Raises:
            ThrottlingException: No token is left.
        """
        if behavior.requests_per_second is None:
            return
        rate, burst = behavior.requests_per_second, float(behavior.burst)
        if operation == "ListTagsForResource":
            rate, burst = rate * 10, burst * 10
        now = behavior.clock()
        tokens, since = self._buckets.get(operation, (burst, now))
        tokens = min(burst, tokens + (now - since) * rate)
        # A client that waits exactly 1/rate must not be throttled because its clock rounds.
        if tokens < 1 - 1e-9:
            self._buckets[operation] = (tokens, now)
            raise ThrottlingException
        self._buckets[operation] = (tokens - 1, now)


class Journal:
    """Runs each call with its faults and records it."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.writes: list[Call] = []
        self.faults: list[Fault] = []
        self.throttle = Throttle()
        self._replayed = False

    def mark_replayed(self) -> None:
        """Record that the running call changed nothing, although it is a write (a repeated ClientToken)."""
        self._replayed = True

    def run(
        self,
        operation: str,
        parameters: dict[str, Any],
        behavior: ServiceBehavior,
        perform: Callable[[], object],
    ) -> object:
        """Perform a call, unless a fault or the throttle prevents it."""
        self._replayed = False
        due = [fault for fault in self.faults if fault.operation == operation and fault.is_due()]
        self.faults = [fault for fault in self.faults if not fault.is_spent]
        try:
            for fault in due:
                if fault.when == "before":
                    raise fault.make()
            self.throttle.take(operation, behavior)
            response = perform()
            if not operation.startswith(("Describe", "List")) and not self._replayed:
                self.writes.append(Call(operation, parameters))
            for fault in due:
                if fault.when == "after":
                    raise fault.make()
        except BaseException as error:
            self.calls.append(Call(operation, parameters, error))
            raise
        self.calls.append(Call(operation, parameters))
        return response
