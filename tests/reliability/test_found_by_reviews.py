"""Sequences of events that reviews of the handler found, each the shortest one."""

from typing import Any

import pytest

from sms_registration_contract import function
from support.invariants import owner_of
from support.registration_machine import RegistrationMachine
from support.scenarios import BRAND, TOLL_FREE, file, form, registration
from support.small_forms import IMAGE
from support.templates import ByHand
from support.trouble import Fault, Interruption, Trouble

OTHER: dict[str, Any] = {"Type": "Test::Other"}
RETAINED = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def trouble(*faults: Fault, **more: Any) -> Trouble:
    none = {"interruptions": [], "replies": [], "cold": False, "other_fails": False, "rollback_knows": "new"}
    return Trouble(**{"faults": [*faults]} | none | more)


NONE = trouble()
FAILS = trouble(other_fails=True)


@pytest.fixture
def asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call is repeated so late that CloudFormation is asked again before."""
    monkeypatch.setattr(function.module("aws.sms_voice"), "_jitter", lambda attempt: 11.0)


def lost(operation: str, canceled_before: int) -> Trouble:
    """Another resource fails, and the response to a write that takes effect after the rollback is lost."""
    never_seen = Fault(operation=operation, kind="5xx", after=True, nth=1, times=2)
    return trouble(never_seen, interruptions=[Interruption(nth=canceled_before, what="cancel")])


@pytest.mark.usefixtures("asked_again")
@pytest.mark.parametrize(
    ("operation", "template"),
    [
        ("CreateRegistration", {"Registration": registration(BRAND)}),
        ("CreateRegistrationAttachment", {"File": file()}),
    ],
)
@pytest.mark.fault(9, 33)
def test_canceled_create_deletes_what_it_made_without_knowing(
    account: RegistrationMachine, operation: str, template: dict[str, Any]
) -> None:
    """The invariants find an orphan."""
    account.deploy("A", template | {"Other": {**OTHER, "DependsOn": list(template)}}, lost(operation, 1), touch=False)
    assert account.checks.live() == set(account.by_hand)


@pytest.mark.usefixtures("asked_again")
@pytest.mark.parametrize("canceled_before", [3, 4])
@pytest.mark.fault(9, 15, 33)
def test_canceled_create_releases_what_it_adopted_without_knowing(
    account: RegistrationMachine, canceled_before: int
) -> None:
    template = {
        "Registration": registration(TOLL_FREE, ExistingRegistrationId=ByHand(0)),
        "Other": {**OTHER, "DependsOn": ["Registration"]},
    }
    account.deploy("A", template, lost("TagResource", canceled_before), touch=False)
    assert account.stacks["A"].stack_status == "DELETE_COMPLETE"
    assert owner_of(account.checks.tags(account.by_hand[0])) is None


@pytest.mark.parametrize("knows", ["new", "old"])
@pytest.mark.fault(18)
def test_rollback_takes_back_a_form_that_another_resource_of_the_stack_took_over(
    account: RegistrationMachine, knows: str
) -> None:
    before = {"Registration": {**registration(TOLL_FREE), **RETAINED}, "Form": form(Submit=False)}
    account.deploy("A", before, NONE, touch=False)
    stack = account.stacks["A"]
    former = stack.resources["Registration"].physical_id
    second = registration(TOLL_FREE, ExistingRegistrationId=former, TakeOver=True)
    of_second = {"Fn::GetAtt": ["Second", "RegistrationId"]}
    after = {
        "Registration": {**registration(BRAND), **RETAINED},
        "Form": form(Submit=False),
        "Second": {**second, "DependsOn": "Registration"},
        "SecondForm": form(Submit=False, TakeOver=True, RegistrationId=of_second),
    }
    other = {"Other": {**OTHER, "DependsOn": list(after)}}
    account.deploy("A", after | other, trouble(other_fails=True, rollback_knows=knows), touch=False)
    assert stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.resources["Form"].physical_id == f"form-of:{former}"
    assert owner_of(account.checks.tags(former), "form-") == (stack.stack_id, "Form")


@pytest.mark.fault(69)
def test_rollback_gives_back_only_what_its_deployment_took_over(account: RegistrationMachine) -> None:
    """It was taken over long ago, from a stack that is gone, and retained since."""

    def adopts(existing: object, **more: Any) -> dict[str, Any]:
        return {"Registration": {**registration(BRAND, ExistingRegistrationId=existing, **more), **RETAINED}}

    account.deploy("A", {"Registration": {**registration(BRAND), **RETAINED}}, NONE, touch=False)
    theirs = account.stacks["A"].resources["Registration"].physical_id
    account.deploy("B", adopts(theirs, TakeOver=True), NONE, touch=False)
    account.destroy("A", NONE)
    account.deploy("B", adopts(ByHand(1)), NONE, touch=False)
    other = {"Other": {**OTHER, "DependsOn": ["Registration"]}}
    account.deploy("B", adopts(theirs) | other, FAILS, touch=False)
    assert account.stacks["B"].stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert owner_of(account.checks.tags(theirs)) is None
    account.deploy("B", adopts(theirs), NONE, touch=False)
    assert account.stacks["B"].stack_status == "UPDATE_COMPLETE"


@pytest.mark.fault(69)
def test_deletion_of_a_failed_stack_gives_back_the_form_that_it_took_over(account: RegistrationMachine) -> None:
    template = {"Form": form(RegistrationId=ByHand(0), Submit=False)}
    takes_over = {"Form": form(RegistrationId=ByHand(0), Submit=False, TakeOver=True)}
    account.deploy("A", template, NONE, touch=False)
    other = {"Other": {**OTHER, "DependsOn": ["Form"]}}
    account.deploy("B", takes_over | other, trouble(other_fails=True, rolls_back=False), touch=False)
    assert account.stacks["B"].stack_status == "CREATE_FAILED"
    account.destroy("B", NONE)
    assert owner_of(account.checks.tags(account.by_hand[0]), "form-") == (account.stacks["A"].stack_id, "Form")


@pytest.mark.fault(69)
def test_deletion_of_a_stack_keeps_a_form_that_it_took_over_for_good(account: RegistrationMachine) -> None:
    template = {"Form": form(RegistrationId=ByHand(0), Submit=False)}
    takes_over = {"Form": form(RegistrationId=ByHand(0), Submit=False, TakeOver=True)}
    account.deploy("A", template, NONE, touch=False)
    account.deploy("B", takes_over, NONE, touch=False)
    account.destroy("B", NONE)
    assert owner_of(account.checks.tags(account.by_hand[0]), "form-") is None


def _with_file(key: str) -> dict[str, Any]:
    return {
        "File": file(key),
        "Registration": {**registration(TOLL_FREE), "DependsOn": "File"},
        "Form": form({IMAGE: {"AttachmentId": {"Ref": "File"}}}),
        "Other": {**OTHER, "DependsOn": ["File"]},
    }


@pytest.mark.parametrize("canceled_before", range(1, 12))
@pytest.mark.fault(84)
def test_file_that_a_canceled_update_went_back_to_is_deleted_with_its_registration(
    account: RegistrationMachine, canceled_before: int
) -> None:
    """Only an older version refers to it, so it could not be deleted before."""
    account.deploy("A", _with_file("first.png"), NONE, touch=False)
    stack = account.stacks["A"]
    first, registration_id = (stack.resources[name].physical_id for name in ("File", "Registration"))
    account.world.fake.review.approve(registration_id)
    account.deploy("A", _with_file("second.png"), NONE, touch=False)
    account.world.fake.review.approve(registration_id)
    assert account.checks.tags(first)["cdk-sms-registration:state"] == "leftover"
    canceled = trouble(interruptions=[Interruption(nth=canceled_before, what="cancel")])
    account.deploy("A", _with_file("first.png"), canceled, touch=False)
    account.destroy("A", NONE)
    assert stack.stack_status == "DELETE_COMPLETE"
    assert account.checks.live() == set(account.by_hand)


def killed(operation: str, nth: int = 1, **more: Any) -> Trouble:
    """Every delivery of a request ends at this call, which may have its effect."""
    fault = {"operation": operation, "kind": "killed", "after": more.pop("after", False), "nth": nth, "times": 9}
    return trouble(Fault(**fault), **more)


@pytest.mark.parametrize("knows", ["new", "old"])
@pytest.mark.fault(14)
def test_rollback_of_an_adoption_keeps_what_replaced_it_once(account: RegistrationMachine, knows: str) -> None:
    """All of them are retained. The adoption was interrupted before it removed what says by which one it was replaced."""

    def of(kind: str, **more: Any) -> dict[str, Any]:
        return {"Registration": {**registration(kind, **more), **RETAINED}}

    held = []
    for template in (of(TOLL_FREE), of(BRAND), of(TOLL_FREE, ExistingRegistrationId=ByHand(0))):
        account.deploy("A", template, NONE, touch=False)
        held.append(account.stacks["A"].resources["Registration"].physical_id)
    again = of(TOLL_FREE, ExistingRegistrationId=held[0])
    account.deploy("A", again, killed("UntagResource", rollback_knows=knows), touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert set(held) <= account.checks.live()
    assert owner_of(account.checks.tags(held[1])) == (account.stacks["A"].stack_id, "Registration")


@pytest.mark.parametrize("knows", ["new", "old"])
@pytest.mark.fault(14)
def test_rollback_of_a_way_back_to_a_file_keeps_what_replaced_it_once(account: RegistrationMachine, knows: str) -> None:
    """An older version refers to the first file, and the second one is retained."""

    def of(key: str, fields: dict[str, Any], **policies: str) -> dict[str, Any]:
        return {
            "File": {**file(key), **policies},
            "Registration": {**registration(TOLL_FREE), "DependsOn": "File"},
            "Form": form(fields),
        }

    account.deploy("A", of("first.png", {IMAGE: {"AttachmentId": {"Ref": "File"}}}), NONE, touch=False)
    stack = account.stacks["A"]
    account.world.fake.review.approve(stack.resources["Registration"].physical_id)
    account.deploy("A", of("second.png", {}), NONE, touch=False)
    second = stack.resources["File"].physical_id
    for key in ("second.png", "third.png"):
        account.deploy("A", of(key, {}, **RETAINED), NONE, touch=False)
    back = of("first.png", {}, **RETAINED)
    account.deploy("A", back, killed("UntagResource", rollback_knows=knows), touch=False)
    assert stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert second in account.checks.live()


@pytest.mark.parametrize("knows", ["new", "old"])
@pytest.mark.parametrize("rolls_back", [False, True])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.fault(13, 14)
def test_adoption_without_a_response_is_released_if_the_next_one_of_it_is_interrupted(
    account: RegistrationMachine, nth: int, after: bool, rolls_back: bool, knows: str
) -> None:
    """Before or after any of its writes."""
    adopts = {"Registration": registration(BRAND, ExistingRegistrationId=ByHand(1))}
    account.deploy("A", {"Registration": registration(BRAND)}, NONE, touch=False)
    account.deploy("A", adopts, trouble(rolls_back=False, unheard=1), touch=False)
    interrupted = killed("TagResource", nth, after=after, rolls_back=rolls_back, rollback_knows=knows)
    account.deploy("A", adopts, interrupted, touch=False)
    account.destroy("A", NONE)
    assert account.stacks["A"].stack_status == "DELETE_COMPLETE"
    assert owner_of(account.checks.tags(account.by_hand[1])) is None
