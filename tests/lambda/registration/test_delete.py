"""Delete: tolerant, checks the owner, and never uses an ID that the service did not issue."""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import ACCOUNT, REGION, CloudFormation
from support.handler_help import (
    OTHER_TYPE,
    PREFIX,
    PROPERTIES,
    access_denied,
    failed,
    live_ids,
    made_by_hand,
    succeeded,
    tags_of,
)


def remove_owner_tags(fake: Any, registration_id: str) -> None:
    keys = [key for key in tags_of(fake, registration_id) if key.startswith(PREFIX)]
    fake.untag_resource(resource_arn=fake.registration(registration_id).registration_arn, tag_keys=keys)


def test_deletes_its_registration(stack: CloudFormation, fake: Any) -> None:
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    calls = len(fake.calls)
    assert succeeded(stack.delete())["PhysicalResourceId"] == created
    assert live_ids(fake) == set()
    assert [call.operation for call in fake.calls[calls:]] == [
        "DescribeRegistrations",
        "ListTagsForResource",
        "DeleteRegistration",
    ]


@pytest.mark.parametrize("still_described", [0, None])
@pytest.mark.fault(47)
def test_already_deleted(stack: CloudFormation, fake: Any, still_described: int | None) -> None:
    fake.configure(describes_until_deleted_gone=still_described)
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    fake.delete_registration(registration_id=created)
    succeeded(stack.delete())


@pytest.mark.fault(46)
def test_deletes_a_registration_not_yet_visible(stack: CloudFormation, fake: Any) -> None:
    fake.configure(describes_until_visible=1)
    succeeded(stack.create(PROPERTIES))
    succeeded(stack.delete())
    assert live_ids(fake) == set()


@pytest.mark.fault(48, 52)
def test_delete_delivered_twice(stack: CloudFormation, fake: Any) -> None:
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    event = stack.event("Delete", properties=PROPERTIES, physical_id=created)
    for _ in range(2):
        put = stack.deliver(event)
        assert put is not None
        assert succeeded(put.response)["PhysicalResourceId"] == created


@pytest.mark.parametrize("reason", ["RESOURCE_NOT_EMPTY", "RESOURCE_DELETION_NOT_ALLOWED", "INVENTED_BY_AWS"])
@pytest.mark.fault(49)
def test_temporary_refusal_is_retried(stack: CloudFormation, fake: Any, time: Any, reason: str) -> None:
    from moto_sms_voice.exceptions import ConflictException

    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    fake.inject(
        "DeleteRegistration", error=lambda: ConflictException("in use", reason, "registration", created), times=4
    )
    succeeded(stack.delete())
    assert live_ids(fake) == set()
    assert 20 < sum(time.slept) < 60


@pytest.mark.parametrize(
    ("reason", "at_least", "at_most"), [("RESOURCE_NOT_EMPTY", 840, 900), ("RESOURCE_DELETION_NOT_ALLOWED", 60, 120)]
)
@pytest.mark.fault(49)
def test_permanent_refusal_reports_the_reason(
    stack: CloudFormation, fake: Any, time: Any, reason: str, at_least: float, at_most: float
) -> None:
    from moto_sms_voice.exceptions import ConflictException

    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    fake.inject(
        "DeleteRegistration", error=lambda: ConflictException("in use", reason, "registration", created), times=999
    )
    began = time.passed
    failed(stack.delete(), created, reason, "never releases numbers")
    assert at_least < time.passed - began < at_most


@pytest.mark.fault(49)
def test_submitted_version_is_discarded_first(stack: CloudFormation, fake: Any) -> None:
    fake.configure(form_check="none")
    created = succeeded(stack.create(OTHER_TYPE))["PhysicalResourceId"]
    fake.submit_registration_version(registration_id=created)
    succeeded(stack.delete())
    assert len(fake.calls_to("DiscardRegistrationVersion")) == 1
    assert live_ids(fake) == set()


