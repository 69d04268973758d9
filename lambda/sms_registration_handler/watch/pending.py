"""What can be continued now with a registration that a deployment had to leave, and what cannot. Pure.

The planner of the deployments decides here too: what it would not submit, the watch does not submit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sms_registration_rules import associations, marks
from sms_registration_rules.planning import planner
from sms_registration_rules.planning.inputs import DISCARDED, DRAFT, DeclaredForm, DescribedForm
from sms_registration_rules.planning.plan import Associate, Step, Submit
from sms_registration_rules.values import TypedValue

BRAND_VETTING = "US_TEN_DLC_BRAND_VETTING"
CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"


@dataclass(frozen=True)
class Verdict:
    """What to do.

    Attributes:
        steps: The calls to make now: associations, or one submission.
        finished: Keys of the marks for which nothing is left to do.
        done: What they waited for, one sentence each.
        obstacle: Why something cannot be continued until a person acts; empty when nothing is in the way, or only time.
        submits: Whether the steps lead to a submission, now or in the next round.
        is_told_elsewhere: Whether people hear of the obstacle's cause anyway, and are reminded of it.
    """

    steps: tuple[Step, ...] = ()
    finished: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    obstacle: str = ""
    submits: bool = False
    is_told_elsewhere: bool = False


def parents(waiting: marks.Waiting) -> list[str]:
    """The IDs of the registrations that it waits for."""
    named = [*waiting.resources, *(waiting.submission.after if waiting.submission else ())]
    ids = (each.rpartition("/")[2] for each in named)
    return list(dict.fromkeys(each for each in ids if each.startswith("registration-")))


def before_reading(waiting: marks.Waiting, statuses: Mapping[str, str], ours: Collection[str]) -> Verdict | None:
    """Tell from the statuses of the account's registrations that nothing can be continued; None to look closer.

    Args:
        waiting: What waits.
        statuses: RegistrationStatus by RegistrationId, of every parent.
        ours: The registrations whose denials this watch tells.
    """
    if waiting.unreadable:
        return Verdict(
            obstacle=f"the tag {waiting.unreadable[0]} was changed by hand and cannot be read. The next deployment that changes "
            "the form writes it again"
        )
    for parent in parents(waiting):
        status = statuses[parent]
        if status in planner.ENDED:
            return Verdict(obstacle=f"it waits for {parent}, which is {status} and can never be COMPLETE")
        if status == "REQUIRES_UPDATES":
            return Verdict(
                obstacle=f"it waits for {parent}, which was denied. It goes on by itself as soon as {parent} is COMPLETE",
                is_told_elsewhere=parent in ours,
            )
        if status != "COMPLETE":
            return Verdict()
    return None


def behind_vettings(vettings: Mapping[str, str]) -> Verdict | None:
    """Hold a campaign whose brand is being vetted: its score counts only for campaigns that are submitted later.

    Args:
        vettings: The status of each vetting of the campaign's brand that is submitted or waits to be, by its ID.
    """
    for identity, status in vettings.items():
        if status == "REQUIRES_UPDATES":
            return Verdict(
                obstacle=f"it waits for the vetting of its brand, {identity}, which was denied. It goes on by itself as soon as "
                "the vetting is COMPLETE; to submit it without the vetting, deploy it with another revision",
                is_told_elsewhere=True,
            )
        if status not in {"COMPLETE", *planner.ENDED}:
            return Verdict()
    return None


def judge(
    waiting: marks.Waiting,
    described: DescribedForm,
    versions: Sequence[Mapping[str, Any]],
    held: Mapping[str, TypedValue],
) -> Verdict:
    """Decide what to do, from what the service describes now.

    Args:
        waiting: What waits.
        described: The form, with the values of the approved and the latest denied version, described for everything that waits.
        versions: Members of DescribeRegistrationVersions' response.
        held: The values of the current version, if a submission waits.
    """
    by_number = {int(each["VersionNumber"]): each for each in versions}
    submitted = {
        key: each
        for key, each in waiting.submissions.items()
        if was_submitted(by_number.get(each.version_number, {"RegistrationVersionStatus": DRAFT}))
    }
    associated = {
        key: resources
        for key, resources in waiting.associations.items()
        if all(associations.is_associated(each, described.associations) for each in resources)
    }
    finished = (*submitted, *associated)
    done = (
        *(f"version {number} was submitted" for number in sorted({each.version_number for each in submitted.values()})),
        *(f"it was associated with {each}" for resources in associated.values() for each in resources),
    )
    open_submission = marks.Waiting(
        {key: each for key, each in waiting.submissions.items() if key not in submitted}, {}
    ).submission
    if open_submission:
        steps, obstacle = _toward_submission(open_submission, waiting, described, held)
    else:
        steps, obstacle = _associations(waiting.resources, described)
    return Verdict(steps, finished, done, obstacle, submits=bool(open_submission and steps))


def was_submitted(version: Mapping[str, Any]) -> bool:
    """Whether a version was ever submitted."""
    return "SubmittedTimestamp" in (version.get("RegistrationVersionStatusHistory") or {}) or version[
        "RegistrationVersionStatus"
    ] not in (DRAFT, DISCARDED)


def _toward_submission(
    submission: marks.Submission, waiting: marks.Waiting, described: DescribedForm, held: Mapping[str, TypedValue]
) -> tuple[tuple[Step, ...], str]:
    number, status = described.version_number, described.version_status
    if number != submission.version_number or status != DRAFT:
        return (), (
            f"version {submission.version_number} was to be submitted, but the current version is {number} and {status}: "
            "somebody changed it outside of the stack. Deploy it again with another revision"
        )
    if marks.digest(held, submission.left_out) != submission.digest:
        return (), (
            f"the values of version {number} are not those that the deployment wrote: somebody changed them outside of the "
            "stack. To submit what the app declares, deploy it with another revision"
        )
    paths = {path for values in (held, *described.values.values()) for path in values}
    planned = planner.make(
        DeclaredForm(
            values=held,
            precedence=dict.fromkeys(paths, (0, 0)),
            associations=tuple(dict.fromkeys((*submission.after, *waiting.resources))),
            submit=True,
            resubmit_after=number - 1 if submission.by_revision else None,
        ),
        described.with_values(number, held),
    )
    if planned.refusal:
        return (), planned.refusal
    if not planned.submits:
        return (), "" if planned.waits_for else "; ".join(planned.notes)
    # One step at a time: what was described is read again between the associations and the submission.
    first = tuple(step for step in planned.steps if isinstance(step, Associate))
    return first or (Submit(),), ""


def _associations(resources: Sequence[str], described: DescribedForm) -> tuple[tuple[Step, ...], str]:
    missing = [each for each in resources if not associations.is_associated(each, described.associations)]
    if described.registration_status in planner.ENDED:
        return (), ""  # told as such
    steps, stuck = [], []
    for each in missing:
        behavior = associations.behavior_of(each, described.supported_associations)
        if behavior == associations.AFTER_COMPLETE:
            if described.registration_status == "COMPLETE":
                steps.append(Associate(each))
        elif behavior == associations.BEFORE_SUBMIT and described.version_status == DRAFT:
            steps.append(Associate(each))
        else:
            stuck.append(each)
    obstacle = (
        f"{', '.join(stuck)} cannot be associated with version {described.version_number}, which is "
        f"{described.version_status}: that needs a draft, which a changed form or a new revision creates"
    )
    return tuple(steps), obstacle if stuck else ""
