"""The current status of the stack and the resource in CloudFormation: the fence against late and canceled requests.

Every status may be unknown (None): without the permission to query it, or while CloudFormation throttles, the function continues
with what else it knows.
"""

import functools
import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import botocore.exceptions

from sms_registration_handler.aws.deadline import sleep
from sms_registration_handler.cloudformation.event import Event

logger = logging.getLogger(__name__)

_CLOCK_SKEW_SECONDS = 30.0
"""How far the clock that signs a ResponseURL may differ from the clock that timestamps a status."""

_LISTED_AFTER_SECONDS = 1.0
"""A resource that was just added may not be listed before this."""

_GONE: Mapping[str, Any] = MappingProxyType({"ResourceStatus": "DELETE_COMPLETE"})
"""Represents a resource that the stack does not have, according to CloudFormation."""


class Stack:
    """The stack of one event.

    Args:
        event: The event that is being handled.
        client: Creates the CloudFormation client. Called with the first query, because most events need none.
    """

    def __init__(self, event: Event, client: Callable[[], Any]) -> None:
        self._event = event
        self._client = client
        self._last: Mapping[str, Any] | None = None

    def has_abandoned_request(self) -> bool:
        """Whether CloudFormation has since abandoned this request: it was canceled, timed out, rolled back or deleted.

        DescribeStackResource reports CREATE_FAILED ("Resource creation cancelled") before the Delete is sent. Anything unknown
        means no, also an unknown status. A request that already had a successful response is not abandoned either, see
        `responded_with`. A rollback's Update has the same resource status as the Update that it reverts, so the stack's own
        status is queried too.
        """
        resource = self._resource() or {}
        status = str(resource.get("ResourceStatus", ""))
        if self._seconds_after_event(resource) < -_CLOCK_SKEW_SECONDS:
            return False  # it says how an earlier request ended, such as a Create that failed and was not rolled back
        if status.startswith("DELETE_") or "ROLLBACK" in status:
            return True
        if self._event.request_type == "Create":
            return status in ("CREATE_FAILED", "UPDATE_FAILED")
        return status == "UPDATE_FAILED" or (not self.is_rolling_back() and "ROLLBACK" in (self._status_now() or ""))

    def responded_with(self) -> str | None:
        """Return the physical ID from a response to this request that CloudFormation already accepted, or None without one.

        Makes no query: it uses the result of the last one, so call `has_abandoned_request` just before.
        """
        resource = self._last
        if resource is None or resource["ResourceStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return None
        return str(resource.get("PhysicalResourceId", "")) or None

    def held(self) -> set[str]:
        """Return the physical ID that the resource has now, or that it had when it was retained. Empty when deleted or unknown.

        CloudFormation still describes the resources of a deleted stack.
        """
        resource = self._resource() or _GONE
        return set() if resource["ResourceStatus"] == "DELETE_COMPLETE" else {str(resource.get("PhysicalResourceId"))}

    def expects_no_response(self) -> bool:
        """Whether CloudFormation no longer waits for a response to this request. Unknown means no.

        It has a response, has abandoned the request, or is at a later request of the same type: then the resource's status began
        after this request was sent.
        """
        resource = self._resource()
        if resource is None:
            return False
        verb, _, phase = str(resource["ResourceStatus"]).partition("_")
        if phase != "IN_PROGRESS":
            return phase in ("COMPLETE", "FAILED", "SKIPPED")
        # A resource whose Create failed is created again by an update of the stack.
        is_created_again = (verb, self._event.request_type) == ("UPDATE", "Create")
        if verb != self._event.request_type.upper() and not is_created_again:
            return verb in ("CREATE", "UPDATE", "DELETE")
        return self._seconds_after_event(resource) > _CLOCK_SKEW_SECONDS

    def _seconds_after_event(self, resource: Mapping[str, Any]) -> float:
        """Return how long after this event the resource's status began, negative if before; 0 when unknown."""
        began, sent = resource.get("LastUpdatedTimestamp"), self._event.sent_at
        return 0.0 if began is None or sent is None else began.timestamp() - sent

    def _resource(self) -> Mapping[str, Any] | None:
        parameters = {"StackName": self._event.stack_id, "LogicalResourceId": self._event.logical_resource_id}
        response = self._query("describe_stack_resource", **parameters)
        if response is _GONE:
            sleep(_LISTED_AFTER_SECONDS)
            response = self._query("describe_stack_resource", **parameters)
        self._last = response if response is None or response is _GONE else response["StackResourceDetail"]
        return self._last

    def is_rolling_back(self) -> bool:
        """Whether the stack is rolling back. Unknown means no. An Update after a completed rollback is not part of it."""
        status = self.status or ""
        return status.endswith("ROLLBACK_IN_PROGRESS") if self._event.request_type == "Update" else "ROLLBACK" in status

    def observe(self) -> None:
        """Query the stack's status now and keep it: a rollback that begins later has overtaken this request."""
        self.status  # noqa: B018 - the property caches it

    @functools.cached_property
    def status(self) -> str | None:
        """The stack's status (DescribeStacks) when this run first queried it. None when unknown."""
        return self._status_now()

    def deployment_began(self) -> float | None:
        """Return when the stack's last deployment began, or None when unknown.

        In seconds since the epoch, minus the possible difference between clocks.
        """
        stack = self._stack() or {}
        began = stack.get("LastUpdatedTime") or stack.get("CreationTime")
        return None if began is None else began.timestamp() - _CLOCK_SKEW_SECONDS

    def _status_now(self) -> str | None:
        stack = self._stack()
        return str(stack["StackStatus"]) if stack else None

    def _stack(self) -> Mapping[str, Any] | None:
        response = self._query("describe_stacks", StackName=self._event.stack_id)
        return response["Stacks"][0] if response and response.get("Stacks") else None

    def _query(self, operation: str, **parameters: str) -> Mapping[str, Any] | None:
        try:
            response: dict[str, Any] = getattr(self._client(), operation)(**parameters)
        except botocore.exceptions.ClientError as error:
            details = error.response.get("Error", {})
            if details.get("Code") == "ValidationError" and "does not exist" in str(details.get("Message")):
                return _GONE if operation == "describe_stack_resource" else None
            logger.warning("CloudFormation could not be queried (%s: %s)", operation, details.get("Code"))
            return None
        except Exception as error:  # these queries are an extra safeguard and must never fail a request themselves
            logger.warning("CloudFormation could not be queried (%s: %s)", operation, type(error).__name__)
            return None
        return response
