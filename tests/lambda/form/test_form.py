"""The form: the registration gets the declared values, depending on the status of its current version."""

from collections.abc import Callable
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation, Killed
from sms_registration_handler.aws import reads
from sms_registration_handler.resource import owner_tags
from support.form_help import TEXT, Form
from support.handler_help import BRAND, PREFIX, TOLL_FREE, api, failed, made_by_hand, succeeded, tags_of

CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> Form:
    return Form(stack, fake)


# --- Create ---


@pytest.mark.assumes("registration_status_after_submit", reason="it asserts the status")
def test_create_fills_in_and_submits(form: Form) -> None:
    response = succeeded(form.create())
    assert form.writes() == ["PutRegistrationFieldValue"] * len(form.fields) + ["SubmitRegistrationVersion"]
    assert form.held() == form.fields
    assert response["PhysicalResourceId"] == f"form-of:{form.registration_id}"
    assert response["Data"] == {
        "VersionNumber": "1",
        "VersionStatus": "SUBMITTED",
        "RegistrationStatus": "SUBMITTED",
        "PendingSubmission": "false",
        "PendingAssociations": "false",
        "PendingChanges": "false",
        "DeniedReasons": "",
        "MissingFields": "",
    }


def test_without_submit_the_form_remains_a_draft(form: Form) -> None:
    response = succeeded(form.create(Submit=False))
    assert response["Data"]["VersionStatus"] == "DRAFT"
    assert response["Data"]["PendingSubmission"] == "false"
    assert "SubmitRegistrationVersion" not in form.writes()


@pytest.mark.fault(16)
def test_unchanged_form_writes_nothing(form: Form) -> None:
    succeeded(form.create())
    form.writes()
    succeeded(form.update())
    assert form.writes() == []


@pytest.mark.fault(59)
def test_all_problems_are_named_before_any_write(form: Form) -> None:
    wrong = {
        "companyInfo.companyName": "x" * 3000,
        "companyInfo.taxIdIssuingCountry": "USA-CANARY",
        "companyInfo.state": {"AttachmentId": "attachment-0123"},
        "contactInfo.vertical": ["RETAIL", "ENERGY"],
        "companyInfo.zipcode": "98101",
        "companyInfo.city": None,
        "companyInfo.stockSymbol": "CANARY",
        "contactInfo.website": ["https://canary.example", "CANARY"],
    }
    tags = len(form.fake.calls_to("TagResource"))
    response = failed(form.create(change=wrong), *wrong)
    assert "CANARY" not in response["Reason"]
    assert form.writes() == []
    assert len(form.fake.calls_to("TagResource")) == tags


