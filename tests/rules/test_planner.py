"""Plans: by version status, submissions, associations; and from any state, the declared form with the fewest calls."""

import copy
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

import moto_sms_voice
from sms_registration_rules import associations, validation
from sms_registration_rules.planning import inputs, planner
from sms_registration_rules.planning.inputs import DeclaredForm, DescribedForm
from sms_registration_rules.planning.plan import (
    Associate,
    CreateVersion,
    DeleteValue,
    DiscardVersion,
    Plan,
    PutValue,
    Step,
    Submit,
)
from sms_registration_rules.values import SelectChoices, TextValue, described_value, is_same
from support.form_model import (
    AFTER,
    BEFORE,
    LOCKED,
    ON_APPROVAL,
    PARENT,
    PHONE,
    PRECEDENCE,
    Registration,
    Version,
    declarations,
    planned,
    registrations,
)

moto_sms_voice.register()

NEW = {"a": TextValue("new"), "b": TextValue("b")}
OLD = {"a": TextValue("old"), "b": TextValue("b")}
PUT_ALL = [PutValue("a", NEW["a"]), PutValue("b", NEW["b"])]


def registration(version_status: str, values: dict[str, Any] = OLD, *earlier: Version, **members: Any) -> Registration:
    versions = [*earlier, Version(version_status, dict(values))]
    return Registration(**{"status": "CREATED", "versions": versions, "behaviors": {}, **members})


def declared(values: dict[str, Any] = NEW, **members: Any) -> DeclaredForm:
    return DeclaredForm(values=values, precedence=PRECEDENCE, **members)


def steps(form: DeclaredForm, described: Registration) -> list[Step]:
    made = planned(form, described)
    assert made.refusal is None
    return list(made.steps)


# --- by version status ---


@pytest.mark.parametrize(
    ("status", "same", "differs"),
    [
        ("DRAFT", [Submit()], [PutValue("a", NEW["a"]), Submit()]),
        ("SUBMITTED", [], [DiscardVersion(), CreateVersion(), *PUT_ALL, Submit()]),
        ("APPROVED", [], [CreateVersion(), *PUT_ALL, Submit()]),
        ("DENIED", [], [CreateVersion(), *PUT_ALL, Submit()]),
        ("REVOKED", [], [CreateVersion(), *PUT_ALL, Submit()]),
        ("ARCHIVED", [], [CreateVersion(), *PUT_ALL, Submit()]),
        ("DISCARDED", [CreateVersion(), *PUT_ALL, Submit()], [CreateVersion(), *PUT_ALL, Submit()]),
    ],
)
@pytest.mark.parametrize("submit", [True, False])
def test_plan_by_version_status(status: str, same: list[Step], differs: list[Step], submit: bool) -> None:
    for held, expected in ((NEW, same), (OLD, differs)):
        made = planned(declared(submit=submit), registration(status, held))
        assert list(made.steps) == [step for step in expected if submit or step != Submit()]
        assert made == Plan(steps=made.steps)


@pytest.mark.parametrize("status", LOCKED)
@pytest.mark.fault(21)
def test_review_locks_the_form(status: str) -> None:
    assert planned(declared(submit=True), registration(status, NEW)) == Plan()
    refused = planned(declared(submit=True), registration(status))
    assert refused.steps == ()
    assert refused.refusal is not None
    for part in (f"version 1 of registration-01 is {status}", "differs in a.", "describe-registration-versions"):
        assert part in refused.refusal
    for form in (declared(on_locked="keep"), declared(rolling_back=True)):
        kept = planned(form, registration(status))
        assert (kept.steps, kept.refusal, kept.pending_changes) == ((), None, True)
        assert "differs in a" in kept.notes[0]


@pytest.mark.parametrize("status", ["CLOSED", "DELETED"])
def test_closed_registration_is_not_changed(status: str) -> None:
    """It is an error as soon as anything is wanted of it, also what it holds already, whatever `on_locked` says."""
    for form in (declared(), declared(submit=True), declared(on_locked="keep"), declared({}, associations=(PHONE,))):
        for ended in (registration("APPROVED", NEW, status=status), registration("DRAFT", status=status)):
            refusal = str(planned(form, ended).refusal)
            assert refusal.startswith(f"registration-01 is {status}: it can no longer be changed")
    assert planned(declared({}), registration("APPROVED", {}, status=status)) == Plan()


