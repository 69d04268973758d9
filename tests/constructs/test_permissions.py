import ast
import fnmatch
import gzip
import json
import re
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_sms_registration import Registration, RegistrationType
from cdk_sms_registration.permissions import FORM_TAG_KEYS, PERMISSIONS, Target

STACK_ID = {"Ref": "AWS::StackId"}


def every(kind):
    prefix = ["arn:", {"Ref": "AWS::Partition"}, ":sms-voice:", {"Ref": "AWS::Region"}, ":", {"Ref": "AWS::AccountId"}]
    return {"Fn::Join": ["", [*prefix, f":{kind}/*"]]}


REGISTRATIONS, ATTACHMENTS = every("registration"), every("registration-attachment")


def policy(stack):
    """The constant statements; what an argument adds has a policy of its own."""
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    (resource,) = [each for name, each in policies.items() if name.startswith("SmsRegistrationProvider")]
    return resource["Properties"]["PolicyDocument"]["Statement"]


def test_policy(app_with_and_without_flags):
    stack = cdk.Stack(app_with_and_without_flags, "Test")
    Registration(stack, "TollFree", registration_type=RegistrationType.US_TOLL_FREE_REGISTRATION)

    requested = {"aws:RequestTag/cdk-sms-registration:stack": STACK_ID}
    owned = {"aws:ResourceTag/cdk-sms-registration:stack": STACK_ID}
    claimed = {"aws:ResourceTag/cdk-sms-registration:form-stack": STACK_ID}
    no_claim = {"aws:TagKeys": ["cdk-sms-registration:form-stack"]}
    prefixes = ("awaits-*", "form-*", "told")
    only_form = {"aws:TagKeys": [f"cdk-sms-registration:{prefix}" for prefix in prefixes]}
    assert {statement.pop("Sid"): statement for statement in policy(stack)} == {
        "CreateOwned": {
            "Effect": "Allow",
            "Action": ["sms-voice:CreateRegistration", "sms-voice:CreateRegistrationAttachment"],
            "Resource": "*",
            "Condition": {"StringEquals": requested},
        },
        "TagOwned": {
            "Effect": "Allow",
            "Action": "sms-voice:TagResource",
            "Resource": [ATTACHMENTS, REGISTRATIONS],
            "Condition": {
                "StringEquals": requested,
                "StringEqualsIfExists": owned,
                "ForAllValues:StringNotEqualsIgnoreCase": no_claim,
            },
        },
        "ChangeOwned": {
            "Effect": "Allow",
            "Action": [
                "sms-voice:DeleteRegistration",
                "sms-voice:DeleteRegistrationAttachment",
                "sms-voice:DiscardRegistrationVersion",
            ],
            "Resource": [ATTACHMENTS, REGISTRATIONS],
            "Condition": {"StringEquals": owned},
        },
        "UntagOwned": {
            "Effect": "Allow",
            "Action": "sms-voice:UntagResource",
            "Resource": [ATTACHMENTS, REGISTRATIONS],
            "Condition": {"StringEquals": owned, "ForAllValues:StringNotEqualsIgnoreCase": no_claim},
        },
        "ClaimForm": {
            "Effect": "Allow",
            "Action": "sms-voice:TagResource",
            "Resource": REGISTRATIONS,
            "Condition": {
                "StringEquals": {"aws:RequestTag/cdk-sms-registration:form-stack": STACK_ID},
                "StringEqualsIfExists": {**claimed, **owned},
                "ForAllValues:StringLike": only_form,
            },
        },
        "ChangeForm": {
            "Effect": "Allow",
            "Action": [
                "sms-voice:CreateRegistrationVersion",
                "sms-voice:DeleteRegistrationFieldValue",
                "sms-voice:DiscardRegistrationVersion",
                "sms-voice:PutRegistrationFieldValue",
                "sms-voice:SubmitRegistrationVersion",
            ],
            "Resource": REGISTRATIONS,
            "Condition": {"StringEquals": claimed},
        },
        "UntagForm": {
            "Effect": "Allow",
            "Action": "sms-voice:UntagResource",
            "Resource": REGISTRATIONS,
            "Condition": {"StringEquals": claimed, "ForAllValues:StringLike": only_form},
        },
        "Associate": {
            "Effect": "Allow",
            "Action": "sms-voice:CreateRegistrationAssociation",
            "Resource": [every("phone-number"), every("rcs-agent"), REGISTRATIONS],
        },
        "Describe": {
            "Effect": "Allow",
            "Action": [
                "sms-voice:DescribeRegistrationFieldValues",
                "sms-voice:DescribeRegistrationVersions",
                "sms-voice:ListRegistrationAssociations",
            ],
            "Resource": REGISTRATIONS,
        },
        "DescribeTags": {
            "Effect": "Allow",
            "Action": "sms-voice:ListTagsForResource",
            "Resource": [ATTACHMENTS, REGISTRATIONS],
        },
        "DescribeNumbers": {
            "Effect": "Allow",
            "Action": "sms-voice:DescribePhoneNumbers",
            "Resource": every("phone-number"),
        },
        "List": {
            "Effect": "Allow",
            "Action": [
                "sms-voice:DescribeRegistrationAttachments",
                "sms-voice:DescribeRegistrationFieldDefinitions",
                "sms-voice:DescribeRegistrationTypeDefinitions",
                "sms-voice:DescribeRegistrations",
            ],
            "Resource": "*",
        },
        "WatchOwnStack": {
            "Effect": "Allow",
            "Action": [
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStackResource",
                "cloudformation:DescribeStacks",
                "cloudformation:ListStackResources",
            ],
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
        {"fields": {"companyInfo.companyName": "Example Corp"}, "associations": ["phone-0123"], "submit": True},
    ],
)
def test_permissions_are_constant(arguments):
    """A permission that is removed with a registration is missing when the registration is cleaned up."""

    def permissions(**arguments):
        stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test")
        Registration(stack, "TollFree", registration_type="US_TOLL_FREE_REGISTRATION", **arguments)
        return policy(stack)

    assert permissions(**arguments) == permissions()


