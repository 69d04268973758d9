"""The end of registrations: the Delete of a resource, and the sweep of what interrupted requests left behind."""

import logging

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.registration import registrations
from sms_registration_handler.registration.registrations import DescribedRegistration
from sms_registration_handler.resource import exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Outcome, Run
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_handler.resource.properties import is_registration_id, may_delete_adopted

logger = logging.getLogger(__name__)

TEARDOWN = 60.0
"""Seconds after which a refusal to delete, for no reason that shows, is final; the service takes 20 to 30."""

_UNDER_REVIEW = frozenset({"REVIEWING", "AWS_REVIEWING", "REQUIRES_AUTHENTICATION", "REQUIRES_OFFLINE_REVIEW"})

# --- the Delete of the resource ---


def delete(run: Run) -> Outcome:
    """Delete what the physical id names, if it is ours, and sweep."""
    physical_id = run.event.physical_resource_id
    if is_registration_id(physical_id):
        described = registrations.describe_known(run, physical_id)
        if described is None:
            logger.info("%s is gone already", physical_id)
        elif _is_ours(run, described):
            _delete_ours(run, described)
    else:
        registrations.release_unanswered(
            run, str(run.event.properties.get("ExistingRegistrationId", "")), replaces=None
        )
        exactly_once.sweep_uncreated(run, REGISTRATIONS)
    return Outcome(run.event.fallback_physical_id)


def _is_ours(run: Run, described: DescribedRegistration) -> bool:
    owner = Owner.of(described.tags)
    if owner == run.owner:
        return True
    if Owner.before(described.tags) == run.owner:
        logger.warning("%s was taken over by %s and is left alone", described.identity, owner)
        return False
    if owner is None and run.event.properties.get("ExistingRegistrationId") == described.identity:
        logger.info("%s was released already", described.identity)
        return False
    raise Failure(
        f"registration {described.identity} is not deleted: it belongs to {owner}"
        if owner
        else f"registration {described.identity} is not deleted: it carries no owner tags (somebody removed them?). "
        f"Tag it with {owner_tags.STACK} and {owner_tags.LOGICAL_ID} again, or retain the resource and delete it by hand"
    )


def _delete_ours(run: Run, described: DescribedRegistration) -> None:
    if described.tags.get(owner_tags.STATE) == owner_tags.ADOPTED:
        # Never in the rollback of the deployment that adopted it; and an unknown status counts as a rollback, because what
        # somebody else made is not deleted on a guess.
        certain = run.stack.status is not None and not run.stack.is_rolling_back()
        if not (may_delete_adopted(run.event.properties) and certain):
            registrations.release(run, described, restore=run.stack.is_rolling_back())
            logger.info("%s was adopted, so it is released and kept", described.identity)
            return
    if owner_tags.REPLACING in described.tags:
        exactly_once.sweep(run, REGISTRATIONS, _left_by_replacement(run, described), keep={described.identity})
    remove(run, described.identity)


def _left_by_replacement(run: Run, described: DescribedRegistration) -> exactly_once.Matches:
    """What the Delete of a registration that was being replaced has to sweep.

    After a replacement that succeeded, what its request made is CloudFormation's current resource; if the current one is still
    this, the replacement failed and what it made belongs to nobody.
    """
    if described.identity in run.stack.held():
        return exactly_once.of_request(described.tags[owner_tags.REPLACING])
    return exactly_once.pending


class _Registrations:
    """Registrations, for `making`."""

    NOUN = DescribedRegistration.NOUN

    def ours(self, run: Run) -> list[DescribedRegistration]:
        return registrations.describe_all(run)

    def describe(self, run: Run, identity: str) -> DescribedRegistration | None:
        return registrations.describe(run, identity)

    def remove(self, run: Run, identity: str) -> None:
        remove(run, identity)

    def sweep(self, run: Run, described: DescribedRegistration) -> None:
        """What was only adopted is released."""
        if described.tags.get(owner_tags.STATE) == owner_tags.ADOPTED:
            registrations.release(run, described, restore=True)
        else:
            remove(run, described.identity)


REGISTRATIONS = _Registrations()


# --- DeleteRegistration ---


def remove(run: Run, registration_id: str) -> None:
    """Delete a registration that is ours. One that is gone already is a success.

    A version that waits for its review is discarded first. RESOURCE_NOT_EMPTY is waited out until the deadline: a number of the
    same stack may be on its way down too. Numbers are never released from here.

    Raises:
        Failure: When it cannot be deleted, saying why and what to do.
    """
    waited = 0.0
    discarded = False
    while True:
        try:
            run.service.call("DeleteRegistration", subject=registration_id, RegistrationId=registration_id)
        except ServiceError as error:
            if error.code == "ResourceNotFoundException":
                return
            if error.code == "AccessDeniedException" and run.service.find(registration_id) is None:
                return  # what is gone has no tags any more, on which the right depends
            if error.code != "ConflictException":
                raise
            status = _version_status(run, registration_id)
            if status == "SUBMITTED" and not discarded:
                discarded = True
                _discard(run, registration_id)
                continue
            if status in _UNDER_REVIEW:
                raise Failure(_held_by_review(registration_id, status)) from error
            pause = min(5.0 + waited / 4, 15.0)
            if (error.reason != "RESOURCE_NOT_EMPTY" and waited > TEARDOWN) or _no_time(run, pause):
                raise Failure(_held(run, registration_id, error)) from error
            run.service.pause(pause)
            waited += pause
        else:
            logger.info("deleted %s", registration_id)
            return


def _no_time(run: Run, pause: float) -> bool:
    try:
        run.service.require(pause)
    except OutOfTime:
        return True
    return False


def _version_status(run: Run, registration_id: str) -> str:
    """Status of the current version: the registration's own status lags behind a submission for up to a day."""
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
        # The review may have begun in between; the next DeleteRegistration tells.
        logger.info("%s", error)


def _held_by_review(registration_id: str, status: str) -> str:
    return (
        f"registration {registration_id} cannot be deleted while its version is {status}: the service deletes nothing that is "
        "under review. Delete again when the review has ended, or keep it: retain this resource (cdk: removal_policy RETAIN; "
        f"aws cloudformation delete-stack --retain-resources) and later run "
        f"aws pinpoint-sms-voice-v2 delete-registration --registration-id {registration_id}"
    )


def _held(run: Run, registration_id: str, error: ServiceError) -> str:
    try:
        associated = [
            str(each.get("PhoneNumber") or each.get("ResourceId") or "?")
            for each in run.service.pages(
                "ListRegistrationAssociations", "RegistrationAssociations", RegistrationId=registration_id
            )
        ]
    except Failure:
        associated = []
    held_by = f" It is still associated with {', '.join(associated[:10])}." if associated else ""
    return (
        f"{error}.{held_by} Release or delete what depends on {registration_id} (numbers are never released from here), then "
        "delete again; or retain this resource"
    )
