"""Creates and Updates of a form that are interrupted, repeated, overtaken, capped or rolled back, or meet manual changes."""

from datetime import datetime, timezone
from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_handler.form import described
from support.form_help import TEXT, Form
from support.handler_help import failed, live_ids, succeeded


@pytest.fixture
def form(stack: CloudFormation, fake: Any) -> Form:
    return Form(stack, fake)


def nested(form: Form, event: dict[str, Any]) -> dict[str, Any]:
    """Let another container handle an event while the first is still running."""
    put = form.stack.deliver(event)
    assert put is not None
    return put.response


def before_call(form: Form, operation: str, nth: int, act: Any) -> None:
    """Call `act` once, just before the nth call of an operation."""
    perform, seen = form.fake.perform, []

    def watched(name: str, parameters: dict[str, Any]) -> object:
        if name == operation:
            seen.append(name)
            if len(seen) == nth:
                act()
        return perform(name, parameters)

    form.fake.perform = watched


# --- Create ---


@pytest.mark.fault(2)
@pytest.mark.parametrize(
    ("operation", "nth"),
    [
        ("DescribeRegistrations", 1),
        ("TagResource", 1),
        ("PutRegistrationFieldValue", 1),
        ("PutRegistrationFieldValue", 5),
        pytest.param(
            *("SubmitRegistrationVersion", 1),
            marks=pytest.mark.assumes("repeated_submit", reason="it counts accepted submissions"),
        ),
        ("DescribeRegistrationVersions", 2),
    ],
)
def test_overlapping_deliveries_submit_once(form: Form, operation: str, nth: int) -> None:
    """A second delivery of the same Create runs from start to end in the middle of the first."""
    form.stack.resources["Form"] = type(form.stack.resources["Registration"])(
        form.properties(), status="CREATE_IN_PROGRESS"
    )
    event = form.stack.event("Create", "Form", form.properties())
    inner: list[dict[str, Any]] = []
    before_call(form, operation, nth, lambda: inner.append(nested(form, event)))

    put = form.stack.deliver(event)

    assert put is not None
    assert len(inner) == 1
    assert succeeded(inner[0])["Data"] == succeeded(put.response)["Data"]
    assert form.held() == form.fields
    assert form.writes().count("SubmitRegistrationVersion") == 1


@pytest.mark.fault(7)
def test_rollback_after_a_refused_field_leaves_nothing(form: Form) -> None:
    from moto_sms_voice.exceptions import ValidationException

    form.fake.inject(
        "PutRegistrationFieldValue", error=lambda: ValidationException("too odd", "INVALID_PARAMETER"), nth=3
    )
    response = failed(form.create(), "PutRegistrationFieldValue of ", "INVALID_PARAMETER", "too odd")
    assert response["PhysicalResourceId"] == f"form-of:{form.registration_id}"
    third = form.fake.calls_to("PutRegistrationFieldValue")[2]
    assert f"PutRegistrationFieldValue of {third.parameters['FieldPath']}" in response["Reason"]
    succeeded(form.stack.delete("Registration"))
    assert live_ids(form.fake) == set()


@pytest.mark.fault(12, 34)
def test_out_of_time_in_the_last_run_reports_progress(form: Form, time: Any) -> None:
    form.fake.configure(requests_per_second=1, clock=time.monotonic)
    event = form.stack.event("Create", "Form", form.properties(), age=2000)
    put = form.stack.deliver(event, limit=15 + 9)
    assert put is not None
    made = form.writes().count("PutRegistrationFieldValue")
    assert 0 < made < len(form.fields)
    response = failed(put.response, f"after {made} of {len(form.fields) + 1} changes", "deploy again")
    assert response["PhysicalResourceId"] == f"form-of:{form.registration_id}"
    assert len(form.stack.endpoint.puts) == 2, "the registration's response and this one"


