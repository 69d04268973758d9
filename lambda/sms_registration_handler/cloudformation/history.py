"""What the events of a stack say about one of its resources."""

import math
from datetime import datetime

from sms_registration_handler.cloudformation.event import Event
from sms_registration_handler.cloudformation.queries import Queries

CLOCK_SKEW_SECONDS = 30.0
"""How far the clock that signs a ResponseURL may differ from the clock of the stack's times, where that decides nothing alone."""

LATER_SECONDS = 2.0
"""A resource's status that began this long after the event was sent belongs to a later request. The time in a ResponseURL has
whole seconds."""

_CLEANS_UP = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
_COMPLETED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", _CLEANS_UP, "IMPORT_COMPLETE"})
"""Statuses of a stack after a deployment that succeeded."""

_STABLE = _COMPLETED | {"UPDATE_ROLLBACK_COMPLETE"}
"""Statuses of a stack that has what it had before, or what was deployed."""

_SETTLED = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


class History:
    """The events of one stack, newest first (DescribeStackEvents). CloudFormation keeps them for 90 days.

    Args:
        event: The event that is being handled.
        queries: Asks CloudFormation.
    """

    def __init__(self, event: Event, queries: Queries) -> None:
        self._event = event
        self._queries = queries

    def reverted_update_completed(self) -> float | None:
        """Return when the Update that this one reverts had its response; None when it had none, or when that is not listed.

        The resource's last event is then the beginning of this Update, and the one before it says that the former completed. In
        seconds since the epoch.
        """
        has_begun = False
        for each in self._queries.events():
            if each.get("LogicalResourceId") == self._event.logical_resource_id:
                if each.get("ResourceStatus") != ("UPDATE_COMPLETE" if has_begun else "UPDATE_IN_PROGRESS"):
                    return None
                if has_begun:
                    return float(each["Timestamp"].timestamp())
                if self._is_older_than_request(each["Timestamp"]):
                    return None  # the beginning of this Update is not listed yet
                has_begun = True
        return None

    def create_began(self) -> tuple[float | None, float]:
        """Return when the Create began that CloudFormation gave this event's physical ID to, None when unknown; and the next one.

        After a deployment without rollback, its Delete comes in a later deployment, which may have created the resource again.
        Without a next one: infinity. In seconds since the epoch, minus the possible difference between clocks.
        """
        is_found, following = False, math.inf
        for each in self._queries.events():
            if each.get("LogicalResourceId") != self._event.logical_resource_id:
                continue
            status = str(each.get("ResourceStatus"))
            # The Delete itself may come after a later Create.
            is_its = each.get("PhysicalResourceId") == self._event.physical_resource_id and not status.startswith(
                "DELETE"
            )
            is_found = is_found or is_its
            if status == "CREATE_IN_PROGRESS" and not each.get("PhysicalResourceId"):
                began = float(each["Timestamp"].timestamp()) - CLOCK_SKEW_SECONDS
                if is_found:
                    return began, following
                following = began
        return None, math.inf

    def had_before(self, physical_id: str, began: float) -> bool:
        """Whether CloudFormation says that the resource had this physical ID before a request, as `create_began` returns it."""
        return any(
            each.get("PhysicalResourceId") == physical_id
            and each.get("LogicalResourceId") == self._event.logical_resource_id
            and each["Timestamp"].timestamp() < began + CLOCK_SKEW_SECONDS
            for each in self._queries.events()
        )

    def had_last(self, physical_id: str) -> bool:
        """Whether the resource has this physical ID, or had it last. Deletes of its former IDs say nothing about that."""
        for each in self._queries.events():
            if each.get("LogicalResourceId") == self._event.logical_resource_id and each.get("PhysicalResourceId"):
                is_deleted = str(each.get("ResourceStatus")).startswith("DELETE_")
                is_its = each["PhysicalResourceId"] == physical_id
                if is_its or not is_deleted:
                    return is_its and not is_deleted
        return False

    def was_deployed(self, physical_id: str) -> bool | None:
        """Whether a deployment succeeded after the resource last got this physical ID. None when the history does not say."""
        has_completed = has_events = has_changed = has_held = False
        # The deployment whose clean-up deletes the resource succeeded without it.
        is_cleaned_up = self._event.request_type == "Delete"
        for each in self._queries.events():
            has_events = True
            status = str(each.get("ResourceStatus"))
            is_its = each.get("PhysicalResourceId") == physical_id
            if each.get("PhysicalResourceId") == self._event.stack_id:  # an event of the stack itself
                has_completed = has_completed or (status in _COMPLETED and not (is_cleaned_up and status == _CLEANS_UP))
                is_cleaned_up = False
                if status == "CREATE_IN_PROGRESS":
                    return False  # this is where the history begins
            elif each.get("LogicalResourceId") != self._event.logical_resource_id:
                continue
            elif status.startswith("DELETE_") and is_its:
                has_completed, is_cleaned_up = False, True
            elif status in _SETTLED:
                has_changed = True
                if has_completed and is_its:
                    return True
                if has_held and not is_its:
                    return False  # what is older is about a time before the resource got it again
                # A success after the resource got another ID says nothing about this one.
                has_completed, has_held = False, is_its
        # Events are kept for 90 days: one that is not listed was before the success that is.
        return None if not has_events else has_completed and not has_changed

    def deployed_id(self) -> str | None:
        """Return the physical ID that the resource had when the stack was last stable; None when the history does not say.

        That was after a deployment that succeeded, or after a rollback that completed.
        """
        is_stable = False
        for each in self._queries.events():
            status = str(each.get("ResourceStatus"))
            if each.get("PhysicalResourceId") == self._event.stack_id:
                is_stable = is_stable or status in _STABLE
            elif is_stable and each.get("LogicalResourceId") == self._event.logical_resource_id and status in _SETTLED:
                return str(each.get("PhysicalResourceId"))
        return None

    def _is_older_than_request(self, time: datetime) -> bool:
        sent = self._event.sent_at
        return sent is not None and time.timestamp() < sent - LATER_SECONDS
