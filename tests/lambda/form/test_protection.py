"""No deployment gives up an approval, a review or a fee silently: it fails first, and says how to keep what exists."""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from support.form_help import TEXT, Form
from support.handler_help import BRAND, TOLL_FREE, api, failed, made_by_hand, succeeded, tags_of

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
NOT_ELIGIBLE = "BRAND_NON_COMPLIANT_HIGH_RISK_FINANCIAL"


def new_number() -> str:
    """A toll-free number that nothing is associated with."""
    made = api().request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TOLL_FREE"
    )
    return str(made["PhoneNumberId"])


class TollFree(Form):
    """A toll-free registration whose number is a resource of the same stack."""

    def __init__(self, stack: CloudFormation, fake: Any) -> None:
        super().__init__(stack, fake, TOLL_FREE)
        fake.configure(put_needs_uploaded_attachment=False)
        image = api().create_registration_attachment(AttachmentBody=PNG)["RegistrationAttachmentId"]
        self.fields["messagingUseCase.optInImage"] = {"AttachmentId": image}
        self.number = new_number()
        succeeded(self.create(Associations=[self.number]))
        self.writes()

    def reviewed(self, state: str) -> None:
        review = self.fake.review
        steps = {
            "SUBMITTED": [],
            "REVIEWING": [review.start],
            "APPROVED": [review.start, review.approve],
            "DENIED": [review.start, review.deny],
        }
        for step in steps[state]:
            step(self.registration_id)


@pytest.fixture
def toll_free(stack: CloudFormation, fake: Any) -> TollFree:
    return TollFree(stack, fake)


# --- numbers ---


@pytest.mark.fault(74)
@pytest.mark.parametrize("state", ["SUBMITTED", "REVIEWING", "APPROVED"])
@pytest.mark.parametrize("replacement", [True, False], ids=["replaced", "removed"])
def test_losing_the_number_fails_before_it_is_released(toll_free: TollFree, state: str, replacement: bool) -> None:
    toll_free.reviewed(state)
    associations = [new_number()] if replacement else []
    failed(toll_free.update(Associations=associations), toll_free.number, toll_free.registration_id, "allow_closing")
    assert toll_free.writes() == []


@pytest.mark.fault(74)
def test_an_argument_allows_the_number_to_be_lost(toll_free: TollFree) -> None:
    toll_free.reviewed("APPROVED")
    answer = succeeded(toll_free.update(Associations=[new_number()], AllowClosing=True))
    assert answer["Data"]["PendingAssociations"] == "true"


@pytest.mark.parametrize("state", ["DENIED"])
def test_a_denied_registration_may_lose_its_number(toll_free: TollFree, state: str) -> None:
    toll_free.reviewed(state)
    succeeded(toll_free.update(Associations=[new_number()], Submit=False))


def test_a_number_more_or_written_as_arn_is_no_loss(toll_free: TollFree) -> None:
    toll_free.reviewed("APPROVED")
    arn = f"arn:aws:sms-voice:us-east-1:123456789012:phone-number/{toll_free.number}"
    succeeded(toll_free.update(Associations=[arn, new_number()]))


@pytest.mark.fault(74)
def test_the_rollback_of_a_lost_number_is_not_refused(toll_free: TollFree) -> None:
    toll_free.reviewed("APPROVED")
    now, former = (toll_free.properties(Associations=[each]) for each in (toll_free.number, new_number()))
    succeeded(toll_free.stack.roll_back("Form", now, former))


@pytest.mark.fault(76)
def test_a_number_with_a_registration_is_to_be_adopted(toll_free: TollFree, stack: CloudFormation) -> None:
    """The way that keeps the number comes first, releasing it last."""
    second = succeeded(stack.create({"RegistrationType": TOLL_FREE}, "Second"))["PhysicalResourceId"]
    stack.types["SecondForm"] = stack.types["Form"]
    properties = {**toll_free.properties(Associations=[toll_free.number]), "RegistrationId": second}
    reason = failed(stack.create(properties, "SecondForm"))["Reason"]
    assert toll_free.number in reason
    adopt = reason.index(f'existing_registration_id="{toll_free.registration_id}"')
    assert adopt < reason.index("take_over") < reason.index("release")


# --- the same form twice ---


def second_form(form: Form, **more: Any) -> dict[str, Any] | None:
    """The same form of another construct, as after a rename."""
    second = succeeded(form.stack.create({"RegistrationType": BRAND}, "Company"))["PhysicalResourceId"]
    form.stack.types["CompanyForm"] = form.stack.types["Form"]
    properties = {**form.properties(**more), "RegistrationId": second}
    return form.stack.create(properties, "CompanyForm")


@pytest.fixture
def brand(stack: CloudFormation, fake: Any) -> Form:
    form = Form(stack, fake)
    succeeded(form.create())
    form.writes()
    return form


