"""The dependencies between the `Resources` of a CloudFormation template."""

from collections.abc import Iterator, Mapping
from typing import Any

Template = Mapping[str, Mapping[str, Any]]


def in_order(template: Template) -> list[str]:
    """Return the logical IDs, each after its dependencies."""
    ordered: list[str] = []

    def visit(logical_id: str) -> None:
        if logical_id not in ordered:
            for other in sorted(needs(template, logical_id)):
                visit(other)
            ordered.append(logical_id)

    for logical_id in template:
        visit(logical_id)
    return ordered


def needs(template: Template, logical_id: str) -> set[str]:
    """Return the logical IDs that a resource refers to directly."""
    return set(_references(template[logical_id])) & set(template)


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
