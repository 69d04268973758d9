"""Whole deployments of a stack, as CloudFormation performs them: with replacements, rollbacks, cleanups and deletes.

A template is the `Resources` of a CloudFormation template, with `Ref`, `Fn::GetAtt` and `DependsOn`. Resources whose type does
not begin with `Custom::` do nothing except fail on request: they stand for the rest of a user's stack.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sms_registration_contract.cloudformation import CloudFormation, Resource, stringified
from sms_registration_contract.containers import TIMEOUT_SECONDS
from sms_registration_contract.response_endpoint import ResponseEndpoint
from sms_registration_contract.virtual_time import VirtualTime
from support.dependencies import Template, in_order

Response = dict[str, Any]

SERVICE_TIMEOUT_SECONDS = 3600.0
GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")
"""Final statuses of a resource."""

CLEANUP_ATTEMPTS = 3
"""How often CloudFormation sends the Delete of a cleanup before it gives up."""

_RETAINING = ("Retain", "RetainExceptOnCreate")


@dataclass
class _Deployment:
    """The progress of a running deployment."""

    template: Template
    before: dict[str, Resource]
    is_creation: bool
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    replaced: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """Logical ID, former physical ID, former properties."""
    overtaken: bool = False


class Stack(CloudFormation):
    """A stack that is deployed as a whole.

    Attributes:
        template: The deployed template.
        failing: Logical IDs of other resources that cannot be created or updated.
        retained: (logical ID, physical ID) of each resource that a removal policy retained.
        forgotten: (logical ID, physical ID, last response) of each resource that three Deletes did not delete.
        late: Events that Lambda may deliver once more, with the earliest time.
        rollback_knows: Which ID the Update of a rollback has after a replacement: the "new" or the "old" one.
        sent: Every request, with its time.
        completed: Every finished request, with the response that CloudFormation accepted.
    """

    def __init__(self, endpoint: ResponseEndpoint, clock: VirtualTime, handler: Any, stack_name: str = "Stack") -> None:
        super().__init__(endpoint, clock, handler, stack_name)
        self.template: Template = {}
        self.failing: set[str] = set()
        self.retained: list[tuple[str, str]] = []
        self.forgotten: list[tuple[str, str, Response | None]] = []
        self.late: list[tuple[float, dict[str, Any]]] = []
        self.sent: list[tuple[float, dict[str, Any]]] = []
        self.completed: list[tuple[dict[str, Any], Response | None]] = []
        self.without_response: set[str] = set()
        """Logical IDs of canceled requests whose deliveries all ended with an error."""
        self.rollback_knows = "new"
        self._deployment: _Deployment | None = None
        self._in_progress = ""
        self._running_request = ""

    # --- actions of a user ---

    def deploy(self, template: Template, *, touch: bool = False) -> str:
        """Create or update the stack, and return its final status.

        Args:
            template: The resources.
            touch: Send an Update to every resource, as if only its ServiceTimeout had changed.
        """
        self.began = self.clock.time()
        creating = not self.resources
        self._deployment = now = _Deployment(
            template, {name: copy.copy(each) for name, each in self.resources.items()}, creating
        )
        self.stack_status = "CREATE_IN_PROGRESS" if creating else "UPDATE_IN_PROGRESS"
        for logical_id in in_order(template):
            if not self._bring_up(logical_id, template[logical_id], touch=touch):
                if not now.overtaken:
                    self._roll_back()
                return self.stack_status
        removed = [name for name in reversed(in_order(self.template)) if name not in template]
        former, self.template = self.template, template
        self.stack_status = "CREATE_COMPLETE" if creating else "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        self._clean_up_after(former, removed)
        if not creating:
            self.stack_status = "UPDATE_COMPLETE"
        return self.stack_status

    def cancel(self) -> bool:
        """Let another resource fail now, and return whether a custom resource was in progress and was canceled.

        Called in the middle of a run. The whole rollback happens before it returns; the canceled run continues after it.
        """
        now = self._deployment
        running = self.stack_status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
        if now is None or now.overtaken or not self._in_progress or not running:
            return False
        if self.endpoint.response_to(self._running_request):
            return False
        now.overtaken = True
        resource = self.resources[self._in_progress]
        if self._in_progress in now.created:
            resource.status, resource.physical_id = "CREATE_FAILED", self.generated_id(self._in_progress)
        else:
            resource.status = "UPDATE_FAILED"
        self._roll_back()
        return True

    def continue_update_rollback(self) -> str:
        """Retry a failed rollback."""
        assert self.stack_status == "UPDATE_ROLLBACK_FAILED"
        self._restore()
        return self.stack_status

    def destroy(self) -> str:
        """Delete the stack, and return its final status."""
        self.stack_status = "DELETE_IN_PROGRESS"
        return self._delete_all(list(reversed(in_order({**self._now.template, **self.template}))), "DELETE")

    def deliver_late(self, position: int) -> Response | None:
        """Deliver an event again as Lambda does; return its response, or None without one."""
        due, event = self.late.pop(position)
        self.clock.passed = max(self.clock.passed, due)
        return self._once(event)

    # --- a deployment, step by step ---

    def send(self, logical_id: str, template: Template) -> dict[str, Any]:
        """Send the Create or Update of one resource that a template needs, and return its event without delivering it."""
        self.types.update({name: each["Type"] for name, each in template.items()})
        properties = self.resolved(template[logical_id].get("Properties", {}))
        self.began = self.clock.time()
        resource = self.resources.get(logical_id)
        if resource is None:
            self.stack_status = "UPDATE_IN_PROGRESS" if self.template else "CREATE_IN_PROGRESS"
            self.resources[logical_id] = Resource(properties, status="CREATE_IN_PROGRESS")
            return self.event("Create", logical_id, properties)
        former, resource.properties = resource.properties, properties
        resource.status = self.stack_status = "UPDATE_IN_PROGRESS"
        return self.event("Update", logical_id, properties, physical_id=resource.physical_id, old=former)

    def _bring_up(self, logical_id: str, declared: Mapping[str, Any], *, touch: bool) -> bool:
        now = self._now
        resource = self.resources.get(logical_id)
        if logical_id in self.failing:
            return False
        self.types[logical_id] = declared["Type"]
        properties = self.resolved(declared.get("Properties", {}))
        if not declared["Type"].startswith("Custom::"):
            self.resources[logical_id] = Resource(properties, logical_id, "CREATE_COMPLETE")
            return True
        if resource is None:
            now.created.append(logical_id)
            resource = self.resources[logical_id] = Resource(properties, status="CREATE_IN_PROGRESS")
            response = self._request(self.event("Create", logical_id, properties))
            if now.overtaken:
                return False
            resource.physical_id = response["PhysicalResourceId"] if response else self.generated_id(logical_id)
            return self._ended(resource, response, "CREATE")
        if properties == resource.properties and not touch:
            return True
        now.updated.append(logical_id)
        resource.status = "UPDATE_IN_PROGRESS"
        former_id, former = resource.physical_id, resource.properties
        resource.properties = properties
        response = self._request(self.event("Update", logical_id, properties, physical_id=former_id, old=former))
        if now.overtaken:
            return False
        if not self._ended(resource, response, "UPDATE"):
            assert response is None or response["PhysicalResourceId"] == former_id, "a failed Update keeps the id"
            return False
        assert response is not None
        resource.physical_id = response["PhysicalResourceId"]
        if resource.physical_id != former_id:
            now.replaced.append((logical_id, former_id, former))
        return True

    def _ended(self, resource: Resource, response: Response | None, kind: str) -> bool:
        succeeded = response is not None and response["Status"] == "SUCCESS"
        resource.status = f"{kind}_COMPLETE" if succeeded else f"{kind}_FAILED"
        if succeeded and response is not None:
            resource.attributes = response.get("Data", {})
        return succeeded

    def _clean_up_after(self, former: Template, removed: list[str]) -> None:
        """Delete replaced and removed resources, dependents first; give up after three failures."""
        replaced = {name: (physical_id, properties) for name, physical_id, properties in self._now.replaced}
        for name in reversed(in_order(former)):
            declared = former[name]
            if name in replaced:
                physical_id, properties = replaced[name]
                if declared.get("UpdateReplacePolicy") in _RETAINING:
                    self.retained.append((name, physical_id))
                else:
                    self._clean_up(name, physical_id, properties)
            elif name in removed:
                self._remove(name, declared)

    def _remove(self, logical_id: str, declared: Mapping[str, Any]) -> None:
        resource = self.resources[logical_id]
        if declared.get("DeletionPolicy") in _RETAINING:
            self.retained.append((logical_id, resource.physical_id))
        elif declared["Type"].startswith("Custom::"):
            resource.status = "DELETE_IN_PROGRESS"
            self._clean_up(logical_id, resource.physical_id, resource.properties)
        del self.resources[logical_id]

    def _clean_up(self, logical_id: str, physical_id: str, properties: dict[str, Any]) -> None:
        response = None
        for _ in range(CLEANUP_ATTEMPTS):
            response = self._request(self.event("Delete", logical_id, properties, physical_id=physical_id))
            if response and response["Status"] == "SUCCESS":
                return
        self.forgotten.append((logical_id, physical_id, response))

    # --- rollbacks ---

    def _roll_back(self) -> None:
        if self._now.is_creation:
            self.stack_status = "ROLLBACK_IN_PROGRESS"
            self._delete_all(list(reversed(self._now.created)), "ROLLBACK")
        else:
            self._restore()

    def _restore(self) -> None:
        """Undo an update: restore the former properties, then delete what the update created."""
        now = self._now
        self.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        new = {name: physical_id for name, physical_id, _ in now.replaced}
        for logical_id in [name for name in in_order(self.template) if name in now.updated]:
            resource, former = self.resources[logical_id], now.before[logical_id]
            attempted, carried = resource.properties, resource.physical_id
            if self.rollback_knows == "old" and logical_id in new:
                carried = former.physical_id
            resource.status = "UPDATE_IN_PROGRESS"
            event = self.event("Update", logical_id, former.properties, physical_id=carried, old=attempted)
            response = self._request(event)
            if not self._ended(resource, response, "UPDATE"):
                self.stack_status = "UPDATE_ROLLBACK_FAILED"
                return
            assert response is not None
            if resource.physical_id != response["PhysicalResourceId"]:
                now.replaced = [each for each in now.replaced if each[0] != logical_id]
                now.replaced.append((logical_id, resource.physical_id, attempted))
            else:
                now.replaced = [each for each in now.replaced if each[0] != logical_id]
            resource.physical_id, resource.properties = response["PhysicalResourceId"], former.properties
            now.updated.remove(logical_id)
        self.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
        for logical_id in reversed(in_order(now.template)):
            for _, physical_id, properties in [each for each in now.replaced if each[0] == logical_id]:
                self._clean_up(logical_id, physical_id, properties)
            if logical_id in now.created:
                declared = dict(now.template[logical_id])
                if declared.get("DeletionPolicy") == "RetainExceptOnCreate":
                    declared["DeletionPolicy"] = "Delete"
                self._remove(logical_id, declared)
            elif logical_id not in self.template:
                self.resources.pop(logical_id, None)
        self.stack_status = "UPDATE_ROLLBACK_COMPLETE"

    def _delete_all(self, logical_ids: list[str], kind: str) -> str:
        """Delete resources, dependents first, until one fails."""
        for logical_id in logical_ids:
            resource = self.resources.get(logical_id)
            declared = self.template.get(logical_id) or self._now.template[logical_id]
            kept = _RETAINING if kind == "DELETE" else _RETAINING[:1]
            if resource is None or resource.status in GONE:
                continue
            if declared.get("DeletionPolicy") in kept:
                self.retained.append((logical_id, resource.physical_id))
                resource.status = "DELETE_SKIPPED"
                continue
            if self.types[logical_id].startswith("Custom::"):
                resource.status = "DELETE_IN_PROGRESS"
                event = self.event("Delete", logical_id, resource.properties, physical_id=resource.physical_id)
                response = self._request(event)
                if response is None or response["Status"] != "SUCCESS":
                    resource.status = "DELETE_FAILED"
                    self.stack_status = f"{kind}_FAILED"
                    return self.stack_status
            resource.status = "DELETE_COMPLETE"
        self.stack_status = f"{kind}_COMPLETE"
        return self.stack_status

    # --- requests ---

    @property
    def _now(self) -> _Deployment:
        assert self._deployment is not None
        return self._deployment

    def _request(self, event: dict[str, Any]) -> Response | None:
        """Send a request and wait for its response until its ServiceTimeout."""
        outer = self._in_progress, self._running_request
        self._in_progress, self._running_request = event["LogicalResourceId"], event["RequestId"]
        sent = self.clock.passed
        self.sent.append((sent, event))
        try:
            response = self.invoke(event)
        finally:
            self._in_progress, self._running_request = outer
        if response is None:
            self.clock.passed = max(self.clock.passed, sent + SERVICE_TIMEOUT_SECONDS)
        self.completed.append((event, response))
        return response

    def invoke(self, event: dict[str, Any], *, limit: float = TIMEOUT_SECONDS) -> Response | None:
        """Deliver as Lambda does. An event that got a response but ended with an error is delivered again later."""
        for attempt in (1, 2, 3):
            ended = self.completes(event, limit)
            response = self.endpoint.response_to(event["RequestId"])
            if response and not ended and attempt < 3:
                self.late.append((self.clock.passed + 60.0 * attempt, event))
            if response or ended:
                return response
            self.clock.passed += 60.0 * attempt
        if self._deployment and self._deployment.overtaken:
            self.without_response.add(event["LogicalResourceId"])
        return None

    def _once(self, event: dict[str, Any]) -> Response | None:
        self.completes(event)
        return self.endpoint.response_to(event["RequestId"])

    # --- templates ---

    def resolved(self, value: Any) -> Any:
        """Replace `Ref` and `Fn::GetAtt` in a part of a template, and convert every scalar to a string."""
        if isinstance(value, Mapping):
            if set(value) == {"Ref"}:
                return self.resources[value["Ref"]].physical_id
            if set(value) == {"Fn::GetAtt"}:
                logical_id, attribute = value["Fn::GetAtt"]
                return self.resources[logical_id].attributes[attribute]
            return {key: self.resolved(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.resolved(each) for each in value]
        return stringified(value)
