"""Makes the calls of a plan. Every one may be repeated; a conflict asks for a new plan instead of a guess."""

import contextlib
import logging
import re

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.form import plan
from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.resource.invocation import Run
from sms_registration_rules.values import TypedValue

logger = logging.getLogger(__name__)

_WATCH_EVERY = 10
"""Writes between two questions whether CloudFormation still wants them."""

_SUBMIT_ATTEMPTS = 5
_SUBMIT_PAUSE = 2.0
"""Seconds until the service's own checks see values that were just written."""

_FIRST_LOOK = 2.0
"""Seconds after a submission: an automatic denial comes within moments."""

_NOT_YET_SEEN = ("FIELD_VALIDATION_FAILED", "MISSING_PARAMETER", "INVALID_REQUEST", "INVALID_PARAMETER", "OTHER")


def execute(run: Run, description: FormDescription, planned: plan.Plan, *, is_last_attempt: bool) -> bool:
    """Make the planned calls.

    Args:
        run: The run.
        description: Forgets what the calls change.
        planned: The plan.
        is_last_attempt: Whether a conflict is final.

    Returns:
        False when the service's state is not what the plan was made from: read and plan again.

    Raises:
        Failure: A call was refused for good.
    """
    written = 0
    for made, step in enumerate(planned.steps):
        if not isinstance(step, plan.Write) or written % _WATCH_EVERY == _WATCH_EVERY - 1:
            _require_wanted(run)
        written += isinstance(step, plan.Write)
        try:
            _make(run, description.registration_id, step)
        except OutOfTime:
            raise OutOfTime(
                f"the function ran out of time after {made} of {len(planned.steps)} changes of {description.registration_id}; "
                "deploy again: what is written is not written twice"
            ) from None
        except ServiceError as error:
            if error.code != "ConflictException" or is_last_attempt:
                raise
            logger.warning("%s: %s; reading the state again", error.operation, error.reason)
            return False
        logger.info("%s: %s", description.registration_id, _name(step))
    if planned.steps:
        description.forget()
        if isinstance(planned.steps[-1], plan.Submit):
            with contextlib.suppress(OutOfTime):  # nothing may undo a filing any more
                run.service.pause(_FIRST_LOOK)
    return True


def _name(step: plan.Step) -> str:
    return type(step).__name__ + (f" {step.path}" if isinstance(step, plan.Write) else "")


def _require_wanted(run: Run) -> None:
    if run.stack.moved_on():
        raise Failure("CloudFormation has given up this request meanwhile; nothing more was written")


def _make(run: Run, registration_id: str, step: plan.Step) -> None:
    if isinstance(step, plan.PutValue):
        _put(run, registration_id, step)
    elif isinstance(step, plan.DeleteValue):
        _delete(run, registration_id, step)
    elif isinstance(step, plan.Associate):
        _associate(run, registration_id, step.resource_id)
    elif isinstance(step, plan.Submit):
        _submit(run, registration_id)
    else:
        operation = (
            "DiscardRegistrationVersion" if isinstance(step, plan.DiscardVersion) else "CreateRegistrationVersion"
        )
        run.service.call(operation, subject=registration_id, RegistrationId=registration_id)


def _put(run: Run, registration_id: str, step: plan.PutValue) -> None:
    try:
        run.service.call(
            "PutRegistrationFieldValue",
            subject=step.path,
            RegistrationId=registration_id,
            FieldPath=step.path,
            **step.value.parameters,
        )
    except ServiceError as error:
        # Its Fields name members of the request, not the field; and its message may quote the value.
        raise error.without_message() if _quotes(str(error), step.value) else error from None


def _quotes(message: str, value: TypedValue) -> bool:
    """Whether a message holds a value, or a piece of it."""
    for text in value.content:
        if len(text) < 6:
            if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", message):
                return True
        elif any(text[start : start + 6] in message for start in range(len(text) - 5)):
            return True
    return False


def _delete(run: Run, registration_id: str, step: plan.DeleteValue) -> None:
    try:
        run.service.call(
            "DeleteRegistrationFieldValue", subject=step.path, RegistrationId=registration_id, FieldPath=step.path
        )
    except ServiceError as error:
        if error.code != "ValidationException":
            raise
        logger.warning("%s keeps a value that is not declared: %s", step.path, error.without_message())


def _associate(run: Run, registration_id: str, resource_id: str) -> None:
    try:
        run.service.call(
            "CreateRegistrationAssociation",
            subject=f"{registration_id} with {resource_id}",
            RegistrationId=registration_id,
            ResourceId=resource_id,
        )
    except ServiceError as error:
        if error.reason != "RESOURCE_ALREADY_ASSOCIATED":
            raise
        made = run.service.pages(
            "ListRegistrationAssociations", "RegistrationAssociations", RegistrationId=registration_id
        )
        if not any(resource_id in (each.get("ResourceId"), each.get("ResourceArn")) for each in made):
            raise Failure(
                f"{resource_id} is associated with another registration, and the service cannot disassociate: use another one"
            ) from error


def _submit(run: Run, registration_id: str) -> None:
    for attempt in range(_SUBMIT_ATTEMPTS):
        try:
            run.service.call("SubmitRegistrationVersion", subject=registration_id, RegistrationId=registration_id)
        except ServiceError as error:
            if error.reason == "REGISTRATION_ALREADY_SUBMITTED":
                return
            # The form was checked: what the service misses now are values that it does not see yet.
            if (
                error.code != "ValidationException"
                or error.reason not in _NOT_YET_SEEN
                or attempt == _SUBMIT_ATTEMPTS - 1
            ):
                # What looks at the form may quote it; what looks at the caller's rights does not.
                raise (error if error.code == "AccessDeniedException" else error.without_message()) from None
            run.service.pause(_SUBMIT_PAUSE)
        else:
            return
