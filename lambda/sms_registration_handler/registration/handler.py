"""Custom::SmsRegistration: the shell of a registration, from CreateRegistration to DeleteRegistration.

The described state decides, not the event. Every crash, repetition and race ends with exactly one registration for one logical
resource, or none after a rollback or a Delete: see `making`.
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from sms_registration_handler.aws.identifiers import is_registration_id
from sms_registration_handler.aws.sms_voice import Service, ServiceError, tag_list
from sms_registration_handler.errors import Failure
from sms_registration_handler.registration import registrations
from sms_registration_handler.registration.properties import RegistrationRequest, may_delete_adopted
from sms_registration_handler.registration.registrations import REGISTRATIONS, DescribedRegistration
from sms_registration_handler.resource import exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Outcome, Run, forgiven_in_rollback
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_handler.resource.properties import declared_tag_keys

logger = logging.getLogger(__name__)

_MAX_SUGGESTIONS = 5


def create(run: Run) -> Outcome:
    """Create the registration, or adopt the existing one that the template names."""
    request = RegistrationRequest.parse(run.event.properties)
    if run.is_stale:
        raise Failure(
            "the request is older than its ServiceTimeout: CloudFormation has given it up, nothing was created"
        )
    if request.existing_registration_id:
        return _outcome(registrations.adopt(run, request, request.existing_registration_id).description)
    made = _make(run, request, on_made=run.identify)
    return _settle(run, request, made)


def update(run: Run) -> Outcome:
    """Bring tags up to date in place; replace the registration when its type changes. In a rollback nothing is a failure."""
    return forgiven_in_rollback(
        run, lambda: _update(run), lambda: Outcome(run.event.physical_resource_id, _last_known(run))
    )


def abandon(run: Run) -> None:
    """Delete what an interrupted delivery made, and nobody holds."""
    exactly_once.abandon(run, REGISTRATIONS)


# --- Update ---


def _update(run: Run) -> Outcome:
    request = RegistrationRequest.parse(run.event.properties)
    current_id = run.event.physical_resource_id
    if _may_replace(run, request):
        run.stack.observe()
    current = registrations.describe_known(run, current_id) if is_registration_id(current_id) else None
    if current is None:
        raise Failure(
            f"registration {current_id} does not exist any more, so it cannot be updated; it is not made anew by itself, because "
            "that needs a new review. Remove the resource from the stack and add it again, or give it another construct id"
        )
    if Owner.of(current.tags) != run.owner and not request.take_over:
        raise Failure(registrations.refusal(current_id, Owner.of(current.tags)))
    existing_id = request.existing_registration_id
    if existing_id and existing_id != current_id:
        return _outcome(registrations.adopt(run, request, existing_id, replaces=current_id).description)
    if existing_id:
        registrations.refuse_other_type(current, request)
    attempted_id = str(run.event.old_properties.get("ExistingRegistrationId", ""))
    if attempted_id != current_id:
        registrations.release_unanswered(run, attempted_id, replaces=current_id)
    origin = registrations.origin_in_rollback(run, request, current)
    if origin:
        return _bring_up_to_date(run, request, origin)
    if current.registration_type != request.registration_type:
        return _replace(run, request, current)
    return _bring_up_to_date(run, request, current)


def _may_replace(run: Run, request: RegistrationRequest) -> bool:
    """Whether this Update looks like one that gives another registration; the old properties may lie."""
    old = run.event.old_properties
    former = old.get("RegistrationType"), old.get("ExistingRegistrationId")
    return former != (request.registration_type, request.existing_registration_id)


def _bring_up_to_date(
    run: Run, request: RegistrationRequest, described: DescribedRegistration, *, replaces: str | None = None
) -> Outcome:
    """Write the difference between the declared and the actual tags; with none, nothing."""
    wanted = {**request.tags, **registrations.claim(run, request, described.tags)}
    if described.is_pending:
        wanted[owner_tags.STATE] = owner_tags.OWNED
    if replaces and not run.stack.is_rolling_back():
        wanted[owner_tags.REPLACES] = replaces
    # Old properties only name candidates: a tag that somebody else added is not ours to remove.
    obsolete = sorted((declared_tag_keys(run.event.old_properties) - set(request.tags)) & set(described.tags))
    if owner_tags.REPLACING in described.tags:
        if described.identity == run.event.physical_resource_id:
            # A replacement was begun, and this is the current one all the same: what the replacement made belongs to nobody.
            matches = exactly_once.of_request(described.tags[owner_tags.REPLACING])
            exactly_once.sweep(run, REGISTRATIONS, matches, keep={described.identity})
        obsolete.append(owner_tags.REPLACING)
    if registrations.is_dropped(run, request, described) and not run.stack.is_rolling_back():
        # A later deployment: what the adoption replaced is not to be given back any more.
        obsolete.append(owner_tags.REPLACES)
    changed = {key: value for key, value in wanted.items() if described.tags.get(key) != value}
    if changed:
        run.service.tag(described.arn, {**run.owner.tags(), **changed})
    if obsolete:
        run.service.untag(described.arn, obsolete)
    return _outcome(described.description)


def _replace(run: Run, request: RegistrationRequest, current: DescribedRegistration) -> Outcome:
    """Give another registration for another type: one that was this resource's before, else a new one."""
    run.stack.observe()
    former = registrations.former(run, request.registration_type, current)
    if former:
        # Noted, so that a rollback gives back the very one that was current, whatever became of it.
        return _bring_up_to_date(run, request, former, replaces=current.identity)
    if current.tags.get(owner_tags.REPLACING) != run.event.request_id:
        # Written before anything is made, so that a rollback knows there may be something to sweep.
        run.service.tag(
            current.arn,
            {**registrations.claim(run, request, current.tags), owner_tags.REPLACING: run.event.request_id},
        )
    return exactly_once.removed_on_failure(
        run,
        REGISTRATIONS,
        lambda on_made: _settle(run, request, _make(run, request, on_made=on_made, replaces=current.identity)),
    )


