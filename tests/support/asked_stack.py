"""A `Stack` whose questions CloudFormation answers as a table of a test says."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import botocore.exceptions

from sms_registration_contract.virtual_time import VirtualTime
from sms_registration_handler.cloudformation.event import Event
from sms_registration_handler.cloudformation.stack import Stack
from sms_registration_handler.errors import OutOfTime

SENT = 1_800_000_000.0
STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/Stack/1"
OPERATIONS = ("describe_stack_resource", "describe_stacks", "describe_stack_events", "list_stack_resources")


def error(code: str, message: str = "", status: int = 400) -> Exception:
    response: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return botocore.exceptions.ClientError(response, "Describe")


NOT_LISTED = error("ValidationError", f"Resource TollFree does not exist for stack {STACK_ID}")
NO_STACK = error("ValidationError", f"Stack with id {STACK_ID} does not exist")
DENIED = error("AccessDenied", "not authorized", 403)


def at(seconds: float) -> datetime:
    """A time, in seconds after the request was sent."""
    return datetime.fromtimestamp(SENT + seconds, timezone.utc)


def resource(status: str, began: float | None = 0.0, physical_id: str = "") -> dict[str, Any]:
    detail: dict[str, Any] = {"ResourceStatus": status, "PhysicalResourceId": physical_id}
    return {"StackResourceDetail": detail if began is None else {**detail, "LastUpdatedTimestamp": at(began)}}


def stack_in(status: str, updated: float | None = None, created: float | None = -100.0) -> dict[str, Any]:
    times = {"LastUpdatedTime": updated, "CreationTime": created}
    return {"Stacks": [{"StackStatus": status, **{key: at(each) for key, each in times.items() if each is not None}}]}


class Answers:
    """CloudFormation's client. Each operation has its answers, in order; the last one is repeated."""

    def __init__(self, **answers: Any) -> None:
        self.asked: list[str] = []
        self.parameters: list[dict[str, str]] = []
        self._left = {operation: list(answers.get(operation, [])) for operation in OPERATIONS}

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def ask(**parameters: str) -> Any:
            self.asked.append(operation)
            self.parameters.append(parameters)
            left = self._left[operation]
            answer = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return ask


class Asked:
    """A Stack with these answers.

    Attributes:
        paused: The seconds of each pause.
    """

    def __init__(
        self,
        time: VirtualTime,
        request_type: str,
        resources: list[Any],
        stacks: list[Any] | None = None,
        *,
        physical_id: str = "",
        sent_at: float | None = SENT,
        seconds_left: float = 800.0,
        **answers: Any,
    ) -> None:
        self.client = Answers(describe_stack_resource=resources, describe_stacks=stacks or [DENIED], **answers)
        self.paused: list[float] = []
        self._left, self._time = seconds_left, time
        event = Event(
            request_type,
            "Custom::SmsRegistration",
            STACK_ID,
            "request",
            "TollFree",
            physical_id,
            "",
            {},
            {},
            sent_at,
            3600,
        )
        self.stack = Stack(event, lambda: self.client, self._pause)

    def _pause(self, seconds: float) -> None:
        self._left -= seconds
        if self._left < 0:
            raise OutOfTime("the function ran out of time")
        self.paused.append(seconds)
        self._time.passed += seconds
