"""CloudFormation's side of a ResponseURL: an HTTPS server that records what it is sent and checks every answer."""

import contextlib
import http.client
import http.server
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import trustme

HOST = "cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com"


@dataclass(frozen=True)
class Put:
    """One request that reached the endpoint."""

    path: str
    body: bytes
    headers: dict[str, str]

    @property
    def answer(self) -> dict[str, Any]:
        """The answer in it, checked."""
        return check_answer(self.body)


def check_answer(body: bytes) -> dict[str, Any]:
    """What CloudFormation demands of an answer."""
    assert len(body) <= 4096, f"{len(body)} bytes"
    answer: dict[str, Any] = json.loads(body)
    for name in ("Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId"):
        assert isinstance(answer[name], str), name
        assert answer[name], name
    assert answer["Status"] in ("SUCCESS", "FAILED")
    assert answer["Status"] == "SUCCESS" or answer["Reason"].strip()
    assert len(answer["PhysicalResourceId"].encode()) <= 1024
    assert isinstance(answer.get("Data", {}), dict)
    assert all(isinstance(value, str) for value in answer.get("Data", {}).values()), answer["Data"]
    return answer


@dataclass
class AnswerEndpoint:
    """Records PUTs. `behave` decides on each: a status, or "silence", "reset", "redirect"; 200 for ever by default."""

    port: int = 0
    puts: list[Put] = field(default_factory=list)
    behave: Callable[[Put], int | str] = lambda _: 200

    def script(self, *replies: int | str) -> None:
        """Give these replies in turn, then 200."""
        left = list(replies)
        self.behave = lambda _: left.pop(0) if left else 200

    @property
    def answers(self) -> list[dict[str, Any]]:
        """Every answer that was taken, checked."""
        return [put.answer for put in self.puts]

    def reset(self) -> None:
        """Forget everything, and take everything again."""
        self.puts.clear()
        self.behave = lambda _: 200


@contextlib.contextmanager
def serve(authority: trustme.CA) -> Iterator[AnswerEndpoint]:
    """Run the endpoint on loopback with a certificate for CloudFormation's response bucket."""
    endpoint = AnswerEndpoint()
    stop = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            put = Put(self.path, body, {name.lower(): value for name, value in self.headers.items()})
            endpoint.puts.append(put)
            reply = endpoint.behave(put)
            if reply == "silence":
                stop.wait(30)
                return
            if reply == "reset":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(307 if reply == "redirect" else int(reply))
            if reply == "redirect":
                self.send_header("location", "https://evil.example/")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    endpoint.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield endpoint
    finally:
        stop.set()
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def routed_to(port: int) -> Iterator[list[tuple[str, int]]]:
    """Send connections for CloudFormation's response buckets to a local port; every destination asked for is recorded."""
    real = socket.create_connection
    asked: list[tuple[str, int]] = []

    def create_connection(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        if address[0].startswith("cloudformation-custom-resource-response-"):
            asked.append(address)
            address = ("127.0.0.1", port)
        return real(address, *args, **kwargs)

    http.client.socket.create_connection = create_connection  # type: ignore[attr-defined]
    try:
        yield asked
    finally:
        http.client.socket.create_connection = real  # type: ignore[attr-defined]