# --- CreateRegistration ---


def _make(
    run: Run, request: RegistrationRequest, *, on_made: Callable[[str], None], replaces: str | None = None
) -> Mapping[str, Any]:
    made = exactly_once.make_once(run, REGISTRATIONS, lambda: _create_registration(run, request, replaces))
    on_made(made["RegistrationId"])
    if made["RegistrationType"] != request.registration_type:
        raise Failure(
            f"an earlier delivery of this request made {made['RegistrationId']} with type {made['RegistrationType']}, not "
            f"{request.registration_type}: deploy again"
        )
    return made


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
        )
    except ServiceError as error:
        if error.code == "ValidationException":
            message = _unknown_type_message(run.service, request.registration_type)
            if message:
                raise Failure(message) from error
        raise


def _unknown_type_message(service: Service, registration_type: str) -> str | None:
    """Explain that a registration type does not exist in this Region, with the closest that do; None when it does exist.

    Names drift, so the list is the live one (DescribeRegistrationTypeDefinitions).
    """
    from sms_registration_rules.messages import closest  # only a refusal needs it, and it is part of a cold start

    try:
        offered = sorted(
            each["RegistrationType"]
            for each in service.pages("DescribeRegistrationTypeDefinitions", "RegistrationTypeDefinitions")
        )
    except Failure:
        return None
    if not offered or registration_type in offered:
        return None
    near = closest(registration_type, offered, most=_MAX_SUGGESTIONS)
    return (
        f"the registration type {registration_type} does not exist in this Region. Closest: {', '.join(near)}"
        if near
        else f"the registration type {registration_type} does not exist in this Region, and nothing like it. This Region has: "
        f"{', '.join(offered)}"
    )


def _settle(run: Run, request: RegistrationRequest, made: Mapping[str, Any]) -> Outcome:
    """The last write of a Create: from now on it is a registration that no sweep of a failed Create deletes."""
    if exactly_once.is_answered(run, REGISTRATIONS, made["RegistrationId"]):
        return _outcome(made)
    try:
        run.service.tag(
            made["RegistrationArn"], {**request.tags, **run.owner.tags(), owner_tags.STATE: owner_tags.OWNED}
        )
    except ServiceError as error:
        if error.code != "ResourceNotFoundException":
            raise
        raise Failure(
            f"{made['RegistrationId']} was deleted while it was being created; it is not made a second time. Deploy again"
        ) from error
    return _outcome(made)


# --- Delete ---


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
    registrations.remove(run, described.identity)


def _left_by_replacement(run: Run, described: DescribedRegistration) -> exactly_once.Matches:
    """What the Delete of a registration that was being replaced has to sweep.

    After a replacement that succeeded, what its request made is CloudFormation's current resource; if the current one is still
    this, the replacement failed and what it made belongs to nobody.
    """
    if described.identity in run.stack.held():
        return exactly_once.of_request(described.tags[owner_tags.REPLACING])
    return exactly_once.pending


# --- the answer ---


def _outcome(registration: Mapping[str, Any]) -> Outcome:
    return Outcome(str(registration["RegistrationId"]), _attributes(registration))


def _attributes(registration: Mapping[str, Any]) -> dict[str, str]:
    names = ("RegistrationArn", "RegistrationId", "RegistrationType", "RegistrationStatus", "CurrentVersionNumber")
    return {name: str(registration[name]) for name in names}


def _last_known(run: Run) -> dict[str, str]:
    """Attributes for an answer that must succeed although the registration may be out of reach."""
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
