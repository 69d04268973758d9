"""What the functions may do, as data. Here are all permissions of the provider function; ``watch_permissions`` has the watch's.

Those of the provider are the same whatever a stack uses. A policy that shrinks in the deployment that also removes a
registration would take away the permissions that its cleanup needs, and leave the registration behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import aws_cdk as cdk

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk.interfaces import aws_kms as interfaces_kms

OWNER_STACK_TAG = "cdk-sms-registration:stack"
"""The tag that holds the ARN of the stack that a registration, or a file, belongs to."""

FORM_STACK_TAG = "cdk-sms-registration:form-stack"
"""The tag that holds the ARN of the stack that a registration's form belongs to: its content, not the registration."""


class Target(Enum):
    """What a permission applies to. IDs are not known before deployment, hence the stars."""

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
    EVENT_BUS = "event bus"
    """The default event bus of the stack's account and Region."""


class Ownership(Enum):
    """The condition that ties a permission to the resources of one stack."""

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
        sid: What it is for.
        actions: IAM actions.
        targets: What the actions may be used on.
        ownership: The condition on a tag; None for no condition.
        conditions: Further conditions, by operator and condition key.
    """

    sid: str
    actions: tuple[str, ...]
    targets: tuple[Target, ...]
    ownership: Ownership | None = None
    conditions: Mapping[str, Mapping[str, str | tuple[str, ...]]] = field(default_factory=dict)

    def rendered_conditions(self) -> dict[str, dict[str, str | list[str]]] | None:
        """All conditions as a statement has them; None if there are none."""
        # jsii takes lists, but no tuples.
        rendered: dict[str, dict[str, str | list[str]]] = {
            operator: {key: value if isinstance(value, str) else list(value) for key, value in keys.items()}
            for operator, keys in self.conditions.items()
        }
        if self.ownership is not None:
            rendered.setdefault("StringEquals", {})[self.ownership.value] = cdk.Aws.STACK_ID
        return rendered or None


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
    # TagResource here gives a registration back to its previous owner when a takeover is rolled back.
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
    # A form may fill in a registration of another stack, so it has a claim of its own. It is written before anything else,
    # and again with everything else that a form tags.
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
    # IAM checks both ends of an association, and a condition would have to hold for both. But a brand, a phone number or an
    # RCS agent of another stack, or one made by hand, carries no tag of ours. So this permission is not tied to the stack.
    # The handler checks that its own end is. Nothing can be taken away with it, because the API cannot disassociate.
    # The service authorization reference does not list sender IDs as a resource of it: they come with an approval.
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
    # To name the registration that a number is already associated with.
    Permission("DescribeNumbers", ("sms-voice:DescribePhoneNumbers",), (Target.PHONE_NUMBERS,)),
    # Lists without IDs, and definitions, cannot be tied to a resource.
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
    # To find out whether the deployment was canceled or is rolling back.
    Permission(
        "WatchOwnStack",
        ("cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"),
        (Target.STACK,),
    ),
    Permission("Log", ("logs:CreateLogStream", "logs:PutLogEvents"), (Target.LOG_GROUP,)),
)
"""Every constant permission of the provider function. Those to read files, secrets and parameters come with their use."""

VPC_ACTIONS = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
)
"""What Lambda does with the function's role to connect it to a VPC, on any resource: as in AWS's own managed policy
AWSLambdaVPCAccessExecutionRole, but without that policy's permissions to create log groups."""

WILDCARDS = {
    Target.REGISTRATIONS: (
        "The service chooses a registration's ID when it is created; every change is tied by a tag to the registrations, or "
        "the forms, of this stack. Associating is not: IAM checks both ends, and the other end may not be this stack's"
    ),
    Target.ATTACHMENTS: (
        "The service chooses a file's ID when it is created; every change is tied to the files of this stack by their "
        "owner tag"
    ),
    Target.PHONE_NUMBERS: "Phone numbers that a form names are associated with its registration, and nothing else",
    Target.RCS_AGENTS: "RCS agents that a form names are associated with its registration, and nothing else",
}
"""Why the ARNs of resources of the service end in a star."""

_ANY_REASON = (
    "Creating, listing and reading definitions support no resource; creating is tied to this stack by its owner tag"
)


@dataclass(frozen=True)
class Location:
    """Where a stack is, read once, because each of the three is a call into the CDK.

    Attributes:
        partition: The partition, which may be a token.
        region: The Region, which may be a token.
        account: The account's ID, which may be a token.
    """

    partition: str
    region: str
    account: str

    @classmethod
    def of(cls, stack: cdk.Stack) -> Location:
        """The location of a stack.

        Args:
            stack: The stack.
        """
        return cls(stack.partition, stack.region, stack.account)

    def arn(self, target: Target) -> str:
        """The ARN pattern of everything of one kind.

        Args:
            target: A kind of resource of the service, such as ``REGISTRATIONS``.
        """
        return f"arn:{self.partition}:sms-voice:{self.region}:{self.account}:{target.value}"


def policy_statements(
    permissions: Sequence[Permission], location: Location, log_group_arn: str
) -> list[iam.PolicyStatement]:
    """Permissions as statements of a policy in the function's stack.

    Args:
        permissions: The permissions of one function.
        location: Where the function's stack is.
        log_group_arn: ARN of the function's log group, ending in ``:*``.
    """
    from aws_cdk import aws_iam as iam

    arns = {target: location.arn(target) for target in WILDCARDS}
    arns |= {Target.ANY: "*", Target.STACK: cdk.Aws.STACK_ID, Target.LOG_GROUP: log_group_arn}
    arns[Target.EVENT_BUS] = f"arn:{location.partition}:events:{location.region}:{location.account}:event-bus/default"
    return [
        iam.PolicyStatement(
            sid=permission.sid,
            actions=list(permission.actions),
            resources=[arns[target] for target in permission.targets],
            conditions=permission.rendered_conditions(),
        )
        for permission in permissions
    ]


def optional_statements(*, in_vpc: bool, key: interfaces_kms.IKeyRef | None) -> list[iam.PolicyStatement]:
    """The permissions that Lambda needs for settings that the user may choose.

    Args:
        in_vpc: Whether the function runs in a VPC. Lambda then manages network interfaces with the function's role.
        key: The KMS key that encrypts the environment variables; None for the key that AWS manages.
    """
    from aws_cdk import aws_iam as iam

    statements: list[iam.PolicyStatement] = []
    if in_vpc:
        statements.append(
            iam.PolicyStatement(sid="ManageNetworkInterfaces", actions=list(VPC_ACTIONS), resources=["*"])
        )
    if key is not None:
        statements.append(
            iam.PolicyStatement(sid="DecryptEnvironment", actions=["kms:Decrypt"], resources=[key.key_ref.key_arn])
        )
    return statements


def wildcard_reasons(permissions: Sequence[Permission], location: Location) -> dict[str, str]:
    """The reason for each resource with a wildcard, by the name that cdk-nag shows it with.

    Args:
        permissions: The permissions of one function.
        location: Where the function's stack is.
    """

    def shown(value: str, name: str) -> str:
        return f"<{name}>" if cdk.Token.is_unresolved(value) else value

    as_shown = Location(
        shown(location.partition, "AWS::Partition"),
        shown(location.region, "AWS::Region"),
        shown(location.account, "AWS::AccountId"),
    )
    used = {target for permission in permissions for target in permission.targets}
    return {Target.ANY.value: _ANY_REASON} | {
        as_shown.arn(target): reason for target, reason in WILDCARDS.items() if target in used
    }
