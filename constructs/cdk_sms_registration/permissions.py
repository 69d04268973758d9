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
"""The tag that holds the ARN of the stack that a registration, or a file, belongs to."""

FORM_STACK_TAG = "cdk-sms-registration:form-stack"
"""The tag that holds the ARN of the stack that a registration's form belongs to: its content, not itself."""


class Target(Enum):
    """What a permission applies to. The IDs of all these things are not known before deployment, hence the stars."""

    ANY = "*"
    """Everything: for actions that do not support a resource in a policy."""
    REGISTRATIONS = "registration/*"
    """Every registration of the stack's account and Region."""
    ATTACHMENTS = "registration-attachment/*"
    """Every file of a registration."""
    PHONE_NUMBERS = "phone-number/*"
    """Every phone number."""
    RCS_AGENTS = "rcs-agent/*"
    """Every RCS agent."""
    STACK = "stack"
    """The stack that the function belongs to, and no other."""
    LOG_GROUP = "log group"
    """The function's own log group."""


class Ownership(Enum):
    """The condition that ties a permission to what belongs to one stack."""

    TAGGED_BY_REQUEST = f"aws:RequestTag/{OWNER_STACK_TAG}"
    """The request itself sets the owner tag, to the function's own stack."""
    TAGGED_ALREADY = f"aws:ResourceTag/{OWNER_STACK_TAG}"
    """The registration or file carries the owner tag of the function's own stack."""
    FORM_TAGGED_BY_REQUEST = f"aws:RequestTag/{FORM_STACK_TAG}"
    """The request itself claims the registration's form for the function's own stack."""
    FORM_TAGGED_ALREADY = f"aws:ResourceTag/{FORM_STACK_TAG}"
    """The registration's form is claimed by the function's own stack."""


@dataclass(frozen=True)
class Permission:
    """One statement of the function's policy.

    Attributes:
        sid: Says what it is for.
        actions: IAM actions.
        targets: What they may be used on.
        ownership: Condition on a tag; None for no condition.
    """

    sid: str
    actions: tuple[str, ...]
    targets: tuple[Target, ...]
    ownership: Ownership | None = None


_OWNABLE = (Target.ATTACHMENTS, Target.REGISTRATIONS)

