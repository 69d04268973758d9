"""Create: one registration for one request, or none, and a response that says what to do."""

import uuid
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from support.handler_help import PROPERTIES, TOLL_FREE, access_denied, made_by_hand, succeeded, tags_of


def test_creates_with_the_request_id_as_client_token(stack: CloudFormation, fake: Any) -> None:
    event = stack.event("Create", properties=PROPERTIES)
    stack.deliver(event)
    (create,) = fake.calls_to("CreateRegistration")
    assert create.parameters["ClientToken"] == event["RequestId"]
    assert create.parameters["RegistrationType"] == TOLL_FREE


def test_responds_with_the_id_and_every_attribute(stack: CloudFormation, fake: Any) -> None:
    response = stack.create(PROPERTIES)
    (registration,) = fake.live_registrations()
    assert response is not None
    assert response["Status"] == "SUCCESS"
    assert response["PhysicalResourceId"] == registration.registration_id
    assert response["Data"] == {
        "RegistrationArn": registration.registration_arn,
        "RegistrationId": registration.registration_id,
        "RegistrationType": TOLL_FREE,
        "RegistrationStatus": "CREATED",
        "CurrentVersionNumber": "1",
    }


def test_tags_record_the_owner(stack: CloudFormation, fake: Any) -> None:
    event = stack.event("Create", properties={**PROPERTIES, "Tags": [{"Key": "team", "Value": "growth"}]})
    put = stack.deliver(event)
    assert put is not None
    assert tags_of(fake, put.response["PhysicalResourceId"]) == {
        "team": "growth",
        "cdk-sms-registration:stack": stack.stack_id,
        "cdk-sms-registration:logical-id": "TollFree",
        "cdk-sms-registration:request": event["RequestId"],
        "cdk-sms-registration:state": "owned",
    }


@pytest.mark.parametrize("member_names", [("Key", "Value"), ("key", "value")])
def test_tag_members_in_either_case(stack: CloudFormation, fake: Any, member_names: tuple[str, str]) -> None:
    key, value = member_names
    response = stack.create({**PROPERTIES, "Tags": [{key: "team", value: "growth"}]})
    assert response is not None
    assert tags_of(fake, response["PhysicalResourceId"])["team"] == "growth"


def test_create_needs_two_calls_and_one_stack_lookup(stack: CloudFormation, fake: Any) -> None:
    stack.create(PROPERTIES)
    assert [call.operation for call in fake.calls] == ["CreateRegistration", "TagResource"]
    assert stack.api_calls == ["DescribeStackResource"]


@pytest.mark.fault(1)
def test_same_event_delivered_twice(stack: CloudFormation, fake: Any) -> None:
    event = stack.event("Create", properties=PROPERTIES)
    first, second = stack.deliver(event), stack.deliver(event)
    assert first is not None
    assert second is not None
    assert first.response == second.response
    assert len(fake.live_registrations()) == 1


@pytest.mark.fault(4)
def test_token_forgotten_by_the_service(stack: CloudFormation, fake: Any) -> None:
    from datetime import timedelta

    fake.configure(client_token_retention=timedelta(0))
    event = stack.event("Create", properties=PROPERTIES, age=90)
    first, second = stack.deliver(event), stack.deliver(event)
    assert first is not None
    assert second is not None
    assert first.response["PhysicalResourceId"] == second.response["PhysicalResourceId"]
    assert len(fake.live_registrations()) == 1


@pytest.mark.fault(5)
@pytest.mark.assumes(
    "client_token_survives_deletion", reason="otherwise the stack's state decides, see test_late_deliveries.py"
)
def test_token_replays_a_deleted_registration(stack: CloudFormation, fake: Any) -> None:
    event = stack.event("Create", properties=PROPERTIES)
    first = stack.deliver(event)
    assert first is not None
    stack.deliver(stack.event("Delete", properties=PROPERTIES, physical_id=first.response["PhysicalResourceId"]))
    second = stack.deliver(event)
    assert second is not None
    assert second.response["Status"] == "FAILED"
    assert "was deleted" in second.response["Reason"]
    assert fake.live_registrations() == []