@pytest.mark.fault(25, 33)
@pytest.mark.parametrize("repeated_submit", ["refused", "accepted"])
@pytest.mark.assumes("submits_until_values_visible", reason="it counts attempts")
def test_submission_with_a_lost_response_succeeds(form: Form, repeated_submit: str) -> None:
    from moto_sms_voice.exceptions import InternalServerException

    form.fake.configure(repeated_submit=repeated_submit)
    form.fake.inject("SubmitRegistrationVersion", when="after", error=InternalServerException)
    assert succeeded(form.create())["Data"]["VersionStatus"] == "SUBMITTED"
    assert len(form.fake.calls_to("SubmitRegistrationVersion")) == 2
    assert form.version.version_number == 1


@pytest.mark.fault(46)
def test_registration_not_yet_visible_is_waited_for(stack: CloudFormation, fake: Any) -> None:
    fake.configure(describes_until_visible=2)
    form = Form(stack, fake)
    assert succeeded(form.create())["Data"]["VersionStatus"] == "SUBMITTED"


# --- new versions ---


@pytest.mark.fault(24)
def test_daily_version_cap_says_when_to_try_again(form: Form) -> None:
    form.fake.configure(versions_per_day=0)
    succeeded(form.create())
    form.writes()
    succeeded(form.update())
    assert form.writes() == [], "an unchanged form creates no version"

    form.fake.review.deny(form.registration_id)
    response = failed(form.update(change={TEXT: "Tacoma"}), "REGISTRATION_VERSIONS_CREATED_PER_DAY", "tomorrow")
    assert response["PhysicalResourceId"] == f"form-of:{form.registration_id}"
    assert form.stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
    assert form.writes() == []


@pytest.mark.fault(23, 24)
def test_unfinished_draft_is_reused(form: Form) -> None:
    from moto_sms_voice.exceptions import ValidationException

    form.fake.configure(versions_per_day=1)
    succeeded(form.create())
    form.fake.review.deny(form.registration_id)
    form.fake.inject(
        "PutRegistrationFieldValue", error=lambda: ValidationException("no", "INVALID_PARAMETER"), nth=5, times=1
    )
    failed(form.update(change={TEXT: "Tacoma"}))
    form.writes()

    response = succeeded(form.update(change={TEXT: "Tacoma"}))

    assert "CreateRegistrationVersion" not in form.writes()
    assert (response["Data"]["VersionNumber"], response["Data"]["VersionStatus"]) == ("2", "SUBMITTED")
    assert form.held() == {**form.fields, TEXT: "Tacoma"}


# --- rollbacks ---


@pytest.mark.fault(26)
@pytest.mark.parametrize("submitted_before", [True, False])
@pytest.mark.parametrize(
    "state",
    [
        *("SUBMITTED", "REVIEWING", "REQUIRES_AUTHENTICATION", "DENIED"),
        pytest.param(
            "APPROVED", marks=pytest.mark.assumes("version_statuses_before_new", reason="it needs a new version")
        ),
    ],
)
def test_rollback_of_an_update_that_was_already_submitted(form: Form, state: str, submitted_before: bool) -> None:
    """Another resource fails after the form was submitted; in between, a reviewer may have decided."""
    before = {"Submit": submitted_before}
    succeeded(form.create(**before))
    succeeded(form.update(change={TEXT: "Tacoma"}))
    if state == "REQUIRES_AUTHENTICATION":
        form.fake.review.require_authentication(form.registration_id)
    elif state != "SUBMITTED":
        form.fake.review.start(form.registration_id)
        if state == "APPROVED":
            form.fake.review.approve(form.registration_id)
        if state == "DENIED":
            form.fake.review.deny(form.registration_id)
    form.writes()

    response = form.stack.roll_back("Form", form.properties(change={TEXT: "Tacoma"}), form.properties(**before))

    succeeded(response)
    if state in ("REVIEWING", "REQUIRES_AUTHENTICATION"):
        assert form.writes() == []
        assert form.held()[TEXT] == "Tacoma", "a review locks the form"
        assert response["Data"]["PendingChanges"] == "true"
        return
    assert form.held() == form.fields, "the previous content is restored, by withdrawal or in a new version"
    assert form.status == ("SUBMITTED" if submitted_before else "DRAFT")
    assert response["Data"]["PendingChanges"] == "false"


