"""A client without the wire: calls the fake directly, thirty times as fast as through HTTP.

For tests that make millions of calls. Requests are validated by botocore's own rules, and responses and errors have the shape
that its parser gives them.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import botocore.exceptions
import botocore.validate
from botocore import xform_name
from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.exceptions import ServiceException

from moto_sms_voice.models import OPERATIONS, SmsVoiceBackend
from moto_sms_voice.validation import operation_model

_OPERATIONS = {xform_name(operation): operation for operation in OPERATIONS}
_VALIDATOR = botocore.validate.ParamValidator()


class DirectClient:
    """Stands in for botocore's client of the service.

    Args:
        fake: Returns the backend that performs the requests.
    """

    def __init__(self, fake: Callable[[], SmsVoiceBackend]) -> None:
        self._fake = fake

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        if method not in _OPERATIONS:
            raise AttributeError(method)
        return functools.partial(self._call, _OPERATIONS[method])

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        report = _VALIDATOR.validate(parameters, operation_model(operation).input_shape)
        if report.has_errors():
            raise botocore.exceptions.ParamValidationError(report=report.generate_report())
        try:
            response = self._fake().perform(operation, parameters)
        except ServiceException as error:
            raise client_error(error, operation) from None
        parsed: dict[str, Any] = _parsed(operation_model(operation).output_shape, response)
        return parsed


def client_error(error: ServiceException, operation: str) -> botocore.exceptions.ClientError:
    """The fake's error as botocore raises it."""
    code = str(error.code)
    members = {
        "Message": str(error.message),
        "Reason": getattr(error, "reason", None),
        "Fields": getattr(error, "fields", None),
        "ResourceType": getattr(error, "resource_type", None),
        "ResourceId": getattr(error, "resource_id", None),
    }
    response: dict[str, Any] = {name: member for name, member in members.items() if member is not None}
    response["Error"] = {"Code": code, "Message": str(error.message)}
    response["ResponseMetadata"] = {"HTTPStatusCode": 500 if code == "InternalServerException" else 400}
    return botocore.exceptions.ClientError(response, operation)


def _parsed(shape: Shape | None, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        members = ((name, _member(value, name, attribute), each) for name, attribute, each in _members(shape))
        return {name: _parsed(each, member) for name, member, each in members if member is not None}
    if isinstance(shape, ListShape):
        return [_parsed(shape.member, each) for each in value]
    if isinstance(shape, MapShape):
        return {str(key): _parsed(shape.value, each) for key, each in value.items()}
    if shape is not None and shape.type_name == "timestamp":
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value


@functools.cache
def _members(shape: StructureShape) -> list[tuple[str, str, Shape]]:
    return [(name, xform_name(name), each) for name, each in shape.members.items()]


def _member(value: Any, name: str, attribute: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name, value.get(attribute))
    return getattr(value, attribute, None)
