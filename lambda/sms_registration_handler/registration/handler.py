"""Custom::SmsRegistration: the registration itself, from CreateRegistration to DeleteRegistration.

The described state decides, not the event. Every crash, repeated delivery and race ends with exactly one registration for one
logical resource, or none after a rollback or a Delete: see `exactly_once`.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from sms_registration_handler.aws.sms_voice import Service, ServiceError, tag_list
from sms_registration_handler.errors import Failure
from sms_registration_handler.registration import registrations
from sms_registration_handler.registration.properties import RegistrationRequest, may_delete_adopted
from sms_registration_handler.registration.registrations import REGISTRATIONS, DescribedRegistration
from sms_registration_handler.resource import exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Outcome, Run, tolerate_failure_in_rollback
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_handler.resource.tagging import update_tags
from sms_registration_rules.identifiers import is_registration_id

logger = logging.getLogger(__name__)

_MAX_SUGGESTIONS = 5


def create(run: Run) -> Outcome:
    """Create the registration, or adopt the existing one that the template names."""
    request = RegistrationRequest.parse(run.event.properties)
    if run.is_stale:
        raise Failure(
            "the request is older than its ServiceTimeout: CloudFormation has abandoned it; nothing was created"
        )
    if request.existing_registration_id:
        return _outcome(registrations.adopt(run, request, request.existing_registration_id).description)
    created = _create_once(run, request, on_created=run.identify)
    return _complete(run, request, created)


def update(run: Run) -> Outcome:
    """Update tags in place; replace the registration when its type changes. A rollback's failure is only logged."""
    return tolerate_failure_in_rollback(
        run, lambda: _update(run), lambda: Outcome(run.event.physical_resource_id, _last_known_attributes(run))
    )


def abandon(run: Run) -> None:
    """Delete what an interrupted delivery created, and release what it adopted, if no resource holds it."""
    exactly_once.abandon(run, REGISTRATIONS)
    existing_id = str(run.event.properties.get("ExistingRegistrationId", ""))
    if not registrations.is_still_wanted(run, existing_id):
        registrations.release_unacknowledged(run, existing_id, replaces=run.event.physical_resource_id or None)


# --- Update ---


def _update(run: Run) -> Outcome:
    request = RegistrationRequest.parse(run.event.properties)
    current_id = run.event.physical_resource_id
    current = registrations.describe_existing(run, current_id) if is_registration_id(current_id) else None
    if current is None:
        raise Failure(
            f"registration {current_id} no longer exists, so it cannot be updated. It is not re-created automatically, because a "
            "new registration needs a new review. Remove the resource from the stack and add it again, or change its construct ID"
        )
    is_owned = Owner.of(current.tags) is not None and registrations.may_claim(run, request, current.tags)
    if not is_owned and not request.take_over:
        raise Failure(registrations.ownership_refusal(current_id, Owner.of(current.tags)))
    existing_id = request.existing_registration_id
    begun = current.tags.get(owner_tags.REPLACING, run.event.request_id)
    if begun != run.event.request_id and (existing_id or current.registration_type != request.registration_type):
        # An earlier request began to replace it and was interrupted. If it is retained, no Delete sweeps what is left.
        exactly_once.sweep_replacement(run, REGISTRATIONS, begun, {current_id, existing_id or ""})
    if existing_id and existing_id != current_id:
        return _outcome(registrations.adopt(run, request, existing_id, replaces=current_id).description)
    if existing_id:
        registrations.require_declared_type(current, request)
    attempted_id = str(run.event.old_properties.get("ExistingRegistrationId", ""))
    if attempted_id != current_id:
        registrations.release_unacknowledged(run, attempted_id, replaces=current_id, fence=run.fence.before_write)
    original = registrations.original_in_rollback(run, request, current)
    if original:
        return _update_tags(run, request, original)
    if current.registration_type != request.registration_type:
        return _replace(run, request, current)
    return _update_tags(run, request, current)


