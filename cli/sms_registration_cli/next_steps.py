"""What happens next to a registration, or what somebody has to do, told from its statuses. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sms_registration_cli import pending
from sms_registration_cli.account import PENDING_STATE, STATE, FoundRegistration
from sms_registration_cli.denied import denials
from sms_registration_rules import marks
from sms_registration_rules.durations import SUBMISSION_SHOWS_HOURS, review_duration

UNDER_REVIEW = frozenset({"SUBMITTED", "AWS_REVIEWING", "REVIEWING"})
CONSOLE = "the AWS End User Messaging console"


@dataclass(frozen=True)
class NextStep:
    """What comes next.

    Attributes:
        text: One or two sentences.
        needs_a_person: Whether nothing happens until somebody acts.
    """

    text: str
    needs_a_person: bool = False


def next_step(registration: FoundRegistration, now: datetime) -> NextStep:
    """What happens next, or what to do.

    Args:
        registration: With its versions. The version decides before the registration does: a registration may show CREATED long
            after it was submitted.
        now: The present time, with a time zone.
    """
    step = _by_status(registration, now)
    waits = [each for each in pending.sentences(registration) if each not in step.text]
    return replace(step, text=" ".join([step.text, *waits])) if waits else step


def is_unfinished(registration: FoundRegistration) -> bool:
    """Whether it is what an interrupted creation left: the next deployment of its stack removes it, or nothing does."""
    return registration.tags.get(STATE) == PENDING_STATE


def _by_status(registration: FoundRegistration, now: datetime) -> NextStep:
    version = registration.version
    status = version.status if version else ""
    if registration.status in ("CLOSED", "DELETED"):
        return NextStep("It can never be used again. Delete it: it counts against the quota.", needs_a_person=True)
    if registration.status == "PROVISIONING":
        return NextStep("Approved. AWS is creating the number or sender ID.")
    if status in UNDER_REVIEW:
        return _review(registration, now)
    if status == "DRAFT":
        return _draft(registration)
    fixed = {
        "REQUIRES_AUTHENTICATION": (
            "The brand's contact must follow the link in an e-mail from noreply@auth.campaignregistry.com within 7 days. After "
            f"that, ask for another one in {CONSOLE}."
        ),
        "REQUIRES_OFFLINE_REVIEW": "AWS needs a person to continue: open a support case.",
        "DENIED": _after_denial(registration) + _approved_before(registration),
        "REVOKED": "The approval was taken back. Read the reasons in the console, correct the form, and deploy.",
        "DISCARDED": "The version was discarded. The next deployment makes a new one.",
    }
    if status in fixed:
        return NextStep(fixed[status], needs_a_person=True)
    if registration.status == "COMPLETE":
        return NextStep("Approved. Nothing to do.")
    return NextStep(f"This release does not know the status {status or registration.status}: see {CONSOLE}.")


def _after_denial(registration: FoundRegistration) -> str:
    if any(each.submit_again == "no" for each in denials(registration)):
        return "AWS does not accept this registration again, for the reason below: contact AWS Support."
    if registration.stack_name:
        return "Correct what is named below, and deploy with submit=True: the deployment makes a new version and submits it."
    return (
        "Correct what is named below in a new version. No stack owns it: `sms-registration export` helps to adopt it."
    )


def _approved_before(registration: FoundRegistration) -> str:
    """Whoever reads of a denial asks first whether the number still sends."""
    number = registration.description.get("ApprovedVersionNumber")
    is_older = number and registration.version is not None and number != registration.version.number
    return f" Version {number} is still the approved one." if is_older else ""


def _draft(registration: FoundRegistration) -> NextStep:
    if len(registration.versions) > 1 and registration.status == "COMPLETE":
        return NextStep("The approved version stays in use; the new draft waits to be submitted.", needs_a_person=True)
    if marks.parse(registration.tags).submission is not None:
        return NextStep("A draft.")
    if registration.stack_name:
        return NextStep("A draft: deploy with submit=True to submit it.", needs_a_person=True)
    return NextStep(
        "A draft that no stack owns: adopt it (`sms-registration export`), or delete it.", needs_a_person=True
    )


def _review(registration: FoundRegistration, now: datetime) -> NextStep:
    version = registration.version
    since = version.since if version else None
    expected = review_duration(registration.type)
    if registration.status == "CREATED" and since and (now - since).total_seconds() > SUBMISSION_SHOWS_HOURS * 3600:
        return NextStep(
            f"Submitted more than {SUBMISSION_SHOWS_HOURS} hours ago, and the review has not begun: open a support case.",
            needs_a_person=True,
        )
    if expected is None:
        return NextStep("Under review. AWS publishes no duration for this type.")
    words = f"Under review. AWS expects {_days(expected.days, expected.business_days)}"
    if expected.note:
        words += f" ({expected.note})"
    if since and now - since > expected.overdue:
        return NextStep(f"{words}; it takes much longer: open a support case.", needs_a_person=True)
    return NextStep(f"{words}. Nothing to do.")


def _days(days: float, business: bool) -> str:
    if days < 1:
        return "minutes"
    number = f"{days:g}"
    return f"{number} {'business ' if business else ''}day{'' if number == '1' else 's'}"
