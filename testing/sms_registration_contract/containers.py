"""A simulation of Lambda: containers that are cold, warm, busy or killed, and the time limit of a run."""

import importlib
import threading
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any

from sms_registration_contract.virtual_time import VirtualTime

ACCOUNT, REGION = "123456789012", "us-east-1"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:Provider"
TIMEOUT_SECONDS = 900.0
"""How long a run may take."""

ASYNC_RETRIES = 2
"""How often Lambda retries an event that ended with an error: after about one minute, and after two more."""


class Killed(BaseException):
    """The sandbox was killed: no code in it can catch this and send a response."""


@dataclass
class Context:
    """Lambda's context object."""

    clock: VirtualTime
    limit: float = TIMEOUT_SECONDS
    invoked_function_arn: str = FUNCTION_ARN
    function_name: str = "Provider"
    aws_request_id: str = "aws-request-id"
    began: float = 0.0

    def __post_init__(self) -> None:
        self.began = self.clock.passed

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda ends the run."""
        return int((self.limit - (self.clock.passed - self.began)) * 1000)


class Memory(MutableMapping[str, Any]):
    """What the container of the running thread remembers from one event to the next; a new container remembers nothing."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    @property
    def current(self) -> dict[str, Any]:
        """Of the running thread."""
        found: dict[str, Any] = self._of_thread.__dict__.setdefault("memory", {})
        return found

    @current.setter
    def current(self, memory: dict[str, Any]) -> None:
        self._of_thread.memory = memory

    def __getitem__(self, key: str) -> Any:
        return self.current[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.current[key] = value

    def __delitem__(self, key: str) -> None:
        del self.current[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.current)

    def __len__(self) -> int:
        return len(self.current)


class Containers:
    """Runs events as Lambda does, each in a free container: a warm one if there is one, otherwise a new one.

    An event that arrives while another one is handled (from a fault in the middle of it) gets its own container. A container
    is its start time and its memory; the modules and their clients are shared, because they keep no event data.

    Args:
        clock: The virtual time.
        handler: The function's handler.
    """

    def __init__(self, clock: VirtualTime, handler: Callable[[Any, Any], None]) -> None:
        self._clock = clock
        self._handler = handler
        self._service: Any = importlib.import_module("sms_registration_handler.aws.sms_voice")
        self._free: list[float] = []
        self._memories: list[dict[str, Any]] = []
        self._memory = Memory()
        importlib.import_module("sms_registration_handler.form.duplicates").settled = self._memory  # type: ignore[attr-defined]
        self._is_cold = False
        self._of_thread = threading.local()
        self.deliveries = 0

    @property
    def running(self) -> list[tuple[dict[str, Any], Context]]:
        """The invocations that this thread handles at this moment, the innermost last."""
        if not hasattr(self._of_thread, "running"):
            self._of_thread.running = []
        found: list[tuple[dict[str, Any], Context]] = self._of_thread.running
        return found

    def __call__(self, event: dict[str, Any], context: Context) -> None:
        """Handle an event.

        Raises:
            AssertionError: The run exceeded the time limit.
        """
        self.deliveries += 1
        outer = self._service._STARTED if self.running else None
        if outer is not None or self._is_cold:
            self._service._STARTED = self._free.pop() if self._free else self._clock.monotonic()
        self._is_cold = False
        self.running.append((event, context))
        outer_memory, self._memory.current = self._memory.current, self._memories.pop() if self._memories else {}
        lives = True
        try:
            self._handler(event, context)
        except Killed:
            lives = False
            raise
        finally:
            self.running.pop()
            if lives:
                self._memories.append(self._memory.current)
            self._memory.current = outer_memory
            if outer is None:
                self._is_cold = not lives
            else:
                if lives:
                    self._free.append(self._service._STARTED)
                self._service._STARTED = outer
        assert context.get_remaining_time_in_millis() > 0, "the run exceeded Lambda's time limit"

    def cool_down(self) -> None:
        """Discard every container, so that the next event meets a cold start."""
        self._free.clear()
        self._memories.clear()
        self._is_cold = True
