"""The form: what is declared becomes what the registration holds, by the status of its current version."""

from collections.abc import Callable
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation, Killed
from sms_registration_handler.aws import reads
from support.handler_help import PREFIX, api, failed, made_by_hand, succeeded, tags_of

TOLL_FREE, BRAND, CAMPAIGN = (
    "US_TOLL_FREE_REGISTRATION",
    "US_TEN_DLC_BRAND_REGISTRATION",
    "US_TEN_DLC_CAMPAIGN_REGISTRATION",
)
WRITES = {
    "PutRegistrationFieldValue",
    "DeleteRegistrationFieldValue",
    "CreateRegistrationVersion",
    "DiscardRegistrationVersion",
    "CreateRegistrationAssociation",
    "SubmitRegistrationVersion",
}


class Form:
    """A stack with a shell and its form, on the fake."""

    def __init__(self, stack: CloudFormation, fake: Any, registration_type: str = BRAND) -> None:
        self.stack, self.fake = stack, fake
        stack.types["Form"] = "Custom::SmsRegistrationForm"
        stack.stack_status = "CREATE_IN_PROGRESS"
        shell = succeeded(stack.create({"RegistrationType": registration_type}, "Registration"))
        self.registration_id = shell["PhysicalResourceId"]
        self.fields = self.declared(registration_type)
        self.mark = len(fake.calls)

    def declared(self, registration_type: str) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for path, member in self.fake.example_form(registration_type, attachment_id="").items():
            value = next(iter(member.values()))
            fields[path] = value
        return fields

    def properties(self, **more: Any) -> dict[str, Any]:
        changed = more.pop("change", {})
        fields = {**self.fields, **changed}
        return {
            "RegistrationId": self.registration_id,
            "Fields": {path: value for path, value in fields.items() if value is not None},
            "Submit": True,
            **more,
        }

    def create(self, **more: Any) -> dict[str, Any] | None:
        return self.stack.create(self.properties(**more), "Form")

    def update(self, **more: Any) -> dict[str, Any] | None:
        return self.stack.update(self.properties(**more), "Form")

    def writes(self) -> list[str]:
        """The operations that changed the form since the last question."""
        made = [
            call.operation for call in self.fake.calls[self.mark :] if call.operation in WRITES and call.error is None
        ]
        self.mark = len(self.fake.calls)
        return made

    @property
    def version(self) -> Any:
        return self.fake.registration(self.registration_id).current_version

    @property
    def status(self) -> str:
        return str(self.version.registration_version_status)

    def held(self) -> dict[str, Any]:
        """What the current version holds, as it is declared."""
        answer = api().describe_registration_field_values(RegistrationId=self.registration_id, MaxResults=100)
        values = {
            each["FieldPath"]: each.get("TextValue")
            or each.get("SelectChoices")
            or each.get("RegistrationAttachmentId")
            for each in answer["RegistrationFieldValues"]
        }
        return {path: value for path, value in values.items() if value}


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> Form:
    return Form(stack, fake)


TEXT = "companyInfo.city"


# --- Create ---


@pytest.mark.assumes("registration_status_after_submit", reason="it shows the status")
def test_fills_and_submits_in_one_go(form: Form) -> None:
    answer = succeeded(form.create())
    assert form.writes() == ["PutRegistrationFieldValue"] * len(form.fields) + ["SubmitRegistrationVersion"]
    assert form.held() == form.fields
    assert answer["PhysicalResourceId"] == f"form-of:{form.registration_id}"
    assert answer["Data"] == {
        "VersionNumber": "1",
        "VersionStatus": "SUBMITTED",
        "RegistrationStatus": "SUBMITTED",
        "PendingSubmission": "false",
        "PendingAssociations": "false",
        "PendingChanges": "false",
        "DeniedReasons": "",
    }


def test_without_submit_it_stays_a_draft(form: Form) -> None:
    answer = succeeded(form.create(Submit=False))
    assert answer["Data"]["VersionStatus"] == "DRAFT"
    assert answer["Data"]["PendingSubmission"] == "false"
    assert "SubmitRegistrationVersion" not in form.writes()


@pytest.mark.fault(16)
def test_the_same_again_writes_nothing(form: Form) -> None:
    succeeded(form.create())
    form.writes()
    succeeded(form.update())
    assert form.writes() == []


@pytest.mark.fault(59)
def test_eight_mistakes_are_all_named_and_nothing_is_written(form: Form) -> None:
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
    answer = failed(form.create(change=wrong), *wrong)
    assert "CANARY" not in answer["Reason"]
    assert form.writes() == []
    assert len(form.fake.calls_to("TagResource")) == tags


