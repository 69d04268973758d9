"""A proxy that lets no connection through to AWS: for programs that do not know AWS_ENDPOINT_URL, such as an old SDK."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler

_AWS = re.compile(
    r"(?:^|\.)(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|api\.aws|api\.amazonwebservices\.com\.cn)$"
)
"""The DNS suffixes of AWS's partitions, in botocore's partitions.json."""
_CONNECT_SECONDS = 20
_BLOCK_BYTES = 65536


@contextlib.contextmanager
def blocking(tell: Callable[[str], None]) -> Iterator[dict[str, str]]:
    """Run the proxy.

    Args:
        tell: Called with a line about each host that was refused, once.

    Yields:
        The variables that let a program use it. They concern HTTPS, which all of AWS's endpoints have.
    """
    server = _Server(("127.0.0.1", 0), _Handler)
    server.tell = tell
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield {"HTTPS_PROXY": url, "https_proxy": url}
    finally:
        server.shutdown()
        server.server_close()


def is_aws(host: str) -> bool:
    """Whether a host is an endpoint of AWS."""
    return _AWS.search(host.lower().rstrip(".")) is not None


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    tell: Callable[[str], None]

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self._refused: set[str] = set()
        self._lock = threading.Lock()

    def refuse(self, host: str) -> None:
        """Say once that a host was refused."""
        with self._lock:
            is_new = host not in self._refused
            self._refused.add(host)
        if is_new:
            self.tell(
                f"refused a connection to {host}: a program does not know AWS_ENDPOINT_URL, and would have called AWS. Its "
                "SDK is too old: boto3 1.28, AWS CLI 1.29 or 2.13, or newer, is needed"
            )


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_CONNECT(self) -> None:
        """Refuse AWS, and connect everything else."""
        host, _, port = self.path.rpartition(":")
        if is_aws(host):
            self.server.refuse(host)
            self.send_error(HTTPStatus.FORBIDDEN, "the local cloud lets nothing through to AWS")
            return
        try:
            other = socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS)
        except (OSError, ValueError):
            self.send_error(HTTPStatus.BAD_GATEWAY)
            return
        with other:
            self.send_response_only(HTTPStatus.OK)
            self.end_headers()
            _pump(self.connection, other)
        self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 (the name of the argument)
        """Log nothing."""


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Copy in both directions until one side ends."""
    with contextlib.suppress(OSError):
        while True:
            for ready in select.select([one, other], [], [])[0]:
                data = ready.recv(_BLOCK_BYTES)
                if not data:
                    return
                (other if ready is one else one).sendall(data)
