"""The one loop that deletes something of ours and waits until the service lets go of it."""

from collections.abc import Callable

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.resource.invocation import Run

OnConflict = Callable[[ServiceError, float], float | None]
"""Takes a refusal and the seconds waited so far; returns the seconds until the next attempt, or None to leave it undeleted."""


def delete(run: Run, request: Callable[[], object], *, exists: Callable[[], object], on_conflict: OnConflict) -> bool:
    """Delete something that is ours. What is gone already counts as deleted.

    Args:
        run: The run.
        request: Makes the Delete request.
        exists: Describes it; falsy when it does not exist.
        on_conflict: Decides after a ConflictException; it may raise a `Failure` that says what to do.

    Returns:
        False when `on_conflict` left it undeleted.

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
            # What is gone has no tags any more, on which the permission depends.
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
