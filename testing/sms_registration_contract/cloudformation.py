"""A small simulation of CloudFormation and Lambda for handler tests: events, deliveries, statuses, virtual time.

The handler runs as shipped. `DescribeStackResource` and `DescribeStacks` go through a real botocore client whose requests never
leave the process.
"""

import functools
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import botocore.session

from sms_registration_contract.containers import (
    ACCOUNT,
    ASYNC_RETRIES,
    FUNCTION_ARN,
    REGION,
    TIMEOUT_SECONDS,
    Context,
    Killed,
)
from sms_registration_contract.response_endpoint import HOST, Put, ResponseEndpoint
from sms_registration_contract.virtual_time import VirtualTime

__all__ = [
    "ACCOUNT",
    "FUNCTION_ARN",
    "REGION",
    "CloudFormation",
    "Context",
    "Killed",
    "Resource",
    "client",
    "stringified",
]

RESOURCE_TYPE = "Custom::SmsRegistration"
_OPERATIONS = {
    "CREATE_IN_PROGRESS": "CREATE_STACK",
    "UPDATE_IN_PROGRESS": "UPDATE_STACK",
    "DELETE_IN_PROGRESS": "DELETE_STACK",
    "ROLLBACK_IN_PROGRESS": "ROLLBACK",
    "UPDATE_ROLLBACK_IN_PROGRESS": "ROLLBACK",
}
"""The status of a stack with which an operation begins."""

_OPERATIONS_SHOWN = 2
"""How many of them DescribeStacks shows: the failed update and its rollback in the example of the user guide."""

QUERY_ERRORS = {"AccessDenied": 403, "Throttling": 400, "InternalFailure": 500}
"""The errors of CloudFormation's own API, with their HTTP statuses."""


@dataclass
class Resource:
    """CloudFormation's record of a resource."""

    properties: dict[str, Any]
    physical_id: str = ""
    status: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    former: dict[str, Any] = field(default_factory=dict)
    """The properties before the last Update."""

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        record = vars(self).get("record")
        if record and name in ("status", "physical_id"):
            record(self)


class _Resources(dict[str, Resource]):
    """The resources of a stack, whose changes are recorded as the stack's events."""

    def __init__(self, record: Callable[[str, Resource], None]) -> None:
        super().__init__()
        self._record = record

    def __setitem__(self, logical_id: str, resource: Resource) -> None:
        super().__setitem__(logical_id, resource)
        vars(resource)["record"] = functools.partial(self._record, logical_id)
        if resource.status:
            self._record(logical_id, resource)

    def setdefault(self, logical_id: str, resource: Resource) -> Resource:
        if logical_id not in self:
            self[logical_id] = resource
        return self[logical_id]


