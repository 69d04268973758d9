"""What CloudFormation says about the stack and the resource of one event: the fence against late and canceled requests.

A question that CloudFormation throttles or fails is repeated. A status is unknown (None, or `Standing.UNKNOWN`) only when the
permission to ask is missing, or when CloudFormation did not respond in time and nothing decisive depends on it.
"""

import enum
import functools
from collections.abc import Callable, Mapping
from typing import Any

from sms_registration_handler.cloudformation import operations
from sms_registration_handler.cloudformation.event import Event
from sms_registration_handler.cloudformation.history import CLOCK_SKEW_SECONDS, LATER_SECONDS, History
from sms_registration_handler.cloudformation.queries import LISTED_AFTER_SECONDS, Queries

_GONE_STATUSES = ("DELETE_COMPLETE", "DELETE_SKIPPED")
"""Statuses of a resource that is not in the stack any more."""


class Standing(enum.Enum):
    """What a Create or Update is to CloudFormation at this moment."""

    CURRENT = enum.auto()
    """CloudFormation waits for a response to it."""
    ABANDONED = enum.auto()
    """It was canceled, timed out, rolled back or deleted."""
    RESPONDED = enum.auto()
    """Another delivery of it had a response, and nothing followed: what it declares is what the stack has."""
    ENDED = enum.auto()
    """It had a response, and a later deployment or a rollback may have followed."""
    UNKNOWN = enum.auto()


