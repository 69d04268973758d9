"""CloudFormation's response bucket as an HTTPS server on this machine, for the tests of what goes over the wire."""

import contextlib
import http.client
import http.server
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import trustme

from sms_registration_contract.function import module
from sms_registration_contract.response_endpoint import HOST, ResponseEndpoint


@contextlib.contextmanager
def serve(authority: trustme.CA) -> Iterator[ResponseEndpoint]:
    """Run a response endpoint on loopback, with a certificate for CloudFormation's response bucket."""
    endpoint = ResponseEndpoint()
    stop = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            reply = endpoint.record(self.path, body, {name.lower(): value for name, value in self.headers.items()})
            if reply == "silence":
                stop.wait(30)
                return
            if reply in ("reset", "lost"):
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
    """Redirect connections to CloudFormation's response buckets to a local port, and record their destinations."""
    real = socket.create_connection
    asked: list[tuple[str, int]] = []

    def create_connection(address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        if address[0].startswith("cloudformation-custom-resource-response-"):
            asked.append(address)
            address = ("127.0.0.1", port)
        return real(address, *args, **kwargs)

    forget = module("cloudformation.response").forget_connections
    forget()
    http.client.socket.create_connection = create_connection  # type: ignore[attr-defined]
    try:
        yield asked
    finally:
        http.client.socket.create_connection = real  # type: ignore[attr-defined]
        forget()


@contextlib.contextmanager
def trusting(authority: trustme.CA, folder: Path) -> Iterator[None]:
    """Let the function trust an authority, through the environment as in Lambda.

    Args:
        authority: The authority that issued the endpoint's certificate.
        folder: The folder for the authority's certificate.
    """
    response = module("cloudformation.response")
    bundle = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    with mock.patch.dict(os.environ, {"SSL_CERT_FILE": str(bundle)}):
        response._tls.cache_clear()
        response._tls()
    try:
        yield
    finally:
        response._tls.cache_clear()
        bundle.unlink()
