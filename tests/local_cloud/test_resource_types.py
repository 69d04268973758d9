"""CloudFormation's native resource types of the service, on the fake service in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore import xform_name
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from moto import mock_aws

import moto_sms_voice
from local_cloud.server.resource_types import RESOURCE_TYPES, ResourceError, ResourceHandlers
from moto_sms_voice.exceptions import ConflictException

moto_sms_voice.register()

NUMBER: dict[str, Any] = {
    "IsoCountryCode": "US",
    "NumberType": "TOLL_FREE",
    "NumberCapabilities": ["SMS"],
    "MandatoryKeywords": {"HELP": {"Message": "Call us"}, "STOP": {"Message": "No more"}},
}
AGENT: dict[str, Any] = {}
REGISTRATION: dict[str, Any] = {"RegistrationType": "TEST_RCS_LAUNCH_REGISTRATION"}
EVERY = [("PhoneNumber", NUMBER), ("RcsAgent", AGENT), ("Registration", REGISTRATION)]


@pytest.fixture
def fake() -> Iterator[moto_sms_voice.SmsVoiceBackend]:
    with mock_aws():
        yield moto_sms_voice.backend()


@pytest.fixture
def handlers(fake: moto_sms_voice.SmsVoiceBackend) -> Callable[[str], ResourceHandlers]:
    client = boto3.client("pinpoint-sms-voice-v2", region_name="us-east-1")

    def call(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        response: dict[str, Any] = getattr(client, xform_name(operation))(**parameters)
        return response

    return lambda noun: ResourceHandlers(next(kind for kind in RESOURCE_TYPES if kind.noun == noun), call)


def tags_of(fake: moto_sms_voice.SmsVoiceBackend, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in fake.list_tags_for_resource(resource_arn=arn)["Tags"]}


@pytest.mark.parametrize("kind", RESOURCE_TYPES, ids=lambda kind: kind.noun)
def test_types_match_the_published_schemas(kind: Any) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind.name).schema

    def names(key: str) -> set[str]:
        return {pointer.rpartition("/")[2] for pointer in schema.get(key, [])}

    assert schema["primaryIdentifier"] == [f"/properties/{kind.ref}"]
    assert set(kind.required) == set(schema.get("required", []))
    assert set(kind.create_only) == names("createOnlyProperties")
    assert {name.partition(".")[0] for name in kind.attributes} == names("readOnlyProperties")
    settable = {*kind.create_only, *kind.settings, *kind.ignored, "Tags"}
    assert settable == schema["properties"].keys() - names("readOnlyProperties")


def test_phone_number_is_created_with_its_tags(handlers: Any, fake: moto_sms_voice.SmsVoiceBackend) -> None:
    tags = [{"Key": "team", "Value": "growth"}, {"Key": "aws:cloudformation:stack-name", "Value": "Mine"}]
    ref, attributes = handlers("PhoneNumber").create("Number", {**NUMBER, "Tags": tags}, "Stack")

    [number] = fake.store.phone_numbers.values()
    assert ref == number.phone_number_id
    assert attributes == {
        "Arn": number.phone_number_arn,
        "PhoneNumber": number.phone_number,
        "PhoneNumberId": number.phone_number_id,
    }
    assert (number.number_type, number.iso_country_code, number.number_capabilities) == ("TOLL_FREE", "US", ["SMS"])
    assert tags_of(fake, number.phone_number_arn) == {"team": "growth"}


def test_settings_change_and_return_to_their_defaults(handlers: Any, fake: moto_sms_voice.SmsVoiceBackend) -> None:
    phone_numbers = handlers("PhoneNumber")
    topic = "arn:aws:sns:us-east-1:123456789012:Replies"
    first = {**NUMBER, "DeletionProtectionEnabled": "true", "TwoWay": {"Enabled": True, "ChannelArn": topic}}
    ref, _ = phone_numbers.create("Number", first, "Stack")
    number = fake.number(ref)
    assert (number.deletion_protection_enabled, number.two_way_enabled, number.two_way_channel_arn) == (
        True,
        True,
        topic,
    )

    assert phone_numbers.update(ref, first, {**NUMBER, "OptOutListName": "Shop"}, "Stack")[0] == ref
    assert (number.deletion_protection_enabled, number.two_way_enabled, number.opt_out_list_name) == (
        False,
        False,
        "Shop",
    )

    phone_numbers.update(ref, {**NUMBER, "OptOutListName": "Shop"}, NUMBER, "Stack")
    assert number.opt_out_list_name == "Default"
    assert len(fake.calls_to("UpdatePhoneNumber")) == 3


@pytest.mark.parametrize(("noun", "properties"), EVERY)
def test_tags_are_changed(noun: str, properties: Any, handlers: Any, fake: moto_sms_voice.SmsVoiceBackend) -> None:
    old = {**properties, "Tags": [{"Key": "team", "Value": "growth"}, {"Key": "stage", "Value": "test"}]}
    new = {**properties, "Tags": [{"Key": "team", "Value": "shop"}]}
    ref, attributes = handlers(noun).create("Thing", old, "Stack")
    handlers(noun).update(ref, old, new, "Stack")

    arn = next(value for name, value in attributes.items() if name.endswith("Arn"))
    assert tags_of(fake, arn) == {"team": "shop"}
    assert [call.operation for call in fake.writes[1:]] == ["UntagResource", "TagResource"]


@pytest.mark.parametrize(("noun", "properties"), EVERY)
def test_delete_of_a_deleted_resource_succeeds(noun: str, properties: Any, handlers: Any) -> None:
    ref, _ = handlers(noun).create("Thing", properties, "Stack")
    handlers(noun).delete(ref, properties)
    handlers(noun).delete(ref, properties)


def test_refused_delete_says_why(handlers: Any) -> None:
    protected = {"DeletionProtectionEnabled": True}
    ref, _ = handlers("RcsAgent").create("Agent", protected, "Stack")
    with pytest.raises(ResourceError, match=r"Deletion protection is on.*HandlerErrorCode: ResourceConflict"):
        handlers("RcsAgent").delete(ref, protected)


def test_partly_created_resource_is_deleted(handlers: Any, fake: moto_sms_voice.SmsVoiceBackend) -> None:
    fake.inject("UpdatePhoneNumber", error=ConflictException("busy", "RESOURCE_NOT_ACTIVE", "phone-number", "phone-1"))
    with pytest.raises(ResourceError, match="busy"):
        handlers("PhoneNumber").create("Number", {**NUMBER, "SelfManagedOptOutsEnabled": True}, "Stack")
    assert not fake.store.phone_numbers


def test_properties_are_checked_before_the_first_call(handlers: Any, fake: moto_sms_voice.SmsVoiceBackend) -> None:
    wrong = {"IsoCountryCode": "US", "NumberCapabilities": ["SMS"], "MandatoryKeywords": {}, "Pool": "mine"}
    with pytest.raises(ResourceError) as refused:
        handlers("PhoneNumber").create("Number", wrong, "Stack")
    assert str(refused.value) == (
        "Properties validation failed for resource Number with message:\n"
        "[#: extraneous key [Pool] is not permitted, #: required key [NumberType] not found]"
    )
    assert not fake.calls


def test_attributes_show_the_current_state(handlers: Any, fake: moto_sms_voice.SmsVoiceBackend) -> None:
    agent, agent_attributes = handlers("RcsAgent").create("Agent", AGENT, "Stack")
    assert agent == agent_attributes["RcsAgentArn"]
    assert "TestingAgent.RegistrationId" not in agent_attributes
    registration, attributes = handlers("Registration").create("Registration", REGISTRATION, "Stack")
    assert registration == attributes["RegistrationArn"]
    assert (attributes["RegistrationStatus"], attributes["CurrentVersionNumber"]) == ("CREATED", 1)
    fake.create_registration_association(registration_id=registration, resource_id=agent)

    tagged = {"Tags": [{"Key": "team", "Value": "growth"}]}
    _, agent_attributes = handlers("RcsAgent").update(agent, AGENT, {**AGENT, **tagged}, "Stack")
    assert agent_attributes["TestingAgent.RegistrationId"] == attributes["RegistrationId"]
    assert agent_attributes["TestingAgent.TestingAgentStatus"] == "CREATED"
