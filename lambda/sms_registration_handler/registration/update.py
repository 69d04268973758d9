"""Updates of a registration: its tags, its replacement, and the way back when a deployment fails."""

from sms_registration_handler.errors import Failure
from sms_registration_handler.registration import adoption, handler, registrations
from sms_registration_handler.registration.properties import RegistrationRequest
from sms_registration_handler.registration.registrations import REGISTRATIONS, DescribedRegistration
from sms_registration_handler.resource import exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Outcome, Run, tolerate_failure_in_rollback
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_handler.resource.tagging import update_tags
from sms_registration_rules.identifiers import is_registration_id


def update(run: Run) -> Outcome:
    """Update tags in place; replace the registration when its type changes. A rollback's failure is only logged."""
    return tolerate_failure_in_rollback(
        run, lambda: _update(run), lambda: Outcome(run.event.physical_resource_id, _last_known_attributes(run))
    )


def _update(run: Run) -> Outcome:
    request = RegistrationRequest.parse(run.event.properties)
    current_id = run.event.physical_resource_id
    current = registrations.describe_existing(run, current_id) if is_registration_id(current_id) else None
    if current is None:
        raise Failure(
            f"registration {current_id} no longer exists, so it cannot be updated. It is not re-created automatically, because a "
            "new registration needs a new review. Remove the resource from the stack and add it again, or change its construct ID"
        )
    is_owned = Owner.of(current.tags) is not None and adoption.may_claim(run, request, current.tags)
    if not is_owned and not request.take_over:
        raise Failure(adoption.ownership_refusal(current_id, Owner.of(current.tags)))
    existing_id = request.existing_registration_id
    original = adoption.original_in_rollback(run, request, current)
    begun = current.tags.get(owner_tags.REPLACING, run.event.request_id)
    if not begun.startswith(run.event.request_id):
        # An earlier request began to replace it, and did not complete: what it created or adopted is orphaned.
        keep = {current_id, existing_id or (original or current).identity}
        exactly_once.sweep_replacement(run, REGISTRATIONS, begun, keep)
    if existing_id and existing_id != current_id:
        return handler.outcome(adoption.adopt(run, request, existing_id, replaces=current).description)
    if existing_id:
        adoption.require_declared_type(current, request)
    if not original and current.registration_type != request.registration_type:
        return _replace(run, request, current)
    return _update_tags(run, request, original or current)


def _update_tags(
    run: Run, request: RegistrationRequest, described: DescribedRegistration, *, replaces: str | None = None
) -> Outcome:
    """Write the difference between the declared and the actual tags; without a difference, write nothing."""
    own = adoption.claim_tags(run, request, described.tags)
    if described.is_pending:
        own[owner_tags.STATE] = owner_tags.OWNED
    obsolete = []
    if (
        adoption.no_longer_names_adopted(run, request, described)
        and not run.stack.is_rolling_back()
        and run.stack.history.was_deployed(described.identity) is not False
    ):
        # A later deployment: what the adoption replaced must no longer be restored.
        obsolete.append(owner_tags.REPLACES)
    update_tags(run, described, declared=request.tags, own=own, obsolete=obsolete, replaces=replaces)
    return handler.outcome(described.description)


def _replace(run: Run, request: RegistrationRequest, current: DescribedRegistration) -> Outcome:
    """Return a registration of the declared type: a previous one of this resource if there is one, else a new one."""
    previous = adoption.find_previous(run, request.registration_type, current)
    if previous:
        # Recorded, so that a rollback restores exactly the registration that was current, whatever its state.
        return _update_tags(run, request, previous, replaces=current.identity)
    exactly_once.begin_replacement(run, current, adoption.claim_tags(run, request, current.tags))
    return exactly_once.remove_on_failure(
        run,
        REGISTRATIONS,
        lambda on_created: handler.complete(
            run, request, handler.create_once(run, request, on_created=on_created, replaces=current.identity)
        ),
    )


def _last_known_attributes(run: Run) -> dict[str, str]:
    """Attributes for a response that must succeed even when the registration cannot be described."""
    event, registration_id = run.event, run.event.physical_resource_id
    try:
        described = run.service.find(registration_id) if is_registration_id(registration_id) else None
    except Failure:
        described = None
    return handler.attributes(
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
