"""Field values, and what a valid form is."""

from __future__ import annotations

import pytest

from moto_sms_voice import forms
from moto_sms_voice.behaviour import ServiceBehaviour
from moto_sms_voice.definitions import Definitions
from moto_sms_voice.store import FieldValue
from support.fake_help import BRAND, CAMPAIGN, PNG, RCS, SINGAPORE, TFN, attach, create, fill, refused, statuses


def put(client, registration_id, path, **value):
    return client.put_registration_field_value(RegistrationId=registration_id, FieldPath=path, **value)


def read(client, registration_id):
    pages = client.get_paginator("describe_registration_field_values").paginate(RegistrationId=registration_id)
    return {value["FieldPath"]: value for page in pages for value in page["RegistrationFieldValues"]}


def test_put_and_delete(client):
    registration_id = create(client, TFN)
    answer = put(client, registration_id, "messagingUseCase.monthlyMessageVolume", SelectChoices=["1,000"])
    assert (answer["VersionNumber"], answer["SelectChoices"]) == (1, ["1,000"])
    assert put(client, registration_id, "companyInfo.address2", TextValue="Floor 2")["TextValue"] == "Floor 2"
    assert set(read(client, registration_id)) == {"messagingUseCase.monthlyMessageVolume", "companyInfo.address2"}
    answer = client.delete_registration_field_value(RegistrationId=registration_id, FieldPath="companyInfo.address2")
    assert answer["TextValue"] == "Floor 2"
    assert set(read(client, registration_id)) == {"messagingUseCase.monthlyMessageVolume"}


def test_unset_values_may_be_listed(client, fake):
    fake.configure(unset_values_listed=True)
    assert read(client, create(client))["companyInfo.taxId"] == {"FieldPath": "companyInfo.taxId"}


def test_required_values_can_not_be_deleted(client, fake):
    registration_id = create(client)
    put(client, registration_id, "companyInfo.companyName", TextValue="Example Corp")
    with refused("ValidationException", "REGISTRATION_FIELD_CANNOT_BE_DELETED"):
        client.delete_registration_field_value(RegistrationId=registration_id, FieldPath="companyInfo.companyName")
    fake.configure(required_values_deletable=True)
    client.delete_registration_field_value(RegistrationId=registration_id, FieldPath="companyInfo.companyName")
    assert read(client, registration_id) == {}


def test_deleting_an_unset_value_may_be_refused(client, fake):
    registration_id = create(client, TFN)
    client.delete_registration_field_value(RegistrationId=registration_id, FieldPath="companyInfo.address2")
    fake.configure(unset_value_deletable=False)
    with refused("ValidationException", "REGISTRATION_FIELD_CANNOT_BE_DELETED"):
        client.delete_registration_field_value(RegistrationId=registration_id, FieldPath="companyInfo.address2")


@pytest.mark.parametrize(
    ("path", "value", "reason", "member"),
    [
        ("companyInfo.taxId", {"TextValue": "12-3456789"}, "INVALID_PARAMETER", "textValue"),
        ("companyInfo.taxId", {"TextValue": "1" * 22}, "INVALID_PARAMETER", "textValue"),
        ("companyInfo.taxId", {"SelectChoices": ["1"]}, "INVALID_PARAMETER", "selectChoices"),
        ("companyInfo.legalType", {"TextValue": "NON_PROFIT"}, "INVALID_PARAMETER", "textValue"),
        ("companyInfo.legalType", {"SelectChoices": ["Charity"]}, "INVALID_PARAMETER", "selectChoices"),
        ("companyInfo.legalType", {"SelectChoices": []}, "INVALID_PARAMETER", "selectChoices"),
        (
            "companyInfo.legalType",
            {"SelectChoices": ["NON_PROFIT", "GOVERNMENT"]},
            "INVALID_PARAMETER",
            "selectChoices",
        ),
        ("companyInfo.legalType", {}, "MISSING_PARAMETER", "selectChoices"),
        (
            "companyInfo.taxId",
            {"TextValue": "1", "SelectChoices": ["1"]},
            "PARAMETERS_CANNOT_BE_USED_TOGETHER",
            "selectChoices",
        ),
        ("companyInfo.nothing", {"TextValue": "1"}, "UNKNOWN_REGISTRATION_FIELD", "fieldPath"),
    ],
)
def test_wrong_values_are_refused_by_the_name_of_the_member(client, path, value, reason, member):
    registration_id = create(client)
    with refused("ValidationException", reason) as answer:
        put(client, registration_id, path, **value)
    assert answer["Fields"][0]["Name"] == member
    assert read(client, registration_id) == {}


