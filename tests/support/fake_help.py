"""Shortcuts for tests of the faked service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

import moto_sms_voice
from support import conformance

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64
TFN = "US_TOLL_FREE_REGISTRATION"
BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
VETTING = "US_TEN_DLC_BRAND_VETTING"
CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"
RCS = "TEST_RCS_LAUNCH_REGISTRATION"
SINGAPORE = "SG_SENDER_ID_REGISTRATION"
INDONESIA = "ID_SENDER_ID_REGISTRATION"

_SESSION = boto3.Session()


def make_client(*, conforming: bool = True, **settings: Any) -> Any:
    """A client without retries that fails the test if a response deviates from the API's model."""
    settings = {"aws_access_key_id": "none", "aws_secret_access_key": "none", "region_name": "us-east-1", **settings}
    client = _SESSION.client("pinpoint-sms-voice-v2", config=Config(retries={"total_max_attempts": 1}), **settings)
    if conforming:
        client.meta.events.register("after-call", _check)
    return client


def _check(model: Any, parsed: dict[str, Any], **_: Any) -> None:
    assert conformance.problems(model, parsed) == []


@contextmanager
def refused(code: str, reason: str | None = None) -> Iterator[dict[str, Any]]:
    """Expect an error of the service; its response is available afterwards."""
    response: dict[str, Any] = {}
    with pytest.raises(ClientError) as caught:
        yield response
    response.update(caught.value.response)
    assert (response["Error"]["Code"], response.get("Reason")) == (code, reason), response["Error"]["Message"]


def create(client: Any, registration_type: str = BRAND, **arguments: Any) -> str:
    return client.create_registration(RegistrationType=registration_type, **arguments)["RegistrationId"]


def attach(client: Any) -> str:
    """Create an attachment, wait until it is uploaded, and return its ID."""
    attachment_id = client.create_registration_attachment(AttachmentBody=PNG)["RegistrationAttachmentId"]
    for _ in range(10):
        try:
            found = client.describe_registration_attachments(RegistrationAttachmentIds=[attachment_id])
        except client.exceptions.ResourceNotFoundException:
            continue  # not yet visible
        if found["RegistrationAttachments"][0]["AttachmentStatus"] != "UPLOAD_IN_PROGRESS":
            break
    return attachment_id


def fill(client: Any, registration_id: str) -> None:
    """Fill in the current draft with a valid form."""
    kind = client.describe_registrations(RegistrationIds=[registration_id])["Registrations"][0]["RegistrationType"]
    fake = moto_sms_voice.backend()
    needs_file = any("RegistrationAttachmentId" in value for value in fake.example_form(kind).values())
    form = fake.example_form(kind, attachment_id=attach(client) if needs_file else "")
    for path, value in form.items():
        client.put_registration_field_value(RegistrationId=registration_id, FieldPath=path, **value)


def toll_free_number(client: Any, **arguments: Any) -> str:
    return client.request_phone_number(
        IsoCountryCode="US",
        MessageType="TRANSACTIONAL",
        NumberCapabilities=["SMS"],
        NumberType="TOLL_FREE",
        **arguments,
    )["PhoneNumberId"]


def submitted(client: Any, registration_type: str = BRAND) -> str:
    """Create, fill in and submit a registration, and return its ID."""
    registration_id = create(client, registration_type)
    fill(client, registration_id)
    client.submit_registration_version(RegistrationId=registration_id)
    return registration_id


def statuses(client: Any, registration_id: str) -> tuple[str, str]:
    """Return the status of the registration and of its newest version."""
    registration = client.describe_registrations(RegistrationIds=[registration_id])["Registrations"][0]
    versions = client.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"]
    return registration["RegistrationStatus"], versions[0]["RegistrationVersionStatus"]
