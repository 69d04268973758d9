"""CloudFormation's rules for the responses of custom resources: pure, without ministack."""

from __future__ import annotations

import json
import secrets
import string
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

MAX_RESPONSE_BYTES = 4096
MAX_PHYSICAL_ID_BYTES = 1024


class CustomResourceError(Exception):
    """A custom resource failed.

    Attributes:
        physical_id: The physical ID in its response; None without a valid response.
    """

    def __init__(self, reason: str, physical_id: str | None = None) -> None:
        super().__init__(reason)
        self.physical_id = physical_id


@dataclass(frozen=True)
class Response:
    """A response that CloudFormation accepts."""

    succeeded: bool
    physical_id: str | None
    reason: str
    data: dict[str, Any]


@dataclass
class Request:
    """One request to a custom resource, until it gets a response, is canceled or times out."""

    token: str
    stack_name: str
    event: dict[str, Any]
    decided: threading.Event = field(default_factory=threading.Event)
    response: Response | None = None
    canceled: bool = False


def judge(body: bytes, event: dict[str, Any]) -> Response | None:
    """Evaluate a body that was PUT to the ResponseURL of an event.

    Returns:
        The response; None for a body that CloudFormation ignores because it belongs to another request.
    """
    try:
        response = json.loads(body)
    except ValueError:
        return _refused("Response is not valid JSON.")
    if not isinstance(response, dict):
        return _refused("Response is not a JSON object.")
    if len(body) > MAX_RESPONSE_BYTES:
        return _refused("Response object is too long.")
    if any(response.get(name) != event[name] for name in ("RequestId", "StackId", "LogicalResourceId")):
        return None
    physical_id = response.get("PhysicalResourceId")
    if not isinstance(physical_id, str) or not physical_id or len(physical_id.encode()) > MAX_PHYSICAL_ID_BYTES:
        return _refused("Invalid PhysicalResourceId")
    status = response.get("Status")
    if status not in ("SUCCESS", "FAILED"):
        return Response(False, physical_id, f"Invalid Status {status!r}: expected SUCCESS or FAILED", {})
    if status == "FAILED":
        reason = response.get("Reason")
        text = reason if isinstance(reason, str) and reason else "(no Reason given)"
        message = f"Received response status [FAILED] from custom resource. Message returned: {text}"
        return Response(False, physical_id, f"{message} (RequestId: {event['RequestId']})", {})
    data = response.get("Data") or {}
    if not isinstance(data, dict):
        reason = "Value of property Data must be an object with String (or simple type) properties"
        return Response(False, physical_id, reason, {})
    return Response(True, physical_id, "", data)


def _refused(reason: str) -> Response:
    return Response(False, None, reason, {})


def generated_physical_id(stack_name: str, logical_id: str) -> str:
    """The physical ID that CloudFormation generates for a Create that returned none."""
    suffix = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(12))
    return f"{stack_name}-{logical_id}-{suffix}"


def presigned_query(account: str, region: str, seconds: float) -> str:
    """A query string with the parameters of a presigned S3 URL, signed at this time; the signature is random."""
    now = time.gmtime(seconds)
    return urlencode(
        {
            "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
            "X-Amz-Date": time.strftime("%Y%m%dT%H%M%SZ", now),
            "X-Amz-SignedHeaders": "host",
            "X-Amz-Expires": "7200",
            "X-Amz-Credential": f"{account}/{time.strftime('%Y%m%d', now)}/{region}/s3/aws4_request",
            "X-Amz-Signature": secrets.token_hex(32),
        }
    )


class Requests:
    """The requests that wait for a response, and the history of all requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, Request] = {}
        self.history: list[dict[str, Any]] = []

    def open(self, token: str, stack_name: str, event: dict[str, Any], stack_status: str) -> Request:
        """Record a request that is about to be sent."""
        request = Request(token, stack_name, event)
        with self._lock:
            self._waiting[token] = request
            self.history.append({"event": event, "stackStatus": stack_status, "responses": []})
        return request

    def deliver(self, token: str, body: bytes) -> None:
        """Process a body that was PUT to a ResponseURL; the first one that CloudFormation accepts decides."""
        with self._lock:
            for entry in self.history:
                if entry["event"]["ResponseURL"].partition("?")[0].endswith("/" + token):
                    entry["responses"].append(body.decode(errors="replace"))
            request = self._waiting.get(token)
            if request is None or request.decided.is_set():
                return
            response = judge(body, request.event)
            if response is not None:
                request.response = response
                request.decided.set()

    def wait(self, request: Request, timeout: float) -> Response:
        """Wait for the response to a request.

        Raises:
            CustomResourceError: The response is a failure, there was none in time, or the request was canceled.
        """
        request.decided.wait(timeout)
        with self._lock:
            self._waiting.pop(request.token, None)
        event = request.event
        if request.canceled:
            verb = {"Create": "creation", "Update": "update", "Delete": "deletion"}[event["RequestType"]]
            raise CustomResourceError(f"Resource {verb} cancelled")
        if request.response is None:
            raise CustomResourceError(
                "CloudFormation did not receive a response from your custom resource. Please check your logs for "
                f"requestId [{event['RequestId']}]."
            )
        if not request.response.succeeded:
            raise CustomResourceError(request.response.reason, request.response.physical_id)
        return request.response

    def waiting(self) -> list[Request]:
        """The requests that have no response yet and are not canceled."""
        with self._lock:
            return [request for request in self._waiting.values() if not request.decided.is_set()]

    def cancel(self, stack_name: str | None = None, logical_id: str | None = None) -> int:
        """Cancel the waiting requests of a resource (of all resources if both are None); return how many there were."""
        canceled = 0
        with self._lock:
            for request in self._waiting.values():
                if stack_name not in (None, request.stack_name) or request.decided.is_set():
                    continue
                if logical_id in (None, request.event["LogicalResourceId"]):
                    request.canceled = True
                    request.decided.set()
                    canceled += 1
        return canceled
