"""What the function of a watch may do, as data.

It writes no field value, and creates and deletes nothing. Publishing to the topic is granted by the topic itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from cdk_sms_registration.permissions import (
    FORM_STACK_TAG,
    OWNER_STACK_TAG,
    TAG_KEYS,
    Condition,
    Permission,
    Target,
    tagged,
)
from sms_registration_rules import news, tag_keys

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sns as sns

    from constructs import Construct

MARKS = (f"{tag_keys.SUBMISSION}*", f"{tag_keys.ASSOCIATION}*")
"""The tags in which a deployment leaves what waits. The watch removes them, and never writes one."""

_ONLY_TOLD = Condition("ForAllValues:StringEquals", TAG_KEYS, (tag_keys.TOLD,))
_ONLY_MARKS = Condition("ForAllValues:StringLike", TAG_KEYS, (*MARKS, tag_keys.TOLD))

_CONTINUING = (
    Permission(
        "Submit",
        ("sms-voice:SubmitRegistrationVersion",),
        (Target.REGISTRATIONS,),
        (tagged(FORM_STACK_TAG),),
    ),
    # As in the provider's policy: IAM checks both ends of an association, and the other end may carry no tag of ours.
    # The watch associates only what the stack's own form has left as a mark on its registration.
    Permission(
        "Associate",
        ("sms-voice:CreateRegistrationAssociation",),
        (Target.PHONE_NUMBERS, Target.RCS_AGENTS, Target.REGISTRATIONS),
    ),
)

_WATCHING = (
    # On registrations that are this stack's, or whose form is, and no other tags. So it can claim nothing, and release nothing.
    *(
        Permission(f"Remember{name}", ("sms-voice:TagResource",), (Target.REGISTRATIONS,), (tagged(tag), _ONLY_TOLD))
        for name, tag in (("Form", FORM_STACK_TAG), ("Owned", OWNER_STACK_TAG))
    ),
    *(
        Permission(f"Unmark{name}", ("sms-voice:UntagResource",), (Target.REGISTRATIONS,), (tagged(tag), _ONLY_MARKS))
        for name, tag in (("Form", FORM_STACK_TAG), ("Owned", OWNER_STACK_TAG))
    ),
    Permission(
        "Describe",
        (
            "sms-voice:DescribeRegistrationFieldValues",
            "sms-voice:DescribeRegistrationVersions",
            "sms-voice:ListRegistrationAssociations",
            "sms-voice:ListTagsForResource",
        ),
        (Target.REGISTRATIONS,),
    ),
    Permission(
        "List",
        ("sms-voice:DescribeRegistrations", "sms-voice:DescribeRegistrationTypeDefinitions"),
        (Target.ANY,),
    ),
    Permission(
        "AskForOwnStack", ("cloudformation:DescribeStacks", "cloudformation:ListStackResources"), (Target.STACK,)
    ),
    Permission(
        "Announce",
        ("events:PutEvents",),
        (Target.EVENT_BUS,),
        (Condition("StringEquals", "events:source", (news.EVENT_SOURCE,)),),
    ),
    Permission("Log", ("logs:CreateLogStream", "logs:PutLogEvents"), (Target.LOG_GROUP,)),
)


def watch_permissions(*, continues: bool) -> tuple[Permission, ...]:
    """The permissions of a watch.

    Args:
        continues: Whether it submits and associates what a deployment had to leave.
    """
    return (*_CONTINUING, *_WATCHING) if continues else _WATCHING


def grant_publish(scope: Construct, topic: sns.ITopic, role: iam.IRole) -> None:
    """Lets a role publish to a topic, also if the topic is encrypted with a key that the CDK knows.

    Args:
        scope: The construct that cdk-nag's findings in the role belong to.
        topic: The topic.
        role: The role.
    """
    topic.grant_publish(role)
    cdk.Validations.of(scope).acknowledge(
        cdk.Acknowledgment(
            id="AwsSolutions-IAM5[Action::kms:GenerateDataKey*]",
            reason="SNS needs a data key of the topic's own key to encrypt a message; the CDK grants it on that key only",
        )
    )


def grant_root(stack: cdk.Stack, role: iam.IRole) -> None:
    """Lets a role ask about the root of a nested stack, whose deployment the nested stack is a part of.

    Args:
        stack: The nested stack.
        role: The role.
    """
    from aws_cdk import aws_iam as iam

    root = stack
    while root.nested_stack_parent is not None:
        root = root.nested_stack_parent
    role.add_to_principal_policy(
        iam.PolicyStatement(sid="AskForRootStack", actions=["cloudformation:DescribeStacks"], resources=[root.stack_id])
    )
