"""CloudFormation's side of a ResponseURL: records every response and checks it."""

import contextlib
import dataclasses
import functools
import importlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from sms_registration_contract.virtual_time import VirtualTime

HOST = "cloudformation-custom-resource-response-useast1.s3.us-east-1.amazonaws.com"


@dataclass(frozen=True)
class Put:
    """One request that reached the endpoint."""

    path: str
    body: bytes
    headers: dict[str, str]
    taken: bool = True
    """Whether it arrived, even if the sender saw an error."""

    @functools.cached_property
    def response(self) -> dict[str, Any]:
        """The parsed and checked response in the body."""
        return check_response(self.body)


def check_response(body: bytes) -> dict[str, Any]:
    """Parse a response and check it against CloudFormation's rules."""
    assert len(body) <= 4096, f"{len(body)} bytes"
    response: dict[str, Any] = json.loads(body)
    for name in ("Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId"):
        assert isinstance(response[name], str), name
        assert response[name], name
    assert response["Status"] in ("SUCCESS", "FAILED")
    assert response["Status"] == "SUCCESS" or response["Reason"].strip()
    assert len(response["PhysicalResourceId"].encode()) <= 1024
    assert isinstance(response.get("Data", {}), dict)
    assert all(isinstance(value, str) for value in response.get("Data", {}).values()), response["Data"]
    return response


@dataclass
class ResponseEndpoint:
    """Records PUT requests and sends the reply that `behave` chooses: always 200 by default.

    A reply is an HTTP status, "silence", "reset", "redirect", or "lost": the request arrives, but the sender gets no reply.
    """

    port: int = 0
    puts: list[Put] = field(default_factory=list)
    behave: Callable[[Put], int | str] = lambda _: 200
    _accepted: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The responses that CloudFormation accepts, by request ID, among the first `_found_in` of the requests."""
    _found_in: int = 0

    def script(self, *replies: int | str) -> None:
        """Send these replies in order, then 200."""
        left = list(replies)
        self.behave = lambda _: left.pop(0) if left else 200

    def record(self, path: str, body: bytes, headers: dict[str, str]) -> int | str:
        """Record a request and return the reply to it."""
        put = Put(path, body, headers)
        reply = self.behave(put)
        taken = reply == "lost" or (isinstance(reply, int) and 200 <= reply < 300)
        self.puts.append(dataclasses.replace(put, taken=taken))
        return reply

    @property
    def responses(self) -> list[dict[str, Any]]:
        """Every response that was sent, parsed and checked."""
        return [put.response for put in self.puts]

    def response_to(self, request_id: str) -> dict[str, Any] | None:
        """The response that CloudFormation accepts for a request: the first that arrived. None if there is none."""
        for put in self.puts[self._found_in :]:
            self._found_in += 1
            if put.taken:
                self._accepted.setdefault(put.response["RequestId"], put.response)
        return self._accepted.get(request_id)

    def reset(self) -> None:
        """Delete all records and reply with 200 again."""
        self.puts.clear()
        self._accepted.clear()
        self._found_in = 0
        self.behave = lambda _: 200


@contextlib.contextmanager
def without_network(endpoint: ResponseEndpoint, clock: VirtualTime) -> Iterator[None]:
    """Deliver the function's responses to an endpoint without a connection, for tests that send a hundred thousand of them."""

    def put(url: str, body: bytes, *, timeout: float) -> int:
        parts = urlsplit(url)
        reply = endpoint.record(f"{parts.path}?{parts.query}", body, {})
        if reply == "silence":
            clock.sleep(timeout)
            raise TimeoutError
        if reply in ("reset", "lost"):
            raise ConnectionResetError
        return 307 if reply == "redirect" else int(reply)

    with mock.patch.object(importlib.import_module("sms_registration_handler.cloudformation.response"), "_put", put):
        yield
