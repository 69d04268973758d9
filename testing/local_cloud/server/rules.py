"""The rules of CloudFormation that ministack 1.5.33 lacks.

ministack has no public interface for this, so private functions are replaced; `ministack_names` lists them.
"""

from __future__ import annotations

import importlib
import threading
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from local_cloud.server.failed_deletes import FailedDeletes
from local_cloud.server.ministack_names import CLOUDFORMATION
from local_cloud.server.responses import CustomResourceError, Request, Requests, generated_physical_id, presigned_query
from local_cloud.server.settings import Settings
from local_cloud.server.statuses import current_resources

DEFAULT_SERVICE_TIMEOUT_SECONDS = 3600


def _module(name: str = "") -> Any:
    return importlib.import_module(CLOUDFORMATION + name)


class Rules:
    """Replacements of ministack's functions; one instance per process.

    Args:
        settings: The settings of this run.
        clock: Returns the time, in seconds since the epoch. Omitted: this machine's.

    Attributes:
        requests: The requests to custom resources, waiting and past.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self.settings = settings
        self._clock = clock
        self.requests = Requests()
        self._failed_deletes = FailedDeletes()
        # Describe calls replace a stack's resources briefly; other threads record failed Creates.
        self._resources_lock = threading.Lock()

    def install(self) -> None:
        """Install the rules. Call it once, before the server starts."""
        stacks = _module(".stacks")
        _module(".custom_resource").invoke_custom_resource = self.invoke_custom_resource
        stacks._resolve_stack_outputs = self._outputs(stacks._resolve_stack_outputs)
        stacks._delete_resource = self._cleanup(stacks._delete_resource)
        stacks._roll_back_operation = self._roll_back(stacks._roll_back_operation)
        actions = _module(".handlers")._ACTION_HANDLERS
        for action in ("DescribeStackResource", "DescribeStackResources", "ListStackResources"):
            actions[action] = self._described(actions[action])
        self._failed_deletes.install()
        actions["DeleteStack"] = self._export_guard(actions["DeleteStack"])

    # Requests to custom resources

    def invoke_custom_resource(
        self,
        request_type: str,
        logical_id: str,
        props: dict[str, Any],
        stack_name: str,
        stack_id: str,
        resource_type: str,
        physical_id: str | None = None,
        old_props: dict[str, Any] | None = None,
    ) -> tuple[str, dict[str, Any]]:
        """Send one request as CloudFormation does: asynchronously, retried by Lambda, with the response PUT to the ResponseURL.

        Raises:
            CustomResourceError: As for `Requests.wait`. A failed Create stays in the stack, with the physical ID of its
                response or a generated one, so that the rollback deletes it.
        """
        functions = importlib.import_module("ministack.services.lambda_svc")
        custom_resource = _module(".custom_resource")
        function, configuration, _ = functions._get_func_record_for_ref(props.get("ServiceToken", ""))
        if function is None or configuration is None:
            raise ValueError(
                f"ServiceToken {props.get('ServiceToken')!r} is not a Lambda function of this stack's Region"
            )
        token = uuid4().hex
        _, _, _, region, account, _ = stack_id.split(":", 5)
        query = presigned_query(account, region, self._clock())
        event = {
            "RequestType": request_type,
            "RequestId": str(uuid4()),
            "StackId": stack_id,
            "ResponseURL": f"{custom_resource._gateway_url()}/_ministack/cfn-response/{token}?{query}",
            "ResourceType": resource_type,
            "LogicalResourceId": logical_id,
            "ResourceProperties": custom_resource._normalise_resource_properties(props),
        }
        if physical_id is not None:
            event["PhysicalResourceId"] = physical_id
        if old_props is not None:
            event["OldResourceProperties"] = custom_resource._normalise_resource_properties(old_props)
        timeout = DEFAULT_SERVICE_TIMEOUT_SECONDS
        if "ServiceTimeout" in props:
            timeout = int(props["ServiceTimeout"])
            event["ServiceTimeout"] = str(timeout)
        stack = _module()._stacks.get(stack_name) or {}
        request = self.requests.open(token, stack_name, event, stack.get("StackStatus", ""))
        functions.invoke_async_with_retry(functions._execution_record_for_config(function, configuration), event)
        try:
            response = self.requests.wait(request, timeout)
        except CustomResourceError as failure:
            if request_type == "Create":
                self._keep_failed_create(stack, event, props, failure)
            raise
        return response.physical_id or "", response.data

    def _keep_failed_create(
        self, stack: dict[str, Any], event: dict[str, Any], props: dict[str, Any], failure: CustomResourceError
    ) -> None:
        logical_id = event["LogicalResourceId"]
        record = {
            "PhysicalResourceId": failure.physical_id or generated_physical_id(stack.get("StackName", ""), logical_id),
            "ResourceType": event["ResourceType"],
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": str(failure),
            "LogicalResourceId": logical_id,
            "Properties": props,
            "Attributes": {},
            "Timestamp": "",
        }
        with self._resources_lock:
            stack.setdefault("_resources", {})[logical_id] = record

    # Rollback and cleanup

    def _roll_back(self, original: Callable[..., Any]) -> Callable[..., Any]:
        async def roll_back(
            stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], *rest: Any, **named: Any
        ) -> None:
            failed = operation.get("failed_logical_id")
            record = stack.get("_resources", {}).get(failed, {})
            if record.get("ResourceStatus") == "CREATE_FAILED" and failed not in operation["created"]:
                operation["created"].append(failed)
            previous = (operation.get("previous_stack") or {}).get("_resources", {})
            # During the cleanup of the new resources, describe calls return the old ones.
            stack["_previous_resources"] = previous
            if self.settings.replacement_rollback == "update":
                stack["StackStatus"] = "UPDATE_ROLLBACK_IN_PROGRESS"
                for logical_id in operation.get("replaced_ids", []):
                    await self._update_back(
                        stack_name, logical_id, stack["_resources"][logical_id], previous, operation
                    )
            await original(stack_name, stack_id, stack, operation, *rest, **named)
            stack.pop("_previous_resources", None)

        return roll_back

    async def _update_back(
        self,
        stack_name: str,
        logical_id: str,
        record: dict[str, Any],
        previous: dict[str, Any],
        operation: dict[str, Any],
    ) -> None:
        """Send the Update of a rollback to a replaced custom resource; the physical ID in its response is the current one."""
        if not _is_custom(record["ResourceType"]):
            return
        from ministack.core.concurrency import run_reentrant

        old = previous[logical_id]
        new_id = record["PhysicalResourceId"]
        old["PhysicalResourceId"], attributes = await run_reentrant(
            _module(".stacks")._update_resource,
            record["ResourceType"],
            new_id,
            record["Properties"],
            old["Properties"],
            stack_name,
            logical_id,
            record.get("Attributes", {}),
        )
        old["Attributes"] = {**old.get("Attributes", {}), **attributes}
        if old["PhysicalResourceId"] == new_id:  # the new resource is kept: nothing to clean up
            operation["replaced_ids"].remove(logical_id)
            operation["created"].remove(logical_id)

    def _cleanup(self, original: Callable[..., None]) -> Callable[..., None]:
        def delete(
            resource_type: str,
            physical_id: str,
            props: dict[str, Any],
            stack_name: str | None = None,
            logical_id: str | None = None,
        ) -> None:
            stack = _module()._stacks.get(stack_name) or {}
            tell = stack.get("StackStatus") == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            names = (stack.get("StackId", ""), stack_name, logical_id, resource_type)
            if tell:
                _module(".stacks")._add_event(*names, "DELETE_IN_PROGRESS", physical_id=physical_id)
            original(resource_type, physical_id, props, stack_name, logical_id)
            if tell:
                _module(".stacks")._add_event(*names, "DELETE_COMPLETE", physical_id=physical_id)

        return delete

    # Exports

    def _outputs(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def resolve(
            definitions: Any,
            conditions: Any,
            resources: Any,
            params: Any,
            mappings: Any,
            stack_name: str,
            stack_id: str,
        ) -> Any:
            outputs, exports = original(definitions, conditions, resources, params, mappings, stack_name, stack_id)
            published = _module()._exports
            for name, export in list(published.items()):
                mine = export["StackId"] == stack_id
                if not mine and name in exports:
                    raise ValueError(f"Export with name {name} is already exported by stack {_name(export['StackId'])}")
                if not mine or exports.get(name, {}).get("Value") == export["Value"]:
                    continue
                importer = _importer(name, stack_name)
                if importer:
                    verb = "update" if name in exports else "delete"
                    raise ValueError(f"Cannot {verb} export {name} as it is in use by {importer}")
            for name in [name for name, export in published.items() if export["StackId"] == stack_id]:
                if name not in exports:
                    published.pop(name)
            stack = _module()._stacks.get(stack_name) or {}
            if stack.get("StackStatus") == "UPDATE_IN_PROGRESS":
                stack["StackStatus"] = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
                _module(".stacks")._add_event(
                    stack_id,
                    stack_name,
                    stack_name,
                    "AWS::CloudFormation::Stack",
                    stack["StackStatus"],
                    physical_id=stack_id,
                )
            return outputs, exports

        return resolve

    def _export_guard(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def delete_stack(params: Any) -> Any:
            helpers = _module(".helpers")
            stack = _module(".handlers")._resolve_stack(helpers._p(params, "StackName"))
            for output in (stack or {}).get("Outputs", []):
                importer = _importer(output.get("ExportName"), stack["StackName"])
                if importer and stack["StackStatus"] != "DELETE_COMPLETE":
                    reason = f"Cannot delete export {output['ExportName']} as it is in use by {importer}"
                    stack["StackStatusReason"] = f"Delete canceled. {reason}"
                    name, stack_id = stack["StackName"], stack["StackId"]
                    kind = "AWS::CloudFormation::Stack"
                    add_event = _module(".stacks")._add_event
                    add_event(stack_id, name, name, kind, "DELETE_IN_PROGRESS", "User Initiated", stack_id)
                    # AWS accepts the call and returns the stack to its former status.
                    add_event(stack_id, name, name, kind, stack["StackStatus"], stack["StackStatusReason"], stack_id)
                    return helpers._xml(200, "DeleteStackResponse", "")
            return original(params)

        return delete_stack

    # Statuses

    def _described(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Show resources that are in progress in describe calls: ministack records only finished ones."""

        def describe(params: Any) -> Any:
            name = _module(".helpers")._p(params, "StackName")
            stack = _module(".handlers")._resolve_stack(name)
            if not stack:
                return original(params)
            with self._resources_lock:
                recorded = stack.get("_resources", {})
                events = _module()._stack_events.get(stack["StackId"]) or []
                stack["_resources"] = current_resources(stack, recorded, events)
                try:
                    return original(params)
                finally:
                    stack["_resources"] = recorded

        return describe

    @staticmethod
    def _stack_of(request: Request) -> dict[str, Any]:
        """Look the stack up by its ID, because outside of a call ministack knows neither account nor Region."""
        stacks = _module()._stacks._data.values()
        return next((stack for stack in stacks if stack["StackId"] == request.event["StackId"]), {})

    def abandon_operations(self) -> None:
        """Fail the operations in progress when the cloud stops, so that the next run can continue from there."""
        self._failed_deletes.restore()
        stopped = CustomResourceError("The local cloud was stopped before the custom resource responded")
        for request in self.requests.waiting():
            if request.event["RequestType"] == "Create":
                # Deleting the stack then sends a Delete for it.
                stack = self._stack_of(request)
                self._keep_failed_create(stack, request.event, request.event["ResourceProperties"], stopped)
        ends = {"CREATE": "ROLLBACK_FAILED", "ROLLBACK": "ROLLBACK_FAILED", "DELETE": "DELETE_FAILED"}
        stacks = _module()._stacks
        for stack in list(stacks._data.values()):
            status = stack.get("StackStatus", "")
            if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
                stack["StackStatus"] = ends.get(status.partition("_")[0], "UPDATE_ROLLBACK_COMPLETE")
                stack["StackStatusReason"] = f"The local cloud was stopped while the stack was {status}"


def _is_custom(resource_type: str) -> bool:
    return resource_type.startswith("Custom::") or resource_type == "AWS::CloudFormation::CustomResource"


def _name(stack_id: str) -> str:
    return stack_id.split("/")[1]


def _importer(export: str | None, exporter: str) -> str | None:
    """The name of a stack that imports an export; None if there is none."""
    names_of = _module(".handlers")._imported_export_names
    for name, stack in _module()._stacks.items():
        gone = stack.get("StackStatus") in ("DELETE_COMPLETE", "ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS")
        if export and name != exporter and not gone and export in names_of(stack, name):
            return str(name)
    return None
