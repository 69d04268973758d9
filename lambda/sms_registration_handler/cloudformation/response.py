"""The answer to CloudFormation: where it may go, what it looks like, how it is delivered. Standard library only.

Also used when the rest of the function cannot be imported, so nothing here may need anything else.
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
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sms_registration_handler.aws.deadline import sleep
from sms_registration_handler.errors import NotDelivered

MAX_BYTES = 4096
"""CloudFormation refuses a longer answer ("Response object is too long")."""

MAX_REASON = 3000
"""Characters of a Reason: enough for a form with many mistakes, and the rest of the answer still fits."""

SUCCESS = "SUCCESS"
FAILED = "FAILED"

_ATTEMPT_TIMEOUT = 5.0
_LAST_MOMENT = 0.7
_MAX_REFUSALS = 3
_KEPT = 5.0
"""Seconds for which a connection is kept for the next answer: the handshake costs several times what the answer does."""

_BUCKET = re.compile(r"cloudformation-custom-resource-response-[a-z0-9]+\.s3([.-][a-z0-9-]+)?")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Response:
    """An answer, as CloudFormation's response object names its members."""

    status: str
    physical_resource_id: str
    stack_id: str
    request_id: str
    logical_resource_id: str
    reason: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    no_echo: bool = False

    def encode(self) -> bytes:
        """Serialise; never raises, never exceeds `MAX_BYTES`, never loses the identity of the request.

        Data is flattened to strings (GetAtt of anything else fails in an Output) and `None` is dropped. When the whole is too
        long, the Reason is cut at its end and then the largest attributes go, which the Reason says.
        """
        data = {str(name): _text(value) for name, value in self._items() if value is not None}
        reason = _printable(self.reason)[:MAX_REASON]
        if self.status == FAILED and not reason.strip():
            reason = "the request failed without a message; see the function's log"
        dropped: list[str] = []
        while True:
            note = f" (too long, left out: {', '.join(dropped)})" if dropped else ""
            body = self._body(reason + note, data)
            excess = len(body) - MAX_BYTES
            if excess <= 0:
                return body
            if data and (len(reason) <= 200 or self.status == SUCCESS):
                largest = max(data, key=lambda name: len(json.dumps(data[name])))
                del data[largest]
                dropped.append(largest)
            elif reason:
                # An escaped character takes at most 12 bytes; cutting too little only means another round.
                reason = reason[: max(0, len(reason) - max(1, excess // 12))]
            elif dropped:
                dropped = []
            else:
                return body  # nothing but the identity is left

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


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    isoformat = getattr(value, "isoformat", None)
    return str(isoformat()) if callable(isoformat) else str(value)


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def url_problems(url: str) -> list[str]:
    """Say why an answer must not go to this URL; empty when it may.

    It may go to CloudFormation's response buckets under the partition's DNS suffix (`DNS_SUFFIX` in the function's environment,
    which the construct fills from AWS::URLSuffix), and to the very endpoint that `AWS_ENDPOINT_URL` names: an emulator's. The
    URL itself is a credential and is never part of a message.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ["ResponseURL is not a URL"]
    if parts.username is not None or parts.password is not None:
        return ["ResponseURL holds a user name"]
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    if endpoint.hostname and (parts.scheme, parts.netloc) == (endpoint.scheme, endpoint.netloc):
        return []
    if parts.scheme != "https" or port not in (None, 443):
        return ["ResponseURL is not an https URL of the standard port"]
    suffix = "." + os.environ.get("DNS_SUFFIX", "amazonaws.com")
    if not host.endswith(suffix) or not _BUCKET.fullmatch(host[: -len(suffix)]):
        return ["ResponseURL is not one of CloudFormation's response buckets"]
    return []


def deliver(url: str, body: bytes, *, remaining: Callable[[], float]) -> None:
    """PUT an encoded answer.

    Retries network errors, 408, 429 and 5xx with jittered waits until about 0.7 s are left, and any other refusal twice. Follows
    no redirect.

    Args:
        url: The ResponseURL; it must have passed `url_problems`.
        body: What `Response.encode` returned.
        remaining: Seconds until the Lambda limit.

    Raises:
        NotDelivered: With the status or the kind of error, without the URL.
    """
    refusals = attempt = 0
    while True:
        attempt += 1
        try:
            status = _put(url, body, timeout=max(0.2, min(_ATTEMPT_TIMEOUT, remaining() - _LAST_MOMENT)))
            if 200 <= status < 300:
                return
            problem = f"status {status}"
            if status not in (408, 429) and status < 500:
                refusals += 1
        except (OSError, http.client.HTTPException) as error:
            problem = type(error).__name__
        pause = random.uniform(0, min(5.0, 0.2 * 2**attempt))  # noqa: S311 - jitter is no secret
        logger.warning("the answer was not taken (%s), attempt %d", problem, attempt)
        if refusals >= _MAX_REFUSALS or remaining() - pause < _LAST_MOMENT:
            raise NotDelivered(f"CloudFormation did not take the answer: {problem} after {attempt} attempts")
        sleep(pause)


_connections: dict[tuple[str, str], tuple[http.client.HTTPConnection, float]] = {}
"""By scheme and host, with the moment of the last answer."""


def _put(url: str, body: bytes, *, timeout: float) -> int:
    parts = urlsplit(url)
    origin = (parts.scheme, parts.netloc)
    connection = _connect(*origin, timeout)
    try:
        # An empty content type is what the URL was signed for.
        headers = {"content-type": "", "content-length": str(len(body))}
        connection.request("PUT", f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
        answer = connection.getresponse()
        answer.read()
    except BaseException:
        connection.close()
        raise
    if connection.sock is not None:  # the other side keeps it open too
        _connections[origin] = (connection, time.monotonic())
    return answer.status


def forget_connections() -> None:
    """Close what is kept, as in a new container."""
    for connection, _ in _connections.values():
        connection.close()
    _connections.clear()


def _connect(scheme: str, host: str, timeout: float) -> http.client.HTTPConnection:
    """The connection of the last answer, or a new one. That one may be dead is for the caller to see: he tries again."""
    kept, used = _connections.pop((scheme, host), (None, 0.0))
    if kept is not None:
        # With nothing asked, there is nothing to read but the end.
        ended = bool(select.select([kept.sock], [], [], 0)[0])
        if not ended and time.monotonic() - used < _KEPT:
            kept.sock.settimeout(timeout)
            return kept
        kept.close()
    if scheme == "https":
        return http.client.HTTPSConnection(host, timeout=timeout, context=_tls())
    return http.client.HTTPConnection(host, timeout=timeout)


@functools.cache
def _tls() -> ssl.SSLContext:
    """One context for all answers of a container: reading the certificate bundle costs 30 ms."""
    return ssl.create_default_context()