PERMISSIONS = (
    Permission(
        "CreateOwned",
        ("sms-voice:CreateRegistration", "sms-voice:CreateRegistrationAttachment"),
        (Target.ANY,),
        Ownership.TAGGED_BY_REQUEST,
    ),
    # Create, adopt and take over: every such TagResource of the handler carries the owner tag.
    Permission("TagOwned", ("sms-voice:TagResource",), _OWNABLE, Ownership.TAGGED_BY_REQUEST),
    # TagResource here gives a registration back to its former owner, when a take-over is rolled back.
    Permission(
        "ChangeOwned",
        (
            "sms-voice:DeleteRegistration",
            "sms-voice:DeleteRegistrationAttachment",
            "sms-voice:DiscardRegistrationVersion",
            "sms-voice:TagResource",
            "sms-voice:UntagResource",
        ),
        _OWNABLE,
        Ownership.TAGGED_ALREADY,
    ),
    # A form may fill in a registration of another stack, so it has a claim of its own, written before anything else, and
    # again with whatever else a form tags.
    Permission("ClaimForm", ("sms-voice:TagResource",), (Target.REGISTRATIONS,), Ownership.FORM_TAGGED_BY_REQUEST),
    Permission(
        "ChangeForm",
        (
            "sms-voice:CreateRegistrationVersion",
            "sms-voice:DeleteRegistrationFieldValue",
            "sms-voice:DiscardRegistrationVersion",
            "sms-voice:PutRegistrationFieldValue",
            "sms-voice:SubmitRegistrationVersion",
            "sms-voice:UntagResource",
        ),
        (Target.REGISTRATIONS,),
        Ownership.FORM_TAGGED_ALREADY,
    ),
    # IAM checks both ends of an association, and a condition would have to hold for both: but a brand, a phone number or
    # an RCS agent of another stack, or made by hand, carries no tag of ours. So this one is not tied to the stack; that the
    # registration at the near end is, the handler checks. Nothing can be taken away with it: the API cannot disassociate.
    # Sender IDs are not among the resources that the service authorisation reference knows for it: they come with an
    # approval.
    Permission(
        "Associate",
        ("sms-voice:CreateRegistrationAssociation",),
        (Target.PHONE_NUMBERS, Target.RCS_AGENTS, Target.REGISTRATIONS),
    ),
    Permission(
        "Describe",
        (
            "sms-voice:DescribeRegistrationFieldValues",
            "sms-voice:DescribeRegistrationVersions",
            "sms-voice:ListRegistrationAssociations",
        ),
        (Target.REGISTRATIONS,),
    ),
    Permission("DescribeTags", ("sms-voice:ListTagsForResource",), _OWNABLE),
    # Who has a number already?
    Permission("DescribeNumbers", ("sms-voice:DescribePhoneNumbers",), (Target.PHONE_NUMBERS,)),
    # A list without IDs, and a definition, cannot be tied to a resource.
    Permission(
        "List",
        (
            "sms-voice:DescribeRegistrationAttachments",
            "sms-voice:DescribeRegistrationFieldDefinitions",
            "sms-voice:DescribeRegistrationTypeDefinitions",
            "sms-voice:DescribeRegistrations",
        ),
        (Target.ANY,),
    ),
    # Has the deployment been cancelled, is it rolling back?
    Permission(
        "WatchOwnStack",
        ("cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"),
        (Target.STACK,),
    ),
    Permission("Log", ("logs:CreateLogStream", "logs:PutLogEvents"), (Target.LOG_GROUP,)),
)
"""Every right of the provider function, but for reading the files, secrets and parameters that a stack uses."""

WILDCARDS = {
    Target.REGISTRATIONS: (
        "The service makes up a registration's ID when it is created; every change is tied to the registrations, or to "
        "the forms, of this stack by a tag. Associating is not: IAM checks both ends, and the other one is not the stack's"
    ),
    Target.ATTACHMENTS: (
        "The service makes up a file's ID when it is created; every change is tied to the files of this stack by their "
        "owner tag"
    ),
    Target.PHONE_NUMBERS: "Phone numbers that a form names are associated with its registration, and nothing else",
    Target.RCS_AGENTS: "RCS agents that a form names are associated with its registration, and nothing else",
}
"""Why the ARNs of resources of the service end in a star."""


def target_arn(target: Target, partition: str, region: str, account: str) -> str:
    """The ARN pattern of everything of one kind in an account and Region.

    Args:
        target: A kind of resource of the service, such as ``REGISTRATIONS``.
        partition: The partition, or what stands for it.
        region: The Region, or what stands for it.
        account: The account's ID, or what stands for it.
    """
    return f"arn:{partition}:sms-voice:{region}:{account}:{target.value}"


def policy_statements(stack: cdk.Stack, log_group_arn: str) -> list[iam.PolicyStatement]:
    """The rights as statements of a policy that lives in the function's stack.

    Args:
        stack: The function's stack.
        log_group_arn: ARN of the function's log group, ending in ``:*``.
    """
    from aws_cdk import aws_iam as iam

    # Read once: each is a call into the CDK.
    stack_id, partition, region, account = cdk.Aws.STACK_ID, stack.partition, stack.region, stack.account
    arns = {target: target_arn(target, partition, region, account) for target in WILDCARDS}
    arns |= {Target.ANY: "*", Target.STACK: stack_id, Target.LOG_GROUP: log_group_arn}
    return [
        iam.PolicyStatement(
            sid=permission.sid,
            actions=list(permission.actions),
            resources=[arns[target] for target in permission.targets],
            conditions={"StringEquals": {permission.ownership.value: stack_id}} if permission.ownership else None,
        )
        for permission in PERMISSIONS
    ]
