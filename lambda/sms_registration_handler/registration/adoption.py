"""Who owns a registration, and how that changes: adopt it, take it over or back, and release it.

A Create that adopts nothing needs none of it, and its cold start would pay for it.
"""

from collections.abc import Mapping

from sms_registration_handler.errors import Failure
from sms_registration_handler.registration.properties import RegistrationRequest
from sms_registration_handler.registration.registrations import (
    DescribedRegistration,
    describe,
    describe_all,
    describe_existing,
)
from sms_registration_handler.resource import claims, exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Run
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_handler.resource.scope import Scope
from sms_registration_handler.resource.tagging import write_tags
from sms_registration_rules.identifiers import is_registration_id


def adopt(
    run: Run, request: RegistrationRequest, registration_id: str, *, replaces: DescribedRegistration | None = None
) -> DescribedRegistration:
    """Put our owner tags on an existing registration. One that it replaces records that; nothing else is written.

    Raises:
        Failure: When it does not exist, has another type, or belongs to another owner and `TakeOver` is not set; then nothing
            is written. Also when CloudFormation has abandoned the request; then the registration is released.
    """
    run.fence.before_write()  # first, so that nothing comes between the check of the owner and the claim
    existing = describe_existing(run, registration_id)
    if existing is None:
        raise Failure(
            f"registration {registration_id} does not exist in {run.event.region} of account {run.event.account}; "
            "check ExistingRegistrationId and the Region of the stack"
        )
    require_declared_type(existing, request)
    owner = Owner.of(existing.tags)
    if not may_claim(run, request, existing.tags):
        raise Failure(ownership_refusal(registration_id, owner))
    request_id = run.event.request_id
    if replaces and Owner.of(replaces.tags) == run.owner:
        request_id = exactly_once.begin_replacement(run, replaces, run.owner.tags(), registration_id)
    wanted = {
        **request.tags,
        **claim_tags(run, request, existing.tags),
        owner_tags.STATE: owner_tags.ADOPTED,
        owner_tags.REQUEST: request_id,
        **({owner_tags.REPLACES: replaces.identity} if replaces else {}),
    }
    if owner == run.owner and Owner.previous(existing.tags) and run.stack.history.was_deployed(registration_id):
        # A takeover that is not part of this deployment is never given back.
        wanted |= run.owner.previous_tags(owner_tags.ADOPTED)
    # It may have been replaced once and retained: a later sweep must not delete what replaced it then.
    write_tags(run, existing.arn, existing.tags, wanted, [owner_tags.REPLACING])
    if owner != run.owner:
        rival = claims.REGISTRATION.yielded_to(run.service, existing.arn, run.owner, existing.tags)
        if rival:
            raise Failure(ownership_refusal(registration_id, rival))
    adopted = DescribedRegistration(existing.description, {**existing.tags, **wanted})
    if not exactly_once.is_still_wanted(run, registration_id):
        release(run, adopted, restore=True)
        raise Failure(f"CloudFormation has since abandoned this request; {registration_id} was released")
    return adopted


def require_declared_type(existing: DescribedRegistration, request: RegistrationRequest) -> None:
    """Raise a Failure when an existing registration does not have the declared type: its type cannot change."""
    if existing.registration_type != request.registration_type:
        raise Failure(
            f"registration {existing.identity} is a {existing.registration_type}, not a {request.registration_type}: "
            "declare the type that it has"
        )


def may_claim(run: Run, request: RegistrationRequest, tags: Mapping[str, str]) -> bool:
    """Whether nobody else owns a registration, or it may be taken over or back."""
    return Owner.of(tags) in (None, run.owner) or request.take_over or _may_take_back(run, tags)


def _may_take_back(run: Run, tags: Mapping[str, str]) -> bool:
    """Whether this Update rolls back a deployment in which another resource of the stack took a registration over from us."""
    owner = Owner.of(tags)
    is_neighbor = owner is not None and owner.stack_id == run.owner.stack_id
    return is_neighbor and Owner.previous(tags) == run.owner and run.is_rollback


def claim_tags(run: Run, request: RegistrationRequest, tags: Mapping[str, str]) -> dict[str, str]:
    """Return the tags that make a registration ours and record its previous owner."""
    previous_owner = Owner.of(tags)
    claimed = run.owner.tags()
    if previous_owner == run.owner:
        return claimed
    claimed |= claims.REGISTRATION.of(run.owner)
    claimed[owner_tags.STATE] = owner_tags.ADOPTED if request.existing_registration_id else owner_tags.OWNED
    if _may_take_back(run, tags):
        claimed[owner_tags.STATE] = tags.get(owner_tags.PREVIOUS_STATE, owner_tags.ADOPTED)
    if previous_owner:
        claimed |= previous_owner.previous_tags(tags.get(owner_tags.STATE, owner_tags.ADOPTED))
    return claimed


