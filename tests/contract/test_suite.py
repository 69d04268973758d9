"""The contract suite on several forms, and that it finds broken handlers."""

import importlib
from typing import Any, ClassVar

import pytest

from moto_sms_voice.behavior import ServiceBehavior
from moto_sms_voice.definitions import Definitions, TypeDefinition
from moto_sms_voice.forms import example
from sms_registration_contract import ContractSuite
from sms_registration_contract.declaration import declarations
from sms_registration_contract.deployment import environment

TOKEN = {"Fn::GetAtt": ["Provider", "Arn"]}


def template_of(definitions: list[TypeDefinition]) -> dict[str, Any]:
    """A stack with a registration and its form for each type, as the constructs synthesize it."""
    resources: dict[str, Any] = {}
    for definition in definitions:
        name = "".join(word.capitalize() for word in definition.name.split("_"))
        resources[name] = {
            "Type": "Custom::SmsRegistration",
            "Properties": {
                "ServiceToken": TOKEN,
                "RegistrationType": definition.name,
                "Tags": [{"Key": "team", "Value": "growth"}],
            },
        }
        fields: dict[str, Any] = {}
        for path, value in example(definition, ServiceBehavior(), "file").items():
            if value.registration_attachment_id:
                resources[f"{name}File"] = {"Type": "Custom::SmsRegistrationAttachment", "Properties": {}}
                fields[path] = {"AttachmentId": {"Ref": f"{name}File"}}
            else:
                fields[path] = value.select_choices or value.text_value
        resources[f"{name}Form"] = {
            "Type": "Custom::SmsRegistrationForm",
            "Properties": {
                "ServiceToken": TOKEN,
                "RegistrationId": {"Ref": name},
                "Fields": fields,
                "Associations": associations(definition, resources),
                "Submit": True,
            },
        }
    return {"Resources": resources}


def associations(definition: TypeDefinition, resources: dict[str, Any]) -> list[Any]:
    """One association of each kind that must exist before the submission."""
    found: list[Any] = []
    for rule in definition.associations:
        kind = rule["ResourceType"]
        if rule["AssociationBehavior"] != "ASSOCIATE_BEFORE_SUBMIT":
            continue
        if "REGISTRATION" in kind:
            found.append("registration-0123")
        else:
            native = "RcsAgent" if "RCS" in kind else "PhoneNumber"
            resources[f"Associated{native}"] = {"Type": f"AWS::SMSVOICE::{native}", "Properties": {}}
            found.append({"Ref": f"Associated{native}"})
    return found


class TestContract(ContractSuite):
    """Types with different associations, attachments and form sizes."""

    def template(self) -> dict[str, Any]:
        names = (
            "US_TOLL_FREE_REGISTRATION",
            "US_TEN_DLC_BRAND_REGISTRATION",
            "US_TEN_DLC_CAMPAIGN_REGISTRATION",
            "SG_SENDER_ID_REGISTRATION",
            "TEST_RCS_LAUNCH_REGISTRATION",
        )
        return template_of([Definitions()[name] for name in names])


class TestPlainRegistration(ContractSuite):
    """A registration without a form, whose type is a parameter of the stack."""

    template: ClassVar = {
        "Parameters": {"Type": {"Type": "String"}},
        "Resources": {
            "Plain": {
                "Type": "Custom::SmsRegistration",
                "Properties": {"ServiceToken": TOKEN, "RegistrationType": {"Ref": "Type"}},
            }
        },
    }  # fmt: skip
    parameters: ClassVar = {"Type": "US_TOLL_FREE_REGISTRATION"}


class TestValuesOfADeployment(ContractSuite):
    """Values that are known only after deployment: secrets, parameters, attributes of other resources, an imported brand."""

    template: ClassVar = {
        "Resources": {
            "Native": {
                "Type": "AWS::SMSVOICE::Registration",
                "Properties": {"RegistrationType": "US_TEN_DLC_BRAND_REGISTRATION"},
            },
            "Form": {
                "Type": "Custom::SmsRegistrationForm",
                "Properties": {
                    "RegistrationId": {"Fn::GetAtt": ["Native", "RegistrationId"]},
                    "Fields": {
                        "companyInfo.companyName": {"Fn::Sub": "Example in ${AWS::Region}"},
                        "companyInfo.taxIdIssuingCountry": "US",
                        "companyInfo.taxId": {"SecretId": {"Ref": "Secret"}, "JsonField": "ein"},
                        "companyInfo.legalType": ["PRIVATE_PROFIT"],
                        "companyInfo.address": {"Fn::Join": [" ", ["410", "Terry Avenue North"]]},
                        "companyInfo.city": {"ParameterName": "/company/city"},
                        "companyInfo.state": {"SecretId": "state"},
                        "companyInfo.zipCode": "98109",
                        "companyInfo.isoCountryCode": "US",
                        "contactInfo.dbaName": "Example",
                        "contactInfo.vertical": ["TECHNOLOGY"],
                        "contactInfo.website": {"Fn::GetAtt": ["Distribution", "DomainName"]},
                        "contactInfo.supportEmail": "support@example.com",
                        "contactInfo.supportPhoneNumber": {"Ref": "Phone"},
                    },
                },
            },
        }
    }


# --- the suite can fail ---


@pytest.mark.parametrize(
    ("module", "function", "broken", "found_by"),
    [
        ("registration.removal", "remove", lambda run, registration_id: None, "test_delete_list"),
        ("registration.adoption", "find_previous", lambda *_: None, "test_update_create_only_property"),
        ("form.executor", "execute", lambda *_, **__: True, "test_create_delete"),
        ("registration.update", "_update", lambda run: 1 / 0, "test_update_tag_updatable"),
        ("resource.tagging", "declared_tag_keys", lambda properties: set(), "test_update_tag_updatable"),
        ("registration.adoption", "ownership_refusal", lambda *_: "no", "test_create_create"),
    ],
)
def test_suite_finds_a_broken_handler(
    monkeypatch: pytest.MonkeyPatch, module: str, function: str, broken: Any, found_by: str
) -> None:
    monkeypatch.setattr(importlib.import_module(f"sms_registration_handler.{module}"), function, broken)
    (declared,) = declarations(template_of([Definitions()["US_TEN_DLC_BRAND_REGISTRATION"]]))
    with environment(declared) as deployment, pytest.raises(AssertionError):
        getattr(ContractSuite(), found_by)(deployment)
