"""The server's own paths beside AWS's: custom resource responses, requests to the fake service, its events, test hooks."""

from __future__ import annotations

import asyncio
import http.client
import importlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local_cloud.server import events
from local_cloud.server.background import Background
from local_cloud.server.rules import Rules

RESPONSE_PATH = "/_ministack/cfn-response/"
CONTROL_PATH = "/_local_cloud/control/"
EVENTS_PATH = "/_local_cloud/events"
SERVICE_PATH = "/_local_cloud/sms-voice"
OK = 200

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass
class Trap:
    """An action at the n-th call of an operation of the service."""

    operation: str
    nth: int
    action: str


class Control:
    """An ASGI application that wraps ministack's.

    Args:
        application: ministack's application.
        rules: The rules, which hold the requests that the responses belong to.
        fake_url: The URL of the fake service.
        background: What happens apart from requests.
        started: Called when ministack has loaded its state.
        end: Awaited; the server stops when it returns.
        saved: Called when ministack has saved its state.
    """

    def __init__(
        self,
        application: Any,
        rules: Rules,
        fake_url: str,
        background: Background,
        *,
        started: Callable[[], None],
        end: Callable[[], Awaitable[None]],
        saved: Callable[[], None],
    ) -> None:
        self._application = application
        self._rules = rules
        self._fake = urlsplit(fake_url)
        self._background = background
        self._started = started
        self._end = end
        self._saved = saved
        self._traps: list[Trap] = []
        self._calls: list[dict[str, str | None]] = []
        self._running = False

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Serve one connection or the lifespan."""
        path = scope.get("path", "")
        if scope["type"] == "lifespan":
            await self._application(scope, self._lifespan(receive), self._observed(send))
        elif scope["type"] == "http" and scope["method"] == "PUT" and path.startswith(RESPONSE_PATH):
            self._rules.requests.deliver(path[len(RESPONSE_PATH) :], await _body(receive))
            await _reply(send, 200, b"")
        elif scope["type"] == "http" and path.startswith(CONTROL_PATH):
            parameters = json.loads(await _body(receive) or b"{}")
            command = path[len(CONTROL_PATH) :]
            if command in self._background.COMMANDS:
                # They wait for functions, whose requests this loop serves meanwhile.
                result = await asyncio.to_thread(getattr(self._background, command), **parameters)
            else:
                result = self._control(command, parameters)
            await _reply(send, 200, json.dumps(result).encode(), "application/json")
        elif scope["type"] == "http" and path == EVENTS_PATH:
            events.put(json.loads(await _body(receive)))
            await _reply(send, 200, b"")
        elif scope["type"] == "http" and path.startswith(SERVICE_PATH):
            await self._service(scope, await _body(receive), send)
        else:
            await self._application(scope, receive, send)

    def _lifespan(self, receive: Receive) -> Receive:
        """Let ministack save and stop without hypercorn's own shutdown.

        That would wait half a minute for the idle TLS connections of unresponsive processes.
        """

        async def next_message() -> dict[str, Any]:
            if not self._running:
                self._running = True
                return await receive()
            await self._end()
            self._rules.abandon_operations()
            return {"type": "lifespan.shutdown"}

        return next_message

    def _observed(self, send: Send) -> Send:
        async def observe(message: dict[str, Any]) -> None:
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self._started()
            if message["type"] == "lifespan.shutdown.complete":
                self._saved()

        return observe

    def _control(self, command: str, parameters: dict[str, Any]) -> Any:
        if command == "trap":
            self._traps.append(Trap(**parameters))
            return {}
        if command == "cancel":
            return {"canceled": self._rules.requests.cancel(**parameters)}
        if command == "requests":
            return self._rules.requests.history
        if command == "calls":
            return self._calls
        return {"error": f"unknown command {command}"}

    def _sprung(self, operation: str) -> set[str]:
        actions = set()
        for trap in list(self._traps):
            if trap.operation == operation:
                trap.nth -= 1
                if trap.nth == 0:
                    self._traps.remove(trap)
                    actions.add(trap.action)
        return actions

    async def _service(self, scope: dict[str, Any], body: bytes, send: Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        actions = self._sprung(operation)
        if "kill_before" in actions:
            kill_running_functions()
            return
        try:
            status, content_type, response = await asyncio.to_thread(self._forward, headers, body)
        except OSError as error:
            await _reply(send, 503, f"the fake service does not respond: {error}".encode())
            return
        self._calls.append({"operation": operation, "error": None if status == OK else _error_code(response)})
        if "kill_after" in actions:
            kill_running_functions()
            return
        if "cancel_after" in actions:
            self._rules.requests.cancel()
        await _reply(send, status, response, content_type)

    def _forward(self, headers: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
        kept = {
            name: value
            for name, value in headers.items()
            if name.lower() not in ("host", "connection", "content-length")
        }
        connection = http.client.HTTPConnection(self._fake.hostname or "", self._fake.port, timeout=60)
        try:
            connection.request("POST", "/", body, kept)
            response = connection.getresponse()
            return response.status, response.getheader("Content-Type", ""), response.read()
        finally:
            connection.close()


def kill_running_functions() -> None:
    """Kill the processes of all running Lambda functions, as if they had crashed."""
    runtime = importlib.import_module("ministack.core.lambda_runtime")
    with runtime._lock:
        workers = [worker for pool in runtime._workers.values() for worker in pool if worker.in_use]
    for worker in workers:
        process = worker._proc
        if process is not None:
            process.kill()


def _error_code(response: bytes) -> str:
    """The error code in a response, without the service's namespace."""
    try:
        return str(json.loads(response)["__type"]).rpartition("#")[2]
    except (KeyError, ValueError):
        return "unknown"


async def _body(receive: Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _reply(send: Send, status: int, body: bytes, content_type: str = "text/plain") -> None:
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
