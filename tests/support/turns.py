"""Work in threads of which exactly one runs at a time: each works in its turn, until it pauses or ends."""

import contextlib
import functools
import threading
from collections.abc import Callable

from sms_registration_contract import function as provider_function
from sms_registration_contract.containers import Killed


class Work:
    """A function that runs in its own thread, in turns.

    Args:
        act: The function. It may call `pause`.
    """

    def __init__(self, act: Callable[[], None]) -> None:
        _unlock_cached_properties()
        self._act = act
        # Locks, which others release: half of the time that semaphores take, and there are millions of turns.
        self._mine, self._others = threading.Lock(), threading.Lock()
        self._mine.acquire()
        self._others.acquire()
        self._error: BaseException | None = None
        self._is_given_up = False
        self._thread: threading.Thread | None = None
        self.is_over = False

    def turn(self) -> None:
        """Let it work until it pauses or ends. Raises what the function raised."""
        if self.is_over:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._mine.release()
        self._others.acquire()
        if self._error is not None:
            raise self._error

    def pause(self) -> None:
        """End this turn, and wait for the next. Called by the work itself."""
        self._others.release()
        self._mine.acquire()
        if self._is_given_up:
            raise Killed

    def give_up(self) -> None:
        """End it where it is: it will not have another turn."""
        self._is_given_up = True
        self._mine.release()

    def _run(self) -> None:
        self._mine.acquire()
        try:
            if not self._is_given_up:
                self._act()
        except BaseException as error:
            self._error = None if self._is_given_up else error
        self.is_over = True
        self._others.release()


@functools.cache
def _unlock_cached_properties() -> None:
    """Before Python 3.12 a cached property is computed under a lock of all its instances, which a waiting run would hold."""
    for module in provider_function.all_modules():
        for kind in vars(module).values():
            for member in vars(kind).values() if isinstance(kind, type) else ():
                if isinstance(member, functools.cached_property):
                    vars(member)["lock"] = contextlib.nullcontext()
