"""The loop that deletes one of our resources and waits until the service allows it."""

from collections.abc import Callable

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.resource.invocation import Run

OnConflict = Callable[[ServiceError, float], float | None]
"""Takes a refusal and the seconds waited so far; returns the seconds until the next attempt, or None to leave it undeleted."""


def delete(run: Run, request: Callable[[], object], *, exists: Callable[[], object], on_conflict: OnConflict) -> bool:
    """Delete one of our resources. One that no longer exists counts as deleted.

    Args:
        run: The run.
        request: Makes the Delete request.
        exists: Describes the resource. Falsy when it does not exist.
        on_conflict: Decides what to do after a ConflictException. It may raise a `Failure` that says what to do.

    Returns:
        False when `on_conflict` left the resource undeleted.

    Raises:
        ServiceError: When the service refuses for another reason.
        OutOfTime: When the deadline comes first.
    """
    waited = 0.0
    while True:
        try:
            request()
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return True
            # The permission depends on tags, and a deleted resource no longer has any.
            if error.code == "AccessDeniedException" and not exists():
                return True
            if error.code != "ConflictException":
                raise
            pause = on_conflict(error, waited)
            if pause is None:
                return False
            run.service.pause(pause)
            waited += pause
        else:
            return True
