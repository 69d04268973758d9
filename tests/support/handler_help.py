"""Helpers that the handler's tests share."""

import functools
from typing import Any

import boto3

from sms_registration_contract.cloudformation import CloudFormation, Resource

TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
PROPERTIES: dict[str, Any] = {"RegistrationType": TOLL_FREE}
OTHER_TYPE: dict[str, Any] = {"RegistrationType": BRAND}
PREFIX = "cdk-sms-registration:"


@functools.cache
def api() -> Any:
    """A client of the service, through the SDK's own model."""
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing").client(
        "pinpoint-sms-voice-v2", region_name="us-east-1"
    )


def tags_of(fake: Any, registration_id: str) -> dict[str, str]:
    """The current tags of a registration."""
    registration = fake.registration(registration_id)
    return {tag["Key"]: tag["Value"] for tag in fake.tag_list(registration.registration_arn)}


def live_ids(fake: Any) -> set[str]:
    """The IDs of the registrations that are not deleted."""
    return {each.registration_id for each in fake.live_registrations()}


def made_by_hand(fake: Any, registration_type: str = TOLL_FREE, tags: dict[str, str] | None = None) -> str:
    """Create a registration as a person would in the console, and return its ID."""
    made = fake.create_registration(
        registration_type=registration_type, tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    )
    registration_id = str(made["RegistrationId"])
    fake.registration(registration_id).hidden_describes_left = 0  # its creator has seen it
    return registration_id


def access_denied(reason: str | None = None) -> Exception:
    """The error that a caller without permission gets."""
    from moto_sms_voice import exceptions

    return exceptions.AccessDeniedException(
        "User: arn:aws:sts::123456789012:assumed-role/Role/Function is not authorized to perform this action", reason
    )


def succeeded(response: dict[str, Any] | None) -> dict[str, Any]:
    """Return the response, which must be a success."""
    assert response is not None
    assert response["Status"] == "SUCCESS", response["Reason"]
    return response


def failed(response: dict[str, Any] | None, *texts: str) -> dict[str, Any]:
    """Return the response, which must be a failure whose Reason has these texts."""
    assert response is not None
    assert response["Status"] == "FAILED"
    for text in texts:
        assert text in response["Reason"]
    return response


def completed_create(
    stack: CloudFormation, properties: dict[str, Any], logical_id: str = "TollFree"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the event and the response of a Create whose response CloudFormation accepted."""
    stack.resources[logical_id] = resource = Resource(properties, status="CREATE_IN_PROGRESS")
    event = stack.event("Create", logical_id, properties)
    response = succeeded(nested(stack, event))
    resource.status, resource.physical_id = "CREATE_COMPLETE", response["PhysicalResourceId"]
    return event, response


def nested(stack: CloudFormation, event: dict[str, Any]) -> dict[str, Any]:
    """Deliver an event once, also to another container while the first one is still working. It must have a response."""
    put = stack.deliver(event)
    assert put is not None
    return put.response