@pytest.mark.fault(56)
@pytest.mark.parametrize("submit", [True, False])
def test_rollback_restores_a_removed_value(form: Form, submit: bool) -> None:
    optional = {"companyInfo.legalType": ["PUBLIC_PROFIT"], "companyInfo.stockSymbol": "EXMP",
                "companyInfo.stockExchange": ["NASDAQ"], "companyInfo.businessContactEmail": "ir@example.com"}  # fmt: skip
    full = {"Submit": submit, "change": optional}
    less = {"Submit": submit, "change": {**dict.fromkeys(optional), "companyInfo.legalType": ["PRIVATE_PROFIT"]}}
    succeeded(form.create(**full))
    before = form.held()
    succeeded(form.update(**less))
    assert "companyInfo.stockSymbol" not in form.held()

    succeeded(form.stack.roll_back("Form", form.properties(**less), form.properties(**full)))

    assert form.held() == before
    assert form.status == ("SUBMITTED" if submit else "DRAFT")


@pytest.mark.fault(15)
@pytest.mark.parametrize("submit", [True, False])
def test_rollback_restores_what_is_not_declared_if_a_new_version_replaced_it(form: Form, submit: bool) -> None:
    kept = {"KeepUndeclared": True, "change": {TEXT: None}}
    changed = {"KeepUndeclared": True, "change": {TEXT: "Tacoma"}, "Submit": submit}
    succeeded(form.create())
    succeeded(form.update(**kept))
    form.stack.clock.passed += 3600
    form.fake.configure(now=lambda: datetime.fromtimestamp(form.stack.clock.time(), timezone.utc))
    form.stack.began = form.stack.clock.time()
    succeeded(form.update(**changed))
    assert form.held()[TEXT] == "Tacoma"

    succeeded(form.stack.roll_back("Form", form.properties(**changed), form.properties(**kept)))

    assert form.held() == form.fields
    assert form.status == "SUBMITTED"


def test_rollback_leaves_what_is_not_declared_in_a_draft_that_it_cannot_look_up(form: Form) -> None:
    """The failed deployment wrote into the same version, so nobody knows the former value; the other values are restored."""
    kept = {"KeepUndeclared": True, "Submit": False, "change": {TEXT: None}}
    changed = {"KeepUndeclared": True, "Submit": False, "change": {TEXT: "Tacoma", "companyInfo.companyName": "Other"}}
    succeeded(form.create(Submit=False))
    form.stack.clock.passed += 3600
    form.stack.began = form.stack.clock.time()
    succeeded(form.update(**changed))

    succeeded(form.stack.roll_back("Form", form.properties(**changed), form.properties(**kept)))

    assert form.held() == {**form.fields, TEXT: "Tacoma"}


@pytest.mark.parametrize("old", [None, "no mapping", {}])
def test_rollback_with_unusable_old_fields_keeps_what_is_held(form: Form, old: object) -> None:
    kept = form.properties(KeepUndeclared=True, change={TEXT: None})
    succeeded(form.create())
    form.writes()
    succeeded(form.stack.roll_back("Form", {**kept, "Fields": old}, kept))
    assert form.writes() == []


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ({"RegistrationVersionStatusHistory": {"DraftTimestamp": datetime.fromtimestamp(100, timezone.utc)}}, True),
        ({"RegistrationVersionStatusHistory": {"DraftTimestamp": datetime.fromtimestamp(99, timezone.utc)}}, False),
        ({"RegistrationVersionStatusHistory": {}}, False),
        ({}, False),
    ],
)
def test_version_is_of_the_failed_deployment_if_it_was_created_since(version: dict[str, Any], expected: bool) -> None:
    assert described._is_since(100.0, version) is expected


