"""The other side of the wire: a server that stands in for the service and CloudFormation, with constant responses.

It runs in a thread of the measuring process and does as little as possible; the measured code runs in another process.
"""

import contextlib
import json
import re
import socket
import ssl
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import botocore
import trustme

REGISTRATION = {
    "RegistrationArn": "arn:aws:sms-voice:us-east-1:123456789012:registration/registration-0123456789abcdef0123456789abcdef",
    "RegistrationId": "registration-0123456789abcdef0123456789abcdef",
    "RegistrationType": "US_TOLL_FREE_REGISTRATION",
    "RegistrationStatus": "CREATED",
    "CurrentVersionNumber": 1,
    "CreatedTimestamp": 1767225600.0,
}
_STACK_RESOURCE = """<DescribeStackResourceResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/">
<DescribeStackResourceResult><StackResourceDetail><StackId>stack</StackId><StackName>stack</StackName>
<LogicalResourceId>TollFree</LogicalResourceId><ResourceType>Custom::SmsRegistration</ResourceType>
<ResourceStatus>CREATE_IN_PROGRESS</ResourceStatus><LastUpdatedTimestamp>NOW</LastUpdatedTimestamp>
</StackResourceDetail></DescribeStackResourceResult>
<ResponseMetadata><RequestId>request</RequestId></ResponseMetadata></DescribeStackResourceResponse>"""


@dataclass
class Endpoint:
    """The server's URL, and when requests arrived (`time.monotonic`, which all processes of a machine share)."""

    url: str
    authorities: Path
    """A certificate bundle of the usual size that includes the server's authority."""
    arrivals: list[tuple[str, float]] = field(default_factory=list)
    connections: int = 0


@contextlib.contextmanager
def serve(*, tls: bool) -> Iterator[Endpoint]:
    """Run the server on loopback."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    with tempfile.TemporaryDirectory() as folder:
        authority = trustme.CA()
        bundle = Path(folder) / "authorities.pem"
        common = (Path(botocore.__file__).parent / "cacert.pem").read_bytes()
        bundle.write_bytes(common + authority.cert_pem.bytes())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        scheme = "https" if tls else "http"
        endpoint = Endpoint(f"{scheme}://localhost:{listener.getsockname()[1]}", bundle)
        accepting = threading.Thread(
            target=_accept, args=(listener, context if tls else None, endpoint), name="endpoint", daemon=True
        )
        accepting.start()
        try:
            yield endpoint
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            accepting.join()


def _accept(listener: socket.socket, context: ssl.SSLContext | None, endpoint: Endpoint) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        endpoint.connections += 1
        threading.Thread(target=_talk, args=(connection, context, endpoint), daemon=True).start()


def _talk(connection: socket.socket, context: ssl.SSLContext | None, endpoint: Endpoint) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with contextlib.suppress(OSError), connection:
        stream = context.wrap_socket(connection, server_side=True) if context else connection
        received = b""
        while True:
            while b"\r\n\r\n" not in received:
                more = stream.recv(65536)
                if not more:
                    return
                received += more
            head, _, received = received.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            missing = int(length[1]) if length else 0
            while len(received) < missing:
                received += stream.recv(65536)
            body, received = received[:missing], received[missing:]
            name, content_type, response = _response(head, body)
            endpoint.arrivals.append((name, time.monotonic()))
            stream.sendall(
                f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\ncontent-length: {len(response)}\r\n\r\n".encode()
                + response
            )


def _response(head: bytes, body: bytes) -> tuple[str, str, bytes]:
    if head.startswith(b"PUT"):
        return "PUT", "text/plain", b""
    target = re.search(rb"x-amz-target: *\w+\.(\w+)", head, re.IGNORECASE)
    if target:
        operation = target[1].decode()
        content = REGISTRATION if operation == "CreateRegistration" else {}
        return operation, "application/x-amz-json-1.0", json.dumps(content).encode()
    action = re.search(rb"Action=(\w+)", body)
    # An older status would be that of an earlier request, and the function would ask again a second later.
    resource = _STACK_RESOURCE.replace("NOW", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))
    return (action[1].decode() if action else "?"), "text/xml", resource.encode()
