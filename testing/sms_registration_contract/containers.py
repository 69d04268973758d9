"""Lambda around the handler: containers that are cold, warm, busy or killed, and the time that a run has."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sms_registration_contract.virtual_time import VirtualTime

ACCOUNT, REGION = "123456789012", "us-east-1"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Provider"
LIMIT = 900.0
"""Seconds that a run may take."""

ASYNC_RETRIES = 2
"""So often Lambda repeats an event that ended with an error: after about one minute, and after two more."""


class Killed(BaseException):
    """The sandbox is gone: nothing that runs in it can catch this and answer."""


@dataclass
class Context:
    """Lambda's context object."""

    clock: VirtualTime
    limit: float = LIMIT
    invoked_function_arn: str = FUNCTION_ARN
    function_name: str = "Provider"
    aws_request_id: str = "aws-request-id"
    began: float = 0.0

    def __post_init__(self) -> None:
        self.began = self.clock.passed

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the run."""
        return int((self.limit - (self.clock.passed - self.began)) * 1000)


class Containers:
    """Runs events as Lambda does, each in a container that is free: one that is warm, else a new one.

    An event that is handled while another one is (from a fault in the middle of it) gets a container of its own. A container is
    the moment of its start; the modules and their clients are shared, because they hold nothing of an event.

    Args:
        clock: The time.
        handler: The function's handler.
    """

    def __init__(self, clock: VirtualTime, handler: Callable[[Any, Any], None]) -> None:
        self._clock = clock
        self._handler = handler
        self._service: Any = importlib.import_module("sms_registration_handler.aws.sms_voice")
        self._free: list[float] = []
        self._is_cold = False
        self.running: list[tuple[dict[str, Any], Context]] = []
        """The invocations that are being handled at this moment, the innermost last."""
        self.deliveries = 0

    def __call__(self, event: dict[str, Any], context: Context) -> None:
        """Handle an event.

        Raises:
            AssertionError: The run took longer than Lambda lets it.
        """
        self.deliveries += 1
        outer = self._service._STARTED if self.running else None
        if outer is not None or self._is_cold:
            self._service._STARTED = self._free.pop() if self._free else self._clock.monotonic()
        self._is_cold = False
        self.running.append((event, context))
        lives = True
        try:
            self._handler(event, context)
        except Killed:
            lives = False
            raise
        finally:
            self.running.pop()
            if outer is None:
                self._is_cold = not lives
            else:
                if lives:
                    self._free.append(self._service._STARTED)
                self._service._STARTED = outer
        assert context.get_remaining_time_in_millis() > 0, "the run outlasted Lambda's limit"

    def cool_down(self) -> None:
        """Let every container go: the next event meets a cold start."""
        self._free.clear()
        self._is_cold = True
