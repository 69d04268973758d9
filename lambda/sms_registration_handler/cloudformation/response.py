"""The response to CloudFormation: where it may be sent, its format, and its delivery. Standard library only.

Also used when the rest of the function cannot be imported, so this module must not depend on it.
"""

import functools
import http.client
import json
import logging
import os
import random
import re
import select
import ssl
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sms_registration_handler.aws.deadline import sleep
from sms_registration_handler.errors import NotDelivered

MAX_RESPONSE_BYTES = 4096
"""CloudFormation refuses a longer response ("Response object is too long")."""

MAX_REASON_CHARACTERS = 3000
"""Enough for a form with many problems, and the rest of the response still fits."""

CUT_MARK = " ... (shortened; the function's log has all of it)"

_MIN_REASON_CHARACTERS = 200
"""The Reason is cut down to this before attributes are shortened."""

SUCCESS = "SUCCESS"
FAILED = "FAILED"

_ATTEMPT_TIMEOUT_SECONDS = 5.0
_RESERVE_SECONDS = 0.7
"""No retry begins with less time than this left before the Lambda time limit."""
_MAX_REFUSALS = 3
_KEPT_SECONDS = 5.0
"""How long a connection is kept for the next response. The handshake costs several times as much as the response."""

_BUCKET = "cloudformation-custom-resource-response-{region}"
"""CloudFormation's bucket for responses, with the stack's Region without dashes (user guide, "VPC endpoints"). Buckets have one
namespace for everybody, so a name that only begins like this one may be anybody's."""

_S3 = r"s3(-fips)?(\.dualstack)?([.-][a-z0-9-]+)?"
"""S3's endpoints below the partition's DNS suffix: with or without the Region, FIPS and dual-stack."""

logger = logging.getLogger(__name__)


