"""Looks at every request to the faked service, and does something in the middle of a run."""

from collections.abc import Callable
from typing import Any

Interruption = Callable[[], object]


class Watch:
    """Sees every request to the service before it is performed, and interrupts one of them.

    Args:
        fake: The faked service; its `perform` is wrapped.
    """

    def __init__(self, fake: Any) -> None:
        self.seen = 0
        self.observers: list[Callable[[str, dict[str, Any]], None]] = []
        self._interruptions: dict[int, Interruption] = {}
        perform = fake.perform

        def watched(operation: str, parameters: dict[str, Any]) -> object:
            self.seen += 1
            interruption = self._interruptions.pop(self.seen, None)
            if interruption:
                interruption()
            for observe in self.observers:
                observe(operation, parameters)
            return perform(operation, parameters)

        fake.perform = watched

    def interrupt(self, nth: int, interruption: Interruption) -> None:
        """Do something before the nth request from now on."""
        self._interruptions[self.seen + nth] = interruption

    def forget(self) -> None:
        """Interrupt nothing any more."""
        self._interruptions.clear()
