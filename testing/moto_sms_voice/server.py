"""The fake service over HTTP, for callers in other processes."""

from __future__ import annotations

import dataclasses
import os
import signal
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from . import events, register, remote_clock, remote_review, snapshot
from .models import SmsVoiceBackend
from .remote_review import ROUTING


def make(host: str, port: int) -> BaseWSGIServer:
    """Create a moto server with this service, already listening. It serves moto's other services too.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 means any free port.
    """
    register()
    moto_app = DomainDispatcherApplication(create_backend_app)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] in (remote_review.PATH, remote_clock.PATH):
            environ.setdefault("HTTP_AUTHORIZATION", ROUTING)
        response: Iterable[bytes] = moto_app(environ, start_response)
        return response

    return make_server(host, port, app, threaded=True, request_handler=MotoRequestHandler)


class _Saver:
    """Saves the state if it has changed since the last save."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._saved: bytes | None = None

    def __call__(self) -> None:
        with SmsVoiceBackend.lock:
            self._saved = snapshot.save(self._path, self._saved)


def serve(host: str, port: int, state: Path | None, rate: float | None) -> None:
    """Serve until SIGTERM or SIGINT. The first line of the output is the URL.

    Args:
        host: The address to listen on.
        port: The port to listen on; 0 means any free port.
        state: The file to load the state from, if it exists, and to save it to after each change. None means no file.
        rate: Requests per second that each operation accepts. None means no throttling.

    Raises:
        ValueError: This version cannot read the file.
    """
    server = make(host, port)
    SmsVoiceBackend.initial_behavior = dataclasses.replace(SmsVoiceBackend.initial_behavior, requests_per_second=rate)
    if state is not None:
        if state.exists():
            snapshot.load(state.read_bytes())
            remote_clock.resume()
        SmsVoiceBackend.on_change = _Saver(state)
    if os.environ.get(events.URL_VARIABLE):
        SmsVoiceBackend.on_event = events.post
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"http://{server.host}:{server.port}", flush=True)
    server.serve_forever()
    server.server_close()
    with SmsVoiceBackend.lock:
        # Operations that were in progress in other threads are applied and saved by now.
        if SmsVoiceBackend.on_change is not None:
            SmsVoiceBackend.on_change()