def test_rollback_leaves_a_closed_registration() -> None:
    restored = planned(declared(rolling_back=True), registration("APPROVED", OLD, status="CLOSED"))
    assert (restored.refusal, restored.steps, restored.pending_changes) == (None, (), True)


@pytest.mark.parametrize("status", ["DRAFT", "APPROVED"])
def test_rollback_restores_undeclared_values(status: str) -> None:
    """What the failed deployment had overwritten counts as declared; what is declared counts more."""
    form = declared(
        {"b": NEW["b"]}, restored={"a": OLD["a"], "b": OLD["a"]}, rolling_back=True, delete_undeclared=False
    )
    puts = steps(form, registration(status, NEW))
    if status == "DRAFT":
        assert puts == [PutValue("a", OLD["a"])]
    else:
        assert puts == [CreateVersion(), PutValue("a", OLD["a"]), PutValue("b", NEW["b"])]


def test_draft_gets_only_the_difference() -> None:
    held = {**OLD, "c": TextValue("c"), "d": SelectChoices(("x", "y"))}
    form = declared({**NEW, "d": SelectChoices(("y", "x"))})
    assert steps(form, registration("DRAFT", held)) == [DeleteValue("c"), PutValue("a", NEW["a"])]


def test_values_of_removed_fields_are_ignored() -> None:
    held = {**NEW, "gone": TextValue("x")}
    assert steps(declared(), registration("DRAFT", held)) == []
    assert steps(declared(), registration("APPROVED", held)) == []


def test_refusals_quote_no_value() -> None:
    held = {"a": TextValue("canary"), "b": TextValue("canary")}
    assert "canary" not in str(planned(declared({"a": TextValue("canary2")}), registration("REVIEWING", held)))


# --- undeclared values that are kept ---


def test_kept_values_are_copied_into_new_versions() -> None:
    held = {**OLD, "c": TextValue("c"), "d": TextValue("d"), "gone": TextValue("x")}
    form = declared(cleared=frozenset({"d"}), delete_undeclared=False)
    assert steps(form, registration("DRAFT", held)) == [DeleteValue("d"), PutValue("a", NEW["a"])]
    assert steps(form, registration("APPROVED", held)) == [CreateVersion(), *PUT_ALL, PutValue("c", TextValue("c"))]
    begun = registration("DRAFT", {"a": NEW["a"]}, Version("APPROVED", held), Version("DISCARDED", {}))
    assert steps(form, begun) == [PutValue("b", NEW["b"]), PutValue("c", TextValue("c"))]


# --- order ---


def test_fields_are_written_after_their_dependencies() -> None:
    order = {"dependent": (2, 0), "link": (3, 1), "file": (3, 2), "base": (1, 3)}
    values = {"dependent": TextValue("x"), "file": TextValue("x"), "base": TextValue("x")}
    form = DeclaredForm(values=values, precedence=order)
    begun = registration("DRAFT", {"link": TextValue("x")})
    assert [step.path for step in steps(form, begun)] == ["base", "dependent", "link", "file"]  # type: ignore[union-attr]
    emptied = registration("DRAFT", {"dependent": TextValue("x"), "base": TextValue("y")})
    form = DeclaredForm(values={"base": TextValue("x")}, precedence=order)
    assert steps(form, emptied) == [PutValue("base", TextValue("x")), DeleteValue("dependent")]


# --- the same content is never submitted twice ---


