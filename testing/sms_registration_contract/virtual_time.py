"""A clock for the handler's modules that moves only when they sleep."""

import contextlib
import time as real_time
from collections.abc import Iterator
from types import ModuleType
from unittest import mock


class VirtualTime:
    """Stands in for the `time` module."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.slept: list[float] = []
        # A whole second, because the date in a ResponseURL has no fraction: what runs repeats whatever the time is.
        self.start = float(int(real_time.time()))

    def time(self) -> float:
        """Seconds since the epoch."""
        return self.start + self.passed

    def monotonic(self) -> float:
        """Seconds since a fixed point."""
        return 1_000_000 + self.passed

    def sleep(self, seconds: float) -> None:
        """Move the clock."""
        assert seconds >= 0
        self.slept.append(seconds)
        self.passed += seconds


@contextlib.contextmanager
def virtual_time(*modules: ModuleType) -> Iterator[VirtualTime]:
    """Replace the `time` module in these modules."""
    clock = VirtualTime()
    with contextlib.ExitStack() as stack:
        for module in modules:
            stack.enter_context(mock.patch.object(module, "time", clock))
        yield clock
