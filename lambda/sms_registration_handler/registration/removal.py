"""Deletes of a registration: whether it is ours, what has to happen before DeleteRegistration, and what its refusals mean."""

import logging
from collections.abc import Mapping
from typing import Any

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.registration import adoption, registrations
from sms_registration_handler.registration.properties import may_delete_adopted
from sms_registration_handler.registration.registrations import REGISTRATIONS, DescribedRegistration
from sms_registration_handler.resource import deletion, exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Outcome, Run
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_rules.identifiers import is_registration_id

logger = logging.getLogger(__name__)

_TEARDOWN_SECONDS = 60.0
"""A refusal to delete without an apparent reason is final after this time; the service takes 20 to 30 seconds."""

_MAX_ASSOCIATIONS_NAMED = 10

_UNDER_REVIEW = frozenset({"REVIEWING", "AWS_REVIEWING", "REQUIRES_AUTHENTICATION", "REQUIRES_OFFLINE_REVIEW"})


def delete(run: Run) -> Outcome:
    """Delete the registration that the physical ID names, if it is ours, and sweep what failed requests left behind."""
    physical_id = run.event.physical_resource_id
    if is_registration_id(physical_id):
        described = registrations.describe_existing(run, physical_id)
        # Without tags, another delivery may have deleted it since it was described.
        if described is None or not (described.tags or run.service.find(physical_id)):
            logger.info("%s is already deleted", physical_id)
            exactly_once.sweep(run, REGISTRATIONS, exactly_once.pending)
        elif _is_ours(run, described):
            _delete_ours(run, described)
    else:
        existing_id = str(run.event.properties.get("ExistingRegistrationId", ""))
        # After a deployment that was kept, the next Create may have adopted the same one.
        if existing_id and not run.stack.holds_another(existing_id):
            adoption.release_unacknowledged(run, existing_id, replaces=None)
        exactly_once.sweep_uncreated(run, REGISTRATIONS)
    return Outcome(run.event.fallback_physical_id)


def _is_ours(run: Run, described: DescribedRegistration) -> bool:
    owner = Owner.of(described.tags)
    if owner == run.owner:
        return True
    if adoption.was_given_back(run, described):
        logger.info("%s was already given back to %s", described.identity, owner)
        return False
    if Owner.previous(described.tags) == run.owner:
        logger.warning("%s was taken over by %s and is left unchanged", described.identity, owner)
        return False
    if owner is None and run.event.properties.get("ExistingRegistrationId") == described.identity:
        logger.info("%s was already released", described.identity)
        return False
    raise Failure(
        f"registration {described.identity} is not deleted: it belongs to {owner}"
        if owner
        else f"registration {described.identity} is not deleted: it has no owner tags (they may have been "
        f"removed). Tag it with {owner_tags.STACK} and {owner_tags.LOGICAL_ID} again, or retain the resource and delete the "
        "registration manually"
    )


def _delete_ours(run: Run, described: DescribedRegistration) -> None:
    exactly_once.sweep_replacement_in_delete(run, REGISTRATIONS, described)
    if described.tags.get(owner_tags.STATE) == owner_tags.ADOPTED:
        may_delete = may_delete_adopted(run.event.properties)
        has_failed = _adopting_deployment_failed(run, described, matters=may_delete)
        # Unknown counts as failed: what somebody else created must not be deleted on a guess.
        if has_failed is not False or not may_delete:
            adoption.release(run, described, restore=has_failed is True)
            logger.info("%s was adopted, so it is released and not deleted", described.identity)
            return
    REGISTRATIONS.remove(run, described.identity)
    if int(described.description["CurrentVersionNumber"]) > 1:
        # Only an older version can have referred to one. Imported here, because a Create needs none of it.
        from sms_registration_handler.resource import leftovers

        leftovers.delete_leftovers(run)


def _adopting_deployment_failed(run: Run, described: DescribedRegistration, *, matters: bool) -> bool | None:
    """Whether no deployment with this adoption succeeded: this is its rollback, or the failed stack is deleted. None: unknown."""
    if run.stack.is_rolling_back():
        return True
    if not (matters or Owner.previous(described.tags)):
        return None
    was_deployed = run.stack.history.was_deployed(described.identity)
    return None if run.stack.status is None or was_deployed is None else not was_deployed


# --- DeleteRegistration ---


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
            raise Failure(_under_review_text(run, registration_id, status)) from error
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
        versions = []
    latest = max(versions, key=lambda each: each["VersionNumber"], default={})
    return str(latest.get("RegistrationVersionStatus", ""))


def _discard(run: Run, registration_id: str) -> None:
    try:
        run.service.call("DiscardRegistrationVersion", subject=registration_id, RegistrationId=registration_id)
    except ServiceError as error:
        # The review may have begun in between; the next DeleteRegistration shows whether it has.
        logger.info("%s", error)


def _under_review_text(run: Run, registration_id: str, status: str) -> str:
    return (
        f"registration {registration_id} cannot be deleted while its version is {status}: the service deletes nothing that is "
        "under review. Delete it again when the review has ended, or retain this resource (CDK: removal_policy RETAIN; CLI: "
        f"aws cloudformation delete-stack --stack-name {run.event.stack_id.split('/')[1]} --retain-resources "
        f"{run.event.logical_resource_id}) and later run "
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
