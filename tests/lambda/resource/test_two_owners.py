"""Two owners at once, and a take-over that is rolled back: one of them is accepted, and what was taken is given back."""

from typing import Any, Literal

import pytest

from sms_registration_contract.cloudformation import CloudFormation, Killed, Resource
from support.form_help import FORM, TEXT, Form
from support.handler_help import (
    BRAND,
    PREFIX,
    PROPERTIES,
    completed_create,
    made_by_hand,
    nested,
    succeeded,
    tags_of,
)


@pytest.fixture
def other_stack(stack: CloudFormation) -> CloudFormation:
    other = CloudFormation(stack.endpoint, stack.clock, stack.handler, "Other")
    other.types["Form"] = FORM
    return other


# --- a take-over that is rolled back ---


def taken_over(stack: CloudFormation, properties: dict[str, Any], logical_id: str) -> None:
    """Take over in a deployment that then fails: the next thing that happens is the Delete of the rollback."""
    completed_create(stack, {**properties, "TakeOver": True}, logical_id)
    stack.stack_status = "ROLLBACK_IN_PROGRESS"


@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("operation", ["UntagResource", "TagResource"])
@pytest.mark.fault(13, 69)
def test_take_over_is_given_back_by_an_interrupted_rollback(
    stack: CloudFormation,
    other_stack: CloudFormation,
    fake: Any,
    operation: str,
    when: Literal["before", "after"],
    times: int,
) -> None:
    theirs = succeeded(other_stack.create(PROPERTIES, "Theirs"))["PhysicalResourceId"]
    taken_over(stack, {**PROPERTIES, "ExistingRegistrationId": theirs}, "TollFree")
    assert tags_of(fake, theirs)[PREFIX + "stack"] == stack.stack_id
    fake.inject(operation, error=Killed, when=when, times=times)
    stack.delete()
    fake.journal.faults.clear()
    if stack.resources["TollFree"].status == "DELETE_FAILED":
        stack.delete()
    assert tags_of(fake, theirs).get(PREFIX + "stack") == other_stack.stack_id


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> Form:
    """The first stack's registration and form."""
    return Form(stack, fake)


@pytest.fixture
def theirs(other_stack: CloudFormation, fake: Any, form: Form) -> Form:
    """A form in the second stack, for the first stack's registration."""
    return Form(other_stack, fake, registration_id=form.registration_id)


@pytest.mark.fault(69)
def test_form_is_given_back_by_a_rollback(form: Form, theirs: Form) -> None:
    succeeded(form.create(Revision="1"))
    before = tags_of(form.fake, form.registration_id)
    taken_over(theirs.stack, theirs.properties(), "Form")
    succeeded(theirs.stack.delete("Form"))
    # The record of the previous owner stays: after the last write, the form is not this stack's.
    after = tags_of(form.fake, form.registration_id)
    assert {key: value for key, value in after.items() if ":form-previous" not in key} == before


@pytest.mark.fault(69)
def test_former_owner_submits_nothing_again_after_such_a_rollback(form: Form, theirs: Form) -> None:
    succeeded(form.create(Revision="1"))
    form.fake.review.start(form.registration_id)
    form.fake.review.approve(form.registration_id)
    taken_over(theirs.stack, theirs.properties(), "Form")
    succeeded(theirs.stack.delete("Form"))
    form.writes()
    succeeded(form.update(Revision="1", OnLocked="keep"))
    assert "SubmitRegistrationVersion" not in form.writes()


@pytest.mark.fault(14)
def test_form_of_another_approved_registration_submits_nothing(
    form: Form, other_stack: CloudFormation, fake: Any
) -> None:
    """The revision is the same, and the content is what the approved version holds."""
    second = Form(other_stack, fake)
    succeeded(second.create())
    fake.review.start(second.registration_id)
    fake.review.approve(second.registration_id)
    succeeded(other_stack.delete("Form"))
    succeeded(form.create(Revision="1", Submit=False))  # submitted, it would be refused as an equal form
    before = len(fake.calls_to("SubmitRegistrationVersion"))
    pointed = {**form.properties(Revision="1"), "RegistrationId": second.registration_id}
    succeeded(form.stack.update(pointed, "Form"))
    assert len(fake.calls_to("SubmitRegistrationVersion")) == before


# --- two at the same moment ---


class AtOnce:
    """Delivers an event in the middle of another run, just before its first request of an operation."""

    def __init__(self, fake: Any, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
        self._fake, self._monkeypatch, self._operation = fake, monkeypatch, operation

    def statuses(
        self, outer: tuple[CloudFormation, dict[str, Any]], inner: tuple[CloudFormation, dict[str, Any]]
    ) -> list[str]:
        """Return the statuses of the responses to both events, each given with its stack."""
        perform, responses = self._fake.perform, []

        def at_once(operation: str, parameters: dict[str, Any]) -> object:
            if operation == self._operation and self._fake.perform is at_once:
                self._monkeypatch.setattr(self._fake, "perform", perform)
                responses.append(nested(*inner))
            return perform(operation, parameters)

        self._monkeypatch.setattr(self._fake, "perform", at_once)
        responses.append(nested(*outer))
        return [each["Status"] for each in responses]


@pytest.mark.fault(69)
def test_two_forms_at_once_are_not_both_accepted(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CloudFormation creates what does not depend on each other at once: two forms of one registration, in one stack."""
    registration_id = made_by_hand(fake, BRAND)
    form = Form(stack, fake, registration_id=registration_id)
    stack.types["Other"] = FORM
    one, other = form.properties(Submit=False), form.properties(change={TEXT: "Tacoma"}, Submit=False)
    stack.resources["Form"] = Resource(one, status="CREATE_IN_PROGRESS")
    stack.resources["Other"] = Resource(other, status="CREATE_IN_PROGRESS")
    at_once = AtOnce(fake, monkeypatch, "DescribeRegistrationVersions")
    statuses = at_once.statuses(
        (stack, stack.event("Create", "Form", one)), (stack, stack.event("Create", "Other", other))
    )
    owner = tags_of(fake, registration_id)[PREFIX + "form-logical-id"]
    assert statuses.count("SUCCESS") == 1, f"{statuses}: the form is {owner}'s, and another says it is its own"


@pytest.mark.fault(69)
def test_two_adoptions_at_once_are_not_both_accepted(
    stack: CloudFormation, other_stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopting = {**PROPERTIES, "ExistingRegistrationId": made_by_hand(fake)}
    stack.resources["TollFree"] = Resource(adopting, status="CREATE_IN_PROGRESS")
    other_stack.resources["Theirs"] = Resource(adopting, status="CREATE_IN_PROGRESS")
    statuses = AtOnce(fake, monkeypatch, "TagResource").statuses(
        (stack, stack.event("Create", properties=adopting)),
        (other_stack, other_stack.event("Create", "Theirs", adopting)),
    )
    assert statuses.count("SUCCESS") == 1, statuses
