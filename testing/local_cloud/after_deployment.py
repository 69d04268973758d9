"""What happens after a deployment: reviews, schedules, time that passes, and the messages that people get."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_cloud.controlled import Controlled
from local_cloud.toolchain import LocalCloudError

MESSAGES = "messages.jsonl"
"""The file of the state's folder that holds the messages of all topics."""

SETTLE_SECONDS = 300
"""How long to wait for functions. Those of this project call the service once a second, as AWS demands."""


class AfterDeployment(Controlled):
    """The part of `LocalCloud` for what comes after a deployment."""

    state: Path

    def settle(self) -> None:
        """Wait until no function runs that an event, a schedule or a message has invoked.

        Raises:
            LocalCloudError: One still runs after five minutes.
        """
        if not self._control("settle", seconds=SETTLE_SECONDS, timeout=SETTLE_SECONDS + 30)["settled"]:
            raise LocalCloudError(
                f"a function still runs after {SETTLE_SECONDS} seconds; its log group says what it does"
            )

    def schedule(self) -> None:
        """Let every rule with a schedule fire now, and wait until what it invoked is done."""
        self._control("schedule")
        self.settle()

    def advance(self, seconds: float) -> float:
        """Move the cloud's clock, let every rule with a schedule fire, and wait until what it invoked is done.

        Args:
            seconds: By how much.

        Returns:
            How far the clock is ahead of this machine's, in seconds.
        """
        ahead = float(self._control("advance", seconds=seconds, timeout=SETTLE_SECONDS + 30)["aheadSeconds"])
        self.settle()
        return ahead

    def messages(self) -> list[dict[str, Any]]:
        """Return every message that was published to a topic, in order.

        Each has `time`, `topicArn`, `messageId`, `subject`, `message`, `messageStructure` and `attributes`, as they were
        published.
        """
        return messages(self.state)


def messages(state: Path) -> list[dict[str, Any]]:
    """As `AfterDeployment.messages`, for a state whose cloud need not run.

    Args:
        state: The folder of the state.
    """
    file = state / MESSAGES
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
