"""Update: tags change in place, another type is a replacement, and a rollback always restores the original."""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from support.handler_help import (
    BRAND,
    OTHER_TYPE,
    PREFIX,
    PROPERTIES,
    TOLL_FREE,
    access_denied,
    failed,
    live_ids,
    succeeded,
    tags_of,
)


def writes_after(fake: Any, mark: int) -> list[str]:
    return [call.operation for call in fake.writes[mark:]]


@pytest.mark.fault(16)
def test_no_relevant_change_writes_nothing(stack: CloudFormation, fake: Any) -> None:
    properties = {**PROPERTIES, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}
    created = succeeded(stack.create(properties))
    mark, calls = len(fake.writes), len(fake.calls)
    same = {"Tags": [{"Value": "2", "Key": "b"}, {"Key": "a", "Value": "1"}], **PROPERTIES, "ServiceTimeout": 900}
    updated = succeeded(stack.update(same))
    assert updated["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert updated["Data"] == created["Data"]
    assert writes_after(fake, mark) == []
    assert [call.operation for call in fake.calls[calls:]] == ["DescribeRegistrations", "ListTagsForResource"]


def test_tags_change_in_place_in_one_call_each(stack: CloudFormation, fake: Any) -> None:
    created = succeeded(stack.create({**PROPERTIES, "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]}))
    registration_id = created["PhysicalResourceId"]
    fake.tag_resource(resource_arn=created["Data"]["RegistrationArn"], tags=[{"Key": "Name", "Value": "by hand"}])
    mark = len(fake.writes)
    succeeded(stack.update({**PROPERTIES, "Tags": [{"Key": "a", "Value": "9"}, {"Key": "c", "Value": "3"}]}))
    assert writes_after(fake, mark) == ["TagResource", "UntagResource"]
    tags = tags_of(fake, registration_id)
    ours = {key: value for key, value in tags.items() if not key.startswith(PREFIX)}
    assert ours == {"a": "9", "c": "3", "Name": "by hand"}
    assert tags[PREFIX + "state"] == "owned"


def test_every_tag_call_carries_the_owner_tags(stack: CloudFormation, fake: Any) -> None:
    succeeded(stack.create(PROPERTIES))
    succeeded(stack.update({**PROPERTIES, "Tags": [{"Key": "a", "Value": "1"}]}))
    succeeded(stack.update(OTHER_TYPE))
    for call in fake.calls_to("TagResource"):
        assert {"Key": PREFIX + "stack", "Value": stack.stack_id} in call.parameters["Tags"]


@pytest.mark.parametrize("status", ["REVIEWING", "COMPLETE", "CLOSED", "REQUIRES_UPDATES", "INVENTED_BY_AWS"])
@pytest.mark.fault(72)
def test_tags_change_in_any_status(stack: CloudFormation, fake: Any, status: str) -> None:
    created = succeeded(stack.create(PROPERTIES))
    fake.registration(created["PhysicalResourceId"]).registration_status = status
    updated = succeeded(stack.update({**PROPERTIES, "Tags": [{"Key": "a", "Value": "1"}]}))
    assert updated["Data"]["RegistrationStatus"] == status
    assert tags_of(fake, created["PhysicalResourceId"])["a"] == "1"


@pytest.mark.fault(17)
def test_another_type_is_a_replacement(stack: CloudFormation, fake: Any) -> None:
    created = succeeded(stack.create(PROPERTIES))
    replaced = succeeded(stack.update(OTHER_TYPE))
    assert replaced["PhysicalResourceId"] != created["PhysicalResourceId"]
    assert replaced["Data"]["RegistrationType"] == BRAND
    assert live_ids(fake) == {replaced["PhysicalResourceId"]}


@pytest.mark.parametrize(
    "arrange",
    [
        lambda fake: fake.inject("CreateRegistration", error=access_denied(), times=9),
        lambda fake: fake.inject("TagResource", error=access_denied(), nth=2, times=6),
        lambda fake: fake.configure(registrations_per_account=1),
    ],
)
@pytest.mark.fault(17, 19)
def test_failed_replacement_keeps_the_original(stack: CloudFormation, fake: Any, arrange: Any) -> None:
    created = succeeded(stack.create(PROPERTIES))
    arrange(fake)
    response = failed(stack.update(OTHER_TYPE))
    assert response["PhysicalResourceId"] == created["PhysicalResourceId"]
    assert live_ids(fake) == {created["PhysicalResourceId"]}
    assert PREFIX + "replacing" not in tags_of(fake, created["PhysicalResourceId"])
    succeeded(stack.delete())
    assert live_ids(fake) == set()


@pytest.mark.fault(19)
def test_quota_error_is_explained(stack: CloudFormation, fake: Any) -> None:
    succeeded(stack.create(PROPERTIES))
    fake.configure(registrations_per_account=1)
    failed(stack.update(OTHER_TYPE), "REGISTRATIONS_PER_ACCOUNT", "a replacement needs quota for both")


@pytest.mark.parametrize("physical_id", ["new", "old"])
@pytest.mark.fault(18)
def test_rollback_of_a_replacement_restores_the_original(stack: CloudFormation, fake: Any, physical_id: str) -> None:
    """Which ID the rollback's Update has is not documented: both must work."""
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    forward = stack.event("Update", properties=OTHER_TYPE, old=PROPERTIES, physical_id=created)
    stack.resources["TollFree"].status = "UPDATE_IN_PROGRESS"
    put = stack.deliver(forward)
    assert put is not None
    replaced = put.response["PhysicalResourceId"]
    stack.resources["TollFree"].physical_id = replaced if physical_id == "new" else created
    rolled_back = succeeded(stack.roll_back("TollFree", OTHER_TYPE, PROPERTIES))
    assert rolled_back["PhysicalResourceId"] == created
    assert created in live_ids(fake)
    stack.clean_up("TollFree", replaced, OTHER_TYPE)
    assert live_ids(fake) == {created}
    assert len(fake.calls_to("CreateRegistration")) == 2


def test_changing_back_reuses_the_retained_registration(stack: CloudFormation, fake: Any) -> None:
    """Replaced with UpdateReplacePolicy Retain and changed back: weeks of review are not lost."""
    first = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    stack.clean_up = lambda *_: None  # type: ignore[method-assign,assignment]
    second = succeeded(stack.update(OTHER_TYPE))["PhysicalResourceId"]
    third = succeeded(stack.update(PROPERTIES))["PhysicalResourceId"]
    assert third == first
    succeeded(stack.update({**PROPERTIES, "Tags": [{"Key": "a", "Value": "1"}]}))
    assert live_ids(fake) == {first, second}, "a later Update keeps the retained registration too"


@pytest.mark.fault(20)
def test_refused_cleanup_fails_with_the_reason(
    stack: CloudFormation, fake: Any, caplog: pytest.LogCaptureFixture
) -> None:
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    registration = fake.registration(created)
    registration.registration_status = "REVIEWING"
    registration.versions[-1].registration_version_status = "REVIEWING"
    succeeded(stack.update(OTHER_TYPE))
    deletes = [response for response in stack.endpoint.responses if response["PhysicalResourceId"] == created][1:]
    assert [response["Status"] for response in deletes] == ["FAILED"] * 3
    assert "REVIEWING" in deletes[0]["Reason"]
    assert any(record.levelname == "ERROR" and created in record.getMessage() for record in caplog.records)


@pytest.mark.fault(66)
def test_update_of_a_registration_deleted_out_of_band(stack: CloudFormation, fake: Any) -> None:
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    fake.delete_registration(registration_id=created)
    event = stack.event("Update", properties=OTHER_TYPE, old=PROPERTIES, physical_id=created)
    put = stack.deliver(event)
    assert put is not None
    response = failed(put.response, created, "no longer exists")
    assert response["PhysicalResourceId"] == created
    assert live_ids(fake) == set()
    succeeded(stack.delete())


@pytest.mark.fault(8)
def test_update_of_a_registration_never_created(stack: CloudFormation, fake: Any) -> None:
    put = stack.deliver(stack.event("Update", properties=PROPERTIES, physical_id="not-created:TollFree:1"))
    assert put is not None
    assert failed(put.response)["PhysicalResourceId"] == "not-created:TollFree:1"
    assert fake.calls == []


@pytest.mark.fault(67)
def test_old_properties_are_not_trusted(stack: CloudFormation, fake: Any) -> None:
    created = succeeded(stack.create({**PROPERTIES, "Tags": [{"Key": "a", "Value": "1"}]}))["PhysicalResourceId"]
    wrong = {"RegistrationType": "NEVER_WAS", "Tags": [{"Key": "a", "Value": "7"}, {"Key": PREFIX + "state"}, 5]}
    event = stack.event(
        "Update", properties={**PROPERTIES, "Tags": [{"Key": "a", "Value": "7"}]}, old=wrong, physical_id=created
    )
    put = stack.deliver(event)
    assert put is not None
    assert succeeded(put.response)["PhysicalResourceId"] == created
    assert tags_of(fake, created)["a"] == "7"
    assert tags_of(fake, created)[PREFIX + "state"] == "owned"


@pytest.mark.parametrize("is_deleted", [True, False])
@pytest.mark.fault(26)
def test_rollback_never_fails(stack: CloudFormation, fake: Any, is_deleted: bool) -> None:
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    if is_deleted:
        fake.delete_registration(registration_id=created)
    else:
        fake.inject("TagResource", error=access_denied(), times=9)
    with_tag = {**PROPERTIES, "Tags": [{"Key": "a", "Value": "1"}]}
    response = succeeded(stack.roll_back("TollFree", PROPERTIES, with_tag))
    assert response["PhysicalResourceId"] == created
    assert response["Data"]["RegistrationId"] == created
    assert response["Data"]["RegistrationStatus"] == ("DELETED" if is_deleted else "CREATED")


@pytest.mark.fault(71)
def test_create_again_after_failure_with_rollback_disabled(stack: CloudFormation, fake: Any) -> None:
    first = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    stack.delete()
    second = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    assert live_ids(fake) == {second}
    assert first != second


@pytest.mark.fault(41)
def test_clock_skew_is_tolerated(stack: CloudFormation, fake: Any) -> None:
    for age in (-300, 300):
        put = stack.deliver(stack.event("Create", f"R{age}".replace("-", "m"), PROPERTIES, age=age))
        assert put is not None
        succeeded(put.response)
    assert len(live_ids(fake)) == 2


def test_type_attribute_is_the_described_type(stack: CloudFormation) -> None:
    succeeded(stack.create(PROPERTIES))
    assert succeeded(stack.update(PROPERTIES))["Data"]["RegistrationType"] == TOLL_FREE


@pytest.mark.fault(18, 26)
def test_rollback_restores_a_registration_closed_since(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From a new registration, and from a retained one that was reused."""
    monkeypatch.setattr(stack, "clean_up", lambda *_: None)  # UpdateReplacePolicy: Retain
    first = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    second = succeeded(stack.update(OTHER_TYPE))["PhysicalResourceId"]
    for registration_id, there, back in ((second, PROPERTIES, OTHER_TYPE), (first, OTHER_TYPE, PROPERTIES)):
        stack.resources["TollFree"].physical_id = registration_id
        fake.review.close(registration_id)
        stack.resources["TollFree"].status = stack.stack_status = "UPDATE_IN_PROGRESS"
        put = stack.deliver(stack.event("Update", properties=there, old=back, physical_id=registration_id))
        assert put is not None
        stack.resources["TollFree"].physical_id = succeeded(put.response)["PhysicalResourceId"]
        response = stack.roll_back("TollFree", there, back)
        assert response["PhysicalResourceId"] == registration_id


@pytest.mark.fault(26)
def test_transient_error_in_a_rollback_is_retried(stack: CloudFormation, fake: Any) -> None:
    first = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    stack.resources["TollFree"].status = stack.stack_status = "UPDATE_IN_PROGRESS"
    put = stack.deliver(stack.event("Update", properties=OTHER_TYPE, old=PROPERTIES, physical_id=first))
    assert put is not None
    stack.resources["TollFree"].physical_id = succeeded(put.response)["PhysicalResourceId"]
    stack.clock.passed += 600  # permissions are in effect by now
    fake.inject("DescribeRegistrations", error=access_denied(), times=3)
    assert stack.roll_back("TollFree", OTHER_TYPE, PROPERTIES)["PhysicalResourceId"] == first
    assert live_ids(fake) == {first}