@pytest.mark.parametrize("status", ["REVIEWING", "AWS_REVIEWING", "REQUIRES_AUTHENTICATION"])
@pytest.mark.fault(49)
def test_under_review_says_what_to_do(stack: CloudFormation, fake: Any, time: Any, status: str) -> None:
    created = succeeded(stack.create(OTHER_TYPE))["PhysicalResourceId"]
    registration = fake.registration(created)
    registration.registration_status = registration.versions[-1].registration_version_status = status
    command = "delete-stack --stack-name Stack --retain-resources TollFree)"
    failed(stack.delete(), created, status, command, "delete-registration --registration-id")
    assert sum(time.slept) < 10
    assert live_ids(fake) == {created}


@pytest.mark.parametrize(
    "physical_id",
    [
        "not-created:TollFree:8d0c3b0c",
        "Stack-TollFree-1ABCDEFGHIJKL",
        "registration-TollFree-1ABCDEFGHIJKL",
        "",
        "registration/abc",
        f"arn:aws:sns:{REGION}:{ACCOUNT}:topic",
        f"arn:aws:sms-voice:{REGION}:999999999999:registration/registration-0123456789abcdef",
        f"arn:aws:sms-voice:eu-west-1:{ACCOUNT}:registration/registration-0123456789abcdef",
        "registration-" + "0" * 300,
        "../registration-0123",
    ],
)
@pytest.mark.fault(50)
def test_ids_not_issued_by_the_service_are_never_sent(stack: CloudFormation, fake: Any, physical_id: str) -> None:
    other = made_by_hand(fake)
    before = len(fake.writes)
    put = stack.deliver(stack.event("Delete", properties=PROPERTIES, physical_id=physical_id))
    assert put is not None
    succeeded(put.response)
    assert fake.writes[before:] == []
    assert all(physical_id not in str(call.parameters) for call in fake.calls if physical_id)
    assert live_ids(fake) == {other}


@pytest.mark.fault(50)
def test_well_formed_id_that_does_not_exist(stack: CloudFormation, fake: Any) -> None:
    put = stack.deliver(stack.event("Delete", properties=PROPERTIES, physical_id="registration-0123456789abcdef"))
    assert put is not None
    succeeded(put.response)
    assert fake.calls_to("DeleteRegistration") == []


@pytest.mark.fault(51)
def test_delete_without_owner_tags_is_refused(stack: CloudFormation, fake: Any) -> None:
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    remove_owner_tags(fake, created)
    failed(stack.delete(), created, "no owner tags", PREFIX + "stack")
    assert live_ids(fake) == {created}


@pytest.mark.fault(51)
def test_delete_refusal_names_the_other_owner(stack: CloudFormation, fake: Any) -> None:
    other = "arn:aws:cloudformation:us-east-1:123456789012:stack/Other/1"
    theirs = made_by_hand(
        fake, tags={PREFIX + "stack": other, PREFIX + "logical-id": "Theirs", PREFIX + "state": "owned"}
    )
    put = stack.deliver(stack.event("Delete", properties=PROPERTIES, physical_id=theirs))
    assert put is not None
    failed(put.response, theirs, other, "Theirs")
    assert live_ids(fake) == {theirs}


@pytest.mark.fault(36)
def test_denied_delete_fails(stack: CloudFormation, fake: Any) -> None:
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    fake.inject("DeleteRegistration", error=access_denied(), times=9)
    failed(stack.delete(), "DeleteRegistration", created, "AccessDeniedException")


@pytest.mark.fault(59)
def test_delete_ignores_malformed_properties(stack: CloudFormation, fake: Any) -> None:
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    malformed = {"RegistrationType": [], "Tags": 7, "RemovalPolicy": {"a": "b"}, "TakeOver": "x"}
    put = stack.deliver(stack.event("Delete", properties=malformed, physical_id=created))
    assert put is not None
    succeeded(put.response)
    assert live_ids(fake) == set()