class CloudFormation:
    """A simulated stack.

    Attributes:
        endpoint: Receives the responses.
        clock: The virtual time.
        handler: The function's handler.
        stack_id: The stack's ARN.
        stack_status: The status that DescribeStacks returns.
        resources: The resources by logical ID.
        api_calls: The operations of CloudFormation that the function called, in order.
        denied: Whether CloudFormation denies the function's calls.
        operations: The deployments, rollbacks and deletions so far, the newest first.
        reports_operations: Whether DescribeStacks and DescribeStackEvents name operations; older endpoints do not.
    """

    reports_operations = True

    def __init__(self, endpoint: ResponseEndpoint, clock: VirtualTime, handler: Any, stack_name: str = "Stack") -> None:
        self.endpoint, self.clock, self.handler = endpoint, clock, handler
        self.stack_id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack_name}/{uuid.uuid4()}"
        self.types: dict[str, str] = {}
        """Resource types by logical ID; `Custom::SmsRegistration` for all others."""
        self.events: list[dict[str, Any]] = []
        """What happened to the stack and its resources, as DescribeStackEvents returns it, but the oldest first."""
        self.operations: list[dict[str, str]] = []
        self._clean_ups: set[str] = set()
        """EventIds of the Deletes of former physical IDs, while the resource has another one."""
        self._status = ""
        self.stack_status = "CREATE_IN_PROGRESS"
        self.began: float | None = None
        """When the last deployment began, in seconds since the epoch; None leaves it out of DescribeStacks."""
        self.created_at = clock.time()
        self.resources: dict[str, Resource] = _Resources(self._resource_changed)
        self.api_calls: list[str] = []
        self._sent: dict[str, float] = {}
        """When the last request for a resource was sent, by logical ID."""
        stacks[self.stack_id] = self
        self.denied = False
        self.refuses: Callable[[str], str | None] = lambda _: None
        """Returns the code of the error with which an operation fails now, or None."""

    @property
    def stack_status(self) -> str:
        """The status that DescribeStacks returns."""
        return self._status

    @stack_status.setter
    def stack_status(self, status: str) -> None:
        former, self._status = self._status, status
        if status in _OPERATIONS and status != former:
            kind = "CONTINUE_ROLLBACK" if former == "UPDATE_ROLLBACK_FAILED" else _OPERATIONS[status]
            self.operations.insert(0, {"OperationType": kind, "OperationId": str(uuid.uuid4())})
        self._record("Stack", self.stack_id, status, "AWS::CloudFormation::Stack")

    def _begun(self, logical_id: str, resource: Resource) -> None:
        """Record the beginning of a request whose status the resource had already, from a request before."""
        last, now = self._last_event(logical_id), datetime.fromtimestamp(self.clock.time(), tz=timezone.utc)
        if (last["OperationId"], last["Timestamp"]) != (self.operations[0]["OperationId"], now):
            shown = "" if resource.status == "CREATE_IN_PROGRESS" else resource.physical_id
            self._record(logical_id, shown, resource.status, self.types.get(logical_id, RESOURCE_TYPE))

    def _last_event(self, logical_id: str) -> dict[str, Any]:
        of_resource = (each for each in reversed(self.events) if each["LogicalResourceId"] == logical_id)
        return next((each for each in of_resource if each["EventId"] not in self._clean_ups), {})

    def _resource_changed(self, logical_id: str, resource: Resource) -> None:
        last = self._last_event(logical_id)
        if last.get("ResourceStatus") != resource.status:
            kind = self.types.get(logical_id, RESOURCE_TYPE)
            # The first event of a Create has no physical ID, whatever the resource had before.
            shown = "" if resource.status == "CREATE_IN_PROGRESS" else resource.physical_id
            self._record(logical_id, shown, resource.status, kind)
        elif resource.status != "CREATE_IN_PROGRESS":
            last["PhysicalResourceId"] = resource.physical_id

    def _record(self, logical_id: str, physical_id: str, status: str, kind: str) -> None:
        self.events.append(
            {
                "StackId": self.stack_id,
                "EventId": str(len(self.events)),
                "StackName": "Stack",
                "OperationId": self.operations[0]["OperationId"],
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": physical_id,
                "ResourceStatus": status,
                "ResourceType": kind,
                "Timestamp": datetime.fromtimestamp(self.clock.time(), tz=timezone.utc),
            }
        )

    # --- events ---

    def event(
        self,
        request_type: str,
        logical_id: str = "TollFree",
        properties: dict[str, Any] | None = None,
        *,
        physical_id: str | None = None,
        old: dict[str, Any] | None = None,
        request_id: str | None = None,
        age: float = 0.0,
        **more: Any,
    ) -> dict[str, Any]:
        """Build one request as CloudFormation sends it: every scalar is a string."""
        self._sent[logical_id] = self.clock.time() - age
        sent = datetime.fromtimestamp(self._sent[logical_id], tz=timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        request_id = request_id or str(uuid.uuid4())
        event: dict[str, Any] = {
            "RequestType": request_type,
            "ServiceToken": FUNCTION_ARN,
            "ResponseURL": f"https://{HOST}/{self.stack_id}%7C{logical_id}%7C{request_id}"
            f"?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={sent}&X-Amz-Expires=7200&X-Amz-Signature=CANARY-SIGNATURE",
            "StackId": self.stack_id,
            "RequestId": request_id,
            "LogicalResourceId": logical_id,
            "ResourceType": self.types.get(logical_id, RESOURCE_TYPE),
            "ResourceProperties": {
                "ServiceToken": FUNCTION_ARN,
                "ServiceTimeout": "3600",
                **stringified(properties if properties is not None else {}),
            },
        }
        known = self.resources.setdefault(logical_id, Resource(properties or {}, physical_id or ""))
        # A Delete with another ID is part of a cleanup, in which the resource is complete.
        if not age and (request_type != "Delete" or physical_id == known.physical_id):
            known.status = f"{request_type.upper()}_IN_PROGRESS"
            self._begun(logical_id, known)
        elif not age:
            self._record(logical_id, physical_id or "", "DELETE_IN_PROGRESS", self.types.get(logical_id, RESOURCE_TYPE))
            self._clean_ups.add(self.events[-1]["EventId"])
        if request_type != "Create":
            event["PhysicalResourceId"] = physical_id
        if request_type == "Update":
            event["OldResourceProperties"] = {"ServiceToken": FUNCTION_ARN, **stringified(old or {})}
        return event | more

    def deliver(self, event: dict[str, Any], *, limit: float = TIMEOUT_SECONDS) -> Put | None:
        """Invoke the function once and return its last response to this event, if it sent one.

        Exceptions of the function are raised to the caller.
        """
        before = len(self.endpoint.puts)
        self.handler(json.loads(json.dumps(event)), Context(self.clock, limit))
        sent = [put for put in self.endpoint.puts[before:] if put.response["RequestId"] == event["RequestId"]]
        return sent[-1] if sent else None

    def invoke(self, event: dict[str, Any], *, limit: float = TIMEOUT_SECONDS) -> dict[str, Any] | None:
        """Deliver as Lambda does: again after one and after two more minutes if the function ends with an error."""
        for attempt in range(1 + ASYNC_RETRIES):
            before = len(self.endpoint.puts)
            if self.completes(event, limit):
                sent = [put for put in self.endpoint.puts[before:] if put.response["RequestId"] == event["RequestId"]]
                return sent[-1].response if sent else None
            self.clock.passed += 60.0 * (attempt + 1)
        return None

    def completes(self, event: dict[str, Any], limit: float = TIMEOUT_SECONDS) -> bool:
        """Deliver an event once; return whether the function ended without an error, so that Lambda does not retry."""
        try:
            self.deliver(event, limit=limit)
        except AssertionError:
            raise
        except (Killed, Exception):
            return False
        except BaseException as error:
            if type(error).__name__ != "ContinueInNextRun":
                raise
            return False
        return True

    # --- deployments ---

    def create(self, properties: dict[str, Any], logical_id: str = "TollFree") -> dict[str, Any] | None:
        """Create a resource. A failure is followed by a Delete."""
        self.resources[logical_id] = resource = Resource(properties, status="CREATE_IN_PROGRESS")
        response = self.invoke(self.event("Create", logical_id, properties))
        if response and response["Status"] == "SUCCESS":
            resource.status, resource.physical_id = "CREATE_COMPLETE", response["PhysicalResourceId"]
            resource.attributes = response["Data"]
        else:
            resource.status = "CREATE_FAILED"
            self.stack_status = "ROLLBACK_IN_PROGRESS"
            resource.physical_id = response["PhysicalResourceId"] if response else self.generated_id(logical_id)
            self.delete(logical_id)
        return response

    def update(self, properties: dict[str, Any], logical_id: str = "TollFree") -> dict[str, Any] | None:
        """Update a resource. A failure is rolled back, a replacement is cleaned up."""
        resource = self.resources[logical_id]
        old = resource.properties
        self.stack_status, resource.status = "UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS"
        response = self.invoke(self.event("Update", logical_id, properties, physical_id=resource.physical_id, old=old))
        if response and response["Status"] == "SUCCESS":
            former, resource.physical_id = resource.physical_id, response["PhysicalResourceId"]
            resource.properties, resource.attributes = properties, response["Data"]
            self.stack_status, resource.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE"
            if former != resource.physical_id:
                self.clean_up(logical_id, former, old)
        else:
            self.roll_back(logical_id, properties, old)
        return response

    def roll_back(self, logical_id: str, properties: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
        """Send the Update of a rollback, with old and new properties swapped. It must succeed."""
        resource = self.resources[logical_id]
        self.stack_status, resource.status = "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS"
        response = self.invoke(self.event("Update", logical_id, old, physical_id=resource.physical_id, old=properties))
        assert response is not None
        assert response["Status"] == "SUCCESS", response["Reason"]
        former, resource.physical_id = resource.physical_id, response["PhysicalResourceId"]
        resource.properties, resource.status = old, "UPDATE_COMPLETE"
        self.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
        if former != resource.physical_id:
            self.clean_up(logical_id, former, properties)
        self.stack_status = "UPDATE_ROLLBACK_COMPLETE"
        return response

    def clean_up(self, logical_id: str, physical_id: str, properties: dict[str, Any]) -> dict[str, Any] | None:
        """Send the Delete of a replaced resource, up to three times."""
        response = None
        for _ in range(3):
            response = self.invoke(self.event("Delete", logical_id, properties, physical_id=physical_id))
            if response and response["Status"] == "SUCCESS":
                break
        return response

    def delete(self, logical_id: str = "TollFree") -> dict[str, Any] | None:
        """Delete a resource: in a rollback that is in progress, else because the stack is deleted."""
        resource = self.resources[logical_id]
        if not self.stack_status.endswith("ROLLBACK_IN_PROGRESS"):
            self.stack_status = "DELETE_IN_PROGRESS"
        resource.status = "DELETE_IN_PROGRESS"
        response = self.invoke(self.event("Delete", logical_id, resource.properties, physical_id=resource.physical_id))
        resource.status = "DELETE_COMPLETE" if response and response["Status"] == "SUCCESS" else "DELETE_FAILED"
        return response

    def generated_id(self, logical_id: str) -> str:
        """The physical ID that CloudFormation generates for a Create without a response."""
        return f"{self.stack_id.split('/')[1]}-{logical_id}-{uuid.uuid4().hex[:13].upper()}"

    # --- the API that the function calls ---

    def describe(self, operation: str, logical_id: str | None) -> tuple[int, dict[str, Any]]:
        """Perform DescribeStacks, DescribeStackResource, DescribeStackEvents or ListStackResources.

        Returns:
            The HTTP status and the parsed response.
        """
        self.api_calls.append(operation)
        code = "AccessDenied" if self.denied else self.refuses(operation)
        if code:
            return QUERY_ERRORS[code], {"Error": {"Code": code, "Message": "not now"}}
        if operation == "DescribeStacks":
            stack: dict[str, Any] = {"StackName": "Stack", "StackStatus": self.stack_status}
            if self.began is not None:
                stack["CreationTime"] = datetime.fromtimestamp(self.created_at, tz=timezone.utc)
                stack["LastUpdatedTime"] = datetime.fromtimestamp(self.began, tz=timezone.utc)
            if self.reports_operations:
                stack["LastOperations"] = self.operations[:_OPERATIONS_SHOWN]
            return 200, {"Stacks": [stack]}
        if operation == "DescribeStackEvents":
            if self.reports_operations:
                return 200, {"StackEvents": self.events[::-1]}
            shown = [{key: value for key, value in each.items() if key != "OperationId"} for each in self.events]
            return 200, {"StackEvents": shown[::-1]}
        if operation == "ListStackResources":
            return 200, {"StackResourceSummaries": [self._summary(*each) for each in self.resources.items()]}
        resource = self.resources.get(logical_id or "")
        if resource is None:
            return 400, {"Error": {"Code": "ValidationError", "Message": "Resource does not exist for stack"}}
        return 200, {
            "StackResourceDetail": {
                "LogicalResourceId": logical_id,
                "PhysicalResourceId": resource.physical_id,
                "ResourceStatus": resource.status,
                "LastUpdatedTimestamp": datetime.fromtimestamp(self._sent.get(logical_id or "", 0.0), tz=timezone.utc),
            }
        }

    def _summary(self, logical_id: str, resource: Resource) -> dict[str, Any]:
        return {
            "LogicalResourceId": logical_id,
            "PhysicalResourceId": resource.physical_id,
            "ResourceStatus": resource.status,
            "ResourceType": self.types.get(logical_id, RESOURCE_TYPE),
            "LastUpdatedTimestamp": datetime.fromtimestamp(self.clock.time(), tz=timezone.utc),
        }


stacks: dict[str, CloudFormation] = {}
"""Every stack of this process by its ID."""


@functools.cache
def client() -> Any:
    """A CloudFormation client whose requests go to the simulated stacks of this process."""
    session = botocore.session.Session()
    session.set_credentials("testing", "testing")
    made = session.create_client("cloudformation", region_name=REGION)
    made.meta.events.register_first("before-call.cloudformation", _response)
    return made


def _response(model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
    body = params["body"]
    status, response = stacks[body["StackName"]].describe(model.name, body.get("LogicalResourceId"))
    return _Http(status), response


@dataclass
class _Http:
    status_code: int


def stringified(value: Any) -> Any:
    """Convert properties as CloudFormation does for a custom resource: every scalar becomes a string."""
    if isinstance(value, dict):
        return {key: stringified(each) for key, each in value.items()}
    if isinstance(value, list):
        return [stringified(each) for each in value]
    return value if isinstance(value, str) else json.dumps(value)
