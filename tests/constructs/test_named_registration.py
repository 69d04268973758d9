"""The policies of registrations that a template names by their ID, which another stack may own."""

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk.assertions import Template

from cdk_sms_registration import Registration, RegistrationForm, RegistrationProvider
from cdk_sms_registration.permissions import FORM_TAG_KEYS

TYPE = "US_TOLL_FREE_REGISTRATION"
ID = "registration-0123456789abcdef"
ANOTHER_ID = "registration-fedcba9876543210"
FORM = {"fields": {"a.b": "text"}}


def named(stack):
    """The policies of the stack's function without the constant one, by logical ID."""
    policies = Template.from_stack(stack).find_resources("AWS::IAM::Policy")
    return {name: each for name, each in policies.items() if not name.startswith("SmsRegistrationProvider")}


def statement(stack):
    (policy,) = named(stack).values()
    (found,) = policy["Properties"]["PolicyDocument"]["Statement"]
    return found


def keys(stack):
    return statement(stack)["Condition"]["ForAllValues:StringLike"]["aws:TagKeys"]


def ends_with(arn):
    return arn["Fn::Join"][1][-1]


def test_the_tags_of_a_registration_that_is_taken_over_may_be_changed(stack):
    registration = Registration(
        stack,
        "TollFree",
        registration_type=TYPE,
        existing_registration_id=ID,
        take_over=True,
        tags={"team": "growth"},
        **FORM,
    )
    cdk.Tags.of(stack).add("cost-center", "7")

    found = statement(stack)
    assert found["Action"] == ["sms-voice:TagResource", "sms-voice:UntagResource"]
    assert ends_with(found["Resource"]) == f":registration/{ID}"
    assert keys(stack) == ["cdk-sms-registration:*", "cost-center", "team"]
    (name,) = named(stack)
    resource = Template.from_stack(stack).find_resources("Custom::SmsRegistration")
    assert name in resource[stack.get_logical_id(registration.resource)]["DependsOn"]


def test_another_id_has_another_policy():
    """The old one stays until CloudFormation cleans up, because its logical ID differs."""

    def logical_ids(registration_id):
        stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test")
        Registration(
            stack, "TollFree", registration_type=TYPE, existing_registration_id=registration_id, take_over=True
        )
        RegistrationForm(stack, "Form", registration_id=registration_id, **FORM)
        return set(named(stack))

    assert len(logical_ids(ID)) == 2
    assert not logical_ids(ID) & logical_ids(ANOTHER_ID)
    assert logical_ids(ID) == logical_ids(ID)


def test_an_id_that_is_a_token(stack):
    one, two = (cdk.CfnParameter(stack, name).value_as_string for name in ("One", "Two"))
    RegistrationForm(stack, "A", registration_id=one, **FORM)
    RegistrationForm(stack, "B", registration_id=two, **FORM)

    resources = [each["Properties"]["PolicyDocument"]["Statement"][0]["Resource"] for each in named(stack).values()]
    assert [each["Fn::Join"][1][-1] for each in resources] == [{"Ref": "One"}, {"Ref": "Two"}]


@pytest.mark.parametrize("take_over", [False, True])
@pytest.mark.parametrize("foreign", ["id", "imported", "another stack's"])
def test_the_form_of_a_registration_that_another_stack_may_own(app, stack, foreign, take_over):
    which = {
        "id": lambda: {"registration_id": ID},
        "imported": lambda: {"registration": Registration.from_registration_id(stack, "Imported", ID)},
        "another stack's": lambda: {
            "registration": Registration(cdk.Stack(app, "Other"), "TollFree", registration_type=TYPE)
        },
    }[foreign]()
    form = RegistrationForm(stack, "Form", **which, take_over=take_over, **FORM)

    assert keys(stack) == list(FORM_TAG_KEYS)
    (name,) = named(stack)
    resource = Template.from_stack(stack).find_resources("Custom::SmsRegistrationForm")
    assert name in resource[stack.get_logical_id(form.resource)]["DependsOn"]


@pytest.mark.parametrize(
    ("take_over", "expected"),
    [(False, 0), (True, 1)],
)
@pytest.mark.parametrize("own", ["declared", "native"])
def test_the_form_of_the_stacks_own_registration(stack, own, take_over, expected):
    """Only another stack's claim of the form needs a permission of its own."""
    if own == "declared":
        Registration(stack, "TollFree", registration_type=TYPE, take_over=take_over, **FORM)
    else:
        native = smsvoice.CfnRegistration(stack, "Native", registration_type=TYPE)
        RegistrationForm(stack, "Form", registration=native, take_over=take_over, **FORM)

    assert len(named(stack)) == expected
    if expected:
        assert keys(stack) == list(FORM_TAG_KEYS)


@pytest.mark.parametrize("existing", [None, ID], ids=["created", "adopted"])
def test_what_no_other_stack_owns_needs_no_policy(stack, existing):
    """So a stack can adopt any number of registrations, however long a role's policies may be."""
    tags = {"team": "growth"}
    Registration(stack, "TollFree", registration_type=TYPE, existing_registration_id=existing, tags=tags, **FORM)

    assert not named(stack)


def test_a_role_that_must_not_change_gets_no_policy(stack):
    role = iam.Role.from_role_arn(stack, "Role", "arn:aws:iam::111122223333:role/Ours", mutable=False)
    RegistrationProvider.configure(stack, role=role)
    Registration(stack, "TollFree", registration_type=TYPE, existing_registration_id=ID, take_over=True, **FORM)

    assert not Template.from_stack(stack).find_resources("AWS::IAM::Policy")


def test_many_registrations_fit_in_a_role():
    """IAM accepts 10,240 characters of inline policies in a role, and the constant permissions need almost half of them."""
    environment = cdk.Environment(account="111122223333", region="ap-southeast-1")
    stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test", env=environment)
    taken = f"registration-{'0' * 32}"
    Registration(stack, "TollFree", registration_type=TYPE, existing_registration_id=taken, take_over=True)
    RegistrationForm(stack, "Form", registration_id=f"registration-{'1' * 32}", **FORM)

    adopting, form = (len(str(each["Properties"]["PolicyDocument"])) for each in named(stack).values())
    assert adopting < 420
    assert form < 560
