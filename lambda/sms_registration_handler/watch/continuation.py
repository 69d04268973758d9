"""Continues what waits: associates and submits, under four conditions.

The marked version is still the draft; it still holds what the deployment wrote; this stack's form still waits for the same; the
stack is between two deployments. The last two are checked right before each attempt of a call, because the service may throttle
it for minutes. A run may end after any call: what was done is described then, so the next run does only the rest.
"""

import functools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.watch import pending
from sms_registration_handler.watch.pending import Verdict
from sms_registration_rules import marks
from sms_registration_rules.associations import is_associated
from sms_registration_rules.planning.inputs import DRAFT
from sms_registration_rules.planning.plan import Associate, Step
from sms_registration_rules.values import TypedValue

logger = logging.getLogger(__name__)

_MAX_ROUNDS = 6
"""Associations, the submission, and the other associations take one round each, and the last one finds nothing to do."""

_TEMPORARY = frozenset({"InternalServerException", "ServiceUnavailable", "InternalFailure", "RequestTimeout"})


@dataclass(frozen=True)
class Progress:
    """What became of it.

    Attributes:
        verdict: The last one. Its `finished` marks can be removed, whoever did what they waited for.
        refusal: Why the service refused a call; empty if it did not.
    """

    verdict: Verdict
    refusal: str = ""


class Overtaken(Exception):
    """A deployment began, or changed what waits."""


class Refused(Failure):
    """The service refused a call for a reason that only a person can remove."""


def go_on(
    description: FormDescription,
    waiting: marks.Waiting,
    *,
    may_call: bool,
    fence: Callable[[], None],
    call: Callable[..., Mapping[str, object]],
    refuse_duplicate: Callable[[Mapping[str, TypedValue]], None],
) -> Progress:
    """Make the calls that are possible now.

    Args:
        description: The described form; invalidated after calls.
        waiting: What waits.
        may_call: Whether to make calls. Without, only the verdict is returned.
        fence: Called right before each attempt of a call. Raises `Overtaken` when nothing may be continued now.
        call: Makes a call: the operation, and its parameters.
        refuse_duplicate: Called with the values of a first submission. Raises a `Failure` when an equal form was submitted.

    Raises:
        Failure: The service fails temporarily. The next pass tries again.
    """
    is_compared = False
    for _ in range(_MAX_ROUNDS):
        verdict = _verdict(description, waiting)
        if verdict.obstacle or not verdict.steps or not may_call:
            return Progress(verdict)
        obstacle = "" if is_compared else _duplicate(description, verdict, refuse_duplicate)
        is_compared = True
        if obstacle:
            return Progress(replace(verdict, steps=(), obstacle=obstacle))
        try:
            for step in verdict.steps:
                try:
                    _make(step, description, functools.partial(call, fence=fence))
                except Refused as refused:
                    fence()  # what a deployment changes meanwhile may be why: then there is nothing to tell
                    return Progress(verdict, str(refused))
        except Overtaken:
            return Progress(verdict)
        description.invalidate()
    return Progress(verdict)


def _duplicate(
    description: FormDescription, verdict: Verdict, refuse_duplicate: Callable[[Mapping[str, TypedValue]], None]
) -> str:
    """Why the first submission of a form is refused because another registration has an equal one; empty otherwise."""
    if not verdict.submits or not description.is_first_submission():
        return ""
    try:
        refuse_duplicate(description.held(description.state().version_number))
    except (OutOfTime, ServiceError):
        raise
    except Failure as failure:
        return str(failure)
    return ""


def _verdict(description: FormDescription, waiting: marks.Waiting) -> Verdict:
    after = waiting.submission.after if waiting.submission else ()
    described = description.described(tuple(dict.fromkeys((*after, *waiting.resources))))
    held = {}
    if waiting.submission and described.version_status == DRAFT:
        for number in (described.approved_version, described.denied_version):
            if number is not None:
                described = described.with_values(number, description.held(number))
        held = description.held(described.version_number)
    return pending.judge(waiting, described, description.versions(), held)


def _make(step: Step, description: FormDescription, call: Callable[..., Mapping[str, object]]) -> None:
    registration_id = description.registration_id
    try:
        if isinstance(step, Associate):
            call(
                "CreateRegistrationAssociation",
                subject=f"{registration_id} with {step.resource_id}",
                RegistrationId=registration_id,
                ResourceId=step.resource_id,
            )
        else:
            call("SubmitRegistrationVersion", subject=registration_id, RegistrationId=registration_id)
    except OutOfTime:
        raise
    except ServiceError as error:
        if not _is_done(step, error, description):
            raise _judged(error) from None
    logger.info("%s: %s", registration_id, type(step).__name__)


def _is_done(step: Step, error: ServiceError, description: FormDescription) -> bool:
    """Whether a refusal says that another run, or a person, has done it already."""
    if not isinstance(step, Associate):
        return error.reason == "REGISTRATION_ALREADY_SUBMITTED"
    if error.reason != "RESOURCE_ALREADY_ASSOCIATED":
        return False
    description.invalidate()
    return is_associated(step.resource_id, description.associations())


def _judged(error: ServiceError) -> Failure:
    if error.code in _TEMPORARY or error.code.endswith("Error"):  # botocore's own errors end so: no connection
        return error
    # An error about the form may quote a value; an error about the caller's permissions does not.
    return Refused(str(error if error.code == "AccessDeniedException" else error.without_message()))
