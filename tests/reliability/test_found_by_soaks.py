"""The shortest sequences of random deployments that once broke an invariant, without the random choice."""

from typing import Any

import pytest

from sms_registration_contract import function
from support import content
from support.invariants import owner_of
from support.registration_machine import RegistrationMachine
from support.scenarios import BRAND, TOLL_FREE, file, form, registration
from support.templates import ByHand
from support.trouble import Fault, Interruption, Trouble


def trouble(*faults: Fault, **more: Any) -> Trouble:
    return Trouble(
        **{"faults": [*faults], "interruptions": [], "replies": [], "cold": False, "other_fails": False} | more
    )


NONE = trouble(rollback_knows="new")
AT_ONCE = {"rollback_knows": "new", "is_parallel": True, "pause": 5.0}


@pytest.mark.fault(14)
def test_second_delivery_of_an_update_keeps_the_claim_that_its_rollback_restored(account: RegistrationMachine) -> None:
    other = {"Type": "Test::Other", "DependsOn": ["Registration", "Form"]}
    before = {
        "Registration": registration(TOLL_FREE),
        "Form": form(RegistrationId=ByHand(0), Submit=False, Revision="", OnLocked="fail"),
    }
    after = {
        "File": file(),
        "Registration": {**registration(TOLL_FREE, Tags=[{"Key": "a", "Value": "1"}]), "DependsOn": "File"},
        "Form": form({"company.image": {"AttachmentId": {"Ref": "File"}}}, Revision="", OnLocked="fail"),
        "Other": other,
    }
    account.deploy("A", before, NONE, touch=False)
    late = Fault(operation="CreateRegistration", kind="5xx", after=False, nth=1, times=1)
    account.deploy("A", after, trouble(late, other_fails=True, again=(None, None, 15.0), **AT_ONCE), touch=False)


@pytest.mark.fault(14)
def test_deletion_sweeps_what_an_interrupted_replacement_of_an_adopted_registration_left(
    account: RegistrationMachine,
) -> None:
    before = {"Registration": registration(TOLL_FREE, ExistingRegistrationId=ByHand(0)), "Form": form(Submit=False)}
    after = {"Registration": registration(BRAND), "Form": form(Submit=False)}
    kept = Fault(operation="TagResource", kind="killed", after=False, nth=2, times=9)
    account.deploy("A", before, NONE, touch=False)
    account.deploy("A", after, trouble(kept, rollback_knows="new", rolls_back=False), touch=False)
    account.destroy("A", NONE)


