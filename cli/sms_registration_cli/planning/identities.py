"""Which resources of the service an app's declarations are now, and which a deployment makes anew."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sms_registration_cli.planning import assembly
from sms_registration_cli.planning.assembly import DeclaredForm, Reference, Stack
from sms_registration_cli.planning.deployed import DeployedStack, DeployedStacks

CREATE_ONLY: Mapping[str, tuple[str, ...]] = {
    assembly.PHONE_NUMBER: ("IsoCountryCode", "NumberCapabilities", "NumberType"),
    assembly.RCS_AGENT: (),
    assembly.SENDER_ID: ("IsoCountryCode", "SenderId"),
    assembly.NATIVE_REGISTRATION: ("RegistrationType",),
}
"""Properties whose change replaces a resource: `createOnlyProperties` of the schemas that AWS publishes, in cfn-lint 1.58.0."""

_UNORDERED = {"NumberCapabilities"}
"""Lists whose order changes nothing (`insertionOrder` is false in the schema)."""


@dataclass(frozen=True)
class Identity:
    """What a declared resource is.

    Attributes:
        id: The ID or ARN that the service knows it by; None if the deployment makes it.
        replaces: The ID or ARN of the one that it replaces; empty if it replaces none.
        changed: The properties because of which it does.
    """

    id: str | None
    replaces: str = ""
    changed: tuple[str, ...] = ()


class Identities:
    """The resources of one Region.

    Args:
        stacks: The stacks of the app.
        deployed: What CloudFormation has of them.
    """

    def __init__(self, stacks: Sequence[Stack], deployed: DeployedStacks) -> None:
        self._stacks = stacks
        self._natives = {
            (stack.name, logical_id): properties for stack in stacks for logical_id, properties in stack.natives.items()
        }
        self._deployed = deployed
        self._replaced: dict[Reference, Identity] = {}

    def of(self, target: Reference) -> Identity | None:
        """What a declared resource is; None if CloudFormation does not tell, or if its type is not in `CREATE_ONLY`."""
        properties = self._natives.get((target.stack, target.logical_id))
        stack = self._deployed.of(target.stack) if properties is not None else None
        if properties is None or stack is None:
            return None
        present = self._present(target, stack)
        if present is None:
            return Identity(None)
        before = (stack.resource(target.logical_id) or {}).get("Properties") or {}
        changed = tuple(
            name
            for name in CREATE_ONLY[target.resource_type]
            if _comparable(name, before.get(name)) != _comparable(name, properties.get(name))
        )
        if not changed:
            return Identity(present)
        self._replaced[target] = Identity(None, present, changed)
        return self._replaced[target]

    def registration(self, stack: str, logical_id: str) -> str | None:
        """The ID of a registration of this library; empty if the stack has none, None if CloudFormation does not tell."""
        found = self._deployed.of(stack)
        return None if found is None else found.physical_ids.get(logical_id, "")

    def has_stack(self, stack: str) -> bool | None:
        """Whether CloudFormation has a stack; None if it does not tell."""
        found = self._deployed.of(stack)
        return None if found is None else bool(found.physical_ids)

    def is_deployed(self, stack: str, registration_id: str) -> bool:
        """Whether a stack has a registration, as far as CloudFormation tells: if it does not, its tags are believed."""
        found = self._deployed.of(stack)
        return found is None or registration_id in found.physical_ids.values()

    def is_retained(self, stack: str, registration_id: str) -> bool:
        """Whether the deployed template keeps a registration that leaves it; False if CloudFormation does not tell."""
        found = self._deployed.of(stack) or DeployedStack()
        policies = [
            (found.resource(logical_id) or {}).get("DeletionPolicy")
            for logical_id, physical_id in found.physical_ids.items()
            if physical_id == registration_id
        ]
        return any(str(policy).startswith("Retain") for policy in policies)

    def former_associations(self, form: DeclaredForm) -> tuple[str, ...] | None:
        """What the deployed template associates a form with, by ID or ARN; None if some of it is not known."""
        stack = self._deployed.of(form.stack)
        if stack is None:
            return None
        resource = stack.resource(form.logical_id)
        if resource is None:
            return ()
        exports = self._exports if "Fn::ImportValue" in json.dumps(resource) else {}
        names = []
        for target in assembly.associations(form.stack, stack.template, form.logical_id, exports):
            name = target if isinstance(target, str) else None
            if isinstance(target, Reference) and (there := self._deployed.of(target.stack)):
                name = self._present(target, there)
            if name is None:
                return None
            names.append(name)
        return tuple(names)

    @property
    def notes(self) -> Iterator[str]:
        """What would be replaced, and what CloudFormation did not tell."""
        for target, identity in self._replaced.items():
            yield (
                f"{target.stack} {target.logical_id}: {identity.replaces} would be replaced by a new one, because "
                f"{_listed(identity.changed)} changed"
            )
        if self._deployed.note:
            yield self._deployed.note

    @staticmethod
    def _present(target: Reference, stack: DeployedStack) -> str | None:
        """The ID or ARN of what a stack has under a logical ID; None if it has no such resource."""
        resource = stack.resource(target.logical_id) or {}
        # The physical ID of another custom resource need not be what it returns.
        if (
            target.resource_type not in (assembly.REGISTRATION, *CREATE_ONLY)
            or resource.get("Type") != target.resource_type
        ):
            return None
        return _name(target.resource_type, stack.physical_ids[target.logical_id])

    @cached_property
    def _exports(self) -> dict[str, Reference]:
        found: dict[str, Reference] = {}
        for stack in self._stacks:
            there = self._deployed.of(stack.name)
            found |= assembly.exports_of(stack.name, there.template) if there else {}
        return found


def _name(resource_type: str, physical_id: str) -> str:
    """What names a resource to the service. A physical ID is the schema's `primaryIdentifier`; | joins two properties."""
    if resource_type == assembly.SENDER_ID:
        country, _, sender_id = physical_id.rpartition("|")
        return f"{assembly.NEW_IDS[assembly.SENDER_ID]}{sender_id}/{country}"
    return physical_id.rpartition("/")[2] if resource_type == assembly.NATIVE_REGISTRATION else physical_id


def _comparable(name: str, value: Any) -> str:
    """A value to compare: text, or what only the deployment resolves, as it stands in the template."""
    if name in _UNORDERED and isinstance(value, list):
        return json.dumps(sorted(json.dumps(each, sort_keys=True) for each in value))
    return json.dumps(value, sort_keys=True)


def _listed(names: Iterable[str]) -> str:
    return " and ".join(names)
