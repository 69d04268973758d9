"""Events that come again, late, or after they were overtaken: nothing that lives is deleted, nothing that is filed is undone."""

from datetime import datetime, timezone
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation, Killed, Resource
from sms_registration_handler import dispatch
from support.handler_help import OTHER_TYPE, PREFIX, PROPERTIES, failed, live_ids, made_by_hand, succeeded, tags_of

BRAND_FORM = "Custom::SmsRegistrationForm"


def answered(stack: CloudFormation, properties: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A Create that CloudFormation has taken the answer of."""
    stack.resources["TollFree"] = resource = Resource(properties, status="CREATE_IN_PROGRESS")
    event = stack.event("Create", properties=properties)
    put = stack.deliver(event)
    assert put is not None
    resource.status, resource.physical_id = "CREATE_COMPLETE", succeeded(put.response)["PhysicalResourceId"]
    return event, put.response


def nested(stack: CloudFormation, event: dict[str, Any]) -> dict[str, Any]:
    """Another container handles an event while the first one is still at work."""
    running = dict(dispatch.provider.__dict__)
    try:
        put = stack.deliver(event)
    finally:
        dispatch.provider.__dict__.clear()
        dispatch.provider.__dict__.update(running)
    assert put is not None
    return put.response


@pytest.mark.parametrize("later", [5, 90])
@pytest.mark.parametrize("token", ["remembered", "forgotten"])
@pytest.mark.fault(1, 4)
def test_a_create_that_comes_again_after_its_success(
    stack: CloudFormation, fake: Any, later: float, token: str
) -> None:
    from datetime import timedelta

    if token == "forgotten":
        fake.configure(client_token_retention=timedelta(0))
    event, answer = answered(stack, PROPERTIES)
    stack.clock.passed += later
    again = stack.deliver(event)
    assert again is None or succeeded(again.response)["PhysicalResourceId"] == answer["PhysicalResourceId"]
    assert live_ids(fake) == {answer["PhysicalResourceId"]}


@pytest.mark.fault(1, 15)
def test_an_adoption_that_comes_again_after_its_success(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake)
    event, _ = answered(stack, {**PROPERTIES, "ExistingRegistrationId": existing})
    stack.clock.passed += 90
    assert stack.deliver(event) is None
    assert tags_of(fake, existing)[PREFIX + "stack"] == stack.stack_id


@pytest.mark.parametrize("status", ["REVIEW_IN_PROGRESS", "INVENTED_BY_AWS"])
@pytest.mark.fault(72)
def test_an_unknown_status_of_the_resource_deletes_nothing(stack: CloudFormation, fake: Any, status: str) -> None:
    event, answer = answered(stack, PROPERTIES)
    stack.resources["TollFree"].status = status
    stack.clock.passed += 90
    stack.deliver(event)
    assert live_ids(fake) == {answer["PhysicalResourceId"]}


@pytest.mark.fault(10)
def test_a_create_for_a_resource_that_the_stack_has_no_more(stack: CloudFormation, fake: Any) -> None:
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
def test_a_replacement_that_its_rollback_overtakes(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, answer = answered(stack, PROPERTIES)
    created = answer["PhysicalResourceId"]
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
    failed(put.response, "given up")
    assert live_ids(fake) == {created}


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> dict[str, Any]:
    """The properties of a form that can be submitted."""
    stack.types["Form"] = BRAND_FORM
    shell = succeeded(stack.create(OTHER_TYPE, "Registration"))["PhysicalResourceId"]
    example = fake.example_form(OTHER_TYPE["RegistrationType"])
    fields = {path: next(iter(value.values())) for path, value in example.items()}
    return {"RegistrationId": shell, "Fields": fields, "Submit": True}


@pytest.mark.parametrize("operation", ["DescribeRegistrations", "DescribeRegistrationVersions"])
@pytest.mark.fault(33)
def test_what_cannot_be_read_after_a_filing_does_not_undo_it(
    stack: CloudFormation, fake: Any, form: dict[str, Any], monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    from moto_sms_voice.exceptions import InternalServerException

    perform = fake.perform

    def fail_after_submit(name: str, parameters: dict[str, Any]) -> object:
        answer = perform(name, parameters)
        if name == "SubmitRegistrationVersion":
            fake.inject(operation, error=InternalServerException, times=99)
        return answer

    monkeypatch.setattr(fake, "perform", fail_after_submit)
    answer = succeeded(stack.create(form, "Form"))
    assert answer["Data"]["VersionStatus"] == "SUBMITTED"


@pytest.mark.fault(28)
def test_an_update_that_its_rollback_overtakes_files_nothing(
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
    failed(put.response, "given up")
    assert fake.calls_to("SubmitRegistrationVersion") == []


@pytest.mark.fault(27, 29)
def test_a_rollback_survives_old_properties_of_any_shape(stack: CloudFormation, form: dict[str, Any]) -> None:
    succeeded(stack.create(form, "Form"))
    odd = {**form, "Associations": [{"Ref": "x"}], "Fields": [1], "RegistrationId": {"a": "b"}}
    succeeded(stack.roll_back("Form", odd, form))


@pytest.mark.fault(13)
def test_a_form_whose_create_never_answered_lets_go(stack: CloudFormation, fake: Any, form: dict[str, Any]) -> None:
    fake.inject("PutRegistrationFieldValue", error=Killed, times=3)
    stack.create(form, "Form")
    assert PREFIX + "form-stack" not in tags_of(fake, form["RegistrationId"])


@pytest.mark.fault(63)
def test_a_refused_submission_quotes_no_value(stack: CloudFormation, fake: Any, form: dict[str, Any]) -> None:
    from moto_sms_voice.exceptions import ValidationException

    fake.inject(
        "SubmitRegistrationVersion",
        error=lambda: ValidationException("wrong: Canary", "INVALID_PARAMETER", [("companyInfo.city", "Canary City")]),
        times=99,
    )
    answer = failed(stack.create(form, "Form"), "companyInfo.city", "INVALID_PARAMETER")
    assert "Canary" not in answer["Reason"]


@pytest.mark.fault(28)
def test_an_adoption_that_its_rollback_overtakes(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, answer = answered(stack, PROPERTIES)
    created, existing = answer["PhysicalResourceId"], made_by_hand(fake)
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
    put = stack.deliver(stack.event("Update", properties=adopting, old=PROPERTIES, physical_id=created))
    assert put is not None
    failed(put.response, "given up")
    assert not tags_of(fake, existing)


@pytest.mark.fault(28)
def test_an_adoption_whose_answer_was_lost_is_released_in_the_rollback(stack: CloudFormation, fake: Any) -> None:
    _, answer = answered(stack, PROPERTIES)
    created, existing = answer["PhysicalResourceId"], made_by_hand(fake)
    adopting = {**PROPERTIES, "ExistingRegistrationId": existing}
    fake.inject("TagResource", error=Killed, when="after")
    fake.inject("DescribeRegistrations", error=Killed, nth=3, times=2)  # in the two deliveries that follow
    assert stack.update(adopting) is None
    assert not tags_of(fake, existing)
    assert stack.resources["TollFree"].physical_id == created
    assert live_ids(fake) == {created, existing}


@pytest.mark.fault(15)
def test_an_adoption_that_comes_again_after_its_stack_is_gone(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake)
    event, _ = answered(stack, {**PROPERTIES, "ExistingRegistrationId": existing})
    stack.delete()
    stack.stack_status = "DELETE_COMPLETE"
    for later in (1, 90):
        stack.clock.passed += later
        stack.deliver(event)
        assert not tags_of(fake, existing)


@pytest.mark.parametrize("later", [1, 90])
@pytest.mark.fault(10, 15)
def test_a_create_that_comes_again_after_its_registration_was_retained(
    stack: CloudFormation, fake: Any, later: float
) -> None:
    event, answer = answered(stack, PROPERTIES)
    stack.resources["TollFree"].status, stack.stack_status = "DELETE_SKIPPED", "DELETE_COMPLETE"
    stack.clock.passed += later
    stack.deliver(event)
    assert live_ids(fake) == {answer["PhysicalResourceId"]}


@pytest.mark.fault(7, 18)
def test_the_delete_of_a_cancelled_create_that_comes_again_after_the_next_create(
    stack: CloudFormation, fake: Any
) -> None:
    stack.resources["TollFree"] = Resource(PROPERTIES, stack.generated_id("TollFree"), "DELETE_IN_PROGRESS")
    late = stack.event("Delete", properties=PROPERTIES, physical_id=stack.resources["TollFree"].physical_id)
    assert stack.deliver(late) is not None
    _, answer = answered(stack, PROPERTIES)
    stack.clock.passed += 90
    stack.deliver(late)
    assert live_ids(fake) == {answer["PhysicalResourceId"]}


@pytest.mark.parametrize("status", ["UPDATE_COMPLETE", "UPDATE_IN_PROGRESS"])
@pytest.mark.fault(1, 28)
def test_an_update_of_a_form_that_comes_again_after_a_later_one(
    stack: CloudFormation, fake: Any, form: dict[str, Any], status: str
) -> None:
    """Or while the later one is at work: then only the moment at which its status began tells them apart."""
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
    stack.clock.passed += 10
    assert stack.deliver(events[0]) is None
    values = fake.registration(form["RegistrationId"]).current_version.values
    assert values["companyInfo.city"].text_value == "Olympia"


@pytest.mark.fault(1)
def test_a_create_that_goes_on_is_not_taken_for_one_too_many(stack: CloudFormation, fake: Any) -> None:
    fake.inject("CreateRegistration", error=Killed, when="after")
    answer = succeeded(stack.create(PROPERTIES))
    assert live_ids(fake) == {answer["PhysicalResourceId"]}


@pytest.mark.fault(7, 13, 14)
def test_the_delete_of_a_cancelled_create_ends_what_its_deployment_made_and_nothing_older(
    stack: CloudFormation, fake: Any
) -> None:
    fake.configure(now=lambda: datetime.fromtimestamp(stack.clock.time(), timezone.utc))
    _, retained = answered(stack, PROPERTIES)
    stack.clock.passed += 60
    stack.began = stack.clock.time()
    answered(stack, PROPERTIES)
    stack.clock.passed += 5 * 3600  # others took their time to be rolled back
    stack.resources["TollFree"] = Resource(PROPERTIES, stack.generated_id("TollFree"), "DELETE_IN_PROGRESS")
    stack.delete()
    assert live_ids(fake) == {retained["PhysicalResourceId"]}
