"""What happens apart from requests: schedules, time, and the functions that they invoke."""

from __future__ import annotations

from typing import Any, ClassVar

from local_cloud.server.clock import Clock
from local_cloud.server.deliveries import Deliveries

SETTLE_SECONDS = 300
"""How long `advance` waits for functions. Those of this project call the service once a second, as AWS demands."""


class Background:
    """Commands of the control paths.

    Args:
        clock: The clock of the cloud.
        deliveries: Events, messages and the functions that they invoke.
    """

    COMMANDS: ClassVar = ("settle", "schedule", "advance")

    def __init__(self, clock: Clock, deliveries: Deliveries) -> None:
        self._clock = clock
        self._deliveries = deliveries

    def settle(self, seconds: float) -> dict[str, Any]:
        """Wait until no function runs in the background.

        Args:
            seconds: The longest wait.
        """
        return {"settled": self._deliveries.settle(seconds)}

    def schedule(self) -> dict[str, Any]:
        """Let the rules with a schedule fire now."""
        self._deliveries.fire_schedules()
        return {}

    def advance(self, seconds: float) -> dict[str, Any]:
        """Move the clock, when no function runs any more, and let the rules with a schedule fire.

        Args:
            seconds: By how much.
        """
        self._deliveries.settle(SETTLE_SECONDS)
        return {"aheadSeconds": self._deliveries.fire_schedules(lambda: self._clock.advance(seconds))}
