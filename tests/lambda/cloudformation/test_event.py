from datetime import datetime, timezone

import pytest

from sms_registration_handler.cloudformation.event import parse

URL = "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x?X-Amz-Signature=abc"


def create(url, **properties):
    return parse(
        {
            "RequestType": "Create",
            "ResponseURL": url,
            "StackId": "arn:aws:cloudformation:us-east-1:123456789012:stack/Stack/0123",
            "RequestId": "0123",
            "LogicalResourceId": "TollFree",
            "ResourceType": "Custom::SmsRegistration",
            "ResourceProperties": properties,
        }
    )


def test_the_response_url_says_when_the_event_was_sent():
    sent = datetime(2026, 2, 28, 23, 59, 1, tzinfo=timezone.utc).timestamp()

    assert create(f"{URL}&X-Amz-Date=20260228T235901Z").sent_at == sent


@pytest.mark.parametrize(
    "stamp", ["", "20260231T000000Z", "20260228T246060Z", "20260228T235901", "20260228T235901Zx", "yesterday"]
)
def test_a_time_that_is_none_is_unknown(stamp):
    assert create(f"{URL}&X-Amz-Date={stamp}").sent_at is None


def test_an_event_in_a_message_shows_neither_the_url_nor_a_value():
    shown = repr(create(URL, Secret="canary"))

    assert "Create" in shown
    assert "TollFree" in shown
    assert "canary" not in shown
    assert "Signature" not in shown
