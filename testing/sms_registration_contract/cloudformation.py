"""A small simulation of CloudFormation and Lambda for handler tests: events, deliveries, deployments, virtual time.

The handler runs as shipped. What it asks CloudFormation goes through a real botocore client whose requests never leave the
process: see `stack_record`.
"""

import json
import uuid
from datetime import datetime, timezone
from typing import Any

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
from sms_registration_contract.stack_record import (
    QUERY_ERRORS,
    RESOURCE_TYPE,
    Resource,
    StackRecord,
    client,
    stacks,
)
from sms_registration_contract.virtual_time import VirtualTime

__all__ = [
    "ACCOUNT",
    "FUNCTION_ARN",
    "QUERY_ERRORS",
    "REGION",
    "CloudFormation",
    "Context",
    "Killed",
    "Resource",
    "client",
    "stacks",
    "stringified",
]


class CloudFormation(StackRecord):
    """A simulated stack.

    Attributes:
        endpoint: Receives the responses.
        handler: The function's handler.
    """

    def __init__(self, endpoint: ResponseEndpoint, clock: VirtualTime, handler: Any, stack_name: str = "Stack") -> None:
        super().__init__(clock, stack_name)
        self.endpoint, self.handler = endpoint, handler

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
        self.sent_times[logical_id] = self.clock.time() - age
        sent = datetime.fromtimestamp(self.sent_times[logical_id], tz=timezone.utc).strftime("%Y%m%dT%H%M%SZ")
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
            self.begun(logical_id, known)
        elif not age:
            self.record(logical_id, physical_id or "", "DELETE_IN_PROGRESS", self.types.get(logical_id, RESOURCE_TYPE))
            self.clean_ups.add(self.events[-1]["EventId"])
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


def stringified(value: Any) -> Any:
    """Convert properties as CloudFormation does for a custom resource: every scalar becomes a string."""
    if isinstance(value, dict):
        return {key: stringified(each) for key, each in value.items()}
    if isinstance(value, list):
        return [stringified(each) for each in value]
    return value if isinstance(value, str) else json.dumps(value)
