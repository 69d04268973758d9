"""Checks requests against the API's model, as the service does before it looks at any resource."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StringShape, StructureShape

from .exceptions import ValidationException


@cache
def service_model() -> ServiceModel:
    """Return the API's model."""
    return botocore.session.get_session().get_service_model("pinpoint-sms-voice-v2")


@cache
def operation_model(operation: str) -> OperationModel:
    """Return the model of one operation, such as `CreateRegistration`."""
    return service_model().operation_model(operation)


def check(operation: str, parameters: dict[str, Any]) -> None:
    """Check the parameters of a request: required members, lengths, patterns, enums.

    Raises:
        ValidationException: The request is invalid; the message names all problems.
    """
    shape = operation_model(operation).input_shape
    found = list(_problems(shape, parameters, "")) if shape is not None else []
    if not found:
        return
    reason = "MISSING_PARAMETER" if all(is_missing for _, _, is_missing in found) else "INVALID_PARAMETER"
    text = "; ".join(f"{name}: {message}" for name, message, _ in found)
    raise ValidationException(text, reason, [(name, message) for name, message, _ in found])


def _problems(shape: Shape, value: Any, name: str) -> Iterator[tuple[str, str, bool]]:
    if isinstance(shape, StructureShape):
        for member in shape.required_members:
            if value.get(member) is None:
                yield _member(name, member), "is required", True
        for member, content in value.items():
            if content is not None:
                yield from _problems(shape.members[member], content, _member(name, member))
    elif isinstance(shape, ListShape):
        yield from _length(shape, value, name)
        for index, content in enumerate(value):
            yield from _problems(shape.member, content, f"{name}[{index}]")
    elif isinstance(shape, StringShape):
        yield from _length(shape, value, name)
        if shape.enum and value not in shape.enum:
            yield name, f"{value!r} is not one of {', '.join(shape.enum)}", False
        pattern = shape.metadata.get("pattern")
        if pattern and re.fullmatch(pattern, value) is None:
            yield name, f"does not match the pattern {pattern}", False
    elif shape.type_name in ("integer", "long"):
        low, high = shape.metadata.get("min", value), shape.metadata.get("max", value)
        if not low <= value <= high:
            yield name, f"{value} is not between {low} and {high}", False
    elif shape.type_name == "blob":
        yield from _length(shape, value, name)


def _length(shape: Shape, value: Any, name: str) -> Iterator[tuple[str, str, bool]]:
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    if not low <= len(value) <= high:
        yield name, f"length {len(value)} is not between {low} and {high}", False


def _member(parent: str, member: str) -> str:
    camel = member[0].lower() + member[1:]
    return f"{parent}.{camel}" if parent else camel
