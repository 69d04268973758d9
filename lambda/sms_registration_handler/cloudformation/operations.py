"""Which operation of the stack sent a request, and whether it is still the last one. Pure.

Each deployment, rollback and deletion of a stack is an operation with an ID; so is a rollback that begins by itself.
DescribeStacks reports the last ones (LastOperations), the newest first, and each event in DescribeStackEvents has the ID of its
operation (user guide, "View stack events by operation"). So IDs tell what times can only suggest.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from sms_registration_handler.cloudformation.event import Event

_ROLLBACKS = frozenset({"ROLLBACK", "CONTINUE_ROLLBACK"})
_WITHOUT_EFFECT = "CREATE_CHANGESET"

_SAME_SECONDS = 1.0
"""How far the time in a ResponseURL, which has whole seconds, and that of the request's event may differ for no reason."""


def newest(stack: Mapping[str, Any]) -> str | None:
    """Return the ID of the operation that the stack is in, or was in last.

    None when CloudFormation does not report operations, or when the type of the operation contradicts the status of the stack:
    then this release does not understand them.

    Args:
        stack: A member of DescribeStacks' response.
    """
    for each in stack.get("LastOperations") or ():
        if each.get("OperationType") != _WITHOUT_EFFECT:
            is_rollback = each.get("OperationType") in _ROLLBACKS
            return each.get("OperationId") if is_rollback == ("ROLLBACK" in str(stack["StackStatus"])) else None
    return None


class Sent(NamedTuple):
    """What the stack's events say about a request."""

    operation: str
    """The ID of the operation that sent it."""
    newest: str
    """The ID of the newest operation."""


def of_request(event: Event, history: Iterable[Mapping[str, Any]]) -> Sent | None:
    """Return the operation that sent a request, or None when the history does not say (yet).

    Args:
        event: The request.
        history: The stack's events, the newest first.
    """
    # What failed without a rollback is created again in an update of the stack.
    verbs = ("CREATE", "UPDATE") if event.request_type == "Create" else (event.request_type.upper(),)
    begun = tuple(f"{verb}_IN_PROGRESS" for verb in verbs)
    newest, nearest = "", (math.inf, "")
    for each in history:
        operation = str(each.get("OperationId") or "")
        if event.sent_at is None or not operation:
            return None
        newest = newest or operation
        later = each["Timestamp"].timestamp() - event.sent_at
        if later < -_SAME_SECONDS:
            break
        if each.get("LogicalResourceId") == event.logical_resource_id and each.get("ResourceStatus") in begun:
            distance = max(0.0, later - _SAME_SECONDS)
            if distance < nearest[0]:
                nearest = distance, operation
    return Sent(nearest[1], newest) if nearest[1] else None