# --- the described form decides ---


@pytest.mark.fault(27, 67)
def test_update_writes_the_difference_from_the_described_form(form: Form) -> None:
    """After a skipped rollback the old properties are wrong; also, two values were changed manually."""
    succeeded(form.create(Submit=False))
    for path, text in (("companyInfo.companyName", "1 By Hand Way"), (TEXT, "Handville")):
        form.fake.put_registration_field_value(registration_id=form.registration_id, field_path=path, text_value=text)
    form.writes()
    declared = form.properties(Submit=False, change={TEXT: "Tacoma"})
    wrong = form.properties(Submit=True, change={TEXT: "Tacoma", "companyInfo.companyName": "Never Was"})
    event = form.stack.event("Update", "Form", declared, old=wrong, physical_id=f"form-of:{form.registration_id}")

    put = form.stack.deliver(event)

    assert put is not None
    succeeded(put.response)
    assert sorted(call.parameters["FieldPath"] for call in form.fake.calls_to("PutRegistrationFieldValue")[-2:]) == [
        TEXT,
        "companyInfo.companyName",
    ]
    assert form.writes() == ["PutRegistrationFieldValue"] * 2
    assert form.held() == {**form.fields, TEXT: "Tacoma"}


@pytest.mark.fault(67)
def test_new_revision_reverts_out_of_band_changes(form: Form) -> None:
    succeeded(form.create(Submit=False, Revision="1"))
    form.fake.put_registration_field_value(
        registration_id=form.registration_id, field_path=TEXT, text_value="Handville"
    )
    succeeded(form.update(Submit=False, Revision="2"))
    assert form.held() == form.fields


@pytest.mark.fault(28)
@pytest.mark.parametrize("nth", [1, 2])
def test_later_update_wins_over_one_still_running(form: Form, nth: int) -> None:
    """CloudFormation abandoned the first Update (its stack rolled back and was updated again) while its function was running."""
    succeeded(form.create(Submit=False))
    first = form.properties(Submit=False, change={TEXT: "First", "companyInfo.companyName": "First"})
    second = form.properties(Submit=False, change={TEXT: "Second"})
    physical_id = f"form-of:{form.registration_id}"
    form.stack.stack_status = form.stack.resources["Form"].status = "UPDATE_IN_PROGRESS"
    stale = form.stack.event("Update", "Form", first, old=form.properties(), physical_id=physical_id)

    overtaken = []

    def overtake() -> None:
        overtaken.append(nth)
        form.stack.stack_status = "UPDATE_ROLLBACK_IN_PROGRESS"
        back = form.stack.event("Update", "Form", form.properties(Submit=False), old=first, physical_id=physical_id)
        succeeded(nested(form, back))

    before_call(form, "PutRegistrationFieldValue", nth, overtake)
    form.stack.deliver(stale)
    assert overtaken
    form.stack.stack_status = form.stack.resources["Form"].status = "UPDATE_IN_PROGRESS"
    succeeded(form.update(Submit=False, change={TEXT: "Second"}))

    assert form.held() == {**form.fields, TEXT: "Second"}
    assert second["Fields"] == form.held()


# --- deleted out of band ---


@pytest.mark.fault(66)
def test_form_of_a_registration_deleted_out_of_band(form: Form) -> None:
    succeeded(form.create(Submit=False))
    form.fake.delete_registration(registration_id=form.registration_id)
    response = failed(form.update(Submit=False, change={TEXT: "Tacoma"}), form.registration_id, "does not exist")
    assert response["PhysicalResourceId"] == f"form-of:{form.registration_id}"
    assert form.stack.stack_status == "UPDATE_ROLLBACK_COMPLETE"
    succeeded(form.stack.delete("Form"))
    assert live_ids(form.fake) == set()