@pytest.mark.fault(63, 64)
def test_values_from_secrets_and_parameters_are_read_and_never_quoted(
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
def test_a_refused_value_is_named_by_its_path_and_not_quoted(form: Form, caplog: pytest.LogCaptureFixture) -> None:
    from moto_sms_voice.exceptions import ValidationException

    def refuse() -> Exception:
        return ValidationException(
            "INVALID_PARAMETER: Canary City", "INVALID_PARAMETER", [("textValue", "Canary City is wrong")]
        )

    succeeded(form.create(Submit=False))
    form.fake.inject("PutRegistrationFieldValue", error=refuse)
    answer = failed(
        form.update(Submit=False, change={TEXT: "Canary City"}),
        f"PutRegistrationFieldValue of {TEXT}",
        "INVALID_PARAMETER",
    )
    assert "Canary City" not in answer["Reason"]
    assert "Canary City" not in caplog.text


# --- Update, by the status of the version ---


def test_one_text_of_a_draft_is_one_put(form: Form) -> None:
    succeeded(form.create(Submit=False))
    form.writes()
    succeeded(form.update(Submit=False, change={TEXT: "Tacoma"}))
    assert form.writes() == ["PutRegistrationFieldValue"]


@pytest.mark.fault(55)
def test_a_value_that_is_declared_no_longer_is_deleted(form: Form) -> None:
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
def test_submitted_and_changed_is_discarded_and_filed_again(form: Form) -> None:
    succeeded(form.create())
    form.writes()
    answer = succeeded(form.update(change={TEXT: "Tacoma"}))
    assert form.writes() == [
        "DiscardRegistrationVersion",
        "CreateRegistrationVersion",
        *["PutRegistrationFieldValue"] * len(form.fields),
        "SubmitRegistrationVersion",
    ]
    assert form.held() == {**form.fields, TEXT: "Tacoma"}
    assert answer["Data"]["VersionNumber"] == "2"


@pytest.mark.parametrize("status", ["REVIEWING", "AWS_REVIEWING", "REQUIRES_AUTHENTICATION", "INVENTED_BY_AWS"])
@pytest.mark.fault(21, 72)
def test_under_review_a_change_fails_and_rolls_back(form: Form, status: str) -> None:
    succeeded(form.create())
    form.version.registration_version_status = status
    form.writes()
    failed(form.update(change={TEXT: "Tacoma"}), status, TEXT, "on_locked")
    assert form.stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert form.writes() == []
    succeeded(form.update())  # the same is no change
    assert form.writes() == []


@pytest.mark.fault(21)
def test_under_review_a_change_can_be_kept_for_later(form: Form) -> None:
    succeeded(form.create())
    form.fake.review.start(form.registration_id)
    answer = succeeded(form.update(change={TEXT: "Tacoma"}, OnLocked="keep"))
    assert answer["Data"]["PendingChanges"] == "true"
    assert form.held() == form.fields


@pytest.mark.fault(22)
def test_denied_and_changed_is_written_whole_and_filed_again(form: Form, caplog: pytest.LogCaptureFixture) -> None:
    succeeded(form.create())
    form.fake.review.start(form.registration_id)
    form.fake.review.deny(
        form.registration_id, reasons=["BRAND_NOT_FOUND"], fields={"companyInfo.taxId": "Does not match the name"}
    )
    form.writes()
    answer = succeeded(form.update())
    assert form.writes() == [], "the same content is never filed twice"
    assert answer["Data"]["VersionStatus"] == "DENIED"
    assert "Does not match the name" in answer["Data"]["DeniedReasons"]
    assert "BRAND_NOT_FOUND" in caplog.text
    assert "companyInfo.taxId: Does not match the name" in caplog.text
    answer = succeeded(form.update(change={TEXT: "Tacoma"}))
    assert answer["Data"]["VersionStatus"] == "SUBMITTED"
    assert form.writes() == [
        "CreateRegistrationVersion",
        *["PutRegistrationFieldValue"] * len(form.fields),
        "SubmitRegistrationVersion",
    ]


def test_a_form_that_fails_on_a_denied_version_quotes_the_denial(form: Form) -> None:
    succeeded(form.create())
    form.fake.review.deny(form.registration_id, fields={"companyInfo.taxId": "Does not match the name"})
    failed(form.update(change={TEXT: None}), TEXT, "was denied", "Does not match the name")


def test_a_changed_revision_files_the_same_again_once(form: Form) -> None:
    succeeded(form.create(Revision="1"))
    form.fake.review.deny(form.registration_id)
    form.writes()
    succeeded(form.update(Revision="1"))
    assert form.writes() == []
    answer = succeeded(form.update(Revision="2"))
    assert form.writes()[0] == "CreateRegistrationVersion"
    assert answer["Data"]["VersionStatus"] == "SUBMITTED"
    assert answer["Data"]["VersionNumber"] == "2"
    form.fake.review.deny(form.registration_id)
    succeeded(form.update(Revision="2"))
    assert form.writes() == []


def test_an_automatic_denial_is_noticed_and_no_failure(form: Form) -> None:
    submit = form.fake.submit_registration_version

    def deny_at_once(**parameters: Any) -> Any:
        answer = submit(**parameters)
        form.fake.review.deny(form.registration_id, fields={"companyInfo.taxId": "Automatic"})
        return answer

    form.fake.submit_registration_version = deny_at_once
    answer = succeeded(form.create())
    assert answer["Data"]["VersionStatus"] == "DENIED"
    assert answer["Data"]["RegistrationStatus"] == "REQUIRES_UPDATES"
    assert "Automatic" in answer["Data"]["DeniedReasons"]


@pytest.mark.fault(46)
def test_values_that_are_not_seen_at_once_are_submitted_all_the_same(form: Form) -> None:
    form.fake.configure(submits_until_values_visible=2)
    assert succeeded(form.create())["Data"]["VersionStatus"] == "SUBMITTED"


# --- rollbacks ---


@pytest.mark.fault(26)
@pytest.mark.assumes("version_statuses_before_new", reason="it needs a new version after an approval")
def test_an_edit_of_an_approved_form_that_fails_half_way_leaves_an_unsubmitted_draft(form: Form) -> None:
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
def test_a_filing_that_was_discarded_by_a_failed_update_is_filed_again(form: Form) -> None:
    from moto_sms_voice.exceptions import ValidationException

    succeeded(form.create())
    form.fake.inject(
        "PutRegistrationFieldValue", error=lambda: ValidationException("no", "INVALID_PARAMETER"), nth=5, times=1
    )
    failed(form.update(change={TEXT: "Tacoma"}))
    assert form.status == "SUBMITTED"
    assert form.held() == form.fields


def test_a_rolled_back_revision_files_nothing(form: Form) -> None:
    succeeded(form.create(Revision="1"))
    form.fake.review.deny(form.registration_id)
    form.writes()
    form.stack.resources["Form"].properties = form.properties(Revision="2")
    succeeded(form.stack.roll_back("Form", form.properties(Revision="2"), form.properties(Revision="1")))
    assert form.writes() == []


# --- whose form it is ---


@pytest.mark.fault(69)
def test_a_second_form_is_refused_and_the_first_named(form: Form) -> None:
    succeeded(form.create())
    form.stack.types["Second"] = "Custom::SmsRegistrationForm"
    form.writes()
    failed(form.stack.create(form.properties(), "Second"), "logical id Form", "one registration has one form")
    assert form.writes() == []


def test_a_form_lets_go_when_it_is_deleted(form: Form) -> None:
    succeeded(form.create(Submit=False))
    succeeded(form.stack.delete("Form"))
    assert not [key for key in tags_of(form.fake, form.registration_id) if key.startswith(PREFIX + "form")]
    assert form.held() == form.fields, "content lives with its registration"
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


def test_a_campaign_waits_for_its_brand_and_goes_on_with_a_revision(stack: CloudFormation, fake: Any) -> None:
    fake.configure(incomplete_parent="associate")
    brand = Form(stack, fake)
    succeeded(brand.create())
    parent = brand.registration_id
    stack.types["CampaignForm"] = "Custom::SmsRegistrationForm"
    shell = succeeded(stack.create({"RegistrationType": CAMPAIGN}, "Campaign"))
    properties = {
        "RegistrationId": shell["PhysicalResourceId"],
        "Fields": brand.declared(CAMPAIGN),
        "Associations": [parent],
        "Submit": True,
    }
    waiting = succeeded(stack.create(properties, "CampaignForm"))
    assert waiting["Data"]["PendingSubmission"] == "true"
    assert waiting["Data"]["VersionStatus"] == "DRAFT"
    fake.review.start(parent)
    fake.review.approve(parent)
    filed = succeeded(stack.update({**properties, "Revision": "brand approved"}, "CampaignForm"))
    assert filed["Data"]["VersionStatus"] == "SUBMITTED"
    assert filed["Data"]["PendingAssociations"] == "false"


@pytest.mark.assumes("version_statuses_before_new", reason="it needs a new version after an approval")
def test_a_number_of_an_approved_campaign_goes_on_with_a_revision_without_another_review(
    stack: CloudFormation, fake: Any
) -> None:
    number = api().request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TEN_DLC"
    )["PhoneNumberId"]
    brand = made_by_hand(fake, BRAND)
    fake.review.set_status(brand, registration_status="COMPLETE")
    form = Form(stack, fake, CAMPAIGN)
    associations = [brand, number]
    filed = succeeded(form.create(Associations=associations))
    assert (filed["Data"]["PendingAssociations"], filed["Data"]["PendingSubmission"]) == ("true", "false")
    fake.review.start(form.registration_id)
    fake.review.approve(form.registration_id)
    form.writes()
    gone_on = succeeded(form.update(Associations=associations, Revision="approved"))
    assert form.writes() == ["CreateRegistrationAssociation"]
    assert (gone_on["Data"]["PendingAssociations"], gone_on["Data"]["PendingSubmission"]) == ("false", "false")
    succeeded(form.update(Associations=associations, Revision="approved", OnLocked="keep"))
    assert form.writes() == []
    succeeded(form.update(Associations=associations, Revision="again"))
    assert form.writes()[-1] == "SubmitRegistrationVersion"


