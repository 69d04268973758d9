"""Registrations as they exist in the service: find, adopt, release and delete them."""

import logging
from collections.abc import Mapping

from sms_registration_handler.aws.identifiers import is_registration_id
from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS, ServiceError
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.registration.properties import RegistrationRequest
from sms_registration_handler.resource import deletion, owner_tags
from sms_registration_handler.resource.exactly_once import Described
from sms_registration_handler.resource.invocation import Run
from sms_registration_handler.resource.owner_tags import Owner

logger = logging.getLogger(__name__)

_TEARDOWN_SECONDS = 60.0
"""A refusal to delete without an apparent reason is final after this; the service takes 20 to 30."""

_UNDER_REVIEW = frozenset({"REVIEWING", "AWS_REVIEWING", "REQUIRES_AUTHENTICATION", "REQUIRES_OFFLINE_REVIEW"})


class DescribedRegistration(Described):
    """A registration as DescribeRegistrations and ListTagsForResource tell it."""

    NOUN = "Registration"

    @property
    def registration_type(self) -> str:
        """The RegistrationType."""
        return str(self.description["RegistrationType"])


def describe(run: Run, registration_id: str) -> DescribedRegistration | None:
    """Describe one registration and its tags; None when it does not exist or is deleted."""
    registration = run.service.find(registration_id)
    return (
        DescribedRegistration(registration, run.service.tags(registration["RegistrationArn"])) if registration else None
    )


def describe_known(run: Run, registration_id: str) -> DescribedRegistration | None:
    """Describe a registration that must exist: one that is not found may only be too young to be seen."""
    described = describe(run, registration_id)
    if described is None:
        run.service.pause(VISIBLE_AFTER_SECONDS)
        described = describe(run, registration_id)
    return described


def describe_all(run: Run, registration_type: str | None = None) -> list[DescribedRegistration]:
    """Every registration of the account and Region that is ours, newest first; of one type, or of any if omitted.

    One DescribeRegistrations a page, and one ListTagsForResource a registration: for the rare events that need it.
    """
    found = []
    for registration in run.service.pages("DescribeRegistrations", "Registrations"):
        if registration["RegistrationStatus"] == "DELETED":
            continue
        if registration_type not in (None, registration["RegistrationType"]):
            continue
        tags = run.service.tags(registration["RegistrationArn"])
        if Owner.of(tags) == run.owner:
            found.append(DescribedRegistration(registration, tags))
    return sorted(found, key=lambda each: each.description["CreatedTimestamp"], reverse=True)


def adopt(
    run: Run, request: RegistrationRequest, registration_id: str, *, replaces: str | None = None
) -> DescribedRegistration:
    """Put our owner tags on an existing registration; write nothing else.

    Raises:
        Failure: When it does not exist, is of another type, or belongs to another owner and `TakeOver` is not set. Nothing was
            written then.
    """
    existing = describe_known(run, registration_id)
    if existing is None:
        raise Failure(
            f"registration {registration_id} does not exist in {run.event.region} of account {run.event.account}; "
            "check ExistingRegistrationId and the Region of the stack"
        )
    refuse_other_type(existing, request)
    owner = Owner.of(existing.tags)
    if owner not in (None, run.owner) and not request.take_over:
        raise Failure(refusal(registration_id, owner))
    wanted = {
        **request.tags,
        **claim(run, request, existing.tags),
        owner_tags.STATE: owner_tags.ADOPTED,
        owner_tags.REQUEST: run.event.request_id,
        **({owner_tags.REPLACES: replaces} if replaces else {}),
    }
    if any(existing.tags.get(key) != value for key, value in wanted.items()):
        run.service.tag(existing.arn, wanted)
    if owner_tags.REPLACING in existing.tags:
        # Replaced once, and retained: what replaced it then is not for a later sweep.
        run.service.untag(existing.arn, [owner_tags.REPLACING])
    adopted = DescribedRegistration(existing.description, {**existing.tags, **wanted})
    if run.stack.moved_on() and registration_id not in run.stack.held():
        release(run, adopted, restore=True)
        raise Failure(f"CloudFormation has given up this request meanwhile, {registration_id} was released again")
    return adopted


def refuse_other_type(existing: DescribedRegistration, request: RegistrationRequest) -> None:
    """Raise a Failure when an existing registration has not the declared type: it cannot change."""
    if existing.registration_type != request.registration_type:
        raise Failure(
            f"registration {existing.identity} is a {existing.registration_type}, not a {request.registration_type}: "
            "declare the type that it has"
        )