class Stack:
    """The stack of one event.

    Attributes:
        history: What its events say.

    Args:
        event: The event that is being handled.
        client: Creates the CloudFormation client. Called with the first query, because most events need none.
        pause: Waits for some seconds, or raises `OutOfTime` when the run has not enough time left.
    """

    def __init__(self, event: Event, client: Callable[[], Any], pause: Callable[[float], None]) -> None:
        self._event = event
        self._queries = Queries(event, client, pause)
        self.history = History(event, self._queries)
        self._confirmed: object = None
        self._sent: operations.Sent | None = None
        self._are_operations_clear = False

    # --- the request ---

    def standing(self, *, decisive: bool = False) -> Standing:
        """Ask what this Create or Update is to CloudFormation now (DescribeStackResource).

        Args:
            decisive: Whether something that cannot be undone depends on it. Then the question is repeated until the deadline.

        Raises:
            OutOfTime: When the deadline comes first.
        """
        resource = self._queries.resource(decisive=decisive)
        if resource is None:
            return Standing.UNKNOWN
        if self._is_older_than_request(resource):
            self._queries.pause(LISTED_AFTER_SECONDS)
            resource = self._queries.resource(decisive=decisive)
            if resource is None:
                return Standing.UNKNOWN
            if self._is_older_than_request(resource):
                return Standing.CURRENT
        return self._standing_of(resource)

    def _standing_of(self, resource: Mapping[str, Any]) -> Standing:
        status = str(resource["ResourceStatus"])
        verb, _, phase = status.partition("_")
        if verb == "DELETE" or (self._event.request_type == "Create" and "ROLLBACK" in status):
            return Standing.ABANDONED
        if phase == "FAILED":
            return Standing.ABANDONED
        if phase == "COMPLETE" and verb == self._verb and self._is_of_latest_deployment():
            return Standing.RESPONDED
        if phase in ("COMPLETE", "ROLLBACK_COMPLETE"):
            return Standing.ENDED
        if not phase.endswith("IN_PROGRESS"):
            return Standing.CURRENT  # a status that this release does not know
        # A resource that failed without a rollback is created again in an update of the stack.
        is_mine = verb in (self._verb, "UPDATE")
        if not is_mine or (self._is_later_than_request(resource) and self._is_overtaken_now() is not False):
            return Standing.ENDED if verb in ("CREATE", "UPDATE") else Standing.CURRENT
        return self._overtaken(resource)

    def _is_of_latest_deployment(self) -> bool:
        """Whether the stack's last deployment is the one that sent this event, and was not rolled back."""
        stack, sent = self._queries.stack(decisive=False), self._event.sent_at
        if stack is None or "ROLLBACK" in str(stack["StackStatus"]):
            return False
        is_overtaken = self._is_overtaken(stack)
        if is_overtaken is not None:
            return not is_overtaken
        began = stack.get("LastUpdatedTime") or stack.get("CreationTime")
        return began is not None and sent is not None and bool(sent >= began.timestamp() - LATER_SECONDS)

    @property
    def _verb(self) -> str:
        return self._event.request_type.upper()

    def _overtaken(self, resource: Mapping[str, Any]) -> Standing:
        """Whether the stack began something else since this Update began. Its Update has the same resource status as this one."""
        began = resource.get("LastUpdatedTimestamp")
        if self._event.request_type != "Update" or self.is_rolling_back():
            return Standing.CURRENT
        if began is not None and began == self._confirmed:
            return Standing.CURRENT  # still the request that was found to be this one
        if operations.newest(self._first or {}):
            self._learn_operation()  # before the question whose answer must be new
        stack = self._queries.stack(decisive=True) or {}
        is_rolling_back = "ROLLBACK" in str(stack.get("StackStatus"))
        is_overtaken = self._is_overtaken(stack)
        if is_rolling_back and is_overtaken is not False:
            return Standing.ABANDONED
        if is_overtaken:
            return Standing.ENDED
        self._confirmed = began
        return Standing.CURRENT

    def _is_overtaken_now(self) -> bool | None:
        return self._is_overtaken(self._queries.stack(decisive=False) or {})

    def _is_overtaken(self, stack: Mapping[str, Any]) -> bool | None:
        """Whether the stack is in a later operation than the one that sent this event. None when only times can tell."""
        newest = operations.newest(stack)
        if newest is None:
            return None
        self._learn_operation()
        if self._sent is None:
            return None
        # Once, both lists have to agree about which operation is the newest.
        self._are_operations_clear = self._are_operations_clear or self._sent.newest == newest
        if not self._are_operations_clear:
            self._sent = None
            return None
        return self._sent.operation != newest

    def _learn_operation(self) -> None:
        if self._sent is None:
            self._sent = operations.of_request(self._event, self._queries.events(decisive=False))

    def _is_later_than_request(self, resource: Mapping[str, Any]) -> bool:
        began, sent = resource.get("LastUpdatedTimestamp"), self._event.sent_at
        return began is not None and sent is not None and began.timestamp() > sent + LATER_SECONDS

    def _is_older_than_request(self, resource: Mapping[str, Any]) -> bool:
        """Whether what CloudFormation shows is from before this request, so that it says nothing about it."""
        began, sent = resource.get("LastUpdatedTimestamp"), self._event.sent_at
        return began is not None and sent is not None and began.timestamp() < sent - LATER_SECONDS

    def is_superseded_delete(self) -> bool | None:
        """Whether this Delete is about something that the resource holds again, so that it was delivered late. None: unknown.

        A Delete in a cleanup is about a former ID, while the resource is already complete with another one. In a cleanup, the
        ID that CloudFormation shows does not count: it is not documented when it changes.
        """
        resource = self._queries.resource(decisive=True)
        if resource is None:
            return None
        if str(resource["ResourceStatus"]).startswith("DELETE_"):
            return False
        if self._is_later_than_request(resource):
            return True
        if str(resource.get("PhysicalResourceId")) != self._event.physical_resource_id:
            return False
        stack = self._queries.stack(decisive=True)
        if stack is None:
            return None
        is_overtaken = self._is_overtaken(stack)
        if is_overtaken is None:
            began, sent = stack.get("LastUpdatedTime"), self._event.sent_at
            is_overtaken = not (began is None or sent is None or sent >= began.timestamp() - CLOCK_SKEW_SECONDS)
        return "CLEANUP_IN_PROGRESS" not in str(stack["StackStatus"]) or is_overtaken

    # --- the resource ---

    def accepted_id(self) -> str | None:
        """Return the physical ID of a response that CloudFormation accepted for this resource; None while it waits for one.

        Makes no query: it uses the result of the last one, so call `standing` just before.
        """
        resource = self._queries.last_resource
        if resource is None or resource["ResourceStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            return None
        return str(resource.get("PhysicalResourceId", "")) or None

    def held(self) -> set[str] | None:
        """Return the physical ID that the resource has now, or that it had when it was retained.

        Empty when it is deleted; None when CloudFormation does not say. CloudFormation still describes the resources of a
        deleted stack.
        """
        resource = self._queries.resource(decisive=True)
        if resource is None:
            return None
        return set() if resource["ResourceStatus"] == "DELETE_COMPLETE" else {str(resource.get("PhysicalResourceId"))}

    def holds_another(self, physical_id: str) -> bool:
        """Whether the resource holds this physical ID, although this Delete is about another one.

        In a clean-up, the events say it: it is not documented which ID DescribeStackResource shows.
        """
        return physical_id in (self.held() or ()) or self.history.had_last(physical_id)

    def is_in_progress(self) -> bool:
        """Whether a Create or Update of the resource is in progress, according to the last query."""
        status = str((self._queries.last_resource or {}).get("ResourceStatus", ""))
        return status.endswith("IN_PROGRESS") and not status.startswith("DELETE_")

    def is_deleting(self) -> bool:
        """Whether a Delete of the resource is in progress, according to the last query."""
        return (self._queries.last_resource or {}).get("ResourceStatus") == "DELETE_IN_PROGRESS"

    def deletes_resource(self) -> bool:
        """Whether the resource itself is being deleted, and not what it replaced. Unknown means no."""
        return str((self._queries.resource(decisive=True) or {}).get("ResourceStatus", "")).startswith("DELETE_")

    # --- the stack ---

    def is_rolling_back(self) -> bool:
        """Whether the stack is rolling back, and this event is a part of it. Unknown means no.

        An Update after a completed rollback is not part of it, nor is one that the rollback has overtaken.
        """
        return self._is_rolling_back

    @functools.cached_property
    def _is_rolling_back(self) -> bool:
        status = self.status or ""
        is_update = self._event.request_type == "Update"
        rolls_back = status.endswith("ROLLBACK_IN_PROGRESS") if is_update else "ROLLBACK" in status
        return rolls_back and self._is_overtaken(self._first or {}) is not True

    @functools.cached_property
    def _first(self) -> Mapping[str, Any] | None:
        return self._queries.stack(decisive=True)

    @property
    def status(self) -> str | None:
        """The stack's status (DescribeStacks) when this run first queried it. None when unknown.

        A rollback that begins later has overtaken this request.
        """
        return str(self._first["StackStatus"]) if self._first else None

    def deployment_began(self) -> float | None:
        """Return when the stack's last deployment began, or None when unknown.

        In seconds since the epoch, minus the possible difference between clocks.
        """
        stack = self._queries.stack(decisive=True) or {}
        began = stack.get("LastUpdatedTime") or stack.get("CreationTime")
        return None if began is None else began.timestamp() - CLOCK_SKEW_SECONDS

    def created(self) -> float | None:
        """Return when the stack was created, or None when unknown. As `deployment_began`."""
        created = (self._queries.stack(decisive=True) or {}).get("CreationTime")
        return None if created is None else float(created.timestamp()) - CLOCK_SKEW_SECONDS

    # --- its other resources ---

    def held_by_others(self) -> set[str]:
        """Return the physical IDs of the stack's other resources that are not deleted, as far as CloudFormation says."""
        return {
            str(each.get("PhysicalResourceId", "")).rpartition("/")[2]
            for each in self._queries.resources()
            if each is not None
            and each.get("LogicalResourceId") != self._event.logical_resource_id
            and each.get("ResourceStatus") not in _GONE_STATUSES
        }

    def holds(self, physical_id: str) -> bool | None:
        """Whether the stack has a resource with this physical ID that is not deleted (ListStackResources). None: unknown."""
        for each in self._queries.resources():
            if each is None:
                return None
            if str(each.get("PhysicalResourceId", "")).rpartition("/")[2] == physical_id:
                return each.get("ResourceStatus") not in _GONE_STATUSES
        return False
