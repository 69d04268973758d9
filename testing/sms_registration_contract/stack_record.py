"""What CloudFormation knows about a simulated stack, and its API, which the function calls: statuses, events, operations."""

import functools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import botocore.session

from sms_registration_contract.containers import ACCOUNT, REGION
from sms_registration_contract.virtual_time import VirtualTime

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


class StackRecord:
    """A stack, its resources, and their history.

    Attributes:
        clock: The virtual time.
        stack_id: The stack's ARN.
        stack_status: The status that DescribeStacks returns.
        resources: The resources by logical ID.
        api_calls: The operations of CloudFormation that the function called, in order.
        denied: Whether CloudFormation denies the function's calls.
        operations: The deployments, rollbacks and deletions so far, the newest first.
        reports_operations: Whether DescribeStacks and DescribeStackEvents name operations; older endpoints do not.
    """

    reports_operations = True

    def __init__(self, clock: VirtualTime, stack_name: str) -> None:
        self.clock = clock
        self.stack_id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack_name}/{uuid.uuid4()}"
        self.types: dict[str, str] = {}
        """Resource types by logical ID; `Custom::SmsRegistration` for all others."""
        self.events: list[dict[str, Any]] = []
        """What happened to the stack and its resources, as DescribeStackEvents returns it, but the oldest first."""
        self.operations: list[dict[str, str]] = []
        self.clean_ups: set[str] = set()
        """EventIds of the Deletes of former physical IDs, while the resource has another one."""
        self._status = ""
        self.stack_status = "CREATE_IN_PROGRESS"
        self.began: float | None = None
        """When the last deployment began, in seconds since the epoch; None leaves it out of DescribeStacks."""
        self.created_at = clock.time()
        self.resources: dict[str, Resource] = _Resources(self._resource_changed)
        self.api_calls: list[str] = []
        self.sent_times: dict[str, float] = {}
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
        self.record("Stack", self.stack_id, status, "AWS::CloudFormation::Stack")

    def begun(self, logical_id: str, resource: Resource) -> None:
        """Record the beginning of a request whose status the resource had already, from a request before."""
        last, now = self._last_event(logical_id), datetime.fromtimestamp(self.clock.time(), tz=timezone.utc)
        if (last["OperationId"], last["Timestamp"]) != (self.operations[0]["OperationId"], now):
            shown = "" if resource.status == "CREATE_IN_PROGRESS" else resource.physical_id
            self.record(logical_id, shown, resource.status, self.types.get(logical_id, RESOURCE_TYPE))

    def _last_event(self, logical_id: str) -> dict[str, Any]:
        of_resource = (each for each in reversed(self.events) if each["LogicalResourceId"] == logical_id)
        return next((each for each in of_resource if each["EventId"] not in self.clean_ups), {})

    def _resource_changed(self, logical_id: str, resource: Resource) -> None:
        last = self._last_event(logical_id)
        if last.get("ResourceStatus") != resource.status:
            kind = self.types.get(logical_id, RESOURCE_TYPE)
            # The first event of a Create has no physical ID, whatever the resource had before.
            shown = "" if resource.status == "CREATE_IN_PROGRESS" else resource.physical_id
            self.record(logical_id, shown, resource.status, kind)
        elif resource.status != "CREATE_IN_PROGRESS":
            last["PhysicalResourceId"] = resource.physical_id

    def record(self, logical_id: str, physical_id: str, status: str, kind: str) -> None:
        """Record an event of the stack or of a resource."""
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
                "LastUpdatedTimestamp": datetime.fromtimestamp(
                    self.sent_times.get(logical_id or "", 0.0), tz=timezone.utc
                ),
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


stacks: dict[str, StackRecord] = {}
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