def _update_tags(
    run: Run, request: RegistrationRequest, described: DescribedRegistration, *, replaces: str | None = None
) -> Outcome:
    """Write the difference between the declared and the actual tags; without a difference, write nothing."""
    own = registrations.claim_tags(run, request, described.tags)
    if described.is_pending:
        own[owner_tags.STATE] = owner_tags.OWNED
    obsolete = []
    if (
        registrations.no_longer_names_adopted(run, request, described)
        and not run.stack.is_rolling_back()
        and run.stack.history.was_deployed(described.identity) is not False
    ):
        # A later deployment: what the adoption replaced must no longer be restored.
        obsolete.append(owner_tags.REPLACES)
    update_tags(run, REGISTRATIONS, described, declared=request.tags, own=own, obsolete=obsolete, replaces=replaces)
    return _outcome(described.description)


def _replace(run: Run, request: RegistrationRequest, current: DescribedRegistration) -> Outcome:
    """Return a registration of the declared type: a previous one of this resource if there is one, else a new one."""
    previous = registrations.find_previous(run, request.registration_type, current)
    if previous:
        # Recorded, so that a rollback restores exactly the registration that was current, whatever its state.
        return _update_tags(run, request, previous, replaces=current.identity)
    if current.tags.get(owner_tags.REPLACING) != run.event.request_id:
        # Written before anything is created, so that a rollback knows there may be something to sweep.
        run.service.tag(
            current.arn,
            {**registrations.claim_tags(run, request, current.tags), owner_tags.REPLACING: run.event.request_id},
            fence=run.fence.before_write,
        )
    return exactly_once.remove_on_failure(
        run,
        REGISTRATIONS,
        lambda on_created: _complete(
            run, request, _create_once(run, request, on_created=on_created, replaces=current.identity)
        ),
    )


# --- CreateRegistration ---


def _create_once(
    run: Run, request: RegistrationRequest, *, on_created: Callable[[str], None], replaces: str | None = None
) -> Mapping[str, Any]:
    created = exactly_once.create_once(run, REGISTRATIONS, lambda: _create_registration(run, request, replaces))
    on_created(created["RegistrationId"])
    if created["RegistrationType"] != request.registration_type:
        raise Failure(
            f"an earlier delivery of this request created {created['RegistrationId']} with type {created['RegistrationType']}, "
            f"not {request.registration_type}: deploy again"
        )
    return created


def _create_registration(run: Run, request: RegistrationRequest, replaces: str | None) -> Mapping[str, Any]:
    tags = {
        **request.tags,
        **run.owner.tags(),
        owner_tags.REQUEST: run.event.request_id,
        owner_tags.STATE: owner_tags.PENDING,
        **({owner_tags.REPLACES: replaces} if replaces else {}),
    }
    try:
        return run.service.call(
            "CreateRegistration",
            RegistrationType=request.registration_type,
            Tags=tag_list(tags),
            ClientToken=run.event.request_id,
            fence=run.fence.before_creating,
        )
    except ServiceError as error:
        if error.code == "ValidationException":
            message = _unknown_type_message(run.service, request.registration_type)
            if message:
                raise Failure(message) from error
        raise


def _unknown_type_message(service: Service, registration_type: str) -> str | None:
    """Explain that a registration type does not exist in this Region, with the closest that do; None when it does exist.

    Names change over time, so the list is the live one (DescribeRegistrationTypeDefinitions).
    """
    # Imported here, because it would slow a cold start and only an error needs it.
    from sms_registration_rules.messages import closest

    try:
        offered = sorted(
            each["RegistrationType"]
            for each in service.pages("DescribeRegistrationTypeDefinitions", "RegistrationTypeDefinitions")
        )
    except Failure:
        return None
    if not offered or registration_type in offered:
        return None
    near = closest(registration_type, offered, limit=_MAX_SUGGESTIONS)
    return (
        f"the registration type {registration_type} does not exist in this Region. Closest: {', '.join(near)}"
        if near
        else f"the registration type {registration_type} does not exist in this Region, and no type has a similar name. This "
        f"Region has: {', '.join(offered)}"
    )


