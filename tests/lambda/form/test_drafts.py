"""A draft may be incomplete; only what is to be submitted must be complete. Kept values come from the version that has some."""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from support.form_help import TEXT, Form
from support.handler_help import BRAND, api, failed, made_by_hand, succeeded

CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"
NAME, STATE = "companyInfo.companyName", "companyInfo.state"


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> Form:
    return Form(stack, fake)


def only(form: Form, *paths: str) -> dict[str, Any]:
    return {"change": {path: None for path in form.fields if path not in paths}}


@pytest.mark.fault(83)
def test_half_a_form_is_a_draft_and_is_completed_later(form: Form) -> None:
    drafted = succeeded(form.create(Submit=False, **only(form, NAME, TEXT)))
    assert form.held() == {NAME: form.fields[NAME], TEXT: form.fields[TEXT]}
    missing = drafted["Data"]["MissingFields"].split(", ")
    assert STATE in missing
    assert NAME not in missing
    completed = succeeded(form.update())
    assert (completed["Data"]["VersionStatus"], completed["Data"]["MissingFields"]) == ("SUBMITTED", "")


@pytest.mark.fault(83)
def test_half_a_form_is_not_submitted(form: Form) -> None:
    failed(form.create(**only(form, NAME)), STATE, "is required")
    assert form.writes() == []


@pytest.mark.fault(83)
def test_wrong_values_of_a_draft_are_refused(form: Form) -> None:
    failed(form.create(Submit=False, change={STATE: "x" * 3000, NAME: None}), STATE, "too long")
    assert form.writes() == []


@pytest.mark.fault(83)
def test_a_campaign_with_only_its_brand_is_a_draft(stack: CloudFormation, fake: Any) -> None:
    brand = made_by_hand(fake, BRAND)
    fake.review.set_status(brand, registration_status="COMPLETE")
    campaign = Form(stack, fake, CAMPAIGN)
    answer = succeeded(campaign.create(Submit=False, Fields={}, Associations=[brand]))
    assert campaign.writes() == ["CreateRegistrationAssociation"]
    assert answer["Data"]["MissingFields"]


@pytest.mark.fault(86)
def test_kept_values_come_from_the_version_that_has_some(stack: CloudFormation, fake: Any) -> None:
    """Version 1 is complete and denied, version 2 blank and denied: what is not declared is in version 1."""
    fake.configure(form_check="denial")
    registration_id = made_by_hand(fake, BRAND)
    form = Form(stack, fake, registration_id=registration_id)
    for path, member in fake.example_form(BRAND).items():
        api().put_registration_field_value(RegistrationId=registration_id, FieldPath=path, **member)
    api().submit_registration_version(RegistrationId=registration_id)
    fake.review.deny(registration_id)
    api().create_registration_version(RegistrationId=registration_id)
    api().submit_registration_version(RegistrationId=registration_id)
    form.writes()
    values = form.fields
    form.fields = {TEXT: "Boston"}
    succeeded(form.create(KeepUndeclared=True))
    assert form.held() == {**values, TEXT: "Boston"}