def release(run: Run, adopted: DescribedRegistration, *, restore: bool) -> None:
    """Remove our owner tags from a registration without deleting it.

    Args:
        run: The run.
        adopted: The registration with its tags.
        restore: Whether to return it to the owner that it was taken over from, if there is one.
    """
    previous_owner = Owner.previous(adopted.tags) if restore else None
    keys = owner_tags.owner_tag_keys(adopted.tags)
    # The record of a takeover that was given back names us.
    if previous_owner in (None, run.owner):
        if keys:
            claims.REGISTRATION.release(
                run.service, adopted.arn, run.owner, adopted.tags, keys, state=owner_tags.ADOPTED
            )
        return
    restored = {
        **previous_owner.tags(),
        owner_tags.STATE: adopted.tags.get(owner_tags.PREVIOUS_STATE, owner_tags.ADOPTED),
    }
    # The record of the previous owner stays. An interrupted run is repeated from it, and afterwards the registration is not ours.
    claims_of_others = set(claims.REGISTRATION.keys(adopted.tags)) - {claims.REGISTRATION.key(run.owner)}
    keep = {*restored, *owner_tags.PREVIOUS_KEYS, *claims_of_others}
    if set(keys) - keep:
        run.service.untag(adopted.arn, sorted(set(keys) - keep))
    run.service.tag(adopted.arn, restored)


def was_given_back(run: Run, described: DescribedRegistration) -> bool:
    """Whether an earlier delivery returned a registration to the owner that it was taken over from."""
    owner = Owner.of(described.tags)
    return owner not in (None, run.owner) and owner == Owner.previous(described.tags)


def release_unacknowledged(run: Run, registration_id: str, *, replaces: str | None) -> None:
    """Release what an event adopted whose response CloudFormation never received; a sweep does not find it, because it is old.

    Args:
        run: The run.
        registration_id: The event's ExistingRegistrationId.
        replaces: The registration that the event replaces with it; None for a Create.
    """
    adopted = describe(run, registration_id) if is_registration_id(registration_id) else None
    if adopted is None or Owner.of(adopted.tags) != run.owner:
        return
    if adopted.tags.get(owner_tags.STATE) == owner_tags.ADOPTED and replaces in (
        None,
        adopted.tags.get(owner_tags.REPLACES),
    ):
        release(run, adopted, restore=True)


def ownership_refusal(registration_id: str, owner: Owner | None) -> str:
    """Explain why a registration that is not ours is not changed, and what to do."""
    if owner is None:
        return (
            f"registration {registration_id} has no owner tags (they may have been removed), so it is not changed; set "
            "take_over=True to claim it"
        )
    return (
        f"registration {registration_id} belongs to {owner}; set take_over=True if this stack should manage it from now on, and "
        "remove it there"
    )


def find_previous(run: Run, registration_type: str, current: DescribedRegistration) -> DescribedRegistration | None:
    """Find another registration of this type that belonged to this resource before: it was replaced and still exists.

    An approved campaign took weeks of review, so neither the rollback of a replacement nor a change back to a type that was
    retained creates a new one. A closed registration can no longer be used; only a rollback restores it too.
    """
    replaced = current.tags.get(owner_tags.REPLACES)
    restored = replaced if run.stack.is_rolling_back() else None
    candidates = [
        each
        for each in describe_all(run, Scope(registration_type=registration_type))
        if each.identity != current.identity
        and each.tags.get(owner_tags.STATE) != owner_tags.PENDING
        and (each.description["RegistrationStatus"] != "CLOSED" or each.identity == restored)
    ]
    return min(candidates, key=lambda each: each.identity != replaced, default=None)


def original_in_rollback(
    run: Run, request: RegistrationRequest, current: DescribedRegistration
) -> DescribedRegistration | None:
    """Return the registration that was replaced when this Update rolls the replacement or adoption back; else None.

    Removing `existing_registration_id` later changes nothing, and its event looks the same: only the stack's status differs.
    The event's old properties may name another one, because a deployment that failed may follow one that was not rolled back.
    """
    replaced = current.tags.get(owner_tags.REPLACES)
    if request.existing_registration_id or replaced is None or not run.stack.is_rolling_back():
        return None
    was_adopted = current.tags.get(owner_tags.STATE) == owner_tags.ADOPTED
    # Several deployments that failed one after another may each have replaced what the one before had.
    former = run.stack.history.deployed_id() or (replaced if was_adopted else "")
    if former == current.identity or not is_registration_id(former):
        return None
    original = describe(run, former)
    if original is None or not (Owner.of(original.tags) == run.owner or _may_take_back(run, original.tags)):
        return None
    return original if original.registration_type == request.registration_type else None


def no_longer_names_adopted(run: Run, request: RegistrationRequest, current: DescribedRegistration) -> bool:
    """Whether this Update no longer names the registration that was adopted in place of another one."""
    adopted_before = run.event.old_properties.get("ExistingRegistrationId") == current.identity
    return adopted_before and not request.existing_registration_id and owner_tags.REPLACES in current.tags
