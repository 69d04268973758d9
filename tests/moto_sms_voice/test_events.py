"""Status events, and moto's EventBridge rules that match them."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import boto3
import pytest

from moto_sms_voice import SmsVoiceBackend, snapshot
from moto_sms_voice.events import post
from support.fake_help import RCS, create, submitted

ACCOUNT = "123456789012"


def told(fake: SmsVoiceBackend) -> list[str]:
    return [event["detail"]["registrationDetails"]["currentStatus"] for event in fake.events]


def rule(pattern: dict[str, Any], target: str) -> None:
    events = boto3.client("events", region_name="us-east-1")
    events.put_rule(Name="Rule", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="Rule", Targets=[{"Id": "Target", "Arn": target}])


def test_event_has_the_documented_shape(client: Any, fake: SmsVoiceBackend) -> None:
    fake.configure(now=lambda: datetime(2025, 9, 26, 17, 42, 25, 500_000, timezone.utc))
    registration_id = create(client)
    arn = f"arn:aws:sms-voice:us-east-1:{ACCOUNT}:registration/{registration_id}"

    [event] = fake.events
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "Registration Status Change",
        "source": "aws.sms-voice",
        "account": ACCOUNT,
        "time": "2025-09-26T17:42:25Z",
        "region": "us-east-1",
        "resources": [arn],
        "detail": {
            "registrationDetails": {
                "registrationId": registration_id,
                "registrationVersionNumber": 1,
                "registrationType": "US_TEN_DLC_BRAND_REGISTRATION",
                "registrationStatusChangeTimestamp": 1758908545500,
                "currentStatus": "CREATED",
            },
            "registrationArn": arn,
        },
    }


def test_each_new_status_sends_one_event(client: Any, fake: SmsVoiceBackend) -> None:
    registration_id = submitted(client)
    fake.review.start(registration_id)
    client.describe_registrations(RegistrationIds=[registration_id])
    fake.review.deny(registration_id)
    client.create_registration_version(RegistrationId=registration_id)
    client.delete_registration(RegistrationId=registration_id)

    assert told(fake) == ["CREATED", "SUBMITTED", "REVIEWING", "REQUIRES_UPDATES", "DELETED"]
    versions = [event["detail"]["registrationDetails"]["registrationVersionNumber"] for event in fake.events]
    assert versions == [1, 1, 1, 1, 2]


def test_automatic_denial_sends_an_event(client: Any, fake: SmsVoiceBackend) -> None:
    fake.configure(form_check="denial", describes_until_denial=0)
    registration_id = create(client)
    client.submit_registration_version(RegistrationId=registration_id)
    client.describe_registrations(RegistrationIds=[registration_id])

    assert told(fake) == ["CREATED", "SUBMITTED", "REQUIRES_UPDATES"]


@pytest.mark.parametrize(("statuses", "expected"), [(None, []), ({"AWS_REVIEWING"}, ["AWS_REVIEWING"])])
def test_statuses_with_an_event_are_configurable(
    statuses: Any, expected: list[str], client: Any, fake: SmsVoiceBackend
) -> None:
    registration_id = submitted(client)
    if statuses:
        fake.configure(statuses_with_event=frozenset(statuses))
    fake.events.clear()
    fake.review.aws_review(registration_id)

    assert told(fake) == expected


def test_loaded_state_sends_no_event_again(client: Any, fake: SmsVoiceBackend) -> None:
    create(client)
    snapshot.load(snapshot.dump())
    fake.events.clear()
    create(client, RCS)

    assert told(fake) == ["CREATED"]


def test_rule_delivers_a_denial_to_a_queue(client: Any, fake: SmsVoiceBackend) -> None:
    sqs = boto3.client("sqs", region_name="us-east-1")
    queue = sqs.create_queue(QueueName="Denials")["QueueUrl"]
    mine, other = submitted(client), submitted(client)
    details = {"registrationId": [mine], "currentStatus": ["REQUIRES_UPDATES"]}
    rule(
        {"source": ["aws.sms-voice"], "detail": {"registrationDetails": details}},
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:Denials",
    )
    for registration_id in (mine, other):
        fake.review.start(registration_id)
        fake.review.deny(registration_id)

    [message] = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    received = json.loads(message["Body"])
    assert received["detail"] == fake.events[-3]["detail"]
    assert received["detail-type"] == "Registration Status Change"
    assert received["resources"] == [f"arn:aws:sms-voice:us-east-1:{ACCOUNT}:registration/{mine}"]


def test_unsupported_event_target_does_not_fail_the_call(client: Any, fake: SmsVoiceBackend) -> None:
    rule({"source": ["aws.sms-voice"]}, f"arn:aws:sns:us-east-1:{ACCOUNT}:Denials")
    with pytest.warns(UserWarning, match="moto delivers events to SQS"):
        assert create(client) in fake.store.registrations


def test_an_event_that_cannot_be_posted_is_lost(
    client: Any, fake: SmsVoiceBackend, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MOTO_SMS_VOICE_EVENTS_URL", "http://127.0.0.1:1/")
    monkeypatch.setattr(SmsVoiceBackend, "on_event", post)
    assert create(client) in fake.store.registrations
    assert "an event was not delivered" in capsys.readouterr().err
