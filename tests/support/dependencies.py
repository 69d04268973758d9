"""The dependencies between the `Resources` of a CloudFormation template."""

from collections.abc import Iterator, Mapping
from typing import Any

from sms_registration_contract.cloudformation import Resource, stringified

Template = Mapping[str, Mapping[str, Any]]
Needs = Mapping[str, set[str]]
"""What each resource waits for, by logical ID."""


def in_order(template: Template) -> list[str]:
    """Return the logical IDs, each after its dependencies."""
    needed = needs(template)
    ordered: dict[str, None] = {}

    def visit(logical_id: str) -> None:
        if logical_id not in ordered:
            for other in sorted(needed[logical_id]):
                visit(other)
            ordered[logical_id] = None

    for logical_id in template:
        visit(logical_id)
    return list(ordered)


def needs(template: Template) -> Needs:
    """Return the logical IDs that each resource refers to directly: it is created after them."""
    return {logical_id: set(_references(declared)) & set(template) for logical_id, declared in template.items()}


def needed_by(template: Template) -> Needs:
    """Return the logical IDs that refer to each resource directly: it is deleted after them."""
    found: dict[str, set[str]] = {logical_id: set() for logical_id in template}
    for logical_id, others in needs(template).items():
        for other in others:
            found[other].add(logical_id)
    return found


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key == "Ref" or (key == "DependsOn" and isinstance(each, str)):
                yield str(each)
            elif key == "Fn::GetAtt":
                yield str(each[0])
            elif key == "DependsOn":
                yield from each
            else:
                yield from _references(each)
    elif isinstance(value, list):
        for each in value:
            yield from _references(each)


def resolved(value: Any, resources: Mapping[str, Resource]) -> Any:
    """Replace `Ref` and `Fn::GetAtt` in a part of a template, and convert every scalar to a string."""
    if isinstance(value, Mapping):
        if set(value) == {"Ref"}:
            return resources[value["Ref"]].physical_id
        if set(value) == {"Fn::GetAtt"}:
            logical_id, attribute = value["Fn::GetAtt"]
            return resources[logical_id].attributes[attribute]
        return {key: resolved(each, resources) for key, each in value.items()}
    if isinstance(value, list):
        return [resolved(each, resources) for each in value]
    return stringified(value)
