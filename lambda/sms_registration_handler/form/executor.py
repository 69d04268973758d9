"""Makes the calls of a plan. Every call may be repeated; a conflict requires a new plan instead of a guess."""

import contextlib
import functools
import logging
import re
from collections.abc import Callable

from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS, ServiceError
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.resource.invocation import Run
from sms_registration_rules.planning import plan, refusals
from sms_registration_rules.values import TypedValue

logger = logging.getLogger(__name__)

_SUBMIT_ATTEMPTS = 5
_SUBMIT_PAUSE_SECONDS = 2.0
"""The service's own checks may not see values that were just written."""

_PAUSE_AFTER_SUBMIT_SECONDS = 2.0
"""An automatic denial arrives within moments of a submission."""

_REASONS_BEFORE_VALUES_ARE_VISIBLE = (
    "FIELD_VALIDATION_FAILED",
    "MISSING_PARAMETER",
    "INVALID_REQUEST",
    "INVALID_PARAMETER",
    "OTHER",
)

_SUBMISSION_NOT_ALLOWED = "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED"

_QUOTED_CHARACTERS = 6
"""So many consecutive characters of a value in a message count as a quotation of it; a shorter value counts as a whole word."""


def execute(run: Run, description: FormDescription, planned: plan.Plan, *, is_last_attempt: bool) -> bool:
    """Make the planned calls.

    Args:
        run: The run.
        description: The described form; invalidated after the calls.
        planned: The plan.
        is_last_attempt: Whether a conflict is a failure.

    Returns:
        False when the registration is no longer in the state that the plan was made from: read it and plan again.

    Raises:
        Failure: A call was refused permanently, or CloudFormation has abandoned the request.
        OutOfTime: When the deadline comes first; its message says how many changes were made.
    """
    for completed, step in enumerate(planned.steps):
        if not _is_as_planned(run, description, planned, step):
            if is_last_attempt:
                raise Failure(
                    f"{description.registration_id} is not as this run left it, so something else writes to it at the same time; "
                    f"{_step_name(step)} was not done. Deploy again"
                )
            logger.warning("%s is not as this run left it; reading the form again", description.registration_id)
            return False
        try:
            _call(run, description, step)
        except OutOfTime:
            raise OutOfTime(
                f"the function ran out of time after {completed} of {len(planned.steps)} changes to "
                f"{description.registration_id}; deploy again: completed changes are not repeated"
            ) from None
        except ServiceError as error:
            if error.reason == _SUBMISSION_NOT_ALLOWED and is_last_attempt:
                lacking = description.lacking_for_submission()
                raise Failure(
                    refusals.submission_not_allowed(description.registration_id, str(error), lacking)
                ) from error
            if error.code != "ConflictException" or is_last_attempt:
                raise
            logger.warning("%s: %s; reading the form again", error.operation, error.reason)
            return False
        logger.info("%s: %s", description.registration_id, _step_name(step))
    if planned.steps:
        description.invalidate()
        if isinstance(planned.steps[-1], plan.Submit):
            with contextlib.suppress(OutOfTime):  # after a submission, nothing may fail and cause a rollback
                run.service.pause(_PAUSE_AFTER_SUBMIT_SECONDS)
    return True


def _step_name(step: plan.Step) -> str:
    return type(step).__name__ + (f" {step.path}" if isinstance(step, plan.Write) else "")


def _is_as_planned(run: Run, description: FormDescription, planned: plan.Plan, step: plan.Step) -> bool:
    """Whether what a step discards or submits is what the plan was made for. Other steps do no harm."""
    if isinstance(step, plan.DiscardVersion):
        # Asked before the versions are read, so that nothing comes between them and the request.
        run.fence.before_irreversible(f"version of {description.registration_id} not discarded")
        return description.current_version_is_unchanged()
    return not isinstance(step, plan.Submit) or _holds_target(run, description, planned)


def _holds_target(run: Run, description: FormDescription, planned: plan.Plan) -> bool:
    """Whether the version holds exactly what was planned.

    Values that were just written may not be visible yet, so a difference is read again.
    """
    number = int(description.current_version()["VersionNumber"]) + planned.creates_version
    for pause in (VISIBLE_AFTER_SECONDS, VISIBLE_AFTER_SECONDS, 0.0):
        if planned.is_held_by(description.values_now(number), ignoring=description.unknown_to_planner):
            return True
        if pause:
            run.service.pause(pause)
    return False


