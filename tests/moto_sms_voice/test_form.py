"""Field values, and the rules of valid forms."""

from __future__ import annotations

import pytest

from moto_sms_voice import forms
from moto_sms_voice.behavior import ServiceBehavior
from moto_sms_voice.definitions import Definitions
from moto_sms_voice.store import FieldValue
from support.fake_help import (
    BRAND,
    CAMPAIGN,
    INDONESIA,
    PNG,
    RCS,
    SINGAPORE,
    TFN,
    attach,
    create,
    fill,
    refused,
    statuses,
)


def put(client, registration_id, path, **value):
    return client.put_registration_field_value(RegistrationId=registration_id, FieldPath=path, **value)


def read(client, registration_id):
    pages = client.get_paginator("describe_registration_field_values").paginate(RegistrationId=registration_id)
    return {value["FieldPath"]: value for page in pages for value in page["RegistrationFieldValues"]}


def test_put_and_delete(client):
    registration_id = create(client, TFN)
    response = put(client, registration_id, "messagingUseCase.monthlyMessageVolume", SelectChoices=["1,000"])
    assert (response["VersionNumber"], response["SelectChoices"]) == (1, ["1,000"])
    assert put(client, registration_id, "companyInfo.address2", TextValue="Floor 2")["TextValue"] == "Floor 2"
    assert set(read(client, registration_id)) == {"messagingUseCase.monthlyMessageVolume", "companyInfo.address2"}
    response = client.delete_registration_field_value(RegistrationId=registration_id, FieldPath="companyInfo.address2")
    assert response["TextValue"] == "Floor 2"
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
    with refused("ValidationException", reason) as response:
        put(client, registration_id, path, **value)
    assert response["Fields"][0]["Name"] == member
    assert read(client, registration_id) == {}


def test_put_may_leave_checks_to_the_submission(client, fake):
    fake.configure(put_checks_values=False)
    registration_id = create(client)
    fill(client, registration_id)
    put(client, registration_id, "companyInfo.taxId", TextValue="12-3456789")
    with refused("ValidationException", "FIELD_VALIDATION_FAILED") as response:
        client.submit_registration_version(RegistrationId=registration_id)
    assert [field["Name"] for field in response["Fields"]] == ["companyInfo.taxId"]


def test_submit_names_every_problem(client, fake):
    registration_id = create(client)
    with refused("ValidationException", "FIELD_VALIDATION_FAILED") as response:
        client.submit_registration_version(RegistrationId=registration_id)
    named = {field["Name"]: field["Message"] for field in response["Fields"]}
    assert named["companyInfo.taxId"] == "Missing required field"
    assert "companyInfo.stockSymbol" not in named
    assert len(named) == 14
    fake.configure(submit_reports_all_problems=False)
    with refused("ValidationException", "FIELD_VALIDATION_FAILED") as response:
        client.submit_registration_version(RegistrationId=registration_id)
    assert len(response["Fields"]) == 1
    assert statuses(client, registration_id) == ("CREATED", "DRAFT")


def test_a_wrong_form_may_be_denied_instead(client, fake):
    fake.configure(form_check="denial", describes_until_denial=1)
    registration_id = create(client)
    client.submit_registration_version(RegistrationId=registration_id)
    (shown,) = client.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
    assert shown["RegistrationStatus"] == "SUBMITTED"
    assert statuses(client, registration_id) == ("REQUIRES_UPDATES", "DENIED")
    assert read(client, registration_id)["companyInfo.taxId"]["DeniedReason"] == "MISSING_REQUIRED_FIELD"


def test_an_incomplete_draft_may_be_refused_as_a_conflict(client, fake):
    fake.configure(form_check="conflict")
    registration_id = create(client)
    fill(client, registration_id)
    client.submit_registration_version(RegistrationId=registration_id)
    incomplete = create(client)
    with refused("ConflictException", "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED") as response:
        client.submit_registration_version(RegistrationId=incomplete)
    assert (response["ResourceId"], "companyInfo.taxId" in response["Error"]["Message"]) == (incomplete, True)
    assert statuses(client, incomplete) == ("CREATED", "DRAFT")


def with_disallowed_value(client):
    registration_id = create(client)
    fill(client, registration_id)
    put(client, registration_id, "companyInfo.stockSymbol", TextValue="EXMP")
    return registration_id