@pytest.mark.fault(63, 64)
def test_secrets_and_parameters_are_read_and_never_quoted(
    form: Form, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Client:
        def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
            return {"SecretString": '{"ein": "123456789", "bad": "CANARY-not-a-tax-id-and-far-too-long"}'}

        def get_parameter(self, Name: str, WithDecryption: bool) -> dict[str, Any]:  # noqa: N803
            return {"Parameter": {"Value": "CANARYTOWN"}}

    monkeypatch.setattr(reads, "client", lambda service: Client())
    secret = {"SecretId": "arn:aws:secretsmanager:us-east-1:123456789012:secret:tax", "JsonField": "ein"}
    parameter = {"ParameterName": "/company/city"}
    succeeded(form.create(change={"companyInfo.taxId": secret, TEXT: parameter}))
    assert form.held()["companyInfo.taxId"] == "123456789"
    assert form.held()[TEXT] == "CANARYTOWN"
    bad = {"companyInfo.taxId": {**secret, "JsonField": "bad"}}
    failed(form.update(change=bad), "companyInfo.taxId")
    failed(form.update(change={"companyInfo.taxId": {**secret, "JsonField": "none"}}), "companyInfo.taxId", "none")
    assert "CANARY" not in caplog.text
    assert all(b"CANARY" not in put.body.replace(b"CANARY-SIGNATURE", b"") for put in form.stack.endpoint.puts)


@pytest.mark.fault(7, 63)
def test_refused_value_is_named_by_path_and_not_quoted(form: Form, caplog: pytest.LogCaptureFixture) -> None:
    from moto_sms_voice.exceptions import ValidationException

    def refuse() -> Exception:
        return ValidationException(
            "INVALID_PARAMETER: Canary City", "INVALID_PARAMETER", [("textValue", "Canary City is wrong")]
        )

    succeeded(form.create(Submit=False))
    form.fake.inject("PutRegistrationFieldValue", error=refuse)
    response = failed(
        form.update(Submit=False, change={TEXT: "Canary City"}),
        f"PutRegistrationFieldValue of {TEXT}",
        "INVALID_PARAMETER",
    )
    assert "Canary City" not in response["Reason"]
    assert "Canary City" not in caplog.text


# --- Update, by the status of the version ---


def test_one_changed_text_of_a_draft_is_one_put(form: Form) -> None:
    succeeded(form.create(Submit=False))
    form.writes()
    succeeded(form.update(Submit=False, change={TEXT: "Tacoma"}))
    assert form.writes() == ["PutRegistrationFieldValue"]


@pytest.mark.fault(55)
def test_value_no_longer_declared_is_deleted(form: Form) -> None:
    public = {
        "companyInfo.legalType": ["PUBLIC_PROFIT"],
        "companyInfo.stockSymbol": "EXMP",
        "companyInfo.stockExchange": ["NASDAQ"],
        "companyInfo.businessContactEmail": "ir@example.com",
    }
    succeeded(form.create(Submit=False, change=public))
    form.writes()
    succeeded(form.update(Submit=False, change={"companyInfo.legalType": ["PRIVATE_PROFIT"]}))
    writes = form.writes()
    assert sorted(writes) == ["DeleteRegistrationFieldValue"] * 3 + ["PutRegistrationFieldValue"]
    assert not set(public) - {"companyInfo.legalType"} & set(form.held())


@pytest.mark.fault(21)
def test_changed_submitted_form_is_discarded_and_resubmitted(form: Form) -> None:
    succeeded(form.create())
    form.writes()
    response = succeeded(form.update(change={TEXT: "Tacoma"}))
    assert form.writes() == [
        "DiscardRegistrationVersion",
        "CreateRegistrationVersion",
        *["PutRegistrationFieldValue"] * len(form.fields),
        "SubmitRegistrationVersion",
    ]
    assert form.held() == {**form.fields, TEXT: "Tacoma"}
    assert response["Data"]["VersionNumber"] == "2"


@pytest.mark.parametrize("status", ["REVIEWING", "AWS_REVIEWING", "REQUIRES_AUTHENTICATION", "INVENTED_BY_AWS"])
@pytest.mark.fault(21, 72)
def test_change_under_review_fails_and_rolls_back(form: Form, status: str) -> None:
    succeeded(form.create())
    form.version.registration_version_status = status
    form.writes()
    failed(form.update(change={TEXT: "Tacoma"}), status, TEXT, "on_locked")
    assert form.stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert form.writes() == []
    succeeded(form.update())  # an unchanged form
    assert form.writes() == []


@pytest.mark.fault(21)
def test_change_under_review_can_remain_pending(form: Form) -> None:
    succeeded(form.create())
    form.fake.review.start(form.registration_id)
    response = succeeded(form.update(change={TEXT: "Tacoma"}, OnLocked="keep"))
    assert response["Data"]["PendingChanges"] == "true"
    assert form.held() == form.fields


@pytest.mark.fault(22)
def test_changed_denied_form_is_rewritten_and_resubmitted(form: Form, caplog: pytest.LogCaptureFixture) -> None:
    succeeded(form.create())
    form.fake.review.start(form.registration_id)
    form.fake.review.deny(
        form.registration_id, reasons=["BRAND_NOT_FOUND"], fields={"companyInfo.taxId": "Does not match the name"}
    )
    form.writes()
    response = succeeded(form.update())
    assert form.writes() == [], "the same content is never submitted twice"
    assert response["Data"]["VersionStatus"] == "DENIED"
    assert "Does not match the name" in response["Data"]["DeniedReasons"]
    assert "BRAND_NOT_FOUND" in caplog.text
    assert "companyInfo.taxId: Does not match the name" in caplog.text
    response = succeeded(form.update(change={TEXT: "Tacoma"}))
    assert response["Data"]["VersionStatus"] == "SUBMITTED"
    assert form.writes() == [
        "CreateRegistrationVersion",
        *["PutRegistrationFieldValue"] * len(form.fields),
        "SubmitRegistrationVersion",
    ]


def test_failure_on_a_denied_version_quotes_the_denial(form: Form) -> None:
    succeeded(form.create())
    form.fake.review.deny(form.registration_id, fields={"companyInfo.taxId": "Does not match the name"})
    failed(form.update(change={TEXT: None}), TEXT, "was denied", "Does not match the name")


def test_changed_revision_resubmits_an_unchanged_form_once(form: Form) -> None:
    succeeded(form.create(Revision="1"))
    form.fake.review.deny(form.registration_id)
    form.writes()
    succeeded(form.update(Revision="1"))
    assert form.writes() == []
    response = succeeded(form.update(Revision="2"))
    assert form.writes()[0] == "CreateRegistrationVersion"
    assert response["Data"]["VersionStatus"] == "SUBMITTED"
    assert response["Data"]["VersionNumber"] == "2"
    form.fake.review.deny(form.registration_id)
    succeeded(form.update(Revision="2"))
    assert form.writes() == []


def test_automatic_denial_is_reported_and_is_no_failure(form: Form) -> None:
    submit = form.fake.submit_registration_version

    def deny_at_once(**parameters: Any) -> Any:
        response = submit(**parameters)
        form.fake.review.deny(form.registration_id, fields={"companyInfo.taxId": "Automatic"})
        return response

    form.fake.submit_registration_version = deny_at_once
    response = succeeded(form.create())
    assert response["Data"]["VersionStatus"] == "DENIED"
    assert response["Data"]["RegistrationStatus"] == "REQUIRES_UPDATES"
    assert "Automatic" in response["Data"]["DeniedReasons"]


@pytest.mark.fault(46)
def test_submit_is_retried_until_values_are_visible(form: Form) -> None:
    form.fake.configure(submits_until_values_visible=2)
    assert succeeded(form.create())["Data"]["VersionStatus"] == "SUBMITTED"


# --- rollbacks ---


@pytest.mark.fault(26)
@pytest.mark.assumes("version_statuses_before_new", reason="it needs a new version after an approval")
def test_failed_edit_of_an_approved_form_leaves_a_draft(form: Form) -> None:
    from moto_sms_voice.exceptions import ValidationException

    succeeded(form.create())
    form.fake.review.start(form.registration_id)
    form.fake.review.approve(form.registration_id)
    form.writes()
    form.fake.inject(
        "PutRegistrationFieldValue", error=lambda: ValidationException("no", "INVALID_PARAMETER"), nth=5, times=1
    )
    failed(form.update(change={TEXT: "Tacoma"}))
    assert form.stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert "SubmitRegistrationVersion" not in form.writes()
    registration = form.fake.registration(form.registration_id)
    assert registration.approved_version_number == 1
    assert form.status == "DRAFT"
    assert form.held() == form.fields
    last = form.stack.endpoint.responses[-1]
    assert last["Data"]["PendingSubmission"] == "true"


@pytest.mark.fault(26)
def test_rollback_resubmits_what_a_failed_update_discarded(form: Form) -> None:
    from moto_sms_voice.exceptions import ValidationException

    succeeded(form.create())
    form.fake.inject(
        "PutRegistrationFieldValue", error=lambda: ValidationException("no", "INVALID_PARAMETER"), nth=5, times=1
    )
    failed(form.update(change={TEXT: "Tacoma"}))
    assert form.status == "SUBMITTED"
    assert form.held() == form.fields


def test_rolled_back_revision_submits_nothing(form: Form) -> None:
    succeeded(form.create(Revision="1"))
    form.fake.review.deny(form.registration_id)
    form.writes()
    form.stack.resources["Form"].properties = form.properties(Revision="2")
    succeeded(form.stack.roll_back("Form", form.properties(Revision="2"), form.properties(Revision="1")))
    assert form.writes() == []


def test_rollback_of_a_revision_that_was_begun_submits_nothing(form: Form) -> None:
    """Going back to the former revision is a change of the revision too."""
    from moto_sms_voice.exceptions import ValidationException

    succeeded(form.create(Revision="1"))
    form.fake.review.start(form.registration_id)
    form.fake.review.approve(form.registration_id)
    form.writes()
    form.fake.inject("PutRegistrationFieldValue", error=lambda: ValidationException("no", "INVALID_PARAMETER"), nth=3)
    failed(form.update(Revision="2"))
    assert form.stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert "SubmitRegistrationVersion" not in form.writes()
    assert tags_of(form.fake, form.registration_id)[PREFIX + "form-revision"] == "0:1"


def test_rollback_lets_go_of_the_registration_that_the_failed_update_pointed_to(
    form: Form, stack: CloudFormation, fake: Any
) -> None:
    """Its response was lost, so CloudFormation has no ID of it, and no Delete comes."""
    succeeded(form.create(Submit=False))
    other = made_by_hand(fake, BRAND)
    pointed = {**form.properties(Submit=False), "RegistrationId": other}
    stack.stack_status = stack.resources["Form"].status = "UPDATE_IN_PROGRESS"
    event = stack.event(
        "Update", "Form", pointed, physical_id=stack.resources["Form"].physical_id, old=form.properties()
    )
    assert stack.deliver(event) is not None
    assert PREFIX + "form-stack" in tags_of(fake, other)
    stack.roll_back("Form", pointed, form.properties(Submit=False))
    assert [key for key in tags_of(fake, other) if key.startswith(PREFIX + "form-")] == []
    assert PREFIX + "form-stack" in tags_of(fake, form.registration_id)


# --- ownership ---


@pytest.mark.fault(69)
def test_second_form_is_refused_and_names_the_first(form: Form) -> None:
    succeeded(form.create())
    form.stack.types["Second"] = "Custom::SmsRegistrationForm"
    form.writes()
    failed(form.stack.create(form.properties(), "Second"), "Form of stack", "one registration has one form")
    assert form.writes() == []


def test_deleted_form_releases_its_registration(form: Form) -> None:
    succeeded(form.create(Submit=False))
    succeeded(form.stack.delete("Form"))
    assert not [key for key in tags_of(form.fake, form.registration_id) if key.startswith(PREFIX + "form")]
    assert form.held() == form.fields, "the content remains"
    form.stack.types["Second"] = "Custom::SmsRegistrationForm"
    form.stack.stack_status = "UPDATE_IN_PROGRESS"
    succeeded(form.stack.create(form.properties(), "Second"))


@pytest.mark.parametrize("keep", [True, False])
def test_undeclared_values_of_a_foreign_registration_are_kept(form: Form, keep: bool) -> None:
    form.fake.put_registration_field_value(
        registration_id=form.registration_id, field_path="companyInfo.companyName", text_value="By Hand Inc"
    )
    succeeded(
        form.create(Submit=False, KeepUndeclared=keep, change={} if not keep else {"companyInfo.companyName": None})
    )
    expected = "By Hand Inc" if keep else form.fields["companyInfo.companyName"]
    assert form.held()["companyInfo.companyName"] == expected


# --- associations ---


def test_campaign_waits_for_its_brand_until_a_new_revision(stack: CloudFormation, fake: Any) -> None:
    fake.configure(incomplete_parent="associate")
    brand = Form(stack, fake)
    succeeded(brand.create())
    parent = brand.registration_id
    stack.types["CampaignForm"] = "Custom::SmsRegistrationForm"
    campaign = succeeded(stack.create({"RegistrationType": CAMPAIGN}, "Campaign"))
    properties = {
        "RegistrationId": campaign["PhysicalResourceId"],
        "Fields": brand.declared(CAMPAIGN),
        "Associations": [parent],
        "Submit": True,
    }
    waiting = succeeded(stack.create(properties, "CampaignForm"))
    assert waiting["Data"]["PendingSubmission"] == "true"
    assert waiting["Data"]["VersionStatus"] == "DRAFT"
    fake.review.start(parent)
    fake.review.approve(parent)
    submitted = succeeded(stack.update({**properties, "Revision": "brand approved"}, "CampaignForm"))
    assert submitted["Data"]["VersionStatus"] == "SUBMITTED"
    assert submitted["Data"]["PendingAssociations"] == "false"


@pytest.mark.assumes("version_statuses_before_new", reason="it needs a new version after an approval")
def test_new_revision_associates_a_number_without_a_review(stack: CloudFormation, fake: Any) -> None:
    number = api().request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TEN_DLC"
    )["PhoneNumberId"]
    brand = made_by_hand(fake, BRAND)
    fake.review.set_status(brand, registration_status="COMPLETE")
    form = Form(stack, fake, CAMPAIGN)
    associations = [brand, number]
    submitted = succeeded(form.create(Associations=associations))
    assert (submitted["Data"]["PendingAssociations"], submitted["Data"]["PendingSubmission"]) == ("true", "false")
    fake.review.start(form.registration_id)
    fake.review.approve(form.registration_id)
    form.writes()
    continued = succeeded(form.update(Associations=associations, Revision="approved"))
    assert form.writes() == ["CreateRegistrationAssociation"]
    assert (continued["Data"]["PendingAssociations"], continued["Data"]["PendingSubmission"]) == ("false", "false")
    succeeded(form.update(Associations=associations, Revision="approved", OnLocked="keep"))
    assert form.writes() == []
    succeeded(form.update(Associations=associations, Revision="again"))
    assert form.writes()[-1] == "SubmitRegistrationVersion"


