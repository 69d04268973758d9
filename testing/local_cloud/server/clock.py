"""The clock of the local cloud, which can be advanced.

It moves the timestamps of ministack and of the fake service, the time in events, and the time that Python functions see.
"""

from __future__ import annotations

import importlib
import json
import os
import time
import urllib.request
from datetime import datetime, timedelta, tzinfo
from typing import Any

from local_cloud.server import functions


class Clock:
    """How far the local cloud is ahead of this machine. The fake service keeps it, with the rest of its state.

    Args:
        fake_url: The URL of the fake service.
    """

    def __init__(self, fake_url: str) -> None:
        self._url = f"{fake_url}/_sms_voice/clock"
        self.ahead_seconds = 0.0

    def install(self) -> None:
        """Let ministack use this clock. Call it once, before the server starts."""
        responses: Any = importlib.import_module("ministack.core.responses")
        eventbridge: Any = importlib.import_module("ministack.services.eventbridge")
        responses.datetime, eventbridge._now_ts = self._datetime(), self.time
        self.advance(0)

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.ahead_seconds

    def advance(self, seconds: float) -> float:
        """Move the clock. No function may be running.

        Args:
            seconds: By how much; 0 only reads where it is.

        Returns:
            How far it is ahead now, in seconds.
        """
        body = json.dumps({"accountId": "*", "region": "*", "seconds": seconds}).encode()
        request = urllib.request.Request(self._url, body, {"Content-Type": "application/json"})  # noqa: S310
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as response:
            self.ahead_seconds = float(json.load(response)["aheadSeconds"])
        if self.ahead_seconds:
            # Functions inherit the variables of this process, but those that are running have theirs already.
            os.environ[functions.AHEAD_VARIABLE] = str(self.ahead_seconds)
            importlib.import_module("ministack.core.lambda_runtime").reset()
        return self.ahead_seconds

    def _datetime(self) -> type[datetime]:
        clock = self

        class Ahead(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return datetime.now(tz) + timedelta(seconds=clock.ahead_seconds)

        return Ahead