@pytest.mark.fault(76)
@pytest.mark.parametrize("state", ["SUBMITTED", "REVIEWING", "APPROVED"])
def test_the_same_form_is_not_submitted_twice(brand: Form, state: str) -> None:
    TollFree.reviewed(brand, state)  # type: ignore[arg-type]
    reason = failed(second_form(brand))["Reason"]
    assert brand.registration_id in reason
    assert reason.index("existing_registration_id") < reason.index("change its form")
    assert brand.writes() == []


def test_another_form_or_a_draft_is_submitted(brand: Form) -> None:
    succeeded(second_form(brand, change={TEXT: "Boston"}))


@pytest.mark.fault(76)
def test_a_denied_form_may_be_submitted_elsewhere(brand: Form, fake: Any) -> None:
    fake.review.deny(brand.registration_id)
    succeeded(second_form(brand))


def test_a_draft_may_equal_what_was_submitted(brand: Form) -> None:
    succeeded(second_form(brand, Submit=False))


@pytest.mark.fault(76)
def test_the_digest_outlives_its_form(brand: Form, fake: Any) -> None:
    """A retained registration still says what it was submitted with, when its form was deleted."""
    succeeded(brand.stack.delete("Form"))
    assert tags_of(fake, brand.registration_id)["cdk-sms-registration:form-digest"]
    failed(second_form(brand), brand.registration_id)


def test_the_digest_holds_no_value_that_is_not_in_the_template(stack: CloudFormation, fake: Any) -> None:
    """Anyone who may read tags could guess a value that is short, such as a tax ID."""
    form = Form(stack, fake)
    digests = []
    for tax_id in ("123456789", "987654321"):
        registration_id = made_by_hand(fake, BRAND)
        for path, member in fake.example_form(BRAND).items():
            kept = {"TextValue": tax_id} if path == "companyInfo.taxId" else member
            api().put_registration_field_value(RegistrationId=registration_id, FieldPath=path, **kept)
        properties = {
            "RegistrationId": registration_id,
            "Fields": {TEXT: "Boston"},
            "Submit": True,
            "KeepUndeclared": True,
        }
        name = f"Form{tax_id}"
        stack.types[name] = stack.types["Form"]
        succeeded(stack.create(properties, name))
        digests.append(tags_of(fake, registration_id)["cdk-sms-registration:form-digest"])
    assert form.registration_id
    assert digests[0] == digests[1]


# --- closed ---


@pytest.mark.fault(78)
@pytest.mark.parametrize("more", [{}, {"Revision": "2"}, {"OnLocked": "keep"}, {"Submit": False}])
def test_a_closed_registration_is_an_error(brand: Form, fake: Any, more: dict[str, Any]) -> None:
    TollFree.reviewed(brand, "APPROVED")  # type: ignore[arg-type]
    fake.review.close(brand.registration_id)
    failed(brand.update(**{"TakeOver": True, **more}), brand.registration_id, "CLOSED")
    assert brand.writes() == []


@pytest.mark.fault(78)
def test_the_rollback_to_a_closed_registration_succeeds(brand: Form, fake: Any) -> None:
    TollFree.reviewed(brand, "APPROVED")  # type: ignore[arg-type]
    fake.review.close(brand.registration_id)
    succeeded(brand.stack.roll_back("Form", brand.properties(), brand.properties(Revision="0")))


# --- what AWS does not accept again ---


@pytest.mark.fault(79)
def test_a_revision_does_not_resubmit_what_is_not_eligible(brand: Form, fake: Any) -> None:
    fake.review.deny(brand.registration_id, [NOT_ELIGIBLE])
    failed(brand.update(Revision="2"), NOT_ELIGIBLE, "does not accept")
    assert brand.writes() == []


@pytest.mark.fault(79)
def test_the_words_of_the_service_say_what_is_not_eligible(brand: Form, fake: Any) -> None:
    reason = {"Reason": "SOMETHING_NEW", "LongDescription": "Fraud. Not eligible for resubmission."}
    fake.review.deny(brand.registration_id, [reason])
    failed(brand.update(Revision="2"), "SOMETHING_NEW", "does not accept")


@pytest.mark.fault(79)
def test_a_revision_resubmits_what_is_eligible(brand: Form, fake: Any) -> None:
    fake.review.deny(brand.registration_id, ["BRAND_ADDRESS_INVALID"])
    succeeded(brand.update(Revision="2"))
    assert brand.writes()[-1] == "SubmitRegistrationVersion"


# --- a submission that stays refused ---


@pytest.mark.fault(82)
def test_a_lasting_refusal_names_what_may_be_missing(stack: CloudFormation, fake: Any) -> None:
    from moto_sms_voice.exceptions import ConflictException

    form = Form(stack, fake)
    fake.inject(
        "SubmitRegistrationVersion",
        error=lambda: ConflictException("Not allowed", "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED", "registration", ""),
        times=100,
    )
    failed(form.create(), "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED", "association", "required field")


def test_a_registration_by_hand_is_no_duplicate(brand: Form, fake: Any) -> None:
    made_by_hand(fake, BRAND)
    succeeded(second_form(brand, change={TEXT: "Boston"}))