def test_number_in_use_is_refused_before_any_write(stack: CloudFormation, fake: Any) -> None:
    first = Form(stack, fake, TOLL_FREE)
    number = api().request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TOLL_FREE"
    )["PhoneNumberId"]
    fake.create_registration_association(registration_id=first.registration_id, resource_id=number)
    second = succeeded(stack.create({"RegistrationType": TOLL_FREE}, "Second"))["PhysicalResourceId"]
    first.writes()
    fields = {path: value for path, value in first.fields.items() if "Image" not in path}
    stack.types["SecondForm"] = "Custom::SmsRegistrationForm"
    properties = {"RegistrationId": second, "Fields": fields, "Associations": [number], "KeepUndeclared": False}
    attachment = api().create_registration_attachment(AttachmentBody=b"\x89PNG\r\n\x1a\n" + b"0" * 100)
    fake.configure(put_needs_uploaded_attachment=False)
    properties["Fields"] = {
        **fields,
        "messagingUseCase.optInImage": {"AttachmentId": attachment["RegistrationAttachmentId"]},
    }
    response = failed(stack.create(properties, "SecondForm"), number, first.registration_id, "cannot be moved")
    assert response
    assert first.writes() == []


# --- time and crashes ---


@pytest.mark.fault(31)
def test_one_form_runs_at_the_pace_of_the_quota(form: Form, time: Any) -> None:
    form.fake.configure(requests_per_second=1, clock=time.monotonic)
    time.passed += 10
    began = time.passed
    succeeded(form.create(Submit=False))
    puts = len(form.fields)
    assert time.passed - began <= puts * 1.05
    assert not [call for call in form.fake.calls if call.operation == "PutRegistrationFieldValue" and call.error]


