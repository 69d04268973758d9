"""Lets the planner of the provider function decide before a deployment. Pure.

What is known only then (secrets, tokens, IDs of resources of the app) counts as unchanged.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sms_registration_rules import associations
from sms_registration_rules.planning import planner
from sms_registration_rules.planning.inputs import DISCARDED, DeclaredForm, DescribedForm, ValuesNotRead
from sms_registration_rules.planning.plan import (
    Associate,
    CreateVersion,
    DeleteValue,
    DiscardVersion,
    Plan,
    PutValue,
    Submit,
)
from sms_registration_rules.values import TextValue, TypedValue, is_same

UNKNOWN = TextValue("(known when the stack is deployed)")
"""Stands for a value that only the deployment knows, in the declared and in the described form."""

_OPERATIONS = {
    DiscardVersion: "DiscardRegistrationVersion",
    CreateVersion: "CreateRegistrationVersion",
    PutValue: "PutRegistrationFieldValue",
    DeleteValue: "DeleteRegistrationFieldValue",
    Associate: "CreateRegistrationAssociation",
    Submit: "SubmitRegistrationVersion",
}

Associations = Sequence[Mapping[str, Any]]
"""Members of ListRegistrationAssociations' response."""


@dataclass(frozen=True)
class Foreseen:
    """What the function would do, and why it would open a new version.

    Attributes:
        plan: The plan.
        changed: The paths whose values differ from the version that a new one follows; empty if none is opened, or for another
            reason than a change.
    """

    plan: Plan
    changed: tuple[str, ...] = ()


def foresee(
    declared: DeclaredForm, described: DescribedForm, read: Callable[[int], Mapping[str, TypedValue]]
) -> Foreseen:
    """Plan as the function does.

    Args:
        declared: What the app declares.
        described: What the account has; `values` may be empty.
        read: Reads the values of a version. Called once for each version that the plan depends on.
    """
    while True:
        try:
            plan = planner.make(declared, described)
        except ValuesNotRead as missing:
            described = described.with_values(missing.version_number, read(missing.version_number))
        else:
            return Foreseen(plan, _changed(plan, declared, described))


def _changed(plan: Plan, declared: DeclaredForm, described: DescribedForm) -> tuple[str, ...]:
    held = described.values.get(described.version_number)
    if held is None or not plan.creates_version or described.version_status == DISCARDED:
        return ()
    known = [path for path in held if path in declared.precedence]  # what the form no longer has cannot change
    paths = dict.fromkeys([*plan.target, *known])
    return tuple(path for path in paths if not is_same(held.get(path), plan.target.get(path)))


def operations(plan: Plan) -> list[str]:
    """The writing calls of a plan, in their order."""
    return [_OPERATIONS[type(step)] for step in plan.steps]


def named(foreseen: Foreseen, names: Mapping[str, str]) -> Foreseen:
    """The same, but the texts name resources that do not exist yet as the app does.

    Args:
        foreseen: What the function would do.
        names: Names in the app, by the made-up IDs that the plan was made with.
    """

    def said(text: str) -> str:
        for made_up in sorted(names, key=len, reverse=True):
            text = text.replace(made_up, names[made_up])
        return text

    plan = foreseen.plan
    refusal = said(plan.refusal) if plan.refusal else None
    renamed = dataclasses.replace(plan, refusal=refusal, notes=tuple(map(said, plan.notes)))
    return dataclasses.replace(foreseen, plan=renamed)


def with_unknown(values: Mapping[str, TypedValue], unknown: Collection[str]) -> dict[str, TypedValue]:
    """The held values, in which those that the app declares without saying them count as the declared ones."""
    return {path: UNKNOWN if path in unknown else value for path, value in values.items()}


def taken_as_declared(declared: Sequence[str], made: Associations, guessed: Collection[str]) -> list[Mapping[str, Any]]:
    """The associations under the IDs that the plan uses.

    Args:
        declared: The associations that the app declares.
        made: Those that exist.
        guessed: Those declared ones whose ID nobody told. Each counts as one of the existing associations that are not declared
            by their own ID.
    """
    unresolved = [
        each
        for each in declared
        if each in guessed and not associations.is_associated(each, made) and not each.startswith("registration-")
    ]
    result: list[Mapping[str, Any]] = []
    for each in made:
        names = {str(each.get("ResourceId")), str(each.get("ResourceArn"))}
        is_free = not any(associations.is_associated(resource, [each]) for resource in declared)
        if is_free and unresolved and not any(name.startswith("registration-") for name in names):
            result.append({**each, "ResourceId": unresolved.pop(0)})
        else:
            result.append(each)
    return result


def formerly_declared(made: Associations, supported: Associations) -> tuple[str, ...]:
    """What a deployed template that is not known is taken to declare: each association that the service does not make itself."""
    names = [str(each.get("ResourceId") or each.get("ResourceArn")) for each in made]
    return tuple(
        name for name in names if associations.behavior_of(name, supported) not in (None, associations.ON_APPROVAL)
    )