class Response(NamedTuple):
    """A response, with the members of CloudFormation's response object."""

    status: str
    physical_resource_id: str
    stack_id: str
    request_id: str
    logical_resource_id: str
    reason: str = ""
    data: Mapping[str, Any] = MappingProxyType({})
    no_echo: bool = False

    def encode(self) -> bytes:
        """Serialize the response. Never raises, never exceeds `MAX_RESPONSE_BYTES`, never drops the request's identity.

        Data is flattened to strings (GetAtt of anything else fails in an Output) and `None` is dropped. If the response is too
        long, the end of the Reason is cut first, and then the longest attributes. No attribute is dropped: CloudFormation fails
        a stack whose template refers to an attribute that is missing. Only when their names alone are too long, some are.
        """
        data = {str(name): _text(value) for name, value in self._items() if value is not None}
        reason = _printable(self.reason)[:MAX_REASON_CHARACTERS]
        if self.status == FAILED and not reason.strip():
            reason = "the request failed without a message; see the function's log"
        while True:
            body = self._body(reason, data)
            excess = len(body) - MAX_RESPONSE_BYTES
            if excess <= 0:
                return body
            longest = max(data, key=lambda name: encoded_size(data[name]), default="")
            if reason and (len(reason) > _MIN_REASON_CHARACTERS or not data.get(longest)):
                # An escaped character takes at most 12 bytes. Cutting too little only means another iteration.
                reason = reason[: max(0, len(reason) - max(1, excess // 12))]
            elif data.get(longest):
                data[longest] = shortened(data[longest], encoded_size(data[longest]) - excess)
            elif data:
                data.popitem()
            else:
                return body  # only the identity is left

    def _items(self) -> list[tuple[Any, Any]]:
        return list(self.data.items()) if isinstance(self.data, Mapping) else []

    def _body(self, reason: str, data: Mapping[str, str]) -> bytes:
        return json.dumps(
            {
                "Status": self.status,
                "Reason": reason,
                "PhysicalResourceId": self.physical_resource_id,
                "StackId": self.stack_id,
                "RequestId": self.request_id,
                "LogicalResourceId": self.logical_resource_id,
                "NoEcho": self.no_echo,
                "Data": data,
            }
        ).encode("ascii")


def encoded_size(text: str) -> int:
    """Return the number of bytes that a text takes inside a response: JSON in ASCII, everything else is escaped."""
    return len(json.dumps(text)) - 2


def shortened(text: str, max_bytes: int) -> str:
    """Cut the end of a text so that it fits, and mark the cut.

    Args:
        text: The text.
        max_bytes: The bytes that it may take inside a response; the mark is left out when there is no room for it.
    """
    if encoded_size(text) <= max_bytes:
        return text
    mark = CUT_MARK if encoded_size(CUT_MARK) < max_bytes else ""
    room = max_bytes - encoded_size(mark)
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if encoded_size(text[:middle]) <= room else (low, middle - 1)
    return text[:low] + mark


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat()) if callable(isoformat) else str(value)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def url_problems(url: str, region: str) -> list[str]:
    """Return why a response must not be sent to this URL. Empty when it may be.

    Allowed are CloudFormation's response bucket of the Region, at any of S3's endpoints under the partition's DNS suffix
    (`DNS_SUFFIX` in the function's environment, which the construct sets from AWS::URLSuffix), and exactly the endpoint in
    `AWS_ENDPOINT_URL`, for an emulator. The URL itself is a credential and is never part of a message.

    Args:
        url: The ResponseURL.
        region: The Region of the stack.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ["ResponseURL is not a URL"]
    if parts.username is not None or parts.password is not None:
        return ["ResponseURL contains a user name"]
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    if endpoint.hostname and (parts.scheme, parts.netloc) == (endpoint.scheme, endpoint.netloc):
        return []
    if parts.scheme != "https" or port not in (None, 443):
        return ["ResponseURL is not an https URL with the standard port"]
    suffix = "." + os.environ.get("DNS_SUFFIX", "amazonaws.com")
    bucket = _BUCKET.format(region=region.replace("-", ""))
    place = host.removesuffix(suffix) + parts.path
    if not host.endswith(suffix) or not re.match(rf"({bucket}\.{_S3}|{_S3}/{bucket})(/|$)", place):
        return ["ResponseURL is not in CloudFormation's response bucket of the stack's Region"]
    return []


def deliver(url: str, body: bytes, *, remaining: Callable[[], float]) -> None:
    """PUT an encoded response.

    Retries network errors, 408, 429 and 5xx with jittered pauses until about 0.7 seconds are left, and any other refusal twice.
    Does not follow redirects.

    Args:
        url: The ResponseURL. It must have passed `url_problems`.
        body: The result of `Response.encode`.
        remaining: Returns the seconds until the Lambda time limit.

    Raises:
        NotDelivered: With the status, or the type of error and the host, without the rest of the URL.
    """
    refusals = attempt = 0
    while True:
        attempt += 1
        try:
            status = _put(url, body, timeout=max(0.2, min(_ATTEMPT_TIMEOUT_SECONDS, remaining() - _RESERVE_SECONDS)))
            if 200 <= status < 300:
                return
            problem = f"status {status}"
            if status not in (408, 429) and status < 500:
                refusals += 1
        except (OSError, http.client.HTTPException) as error:
            problem = f"{type(error).__name__}, {urlsplit(url).hostname}"
        pause = random.uniform(0, min(5.0, 0.2 * 2**attempt))  # noqa: S311 - jitter is not a secret
        logger.warning("the response was not accepted (%s), attempt %d", problem, attempt)
        if refusals >= _MAX_REFUSALS or remaining() - pause < _RESERVE_SECONDS:
            raise NotDelivered(f"CloudFormation did not accept the response: {problem} after {attempt} attempts")
        sleep(pause)


_connections: dict[tuple[str, str], tuple[http.client.HTTPConnection, float]] = {}
"""Connections by scheme and host, each with the time of its last response."""


def _put(url: str, body: bytes, *, timeout: float) -> int:
    parts = urlsplit(url)
    origin = (parts.scheme, parts.netloc)
    connection = _connect(*origin, timeout)
    try:
        # The URL is signed for an empty content type.
        headers = {"content-type": "", "content-length": str(len(body))}
        connection.request("PUT", f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
        reply = connection.getresponse()
        reply.read()
    except BaseException:
        connection.close()
        raise
    if connection.sock is not None:  # the server keeps it open too
        _connections[origin] = (connection, time.monotonic())
    return reply.status


def forget_connections() -> None:
    """Close all kept connections, as in a new container."""
    for connection, _ in _connections.values():
        connection.close()
    _connections.clear()


def _connect(scheme: str, host: str, timeout: float) -> http.client.HTTPConnection:
    """Return the connection of the last response, or a new one. A kept connection may still fail: then the caller retries."""
    kept, used = _connections.pop((scheme, host), (None, 0.0))
    if kept is not None:
        # No request is open, so anything readable means that the server closed the connection.
        ended = bool(select.select([kept.sock], [], [], 0)[0])
        if not ended and time.monotonic() - used < _KEPT_SECONDS:
            kept.sock.settimeout(timeout)
            return kept
        kept.close()
    if scheme == "https":
        return http.client.HTTPSConnection(host, timeout=timeout, context=_tls())
    return http.client.HTTPConnection(host, timeout=timeout)


@functools.cache
def _tls() -> ssl.SSLContext:
    """Return one context for all responses of a container: reading the certificate bundle takes 30 ms."""
    return ssl.create_default_context()
