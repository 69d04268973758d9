"""The custom resource request. It is validated before anything else happens. Standard library only."""

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from sms_registration_handler.cloudformation import response
from sms_registration_handler.errors import InvalidEvent

DEFAULT_SERVICE_TIMEOUT_SECONDS = 3600
"""How long CloudFormation waits for a response when the resource sets no ServiceTimeout."""

NOT_CREATED = "not-created"
"""First part of the physical ID of a resource whose Create failed before anything existed."""

_STACK_ID = re.compile(
    r"arn:(?P<partition>aws[a-z0-9-]*):cloudformation:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):stack/[^/]+/.+"
)
_FUNCTION_ARN = re.compile(r"arn:aws[a-z0-9-]*:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):function:.+")
_SIGNED_AT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)


class Event(NamedTuple):
    """One request from CloudFormation. Its identity is validated; its properties are not."""

    request_type: str
    resource_type: str
    stack_id: str
    request_id: str
    logical_resource_id: str
    physical_resource_id: str
    """The physical ID that CloudFormation has for the resource. Empty for a Create."""
    response_url: str
    properties: Mapping[str, Any]
    old_properties: Mapping[str, Any]
    """Only a hint: after a skipped rollback these are wrong."""
    sent_at: float | None
    """When CloudFormation signed the ResponseURL, in seconds since the epoch. None when the URL does not say."""
    service_timeout: int

    def __repr__(self) -> str:
        """Only what may be logged: neither the ResponseURL nor any value."""
        return f"Event({self.request_type}, {self.resource_type}, {self.logical_resource_id}, {self.request_id})"

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
        """The physical ID to respond with while no other is known: the event's own, or the marker of a failed Create.

        The marker is the same for every delivery of the request, and a Delete recognizes it.
        """
        return self.physical_resource_id or f"{NOT_CREATED}:{self.logical_resource_id}:{self.request_id}"

    def age(self, now: float) -> float | None:
        """Return the seconds since CloudFormation sent the event, or None when that is unknown."""
        return None if self.sent_at is None else now - self.sent_at


def parse(event: object, *, function_arn: str = "") -> Event:
    """Validate an invocation's payload.

    Args:
        event: The payload.
        function_arn: `context.invoked_function_arn`. If given, the stack must be in the same account and Region.

    Raises:
        InvalidEvent: With every problem. No response may be sent then, because the ResponseURL cannot be trusted.
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
    if not problems:
        problems += response.url_problems(event["ResponseURL"], region=event["StackId"].split(":")[3])
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
        return ["StackId is in another account or Region than this function"]
    return []


def _sent_at(url: str) -> float | None:
    """Read the time of signing from a presigned URL (Signature Version 4)."""
    signed = _SIGNED_AT.fullmatch(parse_qs(urlsplit(url).query).get("X-Amz-Date", [""])[0])
    if signed is None:
        return None
    # Not strptime, whose first call compiles a dozen expressions: a hundredth of a cold start.
    year, month, day, hour, minute, second = map(int, signed.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=timezone.utc).timestamp()
    except ValueError:
        return None


def _service_timeout(event: Mapping[str, Any]) -> int:
    properties = event.get("ResourceProperties")
    for holder in (event, properties if isinstance(properties, Mapping) else {}):
        try:
            return int(str(holder["ServiceTimeout"]))
        except (KeyError, ValueError):
            continue
    return DEFAULT_SERVICE_TIMEOUT_SECONDS
