"""Eventual consistency, throttling and injected faults."""

from __future__ import annotations

import pytest
from botocore.exceptions import ReadTimeoutError

from moto_sms_voice.exceptions import AccessDeniedException, InternalServerException, ThrottlingException
from support.fake_help import BRAND, PNG, create, fill, make_client, refused, statuses


class Crash(BaseException):
    """A process that ends."""


def test_new_resources_become_visible_with_a_delay(client, fake):
    fake.configure(describes_until_visible=2)
    registration_id = create(client)
    with refused("ResourceNotFoundException"):
        client.describe_registrations(RegistrationIds=[registration_id])
    assert client.describe_registrations()["Registrations"] == []
    assert client.describe_registrations()["Registrations"][0]["RegistrationId"] == registration_id
    attachment_id = client.create_registration_attachment(AttachmentBody=PNG)["RegistrationAttachmentId"]
    for _ in range(2):
        with refused("ResourceNotFoundException"):
            client.describe_registration_attachments(RegistrationAttachmentIds=[attachment_id])
    assert client.describe_registration_attachments()["RegistrationAttachments"]


def test_tags_become_visible_with_a_delay(client, fake):
    fake.configure(reads_until_tags_visible=1)
    arn = fake.arn(f"registration/{create(client, Tags=[{'Key': 'a', 'Value': '1'}])}")

    def tags():
        return [tag["Value"] for tag in client.list_tags_for_resource(ResourceArn=arn)["Tags"]]

    assert [tags(), tags()] == [[], ["1"]]
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}])
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": "a", "Value": "3"}])
    assert [tags(), tags()] == [["1"], ["3"]]


def test_values_reach_the_submission_with_a_delay(client, fake):
    fake.configure(submits_until_values_visible=2)
    registration_id = create(client)
    fill(client, registration_id)
    for _ in range(2):
        with refused("ValidationException", "FIELD_VALIDATION_FAILED") as response:
            client.submit_registration_version(RegistrationId=registration_id)
        assert {field["Message"] for field in response["Fields"]} == {"Missing required field"}
    client.submit_registration_version(RegistrationId=registration_id)
    assert statuses(client, registration_id) == ("SUBMITTED", "SUBMITTED")


def test_requests_over_the_rate_are_throttled(client, fake):
    now = 100.0
    fake.configure(requests_per_second=1, clock=lambda: now)
    create(client)
    with refused("ThrottlingException"):
        create(client)
    client.describe_registrations()
    now += 0.999
    with refused("ThrottlingException"):
        create(client)
    now += 0.001
    create(client)
    arn = fake.live_registrations()[0].registration_arn
    for _ in range(10):
        client.list_tags_for_resource(ResourceArn=arn)
    with refused("ThrottlingException"):
        client.list_tags_for_resource(ResourceArn=arn)
    assert len(fake.live_registrations()) == 2


def test_burst_allows_requests_in_a_row(client, fake):
    now = 0.0
    fake.configure(requests_per_second=1, burst=3, clock=lambda: now)
    for _ in range(3):
        create(client)
    with refused("ThrottlingException"):
        create(client)
    now += 60
    for _ in range(3):
        create(client)
    with refused("ThrottlingException"):
        create(client)


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (ThrottlingException(), "ThrottlingException", None),
        (InternalServerException(), "InternalServerException", None),
        (AccessDeniedException(), "AccessDeniedException", None),
        (AccessDeniedException(reason="ACCOUNT_DISABLED"), "AccessDeniedException", "ACCOUNT_DISABLED"),
    ],
)
def test_errors_of_the_service(client, fake, error, code, reason):
    fake.inject("CreateRegistration", error=error)
    with refused(code, reason):
        create(client)
    assert fake.live_registrations() == []
    create(client)


def test_before_and_after(client, fake):
    fake.inject("CreateRegistration", when="before", error=Crash())
    with pytest.raises(Crash):
        create(client)
    assert fake.live_registrations() == []
    fake.inject("CreateRegistration", when="after", error=Crash())
    with pytest.raises(Crash):
        create(client, ClientToken="token")
    (registration,) = fake.live_registrations()
    assert create(client, ClientToken="token") == registration.registration_id
    assert [type(call.error) for call in fake.calls] == [Crash, Crash, type(None)]
    assert [call.parameters for call in fake.writes] == [{"RegistrationType": BRAND, "ClientToken": "token"}]


def test_which_calls_fail(client, fake):
    fake.inject("CreateRegistration", error=lambda: ReadTimeoutError(endpoint_url="x"), nth=2, times=2)
    create(client)
    for _ in range(2):
        with pytest.raises(ReadTimeoutError):
            create(client)
    create(client)
    assert len(fake.live_registrations()) == 2


def test_faults_of_one_operation_add_up(client, fake):
    fake.inject("CreateRegistration", error=ThrottlingException())
    fake.inject("CreateRegistration", error=Crash(), when="after")
    with refused("ThrottlingException"):
        create(client)
    create(client)


def test_impossible_fault_is_refused(fake):
    with pytest.raises(ValueError, match="CreateRegistraton is not an operation of the fake"):
        fake.inject("CreateRegistraton", error=Crash())
    with pytest.raises(ValueError, match="must be at least 1"):
        fake.inject("CreateRegistration", error=Crash(), nth=0)
    with pytest.raises(TypeError, match="page_sice"):
        fake.configure(page_sice=1)


def test_refused_calls_are_recorded(client, fake):
    with refused("ResourceNotFoundException"):
        client.delete_registration(RegistrationId="registration-0")
    (call,) = fake.calls
    assert (call.operation, call.parameters) == ("DeleteRegistration", {"RegistrationId": "registration-0"})
    assert "registration-0" in str(call.error)
    assert fake.writes == []


def test_operation_that_is_not_faked_says_so(fake):
    client = make_client(conforming=False)
    with refused("NotImplementedException") as response:
        client.describe_pools()
    assert "does not fake DescribePools" in response["Error"]["Message"]