@pytest.mark.parametrize("mismatch", ["conflict", "original"])
@pytest.mark.parametrize("age", [0, 90])
@pytest.mark.fault(6)
def test_same_token_with_other_parameters(stack: CloudFormation, fake: Any, mismatch: str, age: float) -> None:
    fake.configure(client_token_mismatch=mismatch)
    request_id = str(uuid.uuid4())
    first = stack.deliver(stack.event("Create", properties=PROPERTIES, request_id=request_id))
    assert first is not None
    changed_tags = {**PROPERTIES, "Tags": [{"Key": "team", "Value": "growth"}]}
    second = stack.deliver(stack.event("Create", properties=changed_tags, request_id=request_id, age=age))
    assert second is not None
    assert second.response["Status"] == "SUCCESS"
    assert second.response["PhysicalResourceId"] == first.response["PhysicalResourceId"]
    changed_type = {"RegistrationType": "US_TEN_DLC_BRAND_REGISTRATION"}
    third = stack.deliver(stack.event("Create", properties=changed_type, request_id=request_id, age=age))
    assert third is not None
    assert third.response["Status"] == "FAILED"
    assert TOLL_FREE in third.response["Reason"]
    assert len(fake.live_registrations()) == 1


@pytest.mark.fault(7)
def test_failure_after_create_responds_with_the_real_id(stack: CloudFormation, fake: Any) -> None:
    fake.inject("TagResource", when="before", error=access_denied(), times=99)
    response = stack.create(PROPERTIES)
    (created,) = [call for call in fake.calls_to("CreateRegistration") if call.error is None]
    assert created
    assert response is not None
    assert response["Status"] == "FAILED"
    assert response["PhysicalResourceId"].startswith("registration-")
    assert "AccessDeniedException" in response["Reason"]
    assert fake.live_registrations() == [], "the rollback's Delete finds and deletes it"


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [
        (lambda fake: fake.inject("CreateRegistration", error=access_denied(), times=9), "AccessDeniedException"),
        (lambda fake: fake.configure(registrations_per_account=0), "ask AWS Support to raise the quota"),
    ],
)
@pytest.mark.fault(8)
def test_failing_before_anything_exists(stack: CloudFormation, fake: Any, arrange: Any, expected: str) -> None:
    arrange(fake)
    response = stack.create(PROPERTIES)
    assert response is not None
    assert response["Status"] == "FAILED"
    assert expected in response["Reason"]
    assert response["PhysicalResourceId"].startswith("not-created:TollFree:")
    assert stack.resources["TollFree"].status == "DELETE_COMPLETE"
    assert fake.calls_to("DeleteRegistration") == []


def test_unknown_type_lists_the_closest(stack: CloudFormation, fake: Any) -> None:
    response = stack.create({"RegistrationType": "US_TOLLFREE_REGISTRATION"})
    assert response is not None
    assert response["Status"] == "FAILED"
    assert "US_TOLLFREE_REGISTRATION does not exist in this Region" in response["Reason"]
    assert TOLL_FREE in response["Reason"]
    assert fake.live_registrations() == []


@pytest.mark.parametrize(
    ("properties", "named"),
    [
        ({}, ["RegistrationType"]),
        ({"RegistrationType": "no spaces!"}, ["RegistrationType", "no spaces!"]),
        ({"RegistrationType": ["A"], "Tags": "x", "TakeOver": "perhaps"}, ["RegistrationType", "Tags", "TakeOver"]),
        ({**PROPERTIES, "Tags": [{"Key": ""}, {"Key": "aws:x"}, {"Key": "cdk-sms-registration:stack", "Value": "theirs"}]},
         ["Tags[0]", "Tags[1]", "Tags[2]"]),
        ({**PROPERTIES, "Tags": [{"Key": "a", "Value": "{{resolve:ssm:x}}"}]}, ["Tags[0]", "dynamic reference"]),
        ({**PROPERTIES, "ExistingRegistrationId": "arn:aws:sms-voice:x"}, ["ExistingRegistrationId"]),
    ],
)  # fmt: skip
@pytest.mark.fault(58, 59)
def test_malformed_properties_are_all_named_before_any_call(
    stack: CloudFormation, fake: Any, properties: dict[str, Any], named: list[str]
) -> None:
    response = stack.create(properties)
    assert response is not None
    assert response["Status"] == "FAILED"
    for name in named:
        assert name in response["Reason"]
    assert fake.writes == []