def test_a_number_of_another_registration_is_refused_before_any_write(stack: CloudFormation, fake: Any) -> None:
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
    answer = failed(stack.create(properties, "SecondForm"), number, first.registration_id, "cannot move")
    assert answer
    assert first.writes() == []


# --- time and crashes ---


@pytest.mark.fault(31)
def test_one_form_alone_takes_what_the_quota_takes(form: Form, time: Any) -> None:
    form.fake.configure(requests_per_second=1, clock=time.monotonic)
    time.passed += 10
    began = time.passed
    succeeded(form.create(Submit=False))
    puts = len(form.fields)
    assert time.passed - began <= puts * 1.05
    assert not [call for call in form.fake.calls if call.operation == "PutRegistrationFieldValue" and call.error]


@pytest.mark.fault(34)
def test_work_longer_than_a_run_goes_on_in_the_next_and_puts_nothing_twice(form: Form, time: Any) -> None:
    form.fake.configure(requests_per_second=1, clock=time.monotonic)
    event = form.stack.event("Create", "Form", form.properties())
    form.stack.resources["Form"] = type(next(iter(form.stack.resources.values())))(
        form.properties(), status="CREATE_IN_PROGRESS"
    )
    answer = succeeded(form.stack.invoke(event, limit=15 + 9))
    assert answer["Data"]["VersionStatus"] == "SUBMITTED"
    puts = [
        call.parameters["FieldPath"] for call in form.fake.calls_to("PutRegistrationFieldValue") if call.error is None
    ]
    assert sorted(puts) == sorted(form.fields)
    assert len(form.stack.endpoint.puts) == 2


