"""The stack that the watch serves: which registrations it has, and whether it is between two deployments."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import botocore.exceptions

from sms_registration_handler.form.claim import PHYSICAL_ID_PREFIX
from sms_registration_rules.identifiers import is_registration_id

logger = logging.getLogger(__name__)

_BETWEEN_DEPLOYMENTS = frozenset(
    {
        "CREATE_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
    }
)
"""Statuses in which the stack is as its last deployment, or its rollback, left it. A new status counts as a deployment."""


_RESOURCE_TYPES = ("Custom::SmsRegistration", "Custom::SmsRegistrationForm")
"""Resources whose physical ID names a registration."""


class StackState:
    """The state of the stack that the watch serves.

    Args:
        stack_id: The stack's ARN.
        client: Creates the CloudFormation client. Called with the first query.
    """

    def __init__(self, stack_id: str, client: Callable[[], Any]) -> None:
        self._stack_id = stack_id
        self._client = client

    def is_between_deployments(self) -> bool:
        """Whether no deployment, rollback or deletion is in progress or failed halfway (DescribeStacks). Unknown means no.

        A nested stack is part of the deployment of its root. Whoever may not describe the root relies on the nested stack alone.
        """
        stack = self._describe(self._stack_id)
        if stack is None or stack.get("StackStatus") not in _BETWEEN_DEPLOYMENTS:
            logger.info("the stack is %s: nothing is continued now", stack.get("StackStatus") if stack else "unknown")
            return False
        root_id = stack.get("RootId")
        root = self._describe(str(root_id)) if root_id and root_id != self._stack_id else None
        return root is None or root.get("StackStatus") in _BETWEEN_DEPLOYMENTS

    def registrations(self) -> set[str] | None:
        """Return the IDs of the registrations that the stack has, or whose form it has (ListStackResources). None: unknown."""
        found: set[str] = set()
        parameters = {"StackName": self._stack_id}
        while True:
            try:
                page: Mapping[str, Any] = self._client().list_stack_resources(**parameters)
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
                logger.warning("the stack's resources could not be listed: %s", _code_of(error))
                return None
            for each in page.get("StackResourceSummaries") or []:
                if each.get("ResourceType") in _RESOURCE_TYPES:
                    found.add(str(each.get("PhysicalResourceId", "")).removeprefix(PHYSICAL_ID_PREFIX))
            if not page.get("NextToken"):
                return {each for each in found if is_registration_id(each)}
            parameters["NextToken"] = str(page["NextToken"])

    def _describe(self, stack_id: str) -> Mapping[str, Any] | None:
        try:
            stacks: list[Mapping[str, Any]] = self._client().describe_stacks(StackName=stack_id)["Stacks"]
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            logger.warning("the stack could not be described: %s", _code_of(error))
            return None
        return stacks[0] if stacks else None


def _code_of(error: Exception) -> str:
    code = getattr(error, "response", {}).get("Error", {}).get("Code")
    return str(code or type(error).__name__)
