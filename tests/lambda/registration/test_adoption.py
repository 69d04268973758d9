"""Registrations that somebody else created: adopted, refused, taken over, released; deleted only when the template says so."""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from support.handler_help import (
    BRAND,
    OTHER_TYPE,
    PREFIX,
    PROPERTIES,
    failed,
    live_ids,
    made_by_hand,
    succeeded,
    tags_of,
)


def adopting(registration_id: str, **more: Any) -> dict[str, Any]:
    return {**PROPERTIES, "ExistingRegistrationId": registration_id, **more}


@pytest.fixture
def other_stack(stack: CloudFormation) -> CloudFormation:
    """A second stack of the same account and Region."""
    return CloudFormation(stack.endpoint, stack.clock, stack.handler, "Other")


@pytest.mark.fault(15)
def test_adoption_creates_nothing(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake, tags={"Name": "by hand"})
    response = succeeded(stack.create(adopting(existing, Tags=[{"Key": "team", "Value": "growth"}])))
    assert response["PhysicalResourceId"] == existing
    assert response["Data"]["RegistrationId"] == existing
    assert live_ids(fake) == {existing}
    tags = tags_of(fake, existing)
    assert tags["Name"] == "by hand"
    assert tags["team"] == "growth"
    assert tags[PREFIX + "state"] == "adopted"
    assert tags[PREFIX + "stack"] == stack.stack_id


@pytest.mark.fault(15)
def test_adopting_twice_writes_once(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake)
    event = stack.event("Create", properties=adopting(existing))
    stack.deliver(event)
    stack.deliver(event)
    assert len(fake.calls_to("TagResource")) == 1


@pytest.mark.parametrize(
    ("existing", "texts"),
    [
        ("registration-0123456789abcdef", ["registration-0123456789abcdef", "does not exist", "us-east-1"]),
        (BRAND, [BRAND, "US_TOLL_FREE_REGISTRATION", "declare the type that it has"]),
    ],
)
@pytest.mark.fault(15)
def test_failed_adoption_writes_nothing(stack: CloudFormation, fake: Any, existing: str, texts: list[str]) -> None:
    registration_id = made_by_hand(fake, existing) if existing == BRAND else existing
    before = len(fake.writes)
    failed(stack.create(adopting(registration_id)), *texts)
    assert fake.writes[before:] == []


@pytest.mark.fault(15)
def test_adopted_is_released_not_deleted(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake, tags={"Name": "by hand"})
    succeeded(stack.create(adopting(existing)))
    succeeded(stack.delete())
    assert live_ids(fake) == {existing}
    assert tags_of(fake, existing) == {"Name": "by hand"}
    succeeded(stack.delete())  # delivered again


@pytest.mark.fault(15)
def test_adopted_is_deleted_when_the_template_says_so(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake)
    succeeded(stack.create(adopting(existing, RemovalPolicy="destroy")))
    stack.stack_status = "CREATE_COMPLETE"
    succeeded(stack.delete())
    assert live_ids(fake) == set()


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.fault(15)
def test_rollback_of_an_adoption_never_deletes(stack: CloudFormation, fake: Any, known: bool) -> None:
    existing = made_by_hand(fake)
    succeeded(stack.create(adopting(existing, RemovalPolicy="destroy")))
    stack.stack_status = "ROLLBACK_IN_PROGRESS"
    stack.denied = not known
    succeeded(stack.delete())
    assert live_ids(fake) == {existing}


def test_dropping_the_argument_later_changes_nothing(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake)
    succeeded(stack.create(adopting(existing)))
    before = len(fake.writes)
    assert succeeded(stack.update(PROPERTIES))["PhysicalResourceId"] == existing
    assert fake.writes[before:] == []
    succeeded(stack.delete())
    assert live_ids(fake) == {existing}, "it is still adopted"


def test_another_existing_id_is_a_replacement(stack: CloudFormation, fake: Any) -> None:
    first, second = made_by_hand(fake), made_by_hand(fake)
    succeeded(stack.create(adopting(first)))
    assert succeeded(stack.update(adopting(second)))["PhysicalResourceId"] == second
    assert live_ids(fake) == {first, second}
    assert PREFIX + "stack" not in tags_of(fake, first)


def test_rollback_of_adopting_another_restores_the_original(stack: CloudFormation, fake: Any) -> None:
    own = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    existing = made_by_hand(fake)
    stack.resources["TollFree"].status = "UPDATE_IN_PROGRESS"
    put = stack.deliver(stack.event("Update", properties=adopting(existing), old=PROPERTIES, physical_id=own))
    assert put is not None
    assert put.response["PhysicalResourceId"] == existing
    stack.resources["TollFree"].physical_id = existing
    rolled_back = succeeded(stack.roll_back("TollFree", adopting(existing), PROPERTIES))
    assert rolled_back["PhysicalResourceId"] == own
    assert live_ids(fake) == {own, existing}
    assert PREFIX + "stack" not in tags_of(fake, existing)
    succeeded(stack.delete())
    assert live_ids(fake) == {existing}


