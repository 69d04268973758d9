"""Plans that refuse or leave something: what would close a registration, what AWS does not accept again, what stays pending."""

from dataclasses import replace
from typing import Any

import pytest

from sms_registration_rules.planning import planner
from sms_registration_rules.planning.inputs import DeclaredForm, DescribedForm
from sms_registration_rules.planning.plan import CreateVersion, DeleteValue, Plan, PutValue, Submit
from sms_registration_rules.values import TextValue
from support.form_model import AFTER, BEFORE, LOCKED, PARENT, PHONE, PRECEDENCE, Registration, Version, planned

HELD = {"a": TextValue("a"), "b": TextValue("b")}
OTHER = {"a": TextValue("other"), "b": TextValue("b")}


def registration(version_status: str, values: dict[str, Any] = HELD, *earlier: Version, **members: Any) -> Registration:
    versions = [*earlier, Version(version_status, dict(values))]
    return Registration(**{"status": "CREATED", "versions": versions, "behaviors": {}, **members})


def declared(values: dict[str, Any] = HELD, **members: Any) -> DeclaredForm:
    return DeclaredForm(values=values, precedence=PRECEDENCE, **members)


# --- what would close the registration ---


def with_number(version_status: str, *earlier: str) -> DescribedForm:
    """A registration with a number without which the service closes it."""
    versions = [Version(each, dict(HELD)) for each in earlier]
    described = registration(version_status, HELD, *versions, behaviors={"TOLL_FREE": BEFORE}, associated={PHONE})
    [rule] = described.described().supported_associations
    behavior = {**rule, "DisassociationBehavior": "DISASSOCIATE_ALL_CLOSES_REGISTRATION"}
    return replace(described.described(), supported_associations=[behavior])


GIVES_UP = declared(previous_associations=(PHONE,))


@pytest.mark.parametrize(
    ("versions", "state"),
    [
        (("SUBMITTED",), "SUBMITTED"),
        (("APPROVED",), "APPROVED"),
        *(((each,), each) for each in LOCKED),
        (("DRAFT", "APPROVED"), "APPROVED"),
        (("DENIED", "APPROVED"), "APPROVED"),
        (("SUBMITTED", "APPROVED"), "APPROVED"),
    ],
)
def test_losing_the_number_is_refused_while_something_is_at_stake(versions: tuple[str, ...], state: str) -> None:
    made = planner.make(GIVES_UP, with_number(*versions))
    assert made.steps == ()
    assert made.refusal is not None
    assert made.refusal.startswith(f"registration-01 is {state} with {PHONE}, which the template no longer associates")


@pytest.mark.parametrize("status", ["DRAFT", "DISCARDED", "DENIED", "REVOKED", "ARCHIVED"])
def test_losing_the_number_is_allowed_where_nothing_was_approved(status: str) -> None:
    assert planner.make(GIVES_UP, with_number(status)).refusal is None


@pytest.mark.parametrize(
    "members",
    [{"rolling_back": True}, {"allow_closing": True}, {"associations": (PHONE,)}, {"previous_associations": ()}],
)
def test_losing_the_number_is_allowed_where_it_is_not_this_templates_loss_or_wanted(members: dict[str, Any]) -> None:
    assert planner.make(replace(GIVES_UP, **members), with_number("APPROVED")) == Plan()


# --- what AWS does not accept again ---


def denied_for_good(version_status: str = "DRAFT", values: dict[str, Any] = HELD) -> DescribedForm:
    described = registration(version_status, values, Version("DENIED", dict(HELD)))
    return replace(described.described(), final_reasons=("NOT_ELIGIBLE", "OTHER"))


def test_the_same_form_is_not_submitted_again_for_a_revision() -> None:
    made = planner.make(declared(submit=True, resubmit_after=1), denied_for_good())
    assert made.steps == ()
    assert made.refusal is not None
    assert made.refusal.startswith("version 1 of registration-01 was denied with NOT_ELIGIBLE, OTHER, and AWS does not")


def test_a_rollback_does_not_submit_it_either() -> None:
    form = declared(submit=True, resubmit_after=1, rolling_back=True)
    made = planner.make(form, denied_for_good(values=OTHER))
    assert (made.steps, made.refusal, made.pending_submission) == ((PutValue("a", HELD["a"]),), None, True)
    [note] = made.notes
    assert note.startswith("not submitted: version 1 of registration-01 was denied with NOT_ELIGIBLE, OTHER")