# --- killed at each call ---


def denied(form: Form) -> None:
    form.fake.review.deny(form.registration_id)


SCENARIOS: dict[str, tuple[dict[str, Any] | None, Callable[[Form], None], dict[str, Any] | None]] = {
    "create": (None, lambda form: None, {}),
    "one text of a draft": ({"Submit": False}, lambda form: None, {"Submit": False, "change": {TEXT: "Tacoma"}}),
    "a changed filing": ({}, lambda form: None, {"change": {TEXT: "Tacoma"}}),
    "after a denial": ({}, denied, {"change": {TEXT: "Tacoma"}}),
    "another revision": ({}, denied, {"Revision": "again"}),
    "delete": ({}, lambda form: None, None),
}
"""What was declared before, what happened meanwhile, and what is declared now."""


class KilledAtCall:
    """Kills the sandbox, once, before or after the nth call of all."""

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
        answer = self._perform(operation, parameters)
        if self.number == 0:
            raise Killed
        return answer


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.fault(3, 23, 33)
def test_killed_at_each_call_the_next_delivery_converges(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch, scenario: str, when: str
) -> None:
    fake.configure(registrations_per_account=1000)
    fields = fake.definitions[BRAND].fields
    texts = [each for each in fields if each["FieldType"] == "TEXT" and each["FieldRequirement"] == "REQUIRED"]
    fields[:] = [each for each in texts if "ConditionalBehavior" not in each][:6]
    assert TEXT in {each["FieldPath"] for each in fields}
    killed = KilledAtCall(monkeypatch, fake, when)
    before, meanwhile, now = SCENARIOS[scenario]
    at = 0
    while True:
        at += 1
        form = Form(CloudFormation(stack.endpoint, stack.clock, stack.handler, f"Stack{at}"), fake, BRAND)
        if before is not None:
            succeeded(form.create(**before))
        meanwhile(form)
        filed = form.version.version_number
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
            assert not any("form-" in key for key in tags_of(fake, form.registration_id))
        else:
            changed = now.get("change", {})
            assert form.held() == {**form.fields, **changed}, at
            submits = now.get("Submit", True)
            assert form.status == ("SUBMITTED" if submits else "DRAFT"), at
            assert form.version.version_number == filed + (before == {}), at
            # What was done and not answered for may be tried again; it has no second effect.
            assert writes.count("SubmitRegistrationVersion") == submits, at
            assert writes.count("CreateRegistrationVersion") == (before == {}), at
            assert writes.count("PutRegistrationFieldValue") == (1 if not submits else len(form.fields)), at
        if survived:
            break
    assert at > 3  # a Delete makes three calls
