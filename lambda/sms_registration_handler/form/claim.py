"""What a form claims: one form for each registration, across all stacks, and phone numbers that no other one has."""

from collections.abc import Callable, Mapping, Sequence

from sms_registration_handler.aws.sms_voice import Service
from sms_registration_handler.errors import Failure
from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.form.properties import FormRequest
from sms_registration_handler.registration import registrations
from sms_registration_handler.registration.registrations import DescribedRegistration
from sms_registration_handler.resource import claims, exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Run
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_rules.associations import is_associated
from sms_registration_rules.identifiers import is_registration_id
from sms_registration_rules.planning import refusals

PHYSICAL_ID_PREFIX = "form-of:"
"""The physical ID of a form is this prefix and the RegistrationId, so that another registration replaces the form."""


def require_claimable(run: Run, request: FormRequest, registration: DescribedRegistration) -> None:
    """Refuse a form that another resource manages, unless it is taken over.

    Raises:
        Failure: Naming the owner.
    """
    owner = Owner.of_form(registration.tags)
    if owner is None or owner == run.owner or request.take_over:
        return
    was_ours = owner.stack_id == run.owner.stack_id and _previous(run, registration.tags) == run.owner
    if not (was_ours and run.is_rollback):  # which takes back what another resource took over in the failed deployment
        raise Failure(_managed_text(registration.identity, owner))


def require_not_associated_elsewhere(service: Service, form: FormDescription, associations: Sequence[str]) -> None:
    """Refuse phone numbers that are associated with another registration: no API call moves a number.

    Args:
        service: The service.
        form: The described form of the registration that is being associated.
        associations: The declared associations, as IDs or ARNs.

    Raises:
        Failure: Naming the number and the other registration.
    """
    for resource in associations:
        phone_id = resource.rpartition("/")[2]
        if not phone_id.startswith("phone-") or is_associated(resource, form.associations()):
            continue
        found = service.call("DescribePhoneNumbers", subject=resource, PhoneNumberIds=[phone_id])
        for number in found.get("PhoneNumbers", []):
            holder = number.get("RegistrationId")
            if holder and holder != form.registration_id:
                raise Failure(refusals.associated_elsewhere(number.get("PhoneNumber", phone_id), phone_id, holder))


def claim_tags(run: Run, registration: DescribedRegistration) -> dict[str, str]:
    """Return the tags that claim the form and record its previous owner; empty when it is ours already."""
    owner = Owner.of_form(registration.tags)
    if owner == run.owner:
        return {}
    claimed = claims.FORM.of(run.owner)
    if owner:
        claimed[owner_tags.FORM_PREVIOUS] = claims.compact(owner)
        revision = registration.tags.get(owner_tags.FORM_REVISION)
        if revision:
            claimed |= {owner_tags.FORM_PREVIOUS_REVISION: revision, owner_tags.FORM_REVISION: "0:"}
    return claimed


def write(run: Run, registration: DescribedRegistration, tags: Mapping[str, str]) -> None:
    """Write the form's tags. If they claim the form, make sure that the claim holds and is still wanted.

    Raises:
        Failure: When another form claimed the registration at the same moment, or CloudFormation has abandoned the request; the
            claim is then removed.
    """
    run.service.tag(registration.arn, {**run.owner.form_tags(), **tags}, fence=run.fence.before_write)
    if Owner.of_form(registration.tags) == run.owner:
        return
    rival = claims.FORM.yielded_to(run.service, registration.arn, run.owner, registration.tags)
    if rival:
        raise Failure(_managed_text(registration.identity, rival))
    if not exactly_once.is_still_wanted(run, PHYSICAL_ID_PREFIX + registration.identity):
        release(run, registration.identity, restore=True)
        raise Failure(
            f"CloudFormation has since abandoned this request; the form of {registration.identity} was released"
        )


def release(run: Run, registration_id: str, *, restore: bool | None, fence: Callable[[], None] | None = None) -> None:
    """Release the registration, so that another form may claim it. Nothing happens when its form is not ours.

    Args:
        run: The run.
        registration_id: The registration; anything that is not an ID is ignored.
        restore: Whether to return the form to the owner that it was taken over from, if there is one. None: unless a deployment
            succeeded with this form.
        fence: Called before the first write; it raises an error if a later request may have claimed the form.
    """
    described = registrations.describe(run, registration_id) if is_registration_id(registration_id) else None
    if described is None:
        return
    tags = described.tags
    if Owner.of_form(tags) != run.owner:
        return
    previous = _previous(run, tags)
    if previous and restore is None:
        physical_id = PHYSICAL_ID_PREFIX + registration_id
        restore = run.stack.is_rolling_back() or run.stack.history.was_deployed(physical_id) is False
    # The record of a takeover that was given back names us.
    if not restore or previous in (None, run.owner):
        claims.FORM.release(run.service, described.arn, run.owner, tags, owner_tags.form_tag_keys(tags), fence=fence)
        return
    restored = previous.form_tags()
    if owner_tags.FORM_PREVIOUS_REVISION in tags:
        restored[owner_tags.FORM_REVISION] = tags[owner_tags.FORM_PREVIOUS_REVISION]
    # The record of the previous owner stays. An interrupted run is repeated from it, and afterwards the form is not ours.
    records = {owner_tags.FORM_PREVIOUS, owner_tags.FORM_PREVIOUS_REVISION}
    others = set(claims.FORM.keys(tags)) - {claims.FORM.key(run.owner)}
    obsolete = set(owner_tags.form_tag_keys(tags)) - {*restored, *records, *others}
    if obsolete:
        run.service.untag(described.arn, sorted(obsolete), fence=fence)
    run.service.tag(described.arn, restored)


def _previous(run: Run, tags: Mapping[str, str]) -> Owner | None:
    """The owner that the form was taken over from."""
    recorded = tags.get(owner_tags.FORM_PREVIOUS)
    return claims.expanded(recorded, run.owner) if recorded else None


def _managed_text(registration_id: str, owner: Owner | None) -> str:
    return (
        f"the form of {registration_id} is managed by {owner}, and one registration has one form: remove it there first, or set "
        "take_over=True if this stack should manage it from now on"
    )
