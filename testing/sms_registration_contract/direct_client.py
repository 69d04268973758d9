"""A client without the wire: calls the fake directly, thirty times as fast as through HTTP.

For tests that make millions of calls. Requests are validated by botocore's own rules, and responses and errors have the shape
that its parser gives them.
"""

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
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
VALID_REQUESTS_REMEMBERED = 1000


class DirectClient:
    """Stands in for botocore's client of the service.

    Args:
        fake: Returns the backend that performs the requests.
    """

    def __init__(self, fake: Callable[[], SmsVoiceBackend]) -> None:
        self._fake = fake
        self._valid: set[str] = set()
        """Valid requests: a retry is not validated again."""

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        if method not in _OPERATIONS:
            raise AttributeError(method)
        return functools.partial(self._call, _OPERATIONS[method])

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        self._validate(operation, parameters)
        try:
            response = self._fake().perform(operation, parameters)
        except ServiceException as error:
            raise client_error(error, operation) from None
        parsed: dict[str, Any] = _parser(operation)(response)
        return parsed

    def _validate(self, operation: str, parameters: dict[str, Any]) -> None:
        request = f"{operation} {parameters}"
        if request in self._valid:
            return
        report = _VALIDATOR.validate(parameters, operation_model(operation).input_shape)
        if report.has_errors():
            raise botocore.exceptions.ParamValidationError(report=report.generate_report())
        if len(self._valid) >= VALID_REQUESTS_REMEMBERED:
            self._valid.clear()
        self._valid.add(request)


def client_error(error: ServiceException, operation: str) -> botocore.exceptions.ClientError:
    """Convert an error of the fake to the exception that botocore raises."""
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


Parser = Callable[[Any], Any]


@functools.cache
def _parser(operation: str) -> Parser:
    """Return a function that converts the fake's result of an operation to a parsed response."""
    shape = operation_model(operation).output_shape
    return _parser_of(shape) if shape is not None else _unchanged


def _parser_of(shape: Shape) -> Parser:
    if isinstance(shape, StructureShape):
        return _structure_parser([(name, xform_name(name), _parser_of(each)) for name, each in shape.members.items()])
    if isinstance(shape, ListShape):
        parse = _parser_of(shape.member)
        return lambda value: [parse(each) for each in value]
    if isinstance(shape, MapShape):
        parse = _parser_of(shape.value)
        return lambda value: {str(key): parse(each) for key, each in value.items()}
    return _milliseconds if shape.type_name == "timestamp" else _unchanged


def _structure_parser(members: list[tuple[str, str, Parser]]) -> Parser:
    def parse_structure(value: Any) -> dict[str, Any]:
        parsed = {}
        is_mapping = isinstance(value, Mapping)
        for name, attribute, parse in members:
            member = value.get(name, value.get(attribute)) if is_mapping else getattr(value, attribute, None)
            if member is not None:
                parsed[name] = parse(member)
        return parsed

    return parse_structure


def _milliseconds(value: datetime) -> datetime:
    """Round a timestamp down to milliseconds, as on the wire."""
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


def _unchanged(value: Any) -> Any:
    return value