def _call(run: Run, description: FormDescription, step: plan.Step) -> None:
    registration_id = description.registration_id
    if isinstance(step, plan.PutValue):
        _put(run, registration_id, step)
    elif isinstance(step, plan.DeleteValue):
        _delete(run, description, step)
    elif isinstance(step, plan.Associate):
        _associate(run, registration_id, step.resource_id)
    elif isinstance(step, plan.Submit):
        _submit(run, registration_id)
    elif isinstance(step, plan.DiscardVersion):
        run.service.call(
            "DiscardRegistrationVersion",
            subject=registration_id,
            fence=run.fence.before_write,
            RegistrationId=registration_id,
        )
        run.fence.must_finish()  # another delivery may have submitted what was just withdrawn
    else:
        run.service.call(
            "CreateRegistrationVersion",
            subject=registration_id,
            fence=run.fence.before_write,
            RegistrationId=registration_id,
        )


def _irreversible(run: Run, what: str) -> Callable[[], None]:
    return functools.partial(run.fence.before_irreversible, what)


def _put(run: Run, registration_id: str, step: plan.PutValue) -> None:
    try:
        run.service.call(
            "PutRegistrationFieldValue",
            subject=step.path,
            fence=run.fence.before_write,
            RegistrationId=registration_id,
            FieldPath=step.path,
            **step.value.parameters,
        )
    except ServiceError as error:
        # The error's Fields name members of the request, not the form's field, and its message may quote the value.
        raise error.without_message() if _quotes(str(error), step.value) else error from None


def _quotes(message: str, value: TypedValue) -> bool:
    """Whether a message contains a value or a part of it."""
    for text in value.content:
        if len(text) < _QUOTED_CHARACTERS:
            if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", message):
                return True
        elif any(
            text[start : start + _QUOTED_CHARACTERS] in message for start in range(len(text) - _QUOTED_CHARACTERS + 1)
        ):
            return True
    return False


def _delete(run: Run, description: FormDescription, step: plan.DeleteValue) -> None:
    try:
        run.service.call(
            "DeleteRegistrationFieldValue",
            subject=step.path,
            fence=run.fence.before_write,
            RegistrationId=description.registration_id,
            FieldPath=step.path,
        )
    except ServiceError as error:
        if error.code != "ValidationException":
            raise
        description.undeletable.add(step.path)
        logger.warning("%s still holds a value that is not declared: %s", step.path, error.without_message())


def _associate(run: Run, registration_id: str, resource_id: str) -> None:
    try:
        run.service.call(
            "CreateRegistrationAssociation",
            subject=f"{registration_id} with {resource_id}",
            fence=_irreversible(run, f"{registration_id} not associated with {resource_id}"),
            RegistrationId=registration_id,
            ResourceId=resource_id,
        )
    except ServiceError as error:
        if error.reason != "RESOURCE_ALREADY_ASSOCIATED":
            raise
        existing = run.service.pages(
            "ListRegistrationAssociations", "RegistrationAssociations", RegistrationId=registration_id
        )
        if not any(resource_id in (each.get("ResourceId"), each.get("ResourceArn")) for each in existing):
            raise Failure(
                f"{resource_id} is associated with another registration, and the service cannot remove an association: use "
                "another resource"
            ) from error


def _submit(run: Run, registration_id: str) -> None:
    fence = _irreversible(run, f"{registration_id} not submitted")
    for attempt in range(_SUBMIT_ATTEMPTS):
        try:
            run.service.call(
                "SubmitRegistrationVersion", subject=registration_id, fence=fence, RegistrationId=registration_id
            )
        except ServiceError as error:
            if error.reason == "REGISTRATION_ALREADY_SUBMITTED":
                return
            # The form was checked: values that the service reports as missing are only not visible yet.
            if (
                error.code != "ValidationException"
                or error.reason not in _REASONS_BEFORE_VALUES_ARE_VISIBLE
                or attempt == _SUBMIT_ATTEMPTS - 1
            ):
                # An error about the form may quote a value; an error about the caller's permissions does not.
                raise (error if error.code == "AccessDeniedException" else error.without_message()) from None
            run.service.pause(_SUBMIT_PAUSE_SECONDS)
        else:
            return
