"""What is retained retains what it cannot live without: an approval is worth nothing without its number."""

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk.assertions import Template
from aws_cdk.interfaces.aws_smsvoice import IPhoneNumberRef, PhoneNumberReference

from cdk_sms_registration import Registration, RegistrationForm, RegistrationType
from constructs import Construct

TOLL_FREE = RegistrationType.US_TOLL_FREE_REGISTRATION
NUMBER = "AWS::SMSVOICE::PhoneNumber"
NO_POLICY = (None, None)
KEPT = ("Retain", "Retain")
KEPT_EXCEPT_ON_CREATE = ("RetainExceptOnCreate", "Retain")
DESTROYED = ("Delete", "Delete")


def number_of(scope, name="Number"):
    keywords = {"help": {"message": "Help."}, "stop": {"message": "Stopped."}}
    return smsvoice.CfnPhoneNumber(
        scope,
        name,
        iso_country_code="US",
        number_type="TOLL_FREE",
        number_capabilities=["SMS"],
        mandatory_keywords=keywords,
    )


def registration_of(scope, *associations, name="TollFree", **arguments):
    return Registration(scope, name, registration_type=TOLL_FREE, associations=associations, **arguments)


def policies(stack, resource_type=NUMBER):
    (resource,) = Template.from_stack(stack).find_resources(resource_type).values()
    return resource.get("DeletionPolicy"), resource.get("UpdateReplacePolicy")


@jsii.implements(IPhoneNumberRef)
class Number(Construct):
    """A phone number with an interface of its own, as a library of constructs would have it."""

    def __init__(self, scope, construct_id):
        super().__init__(scope, construct_id)
        self.number = number_of(self, "Resource")

    @property
    def phone_number_ref(self):
        return PhoneNumberReference(
            phone_number_arn=self.number.attr_arn, phone_number_id=self.number.attr_phone_number_id
        )

    @property
    def env(self):
        return cdk.Stack.of(self).env


@pytest.mark.fault(75)
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, NO_POLICY),
        ({"submit": True}, KEPT_EXCEPT_ON_CREATE),
        ({"existing_registration_id": "registration-01"}, KEPT_EXCEPT_ON_CREATE),
        ({"removal_policy": cdk.RemovalPolicy.RETAIN}, KEPT),
        ({"submit": True, "removal_policy": cdk.RemovalPolicy.DESTROY}, NO_POLICY),
    ],
)
def test_numbers_stay_as_long_as_their_registration(stack, arguments, expected):
    registration_of(stack, number_of(stack), **arguments)

    assert policies(stack) == expected


@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("policy", [cdk.RemovalPolicy.DESTROY, cdk.RemovalPolicy.RETAIN])
def test_own_policy_of_a_number_wins(stack, policy, before):
    number = number_of(stack)
    if before:
        number.apply_removal_policy(policy)
    registration = registration_of(stack, number, submit=True)
    if not before:
        number.apply_removal_policy(policy)
    registration.apply_removal_policy(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    assert policies(stack) == (DESTROYED if policy is cdk.RemovalPolicy.DESTROY else KEPT)


def test_an_own_policy_for_replacements_alone_wins(stack):
    number = number_of(stack)
    number.cfn_options.update_replace_policy = cdk.CfnDeletionPolicy.DELETE
    registration_of(stack, number, submit=True)

    assert policies(stack) == (None, "Delete")


def test_numbers_follow_a_later_policy_of_the_registration(stack):
    registration = registration_of(stack, number_of(stack), submit=True)

    registration.apply_removal_policy(cdk.RemovalPolicy.RETAIN)
    assert policies(stack) == KEPT


def test_destroying_the_registration_lets_the_number_go(stack):
    registration = registration_of(stack, number_of(stack), submit=True)

    registration.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    assert policies(stack) == NO_POLICY


def test_what_several_registrations_need_stays_longest(stack):
    agent = smsvoice.CfnRcsAgent(stack, "Agent")
    for name, policy in {"A": "DESTROY", "B": "RETAIN", "C": "RETAIN_ON_UPDATE_OR_DELETE"}.items():
        registration_of(stack, agent, name=name, removal_policy=cdk.RemovalPolicy[policy])

    assert policies(stack, "AWS::SMSVOICE::RcsAgent") == KEPT


def test_the_resource_behind_an_interface_stays(stack):
    registration_of(stack, Number(stack, "Number"), submit=True)

    assert policies(stack) == KEPT_EXCEPT_ON_CREATE


@pytest.mark.fault(75)
def test_numbers_of_other_stacks_stay(app):
    numbers, registrations = cdk.Stack(app, "Numbers"), cdk.Stack(app, "Registrations")
    registration_of(registrations, number_of(numbers), submit=True)

    assert policies(numbers) == KEPT_EXCEPT_ON_CREATE


def test_only_native_registrations_without_a_policy_are_shared(stack):
    """A `Registration` has a policy of its own, also when that is the default."""
    brand = Registration(stack, "Brand", registration_type=TOLL_FREE)
    native = smsvoice.CfnRegistration(stack, "Native", registration_type="US_TEN_DLC_BRAND_REGISTRATION")
    Registration(stack, "Campaign", registration_type=TOLL_FREE, associations=[brand, native], submit=True)

    assert policies(stack, "AWS::SMSVOICE::Registration") == KEPT_EXCEPT_ON_CREATE
    brands = Template.from_stack(stack).find_resources("Custom::SmsRegistration")
    assert [each.get("DeletionPolicy") for name, each in brands.items() if "Brand" in name] == [None]


def test_ids_arns_and_imports_have_nothing_to_keep(stack):
    imported = smsvoice.CfnPhoneNumber.from_phone_number_id(stack, "Imported", "phone-0123")
    registration_of(stack, imported, "phone-4567", submit=True)

    assert Template.from_stack(stack).find_resources(NUMBER) == {}


# --- a form declared by itself ---


@pytest.mark.parametrize("submit", [True, False])
def test_numbers_of_a_registration_made_elsewhere_stay(stack, submit):
    RegistrationForm(stack, "Form", registration_id="registration-01", associations=[number_of(stack)], submit=submit)

    assert policies(stack) == KEPT_EXCEPT_ON_CREATE


@pytest.mark.parametrize(
    ("policy", "expected"),
    [(None, NO_POLICY), (cdk.RemovalPolicy.DESTROY, NO_POLICY), (cdk.RemovalPolicy.RETAIN, KEPT_EXCEPT_ON_CREATE)],
)
def test_numbers_stay_with_a_native_registration_that_stays(stack, policy, expected):
    """A number that outlives a native registration would keep it from being deleted."""
    native = smsvoice.CfnRegistration(stack, "Native", registration_type="US_TOLL_FREE_REGISTRATION")
    if policy:
        native.apply_removal_policy(policy)
    RegistrationForm(stack, "Form", registration=native, associations=[number_of(stack)], submit=True)

    assert policies(stack) == expected
