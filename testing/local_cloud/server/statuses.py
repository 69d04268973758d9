"""The resources that describe calls return, including those in progress: pure rules over ministack's records."""

from __future__ import annotations

from typing import Any


def current_resources(stack: dict[str, Any], recorded: dict[str, Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the resources of a stack as CloudFormation describes them.

    Args:
        stack: ministack's record of the stack.
        recorded: Its resources by logical ID; ministack records only finished ones.
        events: The events of the stack in order, which include the resources in progress.
    """
    if stack.get("StackStatus") == "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS":
        recorded = stack.get("_previous_resources", recorded)
    current = {logical_id: dict(record) for logical_id, record in recorded.items()}
    for event in events:
        logical_id, status = event["LogicalResourceId"], event["ResourceStatus"]
        if event["PhysicalResourceId"] == stack["StackId"]:
            continue
        record = current.get(logical_id)
        if record is None:
            if status in ("DELETE_COMPLETE", "DELETE_SKIPPED"):
                continue
            record = {"ResourceType": event["ResourceType"], "LogicalResourceId": logical_id}
            record["PhysicalResourceId"] = event["PhysicalResourceId"]
            current[logical_id] = record
        elif event["PhysicalResourceId"] not in ("", record["PhysicalResourceId"]):
            if recorded.get(logical_id) is not None:
                continue  # an event of the replaced resource
            record["PhysicalResourceId"] = event["PhysicalResourceId"]
        record["ResourceStatus"] = status
        record["ResourceStatusReason"] = event["ResourceStatusReason"]
        record["Timestamp"] = event["Timestamp"]
    if stack["StackStatus"].startswith(("ROLLBACK", "DELETE")):
        return current
    return {
        logical_id: record
        for logical_id, record in current.items()
        if logical_id in recorded or record["ResourceStatus"] not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
    }
