"""What is logged: of each line, which request and which registration it belongs to; of the SDK, no request's body.

Lambda's JSON log format makes members of a record's extra attributes, so that the lines of a run can be found by any of them.
There are ids and names only, no values.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from sms_registration_handler.aws.identifiers import is_registration_id
from sms_registration_handler.cloudformation.event import Event

_FORM = "form-of:"
_ATTACHMENT = "attachment-"
_SDK = ("boto3", "botocore", "urllib3")
"""At DEBUG they log whole requests and answers, with every value in them."""


def of_run(event: Event, physical_id: str, remaining: float) -> dict[str, Any]:
    """The fields of a run's lines.

    Args:
        event: The request.
        physical_id: The id that the run would answer with at this moment; empty if there is none yet.
        remaining: Seconds until the Lambda limit.
    """
    fields = {
        "requestType": event.request_type,
        "resourceType": event.resource_type,
        "logicalResourceId": event.logical_resource_id,
        "cloudFormationRequestId": event.request_id,
        "remainingSeconds": round(remaining, 1),
    }
    own_id = physical_id or event.physical_resource_id
    if own_id.startswith(_ATTACHMENT):
        return {**fields, "registrationAttachmentId": own_id}
    declared = (event.properties.get(name) for name in ("RegistrationId", "ExistingRegistrationId"))
    for candidate in (own_id.removeprefix(_FORM), *declared):
        if isinstance(candidate, str) and is_registration_id(candidate):
            return {**fields, "registrationId": candidate}
    return fields


_attached: ContextVar[Callable[[], Mapping[str, Any]] | None] = ContextVar("log fields", default=None)


@contextlib.contextmanager
def attached(fields: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Add fields to every line of the current context, by whatever logger, if `install` was called.

    Args:
        fields: Gives the fields as they are when a line is written.
    """
    token = _attached.set(fields)
    try:
        yield
    finally:
        _attached.reset(token)


def install() -> None:
    """Let the root logger's handlers add the attached fields; and never let the SDK log at DEBUG. Once per container."""
    for name in _SDK:
        logging.getLogger(name).setLevel(logging.INFO)
    # Filters of a logger do not see what the loggers below it write; those of a handler do.
    for handler in logging.getLogger().handlers:
        handler.addFilter(_add_fields)


def _add_fields(record: logging.LogRecord) -> bool:
    fields = _attached.get()
    for name, value in fields().items() if fields else ():
        record.__dict__.setdefault(name, value)
    return True