@pytest.mark.parametrize(
    ("previous", "name"), [("APPROVED", "the approved version 1"), ("DENIED", "the latest denied version 1")]
)
def test_approved_or_denied_content_is_not_resubmitted(previous: str, name: str) -> None:
    begun = registration("DRAFT", OLD, Version(previous, NEW))
    made = planned(declared(submit=True), begun)
    assert (list(made.steps), made.pending_submission) == ([PutValue("a", NEW["a"])], True)
    assert name in made.notes[0]
    assert steps(declared(submit=True, resubmit_after=1), begun) == [PutValue("a", NEW["a"]), Submit()]
    assert steps(declared(submit=True), registration("DRAFT", OLD, Version("REVOKED", NEW)))[-1] == Submit()


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("DENIED", [CreateVersion(), *PUT_ALL, Submit()]),
        ("APPROVED", [CreateVersion(), *PUT_ALL, Submit()]),
        ("SUBMITTED", [DiscardVersion(), CreateVersion(), *PUT_ALL, Submit()]),
    ],
)
def test_new_revision_resubmits_the_same_form_once(status: str, expected: list[Step]) -> None:
    form = declared(submit=True, resubmit_after=1)
    described = registration(status, NEW)
    assert steps(form, described) == expected
    described.apply(expected)
    for later in ("SUBMITTED", "REVIEWING", "DENIED", "APPROVED"):
        described.current.status = later
        assert planned(form, described) == Plan()


def test_new_revision_waits_for_a_review() -> None:
    waiting = planned(declared(submit=True, resubmit_after=1), registration("REVIEWING", NEW))
    assert (waiting.steps, waiting.refusal, waiting.pending_submission) == ((), None, True)
    assert "version 1 is REVIEWING" in waiting.notes[0]
    assert planned(declared(resubmit_after=1), registration("SUBMITTED", NEW)) == Plan()


def test_new_revision_withdraws_no_submission_that_could_not_be_repeated() -> None:
    """A brand that is not COMPLETE anymore would refuse the new submission of its campaign."""
    described = registration("SUBMITTED", NEW, behaviors={"US_TEN_DLC_BRAND_REGISTRATION": BEFORE})
    described.associated, described.incomplete_parents = {PARENT}, frozenset({PARENT})
    form = declared(submit=True, resubmit_after=1, associations=(PARENT,))
    waiting = planned(form, described)
    assert (waiting.steps, waiting.refusal, waiting.pending_submission) == ((), None, True)
    described.incomplete_parents = frozenset({"registration-03"})
    assert steps(form, described) == [DiscardVersion(), CreateVersion(), *PUT_ALL, Submit()]


# --- associations ---


@pytest.mark.parametrize(
    ("behavior", "registration_status", "version_status", "expected", "pending"),
    [
        (BEFORE, "CREATED", "DRAFT", [PutValue("a", NEW["a"]), Associate(PHONE), Submit()], False),
        (BEFORE, "REQUIRES_UPDATES", "DENIED", [CreateVersion(), *PUT_ALL, Associate(PHONE), Submit()], False),
        (AFTER, "CREATED", "DRAFT", [PutValue("a", NEW["a"]), Submit()], True),
        (AFTER, "COMPLETE", "APPROVED", [Associate(PHONE), CreateVersion(), *PUT_ALL, Submit()], False),
        (ON_APPROVAL, "CREATED", "DRAFT", [PutValue("a", NEW["a"]), Submit()], False),
        ("ASSOCIATE_SOMEHOW", "CREATED", "DRAFT", [PutValue("a", NEW["a"]), Submit()], True),
    ],
)
def test_association_timing_follows_its_behavior(
    behavior: str, registration_status: str, version_status: str, expected: list[Step], pending: bool
) -> None:
    form = declared(submit=True, associations=(PHONE,))
    described = registration(version_status, status=registration_status, behaviors={"TOLL_FREE": behavior})
    made = planned(form, described)
    assert (list(made.steps), made.pending_associations) == (expected, pending)
    assert any(PHONE in note for note in made.notes) is pending
    described.associated.add(PHONE)
    assert Associate(PHONE) not in steps(form, described)


def test_association_alone_creates_no_version() -> None:
    form = declared(submit=True, associations=(PHONE,))
    for status in ("SUBMITTED", "REVIEWING", "APPROVED"):
        made = planned(form, registration(status, NEW, behaviors={"TOLL_FREE": BEFORE}))
        assert made == Plan(pending_associations=True, notes=made.notes)
    complete = registration("APPROVED", NEW, status="COMPLETE", behaviors={"TOLL_FREE": AFTER})
    assert steps(form, complete) == [Associate(PHONE)]


