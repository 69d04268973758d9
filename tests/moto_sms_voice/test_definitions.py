"""Registration types, and lists in pages."""

from __future__ import annotations

import re

import boto3
import pytest

from moto_sms_voice.definitions import Definitions, TypeDefinition
from support.fake_help import BRAND, CAMPAIGN, RCS, SINGAPORE, TFN, VETTING, create, refused

TYPES = [definition.name for definition in Definitions().all()]


def field_paths(client, **arguments):
    pages = client.get_paginator("describe_registration_field_definitions").paginate(**arguments)
    return [field["FieldPath"] for page in pages for field in page["RegistrationFieldDefinitions"]]


def test_types(client):
    pages = client.get_paginator("describe_registration_type_definitions").paginate()
    names = [one["RegistrationType"] for page in pages for one in page["RegistrationTypeDefinitions"]]
    assert names == sorted(TYPES)
    assert {TFN, BRAND, VETTING, CAMPAIGN, RCS, SINGAPORE, "IN_SENDER_ID_REGISTRATION"} <= set(names)
    with refused("ValidationException", "UNKNOWN_REGISTRATION_TYPE"):
        client.describe_registration_type_definitions(RegistrationTypes=["XX_SENDER_ID_REGISTRATION"])


def test_types_by_association(client):
    def found(name, value):
        answer = client.describe_registration_type_definitions(Filters=[{"Name": name, "Values": [value]}])
        return [one["RegistrationType"] for one in answer["RegistrationTypeDefinitions"]]

    assert found("supported-association-resource-type", "TOLL_FREE") == [TFN]
    assert found("supported-association-iso-country-code", "SG") == [SINGAPORE]


@pytest.mark.parametrize("registration_type", TYPES)
def test_shipped_forms_hold_together(registration_type):
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


def test_types_come_and_go(client, fake):
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
    with refused("ValidationException", "INVALID_PARAMETER") as answer:
        client.describe_registrations(RegistrationIds=["registration-0"] * 6, MaxResults=101)
    assert [field["Name"] for field in answer["Fields"]] == ["registrationIds", "maxResults"]


def test_accounts_and_regions_are_apart(fake):
    here = boto3.client("pinpoint-sms-voice-v2", region_name="us-east-1")
    there = boto3.client("pinpoint-sms-voice-v2", region_name="eu-central-1")
    registration_id = create(here)
    assert there.describe_registrations()["Registrations"] == []
    with refused("ResourceNotFoundException"):
        there.describe_registrations(RegistrationIds=[registration_id])
