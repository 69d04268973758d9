"""What CloudFormation says of the stack and the resource at this moment: the fence against late and cancelled requests.

Every answer may be unknown (None): without the right to ask, or while CloudFormation throttles, the function goes on with what
else it knows.
"""

import functools
import logging
from collections.abc import Callable, Mapping
from typing import Any

from sms_registration_handler.event import Event

logger = logging.getLogger(__name__)

_IN_PROGRESS = {"Create": "CREATE_IN_PROGRESS", "Update": "UPDATE_IN_PROGRESS", "Delete": "DELETE_IN_PROGRESS"}


class Stack:
    """The stack of one event.

    Args:
        event: The event that is being handled.
        client: Makes the CloudFormation client; called at the first question only, because most events ask none.
    """

    def __init__(self, event: Event, client: Callable[[], Any]) -> None:
        self._event = event
        self._client = client

    def moved_on(self) -> bool:
        """Whether CloudFormation has given up this request: cancelled, timed out, rolled back or deleted meanwhile.

        DescribeStackResource reports CREATE_FAILED ("Resource creation cancelled") before the Delete is sent. Unknown means no.
        """
        resource = self._resource()
        return resource is not None and resource["ResourceStatus"] != _IN_PROGRESS[self._event.request_type]

    def current_physical_id(self) -> str | None:
        """What CloudFormation holds for the resource's current physical id; None when unknown."""
        resource = self._resource()
        return str(resource.get("PhysicalResourceId", "")) if resource else None

    def _resource(self) -> Mapping[str, Any] | None:
        answer = self._ask(
            "describe_stack_resource",
            StackName=self._event.stack_id,
            LogicalResourceId=self._event.logical_resource_id,
        )
        return answer["StackResourceDetail"] if answer else None

    def is_rolling_back(self) -> bool:
        """Whether the stack is in a rollback. Unknown means no."""
        return "ROLLBACK" in (self.status or "")

    @functools.cached_property
    def status(self) -> str | None:
        """The stack's status (DescribeStacks), asked once; None when unknown."""
        answer = self._ask("describe_stacks", StackName=self._event.stack_id)
        return str(answer["Stacks"][0]["StackStatus"]) if answer and answer.get("Stacks") else None

    def _ask(self, operation: str, **parameters: str) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = getattr(self._client(), operation)(**parameters)
        except Exception as error:  # the fence is a second net: it must never be the thing that fails
            logger.warning("CloudFormation did not say (%s: %s)", operation, type(error).__name__)
            return None
        return answer