@pytest.mark.fault(69)
def test_adopting_from_another_stack_names_the_owner(
    stack: CloudFormation, other_stack: CloudFormation, fake: Any
) -> None:
    theirs = succeeded(other_stack.create(PROPERTIES, "Theirs"))["PhysicalResourceId"]
    before = len(fake.writes)
    failed(stack.create(adopting(theirs)), other_stack.stack_id, "Theirs", "take_over=True")
    assert fake.writes[before:] == []


@pytest.mark.fault(69)
def test_owned_by_another_logical_id_is_refused(stack: CloudFormation, fake: Any) -> None:
    first = succeeded(stack.create(PROPERTIES, "First"))["PhysicalResourceId"]
    put = stack.deliver(stack.event("Create", "Second", adopting(first)))
    assert put is not None
    failed(put.response, "First of stack")


@pytest.mark.fault(69)
def test_take_over_changes_the_owner(stack: CloudFormation, other_stack: CloudFormation, fake: Any) -> None:
    theirs = succeeded(other_stack.create(PROPERTIES, "Theirs"))["PhysicalResourceId"]
    succeeded(stack.create(adopting(theirs, TakeOver=True)))
    assert tags_of(fake, theirs)[PREFIX + "stack"] == stack.stack_id
    put = other_stack.deliver(other_stack.event("Update", "Theirs", OTHER_TYPE, physical_id=theirs, old=PROPERTIES))
    assert put is not None
    failed(put.response, stack.stack_id)
    succeeded(other_stack.delete("Theirs"))
    assert live_ids(fake) == {theirs}


@pytest.mark.fault(69)
def test_rollback_of_a_take_over_restores_the_owner(
    stack: CloudFormation, other_stack: CloudFormation, fake: Any
) -> None:
    theirs = succeeded(other_stack.create(PROPERTIES, "Theirs"))["PhysicalResourceId"]
    before = tags_of(fake, theirs)
    succeeded(stack.create(adopting(theirs, TakeOver=True)))
    stack.stack_status = "ROLLBACK_IN_PROGRESS"
    succeeded(stack.delete())
    # The record of the previous owner stays: after the last write, the registration is not this stack's.
    after = {key: value for key, value in tags_of(fake, theirs).items() if ":previous-" not in key}
    assert after == {key: before[key] for key in before if not key.endswith(":request")}
    succeeded(other_stack.delete("Theirs"))
    assert live_ids(fake) == set()


@pytest.mark.fault(14, 69)
def test_retain_destroy_redeploy(stack: CloudFormation, other_stack: CloudFormation, fake: Any) -> None:
    """After a stack that retained its registration is deleted, the next stack of that name adopts the registration."""
    retained = succeeded(other_stack.create(PROPERTIES))["PhysicalResourceId"]
    failed(stack.create(adopting(retained)), other_stack.stack_id)
    stack.stack_status = "CREATE_IN_PROGRESS"
    succeeded(stack.create(adopting(retained, TakeOver=True)))
    succeeded(stack.update(adopting(retained, Tags=[{"Key": "a", "Value": "1"}])))
    assert tags_of(fake, retained)["a"] == "1"


def test_take_over_restores_lost_owner_tags(stack: CloudFormation, fake: Any) -> None:
    created = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    arn = fake.registration(created).registration_arn
    fake.untag_resource(resource_arn=arn, tag_keys=list(tags_of(fake, created)))
    event = stack.event("Update", properties=PROPERTIES, old=PROPERTIES, physical_id=created)
    put = stack.deliver(event)
    assert put is not None
    failed(put.response, "no owner tags", "take_over=True")
    succeeded(stack.update({**PROPERTIES, "TakeOver": "true"}))
    succeeded(stack.delete())
    assert live_ids(fake) == set()


def test_adopted_registration_cannot_change_type(stack: CloudFormation, fake: Any) -> None:
    existing = made_by_hand(fake)
    adopted = {**PROPERTIES, "ExistingRegistrationId": existing}
    succeeded(stack.create(adopted))
    response = stack.update({**adopted, "RegistrationType": OTHER_TYPE["RegistrationType"]})
    failed(response, existing, "declare the type that it has")
    assert live_ids(fake) == {existing}


@pytest.mark.fault(15)
def test_readopting_a_retained_registration_keeps_its_successor(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack, "clean_up", lambda *_: None)  # UpdateReplacePolicy: Retain
    first = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    second = succeeded(stack.update(OTHER_TYPE))["PhysicalResourceId"]
    assert succeeded(stack.update(adopting(first)))["PhysicalResourceId"] == first
    succeeded(stack.update(adopting(first, Tags=[{"Key": "a", "Value": "1"}])))
    assert live_ids(fake) == {first, second}


@pytest.mark.fault(15, 27)
def test_rollback_after_dropping_the_argument_keeps_the_adopted(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event of a later rollback looks like that of the adoption's own rollback, but does not restore what it replaced."""
    monkeypatch.setattr(stack, "clean_up", lambda *_: None)  # UpdateReplacePolicy: Retain
    existing = made_by_hand(fake)
    succeeded(stack.create(PROPERTIES))
    assert succeeded(stack.update(adopting(existing)))["PhysicalResourceId"] == existing
    succeeded(stack.update(PROPERTIES))
    response = succeeded(stack.roll_back("TollFree", adopting(existing), PROPERTIES))
    assert response["PhysicalResourceId"] == existing
