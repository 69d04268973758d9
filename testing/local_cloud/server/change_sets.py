"""Change sets without a changed resource: CloudFormation executes those that change outputs, and ministack refuses them."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from local_cloud.server.ministack_names import CLOUDFORMATION

_NO_CHANGES = "The submitted information didn't contain changes."


def install() -> None:
    """Let change sets that only change outputs be executed. Call it once, before the server starts."""
    actions = importlib.import_module(f"{CLOUDFORMATION}.handlers")._ACTION_HANDLERS
    actions["CreateChangeSet"] = _with_outputs(actions["CreateChangeSet"])


def _with_outputs(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def create(params: Any) -> Any:
        state = importlib.import_module(CLOUDFORMATION)
        before = set(state._change_sets)
        response = original(params)
        for change_set_id in set(state._change_sets) - before:
            change_set = state._change_sets[change_set_id]
            stack = state._stacks.get(change_set["StackName"])
            if stack and changes_only_outputs(change_set, stack):
                change_set.update(Status="CREATE_COMPLETE", ExecutionStatus="AVAILABLE", StatusReason="")
        return response

    return create


def changes_only_outputs(change_set: Mapping[str, Any], stack: Mapping[str, Any]) -> bool:
    """Whether a change set was refused although it changes outputs of its stack.

    Args:
        change_set: ministack's record of the change set.
        stack: ministack's record of the stack.
    """
    old, new = (each.get("_template", {}).get("Outputs", {}) for each in (stack, change_set))
    return str(change_set["StatusReason"]).startswith(_NO_CHANGES) and old != new
