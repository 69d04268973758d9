"""Which registrations a first submission is compared with, and what a container remembers of them."""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from support.form_help import FORM, TEXT, Form
from support.handler_help import BRAND, failed, succeeded

CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"


class Another(Form):
    """Another registration of the stack, and its form."""

    def __init__(self, stack: CloudFormation, fake: Any, name: str, registration_type: str = BRAND) -> None:
        self.name = name
        made = succeeded(stack.create({"RegistrationType": registration_type}, name))
        super().__init__(stack, fake, registration_type, made["PhysicalResourceId"])
        stack.types[f"{name}Form"] = FORM

    def create(self, **more: Any) -> dict[str, Any] | None:
        return self.stack.create(self.properties(**more), f"{self.name}Form")

    def reads_of(self, other: Form) -> int:
        """How often the tags of another registration were read since this one was created."""
        return sum(
            call.operation == "ListTagsForResource" and other.registration_id in call.parameters["ResourceArn"]
            for call in self.fake.calls[self.mark :]
        )


@pytest.fixture
def first(stack: CloudFormation, fake: Any) -> Form:
    return Form(stack, fake)


def test_what_is_under_review_or_decided_is_read_once(first: Form, stack: CloudFormation, fake: Any) -> None:
    succeeded(first.create())
    for name, reads in (("Second", 1), ("Third", 0)):
        other = Another(stack, fake, name)
        succeeded(other.create(change={TEXT: name}))
        assert other.reads_of(first) == reads
    fake.review.approve(first.registration_id)
    for name, reads in (("Fourth", 1), ("Fifth", 0)):
        other = Another(stack, fake, name)
        succeeded(other.create(change={TEXT: name}))
        assert other.reads_of(first) == reads


def test_a_new_container_reads_again(first: Form, stack: CloudFormation, fake: Any, handler: Any) -> None:
    succeeded(first.create())
    for name in ("Second", "Third"):
        handler.cool_down()
        other = Another(stack, fake, name)
        succeeded(other.create(change={TEXT: name}))
        assert other.reads_of(first) == 1


@pytest.mark.fault(76)
@pytest.mark.parametrize("decision", ["deny", "approve"])
def test_what_was_read_before_another_version_does_not_count(
    first: Form, stack: CloudFormation, fake: Any, decision: str
) -> None:
    succeeded(first.create())
    getattr(fake.review, decision)(first.registration_id)
    succeeded(Another(stack, fake, "Second").create(change={TEXT: "Boston"}))
    succeeded(first.update(change={TEXT: "Denver"}))
    fake.review.approve(first.registration_id)
    failed(Another(stack, fake, "Third").create(change={TEXT: "Denver"}), first.registration_id)


@pytest.mark.fault(76)
@pytest.mark.parametrize("afterwards", ["SUBMITTED", "CREATED"])
def test_what_was_read_of_a_draft_does_not_count(
    first: Form, stack: CloudFormation, fake: Any, afterwards: str
) -> None:
    """For up to a day, a submitted registration is described as if it were a draft."""
    fake.configure(registration_status_after_submit=afterwards)
    succeeded(first.create(Submit=False))
    succeeded(Another(stack, fake, "Second").create(change={TEXT: "Boston"}))
    succeeded(first.update())
    failed(Another(stack, fake, "Third").create(), first.registration_id)


@pytest.mark.fault(76)
def test_an_equal_form_is_refused_again(first: Form, stack: CloudFormation, fake: Any) -> None:
    succeeded(first.create())
    for name in ("Second", "Third"):
        failed(Another(stack, fake, name).create(), first.registration_id)


@pytest.fixture
def brand_in_review(first: Form, fake: Any) -> str:
    succeeded(first.create())
    return first.registration_id


def campaign(stack: CloudFormation, fake: Any, name: str) -> Another:
    return Another(stack, fake, name, CAMPAIGN)


def test_what_waits_is_compared_with_what_was_submitted(brand_in_review: str, stack: CloudFormation, fake: Any) -> None:
    """It is compared with drafts too, before it is submitted: a status may lag."""
    draft = campaign(stack, fake, "Draft")
    succeeded(draft.create(Associations=[brand_in_review]))
    second = campaign(stack, fake, "Second")
    assert succeeded(second.create(Associations=[brand_in_review]))["Data"]["PendingSubmission"] == "true"
    assert second.reads_of(draft) == 0

    fake.review.approve(brand_in_review)
    succeeded(stack.update(draft.properties(Associations=[brand_in_review], Revision="2"), "DraftForm"))
    third = campaign(stack, fake, "Third")
    failed(third.create(Associations=[brand_in_review]), draft.registration_id)
    failed(
        stack.update(second.properties(Associations=[brand_in_review], Revision="2"), "SecondForm"),
        draft.registration_id,
    )
