"""The custom resource request, validated before anything else happens. Standard library only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sms_registration_handler.cloudformation import response
from sms_registration_handler.errors import InvalidEvent

DEFAULT_SERVICE_TIMEOUT = 3600
"""Seconds that CloudFormation waits for an answer when the resource sets no ServiceTimeout."""

NOT_CREATED = "not-created"
"""First part of the physical id of a resource whose Create failed before anything existed."""

_STACK_ID = re.compile(
    r"arn:(?P<partition>aws[a-z0-9-]*):cloudformation:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):stack/[^/]+/.+"
)
_FUNCTION_ARN = re.compile(r"arn:aws[a-z0-9-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:.+")


@dataclass(frozen=True)
class Event:
    """One request of CloudFormation, with its identity checked and its properties still raw."""

    request_type: str
    resource_type: str
    stack_id: str
    request_id: str
    logical_resource_id: str
    physical_resource_id: str
    """What CloudFormation knows the resource by; empty for a Create."""
    response_url: str = field(repr=False)
    properties: Mapping[str, Any] = field(repr=False)
    old_properties: Mapping[str, Any] = field(repr=False)
    """A hint at most: after a skipped rollback it does not tell the truth."""
    sent_at: float | None
    """When CloudFormation signed the ResponseURL, in seconds since the epoch; None where the URL does not say."""
    service_timeout: int

    @property
    def partition(self) -> str:
        """The AWS partition of the stack."""
        return self.stack_id.split(":")[1]

    @property
    def region(self) -> str:
        """The Region of the stack."""
        return self.stack_id.split(":")[3]

    @property
    def account(self) -> str:
        """The account of the stack."""
        return self.stack_id.split(":")[4]

    @property
    def fallback_physical_id(self) -> str:
        """The id to answer with as long as no other is known: the event's own, or the marker of a failed Create.

        The marker is the same for every delivery of the request, and a Delete recognises it.
        """
        return self.physical_resource_id or f"{NOT_CREATED}:{self.logical_resource_id}:{self.request_id}"

    def age(self, now: float) -> float | None:
        """Seconds since CloudFormation sent the event; None when that is unknown."""
        return None if self.sent_at is None else now - self.sent_at


def parse(event: object, *, function_arn: str = "") -> Event:
    """Validate an invocation's payload.

    Args:
        event: The payload.
        function_arn: `context.invoked_function_arn`; when given, the stack must be of its account and Region.

    Raises:
        InvalidEvent: Naming every problem. Nobody may be answered then: the ResponseURL cannot be trusted.
    """
    if not isinstance(event, Mapping):
        raise InvalidEvent(f"expected a CloudFormation custom resource request, got a {type(event).__name__}")
    problems = [
        f"{name} must be a non-empty string"
        for name in ("RequestType", "StackId", "RequestId", "LogicalResourceId", "ResourceType", "ResponseURL")
        if not (isinstance(event.get(name), str) and event[name])
    ]
    if not problems:
        problems += _identity_problems(event, function_arn)
        problems += response.url_problems(event["ResponseURL"])
    if event.get("RequestType") in ("Update", "Delete") and not isinstance(event.get("PhysicalResourceId"), str):
        problems.append("PhysicalResourceId must be a string")
    if problems:
        raise InvalidEvent("; ".join(problems))
    properties = event.get("ResourceProperties")
    old_properties = event.get("OldResourceProperties")
    return Event(
        request_type=event["RequestType"],
        resource_type=event["ResourceType"],
        stack_id=event["StackId"],
        request_id=event["RequestId"],
        logical_resource_id=event["LogicalResourceId"],
        physical_resource_id="" if event["RequestType"] == "Create" else str(event.get("PhysicalResourceId") or ""),
        response_url=event["ResponseURL"],
        properties=properties if isinstance(properties, Mapping) else {},
        old_properties=old_properties if isinstance(old_properties, Mapping) else {},
        sent_at=_sent_at(event["ResponseURL"]),
        service_timeout=_service_timeout(event),
    )


def _identity_problems(event: Mapping[str, Any], function_arn: str) -> list[str]:
    stack = _STACK_ID.fullmatch(event["StackId"])
    if stack is None:
        return ["StackId must be the ARN of a CloudFormation stack"]
    function = _FUNCTION_ARN.fullmatch(function_arn)
    if function and (stack["region"], stack["account"]) != (function["region"], function["account"]):
        return ["StackId is of another account or Region than this function"]
    return []


def _sent_at(url: str) -> float | None:
    """Read the moment of signing from a presigned URL (Signature Version 4)."""
    stamp = parse_qs(urlsplit(url).query).get("X-Amz-Date", [""])[0]
    try:
        return datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


def _service_timeout(event: Mapping[str, Any]) -> int:
    properties = event.get("ResourceProperties")
    for holder in (event, properties if isinstance(properties, Mapping) else {}):
        try:
            return int(str(holder["ServiceTimeout"]))
        except (KeyError, ValueError):
            continue
    return DEFAULT_SERVICE_TIMEOUT
