"""Registration types, and paged lists."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import boto3
import pytest
from botocore.session import get_session

from moto_sms_voice import definitions
from moto_sms_voice.definitions import Definitions, Ground, TypeDefinition
from support.fake_help import BRAND, CAMPAIGN, INDONESIA, RCS, SINGAPORE, TFN, VETTING, create, refused

TYPES = [definition.name for definition in Definitions().all()]
INDIA = "IN_SENDER_ID_REGISTRATION"
GROUNDS = set(get_args(Ground))


def field_paths(client, **arguments):
    pages = client.get_paginator("describe_registration_field_definitions").paginate(**arguments)
    return [field["FieldPath"] for page in pages for field in page["RegistrationFieldDefinitions"]]


def test_registration_types_are_listed(client):
    pages = client.get_paginator("describe_registration_type_definitions").paginate()
    names = [one["RegistrationType"] for page in pages for one in page["RegistrationTypeDefinitions"]]
    assert names == sorted(TYPES)
    assert {TFN, BRAND, VETTING, CAMPAIGN, RCS, SINGAPORE, INDONESIA, INDIA} <= set(names)
    with refused("ValidationException", "UNKNOWN_REGISTRATION_TYPE"):
        client.describe_registration_type_definitions(RegistrationTypes=["XX_SENDER_ID_REGISTRATION"])


def test_types_by_association(client):
    def found(name, value):
        response = client.describe_registration_type_definitions(Filters=[{"Name": name, "Values": [value]}])
        return [one["RegistrationType"] for one in response["RegistrationTypeDefinitions"]]

    assert found("supported-association-resource-type", "TOLL_FREE") == [TFN]
    assert found("supported-association-iso-country-code", "SG") == [SINGAPORE]


@pytest.mark.parametrize("registration_type", TYPES)
def test_shipped_forms_are_consistent(registration_type):
    definition = Definitions()[registration_type]
    paths = [field["FieldPath"] for field in definition.fields]
    assert len(paths) == len(set(paths))
    sections = {section["SectionPath"] for section in definition.sections}
    for field in definition.fields:
        assert field["SectionPath"] in sections
        assert ("TextValidation" in field) == (field["FieldType"] == "TEXT")
        assert ("SelectValidation" in field) == (field["FieldType"] == "SELECT")
        assert ("ConditionalBehavior" in field) == (field["FieldRequirement"] == "CONDITIONAL")
        if "TextValidation" in field:
            re.compile(field["TextValidation"]["Pattern"])
        for rule in field.get("ConditionalBehavior", {}).get("Rules", ()):
            for condition in rule["Conditions"]:
                assert condition["DependsOnFieldPath"] in paths


@pytest.mark.parametrize("registration_type", TYPES)
def test_each_field_says_what_it_rests_on(registration_type):
    file = Path(definitions.__file__).with_name(f"{registration_type}.json")
    fields = json.loads(file.read_text())["RegistrationFieldDefinitions"]
    explained = json.loads(file.read_text())["Basis"]["Fields"]
    assert list(explained) == [field["FieldPath"] for field in fields]
    for field in fields:
        basis = definitions.basis(registration_type, field["FieldPath"])
        assert {basis.path, basis.requirement} <= GROUNDS
        assert basis.validation in (GROUNDS if field["FieldType"] != "ATTACHMENT" else {None})
    type_basis = definitions.type_basis(registration_type)
    assert {type_basis.name, type_basis.association} <= GROUNDS


def test_basis_of_a_field():
    assert definitions.basis(TFN, "messagingUseCase.useCaseCategory").validation == "seen"
    assert definitions.basis(INDONESIA, "messagingUseCase.useCaseCategory").validation == "documented"
    inferred = definitions.basis(RCS, "agentDetails.billingCategory")
    assert (inferred.requirement, inferred.note.startswith("Not in the guide's list")) == ("inferred", True)
    assert definitions.type_basis(SINGAPORE).name == "seen"
    with pytest.raises(KeyError):
        definitions.basis(TFN, "companyInfo.nothing")


@pytest.mark.parametrize("registration_type", TYPES)
def test_a_definition_holds_only_what_the_api_knows(registration_type):
    model = get_session().get_service_model("pinpoint-sms-voice-v2")
    definition = Definitions()[registration_type]
    for name, members in (
        ("RegistrationTypeDefinition", [definition.type_definition]),
        ("RegistrationSectionDefinition", definition.sections),
        ("RegistrationFieldDefinition", definition.fields),
    ):
        assert all(member.keys() <= model.shape_for(name).members.keys() for member in members)


def choices(registration_type, path):
    return set(Definitions()[registration_type].field(path)["SelectValidation"]["Options"])


def test_choices_are_those_of_the_live_form():
    assert choices(TFN, "messagingUseCase.useCaseCategory") == {
        "ONE_TIME_PASSCODES",
        "ACCOUNT_NOTIFICATIONS",
        "DELIVERY_NOTIFICATIONS",
        "EVENT_NOTIFICATIONS",
        "APPOINTMENT",
        "CUSTOMER_CARE",
        "EDUCATION",
        "BOOKING",
        "FINANCIAL_TRANSACTIONS",
        "HEALTH_CARE",
        "PUBLIC_ANNOUNCEMENTS",
        "NON_PROFIT",
        "NON_POLITICAL_POLLING_AND_SURVEY",
        "PROMOTIONS_AND_MARKETING",
    }
    promotions = {"Promotions and marketing"}
    path = "messagingUseCase.useCaseCategory"
    assert choices(INDONESIA, path) - choices(INDIA, path) == promotions


@pytest.mark.parametrize("website", ["example.com", "www.example.com/sms", "https://www.example.com"])
def test_a_toll_free_website_needs_no_scheme(client, website):
    client.put_registration_field_value(
        RegistrationId=create(client, TFN), FieldPath="companyInfo.website", TextValue=website
    )


@pytest.mark.parametrize("website", ["example", "https://", "ftp://example.com", "our shop.com", "https://shop"])
def test_a_toll_free_website_is_an_address(client, website):
    with refused("ValidationException", "INVALID_PARAMETER"):
        client.put_registration_field_value(
            RegistrationId=create(client, TFN), FieldPath="companyInfo.website", TextValue=website
        )


@pytest.mark.parametrize(("volume", "is_accepted"), [("1", True), ("100000", True), ("0", False), ("100001", False)])
def test_rcs_volume_is_a_number_up_to_100000(client, volume, is_accepted):
    def put():
        return client.put_registration_field_value(
            RegistrationId=registration_id, FieldPath="agentDetails.monthlyRcsVolume", TextValue=volume
        )

    registration_id = create(client, RCS)
    if is_accepted:
        assert put()["TextValue"] == volume
    else:
        with refused("ValidationException", "INVALID_PARAMETER"):
            put()


def test_a_client_that_does_not_page_sees_a_part(client):
    whole = field_paths(client, RegistrationType=TFN)
    assert len(whole) == 27
    first = client.describe_registration_field_definitions(RegistrationType=TFN)["RegistrationFieldDefinitions"]
    assert [field["FieldPath"] for field in first] == whole[:10]


@pytest.mark.parametrize("size", [1, 3, 10, 100])
def test_pages_of_any_size(client, fake, size):
    fake.configure(page_size=size)
    assert len(field_paths(client, RegistrationType=TFN)) == 27
    assert len(field_paths(client, RegistrationType=TFN, PaginationConfig={"PageSize": 7})) == 27


def test_parts_of_a_form(client):
    assert field_paths(client, RegistrationType=TFN, SectionPath="messageSamples") == [
        f"messageSamples.messageSample{number}" for number in (1, 2, 3)
    ]
    assert field_paths(client, RegistrationType=TFN, FieldPaths=["companyInfo.city"]) == ["companyInfo.city"]
    sections = client.describe_registration_section_definitions(RegistrationType=TFN)["RegistrationSectionDefinitions"]
    assert [section["SectionPath"] for section in sections] == [
        "companyInfo",
        "contactInfo",
        "messagingUseCase",
        "messageSamples",
    ]
    with refused("ValidationException", "UNKNOWN_REGISTRATION_SECTION"):
        field_paths(client, RegistrationType=TFN, SectionPath="nothing")
    with refused("ValidationException", "UNKNOWN_REGISTRATION_FIELD"):
        field_paths(client, RegistrationType=TFN, FieldPaths=["companyInfo.nothing"])
    with refused("ValidationException", "UNKNOWN_REGISTRATION_SECTION"):
        client.describe_registration_section_definitions(RegistrationType=TFN, SectionPaths=["nothing"])


def test_choices_may_contain_commas(client):
    (field,) = client.describe_registration_field_definitions(
        RegistrationType=TFN, FieldPaths=["messagingUseCase.monthlyMessageVolume"]
    )["RegistrationFieldDefinitions"]
    assert "1,000" in field["SelectValidation"]["Options"]


def test_forms_change(client, fake):
    definition = fake.definitions[BRAND]
    definition.fields.append({**definition.field("companyInfo.city"), "FieldPath": "companyInfo.county"})
    assert "companyInfo.county" in field_paths(client, RegistrationType=BRAND)
    assert "companyInfo.county" not in [field["FieldPath"] for field in Definitions()[BRAND].fields]


def test_registration_types_can_be_added_and_removed(client, fake):
    fake.definitions.add(
        TypeDefinition({"RegistrationType": "XX_LONG_CODE_REGISTRATION", "DisplayHints": {"Title": "New"}}, [], [])
    )
    create(client, "XX_LONG_CODE_REGISTRATION")
    fake.definitions.remove(BRAND)
    assert BRAND not in fake.definitions
    with refused("ValidationException", "UNKNOWN_REGISTRATION_TYPE"):
        create(client, BRAND)


@pytest.mark.parametrize("token", ["nonsense", "cGFnZTp4", "****", "LTE="])
def test_wrong_next_token(client, token):
    with refused("ValidationException", "INVALID_NEXT_TOKEN"):
        client.describe_registrations(NextToken=token)


def test_filters(client, fake):
    brand, vetting = create(client, BRAND), create(client, VETTING)
    fake.review.close(vetting)

    def found(**filters):
        wanted = [{"Name": name.replace("_", "-"), "Values": values} for name, values in filters.items()]
        return [one["RegistrationId"] for one in client.describe_registrations(Filters=wanted)["Registrations"]]

    assert found(registration_type=[BRAND]) == [brand]
    assert found(registration_status=["CLOSED"]) == [vetting]
    assert found(registration_status=["CLOSED", "CREATED"]) == [brand, vetting]
    assert found(registration_status=["CLOSED"], registration_type=[BRAND]) == []
    with refused("ValidationException", "INVALID_PARAMETER"):
        found(color=["blue"])


def test_too_long_and_too_many(client):
    with refused("ValidationException", "INVALID_PARAMETER") as response:
        client.describe_registrations(RegistrationIds=["registration-0"] * 6, MaxResults=101)
    assert [field["Name"] for field in response["Fields"]] == ["registrationIds", "maxResults"]


def test_accounts_and_regions_are_apart(fake):
    here = boto3.client("pinpoint-sms-voice-v2", region_name="us-east-1")
    there = boto3.client("pinpoint-sms-voice-v2", region_name="eu-central-1")
    registration_id = create(here)
    assert there.describe_registrations()["Registrations"] == []
    with refused("ResourceNotFoundException"):
        there.describe_registrations(RegistrationIds=[registration_id])