def _complete(run: Run, request: RegistrationRequest, created: Mapping[str, Any]) -> Outcome:
    """Make the last write of a Create: after it, no sweep of a failed Create deletes the registration."""
    if exactly_once.already_responded(run, REGISTRATIONS, created["RegistrationId"]):
        return _outcome(created)
    try:
        run.service.tag(
            created["RegistrationArn"], {**request.tags, **run.owner.tags(), owner_tags.STATE: owner_tags.OWNED}
        )
    except ServiceError as error:
        if error.code != "ResourceNotFoundException":
            raise
        raise Failure(
            f"{created['RegistrationId']} was deleted while it was being created; it is not created a second time. Deploy again"
        ) from error
    return _outcome(created)


# --- Delete ---


def delete(run: Run) -> Outcome:
    """Delete the registration that the physical ID names, if it is ours, and sweep what failed requests left behind."""
    physical_id = run.event.physical_resource_id
    if is_registration_id(physical_id):
        described = registrations.describe_existing(run, physical_id)
        if described is None:
            logger.info("%s is already deleted", physical_id)
            exactly_once.sweep(run, REGISTRATIONS, exactly_once.pending)
        elif _is_ours(run, described):
            _delete_ours(run, described)
    else:
        registrations.release_unacknowledged(
            run, str(run.event.properties.get("ExistingRegistrationId", "")), replaces=None
        )
        exactly_once.sweep_uncreated(run, REGISTRATIONS)
    return Outcome(run.event.fallback_physical_id)


def _is_ours(run: Run, described: DescribedRegistration) -> bool:
    owner = Owner.of(described.tags)
    if owner == run.owner:
        return True
    if registrations.was_given_back(run, described):
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
    if owner_tags.REPLACING in described.tags:
        _sweep_replacement(run, described)
    if described.tags.get(owner_tags.STATE) == owner_tags.ADOPTED:
        may_delete = may_delete_adopted(run.event.properties)
        has_failed = _adopting_deployment_failed(run, described, matters=may_delete)
        # Unknown counts as failed: what somebody else created must not be deleted on a guess.
        if has_failed is not False or not may_delete:
            registrations.release(run, described, restore=has_failed is True)
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


def _sweep_replacement(run: Run, described: DescribedRegistration) -> None:
    """Sweep what was left by the replacement of a registration that is now deleted.

    After a replacement that succeeded, what its request created is CloudFormation's current resource, and this Delete is a
    cleanup. If the resource itself is deleted with this ID, the replacement failed and what it created is orphaned.
    """
    is_orphaned = run.stack.deletes_resource() and described.identity in (run.stack.held() or ())
    matches = exactly_once.of_request(described.tags[owner_tags.REPLACING]) if is_orphaned else exactly_once.pending
    exactly_once.sweep(run, REGISTRATIONS, matches, keep={described.identity}, looks_again=is_orphaned)


# --- the response ---


def _outcome(registration: Mapping[str, Any]) -> Outcome:
    return Outcome(str(registration["RegistrationId"]), _attributes(registration))


def _attributes(registration: Mapping[str, Any]) -> dict[str, str]:
    names = ("RegistrationArn", "RegistrationId", "RegistrationType", "RegistrationStatus", "CurrentVersionNumber")
    return {name: str(registration[name]) for name in names}


def _last_known_attributes(run: Run) -> dict[str, str]:
    """Attributes for a response that must succeed even when the registration cannot be described."""
    event, registration_id = run.event, run.event.physical_resource_id
    try:
        described = run.service.find(registration_id) if is_registration_id(registration_id) else None
    except Failure:
        described = None
    return _attributes(
        described
        or {
            "RegistrationArn": f"arn:{event.partition}:sms-voice:{event.region}:{event.account}"
            f":registration/{registration_id}",
            "RegistrationId": registration_id,
            "RegistrationType": event.properties.get("RegistrationType", "UNKNOWN"),
            "RegistrationStatus": "DELETED",
            "CurrentVersionNumber": "0",
        }
    )