def claim(run: Run, request: RegistrationRequest, tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that make a registration ours, and remember whose it was."""
    former = Owner.of(tags)
    claimed = run.owner.tags()
    if former == run.owner:
        return claimed
    claimed[owner_tags.STATE] = owner_tags.ADOPTED if request.existing_registration_id else owner_tags.OWNED
    if former:
        claimed |= former.previous_tags(tags.get(owner_tags.STATE, owner_tags.ADOPTED))
    return claimed


def release(run: Run, adopted: DescribedRegistration, *, restore: bool) -> None:
    """Take our owner tags off a registration that lives on.

    Args:
        run: The run.
        adopted: The registration with its tags.
        restore: Give it back to the owner that it was taken over from, if there is one.
    """
    former = Owner.before(adopted.tags) if restore else None
    keys = owner_tags.owner_tag_keys(adopted.tags)
    if former:
        given_back = {
            **former.tags(),
            owner_tags.STATE: adopted.tags.get(owner_tags.PREVIOUS_STATE, owner_tags.ADOPTED),
        }
        keys = [key for key in keys if key not in given_back]
        # Untag first: once the owner is another one, the function's policy lets it write no more.
        if keys:
            run.service.untag(adopted.arn, keys)
        run.service.tag(adopted.arn, given_back)
    elif keys:
        run.service.untag(adopted.arn, keys)


def release_unanswered(run: Run, registration_id: str, *, replaces: str | None) -> None:
    """Let go of what an event adopted whose answer never arrived: it is old, so no sweep finds it.

    Args:
        run: The run.
        registration_id: What the event named as ExistingRegistrationId.
        replaces: What the event was to replace with it; None for a Create.
    """
    adopted = describe(run, registration_id) if is_registration_id(registration_id) else None
    if adopted is None or Owner.of(adopted.tags) != run.owner:
        return
    if adopted.tags.get(owner_tags.STATE) == owner_tags.ADOPTED and replaces in (
        None,
        adopted.tags.get(owner_tags.REPLACES),
    ):
        release(run, adopted, restore=True)


def refusal(registration_id: str, owner: Owner | None) -> str:
    """Why a registration that is not ours is not touched, and what to do."""
    if owner is None:
        return (
            f"registration {registration_id} carries no owner tags (somebody removed them?), so it is not touched; set "
            "take_over=True to claim it"
        )
    return (
        f"registration {registration_id} belongs to {owner}; set take_over=True if this stack shall manage it from now on, and "
        "remove it there"
    )


def former(run: Run, registration_type: str, current: DescribedRegistration) -> DescribedRegistration | None:
    """Another registration of this type that was this resource's before: replaced and still there.

    An approved campaign is worth weeks, so neither the rollback of a replacement nor a change back to a type that was retained
    makes a new one. A closed one is of no use any more; only a rollback gives that back too.
    """
    replaced = current.tags.get(owner_tags.REPLACES)
    restored = replaced if run.stack.is_rolling_back() else None
    candidates = [
        each
        for each in describe_all(run, registration_type)
        if each.identity != current.identity
        and each.tags.get(owner_tags.STATE) != owner_tags.PENDING
        and (each.description["RegistrationStatus"] != "CLOSED" or each.identity == restored)
    ]
    return min(candidates, key=lambda each: each.identity != replaced, default=None)


def origin_in_rollback(
    run: Run, request: RegistrationRequest, current: DescribedRegistration
) -> DescribedRegistration | None:
    """What an adoption replaced, when this Update is that adoption's rollback; else None.

    Dropping `existing_registration_id` later changes nothing, and its event looks the same: only the stack's status tells.
    """
    if not is_dropped(run, request, current) or not run.stack.is_rolling_back():
        return None
    origin = describe(run, current.tags[owner_tags.REPLACES])
    if origin and Owner.of(origin.tags) == run.owner and origin.registration_type == request.registration_type:
        return origin
    return None


def is_dropped(run: Run, request: RegistrationRequest, current: DescribedRegistration) -> bool:
    """Whether this Update no longer names what was adopted in the place of another registration."""
    adopted_before = run.event.old_properties.get("ExistingRegistrationId") == current.identity
    return adopted_before and not request.existing_registration_id and owner_tags.REPLACES in current.tags


class _Registrations:
    """Registrations, for `making`."""

    NOUN = DescribedRegistration.NOUN

    def ours(self, run: Run) -> list[DescribedRegistration]:
        return describe_all(run)

    def describe(self, run: Run, identity: str) -> DescribedRegistration | None:
        return describe(run, identity)

    def remove(self, run: Run, identity: str) -> None:
        remove(run, identity)

    def sweep(self, run: Run, described: DescribedRegistration) -> None:
        """What was only adopted is released."""
        if described.tags.get(owner_tags.STATE) == owner_tags.ADOPTED:
            release(run, described, restore=True)
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
    discarded = False

    def on_conflict(error: ServiceError, waited: float) -> float:
        nonlocal discarded
        status = _version_status(run, registration_id)
        if status == "SUBMITTED" and not discarded:
            discarded = True
            _discard(run, registration_id)
            return 0.0
        if status in _UNDER_REVIEW:
            raise Failure(_held_by_review(registration_id, status)) from error
        pause = min(5.0 + waited / 4, 15.0)
        is_final = error.reason != "RESOURCE_NOT_EMPTY" and waited > _TEARDOWN_SECONDS
        if is_final or _no_time(run, pause):
            raise Failure(_held(run, registration_id, error)) from error
        return pause

    deletion.delete(
        run,
        lambda: run.service.call("DeleteRegistration", subject=registration_id, RegistrationId=registration_id),
        exists=lambda: run.service.find(registration_id),
        on_conflict=on_conflict,
    )
    logger.info("deleted %s", registration_id)


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
