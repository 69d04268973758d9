"""The exact requests that each event causes. docs/performance.md says what each is for."""

from collections import Counter
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from support.form_help import TEXT, Form
from support.handler_help import BRAND, PROPERTIES, made_by_hand

READ_FORM = {
    "DescribeRegistrations": 1,
    "ListTagsForResource": 1,
    "DescribeRegistrationFieldDefinitions": 1,
    "DescribeRegistrationTypeDefinitions": 1,
    "DescribeRegistrationVersions": 1,
    "DescribeRegistrationFieldValues": 1,
}


class Requests:
    """Counts the requests to the service and CloudFormation."""

    def __init__(self, stack: CloudFormation, fake: Any) -> None:
        self._stack, self._fake = stack, fake
        self.forget()

    def forget(self) -> None:
        self._calls, self._api_calls = len(self._fake.calls), len(self._stack.api_calls)

    def made(self) -> Counter[str]:
        calls = [call.operation for call in self._fake.calls[self._calls :]]
        return Counter([*calls, *self._stack.api_calls[self._api_calls :]])


@pytest.fixture
def requests(stack: CloudFormation, fake: Any) -> Requests:
    return Requests(stack, fake)


def test_create_makes_two_calls_and_one_status_query(stack: CloudFormation, requests: Requests) -> None:
    stack.create(PROPERTIES)
    assert requests.made() == {"CreateRegistration": 1, "TagResource": 1, "DescribeStackResource": 1}


def test_unchanged_update_makes_two_reads(stack: CloudFormation, requests: Requests) -> None:
    stack.create(PROPERTIES)
    requests.forget()
    stack.update(PROPERTIES)
    assert requests.made() == {"DescribeRegistrations": 1, "ListTagsForResource": 1, "DescribeStacks": 1}


def test_unchanged_form_is_read_once(stack: CloudFormation, fake: Any, requests: Requests) -> None:
    # Pages are as large as the handler requests: one call per list.
    fake.configure(page_size=100)
    form = Form(stack, fake)
    form.create(Submit=False)
    requests.forget()
    form.update(Submit=False)
    assert requests.made() == {**READ_FORM, "DescribeStacks": 1}


def test_one_changed_field_makes_one_write_and_one_reread(stack: CloudFormation, fake: Any, requests: Requests) -> None:
    fake.configure(page_size=100)
    form = Form(stack, fake)
    form.create(Submit=False)
    requests.forget()
    form.update(Submit=False, change={TEXT: "Elsewhere"})
    rereads = {"DescribeRegistrations": 2, "DescribeRegistrationVersions": 2}
    # Before the first write, CloudFormation is asked whether it still waits for this request, which operation sent it, and
    # whether a later one began.
    fence = {"DescribeStacks": 2, "DescribeStackResource": 1, "DescribeStackEvents": 1}
    assert requests.made() == {**READ_FORM, **rereads, **fence, "PutRegistrationFieldValue": 1}


def test_first_submission_looks_for_equal_forms(stack: CloudFormation, fake: Any, requests: Requests) -> None:
    """The tags of each other registration of the type are read, and the digest is written before the submission."""
    fake.configure(page_size=100)
    others = 3
    for _ in range(others):
        made_by_hand(fake, BRAND)
    form = Form(stack, fake)
    form.create(Submit=False)
    requests.forget()
    form.update()
    assert requests.made() == {
        **READ_FORM,
        "DescribeRegistrations": 3,
        "DescribeRegistrationVersions": 2,
        # Read again right before the submission: only what was declared may be submitted.
        "DescribeRegistrationFieldValues": 2,
        "ListTagsForResource": 1 + others,
        "TagResource": 1,
        "SubmitRegistrationVersion": 1,
        # Whether CloudFormation still wants it, before the tags and before the submission.
        "DescribeStacks": 2,
        "DescribeStackResource": 2,
        "DescribeStackEvents": 1,
    }


def test_later_submission_looks_for_none(stack: CloudFormation, fake: Any, requests: Requests) -> None:
    fake.configure(page_size=100)
    made_by_hand(fake, BRAND)
    form = Form(stack, fake)
    form.create()
    fake.review.deny(form.registration_id)
    requests.forget()
    form.update(change={TEXT: "Elsewhere"})
    assert requests.made()["ListTagsForResource"] == 1
    assert requests.made()["TagResource"] == 1
