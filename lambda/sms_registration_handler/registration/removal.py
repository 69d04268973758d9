"""DeleteRegistration: what has to happen before it, and what its refusals mean."""

import logging
from collections.abc import Mapping
from typing import Any

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.resource import deletion
from sms_registration_handler.resource.invocation import Run

logger = logging.getLogger(__name__)

_TEARDOWN_SECONDS = 60.0
"""A refusal to delete without an apparent reason is final after this time; the service takes 20 to 30 seconds."""

_MAX_ASSOCIATIONS_NAMED = 10

_UNDER_REVIEW = frozenset({"REVIEWING", "AWS_REVIEWING", "REQUIRES_AUTHENTICATION", "REQUIRES_OFFLINE_REVIEW"})


def remove(run: Run, registration_id: str) -> None:
    """Delete a registration that is ours. One that is already deleted is a success.

    A version that waits for its review is discarded first. RESOURCE_NOT_EMPTY is retried until the deadline as long as a number
    of the same stack may be about to be deleted too; in a rollback, a registration that no wait can empty is left and reported.
    Numbers are never released here.

    Raises:
        Failure: When it cannot be deleted, saying why and what to do.
    """
    discarded = False

    def on_conflict(error: ServiceError, waited: float) -> float | None:
        nonlocal discarded
        status = _version_status(run, registration_id)
        if status == "SUBMITTED" and not discarded:
            discarded = True
            _discard(run, registration_id)
            return 0.0
        if status in _UNDER_REVIEW:
            raise Failure(_under_review_text(registration_id, status)) from error
        pause = min(5.0 + waited / 4, 15.0)
        is_final = waited > _TEARDOWN_SECONDS and (
            error.reason != "RESOURCE_NOT_EMPTY" or not _may_become_empty(run, registration_id)
        )
        if not is_final and _has_time(run, pause):
            return pause
        refused = _refused_text(run, registration_id, error)
        if not (is_final and run.stack.is_rolling_back()):
            raise Failure(refused) from error
        # CloudFormation would only repeat this Delete, and leave the stack in a rollback that failed.
        logger.error(
            "%s is left in this rollback: %s", registration_id, refused, extra=metrics.counted(metrics.LEFTOVERS)
        )
        return None

    is_deleted = deletion.delete(
        run,
        lambda: run.service.call("DeleteRegistration", subject=registration_id, RegistrationId=registration_id),
        exists=lambda: run.service.find(registration_id),
        on_conflict=on_conflict,
    )
    if is_deleted:
        logger.info("deleted %s", registration_id)


def _may_become_empty(run: Run, registration_id: str) -> bool:
    """Whether waiting can help: everything that is still associated belongs to this stack, so it may be about to be deleted.

    What a parent stack, another stack or a person created goes later than this registration, or never.
    """
    associated = (
        str(each.get("ResourceId") or each.get("ResourceArn")) for each in _associations(run, registration_id)
    )
    return all(run.stack.holds(each.rpartition("/")[2]) is not False for each in associated)


def _has_time(run: Run, seconds: float) -> bool:
    try:
        run.service.require(seconds)
    except OutOfTime:
        return False
    return True


def _version_status(run: Run, registration_id: str) -> str:
    """Return the status of the current version: the registration's own status may lag a submission by up to a day."""
    try:
        versions = list(
            run.service.pages("DescribeRegistrationVersions", "RegistrationVersions", RegistrationId=registration_id)
        )
    except ServiceError:
        return ""
    latest = max(versions, key=lambda each: each["VersionNumber"], default={})
    return str(latest.get("RegistrationVersionStatus", ""))


def _discard(run: Run, registration_id: str) -> None:
    try:
        run.service.call("DiscardRegistrationVersion", subject=registration_id, RegistrationId=registration_id)
    except ServiceError as error:
        # The review may have begun in between; the next DeleteRegistration shows whether it has.
        logger.info("%s", error)


def _under_review_text(registration_id: str, status: str) -> str:
    return (
        f"registration {registration_id} cannot be deleted while its version is {status}: the service deletes nothing that is "
        "under review. Delete it again when the review has ended, or retain this resource (CDK: removal_policy RETAIN; CLI: "
        f"aws cloudformation delete-stack --retain-resources) and later run "
        f"aws pinpoint-sms-voice-v2 delete-registration --registration-id {registration_id}"
    )


def _associations(run: Run, registration_id: str) -> list[Mapping[str, Any]]:
    try:
        return list(
            run.service.pages(
                "ListRegistrationAssociations", "RegistrationAssociations", RegistrationId=registration_id
            )
        )
    except Failure:
        return []


def _refused_text(run: Run, registration_id: str, error: ServiceError) -> str:
    associated = [
        str(each.get("PhoneNumber") or each.get("ResourceId") or "?") for each in _associations(run, registration_id)
    ]
    still_associated = (
        f" It is still associated with {', '.join(associated[:_MAX_ASSOCIATIONS_NAMED])}." if associated else ""
    )
    return (
        f"{error}.{still_associated} Release or delete what depends on {registration_id} (this function never releases numbers), "
        "then delete it again; or retain this resource"
    )
