"""Events that are delivered again, late, or after a newer request: no live registration is deleted, no submission is undone."""

from datetime import datetime, timezone
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation, Killed, Resource
from support.handler_help import (
    OTHER_TYPE,
    PREFIX,
    PROPERTIES,
    completed_create,
    failed,
    live_ids,
    made_by_hand,
    nested,
    succeeded,
    tags_of,
)

FORM = "Custom::SmsRegistrationForm"


@pytest.mark.parametrize("later", [5, 90])
@pytest.mark.parametrize("token", ["remembered", "forgotten"])
@pytest.mark.fault(1, 4)
def test_create_redelivered_after_success(stack: CloudFormation, fake: Any, later: float, token: str) -> None:
    from datetime import timedelta

    if token == "forgotten":
        fake.configure(client_token_retention=timedelta(0))
    event, response = completed_create(stack, PROPERTIES)
    stack.clock.passed += later
    again = stack.deliver(event)
    assert again is None or succeeded(again.response)["PhysicalResourceId"] == response["PhysicalResourceId"]
    assert live_ids(fake) == {response["PhysicalResourceId"]}


@pytest.mark.fault(1, 15)
def test_adoption_redelivered_after_success(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake)
    event, _ = completed_create(stack, {**PROPERTIES, "ExistingRegistrationId": existing})
    stack.clock.passed += 90
    assert stack.deliver(event) is None
    assert tags_of(fake, existing)[PREFIX + "stack"] == stack.stack_id


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "INVENTED_BY_AWS"])
@pytest.mark.fault(72)
def test_unknown_resource_status_deletes_nothing(stack: CloudFormation, fake: Any, status: str) -> None:
    event, response = completed_create(stack, PROPERTIES)
    stack.resources["TollFree"].status = status
    stack.clock.passed += 90
    stack.deliver(event)
    assert live_ids(fake) == {response["PhysicalResourceId"]}


@pytest.mark.fault(10)
def test_create_of_a_resource_no_longer_in_the_stack(stack: CloudFormation, fake: Any) -> None:
    event = stack.event("Create", properties=PROPERTIES)
    fake.inject("CreateRegistration", error=Killed)
    with pytest.raises(Killed):
        stack.deliver(event)
    del stack.resources["TollFree"]
    stack.stack_status = "UPDATE_ROLLBACK_COMPLETE"
    stack.clock.passed += 70
    assert stack.deliver(event) is None
    assert live_ids(fake) == set()