def test_a_changed_form_is_submitted_with_a_warning() -> None:
    made = planner.make(declared(OTHER, submit=True), denied_for_good())
    assert made.steps == (PutValue("a", OTHER["a"]), Submit())
    [note] = made.notes
    assert note.startswith("submitted because the form changed, although AWS does not accept a form again")
    assert note.endswith("NOT_ELIGIBLE, OTHER")


def test_a_denial_that_is_not_final_warns_of_nothing() -> None:
    described = registration("DRAFT", HELD, Version("DENIED", dict(OTHER))).described()
    assert planner.make(declared(submit=True), described) == Plan(steps=(Submit(),))


# --- what stays pending, and why ---


def test_a_rollback_says_why_it_does_not_submit() -> None:
    described = registration("DRAFT", behaviors={"TOLL_FREE": BEFORE})
    [note] = planned(declared(submit=True, rolling_back=True), described).notes
    assert note.startswith("not submitted: a registration of this type must be associated with")


def test_a_submission_that_waits_for_its_parents_names_them() -> None:
    behaviors = {"US_TEN_DLC_BRAND_REGISTRATION": BEFORE}
    described = registration("DRAFT", behaviors=behaviors, incomplete_parents=frozenset({PARENT}))
    described.associated = {PARENT}
    [note] = planned(declared(submit=True, associations=(PARENT,)), described).notes
    assert note.startswith(f"not submitted: {PARENT} must be COMPLETE first")


def test_a_submission_in_a_closed_registration_is_pending_changes_and_no_pending_submission() -> None:
    described = registration("APPROVED", HELD, status="CLOSED")
    made = planned(declared(submit=True, resubmit_after=1, rolling_back=True), described)
    assert (made.pending_changes, made.pending_submission) == (True, False)
    assert len(made.notes) == 1


def test_a_revision_of_a_changed_form_that_is_locked_is_pending_changes_and_no_pending_submission() -> None:
    made = planned(declared(OTHER, submit=True, resubmit_after=1, on_locked="keep"), registration("REVIEWING"))
    assert (made.pending_changes, made.pending_submission) == (True, False)


@pytest.mark.parametrize(
    ("resource", "behavior", "status", "reason"),
    [
        (PARENT, BEFORE, "DRAFT", "it must be COMPLETE first; then a RegistrationWatch associates it, or deploy again"),
        (PHONE, AFTER, "DRAFT", "this registration must be COMPLETE first and is CREATED; then a RegistrationWatch"),
        (PHONE, BEFORE, "SUBMITTED", "that needs a draft; it is made with the next version"),
        (PHONE, "SOMEHOW", "DRAFT", "this release does not support its AssociationBehavior SOMEHOW"),
    ],
)
def test_an_association_that_stays_pending_says_why(resource: str, behavior: str, status: str, reason: str) -> None:
    kind = "TOLL_FREE" if resource == PHONE else "US_TEN_DLC_BRAND_REGISTRATION"
    described = registration(status, HELD, behaviors={kind: behavior}, incomplete_parents=frozenset({PARENT}))
    [note] = planned(declared(associations=(resource,)), described).notes
    assert note.startswith(f"not associated with {resource}: {reason}")


# --- order, and fields that the form no longer has ---


def test_fields_of_the_same_rank_are_written_in_the_order_of_the_form() -> None:
    form = declared({path: TextValue("x") for path in "dbca"})
    assert [step.path for step in planned(form, registration("DRAFT", {})).steps if isinstance(step, PutValue)] == [
        *"abcd"
    ]
    emptied = planned(declared({}), registration("DRAFT", {path: TextValue("x") for path in "dbca"}))
    assert emptied.steps == tuple(map(DeleteValue, "abcd"))


@pytest.mark.parametrize("status", ["DRAFT", "APPROVED"])
def test_a_rollback_does_not_restore_a_field_that_the_form_no_longer_has(status: str) -> None:
    """The service would refuse it, and the rollback would leave the whole form as it is."""
    form = declared(
        {"b": HELD["b"]},
        restored={"a": OTHER["a"], "gone": HELD["a"]},
        rolling_back=True,
        delete_undeclared=False,
    )
    made = planned(form, registration(status))
    assert made.steps == (
        (PutValue("a", OTHER["a"]),)
        if status == "DRAFT"
        else (CreateVersion(), PutValue("a", OTHER["a"]), PutValue("b", HELD["b"]))
    )
