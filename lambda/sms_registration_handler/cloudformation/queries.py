"""Questions to CloudFormation about one stack and one of its resources, repeated when they are throttled or fail."""

import logging
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import botocore.exceptions

from sms_registration_handler.aws.deadline import sleep
from sms_registration_handler.aws.sms_voice import no_route
from sms_registration_handler.cloudformation.event import Event

logger = logging.getLogger(__name__)

LISTED_AFTER_SECONDS = 1.0
"""A resource that was just added may not be listed before this, and the status of one that was just requested may be old."""

_PATIENCE_SECONDS = 30.0
"""How long a question is repeated when nothing depends on it that cannot be undone."""

_PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""Pauses before a question is repeated; the last one from then on."""

_MAX_PAGES = 50

_GONE: Mapping[str, Any] = MappingProxyType({"ResourceStatus": "DELETE_COMPLETE"})
"""Represents a resource that the stack does not have, according to CloudFormation."""

_THROTTLED = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"})
_CONNECTION_ERRORS = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)


class Queries:
    """The stack and the resource of one event, as CloudFormation describes them. None stands for what it does not say.

    Args:
        event: The event that is being handled.
        client: Creates the CloudFormation client. Called with the first query, because most events need none.
        pause: Waits for some seconds, or raises `OutOfTime` when the run has not enough time left.
    """

    def __init__(self, event: Event, client: Callable[[], Any], pause: Callable[[float], None]) -> None:
        self._event = event
        self._client = client
        self.pause = pause
        self.last_resource: Mapping[str, Any] | None = None
        """The result of the last `resource`."""

    def resource(self, *, decisive: bool) -> Mapping[str, Any] | None:
        """Return the resource (DescribeStackResource); with the status DELETE_COMPLETE if the stack does not have it.

        Args:
            decisive: Whether something that cannot be undone depends on it. Then the question is repeated until the deadline.
        """
        parameters = {"StackName": self._event.stack_id, "LogicalResourceId": self._event.logical_resource_id}
        response = self._query("describe_stack_resource", decisive=decisive, **parameters)
        if response is _GONE:
            sleep(LISTED_AFTER_SECONDS)
            response = self._query("describe_stack_resource", decisive=decisive, **parameters)
        self.last_resource = response if response is None or response is _GONE else response["StackResourceDetail"]
        return self.last_resource

    def stack(self, *, decisive: bool) -> Mapping[str, Any] | None:
        """Return the stack (DescribeStacks).

        Args:
            decisive: As for `resource`.
        """
        response = self._query("describe_stacks", decisive=decisive, StackName=self._event.stack_id)
        return response["Stacks"][0] if response and response.get("Stacks") else None

    def events(self, *, decisive: bool = True) -> Iterator[Mapping[str, Any]]:
        """The stack's events, newest first (DescribeStackEvents). None are yielded when the permission is missing.

        Args:
            decisive: As for `resource`.
        """
        for page in self._pages("describe_stack_events", decisive=decisive):
            yield from (page or {}).get("StackEvents") or []

    def resources(self) -> Iterator[Mapping[str, Any] | None]:
        """The stack's resources (ListStackResources). Yields None where CloudFormation does not say more."""
        for page in self._pages("list_stack_resources", decisive=True):
            yield from [None] if page is None else page.get("StackResourceSummaries") or []

    def _pages(self, operation: str, *, decisive: bool) -> Iterator[Mapping[str, Any] | None]:
        parameters = {"StackName": self._event.stack_id}
        for _ in range(_MAX_PAGES):
            page = self._query(operation, decisive=decisive, **parameters)
            yield page
            if not page or not page.get("NextToken"):
                return
            parameters["NextToken"] = str(page["NextToken"])

    def _query(self, operation: str, *, decisive: bool, **parameters: str) -> Mapping[str, Any] | None:
        waited, attempt = 0.0, 0
        while True:
            try:
                response: dict[str, Any] = getattr(self._client(), operation)(**parameters)
            except botocore.exceptions.ClientError as error:
                details = error.response.get("Error", {})
                code = str(details.get("Code"))
                if code == "ValidationError" and "does not exist" in str(details.get("Message")):
                    return _GONE if operation == "describe_stack_resource" else None
                is_final = not _is_temporary(code, error.response)
            except Exception as error:
                code = ", ".join(filter(None, [type(error).__name__, no_route(error)]))
                is_final = not isinstance(error, _CONNECTION_ERRORS)
            else:
                return response
            logger.warning("CloudFormation could not be queried (%s: %s)", operation, code)
            if is_final or (waited >= _PATIENCE_SECONDS and not decisive):
                return None
            pause = _PAUSES_SECONDS[min(attempt, len(_PAUSES_SECONDS) - 1)]
            self.pause(pause)
            waited, attempt = waited + pause, attempt + 1


def _is_temporary(code: str, response: Mapping[str, Any]) -> bool:
    return code in _THROTTLED or response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500