@pytest.mark.fault(61)
def test_every_change_except_association_is_tied_to_stack():
    for permission in PERMISSIONS:
        for action in permission.actions:
            service, _, operation = action.partition(":")
            if service == "sms-voice" and not operation.startswith(("Describe", "List")):
                tied = any(each.operator == "StringEquals" and each.values is None for each in permission.conditions)
                assert tied == (operation != "CreateRegistrationAssociation"), action
            assert "*" not in action


def test_exactly_the_calls_of_the_handler_are_allowed():
    """Every operation that the source names and the model holds is granted, and no other."""
    handler = Path(__file__).parents[2] / "lambda" / "sms_registration_handler"
    (model,) = (handler / "data" / "pinpoint-sms-voice-v2").glob("*/service-2.json*")
    text = gzip.decompress(model.read_bytes()) if model.suffix == ".gz" else model.read_bytes()
    operations = set(json.loads(text)["operations"])
    named = {
        node.value
        for module in handler.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    granted = {
        action.removeprefix("sms-voice:")
        for permission in PERMISSIONS
        for action in permission.actions
        if action.startswith("sms-voice:")
    }

    assert granted == {*(operations & named), "TagResource", "UntagResource", "ListTagsForResource"}
    assert granted == operations


def test_permissions_leave_room_in_a_role():
    """IAM accepts 10,240 characters of inline policies in a role, and files and secrets need some of them."""
    environment = cdk.Environment(account="111122223333", region="ap-southeast-1")
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test", env=environment)
    Registration(stack, "TollFree", registration_type="US_TOLL_FREE_REGISTRATION")

    text = json.dumps(policy(stack), separators=(",", ":"))
    name = "a-rather-long-name-of-a-stack-in-a-big-company"
    deployed = f"arn:aws:cloudformation:ap-southeast-1:111122223333:stack/{name}/01234567-89ab-cdef-0123-456789abcdef"

    text = text.replace('{"Ref":"AWS::StackId"}', f'"{deployed}"')
    text = re.sub(r'\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]*)"\]\]\}', r'"arn:aws\1"', text)
    assert "Fn::Join" not in text
    assert len(text) < 6000


@pytest.mark.fault(53, 62)
def test_no_permissions_of_other_services():
    services = {action.partition(":")[0] for permission in PERMISSIONS for action in permission.actions}
    assert services == {"sms-voice", "cloudformation", "logs"}
    assert "logs:CreateLogGroup" not in {action for permission in PERMISSIONS for action in permission.actions}


def test_any_resource_only_where_iam_supports_none():
    anywhere = {
        action for permission in PERMISSIONS if Target.ANY in permission.targets for action in permission.actions
    }
    assert anywhere == {
        "sms-voice:CreateRegistration",
        "sms-voice:CreateRegistrationAttachment",
        "sms-voice:DescribeRegistrationAttachments",
        "sms-voice:DescribeRegistrationFieldDefinitions",
        "sms-voice:DescribeRegistrationTypeDefinitions",
        "sms-voice:DescribeRegistrations",
    }


def test_conditions_name_the_tags_of_the_handler():
    owner_tags = pytest.importorskip("sms_registration_handler.resource.owner_tags")
    conditions = [condition for permission in PERMISSIONS for condition in permission.conditions]

    assert {each.key for each in conditions} == {
        "aws:TagKeys",
        *(
            f"aws:{kind}/{tag}"
            for kind in ("RequestTag", "ResourceTag")
            for tag in (owner_tags.STACK, owner_tags.FORM_STACK)
        ),
    }


def test_a_form_may_write_its_own_tags_and_not_those_of_the_owner():
    owner_tags = pytest.importorskip("sms_registration_handler.resource.owner_tags")

    def is_allowed(key):
        return any(fnmatch.fnmatchcase(key, pattern) for pattern in FORM_TAG_KEYS)

    assert all(is_allowed(key) for key in (*owner_tags.FORM_KEYS, owner_tags.FORM_DIGEST))
    previous = {owner_tags.PREVIOUS_STACK, owner_tags.PREVIOUS_LOGICAL_ID, owner_tags.PREVIOUS_STATE}
    assert not any(is_allowed(key) for key in owner_tags.REGISTRATION_KEYS if key not in previous)
