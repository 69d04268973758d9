"""Custom::SmsRegistration: the registration itself, from CreateRegistration to DeleteRegistration.

The described state decides, not the event. Every crash, repeated delivery and race ends with exactly one registration for one
logical resource, or none after a rollback or a Delete: see `exactly_once`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sms_registration_handler.aws.sms_voice import Service, ServiceError, tag_list
from sms_registration_handler.errors import Failure
from sms_registration_handler.registration.properties import RegistrationRequest
from sms_registration_handler.registration.registrations import REGISTRATIONS
from sms_registration_handler.resource import exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Outcome, Run

_MAX_SUGGESTIONS = 5


def create(run: Run) -> Outcome:
    """Create the registration, or adopt the existing one that the template names."""
    request = RegistrationRequest.parse(run.event.properties)
    if run.is_stale:
        raise Failure(
            "the request is older than its ServiceTimeout: CloudFormation has abandoned it; nothing was created"
        )
    if request.existing_registration_id:
        # Imported here, as all that follows: a Create that adopts nothing needs none of it, and its cold start would pay for it.
        from sms_registration_handler.registration import adoption

        return outcome(adoption.adopt(run, request, request.existing_registration_id).description)
    return complete(run, request, create_once(run, request, on_created=run.identify))


def update(run: Run) -> Outcome:
    """Update tags in place; replace the registration when its type changes. A rollback's failure is only logged."""
    from sms_registration_handler.registration import update as updating

    return updating.update(run)


def delete(run: Run) -> Outcome:
    """Delete the registration that the physical ID names, if it is ours, and sweep what failed requests left behind."""
    from sms_registration_handler.registration import removal

    return removal.delete(run)


def abandon(run: Run) -> None:
    """Delete what an interrupted delivery created, and release what it adopted, if no resource holds it."""
    from sms_registration_handler.registration import adoption

    exactly_once.abandon(run, REGISTRATIONS)
    existing_id = str(run.event.properties.get("ExistingRegistrationId", ""))
    if not exactly_once.is_still_wanted(run, existing_id):
        adoption.release_unacknowledged(run, existing_id, replaces=run.event.physical_resource_id or None)


# --- CreateRegistration ---


def create_once(
    run: Run, request: RegistrationRequest, *, on_created: Callable[[str], None], replaces: str | None = None
) -> Mapping[str, Any]:
    """Create the registration, or find the one that an earlier delivery of this request created.

    Args:
        run: The run.
        request: What the template declares.
        on_created: Called with its ID as soon as that is known.
        replaces: The registration that it replaces. If omitted: none.

    Raises:
        Failure: The earlier delivery declared another type.
    """
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


def complete(run: Run, request: RegistrationRequest, created: Mapping[str, Any]) -> Outcome:
    """Make the last write of a Create: after it, no sweep of a failed Create deletes the registration."""
    if exactly_once.already_responded(run, REGISTRATIONS, created["RegistrationId"]):
        return outcome(created)
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
    return outcome(created)


# --- the response ---


def outcome(registration: Mapping[str, Any]) -> Outcome:
    """The outcome with a registration, as the service describes it."""
    return Outcome(str(registration["RegistrationId"]), attributes(registration))


def attributes(registration: Mapping[str, Any]) -> dict[str, str]:
    """The attributes of the custom resource."""
    names = ("RegistrationArn", "RegistrationId", "RegistrationType", "RegistrationStatus", "CurrentVersionNumber")
    return {name: str(registration[name]) for name in names}
