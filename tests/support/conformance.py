"""Checks responses against the API's model: members, types, and the errors of each operation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape

TYPES = {"boolean": bool, "integer": int, "long": int, "string": str, "timestamp": datetime}


def problems(model: OperationModel, response: dict[str, Any]) -> list[str]:
    """Return where a parsed response or error deviates from the model."""
    content = {name: value for name, value in response.items() if name not in ("ResponseMetadata", "Error")}
    if "Error" not in response:
        return list(_walk(model.output_shape, content, model.name))
    code = response["Error"]["Code"]
    shapes = {shape.name: shape for shape in model.error_shapes}
    if code not in shapes:
        return [f"{model.name} has no error {code}"]
    # botocore copies the message to both places, independent of the model.
    content.pop("message", None)
    return list(_walk(shapes[code], content, f"{model.name}:{code}"))


def _walk(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from (f"{path}.{name} is missing" for name in shape.required_members if name not in value)
        for name, member in value.items():
            if name in shape.members:
                yield from _walk(shape.members[name], member, f"{path}.{name}")
            else:
                yield f"{path}.{name} is unknown"
    elif isinstance(shape, ListShape):
        yield from _length(shape, value, path)
        for index, member in enumerate(value):
            yield from _walk(shape.member, member, f"{path}[{index}]")
    elif isinstance(shape, MapShape):
        for key, member in value.items():
            yield from _walk(shape.value, member, f"{path}[{key}]")
    elif not isinstance(value, TYPES[shape.type_name]):
        yield f"{path} is {value!r}, not a {shape.type_name}"
    elif isinstance(shape, StringShape):
        yield from _length(shape, value, path)
        if shape.enum and value not in shape.enum:
            yield f"{path} is {value!r}, not one of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.fullmatch(pattern, value):
            yield f"{path} is {value!r}, not like {pattern}"


def _length(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if not shape.metadata.get("min", 0) <= len(value) <= shape.metadata.get("max", len(value)):
        yield f"{path} has length {len(value)}"
