"""What the provider function may do: all of its rights, as data, in one place.

They are the same whatever a stack uses. A policy that shrinks in the deployment that also removes a registration would
take away the rights that its clean-up needs, and leave the registration behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam

OWNER_STACK_TAG = "cdk-sms-registration:stack"
"""The tag that holds the ARN of the stack that a registration belongs to."""


class Target(Enum):
    """What a permission applies to."""

    ANY = "*"
    """Everything: for actions that do not support a resource in a policy."""
    REGISTRATIONS = "registration/*"
    """Every registration of the stack's account and Region: their IDs are not known before deployment."""
    STACK = "stack"
    """The stack that the function belongs to, and no other."""
    LOG_GROUP = "log group"
    """The function's own log group."""


class Ownership(Enum):
    """The condition that ties a permission to the registrations of one stack."""

    TAGGED_BY_REQUEST = f"aws:RequestTag/{OWNER_STACK_TAG}"
    """The request itself sets the owner tag, to the function's own stack."""
    TAGGED_ALREADY = f"aws:ResourceTag/{OWNER_STACK_TAG}"
    """The registration carries the owner tag of the function's own stack."""


@dataclass(frozen=True)
class Permission:
    """One statement of the function's policy.

    Attributes:
        sid: Says what it is for.
        actions: IAM actions.
        target: What they may be used on.
        ownership: Condition on the owner tag; None for no condition.
    """

    sid: str
    actions: tuple[str, ...]
    target: Target
    ownership: Ownership | None = None


PERMISSIONS = (
    Permission("CreateOwned", ("sms-voice:CreateRegistration",), Target.ANY, Ownership.TAGGED_BY_REQUEST),
    # Create, adopt and take over: every TagResource of the handler carries the owner tag.
    Permission("TagOwned", ("sms-voice:TagResource",), Target.REGISTRATIONS, Ownership.TAGGED_BY_REQUEST),
    Permission(
        "ChangeOwned",
        (
            "sms-voice:DeleteRegistration",
            "sms-voice:DiscardRegistrationVersion",
            "sms-voice:UntagResource",
        ),
        Target.REGISTRATIONS,
        Ownership.TAGGED_ALREADY,
    ),
    Permission(
        "Describe",
        (
            "sms-voice:DescribeRegistrationVersions",
            "sms-voice:ListRegistrationAssociations",
            "sms-voice:ListTagsForResource",
        ),
        Target.REGISTRATIONS,
    ),
    # DescribeRegistrations without an ID lists them all: a policy cannot tie that to a resource.
    Permission(
        "List",
        ("sms-voice:DescribeRegistrationTypeDefinitions", "sms-voice:DescribeRegistrations"),
        Target.ANY,
    ),
    # Has the deployment been cancelled, is it rolling back?
    Permission(
        "WatchOwnStack",
        ("cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"),
        Target.STACK,
    ),
    Permission("Log", ("logs:CreateLogStream", "logs:PutLogEvents"), Target.LOG_GROUP),
)
"""Every right of the provider function."""


def registrations_arn(stack: cdk.Stack) -> str:
    """The ARN pattern of every registration of the stack's account and Region."""
    return stack.format_arn(service="sms-voice", resource="registration", resource_name="*")


def policy_statements(stack: cdk.Stack, log_group_arn: str) -> list[iam.PolicyStatement]:
    """The rights as statements of a policy that lives in the function's stack.

    Args:
        stack: The function's stack.
        log_group_arn: ARN of the function's log group, ending in ``:*``.
    """
    from aws_cdk import aws_iam as iam

    arns = {
        Target.ANY: "*",
        Target.REGISTRATIONS: registrations_arn(stack),
        Target.STACK: cdk.Aws.STACK_ID,
        Target.LOG_GROUP: log_group_arn,
    }
    return [
        iam.PolicyStatement(
            sid=permission.sid,
            actions=list(permission.actions),
            resources=[arns[permission.target]],
            conditions=(
                {"StringEquals": {permission.ownership.value: cdk.Aws.STACK_ID}} if permission.ownership else None
            ),
        )
        for permission in PERMISSIONS
    ]
