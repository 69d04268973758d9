"""What a resource needs whose Delete failed stays, as on AWS: a custom resource whose function was gone could never be deleted.

ministack deletes all other resources of the stack. Here those that the failed one depends on, directly or through another one,
are taken out of the stack until the deletion has ended.
"""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from local_cloud.server.ministack_names import CLOUDFORMATION


def _module(name: str = "") -> Any:
    return importlib.import_module(CLOUDFORMATION + name)


class FailedDeletes:
    """The resources that are kept, by the ID of the stack that is being deleted."""

    def __init__(self) -> None:
        self._kept: dict[str, dict[str, Any]] = {}

    def install(self) -> None:
        """Install the rule. Call it once, before the server starts."""
        stacks, handlers = _module(".stacks"), _module(".handlers")
        stacks._delete_resource = self._deleting(stacks._delete_resource)
        stacks._delete_stack_async = handlers._delete_stack_async = self._deleting_stack(stacks._delete_stack_async)

    def restore(self) -> None:
        """Put back what is kept. Call it when the server stops during a deletion, before the state is saved."""
        for stack_id, kept in self._kept.items():
            for stack in list(_module()._stacks._data.values()):
                if stack["StackId"] == stack_id:
                    stack["_resources"].update(kept)

    def _deleting(self, original: Callable[..., None]) -> Callable[..., None]:
        def delete(
            resource_type: str,
            physical_id: str,
            props: dict[str, Any],
            stack_name: str | None = None,
            logical_id: str | None = None,
        ) -> None:
            try:
                original(resource_type, physical_id, props, stack_name, logical_id)
            except Exception:
                self._keep_what_it_needs(stack_name, logical_id)
                raise

        return delete

    def _keep_what_it_needs(self, stack_name: str | None, logical_id: str | None) -> None:
        stack = _module()._stacks.get(stack_name) or {}
        kept = self._kept.get(stack.get("StackId", ""))
        if kept is None:  # not the deletion of a stack, or a forced one, which retains them by itself
            return
        resources = stack["_resources"]
        definitions = (stack.get("_template") or {}).get("Resources", {})
        needed = _module(".stacks")._with_dependencies([logical_id], definitions, set(resources)) - {logical_id}
        kept.update({name: resources.pop(name) for name in needed if name in resources})

    def _deleting_stack(self, original: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def delete(
            stack_name: str, stack_id: str, retain_resources: Iterable[str] = (), force: bool = False
        ) -> None:
            if force:
                await original(stack_name, stack_id, retain_resources, force)
                return
            kept = self._kept[stack_id] = {}
            try:
                await original(stack_name, stack_id, retain_resources, force)
            finally:
                del self._kept[stack_id]
                stack = _module()._stacks.get(stack_name) or {}
                stack.get("_resources", {}).update(kept)

        return delete