@pytest.mark.fault(28)
def test_replacement_overtaken_by_its_rollback(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, response = completed_create(stack, PROPERTIES)
    created = response["PhysicalResourceId"]
    stack.resources["TollFree"].status = stack.stack_status = "UPDATE_IN_PROGRESS"
    perform = fake.perform

    def overtaken(operation: str, parameters: dict[str, Any]) -> object:
        if operation == "CreateRegistration" and stack.stack_status == "UPDATE_IN_PROGRESS":
            stack.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
            back = stack.event("Update", properties=PROPERTIES, old=OTHER_TYPE, physical_id=created)
            assert nested(stack, back)["Status"] == "SUCCESS"
        return perform(operation, parameters)

    monkeypatch.setattr(fake, "perform", overtaken)
    put = stack.deliver(stack.event("Update", properties=OTHER_TYPE, old=PROPERTIES, physical_id=created))
    assert put is not None
    failed(put.response, "abandoned this request")
    assert live_ids(fake) == {created}


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> dict[str, Any]:
    """The properties of a form that can be submitted."""
    stack.types["Form"] = FORM
    registration_id = succeeded(stack.create(OTHER_TYPE, "Registration"))["PhysicalResourceId"]
    example = fake.example_form(OTHER_TYPE["RegistrationType"])
    fields = {path: next(iter(value.values())) for path, value in example.items()}
    return {"RegistrationId": registration_id, "Fields": fields, "Submit": True}


@pytest.mark.parametrize("operation", ["DescribeRegistrations", "DescribeRegistrationVersions"])
@pytest.mark.fault(33)
def test_failed_read_after_submission_is_not_a_failure(
    stack: CloudFormation, fake: Any, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    from moto_sms_voice.exceptions import InternalServerException

    perform = fake.perform

    def fail_after_submit(name: str, parameters: dict[str, Any]) -> object:
        response = perform(name, parameters)
        if name == "SubmitRegistrationVersion":
            fake.inject(operation, error=InternalServerException, times=99)
        return response

    monkeypatch.setattr(fake, "perform", fail_after_submit)
    response = succeeded(stack.create(form, "Form"))
    assert response["Data"]["VersionStatus"] == "SUBMITTED"


@pytest.mark.fault(28)
def test_update_overtaken_by_its_rollback_submits_nothing(
    stack: CloudFormation, fake: Any, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = {**form, "Submit": False}
    succeeded(stack.create(draft, "Form"))
    stack.resources["Form"].status = stack.stack_status = "UPDATE_IN_PROGRESS"
    physical_id = stack.resources["Form"].physical_id
    changed = {**form, "Fields": {**form["Fields"], "companyInfo.city": "Tacoma"}}
    perform = fake.perform

    def overtaken(operation: str, parameters: dict[str, Any]) -> object:
        if operation == "PutRegistrationFieldValue" and stack.stack_status == "UPDATE_IN_PROGRESS":
            stack.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
            back = stack.event("Update", "Form", draft, old=changed, physical_id=physical_id)
            assert nested(stack, back)["Status"] == "SUCCESS"
        return perform(operation, parameters)

    monkeypatch.setattr(fake, "perform", overtaken)
    put = stack.deliver(stack.event("Update", "Form", changed, old=draft, physical_id=physical_id))
    assert put is not None
    failed(put.response, "abandoned")
    assert fake.calls_to("SubmitRegistrationVersion") == []


@pytest.mark.fault(27, 29)
def test_rollback_accepts_malformed_old_properties(stack: CloudFormation, form: dict[str, Any]) -> None:
    succeeded(stack.create(form, "Form"))
    odd = {**form, "Associations": [{"Ref": "x"}], "Fields": [1], "RegistrationId": {"a": "b"}}
    succeeded(stack.roll_back("Form", odd, form))


@pytest.mark.fault(13)
def test_form_without_a_create_response_releases_its_claim(
    stack: CloudFormation, fake: Any, form: dict[str, Any]
) -> None:
    fake.inject("PutRegistrationFieldValue", error=Killed, times=3)
    stack.create(form, "Form")
    assert PREFIX + "form-stack" not in tags_of(fake, form["RegistrationId"])


@pytest.mark.fault(63)
def test_refused_submission_quotes_no_value(stack: CloudFormation, fake: Any, form: dict[str, Any]) -> None:
    from moto_sms_voice.exceptions import ValidationException

    fake.inject(
        "SubmitRegistrationVersion",
        error=lambda: ValidationException("wrong: Canary", "INVALID_PARAMETER", [("companyInfo.city", "Canary City")]),
        times=99,
    )
    response = failed(stack.create(form, "Form"), "companyInfo.city", "INVALID_PARAMETER")
    assert "Canary" not in response["Reason"]


@pytest.mark.fault(28)
def test_adoption_overtaken_by_its_rollback(stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _, response = completed_create(stack, PROPERTIES)
    created, existing = response["PhysicalResourceId"], made_by_hand(fake)
    adopting = {**PROPERTIES, "ExistingRegistrationId": existing}
    stack.resources["TollFree"].status = stack.stack_status = "UPDATE_IN_PROGRESS"
    perform = fake.perform

    def overtaken(operation: str, parameters: dict[str, Any]) -> object:
        if stack.stack_status == "UPDATE_IN_PROGRESS":
            stack.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
            back = stack.event("Update", properties=PROPERTIES, old=adopting, physical_id=created)
            assert nested(stack, back)["Status"] == "SUCCESS"
            stack.resources["TollFree"].status, stack.stack_status = "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"
        return perform(operation, parameters)

    monkeypatch.setattr(fake, "perform", overtaken)
    assert stack.deliver(stack.event("Update", properties=adopting, old=PROPERTIES, physical_id=created)) is None
    assert not tags_of(fake, existing)


@pytest.mark.fault(28)
def test_rollback_releases_adoption_with_a_lost_response(stack: CloudFormation, fake: Any) -> None:
    _, response = completed_create(stack, PROPERTIES)
    created, existing = response["PhysicalResourceId"], made_by_hand(fake)
    adopting = {**PROPERTIES, "ExistingRegistrationId": existing}
    fake.inject("TagResource", error=Killed, when="after")
    fake.inject("DescribeRegistrations", error=Killed, nth=3, times=2)  # in the two deliveries that follow
    assert stack.update(adopting) is None
    assert not tags_of(fake, existing)
    assert stack.resources["TollFree"].physical_id == created
    assert live_ids(fake) == {created, existing}


@pytest.mark.fault(15)
def test_adoption_redelivered_after_stack_deletion(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake)
    event, _ = completed_create(stack, {**PROPERTIES, "ExistingRegistrationId": existing})
    stack.delete()
    stack.stack_status = "DELETE_COMPLETE"
    for later in (1, 90):
        stack.clock.passed += later
        stack.deliver(event)
        assert not tags_of(fake, existing)


@pytest.mark.parametrize("later", [1, 90])
@pytest.mark.fault(10, 15)
def test_create_redelivered_after_retention(stack: CloudFormation, fake: Any, later: float) -> None:
    event, response = completed_create(stack, PROPERTIES)
    stack.resources["TollFree"].status, stack.stack_status = "DELETE_SKIPPED", "DELETE_COMPLETE"
    stack.clock.passed += later
    stack.deliver(event)
    assert live_ids(fake) == {response["PhysicalResourceId"]}


@pytest.mark.fault(7, 18)
def test_late_delete_of_a_canceled_create_spares_the_next_one(stack: CloudFormation, fake: Any) -> None:
    stack.resources["TollFree"] = Resource(PROPERTIES, stack.generated_id("TollFree"), "DELETE_IN_PROGRESS")
    late = stack.event("Delete", properties=PROPERTIES, physical_id=stack.resources["TollFree"].physical_id)
    assert stack.deliver(late) is not None
    _, response = completed_create(stack, PROPERTIES)
    stack.clock.passed += 90
    stack.deliver(late)
    assert live_ids(fake) == {response["PhysicalResourceId"]}


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_IN_PROGRESS"])
@pytest.mark.fault(1, 28)
def test_form_update_redelivered_after_a_later_update(
    stack: CloudFormation, fake: Any, form: dict[str, Any], status: str
) -> None:
    """Also while the later one is in progress: then only the time when its status began tells them apart."""
    draft = {**form, "Submit": False}
    succeeded(stack.create(draft, "Form"))
    resource = stack.resources["Form"]
    versions = [{**draft, "Fields": {**form["Fields"], "companyInfo.city": city}} for city in ("Tacoma", "Olympia")]
    events = []
    for number, properties in enumerate(versions):
        stack.clock.passed += 100
        resource.status = stack.stack_status = "UPDATE_IN_PROGRESS"
        old = draft if number == 0 else versions[0]
        events.append(stack.event("Update", "Form", properties, old=old, physical_id=resource.physical_id))
        put = stack.deliver(events[-1])
        assert put is not None
        succeeded(put.response)
        resource.status = status
        if number == 0:
            stack.stack_status = "UPDATE_COMPLETE"
    stack.clock.passed += 10
    assert stack.deliver(events[0]) is None
    values = fake.registration(form["RegistrationId"]).current_version.values
    assert values["companyInfo.city"].text_value == "Olympia"


@pytest.mark.fault(1)
def test_continued_create_is_not_mistaken_for_a_duplicate(stack: CloudFormation, fake: Any) -> None:
    fake.inject("CreateRegistration", error=Killed, when="after")
    response = succeeded(stack.create(PROPERTIES))
    assert live_ids(fake) == {response["PhysicalResourceId"]}


@pytest.mark.fault(7, 13, 14)
def test_delete_of_a_canceled_create_spares_older_registrations(stack: CloudFormation, fake: Any) -> None:
    fake.configure(now=lambda: datetime.fromtimestamp(stack.clock.time(), timezone.utc))
    _, retained = completed_create(stack, PROPERTIES)
    stack.clock.passed += 60
    stack.began = stack.clock.time()
    completed_create(stack, PROPERTIES)
    stack.clock.passed += 5 * 3600  # the rollback of other resources took this long
    stack.resources["TollFree"] = Resource(PROPERTIES, stack.generated_id("TollFree"), "DELETE_IN_PROGRESS")
    stack.delete()
    assert live_ids(fake) == {retained["PhysicalResourceId"]}


@pytest.mark.parametrize(("ended_as", "waits"), [("UPDATE_COMPLETE", False), ("UPDATE_FAILED", True)])
@pytest.mark.fault(28)
def test_rollback_waits_only_for_an_update_that_was_canceled(
    stack: CloudFormation, fake: Any, ended_as: str, waits: bool
) -> None:
    """An Update that had its response writes nothing more, so that its rollback need not wait."""
    registration_id = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    tagged = {**PROPERTIES, "Tags": [{"Key": "a", "Value": "1"}]}
    resource = stack.resources["TollFree"]
    stack.stack_status = "UPDATE_IN_PROGRESS"
    succeeded(stack.invoke(stack.event("Update", properties=tagged, old=PROPERTIES, physical_id=registration_id)))
    resource.status = ended_as
    stack.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
    stack.clock.passed += 5
    began = stack.clock.passed
    succeeded(stack.invoke(stack.event("Update", properties=PROPERTIES, old=tagged, physical_id=registration_id)))
    assert (stack.clock.passed - began > 20) == waits
    assert "a" not in tags_of(fake, registration_id)
