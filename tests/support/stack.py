"""Whole deployments of a stack, as CloudFormation performs them: with replacements, rollbacks, cleanups and deletes.

A template is the `Resources` of a CloudFormation template, with `Ref`, `Fn::GetAtt` and `DependsOn`. Resources whose type does
not begin with `Custom::` do nothing except fail on request: they stand for the rest of a user's stack.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sms_registration_contract.cloudformation import Resource
from sms_registration_contract.response_endpoint import ResponseEndpoint
from sms_registration_contract.virtual_time import VirtualTime
from support.dependencies import Template, in_order, needed_by, needs, resolved
from support.requests import Begin, Event, Finish, RequestingStack, Response

GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")
"""Final statuses of a resource."""

CLEANUP_ATTEMPTS = 3
"""How often CloudFormation sends the Delete of a cleanup before it gives up."""

ROLLBACK_BEGINS_AFTER_SECONDS = 3.0
"""From the failure of a resource until the rollback's first request. An event says only in which second it was sent."""

FAILED = ("CREATE_FAILED", "UPDATE_FAILED")
"""Statuses of a stack that failed and was not rolled back, and of such a resource."""

_RETAINING = ("Retain", "RetainExceptOnCreate")


@dataclass
class _Deployment:
    """The progress of a running deployment, and of those before it that failed and were not rolled back."""

    before: dict[str, Resource]
    is_creation: bool
    template: dict[str, Any] = field(default_factory=dict)
    """Everything that was declared since the last success."""
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    replaced: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    """Logical ID, former physical ID, former properties."""
    overtaken: bool = False


