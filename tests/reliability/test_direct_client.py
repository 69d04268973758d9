"""The direct client responds as botocore's does, so that what holds for one holds for the other."""

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import botocore.exceptions
import pytest
from moto import mock_aws

import moto_sms_voice
from sms_registration_contract.direct_client import DirectClient
from support import fake_help

moto_sms_voice.register()

BRAND = "US_TEN_DLC_BRAND_REGISTRATION"


def life(client: Any) -> list[Any]:
    """Collect many responses and errors of the service."""
    said: list[Any] = []

    def say(act: Callable[..., dict[str, Any]], **parameters: Any) -> dict[str, Any]:
        try:
            response = act(**parameters)
        except botocore.exceptions.ClientError as error:
            response = dict(error.response)
            response["ResponseMetadata"] = {"HTTPStatusCode": response["ResponseMetadata"]["HTTPStatusCode"]}
        else:
            response.pop("ResponseMetadata", None)
        said.append(response)
        return response

    tags = [{"Key": "a", "Value": "1"}]
    made = say(client.create_registration, RegistrationType=BRAND, Tags=tags, ClientToken="token")["RegistrationId"]
    say(client.create_registration, RegistrationType="NO_SUCH_TYPE")
    say(client.describe_registrations, RegistrationIds=[made])
    say(client.describe_registrations, RegistrationIds=["registration-0"])
    say(client.list_tags_for_resource, ResourceArn=said[0]["RegistrationArn"])
    say(client.describe_registration_field_definitions, RegistrationType=BRAND)
    say(client.put_registration_field_value, RegistrationId=made, FieldPath="companyInfo.city", TextValue="Seattle")
    say(client.put_registration_field_value, RegistrationId=made, FieldPath="companyInfo.city", TextValue="x" * 200)
    say(client.submit_registration_version, RegistrationId=made)
    say(client.describe_registration_versions, RegistrationId=made)
    say(client.describe_registration_field_values, RegistrationId=made)
    say(client.create_registration_version, RegistrationId=made)
    file = say(client.create_registration_attachment, AttachmentBody=fake_help.PNG)["RegistrationAttachmentId"]
    say(client.describe_registration_attachments, RegistrationAttachmentIds=[file])
    say(client.delete_registration_attachment, RegistrationAttachmentId=file)
    say(client.delete_registration, RegistrationId=made)
    return said


def without_ids(said: Any, ids: dict[str, str]) -> Any:
    """Replace IDs and times, which differ in each life."""
    if isinstance(said, dict):
        return {key: without_ids(value, ids) for key, value in said.items()}
    if isinstance(said, list):
        return [without_ids(value, ids) for value in said]
    if isinstance(said, datetime):
        assert said.tzinfo is not None
        return said.astimezone(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)
    if isinstance(said, str):
        for identity, name in ids.items():
            said = said.replace(identity, name)
    return said


def anonymous(said: list[Any]) -> Any:
    return without_ids(said, {said[0]["RegistrationId"]: "A", said[12]["RegistrationAttachmentId"]: "B"})


def test_responds_as_the_sdk_does() -> None:
    with mock_aws():
        wired = anonymous(life(fake_help.make_client(conforming=False)))
    with mock_aws():
        direct = anonymous(life(DirectClient(lambda: moto_sms_voice.backend())))
    for one, other in zip(wired, direct, strict=True):
        assert one == other


def test_validates_as_the_sdk_does() -> None:
    client = DirectClient(lambda: pytest.fail("the request must not reach the service"))
    with pytest.raises(botocore.exceptions.ParamValidationError):
        client.create_registration(RegistrationType=5)
    with pytest.raises(AttributeError):
        client.no_such_operation()
