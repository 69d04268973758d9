"""Client tokens, tags and limits."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from support.fake_help import BRAND, PNG, VETTING, create, refused, submitted
from support.fake_help import toll_free_number as request

TAGS = [{"Key": "team", "Value": "growth"}]


def test_same_token_is_the_same_registration(client, fake):
    first = client.create_registration(RegistrationType=BRAND, Tags=TAGS, ClientToken="token")
    second = client.create_registration(RegistrationType=BRAND, Tags=TAGS, ClientToken="token")
    for response in (first, second):
        response.pop("ResponseMetadata")
    assert first == second
    assert len(fake.live_registrations()) == 1
    assert len(fake.writes) == 1
    assert len(fake.calls_to("CreateRegistration")) == 2


@pytest.mark.parametrize("changed", [{"RegistrationType": VETTING, "Tags": TAGS}, {"RegistrationType": BRAND}])
def test_same_token_with_other_parameters(client, fake, changed):
    first = create(client, Tags=TAGS, ClientToken="token")
    with refused("ConflictException", "RESOURCE_ALREADY_EXISTS") as response:
        client.create_registration(ClientToken="token", **changed)
    assert (response["ResourceType"], response["ResourceId"]) == ("registration", first)
    fake.configure(client_token_mismatch="original")
    assert client.create_registration(ClientToken="token", **changed)["RegistrationId"] == first
    fake.configure(client_token_mismatch="new")
    assert client.create_registration(ClientToken="token", **changed)["RegistrationId"] != first


def test_order_of_tags_does_not_matter(client):
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    assert create(client, Tags=tags, ClientToken="token") == create(client, Tags=tags[::-1], ClientToken="token")


def test_tokens_are_forgotten_after_a_time(client, fake):
    now = datetime(2026, 1, 1, tzinfo=timezone.utc)
    fake.configure(client_token_retention=timedelta(hours=8), now=lambda: now)
    first = create(client, ClientToken="token")
    now += timedelta(hours=7)
    assert create(client, ClientToken="token") == first
    now += timedelta(hours=1)
    assert create(client, ClientToken="token") != first


def test_tokens_may_be_forgotten_at_once(client, fake):
    fake.configure(client_token_retention=timedelta(0))
    assert create(client, ClientToken="token") != create(client, ClientToken="token")


def test_only_the_latest_tokens_may_be_remembered(client, fake):
    fake.configure(client_tokens_remembered=1, client_token_retention=None)
    first, second = create(client, ClientToken="first"), create(client, ClientToken="second")
    assert create(client, ClientToken="second") == second
    assert create(client, ClientToken="first") != first


def test_token_of_a_deleted_registration(client, fake):
    first = create(client, ClientToken="token")
    client.delete_registration(RegistrationId=first)
    replay = client.create_registration(RegistrationType=BRAND, ClientToken="token")
    assert (replay["RegistrationId"], replay["RegistrationStatus"]) == (first, "DELETED")
    fake.configure(client_token_survives_deletion=False)
    assert create(client, ClientToken="token") != first


def test_tokens_of_other_resources(client, fake):
    def attachment(body=PNG):
        response = client.create_registration_attachment(AttachmentBody=body, ClientToken="token")
        return response["RegistrationAttachmentId"]

    create(client, ClientToken="token")
    assert attachment() == attachment()
    with refused("ConflictException", "RESOURCE_ALREADY_EXISTS") as response:
        attachment(PNG + b"1")
    assert response["ResourceType"] == "registration-attachment"
    assert request(client, ClientToken="token") == request(client, ClientToken="token")
    with refused("ConflictException", "RESOURCE_ALREADY_EXISTS") as response:
        request(client, ClientToken="token", Tags=TAGS)
    assert response["ResourceType"] == "phone-number"
    agents = {client.create_rcs_agent(ClientToken="token")["RcsAgentId"] for _ in range(2)}
    assert len(agents) == 1
    with refused("ConflictException", "RESOURCE_ALREADY_EXISTS") as response:
        client.create_rcs_agent(ClientToken="token", Tags=TAGS)
    assert response["ResourceType"] == "rcs-agent"


def test_account_quotas(client, fake):
    fake.configure(
        registrations_per_account=1, attachments_per_account=1, phone_numbers_per_account=1, rcs_agents_per_account=1
    )
    registration_id = create(client)
    with refused("ServiceQuotaExceededException", "REGISTRATIONS_PER_ACCOUNT"):
        create(client)
    client.delete_registration(RegistrationId=registration_id)
    create(client)
    client.create_registration_attachment(AttachmentBody=PNG)
    with refused("ServiceQuotaExceededException", "REGISTRATION_ATTACHMENTS_PER_ACCOUNT"):
        client.create_registration_attachment(AttachmentBody=PNG)
    request(client)
    with refused("ServiceQuotaExceededException", "PHONE_NUMBERS_PER_ACCOUNT"):
        request(client)
    client.create_rcs_agent()
    with refused("ServiceQuotaExceededException", "RCS_AGENTS_PER_ACCOUNT"):
        client.create_rcs_agent()
    limits = {one["Name"]: (one["Used"], one["Max"]) for one in client.describe_account_limits()["AccountLimits"]}
    assert limits == {"PHONE_NUMBERS": (1, 1), "REGISTRATIONS": (1, 1), "REGISTRATION_ATTACHMENTS": (1, 1)}


def test_daily_caps_end_with_the_day(client, fake):
    now = datetime(2026, 1, 1, 23, 59, tzinfo=timezone.utc)
    fake.configure(versions_per_day=1, attachments_per_day=1, now=lambda: now)
    first, second = submitted(client), submitted(client)
    for registration_id in (first, second):
        fake.review.deny(registration_id)
    client.create_registration_version(RegistrationId=first)
    with refused("ServiceQuotaExceededException", "REGISTRATION_VERSIONS_CREATED_PER_DAY"):
        client.create_registration_version(RegistrationId=second)
    client.create_registration_attachment(AttachmentBody=PNG)
    with refused("ServiceQuotaExceededException", "REGISTRATION_ATTACHMENTS_CREATED_PER_DAY"):
        client.create_registration_attachment(AttachmentBody=PNG)
    now += timedelta(minutes=1)
    client.create_registration_version(RegistrationId=second)
    client.create_registration_attachment(AttachmentBody=PNG)


def test_tags(client, fake):
    arn = fake.arn(f"registration/{create(client, Tags=TAGS)}")

    def tags():
        return {tag["Key"]: tag["Value"] for tag in client.list_tags_for_resource(ResourceArn=arn)["Tags"]}

    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "core"}, {"Key": "a", "Value": ""}])
    assert tags() == {"team": "core", "a": ""}
    client.untag_resource(ResourceArn=arn, TagKeys=["a", "never-there"])
    assert tags() == {"team": "core"}
    with refused("ValidationException", "INVALID_PARAMETER"):
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": "aws:x", "Value": ""}])
    fake.configure(tags_per_resource=1)
    with refused("ServiceQuotaExceededException", "TAGS_PER_RESOURCE"):
        client.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": ""}])
    assert tags() == {"team": "core"}


@pytest.mark.parametrize(
    ("arn", "code", "reason"),
    [
        ("arn:aws:sms-voice:us-east-1:123456789012:registration/registration-0", "ResourceNotFoundException", None),
        ("arn:aws:sms-voice:eu-west-1:123456789012:registration/registration-0", "ResourceNotFoundException", None),
        ("arn:aws:sms-voice:us-east-1:123456789012:planet/mars", "ValidationException", "INVALID_ARN"),
        ("arn:aws:sqs:us-east-1:123456789012:registration/registration-0", "ValidationException", "INVALID_ARN"),
    ],
)
def test_tags_of_an_unknown_resource(client, arn, code, reason):
    with refused(code, reason):
        client.list_tags_for_resource(ResourceArn=arn)