class Stack(RequestingStack):
    """A stack that is deployed as a whole.

    Attributes:
        template: The deployed template.
        retained: (logical ID, physical ID) of each resource that a removal policy retained.
        retained_with: IDs of the requests without a response that were the last ones of such resources: nothing else tells the
            function of what they created.
        forgotten: (logical ID, physical ID, last response) of each resource that three Deletes did not delete.
        settled: (logical ID, physical ID) of each resource that a successful deployment had.
        rollback_knows: Which ID the Update of a rollback has after a replacement: the "new" or the "old" one.
        cleanup_shows: Which ID DescribeStackResource returns for a replaced resource during the clean-up: the "new" or the "old".
    """

    def __init__(self, endpoint: ResponseEndpoint, clock: VirtualTime, handler: Any, stack_name: str = "Stack") -> None:
        super().__init__(endpoint, clock, handler, stack_name)
        self.template: Template = {}
        self.retained: list[tuple[str, str]] = []
        self.retained_with: set[str] = set()
        self.forgotten: list[tuple[str, str, Response | None]] = []
        self.settled: set[tuple[str, str]] = set()
        self.rollback_knows = self.cleanup_shows = "new"
        self._deployment: _Deployment | None = None

    # --- actions of a user ---

    def deploy(self, template: Template, *, touch: bool = False) -> str:
        """Create or update the stack, and return its final status.

        Args:
            template: The resources.
            touch: Send an Update to every resource, as if only its ServiceTimeout had changed.
        """
        self.began = self.clock.time()
        if self.stack_status not in FAILED or self._deployment is None:
            before = {name: copy.copy(each) for name, each in self.resources.items()}
            self._deployment = _Deployment(before, not self.resources)
        now = self._now
        now.template |= template
        self.stack_status = "CREATE_IN_PROGRESS" if now.is_creation else "UPDATE_IN_PROGRESS"
        names = in_order(template)
        if not self._in_waves(
            names, template, lambda name: self._begin(name, template[name], touch=touch), self._finish
        ):
            if not now.overtaken:
                self._fail()
            return self.stack_status
        former, self.template = {**now.template, **self.template}, template
        self.stack_status = "CREATE_COMPLETE" if now.is_creation else "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        self.settled |= {(name, each.physical_id) for name, each in self.resources.items() if name in template}
        self._clean_up_after(former, [name for name in self.resources if name not in template])
        if not now.is_creation:
            self.stack_status = "UPDATE_COMPLETE"
        return self.stack_status

    def cancel(self) -> bool:
        """Let another resource fail now, and return whether custom resources were in progress and were canceled.

        Called in the middle of a run. If runs are not parallel, the whole rollback happens before it returns, and the canceled
        run continues after it.
        """
        now = self._deployment
        running = self.stack_status in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
        if now is None or now.overtaken or not running or not self.rolls_back or self.fails_elsewhere:
            return False
        if all(self.endpoint.response_to(event["RequestId"]) for event in self.in_flight.values()):
            return False
        if self.parallel is not None:
            self.fails_elsewhere = True
            self.pause(0.0)
            return True
        now.overtaken = True
        self.cancel_in_flight()
        self._roll_back()
        return True

    def continue_update_rollback(self) -> str:
        """Retry a failed rollback."""
        assert self.stack_status == "UPDATE_ROLLBACK_FAILED"
        self._restore()
        return self.stack_status

    def roll_back_failed(self) -> str:
        """Roll back a deployment that failed and stayed as it was."""
        assert self.stack_status in FAILED
        self._roll_back()
        return self.stack_status

    def destroy(self) -> str:
        """Delete the stack, and return its final status."""
        self.stack_status = "DELETE_IN_PROGRESS"
        self._delete_replaced()
        return self._delete_all(list(reversed(in_order({**self._now.template, **self.template}))), "DELETE")

    def describe(self, operation: str, logical_id: str | None) -> tuple[int, dict[str, Any]]:
        """As documented, except for what `cleanup_shows` leaves open."""
        status, response = super().describe(operation, logical_id)
        former = (
            {name: physical_id for name, physical_id, _ in reversed(self._deployment.replaced)}
            if self._deployment
            else {}
        )
        if self.cleanup_shows == "old" and self.stack_status == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS" and status == 200:
            shown = [response.get("StackResourceDetail") or {}, *response.get("StackResourceSummaries", [])]
            for each in shown:
                if each.get("LogicalResourceId") in former:
                    each["PhysicalResourceId"] = former[each["LogicalResourceId"]]
        return status, response

    # --- a deployment, step by step ---

    @property
    def created(self) -> set[str]:
        """Logical IDs of the resources that the last deployment created."""
        return set(self._deployment.created) if self._deployment else set()

    @property
    def _now(self) -> _Deployment:
        assert self._deployment is not None
        return self._deployment

    def send(self, logical_id: str, template: Template) -> Event:
        """Send the Create or Update of one resource that a template needs, and return its event without delivering it."""
        self.stack_status = "UPDATE_IN_PROGRESS" if self.template else "CREATE_IN_PROGRESS"
        self.began = self.clock.time()
        self._deployment = _Deployment({}, not self.template)
        event = self._begin(logical_id, template[logical_id], touch=True)
        assert event is not None
        return event

    def _begin(self, logical_id: str, declared: Mapping[str, Any], *, touch: bool) -> Event | None:
        now, resource = self._now, self.resources.get(logical_id)
        self.types[logical_id] = declared["Type"]
        properties = self.resolved(declared.get("Properties", {}))
        if not declared["Type"].startswith("Custom::"):
            self.resources[logical_id] = Resource(properties, logical_id, "CREATE_COMPLETE")
            return None
        if resource is None or resource.status == "CREATE_FAILED":
            if resource is not None:  # the next clean-up deletes what failed
                now.replaced.append((logical_id, resource.physical_id, resource.properties))
            if logical_id not in now.created:
                now.created.append(logical_id)
            self.resources[logical_id] = Resource(properties, status="CREATE_IN_PROGRESS")
            return self.event("Create", logical_id, properties)
        if properties == resource.properties and not touch and resource.status != "UPDATE_FAILED":
            return None
        if logical_id not in now.updated:
            now.updated.append(logical_id)
        former, resource.properties, resource.former = resource.properties, properties, resource.properties
        resource.status = "UPDATE_IN_PROGRESS"
        return self.event("Update", logical_id, properties, physical_id=resource.physical_id, old=former)

    def _finish(self, logical_id: str, response: Response | None) -> bool:
        resource, former_id = self.resources[logical_id], self.resources[logical_id].physical_id
        is_creation = resource.status == "CREATE_IN_PROGRESS"
        if not self._ended_as(resource, response, "CREATE" if is_creation else "UPDATE"):
            if is_creation:
                resource.physical_id = response["PhysicalResourceId"] if response else self.generated_id(logical_id)
            else:
                assert response is None or response["PhysicalResourceId"] == former_id, "a failed Update keeps the id"
            return False
        assert response is not None
        resource.physical_id = response["PhysicalResourceId"]
        if not is_creation and resource.physical_id != former_id:
            self._now.replaced.append((logical_id, former_id, resource.former))
        return True

    def _in_waves(self, names: list[str], template: Template, begin: Begin, finish: Finish) -> bool:
        return self.in_waves(names, needs(template), begin, finish, cancels=self.rolls_back, failing=self.failing)

    def _ended_as(self, resource: Resource, response: Response | None, kind: str) -> bool:
        succeeded = response is not None and response["Status"] == "SUCCESS"
        resource.status = f"{kind}_COMPLETE" if succeeded else f"{kind}_FAILED"
        if succeeded and response is not None:
            resource.attributes = response.get("Data", {})
        return succeeded

    def _clean_up_after(self, former: Template, removed: list[str]) -> None:
        """Delete replaced and removed resources, dependents first; give up after three failures."""
        for name in reversed(in_order(former)):
            for _, physical_id, properties in [each for each in self._now.replaced if each[0] == name]:
                if name in self.resources and physical_id == self.resources[name].physical_id:
                    continue
                if former[name].get("UpdateReplacePolicy") in _RETAINING:
                    self.retained.append((name, physical_id))
                else:
                    self._clean_up(name, physical_id, properties)
            if name in removed:
                self._remove(name, former[name])
        self._now.replaced.clear()

    def _remove(self, logical_id: str, declared: Mapping[str, Any]) -> None:
        resource = self.resources[logical_id]
        if declared.get("DeletionPolicy") in _RETAINING:
            self._retain(logical_id, resource.physical_id)
        elif declared["Type"].startswith("Custom::"):
            resource.status = "DELETE_IN_PROGRESS"
            self._clean_up(logical_id, resource.physical_id, resource.properties)
        del self.resources[logical_id]

    def _retain(self, logical_id: str, physical_id: str) -> None:
        self.retained.append((logical_id, physical_id))
        # A Delete that came since was about a former physical ID.
        last = [
            event["RequestId"]
            for _, event in self.sent
            if event["LogicalResourceId"] == logical_id and event["RequestType"] != "Delete"
        ][-1:]
        self.retained_with |= {each for each in last if self.endpoint.response_to(each) is None}

    def _clean_up(self, logical_id: str, physical_id: str, properties: dict[str, Any]) -> None:
        response = None
        for _ in range(CLEANUP_ATTEMPTS):
            response = self.request(self.event("Delete", logical_id, properties, physical_id=physical_id))
            if response and response["Status"] == "SUCCESS":
                return
        self.forgotten.append((logical_id, physical_id, response))

    # --- rollbacks ---

    def _fail(self) -> None:
        """A resource failed: roll back, unless the user wants to keep what there is."""
        if self.rolls_back:
            self._roll_back()
        else:
            self.stack_status = "CREATE_FAILED" if self._now.is_creation else "UPDATE_FAILED"

    def _roll_back(self) -> None:
        self.pass_time(ROLLBACK_BEGINS_AFTER_SECONDS)
        if self._now.is_creation:
            self.stack_status = "ROLLBACK_IN_PROGRESS"
            self._delete_replaced()
            self._delete_all(list(reversed(self._now.created)), "ROLLBACK")
        else:
            self._restore()

    def _restore(self) -> None:
        """Undo an update: restore the former properties, then delete what the update created."""
        now = self._now
        self.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        names = [name for name in in_order(self.template) if name in now.updated]
        if not self._in_waves(names, self.template, self._begin_restoring, self._finish_restoring):
            self.stack_status = "UPDATE_ROLLBACK_FAILED"
            return
        self.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
        self._delete_replaced()
        for logical_id in reversed(in_order(now.template)):
            if logical_id in now.created:
                declared = dict(now.template[logical_id])
                if declared.get("DeletionPolicy") == "RetainExceptOnCreate":
                    declared["DeletionPolicy"] = "Delete"
                self._remove(logical_id, declared)
            elif logical_id not in self.template:
                self.resources.pop(logical_id, None)
        self.stack_status = "UPDATE_ROLLBACK_COMPLETE"

    def _begin_restoring(self, logical_id: str) -> Event:
        resource, former = self.resources[logical_id], self._now.before[logical_id]
        resource.former, resource.properties = resource.properties, former.properties
        carried = resource.physical_id
        if self.rollback_knows == "old" and any(name == logical_id for name, _, _ in self._now.replaced):
            carried = former.physical_id
        resource.status = "UPDATE_IN_PROGRESS"
        return self.event("Update", logical_id, former.properties, physical_id=carried, old=resource.former)

    def _finish_restoring(self, logical_id: str, response: Response | None) -> bool:
        now, resource = self._now, self.resources[logical_id]
        if not self._ended_as(resource, response, "UPDATE"):
            resource.properties = resource.former
            return False
        assert response is not None
        attempted, resource.physical_id = resource.physical_id, response["PhysicalResourceId"]
        # What was attempted is deleted; what it replaced is held again.
        made = {each for name, each, _ in now.replaced if name == logical_id} | {attempted}
        kept = {resource.physical_id, now.before[logical_id].physical_id}
        now.replaced = [each for each in now.replaced if each[0] != logical_id]
        now.replaced += [(logical_id, each, resource.former) for each in sorted(made - kept)]
        now.updated.remove(logical_id)
        return True

    def _delete_replaced(self) -> None:
        """Delete what a rolled-back deployment made and no resource holds, dependents first."""
        for logical_id in reversed(in_order(self._now.template)):
            for name, physical_id, properties in list(self._now.replaced):
                if name == logical_id:
                    self._clean_up(name, physical_id, properties)
        self._now.replaced.clear()

    def _delete_all(self, logical_ids: list[str], kind: str) -> str:
        """Delete resources, dependents first, until one fails."""
        template = {**self._now.template, **self.template}
        deleted = self.in_waves(
            logical_ids,
            needed_by(template),
            lambda name: self._begin_delete(name, kind),
            self._finish_delete,
            cancels=False,
        )
        self.stack_status = f"{kind}_COMPLETE" if deleted else f"{kind}_FAILED"
        return self.stack_status

    def _begin_delete(self, logical_id: str, kind: str) -> Event | None:
        resource = self.resources.get(logical_id)
        declared = self.template.get(logical_id) or self._now.template[logical_id]
        if resource is None or resource.status in GONE:
            return None
        if declared.get("DeletionPolicy") in (_RETAINING if kind == "DELETE" else _RETAINING[:1]):
            self._retain(logical_id, resource.physical_id)
            resource.status = "DELETE_SKIPPED"
        elif self.types[logical_id].startswith("Custom::"):
            resource.status = "DELETE_IN_PROGRESS"
            return self.event("Delete", logical_id, resource.properties, physical_id=resource.physical_id)
        else:
            resource.status = "DELETE_COMPLETE"
        return None

    def _finish_delete(self, logical_id: str, response: Response | None) -> bool:
        succeeded = response is not None and response["Status"] == "SUCCESS"
        self.resources[logical_id].status = "DELETE_COMPLETE" if succeeded else "DELETE_FAILED"
        return succeeded

    # --- templates ---

    def resolved(self, value: Any) -> Any:
        """Replace `Ref` and `Fn::GetAtt` in a part of a template, and convert every scalar to a string."""
        return resolved(value, self.resources)