@pytest.mark.parametrize(
    ("behavior", "version_status", "registration_status", "waits"),
    [
        (AFTER, "DRAFT", "CREATED", True),
        (AFTER, "REVIEWING", "REVIEWING", True),
        (AFTER, "APPROVED", "CLOSED", False),
        (BEFORE, "SUBMITTED", "SUBMITTED", False),  # that needs a draft, and so another deployment
        ("ASSOCIATE_SOMEHOW", "DRAFT", "CREATED", False),
        (ON_APPROVAL, "DRAFT", "CREATED", False),
    ],
)
def test_an_association_waits_that_only_needs_a_registration_to_be_complete(
    behavior: str, version_status: str, registration_status: str, waits: bool
) -> None:
    form = declared(NEW, associations=(PHONE,), rolling_back=registration_status == "CLOSED")
    described = registration(version_status, NEW, status=registration_status, behaviors={"TOLL_FREE": behavior})
    assert planned(form, described).waiting_associations == ((PHONE,) if waits else ())


@pytest.mark.parametrize("submit", [True, False])
def test_a_submission_waits_for_incomplete_parents(submit: bool) -> None:
    behaviors = {"US_TEN_DLC_BRAND_REGISTRATION": BEFORE}
    described = registration("DRAFT", behaviors=behaviors, incomplete_parents=frozenset({PARENT}))
    made = planned(declared(submit=submit, associations=(PARENT,)), described)
    assert made.waits_for == ((PARENT,) if submit else ())
    assert made.waiting_associations == (PARENT,)


def test_what_is_the_same_as_a_denied_version_does_not_wait() -> None:
    described = registration("DRAFT", NEW, Version("DENIED", dict(NEW)), status="REQUIRES_UPDATES")
    made = planned(declared(NEW, submit=True), described)
    assert (made.pending_submission, made.waits_for) == (True, ())


def test_submission_without_a_required_association_is_refused() -> None:
    described = registration("DRAFT", behaviors={"TOLL_FREE": BEFORE})
    refused = planned(declared(submit=True), described)
    assert refused.steps == ()
    assert "associated with a resource of type TOLL_FREE" in str(refused.refusal)
    assert steps(declared(), described) == [PutValue("a", NEW["a"])]
    back = planned(declared(submit=True, rolling_back=True), described)
    assert (list(back.steps), back.pending_submission) == ([PutValue("a", NEW["a"])], True)
    # A resource of an unknown kind may be what the service requires: the service decides.
    assert steps(declared(submit=True, associations=("something-new",)), described)[-1] == Submit()
    described.associated.add(PHONE)
    assert steps(declared(submit=True), described)[-1] == Submit()


def test_unsupported_association_is_refused() -> None:
    assert PHONE in str(planned(declared(associations=(PHONE,)), registration("DRAFT")).refusal)
    back = planned(declared(associations=(PHONE,), rolling_back=True), registration("DRAFT"))
    assert (back.refusal, back.pending_associations) == (None, True)


@pytest.mark.parametrize("associated", [set(), {PARENT}])
def test_incomplete_parent_leaves_a_filled_draft(associated: set[str]) -> None:
    form = declared(submit=True, associations=(PARENT,))
    described = registration(
        "DRAFT",
        behaviors={"US_TEN_DLC_BRAND_REGISTRATION": BEFORE, "TEN_DLC": AFTER},
        incomplete_parents=frozenset({PARENT}),
        associated=associated,
    )
    made = planned(form, described)
    assert list(made.steps) == [PutValue("a", NEW["a"])]
    assert (made.pending_submission, made.pending_associations) == (True, not associated)
    described.incomplete_parents = frozenset()
    assert steps(form, described)[-1] == Submit()


@pytest.mark.parametrize(
    ("resource", "behavior"),
    [
        ("phone-01", AFTER),
        ("arn:aws:sms-voice:us-east-1:123456789012:phone-number/phone-01", AFTER),
        ("registration-01", BEFORE),
        ("arn:aws:sms-voice:us-east-1:123456789012:registration/registration-01", BEFORE),
        ("something-else", BEFORE),
    ],
)
def test_resource_type_decides_the_association_behavior(resource: str, behavior: str) -> None:
    supported = [
        {"ResourceType": "US_TEN_DLC_BRAND_REGISTRATION", "AssociationBehavior": BEFORE},
        {"ResourceType": "TEN_DLC", "AssociationBehavior": AFTER},
    ]
    assert associations.behavior_of(resource, supported) == behavior


