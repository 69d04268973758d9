"""What happens in the background: events that invoke functions, and messages of topics."""

from __future__ import annotations

import importlib
import json
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from local_cloud.server.clock import Clock


class Deliveries:
    """Replacements of ministack's functions; one instance per process.

    - EventBridge invokes functions asynchronously, so Lambda repeats what ends in an error, as with custom resources.
    - Every message that is published to a topic is recorded.
    - `settle` waits until all of that is done.

    Args:
        clock: The clock of the cloud.
        messages: The file with the messages: one JSON object a line.
    """

    def __init__(self, clock: Clock, messages: Path) -> None:
        self._clock = clock
        self._messages = messages
        self._threads: list[threading.Thread] = []
        self._collecting = threading.local()
        self._lock = threading.Lock()
        # Held while schedules fire: ministack's own thread must not see a clock that has moved before they have fired.
        self._schedules = threading.Lock()

    def install(self) -> None:
        """Install the replacements. Call it once, before the server starts."""
        functions, topics, buses = (_service(name) for name in ("lambda_svc", "sns", "eventbridge"))
        functions.threading = topics._threading = _Threads(self._started)
        functions.invoke_async_with_retry = self._collected(functions.invoke_async_with_retry)
        topics._fanout = self._collected(self._recorded(topics._fanout))
        buses._dispatch_to_lambda = _invoke
        self._fire_due = buses._tick_scheduled_rules
        buses._tick_scheduled_rules = self._tick

    def settle(self, timeout: float) -> bool:
        """Wait until no function runs that an event, a message or a custom resource has invoked, and none is invoked again.

        Args:
            timeout: The longest wait, in seconds.

        Returns:
            Whether all are done.
        """
        deadline = time.monotonic() + timeout
        while True:
            with self._lock:
                self._threads = [each for each in self._threads if each.ident is None or each.is_alive()]
                waiting = list(self._threads)
            if not waiting or time.monotonic() > deadline:
                return not waiting
            # What it causes is delivered before it ends, so an empty list means that nothing is left.
            waiting[0].join(max(0.0, min(0.5, deadline - time.monotonic())))

    def fire_schedules(self, advance: Callable[[], float] = float) -> float:
        """Let every enabled rule with a schedule fire now, once.

        Args:
            advance: Moves the clock before that. Omitted: it does not move.

        Returns:
            What `advance` returned.
        """
        buses = _service("eventbridge")
        with self._schedules:
            ahead = advance()
            buses._rule_last_fired.update(dict.fromkeys(buses._rules._data, 0))
            self._fire_due()
        return ahead

    def _tick(self) -> None:
        with self._schedules:
            self._fire_due()

    def _started(self, thread: threading.Thread) -> None:
        if getattr(self._collecting, "on", False):
            with self._lock:
                self._threads.append(thread)

    def _collected(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """Keep the threads that a function of ministack starts."""

        def call(*arguments: Any, **named: Any) -> Any:
            before = getattr(self._collecting, "on", False)
            self._collecting.on = True
            try:
                return original(*arguments, **named)
            finally:
                self._collecting.on = before

        return call

    def _recorded(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def publish(
            topic_arn: str,
            message_id: str,
            message: str,
            subject: str = "",
            message_structure: str = "",
            message_attributes: dict[str, Any] | None = None,
            **named: Any,
        ) -> Any:
            record = {
                "time": datetime.fromtimestamp(self._clock.time(), timezone.utc).isoformat(timespec="seconds"),
                "topicArn": topic_arn,
                "messageId": message_id,
                "subject": subject or "",
                "message": message,
                "messageStructure": message_structure or "",
                "attributes": message_attributes or {},
            }
            with self._lock, self._messages.open("a", encoding="utf-8") as file:
                file.write(json.dumps(record) + "\n")
            return original(topic_arn, message_id, message, subject, message_structure, message_attributes, **named)

        return publish


class _Threads:
    """Stands in for the module `threading` in a module of ministack.

    Args:
        started: Called with each thread that is created.
    """

    def __init__(self, started: Callable[[threading.Thread], None]) -> None:
        self._started = started

    def __getattr__(self, name: str) -> Any:
        return getattr(threading, name)

    def Thread(self, *arguments: Any, **named: Any) -> threading.Thread:  # noqa: N802 (the name of the class)
        """Create a thread."""
        thread = threading.Thread(*arguments, **named)
        self._started(thread)
        return thread


def _service(name: str) -> Any:
    return importlib.import_module(f"ministack.services.{name}")


def _invoke(arn: str, payload: str) -> None:
    """Invoke the function that a rule of EventBridge targets, asynchronously, as EventBridge does."""
    functions = _service("lambda_svc")
    function, configuration, name = functions._get_func_record_for_ref(arn)
    if function is None or configuration is None:
        print(f"EventBridge: the function {name} does not exist")
        return
    functions.invoke_async_with_retry(
        functions._execution_record_for_config(function, configuration), json.loads(payload)
    )