def test_put_may_leave_checks_to_the_submission(client, fake):
    fake.configure(put_checks_values=False)
    registration_id = create(client)
    fill(client, registration_id)
    put(client, registration_id, "companyInfo.taxId", TextValue="12-3456789")
    with refused("ValidationException", "FIELD_VALIDATION_FAILED") as answer:
        client.submit_registration_version(RegistrationId=registration_id)
    assert [field["Name"] for field in answer["Fields"]] == ["companyInfo.taxId"]


def test_submit_names_every_problem(client, fake):
    registration_id = create(client)
    with refused("ValidationException", "FIELD_VALIDATION_FAILED") as answer:
        client.submit_registration_version(RegistrationId=registration_id)
    named = {field["Name"]: field["Message"] for field in answer["Fields"]}
    assert named["companyInfo.taxId"] == "Missing required field"
    assert "companyInfo.stockSymbol" not in named
    assert len(named) == 14
    fake.configure(submit_reports_all_problems=False)
    with refused("ValidationException", "FIELD_VALIDATION_FAILED") as answer:
        client.submit_registration_version(RegistrationId=registration_id)
    assert len(answer["Fields"]) == 1
    assert statuses(client, registration_id) == ("CREATED", "DRAFT")


def test_a_wrong_form_may_be_denied_instead(client, fake):
    fake.configure(form_check="denial", describes_until_denial=1)
    registration_id = create(client)
    client.submit_registration_version(RegistrationId=registration_id)
    (shown,) = client.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
    assert shown["RegistrationStatus"] == "SUBMITTED"
    assert statuses(client, registration_id) == ("REQUIRES_UPDATES", "DENIED")
    assert read(client, registration_id)["companyInfo.taxId"]["DeniedReason"] == "Missing required field"


def test_form_may_be_left_to_reviewers(client, fake):
    fake.configure(form_check="none")
    registration_id = create(client)
    client.submit_registration_version(RegistrationId=registration_id)
    for _ in range(3):
        assert statuses(client, registration_id) == ("SUBMITTED", "SUBMITTED")


def test_disallowed_field(client):
    registration_id = create(client)
    fill(client, registration_id)
    put(client, registration_id, "companyInfo.stockSymbol", TextValue="EXMP")
    with refused("ValidationException", "FIELD_VALIDATION_FAILED") as answer:
        client.submit_registration_version(RegistrationId=registration_id)
    assert answer["Fields"] == [{"Name": "companyInfo.stockSymbol", "Message": "Conditional field not allowed"}]


def test_attachment_must_be_uploaded(client, fake):
    registration_id = create(client, TFN)
    path = "messagingUseCase.optInImage"
    attachment_id = client.create_registration_attachment(AttachmentBody=PNG)["RegistrationAttachmentId"]
    with refused("ConflictException", "RESOURCE_NOT_ACTIVE") as answer:
        put(client, registration_id, path, RegistrationAttachmentId=attachment_id)
    assert answer["ResourceType"] == "registration-attachment"
    fake.configure(put_needs_uploaded_attachment=False)
    put(client, registration_id, path, RegistrationAttachmentId=attachment_id)
    with refused("ResourceNotFoundException"):
        put(client, registration_id, path, RegistrationAttachmentId="attachment-0")


