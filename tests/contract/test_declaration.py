"""Reading the declared registrations of a template, without a deployment."""

import json
from pathlib import Path
from typing import Any

import pytest

from sms_registration_contract.declaration import PLACEHOLDER, Declaration, File, Secret, declarations, read

BRAND, CAMPAIGN = "US_TEN_DLC_BRAND_REGISTRATION", "US_TEN_DLC_CAMPAIGN_REGISTRATION"


def registration(registration_type: Any = BRAND, **more: Any) -> dict[str, Any]:
    return {"Type": "Custom::SmsRegistration", "Properties": {"RegistrationType": registration_type, **more}}


def form(registration: Any, fields: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    properties = {"RegistrationId": registration, "Fields": fields or {}, **more}
    return {"Type": "Custom::SmsRegistrationForm", "Properties": properties}


def declared(resources: dict[str, Any], **parts: Any) -> list[Declaration]:
    return declarations({"Resources": resources, **parts})


def test_registration_and_form_are_one_declaration() -> None:
    found = declared(
        {
            "Form": form({"Ref": "Brand"}, {"a.b": "text"}, Submit=True),
            "Brand": registration(Tags=[{"Key": "team", "Value": {"Fn::Sub": "growth-${AWS::Region}"}}]),
            "Other": registration(CAMPAIGN),
        }
    )
    assert found == [
        Declaration("Brand", BRAND, {"team": "growth-us-east-1"}, "Form", {"a.b": "text"}, (), submit=True),
        Declaration("Other", CAMPAIGN),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        ("", ""),
        (["A", "1,000"], ("A", "1,000")),
        ([{"Ref": "Nothing"}], (PLACEHOLDER,)),
        ({"AttachmentId": {"Ref": "OptIn"}}, File("OptIn")),
        ({"AttachmentId": "attachment-0123"}, File("attachment-0123")),
        ({"SecretId": {"Ref": "TaxId"}, "JsonField": "ein"}, Secret("ein")),
        ({"SecretId": "whole"}, Secret()),
        ({"ParameterName": {"Fn::Sub": "/a/b"}}, Secret(is_parameter=True)),
        ({"Ref": "City"}, "Seattle"),
        ({"Ref": "Given"}, "by the test"),
        ({"Ref": "Nothing"}, PLACEHOLDER),
        ({"Fn::Join": ["-", ["a", {"Ref": "City"}]]}, "a-Seattle"),
        ({"Fn::Join": ["-", ["a", {"Fn::GetAtt": ["X", "Arn"]}]]}, PLACEHOLDER),
        ({"Fn::Sub": "${City} in ${AWS::Region}"}, "Seattle in us-east-1"),
        ({"Fn::Sub": "${Nothing}"}, PLACEHOLDER),
        ({"Fn::Select": [0, ["a"]]}, PLACEHOLDER),
        (True, "true"),
    ],
)
def test_values_of_fields(value: Any, expected: Any) -> None:
    template = {
        "Parameters": {"City": {"Type": "String", "Default": "Seattle"}, "Given": {"Type": "String"}},
        "Resources": {
            "Brand": registration(),
            "Form": form({"Ref": "Brand"}, {"a.b": value}),
            "OptIn": {"Type": "Custom::SmsRegistrationAttachment"},
        },
    }
    (only,) = declarations(template, {"Given": "by the test"})
    assert only.fields == {"a.b": expected}


def test_associations_by_kind() -> None:
    (only, _) = declared(
        {
            "Campaign": registration(CAMPAIGN),
            "Form": form(
                {"Ref": "Campaign"},
                Associations=[
                    {"Ref": "Number"},
                    {"Fn::GetAtt": ["Brand", "RegistrationArn"]},
                    {"Fn::GetAtt": "Agent.Arn"},
                    "phone-0123",
                    "arn:aws:sms-voice:us-east-1:123456789012:registration/registration-0123",
                    {"Fn::ImportValue": "number"},
                ],
            ),
            "Number": {"Type": "AWS::SMSVOICE::PhoneNumber"},
            "Agent": {"Type": "AWS::SMSVOICE::RcsAgent"},
            "Brand": registration(),
        }
    )
    assert only.associations == ("phone-number", "registration", "rcs-agent", "phone-number", "registration", "")


def test_form_of_a_native_registration() -> None:
    native = {"Type": "AWS::SMSVOICE::Registration", "Properties": {"RegistrationType": BRAND}}
    (only,) = declared({"Native": native, "Form": form({"Fn::GetAtt": ["Native", "RegistrationId"]})})
    assert only == Declaration("Form", BRAND, form_name="Form")


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        ({}, "no Custom::SmsRegistration and no Custom::SmsRegistrationForm"),
        ({"Form": form("registration-0123")}, "Form belongs to a registration that is not in the template"),
        ({"It": registration({"Ref": "Type"})}, "It: the RegistrationType is known only after deployment"),
    ],
)
def test_untestable_template_is_refused(resources: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        declared(resources)


def test_template_may_be_a_path_a_dict_or_an_assertion(tmp_path: Path) -> None:
    content = {"Resources": {"Brand": registration()}}
    path = tmp_path / "Sms.template.json"
    path.write_text(json.dumps(content))

    class Template:
        def to_json(self) -> dict[str, Any]:
            return content

    for template in (path, str(path), content, Template()):
        assert read(template) == content
    for wrong in (5, [], {"Resources": []}):
        with pytest.raises(ValueError, match="expected the path of a synthesized template"):
            read(wrong)
