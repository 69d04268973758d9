"""Log fields: every line says which request and which registration it belongs to. The SDK's request bodies are not logged.

Lambda's JSON log format turns a record's extra attributes into members, so the lines of a run can be found by any of them.
They contain only IDs and names, no values.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from typing import Any

from sms_registration_handler.cloudformation.event import Event
from sms_registration_rules.identifiers import is_registration_id

_FORM = "form-of:"
_ATTACHMENT = "attachment-"
_SDK = ("boto3", "botocore", "urllib3")
"""At DEBUG, these loggers write whole requests and responses, with every value in them; at INFO, where they found credentials."""


def of_run(event: Event, physical_id: str, remaining: float) -> dict[str, Any]:
    """Return the fields of a run's log lines.

    Args:
        event: The request.
        physical_id: The physical ID that the run would respond with now. Empty if there is none yet.
        remaining: Seconds until the Lambda time limit.
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
    """Add fields to every log line of the current context, from any logger. Has an effect only after `install`.

    Args:
        fields: Returns the current fields. Called whenever a line is written.
    """
    token = _attached.set(fields)
    try:
        yield
    finally:
        _attached.reset(token)


def install() -> None:
    """Make the root logger's handlers add the attached fields, and keep the SDK to its warnings. Once per container."""
    for name in _SDK:
        logging.getLogger(name).setLevel(logging.WARNING)
    # A logger's filters do not see records of its child loggers. A handler's filters do.
    for handler in logging.getLogger().handlers:
        handler.addFilter(add_fields)


def add_fields(record: logging.LogRecord) -> bool:
    """Add the attached fields to a line; a filter that keeps every line."""
    fields = _attached.get()
    for name, value in fields().items() if fields else ():
        record.__dict__.setdefault(name, value)
    return True