def test_attachment_by_arn_reads_back_as_id(client, fake):
    registration_id = create(client, TFN)
    attachment_id = attach(client)
    arn = fake.arn(f"registration-attachment/{attachment_id}")
    put(client, registration_id, "messagingUseCase.optInImage", RegistrationAttachmentId=arn)
    value = read(client, registration_id)["messagingUseCase.optInImage"]
    assert value["RegistrationAttachmentId"] == attachment_id


@pytest.mark.parametrize("registration_type", [TFN, BRAND, CAMPAIGN, RCS, SINGAPORE, "IN_SENDER_ID_REGISTRATION"])
def test_example_form_is_valid_and_short(fake, registration_type):
    definition = fake.definitions[registration_type]
    values = forms.example(definition, fake.behaviour, "attachment-1")
    assert forms.problems(definition, values, fake.behaviour) == {}
    for path in values:
        rest = {other: value for other, value in values.items() if other != path}
        assert forms.problems(definition, rest, fake.behaviour), f"{path} is not needed"


TEXTS = {"yes": FieldValue("a", text_value="yes"), "no": FieldValue("a", text_value="no")}


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "holds"),
    [
        ("EQUALS", ["yes"], "yes", True),
        ("EQUALS", ["yes"], "no", False),
        ("EQUALS", ["yes"], None, False),
        ("NOT_EQUALS", ["yes"], "yes", False),
        ("NOT_EQUALS", ["yes"], "no", True),
        ("NOT_EQUALS", ["yes"], None, True),
        ("IN", ["yes", "maybe"], "yes", True),
        ("IN", ["yes", "maybe"], "no", False),
        ("IN", ["yes", "maybe"], None, False),
        ("NOT_IN", ["yes", "maybe"], "yes", False),
        ("NOT_IN", ["yes", "maybe"], "no", True),
        ("NOT_IN", ["yes", "maybe"], None, True),
        ("HAS_VALUE", [], "no", True),
        ("HAS_VALUE", [], None, False),
        ("NO_VALUE", [], "no", False),
        ("NO_VALUE", [], None, True),
        ("SOUNDS_LIKE", ["yes"], "yes", False),
    ],
)
def test_operators(operator, wanted, value, holds):
    field = {
        "FieldRequirement": "CONDITIONAL",
        "ConditionalBehavior": {
            "Rules": [
                {
                    "Conditions": [{"DependsOnFieldPath": "a", "Operator": operator, "Values": wanted}],
                    "RuleBehavior": "REQUIRED",
                }
            ],
            "DefaultBehavior": "OPTIONAL",
        },
    }
    values = {"a": TEXTS[value]} if value else {}
    assert forms.resolve(field, values, ServiceBehaviour())[0] == ("REQUIRED" if holds else "OPTIONAL")
    if value is None and operator.startswith("NOT_"):
        assert forms.resolve(field, values, ServiceBehaviour(unset_matches_negations=False))[0] == "OPTIONAL"


def test_first_matching_rule_wins_and_brings_its_validation():
    definition = Definitions()["US_TOLL_FREE_REGISTRATION"]
    field = definition.field("companyInfo.taxId")
    base = {
        "companyInfo.taxIdAuthority": FieldValue("companyInfo.taxIdAuthority", select_choices=["EIN"]),
        "companyInfo.taxIdCountry": FieldValue("companyInfo.taxIdCountry", text_value="US"),
    }
    sole = FieldValue("companyInfo.businessType", select_choices=["SOLE_PROPRIETOR"])
    assert forms.resolve(field, {**base, sole.field_path: sole}, ServiceBehaviour()) == ("OPTIONAL", {})
    requirement, override = forms.resolve(field, base, ServiceBehaviour())
    assert (requirement, override["Pattern"]) == ("REQUIRED", "^[0-9]{2}-?[0-9]{7}$")
    wrong = FieldValue("companyInfo.taxId", text_value="DE123")
    assert (
        "pattern"
        in forms.problems(definition, {**base, "companyInfo.taxId": wrong}, ServiceBehaviour())["companyInfo.taxId"]
    )