@pytest.mark.parametrize("form_check", ["submit", "conflict", "denial", "none"])
def test_a_disallowed_value_may_be_denied(client, fake, form_check):
    fake.configure(form_check=form_check, disallowed_values_denied=True, describes_until_denial=0)
    registration_id = with_disallowed_value(client)
    client.submit_registration_version(RegistrationId=registration_id)
    assert statuses(client, registration_id) == ("REQUIRES_UPDATES", "DENIED")
    assert reasons(client, registration_id) == [("CONDITIONAL_FIELD_NOT_ALLOWED", "Conditional field not allowed")]
    denied = {
        path: value["DeniedReason"] for path, value in read(client, registration_id).items() if "DeniedReason" in value
    }
    assert denied == {"companyInfo.stockSymbol": "CONDITIONAL_FIELD_NOT_ALLOWED"}


def test_missing_values_are_refused_where_disallowed_are_denied(client, fake):
    fake.configure(disallowed_values_denied=True, required_values_deletable=True)
    registration_id = with_disallowed_value(client)
    client.delete_registration_field_value(RegistrationId=registration_id, FieldPath="companyInfo.taxId")
    with refused("ValidationException", "FIELD_VALIDATION_FAILED") as response:
        client.submit_registration_version(RegistrationId=registration_id)
    assert [field["Name"] for field in response["Fields"]] == ["companyInfo.taxId"]
    assert statuses(client, registration_id) == ("CREATED", "DRAFT")


def reasons(client, registration_id):
    (version,) = client.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"]
    return [(reason["Reason"], reason["ShortDescription"]) for reason in version["DeniedReasons"]]


def denied_with_a_missing_value(client, fake, **changes):
    fake.configure(required_values_deletable=True, describes_until_denial=0, **changes)
    registration_id = create(client)
    fill(client, registration_id)
    client.delete_registration_field_value(RegistrationId=registration_id, FieldPath="companyInfo.taxId")
    client.submit_registration_version(RegistrationId=registration_id)
    if fake.behavior.form_check == "none":
        fake.review.deny(registration_id, reasons=["MISSING_REQUIRED_FIELD"])
    assert statuses(client, registration_id) == ("REQUIRES_UPDATES", "DENIED")
    return registration_id


@pytest.mark.parametrize("form_check", ["denial", "none"])
@pytest.mark.parametrize(("listed", "is_listed"), [("never", False), ("denied", True), ("draft", True)])
def test_a_denied_version_may_list_what_had_no_value(client, fake, form_check, listed, is_listed):
    registration_id = denied_with_a_missing_value(client, fake, form_check=form_check, missing_values_listed=listed)
    values = read(client, registration_id)
    expected = {"FieldPath": "companyInfo.taxId", "DeniedReason": "MISSING_REQUIRED_FIELD"}
    assert values.get("companyInfo.taxId") == (expected if is_listed else None)
    assert "companyInfo.stockSymbol" not in values, "it is not required"
    assert "DeniedReason" not in values["companyInfo.companyName"]


@pytest.mark.parametrize(("listed", "is_listed"), [("never", False), ("denied", False), ("draft", True)])
def test_a_draft_may_list_what_has_no_value(client, fake, listed, is_listed):
    fake.configure(missing_values_listed=listed)
    registration_id = create(client)
    put(client, registration_id, "companyInfo.legalType", SelectChoices=["PUBLIC_PROFIT"])
    values = read(client, registration_id)
    missing = {path: value["DeniedReason"] for path, value in values.items() if "DeniedReason" in value}
    assert ("companyInfo.taxId" in missing) == is_listed
    if is_listed:
        assert missing["companyInfo.taxId"] == "MISSING_REQUIRED_FIELD"
        assert missing["companyInfo.stockSymbol"] == "MISSING_CONDITIONAL_FIELD"
    assert values["companyInfo.legalType"] == {
        "FieldPath": "companyInfo.legalType",
        "SelectChoices": ["PUBLIC_PROFIT"],
    }
    fill(client, registration_id)
    put(client, registration_id, "companyInfo.legalType", SelectChoices=["PRIVATE_PROFIT"])
    client.submit_registration_version(RegistrationId=registration_id)
    assert not any("DeniedReason" in value for value in read(client, registration_id).values())


def test_automatic_denials_give_codes_or_titles(client, fake):
    registration_id = denied_with_a_missing_value(client, fake, form_check="denial")
    assert reasons(client, registration_id) == [("MISSING_REQUIRED_FIELD", "Missing required field")]
    registration_id = denied_with_a_missing_value(client, fake, form_check="denial", denied_reasons_as="title")
    assert reasons(client, registration_id) == [("Missing required field", "Missing required field")]
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
    with refused("ValidationException", "FIELD_VALIDATION_FAILED") as response:
        client.submit_registration_version(RegistrationId=registration_id)
    assert response["Fields"] == [{"Name": "companyInfo.stockSymbol", "Message": "Conditional field not allowed"}]