def test_resource_is_recognized_by_id_and_arn() -> None:
    arn = "arn:aws:sms-voice:us-east-1:123456789012:phone-number/phone-01"
    made = [{"ResourceArn": arn, "ResourceId": "phone-01"}]
    assert associations.is_associated(arn, made)
    assert associations.is_associated("phone-01", made)
    assert associations.is_associated(arn, [{"ResourceArn": "", "ResourceId": "phone-01"}])
    assert not associations.is_associated("phone-02", made)


# --- attributes ---


def test_attributes_are_strings() -> None:
    made = Plan(pending_submission=True)
    assert made.attributes(registration_status="CREATED", version_number=3, version_status="DRAFT") == {
        "VersionNumber": "3",
        "VersionStatus": "DRAFT",
        "RegistrationStatus": "CREATED",
        "PendingSubmission": "true",
        "PendingAssociations": "false",
        "PendingChanges": "false",
    }


# --- from any state ---


def _target(form: DeclaredForm, described: DescribedForm) -> dict[str, Any]:
    kept = {} if form.delete_undeclared else inputs.kept_values(described, {*form.values, *form.cleared})
    return {**kept, **form.values}


def _is_same_form(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(is_same(one.get(path), other.get(path)) for path in {*one, *other})


@settings(max_examples=400)
@given(st.data())
def test_any_state_reaches_the_form_with_the_fewest_calls(data: st.DataObject) -> None:
    described = data.draw(registrations())
    form = data.draw(declarations(described))
    before, target = copy.deepcopy(described), _target(form, described.described())
    made = planned(form, described)
    described.apply(made.steps)
    assert made.refusal is None or (made.steps == () and not form.rolling_back)
    if made.refusal is None:
        assert made.pending_changes or _is_same_form(described.current.values, target)
    if form.submit and made.refusal is None and not made.pending_submission and not made.pending_changes:
        assert described.current.status not in ("DRAFT", "DISCARDED")
    writes = [step for step in made.steps if isinstance(step, PutValue | DeleteValue)]
    if CreateVersion() in made.steps:
        assert len(writes) == len(target)
    else:
        held = before.current.values
        fewest = sum(not is_same(held.get(path), target.get(path)) for path in {*held, *target})
        assert len(writes) == (fewest if before.current.status == "DRAFT" and made.refusal is None else 0)
    assert sum(isinstance(step, CreateVersion | DiscardVersion | Submit) for step in made.steps) <= 3


@settings(max_examples=400)
@given(st.data())
def test_executed_plan_leaves_nothing_to_do(data: st.DataObject) -> None:
    described = data.draw(registrations())
    form = data.draw(declarations(described))
    first = planned(form, described)
    described.apply(first.steps)
    again = planned(form, described)
    assert again.steps == ()
    assert (again.refusal, again.pending_submission, again.pending_associations, again.pending_changes) == (
        first.refusal,
        first.pending_submission,
        first.pending_associations,
        first.pending_changes,
    )


@settings(max_examples=400)
@given(st.data())
@pytest.mark.fault(23)
def test_interrupted_plan_continues_and_repeats_no_put(data: st.DataObject) -> None:
    described = data.draw(registrations())
    form = data.draw(declarations(described))
    whole = planned(form, described)
    undisturbed, interrupted = copy.deepcopy(described), copy.deepcopy(described)
    undisturbed.apply(whole.steps)
    interrupted.apply(whole.steps[: data.draw(st.integers(0, len(whole.steps)))])
    interrupted.apply(planned(form, interrupted).steps)
    assert interrupted.versions == undisturbed.versions
    assert interrupted.associated == undisturbed.associated
    assert sorted(interrupted.put) == sorted(undisturbed.put)
    assert len(set(interrupted.put)) == len(interrupted.put)


@given(st.data())
def test_submits_only_when_requested_and_never_twice(data: st.DataObject) -> None:
    described = data.draw(registrations())
    form = data.draw(declarations(described, resubmit_after=None))
    before = described.described()
    reviewed = [
        before.values_of(number) for number in (before.approved_version, before.denied_version) if number is not None
    ]
    made = planned(form, described)
    described.apply(made.steps)
    if Submit() in made.steps:
        assert form.submit
        assert not any(_is_same_form(described.current.values, values) for values in reviewed)


# --- against the fake ---


def _described(client: Any, registration_id: str) -> DescribedForm:
    (found,) = client.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
    number = found["CurrentVersionNumber"]
    (version,) = client.describe_registration_versions(RegistrationId=registration_id, VersionNumbers=[number])[
        "RegistrationVersions"
    ]

    def values(version_number: int) -> dict[str, Any]:
        response = client.describe_registration_field_values(
            RegistrationId=registration_id, VersionNumber=version_number, MaxResults=100
        )
        held = {each["FieldPath"]: described_value(each) for each in response["RegistrationFieldValues"]}
        return {path: value for path, value in held.items() if value is not None}

    return DescribedForm(
        registration_id,
        found["RegistrationStatus"],
        number,
        version["RegistrationVersionStatus"],
        {each: values(each) for each in range(1, number + 1)},
        found.get("ApprovedVersionNumber"),
        found.get("LatestDeniedVersionNumber"),
    )


def _make(client: Any, registration_id: str, step: Step) -> None:
    if isinstance(step, PutValue):
        client.put_registration_field_value(
            RegistrationId=registration_id, FieldPath=step.path, **step.value.parameters
        )
    elif isinstance(step, DeleteValue):
        client.delete_registration_field_value(RegistrationId=registration_id, FieldPath=step.path)
    else:
        operation = {
            DiscardVersion: client.discard_registration_version,
            CreateVersion: client.create_registration_version,
            Submit: client.submit_registration_version,
        }[type(step)]  # type: ignore[index]
        operation(RegistrationId=registration_id)


_PUBLIC = {
    "companyInfo.legalType": {"SelectChoices": ["PUBLIC_PROFIT"]},
    "companyInfo.stockSymbol": {"TextValue": "EXM"},
    "companyInfo.stockExchange": {"SelectChoices": ["NASDAQ"]},
    "companyInfo.businessContactEmail": {"TextValue": "legal@example.com"},
}


@settings(max_examples=25)
@given(st.data())
@pytest.mark.assumes("version_statuses_before_new", reason="it needs a new version after an approval")
@pytest.mark.assumes("submits_until_values_visible", reason="it makes each call of a plan only once")
def test_fake_accepts_every_plan_of_a_registration(data: st.DataObject) -> None:
    with mock_aws():
        fake = moto_sms_voice.backend()
        client = boto3.client("pinpoint-sms-voice-v2", region_name="us-east-1")
        registration_id = client.create_registration(RegistrationType="US_TEN_DLC_BRAND_REGISTRATION")["RegistrationId"]
        fields = fake.definitions["US_TEN_DLC_BRAND_REGISTRATION"].fields
        example = fake.example_form("US_TEN_DLC_BRAND_REGISTRATION")
        reviews = [fake.review.start, fake.review.approve, fake.review.deny, lambda _: None]
        for _ in range(4):
            is_public, city = data.draw(st.booleans()), data.draw(st.sampled_from(["Seattle", "Boston"]))
            members = {**example, **(_PUBLIC if is_public else {}), "companyInfo.city": {"TextValue": city}}
            values = {path: described_value(member) for path, member in members.items()}
            form = DeclaredForm(
                values={path: value for path, value in values.items() if value is not None},
                precedence=validation.precedence(fields),
                submit=data.draw(st.booleans()),
                on_locked="keep",
            )
            first = planner.make(form, _described(client, registration_id))
            for step in first.steps[: data.draw(st.integers(0, len(first.steps)))]:
                _make(client, registration_id, step)
            rest = planner.make(form, _described(client, registration_id))
            for step in rest.steps:
                _make(client, registration_id, step)
            described = _described(client, registration_id)
            assert planner.make(form, described).steps == ()
            assert rest.pending_changes or _is_same_form(
                dict(described.values_of(described.version_number)), dict(form.values)
            )
            review = data.draw(st.sampled_from(reviews))
            if described.version_status in ("SUBMITTED", "REVIEWING"):
                review(registration_id)
