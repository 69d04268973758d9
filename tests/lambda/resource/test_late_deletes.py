"""A Delete that is delivered again after the resource was deployed again: it must not touch what the stack holds now.

Lambda delivers events at least once. And the function itself asks for a repetition when the endpoint did not confirm the
response: CloudFormation may have taken that response all the same, and the user may have deployed again.
"""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation, Resource
from support.form_help import Form
from support.handler_help import PREFIX, PROPERTIES, completed_create, made_by_hand, nested, succeeded, tags_of


def completed_delete(
    stack: CloudFormation, properties: dict[str, Any], physical_id: str, logical_id: str = "TollFree"
) -> dict[str, Any]:
    """Return the event of a Delete whose response CloudFormation accepted."""
    stack.resources[logical_id] = Resource(properties, physical_id, "DELETE_IN_PROGRESS")
    event = stack.event("Delete", logical_id, properties=properties, physical_id=physical_id)
    succeeded(nested(stack, event))
    stack.resources[logical_id].status = "DELETE_COMPLETE"
    return event


def deploy_again(stack: CloudFormation, properties: dict[str, Any], logical_id: str = "TollFree") -> None:
    stack.clock.passed += 30
    completed_create(stack, properties, logical_id)
    stack.stack_status = "CREATE_COMPLETE"


def deliver_again(stack: CloudFormation, event: dict[str, Any]) -> None:
    stack.clock.passed += 60
    stack.deliver(event)


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> Form:
    return Form(stack, fake)


@pytest.mark.parametrize("kind", ["generated", "marker", "real"])
@pytest.mark.fault(15, 18)
def test_late_delete_of_a_rolled_back_adoption_keeps_the_claim_of_the_next_one(
    stack: CloudFormation, fake: Any, kind: str
) -> None:
    existing = made_by_hand(fake)
    adopting = {**PROPERTIES, "ExistingRegistrationId": existing}
    completed_create(stack, adopting)
    ids = {"generated": stack.generated_id("TollFree"), "marker": "not-created:TollFree:1", "real": existing}
    late = completed_delete(stack, adopting, ids[kind])
    deploy_again(stack, adopting)
    before = tags_of(fake, existing)
    deliver_again(stack, late)
    assert tags_of(fake, existing) == before, "the stack holds it, and its owner tags are gone"


@pytest.mark.fault(15, 18)
def test_adoption_can_be_updated_after_the_late_delete_of_an_earlier_one(stack: CloudFormation, fake: Any) -> None:
    """Without its owner tags, the stack could not be updated any more without take_over=True."""
    existing = made_by_hand(fake)
    adopting = {**PROPERTIES, "ExistingRegistrationId": existing}
    completed_create(stack, adopting)
    late = completed_delete(stack, adopting, existing)
    deploy_again(stack, adopting)
    deliver_again(stack, late)
    succeeded(stack.update({**adopting, "Tags": [{"Key": "a", "Value": "1"}]}))


@pytest.mark.fault(18, 69)
def test_late_delete_of_a_form_keeps_the_claim_of_the_next_one(stack: CloudFormation, fake: Any, form: Form) -> None:
    first = form.properties(Revision="1")
    completed_create(stack, first, "Form")
    late = completed_delete(stack, first, f"form-of:{form.registration_id}", "Form")
    deploy_again(stack, first, "Form")
    before = tags_of(fake, form.registration_id)
    assert before[PREFIX + "form-stack"] == stack.stack_id
    deliver_again(stack, late)
    assert tags_of(fake, form.registration_id) == before


@pytest.mark.fault(18)
def test_approved_form_is_not_submitted_again_after_the_late_delete_of_an_earlier_one(
    stack: CloudFormation, fake: Any, form: Form
) -> None:
    """Without the record of the revision, the next Update would take it for a new one and submit an approved form again."""
    first = form.properties(Revision="1")
    completed_create(stack, first, "Form")
    late = completed_delete(stack, first, f"form-of:{form.registration_id}", "Form")
    deploy_again(stack, first, "Form")
    fake.review.start(form.registration_id)
    fake.review.approve(form.registration_id)
    deliver_again(stack, late)
    form.writes()
    succeeded(stack.update({**first, "OnLocked": "keep"}, "Form"))
    assert "SubmitRegistrationVersion" not in form.writes(), "nothing of the form or of its revision has changed"
