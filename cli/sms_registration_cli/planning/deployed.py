"""What CloudFormation has of an app's stacks: their resources and templates. Read-only."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

PERMISSIONS = ("cloudformation:ListStackResources", "cloudformation:GetTemplate")

_GONE = frozenset({"DELETE_COMPLETE", "DELETE_SKIPPED"})
"""Statuses of resources that a stack may still list, for example in ROLLBACK_COMPLETE. A skipped one is retained outside."""


@dataclass(frozen=True)
class DeployedStack:
    """One stack as CloudFormation has it. One that does not exist has no resources.

    Attributes:
        physical_ids: The physical IDs of its resources, by logical ID.
        template: The template that was deployed last, before transforms, as the CDK synthesized it.
    """

    physical_ids: Mapping[str, str] = field(default_factory=dict)
    template: Mapping[str, Any] = field(default_factory=dict)

    def resource(self, logical_id: str) -> Mapping[str, Any] | None:
        """What the template says of a resource; None if the stack does not have it."""
        found = (self.template.get("Resources") or {}).get(logical_id)
        return found if logical_id in self.physical_ids and isinstance(found, dict) else None


class DeployedStacks:
    """The stacks of one account and Region. Each is asked for once, when something depends on it.

    Args:
        connect: Makes a client of CloudFormation, or returns None if there is none beside the service. Called once at most.
    """

    def __init__(self, connect: Callable[[], Any | None]) -> None:
        self._connect = connect
        self._found: dict[str, DeployedStack | None] = {}
        self._client: Any | None = None
        self._unreachable = ""
        self._reasons: dict[str, str] = {}

    def of(self, name: str) -> DeployedStack | None:
        """The stack of this name; None if CloudFormation does not tell, which `note` then explains."""
        if name not in self._found:
            self._found[name] = self._ask(name)
        return self._found[name]

    @property
    def note(self) -> str:
        """What was assumed because CloudFormation did not tell; empty if it told everything."""
        if not self._reasons:
            return ""
        names = ", ".join(self._reasons)
        reasons = "; ".join(dict.fromkeys(self._reasons.values()))
        return (
            f"CloudFormation did not tell what it has of {names} ({reasons}). So each number and RCS agent of the app is taken "
            "for the one that is associated now, and registrations are told by their tags: a deployment that replaces a number "
            "may fail although this plan does not say so"
        )

    def _ask(self, name: str) -> DeployedStack | None:
        from botocore.exceptions import BotoCoreError, ClientError

        operation = "ListStackResources"
        try:
            client = self._connected()
            if client is not None:
                physical_ids = _physical_ids(client, name)
                if not physical_ids:  # such as one in REVIEW_IN_PROGRESS, which has no template yet
                    return DeployedStack()
                operation = "GetTemplate"
                # Before transforms: it is compared with a template of the app, which has not been transformed either.
                body = client.get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
                return DeployedStack(physical_ids, json.loads(body) if isinstance(body, str) else body)
            self._reasons[name] = self._unreachable
        except ClientError as error:
            details = error.response.get("Error", {})
            code, message = str(details.get("Code", "")), str(details.get("Message", ""))
            if code == "ValidationError" and "does not exist" in message:
                return DeployedStack()
            self._reasons[name] = _refusal(operation, code, message)
        except BotoCoreError as error:
            # The other stacks would wait as long, so they are not asked for.
            self._unreachable = f"CloudFormation could not be reached: {type(error).__name__}"
            self._reasons[name] = self._unreachable
        except ValueError:
            self._reasons[name] = "its template is not JSON, so the CDK did not deploy it"
        return None

    def _connected(self) -> Any | None:
        if self._client is None and not self._unreachable:
            self._client = self._connect()
            if self._client is None:
                self._unreachable = (
                    "the service is on this machine, and no endpoint is set for a CloudFormation beside it"
                )
        return None if self._unreachable else self._client


def _physical_ids(client: Any, name: str) -> dict[str, str]:
    found: dict[str, str] = {}
    page: dict[str, Any] = {}
    while not page or page.get("NextToken"):
        token = {"NextToken": page["NextToken"]} if page else {}
        page = client.list_stack_resources(StackName=name, **token)
        for each in page["StackResourceSummaries"]:
            # One that failed to be created has none.
            if each.get("PhysicalResourceId") and each["ResourceStatus"] not in _GONE:
                found[each["LogicalResourceId"]] = each["PhysicalResourceId"]
    return found


def _refusal(operation: str, code: str, message: str) -> str:
    if code.startswith(("AccessDenied", "UnauthorizedOperation")):
        return f"the credentials need the IAM actions {' and '.join(PERMISSIONS)}; {operation} was denied"
    return f"{operation}: {code}: {message}"
