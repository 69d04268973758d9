import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk.assertions import Template

from cdk_sms_registration import Registration, RegistrationGrants

READ = [
    "sms-voice:DescribeRegistrationFieldValues",
    "sms-voice:DescribeRegistrations",
    "sms-voice:DescribeRegistrationVersions",
    "sms-voice:ListRegistrationAssociations",
    "sms-voice:ListTagsForResource",
]
MANAGE = [
    *READ,
    "sms-voice:CreateRegistrationAssociation",
    "sms-voice:CreateRegistrationVersion",
    "sms-voice:DeleteRegistrationFieldValue",
    "sms-voice:DiscardRegistrationVersion",
    "sms-voice:PutRegistrationFieldValue",
    "sms-voice:SubmitRegistrationVersion",
]


@pytest.fixture
def role(stack):
    return iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal())


def statements(stack):
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    (policy,) = (policy for name, policy in policies.items() if name.startswith("Reader"))
    return policy["Properties"]["PolicyDocument"]["Statement"]


@pytest.mark.parametrize(("grant", "actions"), [("read", READ), ("manage", MANAGE)])
def test_grant_on_the_registration_only(stack, role, grant, actions):
    registration = Registration(stack, "TollFree", registration_type="US_TOLL_FREE_REGISTRATION")

    result = getattr(registration.grants, grant)(role)

    assert isinstance(result, iam.Grant)
    assert result.success
    (statement,) = statements(stack)
    assert statement == {
        "Action": actions,
        "Effect": "Allow",
        "Resource": {"Fn::GetAtt": ["TollFreeD0DB09A2", "RegistrationArn"]},
    }


def test_grant_of_chosen_actions(stack, role):
    registration = Registration(stack, "TollFree", registration_type="US_TOLL_FREE_REGISTRATION")

    grant = registration.grants.actions(
        role, "sms-voice:DescribeRegistrations", "sms-voice:DescribeRegistrationVersions"
    )

    assert grant.success
    assert statements(stack)[0]["Action"] == [
        "sms-voice:DescribeRegistrations",
        "sms-voice:DescribeRegistrationVersions",
    ]


@pytest.mark.parametrize(
    ("actions", "problem"),
    [
        ((), "actions: got none, expected at least one"),
        (
            ("sns:Publish",),
            "actions: got 'sns:Publish', expected an action of the service, such as 'sms-voice:DescribeRegistrations'",
        ),
    ],
)
def test_refused_actions(stack, role, actions, problem):
    registration = Registration(stack, "TollFree", registration_type="US_TOLL_FREE_REGISTRATION")

    with pytest.raises(ValueError, match=r"^RegistrationGrants: ") as refusal:
        registration.grants.actions(role, *actions)

    assert str(refusal.value) == f"RegistrationGrants: {problem}"


def test_grant_on_an_import(stack, role):
    arn = "arn:aws:sms-voice:us-east-1:111122223333:registration/registration-0123"

    Registration.from_registration_arn(stack, "Existing", arn).grants.read(role)

    assert statements(stack)[0]["Resource"] == arn


def test_grant_on_the_native_resource(stack, role):
    native = smsvoice.CfnRegistration(stack, "Native", registration_type="US_TOLL_FREE_REGISTRATION")

    RegistrationGrants.from_registration(native).manage(role)

    assert statements(stack)[0]["Resource"] == {"Ref": "Native"}  # the ARN is its primary identifier


def test_manage_includes_no_deleting_or_tagging(stack, role):
    registration = Registration(stack, "TollFree", registration_type="US_TOLL_FREE_REGISTRATION")

    registration.grants.manage(role)

    granted = set(statements(stack)[0]["Action"])
    assert not granted & {"sms-voice:DeleteRegistration", "sms-voice:TagResource", "sms-voice:UntagResource"}


def test_grant_to_a_service_principal_fails(stack):
    registration = Registration(stack, "TollFree", registration_type="US_TOLL_FREE_REGISTRATION")

    grant = registration.grants.read(iam.ServicePrincipal("events.amazonaws.com"))

    with pytest.raises(RuntimeError, match="Permissions"):
        grant.assert_success()
