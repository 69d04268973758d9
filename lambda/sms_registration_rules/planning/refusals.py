"""Why a form is refused before the first write, and what to do: first what keeps the registration, last what gives it up."""

from collections.abc import Sequence

_NEXT_STEP_BY_STATUS = {
    "REQUIRES_AUTHENTICATION": "The brand's contact must follow the link in the authentication email. ",
    "REQUIRES_OFFLINE_REVIEW": "Ask AWS Support to continue the review. ",
}

_MAX_FIELDS_NAMED = 10


def locked(registration_id: str, version_number: int, version_status: str, differing: Sequence[str]) -> str:
    """A review locks the version, and the declared form differs."""
    return (
        f"version {version_number} of {registration_id} is {version_status} and cannot be changed until its review ends. "
        f"{_NEXT_STEP_BY_STATUS.get(version_status, '')}The declared form differs in {_named(differing)}. To see the "
        f"status, run: aws pinpoint-sms-voice-v2 describe-registration-versions --registration-id {registration_id}. "
        "Deploy again when the "
        'review has ended; until then, on_locked="keep" lets a deployment succeed'
    )


def ended(registration_id: str, registration_status: str) -> str:
    """The registration can never be changed or submitted again."""
    return (
        f"{registration_id} is {registration_status}: it can no longer be changed, submitted or used to send. Remove "
        "the construct, or change its construct ID to create a new registration, which needs a new review"
    )


def closing(registration_id: str, state: str, lost: Sequence[str]) -> str:
    """An association is lost that the registration cannot live without."""
    names = ", ".join(lost)
    return (
        f"{registration_id} is {state} with {names}, which the template no longer associates with it. CloudFormation "
        f"would release those that the stack made, the service would close {registration_id}, and a closed "
        f"registration cannot send. Nothing was changed. To keep it, declare {names} again as it was: a changed "
        "capability, type or country replaces a number, so request another number beside it and move over when that "
        f"one is registered. To give up {registration_id}, set allow_closing=True"
    )


def associated_elsewhere(number: str, phone_id: str, holder: str) -> str:
    """A phone number is associated with another registration, and no API call moves it."""
    return (
        f"phone number {number} ({phone_id}) is associated with {holder}, and a number cannot be moved between "
        "registrations. Was the construct renamed or moved, or its type changed? To keep the number and its registration, "
        f'undo that, or declare existing_registration_id="{holder}" with take_over=True. Otherwise use another '
        "number. The last resort is to release this one, which cannot be undone"
    )


def not_accepted_again(registration_id: str, version_number: int, reasons: Sequence[str]) -> str:
    """The same form would be submitted again after a denial for a reason that AWS does not accept again."""
    return (
        f"version {version_number} of {registration_id} was denied with {', '.join(reasons)}, and AWS "
        "does not accept this form again, so another submission only costs another review. Change what was denied, or "
        "ask AWS Support; the denial says why"
    )


def submission_not_allowed(registration_id: str, error: str, lacking: Sequence[str]) -> str:
    """The service refuses the submission without a cause."""
    known = f". By the definitions, it lacks: {'; '.join(lacking)}" if lacking else ""
    return (
        f"{error}. The service says this of {registration_id} when a required association or a required field is "
        f"missing{known}. Add what is missing, then deploy again"
    )


def _named(paths: Sequence[str]) -> str:
    unnamed = len(paths) - _MAX_FIELDS_NAMED
    return ", ".join(paths[:_MAX_FIELDS_NAMED]) + (f" and {unnamed} more fields" if unnamed > 0 else "")