@pytest.mark.fault(14)
def test_rollback_of_two_deployments_goes_back_to_before_the_adoption_of_the_first(
    account: RegistrationMachine,
) -> None:
    before = {"Registration": registration(BRAND), "Form": form(Submit=False)}
    adopts = {"Registration": registration(BRAND, ExistingRegistrationId=ByHand(1)), "Form": form(Submit=False)}
    fails = {"Registration": registration(BRAND, ExistingRegistrationId=ByHand(0)), "Form": form(Submit=False)}
    denied = Fault(operation="PutRegistrationFieldValue", kind="denied", after=False, nth=1, times=9)
    account.deploy("A", before, NONE, touch=False)
    account.deploy("A", adopts, trouble(denied, rollback_knows="new", rolls_back=False), touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_FAILED"
    account.deploy("A", fails, NONE, touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.fault(14)
def test_rollback_of_two_replacements_goes_back_to_before_the_first(account: RegistrationMachine) -> None:
    before = {"Registration": registration(TOLL_FREE)}
    other = {"Registration": registration(BRAND), "Form": form(Submit=False)}
    adopts = {
        "Registration": registration(TOLL_FREE, ExistingRegistrationId=ByHand(0)),
        "Other": {"Type": "Test::Other"},
    }
    denied = Fault(operation="PutRegistrationFieldValue", kind="denied", after=False, nth=1, times=9)
    account.deploy("A", before, NONE, touch=False)
    account.deploy("A", other, trouble(denied, rollback_knows="new", rolls_back=False), touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_FAILED"
    adopts["Other"]["DependsOn"] = ["Registration"]
    account.deploy("A", adopts, trouble(other_fails=True, rollback_knows="new"), touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.fault(15)
def test_adoption_that_was_never_deployed_is_released_by_the_next_deployment(account: RegistrationMachine) -> None:
    alone = {"Registration": registration(BRAND)}
    adopted = {"Second": registration(TOLL_FREE, ExistingRegistrationId=ByHand(0), RemovalPolicy="destroy")}
    account.deploy("A", alone, NONE, touch=False)
    other = {"Other": {"Type": "Test::Other", "DependsOn": ["Second"]}}
    fails = trouble(other_fails=True, rollback_knows="new", rolls_back=False)
    account.deploy("A", alone | adopted | other, fails, touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_FAILED"
    account.deploy("A", alone, NONE, touch=False)
    assert account.by_hand[0] in account.checks.live()


@pytest.mark.fault(18)
def test_cleanup_of_a_form_that_never_responded_keeps_the_claim_of_the_next_one(account: RegistrationMachine) -> None:
    template = {"Registration": registration(TOLL_FREE), "Form": form(Submit=False)}
    killed = Fault(operation="DescribeRegistrations", kind="killed", after=True, nth=1, times=3)
    account.deploy("A", template, trouble(killed, rollback_knows="new", rolls_back=False), touch=False)
    assert account.stacks["A"].stack_status == "CREATE_FAILED"
    account.deploy("A", template, NONE, touch=False)
    (registration_id,) = account.checks.live() - set(account.by_hand)
    assert owner_of(account.checks.tags(registration_id), "form-") == (account.stacks["A"].stack_id, "Form")


@pytest.mark.fault(15)
def test_rollback_finds_what_was_replaced_although_a_deployment_no_longer_names_what_replaced_it(
    account: RegistrationMachine,
) -> None:
    before = {"Registration": registration(TOLL_FREE)}
    other = {"Other": {"Type": "Test::Other", "DependsOn": ["Registration"]}}
    adopts = {"Registration": registration(TOLL_FREE, ExistingRegistrationId=ByHand(0))}
    account.deploy("A", before, NONE, touch=False)
    fails = trouble(other_fails=True, rollback_knows="new", rolls_back=False)
    account.deploy("A", adopts | other, fails, touch=False)
    account.deploy("A", before | other, trouble(other_fails=True, rollback_knows="new"), touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.fault(14)
def test_adoption_sweeps_what_an_interrupted_replacement_of_a_retained_registration_left(
    account: RegistrationMachine,
) -> None:
    retained = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    before = {"Registration": {**registration(TOLL_FREE), **retained}}
    replaces = {"Registration": {**registration(BRAND), **retained}}
    adopts = {"Registration": {**registration(TOLL_FREE, ExistingRegistrationId=ByHand(0)), **retained}}
    killed = Fault(operation="TagResource", kind="killed", after=False, nth=2, times=9)
    account.deploy("A", before, NONE, touch=False)
    account.deploy("A", replaces, trouble(killed, rollback_knows="new", rolls_back=False), touch=False)
    account.deploy("A", adopts, NONE, touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_COMPLETE"


@pytest.mark.fault(15)
def test_rollback_of_an_adoption_does_not_mind_that_it_was_deployed_once(account: RegistrationMachine) -> None:
    adopts = {"Registration": registration(BRAND, ExistingRegistrationId=ByHand(1))}
    other = {"Other": {"Type": "Test::Other", "DependsOn": ["Registration"]}}
    account.deploy("A", adopts, NONE, touch=False)
    account.deploy("A", {"Registration": registration(TOLL_FREE)}, NONE, touch=False)
    account.deploy("A", {"Registration": registration(BRAND)}, NONE, touch=False)
    account.deploy("A", adopts | other, trouble(other_fails=True, rollback_knows="new"), touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.fault(14)
def test_rollback_looks_again_for_a_replacement_that_is_not_visible_yet(account: RegistrationMachine) -> None:
    account.world.fake.configure(describes_until_visible=1)
    account.deploy("A", {"Registration": registration(BRAND)}, NONE, touch=False)
    before = account.checks.live()
    canceled = trouble(interruptions=[Interruption(nth=8, what="cancel")], rollback_knows="old")
    account.deploy("A", {"Registration": registration(TOLL_FREE)}, canceled, touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert account.checks.live() == before


@pytest.mark.fault(69)
def test_next_update_writes_the_declared_tags_after_a_rolled_back_takeover(account: RegistrationMachine) -> None:
    adopted = registration(BRAND, ExistingRegistrationId=ByHand(1), Tags=[{"Key": "a", "Value": "1"}])
    takes_over = registration(BRAND, ExistingRegistrationId=ByHand(1), TakeOver=True, Tags=[{"Key": "a", "Value": "2"}])
    other = {"Other": {"Type": "Test::Other", "DependsOn": ["Registration"]}}
    account.deploy("B", {"Registration": adopted}, NONE, touch=False)
    account.deploy("A", {"Registration": registration(BRAND)}, NONE, touch=False)
    account.deploy(
        "A", {"Registration": takes_over} | other, trouble(other_fails=True, rollback_knows="new"), touch=False
    )
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert account.checks.tags(account.by_hand[1])["a"] == "2", "nobody else knows what its owner declared"
    account.stacks["B"].deploy({"Registration": account._with_ids(adopted)}, touch=True)
    assert account.checks.tags(account.by_hand[1])["a"] == "1"


@pytest.mark.fault(1, 18)
def test_second_delivery_of_a_rollback_that_fails_keeps_the_claim_that_the_first_restored(
    account: RegistrationMachine,
) -> None:
    other = {"Other": {"Type": "Test::Other", "DependsOn": ["Registration", "Form"]}}
    before = {"Registration": registration(BRAND), "Form": form(Submit=False)}
    after = {"Registration": registration(TOLL_FREE), "Form": form(Submit=False)}
    account.deploy("A", before, NONE, touch=False)
    denied = Fault(operation="DescribeRegistrationFieldValues", kind="denied", after=False, nth=3, times=9)
    account.deploy(
        "A", after | other, trouble(denied, other_fails=True, again=(None, None, None, 30.0), **AT_ONCE), touch=False
    )
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.fault(1, 18)
def test_late_update_does_not_delete_what_replaced_the_registration_meanwhile(account: RegistrationMachine) -> None:
    def tagged(value: str) -> dict[str, Any]:
        return {"Registration": registration(BRAND, Tags=[{"Key": "a", "Value": value}])}

    for value in "123":
        account.deploy("A", tagged(value), trouble(rollback_knows="new", pause=5.0), touch=False)
    replaces = {"Registration": registration(TOLL_FREE), "Form": form(Submit=False)}
    late = trouble(interruptions=[Interruption(nth=12, what="late")], rollback_knows="new", pause=5.0)
    account.deploy("A", replaces, late, touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_COMPLETE"


@pytest.mark.parametrize("knows", ["new", "old"])
@pytest.mark.parametrize("adopted", [{}, {"ExistingRegistrationId": ByHand(0)}], ids=["created", "adopted"])
@pytest.mark.fault(18)
def test_rollback_takes_back_what_another_resource_of_the_stack_took_over(
    account: RegistrationMachine, adopted: dict[str, Any], knows: str
) -> None:
    retained = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    before = {"Registration": {**registration(TOLL_FREE, **adopted), **retained}}
    account.deploy("A", before, NONE, touch=False)
    former = account.stacks["A"].resources["Registration"].physical_id
    second = registration(TOLL_FREE, ExistingRegistrationId=former, TakeOver=True)
    after = {"Registration": {**registration(BRAND), **retained}, "Second": {**second, "DependsOn": "Registration"}}
    other = {"Other": {"Type": "Test::Other", "DependsOn": ["Registration", "Second"]}}
    state = account.checks.tags(former)["cdk-sms-registration:state"]
    account.deploy("A", after | other, trouble(other_fails=True, rollback_knows=knows), touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert account.stacks["A"].resources["Registration"].physical_id == former
    tags = account.checks.tags(former)
    assert owner_of(tags) == (account.stacks["A"].stack_id, "Registration")
    assert tags["cdk-sms-registration:state"] == state


@pytest.mark.parametrize("nth", [7, 8])
@pytest.mark.fault(14, 18)
def test_canceled_create_releases_the_form_that_it_claims_after_its_delete(
    account: RegistrationMachine, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    # So that CloudFormation is asked again before the next attempt.
    monkeypatch.setattr(function.module("aws.sms_voice"), "_jitter", lambda attempt: 6.0)
    template = {
        "Form": form(RegistrationId=ByHand(0), Submit=False),
        "Other": {"Type": "Test::Other", "DependsOn": ["Form"]},
    }
    lost = Fault(operation="TagResource", kind="5xx", after=True, nth=1, times=2)
    late = [Interruption(nth=nth, what="cancel")]
    account.deploy("A", template, trouble(lost, interruptions=late, rollback_knows="new"), touch=False)
    assert owner_of(account.checks.tags(account.by_hand[0]), "form-") is None


@pytest.mark.parametrize("nth", [15, 16, 17, 18])
@pytest.mark.fault(15, 18)
def test_canceled_update_that_moved_a_form_releases_what_it_claimed(account: RegistrationMachine, nth: int) -> None:
    other = {"Other": {"Type": "Test::Other", "DependsOn": ["Registration", "Form"]}}
    before = {"Registration": registration(TOLL_FREE), "Form": form(Submit=False)}
    after = {"Registration": registration(TOLL_FREE, ExistingRegistrationId=ByHand(0)), "Form": form(Submit=False)}
    account.deploy("A", before | other, trouble(other_fails=True, rollback_knows="new", rolls_back=False), touch=False)
    assert account.stacks["A"].stack_status == "CREATE_FAILED"
    late = [Interruption(nth=nth, what="cancel")]
    account.deploy("A", after | other, trouble(interruptions=late, other_fails=True, rollback_knows="old"), touch=False)
    assert owner_of(account.checks.tags(account.by_hand[0]), "form-") is None


@pytest.mark.parametrize("submits", [False, True])
@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.fault(15)
def test_rollback_restores_what_nobody_declares_where_a_new_version_changed_it(
    account: RegistrationMachine, keeps: bool, submits: bool
) -> None:
    def of(note: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"Form": form(note, RegistrationId=ByHand(0), **{"Submit": True} | more)}

    other = {"Other": {"Type": "Test::Other", "DependsOn": ["Form"]}}
    account.deploy("A", of({"company.note": "CANARY two"}), NONE, touch=False)
    account.deploy("A", of({}, KeepUndeclared=True, Revision="2"), NONE, touch=False)
    changed = of({"company.note": "CANARY three"}, Submit=submits, KeepUndeclared=keeps)
    account.deploy("A", changed | other, trouble(other_fails=True, rollback_knows="new"), touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"
    version = account.world.fake.registration(account.by_hand[0]).current_version
    assert content.values_of(version)["company.note"] == "CANARY two"
    assert version.registration_version_status == "SUBMITTED"


@pytest.mark.fault(69)
def test_what_was_given_back_is_released_and_not_given_to_ourselves(account: RegistrationMachine) -> None:
    def adopts(**more: Any) -> dict[str, Any]:
        return {"Registration": registration(BRAND, ExistingRegistrationId=ByHand(1), **more)}

    other = {"Other": {"Type": "Test::Other", "DependsOn": ["Registration"]}}
    account.deploy("A", {"Registration": registration(BRAND)}, NONE, touch=False)
    fails = {"other_fails": True, "rollback_knows": "new"}
    account.deploy("A", adopts() | other, trouble(rolls_back=False, **fails), touch=False)
    account.deploy("B", adopts(TakeOver=True) | other, trouble(**fails), touch=False)
    assert owner_of(account.checks.tags(account.by_hand[1])) == (account.stacks["A"].stack_id, "Registration")
    account.deploy("A", {"Registration": registration(TOLL_FREE)}, NONE, touch=False)
    assert owner_of(account.checks.tags(account.by_hand[1])) is None


@pytest.mark.fault(69)
def test_form_that_was_given_back_is_released_and_not_given_to_ourselves(account: RegistrationMachine) -> None:
    template = {"Form": form(RegistrationId=ByHand(0), Submit=False)}
    takes_over = {"Form": form(RegistrationId=ByHand(0), Submit=False, TakeOver=True)}
    other = {"Other": {"Type": "Test::Other", "DependsOn": ["Form"]}}
    fails = {"other_fails": True, "rollback_knows": "new"}
    account.deploy("A", template | other, trouble(rolls_back=False, **fails), touch=False)
    account.deploy("B", takes_over | other, trouble(**fails), touch=False)
    assert owner_of(account.checks.tags(account.by_hand[0]), "form-") == (account.stacks["A"].stack_id, "Form")
    account.roll_back_failed(NONE)
    assert owner_of(account.checks.tags(account.by_hand[0]), "form-") is None


@pytest.mark.fault(13)
@pytest.mark.parametrize("ends", ["destroyed", "replaced"])
def test_file_of_a_replacement_without_a_response_does_not_stay(account: RegistrationMachine, ends: str) -> None:
    """Found by reading; no sequence had a request whose every response was refused, in a deployment that was kept."""
    first, other, third = "first.png", "second.png", "third.png"
    account.deploy("A", {"File": file(first)}, NONE, touch=False)
    unheard = trouble(rollback_knows="new", rolls_back=False, unheard=1)
    account.deploy("A", {"File": file(other)}, unheard, touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_FAILED"
    if ends == "destroyed":
        account.destroy("A", NONE)
    else:
        account.deploy("A", {"File": file(third)}, NONE, touch=False)


UNHEARD = trouble(rollback_knows="new", rolls_back=False, unheard=1)
"""CloudFormation takes no response to the first request, and the deployment is kept."""


@pytest.mark.fault(13)
def test_adoption_without_a_response_is_released_when_another_one_is_adopted(account: RegistrationMachine) -> None:
    account.deploy("A", {"Registration": registration(BRAND)}, NONE, touch=False)
    for number, happens in ((1, UNHEARD), (0, NONE)):
        adopts = {"Registration": registration(BRAND, ExistingRegistrationId=ByHand(number))}
        account.deploy("A", adopts, happens, touch=False)
    assert owner_of(account.checks.tags(account.by_hand[1])) is None


@pytest.mark.fault(13)
@pytest.mark.parametrize("shows", ["old", "new"])
def test_clean_up_of_a_create_without_a_response_keeps_what_the_next_create_made(
    account: RegistrationMachine, shows: str
) -> None:
    """Whichever ID DescribeStackResource shows during the clean-up."""
    before = {"Registration": registration(BRAND)}
    after = {**before, "Second": registration(TOLL_FREE)}
    account.deploy("A", before, NONE, touch=False)
    account.deploy("A", after, UNHEARD, touch=False)
    account.deploy("A", after, trouble(rollback_knows="new", cleanup_shows=shows), touch=False)
    held = {each.physical_id for each in account.stacks["A"].resources.values()}
    assert held <= account.checks.live()
    assert len(account.checks.live()) == len(held) + len(account.by_hand), "the first one is deleted"


@pytest.mark.fault(13)
@pytest.mark.parametrize("shows", ["old", "new"])
def test_clean_up_of_a_create_without_a_response_keeps_what_the_next_create_adopted(
    account: RegistrationMachine, shows: str
) -> None:
    before = {"Registration": registration(BRAND)}
    after = {**before, "Second": registration(TOLL_FREE, ExistingRegistrationId=ByHand(0))}
    account.deploy("A", before, NONE, touch=False)
    account.deploy("A", after, UNHEARD, touch=False)
    account.deploy("A", after, trouble(rollback_knows="new", cleanup_shows=shows), touch=False)
    assert owner_of(account.checks.tags(account.by_hand[0])) == (account.stacks["A"].stack_id, "Second")


@pytest.mark.fault(18)
@pytest.mark.parametrize("shows", ["old", "new"])
def test_clean_up_of_a_form_without_a_response_keeps_the_claim_of_the_next_one(
    account: RegistrationMachine, shows: str
) -> None:
    before = {"Registration": registration(BRAND)}
    after = {**before, "Form": form(RegistrationId=ByHand(0), Submit=False)}
    account.deploy("A", before, NONE, touch=False)
    account.deploy("A", after, UNHEARD, touch=False)
    account.deploy("A", after, trouble(rollback_knows="new", cleanup_shows=shows), touch=False)
    assert owner_of(account.checks.tags(account.by_hand[0]), "form-") == (account.stacks["A"].stack_id, "Form")


@pytest.mark.fault(13)
@pytest.mark.parametrize("knows", ["old", "new"])
@pytest.mark.parametrize("ends", ["destroyed", "rolled back"])
def test_adoption_without_a_response_is_released_by_a_delete(
    account: RegistrationMachine, knows: str, ends: str
) -> None:
    """The Delete has the former ID, and its properties need not name what was adopted."""
    adopts = {"Registration": registration(BRAND, ExistingRegistrationId=ByHand(1))}
    if ends == "destroyed":
        account.deploy("A", {"Registration": registration(BRAND)}, NONE, touch=False)
        account.deploy("A", adopts, UNHEARD, touch=False)
        account.destroy("A", trouble(rollback_knows=knows))
    else:  # of a stack that was never deployed
        before = {"Registration": registration(BRAND), "Other": {"Type": "Test::Other", "DependsOn": ["Registration"]}}
        fails = trouble(other_fails=True, rollback_knows=knows, rolls_back=False)
        account.deploy("A", before, fails, touch=False)
        account.deploy("A", adopts, trouble(rollback_knows=knows, unheard=1), touch=False)
    assert account.stacks["A"].stack_status in ("DELETE_COMPLETE", "ROLLBACK_COMPLETE")
    assert owner_of(account.checks.tags(account.by_hand[1])) is None


@pytest.mark.fault(13)
@pytest.mark.parametrize("knows", ["old", "new"])
def test_rollback_to_before_two_failed_deployments_leaves_neither_file(
    account: RegistrationMachine, knows: str
) -> None:
    other = {"Other": {"Type": "Test::Other", "DependsOn": ["File"]}}
    account.deploy("A", {"File": file("first.png")}, NONE, touch=False)
    fails = trouble(other_fails=True, rollback_knows=knows, rolls_back=False)
    account.deploy("A", {"File": file("second.png"), **other}, fails, touch=False)
    account.deploy("A", {"File": file("third.png")}, trouble(rollback_knows=knows, unheard=1), touch=False)
    assert account.stacks["A"].stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert len([each for each in account.checks.live() if each.startswith("attachment-")]) == 1
