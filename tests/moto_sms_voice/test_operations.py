"""Every operation, in this process and over HTTP, against the API's model (the client checks each response)."""

from __future__ import annotations

import inspect

import pytest
from botocore import xform_name

import moto_sms_voice
from moto_sms_voice.models import OPERATIONS
from moto_sms_voice.validation import operation_model, service_model
from support.fake_help import (
    BRAND,
    CAMPAIGN,
    INDONESIA,
    RCS,
    SINGAPORE,
    TFN,
    VETTING,
    attach,
    create,
    fill,
    refused,
    statuses,
)

TAGS = [{"Key": "team", "Value": "growth"}]
#: Members that the fake ignores: destinations for replies to an RCS agent.
NOT_FAKED = {
    "UpdateRcsAgent": {
        "TwoWayMediaS3BucketName",
        "TwoWayMediaS3KeyPrefix",
        "TwoWayMediaS3Role",
        "TwoWayRcsEventsEnabled",
    }
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_backend_methods_match_the_api_parameters(operation):
    method = getattr(moto_sms_voice.SmsVoiceBackend, xform_name(operation))
    known = {xform_name(name) for name in operation_model(operation).input_shape.members}
    taken = set(inspect.signature(method).parameters) - {"self"}
    assert known - taken == {xform_name(name) for name in NOT_FAKED.get(operation, ())}
    assert taken <= known


def test_every_registration_operation_is_faked():
    wanted = {name for name in service_model().operation_names if "Registration" in name}
    assert len(wanted) == 18
    assert wanted <= set(OPERATIONS)


def walk(client):
    """Call every operation with every option that changes its response."""
    fake = moto_sms_voice.backend()
    for kind in (TFN, BRAND, VETTING, CAMPAIGN, RCS, SINGAPORE, INDONESIA, "IN_SENDER_ID_REGISTRATION"):
        for part in ("field", "section"):
            paginator = client.get_paginator(f"describe_registration_{part}_definitions")
            assert list(paginator.paginate(RegistrationType=kind))
    client.describe_registration_type_definitions(MaxResults=100)
    client.describe_account_limits()

    toll_free = create(client, TFN, Tags=TAGS)
    number = client.request_phone_number(
        IsoCountryCode="US",
        MessageType="TRANSACTIONAL",
        NumberCapabilities=["SMS", "VOICE"],
        NumberType="TOLL_FREE",
        RegistrationId=toll_free,
        Tags=TAGS,
    )
    client.describe_phone_numbers(Filters=[{"Name": "number-capability", "Values": ["VOICE"]}])
    client.update_phone_number(PhoneNumberId=number["PhoneNumberId"], SelfManagedOptOutsEnabled=True)
    fill(client, toll_free)
    client.delete_registration_field_value(RegistrationId=toll_free, FieldPath="messageSamples.messageSample2")
    client.submit_registration_version(RegistrationId=toll_free, AwsReview=True)
    client.describe_registration_attachments()
    client.list_registration_associations(RegistrationId=toll_free)
    fake.review.deny(toll_free, fields={"companyInfo.taxId": "Wrong"}, feedback="Look again")
    statuses(client, toll_free)
    client.describe_registration_field_values(RegistrationId=toll_free, MaxResults=100)
    client.create_registration_version(RegistrationId=toll_free)
    fill(client, toll_free)
    client.submit_registration_version(RegistrationId=toll_free)
    client.discard_registration_version(RegistrationId=toll_free)
    client.release_phone_number(PhoneNumberId=number["PhoneNumberId"])
    client.delete_registration(RegistrationId=toll_free)

    agent = client.create_rcs_agent(Tags=TAGS)
    rcs = create(client, RCS)
    client.create_registration_association(RegistrationId=rcs, ResourceId=agent["RcsAgentArn"])
    client.describe_rcs_agents(Filters=[{"Name": "two-way-enabled", "Values": ["false"]}])
    client.update_rcs_agent(RcsAgentId=agent["RcsAgentId"], DeletionProtectionEnabled=False)
    client.delete_registration(RegistrationId=rcs)
    client.delete_rcs_agent(RcsAgentId=agent["RcsAgentId"])

    sender = create(client, SINGAPORE)
    fill(client, sender)
    client.submit_registration_version(RegistrationId=sender)
    fake.review.approve(sender)
    client.describe_registrations()
    client.describe_sender_ids(SenderIds=[{"SenderId": "EXAMPL", "IsoCountryCode": "SG"}])
    client.release_sender_id(SenderId="EXAMPL", IsoCountryCode="SG")

    arn = client.create_registration(RegistrationType=BRAND)["RegistrationArn"]
    client.tag_resource(ResourceArn=arn, Tags=TAGS)
    client.list_tags_for_resource(ResourceArn=arn)
    client.untag_resource(ResourceArn=arn, TagKeys=["team"])
    client.delete_registration_attachment(RegistrationAttachmentId=attach(client))
    with refused("ResourceNotFoundException"):
        client.describe_registrations(RegistrationIds=[toll_free])
    return {call.operation for call in fake.calls}


def test_responses_match_the_api_model(anywhere):
    assert walk(anywhere) == set(OPERATIONS)


def test_a_parameter_that_is_not_faked_says_so(client):
    agent_id = client.create_rcs_agent()["RcsAgentId"]
    with refused("ValidationException", "UNSPECIFIED_PARAMETER_NOT_SUPPORTED") as response:
        client.update_rcs_agent(RcsAgentId=agent_id, TwoWayMediaS3KeyPrefix="media")
    assert "two_way_media_s3_key_prefix" in response["Error"]["Message"]


def test_a_test_may_wrap_an_operation_of_its_backend(client, fake):
    submit = fake.submit_registration_version

    def submit_and_deny(**parameters):
        response = submit(**parameters)
        fake.review.deny(parameters["registration_id"])
        return response

    fake.submit_registration_version = submit_and_deny
    registration_id = create(client)
    fill(client, registration_id)
    client.submit_registration_version(RegistrationId=registration_id)
    assert statuses(client, registration_id) == ("REQUIRES_UPDATES", "DENIED")
