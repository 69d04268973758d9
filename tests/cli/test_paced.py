"""Calls keep the service's quota, and throttled ones are repeated."""

from __future__ import annotations

import pytest

import moto_sms_voice
from moto_sms_voice.exceptions import AccessDeniedException, ThrottlingException
from sms_registration_cli import paced
from sms_registration_cli.errors import CommandError
from sms_registration_cli.paced import CALL_SECONDS, Service
from support.fake_help import BRAND, create


@pytest.fixture
def slept():
    return []


@pytest.fixture
def service(client, slept, monkeypatch):
    now = [1000.0]

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    monkeypatch.setattr(paced.time, "monotonic", lambda: now[0])
    return Service(client, sleep=sleep)


def test_an_operation_is_called_once_a_second(service, slept):
    for _ in range(3):
        service.call("DescribeRegistrations")
    assert slept == [pytest.approx(CALL_SECONDS)] * 2


def test_different_operations_do_not_wait_for_each_other(service, slept):
    service.call("DescribeRegistrations")
    service.call("DescribeAccountLimits")
    assert slept == []


def test_tags_are_read_ten_a_second(service, client, fake, slept):
    create(client)
    arn = client.describe_registrations()["Registrations"][0]["RegistrationArn"]
    service.tags(arn)
    service.tags(arn)
    assert slept == [pytest.approx(0.11)]


def test_a_local_endpoint_is_called_without_pauses(client, slept):
    service = Service(client, is_local=True, sleep=slept.append)
    for _ in range(3):
        service.call("DescribeRegistrations")
    assert slept == []


def test_throttled_calls_are_repeated(fake, service):
    fake.inject("DescribeRegistrations", error=ThrottlingException(), times=3)
    assert service.call("DescribeRegistrations")["Registrations"] == []


def test_it_gives_up_in_the_end(fake, service):
    fake.inject("DescribeRegistrations", error=ThrottlingException(), times=50)
    with pytest.raises(CommandError, match="ThrottlingException"):
        service.call("DescribeRegistrations")


def test_other_refusals_are_not_repeated(fake, service):
    fake.inject("DescribeRegistrations", error=AccessDeniedException("No."))
    with pytest.raises(CommandError, match="sms-voice:DescribeRegistrations"):
        service.call("DescribeRegistrations")


def test_all_pages_are_read(fake, client, service, monkeypatch):
    monkeypatch.setattr(paced, "MAX_RESULTS", 2)
    ids = [create(client, BRAND) for _ in range(5)]
    found = [each["RegistrationId"] for each in service.pages("DescribeRegistrations", "Registrations")]
    assert sorted(found) == sorted(ids)
    assert isinstance(fake, moto_sms_voice.SmsVoiceBackend)