def test_attachment_must_be_uploaded(client, fake):
    registration_id = create(client, TFN)
    path = "messagingUseCase.optInImage"
    attachment_id = client.create_registration_attachment(AttachmentBody=PNG)["RegistrationAttachmentId"]
    with refused("ConflictException", "RESOURCE_NOT_ACTIVE") as response:
        put(client, registration_id, path, RegistrationAttachmentId=attachment_id)
    assert response["ResourceType"] == "registration-attachment"
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


EXAMPLES = [TFN, BRAND, CAMPAIGN, RCS, SINGAPORE, INDONESIA, "IN_SENDER_ID_REGISTRATION"]


@pytest.mark.parametrize("registration_type", EXAMPLES)
def test_example_form_is_valid_and_short(fake, registration_type):
    definition = fake.definitions[registration_type]
    values = forms.example(definition, fake.behavior, "attachment-1")
    assert forms.problems(definition, values, fake.behavior) == {}
    for path in values:
        rest = {other: value for other, value in values.items() if other != path}
        assert forms.problems(definition, rest, fake.behavior), f"{path} is not needed"


def problems_with(fake, registration_type, *values):
    """The invalid fields of the shortest valid form with these values."""
    definition = fake.definitions[registration_type]
    form = forms.example(definition, fake.behavior, "attachment-1")
    return set(forms.problems(definition, form | {value.field_path: value for value in values}, fake.behavior))


def test_a_contact_website_of_an_rcs_agent_needs_a_label(fake):
    assert not fake.example_form(RCS, attachment_id="attachment-1").keys() & {
        "agentDetails.billingCategory",
        "complianceKeywords.helpResponse",
        "complianceKeywords.stopResponse",
    }
    website = FieldValue("agentDetails.contactWebsite", text_value="https://www.example.com")
    label = FieldValue("agentDetails.contactWebsiteLabel", text_value="Visit us")
    assert problems_with(fake, RCS, website) == {"agentDetails.contactWebsiteLabel"}
    assert problems_with(fake, RCS, website, label) == set()


def test_companies_in_indonesia_need_more_files(fake):
    country = "companyAddress.isoCountryCode"
    assert problems_with(fake, INDONESIA, FieldValue(country, text_value="SG")) == set()
    fake.definitions[INDONESIA].field(country)["DisplayHints"]["ExampleTextValue"] = "SG"
    assert problems_with(fake, INDONESIA, FieldValue(country, text_value="ID")) == {
        f"idSidSpecificInfo.{name}"
        for name in (
            "letterOfAuthorization1",
            "letterOfAuthorization2",
            "letterOfAuthorization4",
            "nomorPokokWajibPajakDocument",
            "nomorIndukBerusahaDocument",
        )
    }


def test_an_example_that_is_not_valid_is_named(fake):
    fake.definitions[BRAND].field("companyInfo.city")["TextValidation"]["Pattern"] = "^[0-9]+$"
    with pytest.raises(ValueError, match=r"no valid example of companyInfo\.city: .*pattern"):
        fake.example_form(BRAND)


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
    assert forms.resolve(field, values, ServiceBehavior())[0] == ("REQUIRED" if holds else "OPTIONAL")
    if value is None and operator.startswith("NOT_"):
        assert forms.resolve(field, values, ServiceBehavior(unset_matches_negations=False))[0] == "OPTIONAL"


def test_first_matching_rule_wins_and_brings_its_validation():
    definition = Definitions()["US_TOLL_FREE_REGISTRATION"]
    field = definition.field("companyInfo.taxId")
    base = {
        "companyInfo.taxIdAuthority": FieldValue("companyInfo.taxIdAuthority", select_choices=["EIN"]),
        "companyInfo.taxIdCountry": FieldValue("companyInfo.taxIdCountry", text_value="US"),
    }
    sole = FieldValue("companyInfo.businessType", select_choices=["SOLE_PROPRIETOR"])
    assert forms.resolve(field, {**base, sole.field_path: sole}, ServiceBehavior()) == ("OPTIONAL", {})
    requirement, override = forms.resolve(field, base, ServiceBehavior())
    assert (requirement, override["Pattern"]) == ("REQUIRED", "^[0-9]{2}-?[0-9]{7}$")
    wrong = FieldValue("companyInfo.taxId", text_value="DE123")
    problem = forms.problems(definition, {**base, "companyInfo.taxId": wrong}, ServiceBehavior())["companyInfo.taxId"]
    assert (problem.code, "pattern" in problem.message) == ("INVALID_FIELD_VALUE", True)
