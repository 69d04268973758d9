"""What the functions may do, as data. Here are all permissions of the provider function; ``watch_permissions`` has the watch's.

Those of the provider are the same whatever a stack uses. A policy that shrinks in the deployment that also removes a
registration would take away the permissions that its cleanup needs, and leave the registration behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Condition:
    """A condition of a statement, which ties it to the resources of one stack or limits the tags that it may write.

    Attributes:
        operator: IAM's operator.
        key: The condition key.
        values: What the key is compared with; None for the ARN of the function's own stack.
    """

    operator: str
    key: str
    values: tuple[str, ...] | None = None


def _requested(tag: str) -> Condition:
    """The request itself sets the tag, to the function's own stack."""
    return Condition("StringEquals", f"aws:RequestTag/{tag}")


def tagged(tag: str) -> Condition:
    """The resource carries the tag of the function's own stack."""
    return Condition("StringEquals", f"aws:ResourceTag/{tag}")


def _not_of_another(tag: str) -> Condition:
    """The resource does not carry the tag of another stack."""
    return Condition("StringEqualsIfExists", f"aws:ResourceTag/{tag}")


TAG_KEYS = "aws:TagKeys"
"""The condition key for the keys that a request tags or untags."""

FORM_TAG_KEYS = (
    "cdk-sms-registration:awaits-*",
    "cdk-sms-registration:form-*",
    "cdk-sms-registration:told",
)
"""The keys that a form writes. The registration's own, such as its owner, are not among them."""

ONLY_FORM_TAGS = Condition("ForAllValues:StringLike", TAG_KEYS, FORM_TAG_KEYS)
"""No other tag comes along with a form's."""

_NO_CLAIM = Condition("ForAllValues:StringNotEqualsIgnoreCase", TAG_KEYS, (FORM_STACK_TAG,))
"""The owner of a registration neither takes the form that another stack claims nor removes that claim."""


@dataclass(frozen=True)
class Permission:
    """One statement of the function's policy.

    Attributes:
        sid: What it is for.
        actions: IAM actions.
        targets: What the actions may be used on.
        conditions: All of them must hold.
    """

    sid: str
    actions: tuple[str, ...]
    targets: tuple[Target, ...]
    conditions: tuple[Condition, ...] = ()


_OWNABLE = (Target.ATTACHMENTS, Target.REGISTRATIONS)

PERMISSIONS = (
    Permission(
        "CreateOwned",
        ("sms-voice:CreateRegistration", "sms-voice:CreateRegistrationAttachment"),
        (Target.ANY,),
        (_requested(OWNER_STACK_TAG),),
    ),
    # Create and adopt: every such TagResource of the handler carries the owner tag. What nobody owns may be adopted, because IAM
    # cannot tell it from what is just being created. What another stack owns needs a statement that names it: named_registration.
    Permission(
        "TagOwned",
        ("sms-voice:TagResource",),
        _OWNABLE,
        (_requested(OWNER_STACK_TAG), _not_of_another(OWNER_STACK_TAG), _NO_CLAIM),
    ),
    Permission(
        "ChangeOwned",
        (
            "sms-voice:DeleteRegistration",
            "sms-voice:DeleteRegistrationAttachment",
            "sms-voice:DiscardRegistrationVersion",
        ),
        _OWNABLE,
        (tagged(OWNER_STACK_TAG),),
    ),
    Permission("UntagOwned", ("sms-voice:UntagResource",), _OWNABLE, (tagged(OWNER_STACK_TAG), _NO_CLAIM)),
    # A form has a claim of its own, written first and with every later tag: it may fill in a registration of another stack.
    Permission(
        "ClaimForm",
        ("sms-voice:TagResource",),
        (Target.REGISTRATIONS,),
        (_requested(FORM_STACK_TAG), *map(_not_of_another, (FORM_STACK_TAG, OWNER_STACK_TAG)), ONLY_FORM_TAGS),
    ),
    Permission(
        "ChangeForm",
        (
            "sms-voice:CreateRegistrationVersion",
            "sms-voice:DeleteRegistrationFieldValue",
            "sms-voice:DiscardRegistrationVersion",
            "sms-voice:PutRegistrationFieldValue",
            "sms-voice:SubmitRegistrationVersion",
        ),
        (Target.REGISTRATIONS,),
        (tagged(FORM_STACK_TAG),),
    ),
    Permission(
        "UntagForm", ("sms-voice:UntagResource",), (Target.REGISTRATIONS,), (tagged(FORM_STACK_TAG), ONLY_FORM_TAGS)
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
    # To find out whether the deployment was canceled or is rolling back, and what the stack's resources are.
    Permission(
        "WatchOwnStack",
        (
            "cloudformation:DescribeStackEvents",
            "cloudformation:DescribeStackResource",
            "cloudformation:DescribeStacks",
            "cloudformation:ListStackResources",
        ),
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
        return self._arn(target.value)

    def registration_arn(self, registration_id: str) -> str:
        """The ARN of one registration.

        Args:
            registration_id: Its ID, which may be a token.
        """
        return self._arn(f"registration/{registration_id}")

    def _arn(self, resource: str) -> str:
        return f"arn:{self.partition}:sms-voice:{self.region}:{self.account}:{resource}"


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
            conditions=_conditions(permission, cdk.Aws.STACK_ID),
        )
        for permission in permissions
    ]


def _conditions(permission: Permission, stack_id: str) -> dict[str, dict[str, object]] | None:
    conditions: dict[str, dict[str, object]] = {}
    for each in permission.conditions:
        conditions.setdefault(each.operator, {})[each.key] = stack_id if each.values is None else list(each.values)
    return conditions or None


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
