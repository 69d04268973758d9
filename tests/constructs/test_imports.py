import aws_cdk as cdk
import pytest
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk import aws_ssm as ssm
from aws_cdk.assertions import Template

from cdk_sms_registration import Registration, RegistrationType

ID = "registration-0123456789abcdef"
ARN = f"arn:aws-us-gov:sms-voice:us-gov-west-1:444455556666:registration/{ID}"
OWN_ARN = {
    "Fn::Join": [
        "",
        [
            "arn:",
            {"Ref": "AWS::Partition"},
            ":sms-voice:",
            {"Ref": "AWS::Region"},
            ":",
            {"Ref": "AWS::AccountId"},
            f":registration/{ID}",
        ],
    ]
}


def test_from_registration_id(stack):
    existing = Registration.from_registration_id(stack, "Existing", ID)

    assert existing.registration_id == ID
    assert stack.resolve(existing.registration_arn) == OWN_ARN
    assert existing.env.region == stack.region
    assert existing.env.account == stack.account


def test_from_registration_id_in_a_known_environment(app):
    stack = cdk.Stack(app, "Test", env=cdk.Environment(account="111122223333", region="eu-west-1"))

    existing = Registration.from_registration_id(stack, "Existing", ID)

    assert existing.env.region == "eu-west-1"
    assert existing.env.account == "111122223333"


def test_from_registration_arn(stack):
    existing = Registration.from_registration_arn(stack, "Existing", ARN)

    assert existing.registration_id == ID
    assert existing.registration_arn == ARN
    assert existing.env.region == "us-gov-west-1"
    assert existing.env.account == "444455556666"


def test_from_registration_attributes(stack):
    existing = Registration.from_registration_attributes(stack, "Existing", registration_arn=ARN, registration_id=ID)

    assert existing.registration_id == ID
    assert existing.registration_arn == ARN
    assert existing.env.region == "us-gov-west-1"


def test_from_tokens(stack):
    parameter = cdk.CfnParameter(stack, "Parameter").value_as_string

    by_id = Registration.from_registration_id(stack, "ById", parameter)
    by_arn = Registration.from_registration_arn(stack, "ByArn", parameter)
    by_both = Registration.from_registration_attributes(
        stack, "ByBoth", registration_arn=parameter, registration_id=parameter
    )

    assert stack.resolve(by_id.registration_arn)["Fn::Join"][1][-2:] == [":registration/", {"Ref": "Parameter"}]
    assert stack.resolve(by_arn.registration_id) == {
        "Fn::Select": [1, {"Fn::Split": ["/", {"Fn::Select": [5, {"Fn::Split": [":", {"Ref": "Parameter"}]}]}]}]
    }
    assert stack.resolve(by_arn.env.region) == {"Fn::Select": [3, {"Fn::Split": [":", {"Ref": "Parameter"}]}]}
    assert stack.resolve(by_both.registration_id) == {"Ref": "Parameter"}


def test_from_the_native_resource(stack):
    native = smsvoice.CfnRegistration(stack, "Native", registration_type="US_TOLL_FREE_REGISTRATION")

    existing = Registration.from_registration_attributes(
        stack, "Existing", registration_arn=native.attr_registration_arn, registration_id=native.attr_registration_id
    )

    assert stack.resolve(existing.registration_id) == {"Fn::GetAtt": ["Native", "RegistrationId"]}


def test_import_creates_no_resources(stack):
    existing = Registration.from_registration_id(stack, "Existing", ID)
    ssm.StringParameter(stack, "Id", string_value=existing.registration_id)

    resources = Template.from_stack(stack).to_json()["Resources"]

    assert [resource["Type"] for resource in resources.values()] == ["AWS::SSM::Parameter"]


def test_aws_cdk_lib_accepts_an_import_as_a_registration(stack):
    existing = Registration.from_registration_arn(stack, "Existing", ARN)

    assert smsvoice.CfnRegistration.arn_for_registration(existing) == ARN
    assert not cdk.Resource.is_owned_resource(existing)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda stack: Registration.from_registration_id(stack, "Existing", "0123"),
            "registration_id: got '0123', expected 'registration-' and lowercase letters and digits, "
            "such as 'registration-0123456789abcdef'",
        ),
        (
            lambda stack: Registration.from_registration_id(stack, "Existing", ARN),
            f"registration_id: got the ARN '{ARN}', expected 'registration-' and lowercase letters and digits, "
            f"such as 'registration-0123456789abcdef'; pass only its last part, '{ID}'",
        ),
        (
            lambda stack: Registration.from_registration_arn(stack, "Existing", ID),
            f"registration_arn: got the ID '{ID}', "
            "expected 'arn:PARTITION:sms-voice:REGION:ACCOUNT:registration/registration-...'; "
            "use from_registration_id for an ID",
        ),
        (
            lambda stack: Registration.from_registration_arn(stack, "Existing", ARN.replace("sms-voice", "sns")),
            f"registration_arn: got '{ARN.replace('sms-voice', 'sns')}', "
            "expected 'arn:PARTITION:sms-voice:REGION:ACCOUNT:registration/registration-...'",
        ),
        (
            lambda stack: Registration.from_registration_arn(stack, "Existing", "{{resolve:ssm:arn}}"),
            "registration_arn: dynamic references ('{{resolve:...}}') are not supported in custom resources; "
            "pass the value itself, or a token such as StringParameter.value_for_string_parameter(...)",
        ),
        (
            lambda stack: Registration.from_registration_attributes(
                stack, "Existing", registration_arn=ARN, registration_id="registration-other"
            ),
            f"registration_id: got 'registration-other', but registration_arn names '{ID}'",
        ),
    ],
)
def test_refusal(stack, make, message):
    with pytest.raises(ValueError, match=r"^Registration 'Test/Existing'") as refusal:
        make(stack)

    assert str(refusal.value) == f"Registration 'Test/Existing': {message}"


def test_declared_registration_can_also_be_imported(stack):
    declared = Registration(stack, "TollFree", registration_type=RegistrationType.US_TOLL_FREE_REGISTRATION)

    again = Registration.from_registration_id(stack, "Again", declared.registration_id)

    assert stack.resolve(again.registration_id) == stack.resolve(declared.registration_id)