@pytest.mark.fault(34)
def test_next_run_continues_and_repeats_no_put(form: Form, time: Any) -> None:
    form.fake.configure(requests_per_second=1, clock=time.monotonic)
    event = form.stack.event("Create", "Form", form.properties())
    form.stack.resources["Form"] = type(next(iter(form.stack.resources.values())))(
        form.properties(), status="CREATE_IN_PROGRESS"
    )
    response = succeeded(form.stack.invoke(event, limit=15 + 9))
    assert response["Data"]["VersionStatus"] == "SUBMITTED"
    puts = [
        call.parameters["FieldPath"] for call in form.fake.calls_to("PutRegistrationFieldValue") if call.error is None
    ]
    assert sorted(puts) == sorted(form.fields)
    assert len(form.stack.endpoint.puts) == 2


# --- crashes at each call ---


def denied(form: Form) -> None:
    form.fake.review.deny(form.registration_id)


SCENARIOS: dict[str, tuple[dict[str, Any] | None, Callable[[Form], None], dict[str, Any] | None]] = {
    "create": (None, lambda form: None, {}),
    "one text of a draft": ({"Submit": False}, lambda form: None, {"Submit": False, "change": {TEXT: "Tacoma"}}),
    "a changed submitted form": ({}, lambda form: None, {"change": {TEXT: "Tacoma"}}),
    "after a denial": ({}, denied, {"change": {TEXT: "Tacoma"}}),
    "another revision": ({}, denied, {"Revision": "again"}),
    "delete": ({}, lambda form: None, None),
}
"""What was declared before, what happens in between, and what is declared now."""