@pytest.mark.fault(29)
def test_unknown_properties_are_ignored(stack: CloudFormation) -> None:
    response = stack.create({**PROPERTIES, "FromTheFuture": {"a": [1, True]}, "Format": 7})
    assert response is not None
    assert response["Status"] == "SUCCESS"


@pytest.mark.fault(35)
def test_policy_not_yet_in_effect_is_retried(
    stack: CloudFormation, fake: Any, time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sms_registration_handler.aws import sms_voice

    monkeypatch.setattr(sms_voice, "_STARTED", time.monotonic())
    fake.inject("CreateRegistration", error=access_denied(), times=3)
    response = stack.create(PROPERTIES)
    assert response is not None
    assert response["Status"] == "SUCCESS"
    assert [pause for pause in time.slept if pause >= 1][:3] == [1, 2, 4]


@pytest.mark.fault(35)
def test_policy_of_a_named_registration_not_yet_in_effect_is_retried(stack: CloudFormation, fake: Any) -> None:
    """In a container that has run for hours: the policy came with the deployment that names the registration."""
    fake.inject("TagResource", error=access_denied(), times=3)
    succeeded(stack.create({**PROPERTIES, "ExistingRegistrationId": made_by_hand(fake)}))
    assert len(fake.calls_to("TagResource")) == 4


@pytest.mark.fault(35)
def test_account_level_denial_is_final(
    stack: CloudFormation, fake: Any, time: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sms_registration_handler.aws import sms_voice

    monkeypatch.setattr(sms_voice, "_STARTED", time.monotonic())
    fake.inject("CreateRegistration", error=access_denied("ACCOUNT_DISABLED"), times=9)
    response = stack.create(PROPERTIES)
    assert response is not None
    assert "not an IAM problem" in response["Reason"]
    assert len(fake.calls_to("CreateRegistration")) == 1


@pytest.mark.fault(36)
def test_permanent_denial_fails_at_once_and_names_the_action(stack: CloudFormation, fake: Any) -> None:
    fake.inject("CreateRegistration", error=access_denied(), times=9)
    response = stack.create(PROPERTIES)
    assert response is not None
    assert "CreateRegistration" in response["Reason"]
    assert len(fake.calls_to("CreateRegistration")) == 1


@pytest.mark.parametrize("seconds_between", [60, 3 * 3600])
@pytest.mark.fault(14)
def test_failed_second_create_keeps_the_retained_registration(
    stack: CloudFormation, fake: Any, time: Any, seconds_between: float
) -> None:
    first = stack.create(PROPERTIES)
    assert first is not None
    time.passed += seconds_between
    second = stack.create(
        {"RegistrationType": "NO_SUCH_TYPE"}
    )  # the same logical ID, after the first registration was retained
    assert second is not None
    assert second["Status"] == "FAILED"
    assert [each.registration_id for each in fake.live_registrations()] == [first["PhysicalResourceId"]]
    third = stack.create(PROPERTIES)
    assert third is not None
    assert third["PhysicalResourceId"] != first["PhysicalResourceId"]


@pytest.mark.fault(46)
def test_registration_not_yet_visible(stack: CloudFormation, fake: Any) -> None:
    fake.configure(describes_until_visible=2, reads_until_tags_visible=2)
    response = stack.create(PROPERTIES)
    assert response is not None
    assert response["Status"] == "SUCCESS"


@pytest.mark.fault(70)
def test_owner_tag_names_the_region_and_account(stack: CloudFormation, fake: Any) -> None:
    response = stack.create(PROPERTIES)
    assert response is not None
    owner = tags_of(fake, response["PhysicalResourceId"])["cdk-sms-registration:stack"]
    assert owner.split(":")[3:5] == ["us-east-1", "123456789012"]


def test_other_resource_types_are_refused(stack: CloudFormation, fake: Any) -> None:
    put = stack.deliver(stack.event("Create", properties=PROPERTIES, ResourceType="Custom::Other"))
    assert put is not None
    assert put.response["Status"] == "FAILED"
    assert "Custom::SmsRegistration" in put.response["Reason"]
    assert fake.calls == []
