"""What CloudFormation says of the stack and the resource at this moment: the fence against late and cancelled requests.

Every answer may be unknown (None): without the right to ask, or while CloudFormation throttles, the function goes on with what
else it knows.
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
"""Seconds by which the clock that signs a ResponseURL may differ from the one that dates a status."""

_LISTED_AFTER_SECONDS = 1.0
"""A resource that was added a moment ago may not be listed yet."""

_GONE: Mapping[str, Any] = MappingProxyType({"ResourceStatus": "DELETE_COMPLETE"})
"""Stands for a resource that CloudFormation says the stack does not have."""


class Stack:
    """The stack of one event.

    Args:
        event: The event that is being handled.
        client: Makes the CloudFormation client; called at the first question only, because most events ask none.
    """

    def __init__(self, event: Event, client: Callable[[], Any]) -> None:
        self._event = event
        self._client = client
        self._last: Mapping[str, Any] | None = None

    def moved_on(self) -> bool:
        """Whether CloudFormation has given up this request: cancelled, timed out, rolled back or deleted meanwhile.

        DescribeStackResource reports CREATE_FAILED ("Resource creation cancelled") before the Delete is sent. What is unknown, a
        status too, means no; and so does a request that was answered with success already, see `answered_with`. The Update of a
        rollback has the same status as the one that it undoes, so the stack's own status is asked too.
        """
        status = str((self._resource() or {}).get("ResourceStatus", ""))
        if status.startswith("DELETE_") or "ROLLBACK" in status:
            return True
        if self._event.request_type == "Create":
            return status == "CREATE_FAILED"
        return status == "UPDATE_FAILED" or (not self.is_rolling_back() and "ROLLBACK" in (self._status_now() or ""))

    def answered_with(self) -> str | None:
        """The physical id that CloudFormation has already taken from an answer to this request; None when it has not.

        Told from what `moved_on` was last told, which is asked just before.
        """
        resource = self._last
        if resource is None or resource["ResourceStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return None
        return str(resource.get("PhysicalResourceId", "")) or None

    def held(self) -> set[str]:
        """The physical id that the resource has now, or keeps as retained; none when it is deleted or unknown.

        A deleted stack still names what it had.
        """
        resource = self._resource() or _GONE
        return set() if resource["ResourceStatus"] == "DELETE_COMPLETE" else {str(resource.get("PhysicalResourceId"))}

    def is_over(self) -> bool:
        """Whether CloudFormation waits for no answer to this request any more; unknown means no.

        It has an answer, has given up, or is at a later request of the same kind, for which the resource's status began after
        this one was sent.
        """
        resource = self._resource()
        if resource is None:
            return False
        verb, _, phase = str(resource["ResourceStatus"]).partition("_")
        if phase != "IN_PROGRESS":
            return phase in ("COMPLETE", "FAILED", "SKIPPED")
        if verb != self._event.request_type.upper():
            return verb in ("CREATE", "UPDATE", "DELETE")
        began, sent = resource.get("LastUpdatedTimestamp"), self._event.sent_at
        return began is not None and sent is not None and began.timestamp() > sent + _CLOCK_SKEW_SECONDS

    def _resource(self) -> Mapping[str, Any] | None:
        parameters = {"StackName": self._event.stack_id, "LogicalResourceId": self._event.logical_resource_id}
        answer = self._ask("describe_stack_resource", **parameters)
        if answer is _GONE:
            sleep(_LISTED_AFTER_SECONDS)
            answer = self._ask("describe_stack_resource", **parameters)
        self._last = answer if answer is None or answer is _GONE else answer["StackResourceDetail"]
        return self._last

    def is_rolling_back(self) -> bool:
        """Whether the stack is in a rollback. Unknown means no; and an Update that comes after a rollback is not part of it."""
        status = self.status or ""
        return status.endswith("ROLLBACK_IN_PROGRESS") if self._event.request_type == "Update" else "ROLLBACK" in status

    def observe(self) -> None:
        """Ask for the stack's status now, for all later questions: a rollback that begins later has overtaken this request."""
        self.status  # noqa: B018 - asked for once

    @functools.cached_property
    def status(self) -> str | None:
        """The stack's status (DescribeStacks) when it was first asked for in this run; None when unknown."""
        return self._status_now()

    def deployment_began(self) -> float | None:
        """When the stack's last deployment began, in seconds since the epoch, less what clocks may differ; None when unknown."""
        stack = self._stack() or {}
        began = stack.get("LastUpdatedTime") or stack.get("CreationTime")
        return None if began is None else began.timestamp() - _CLOCK_SKEW_SECONDS

    def _status_now(self) -> str | None:
        stack = self._stack()
        return str(stack["StackStatus"]) if stack else None

    def _stack(self) -> Mapping[str, Any] | None:
        answer = self._ask("describe_stacks", StackName=self._event.stack_id)
        return answer["Stacks"][0] if answer and answer.get("Stacks") else None

    def _ask(self, operation: str, **parameters: str) -> Mapping[str, Any] | None:
        try:
            answer: dict[str, Any] = getattr(self._client(), operation)(**parameters)
        except botocore.exceptions.ClientError as error:
            details = error.response.get("Error", {})
            if details.get("Code") == "ValidationError" and "does not exist" in str(details.get("Message")):
                return _GONE if operation == "describe_stack_resource" else None
            logger.warning("CloudFormation did not say (%s: %s)", operation, details.get("Code"))
            return None
        except Exception as error:  # the fence is a second net: it must never be the thing that fails
            logger.warning("CloudFormation did not say (%s: %s)", operation, type(error).__name__)
            return None
        return answer