class KilledAtCall:
    """Kills the Lambda sandbox once, before or after the nth call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fake: Any, when: str) -> None:
        self._perform, self._when = fake.perform, when
        self.number = 0
        monkeypatch.setattr(fake, "perform", self._call)

    def at(self, number: int) -> None:
        self.number = number

    def _call(self, operation: str, parameters: Any) -> object:
        self.number -= 1
        if self.number == 0 and self._when == "before":
            raise Killed
        response = self._perform(operation, parameters)
        if self.number == 0:
            raise Killed
        return response


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.fault(3, 23, 33)
def test_next_delivery_converges_after_a_crash_at_any_call(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch, scenario: str, when: str
) -> None:
    fake.configure(registrations_per_account=1000)
    fields = fake.definitions[BRAND].fields
    texts = [each for each in fields if each["FieldType"] == "TEXT" and each["FieldRequirement"] == "REQUIRED"]
    fields[:] = [each for each in texts if "ConditionalBehavior" not in each][:6]
    assert TEXT in {each["FieldPath"] for each in fields}
    killed = KilledAtCall(monkeypatch, fake, when)
    before, in_between, now = SCENARIOS[scenario]
    at = 0
    while True:
        at += 1
        for earlier in fake.live_registrations():
            earlier.registration_status = "CLOSED"  # or its tags are read in each later run: one call more than before
        form = Form(CloudFormation(stack.endpoint, stack.clock, stack.handler, f"Stack{at}"), fake, BRAND)
        form.fields["companyInfo.companyName"] = f"Example {at}"  # the same form is not submitted twice
        if before is not None:
            succeeded(form.create(**before))
        in_between(form)
        version_before = form.version.version_number
        form.writes()
        killed.at(at)
        if now is None:
            succeeded(form.stack.delete("Form"))
        else:
            succeeded(form.create(**now) if before is None else form.update(**now))
        survived, writes = killed.number > 0, form.writes()
        killed.at(0)
        if now is None:
            assert writes == []
            assert not set(owner_tags.FORM_KEYS) & set(tags_of(fake, form.registration_id))
        else:
            changed = now.get("change", {})
            assert form.held() == {**form.fields, **changed}, at
            submits = now.get("Submit", True)
            assert form.status == ("SUBMITTED" if submits else "DRAFT"), at
            assert form.version.version_number == version_before + (before == {}), at
            # A call whose response was lost may be repeated; it has no second effect.
            assert writes.count("SubmitRegistrationVersion") == submits, at
            assert writes.count("CreateRegistrationVersion") == (before == {}), at
            assert writes.count("PutRegistrationFieldValue") == (1 if not submits else len(form.fields)), at
        if survived:
            break
    assert at > 3  # a Delete makes three calls
