import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_sms_registration import Registration, RegistrationType
from cdk_sms_registration.permissions import OWNER_STACK_TAG, PERMISSIONS, Ownership, Target

STACK_ID = {"Ref": "AWS::StackId"}
REGISTRATIONS = {
    "Fn::Join": [
        "",
        [
            "arn:",
            {"Ref": "AWS::Partition"},
            ":sms-voice:",
            {"Ref": "AWS::Region"},
            ":",
            {"Ref": "AWS::AccountId"},
            ":registration/*",
        ],
    ]
}


def policy(stack):
    (resource,) = Template.from_stack(stack).find_resources("AWS::IAM::Policy").values()
    return resource["Properties"]["PolicyDocument"]["Statement"]


def test_policy(app_with_and_without_flags):
    stack = cdk.Stack(app_with_and_without_flags, "Test")
    Registration(stack, "TollFree", registration_type=RegistrationType.US_TOLL_FREE_REGISTRATION)

    requested = {"StringEquals": {"aws:RequestTag/cdk-sms-registration:stack": STACK_ID}}
    owned = {"StringEquals": {"aws:ResourceTag/cdk-sms-registration:stack": STACK_ID}}
    assert {statement.pop("Sid"): statement for statement in policy(stack)} == {
        "CreateOwned": {
            "Effect": "Allow",
            "Action": "sms-voice:CreateRegistration",
            "Resource": "*",
            "Condition": requested,
        },
        "TagOwned": {
            "Effect": "Allow",
            "Action": "sms-voice:TagResource",
            "Resource": REGISTRATIONS,
            "Condition": requested,
        },
        "ChangeOwned": {
            "Effect": "Allow",
            "Action": [
                "sms-voice:DeleteRegistration",
                "sms-voice:DiscardRegistrationVersion",
                "sms-voice:UntagResource",
            ],
            "Resource": REGISTRATIONS,
            "Condition": owned,
        },
        "Describe": {
            "Effect": "Allow",
            "Action": [
                "sms-voice:DescribeRegistrationVersions",
                "sms-voice:ListRegistrationAssociations",
                "sms-voice:ListTagsForResource",
            ],
            "Resource": REGISTRATIONS,
        },
        "List": {
            "Effect": "Allow",
            "Action": ["sms-voice:DescribeRegistrationTypeDefinitions", "sms-voice:DescribeRegistrations"],
            "Resource": "*",
        },
        "WatchOwnStack": {
            "Effect": "Allow",
            "Action": ["cloudformation:DescribeStackResource", "cloudformation:DescribeStacks"],
            "Resource": STACK_ID,
        },
        "Log": {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": {"Fn::GetAtt": ["SmsRegistrationProviderLogGroup7B459195", "Arn"]},
        },
    }


@pytest.mark.parametrize(
    "arguments",
    [
        {"removal_policy": cdk.RemovalPolicy.RETAIN},
        {"existing_registration_id": "registration-0123"},
        {"existing_registration_id": "registration-0123", "take_over": True},
        {"tags": {"team": "growth"}},
    ],
)
def test_rights_are_the_same_whatever_the_stack_uses(arguments):
    """A right that leaves with a registration is missing when the registration is cleaned up."""

    def rights(**arguments):
        stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test")
        Registration(stack, "TollFree", registration_type="US_TOLL_FREE_REGISTRATION", **arguments)
        return policy(stack)

    assert rights(**arguments) == rights()


def test_every_change_of_a_registration_is_tied_to_the_stack():
    for permission in PERMISSIONS:
        for action in permission.actions:
            service, _, operation = action.partition(":")
            if service == "sms-voice" and not operation.startswith(("Describe", "List")):
                assert permission.ownership is not None, action
            assert "*" not in action


def test_no_right_to_logs_functions_roles_or_events():
    services = {action.partition(":")[0] for permission in PERMISSIONS for action in permission.actions}
    assert services == {"sms-voice", "cloudformation", "logs"}
    assert "logs:CreateLogGroup" not in {action for permission in PERMISSIONS for action in permission.actions}


def test_any_resource_only_where_the_service_knows_none():
    anywhere = {
        action for permission in PERMISSIONS if permission.target is Target.ANY for action in permission.actions
    }
    assert anywhere == {
        "sms-voice:CreateRegistration",
        "sms-voice:DescribeRegistrations",
        "sms-voice:DescribeRegistrationTypeDefinitions",
    }


def test_conditions_name_the_tag_that_the_handler_writes():
    ownership = pytest.importorskip("sms_registration_handler.ownership")

    assert ownership.STACK == OWNER_STACK_TAG
    assert {condition.value for condition in Ownership} == {
        f"aws:RequestTag/{OWNER_STACK_TAG}",
        f"aws:ResourceTag/{OWNER_STACK_TAG}",
    }
