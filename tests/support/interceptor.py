"""Observes every request to the faked service, and can act or fail in the middle of a run."""

from collections.abc import Callable
from typing import Any

Interruption = Callable[[], object]


class Interceptor:
    """Sees every request to the service before it is performed, and can interrupt it or let it fail.

    Args:
        fake: The faked service; its `perform` is wrapped.
    """

    def __init__(self, fake: Any) -> None:
        self.seen = 0
        self.after: Callable[[], object] = lambda: None
        """Called after each request that was performed: the way of its response."""
        self.observers: list[Callable[[str, dict[str, Any]], None]] = []
        self._interruptions: dict[int, Interruption] = {}
        self._failures: dict[int, tuple[Callable[[], BaseException] | None, bool]] = {}
        self._failing_event: tuple[int, Callable[[], BaseException], bool, Callable[[], Any]] | None = None
        self._event_id = ""
        perform = fake.perform

        def watched(operation: str, parameters: dict[str, Any]) -> object:
            self.seen += 1
            interruption = self._interruptions.pop(self.seen, None)
            if interruption:
                interruption()
            for observe in self.observers:
                observe(operation, parameters)
            error, after = self._failures.pop(self.seen) if self.seen in self._failures else self._failing()
            if error is None:
                response = perform(operation, parameters)
                self.after()
                return response
            if after:
                perform(operation, parameters)
            raise error()

        fake.perform = watched

    def interrupt(self, nth: int, interruption: Interruption) -> None:
        """Call a function before the nth request from now."""
        self._interruptions[self.seen + nth] = interruption

    def fail(self, nth: int, error: Callable[[], BaseException], *, after: bool, times: int = 1) -> None:
        """Let the nth request from now fail, and those after it.

        Args:
            nth: 1 is the next one.
            error: Creates the exception.
            after: Whether the request is applied and only its response is lost.
            times: How many requests fail.
        """
        for number in range(times):
            self._failures[self.seen + nth + number] = (error, after)

    def fail_event(
        self, nth: int, error: Callable[[], BaseException], *, after: bool, event: Callable[[], Any]
    ) -> None:
        """Let the nth request from now fail, and every later request for the same event, in any delivery.

        Args:
            nth: 1 is the next one.
            error: Creates the exception.
            after: Whether the requests are applied and only their responses are lost.
            event: Returns the event in progress.
        """
        self._failing_event = (self.seen + nth, error, after, event)

    def _failing(self) -> tuple[Callable[[], BaseException] | None, bool]:
        if self._failing_event is None:
            return None, False
        first, error, after, event = self._failing_event
        if self.seen < first:
            return None, False
        self._event_id = self._event_id or event().request_id
        return (error, after) if event().request_id == self._event_id else (None, False)

    def forget(self) -> None:
        """Remove all interruptions and failures."""
        self._interruptions.clear()
        self._failures.clear()
        self._failing_event = None
        self.after = lambda: None
