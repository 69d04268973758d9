"""The claim of a registration's form: one form for each registration, across all stacks."""

from collections.abc import Callable, Mapping

from sms_registration_handler.errors import Failure
from sms_registration_handler.form.properties import FormRequest
from sms_registration_handler.registration import registrations
from sms_registration_handler.registration.registrations import DescribedRegistration
from sms_registration_handler.resource import claims, exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Run
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_rules.identifiers import is_registration_id

PHYSICAL_ID_PREFIX = "form-of:"
"""The physical ID of a form is this prefix and the RegistrationId, so that another registration replaces the form."""


def require_claimable(run: Run, request: FormRequest, registration: DescribedRegistration) -> None:
    """Refuse a form that another resource manages, unless it is taken over.

    Raises:
        Failure: Naming the owner.
    """
    owner = Owner.of_form(registration.tags)
    if owner not in (None, run.owner) and not request.take_over:
        raise Failure(_managed_text(registration.identity, owner))


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


def release(run: Run, registration_id: str, *, restore: bool, fence: Callable[[], None] | None = None) -> None:
    """Release the registration, so that another form may claim it. Nothing happens when its form is not ours.

    Args:
        run: The run.
        registration_id: The registration; anything that is not an ID is ignored.
        restore: Whether to return the form to the owner that it was taken over from, if there is one.
        fence: Called before the first write; it raises an error if a later request may have claimed the form.
    """
    described = registrations.describe(run, registration_id) if is_registration_id(registration_id) else None
    if described is None:
        return
    tags = described.tags
    if Owner.of_form(tags) != run.owner:
        return
    if not (restore and owner_tags.FORM_PREVIOUS in tags):
        run.service.untag(described.arn, owner_tags.form_tag_keys(tags), fence=fence)
        return
    restored = claims.expanded(tags[owner_tags.FORM_PREVIOUS], run.owner).form_tags()
    if owner_tags.FORM_PREVIOUS_REVISION in tags:
        restored[owner_tags.FORM_REVISION] = tags[owner_tags.FORM_PREVIOUS_REVISION]
    # The record of the previous owner stays. An interrupted run is repeated from it, and afterwards the form is not ours.
    records = {owner_tags.FORM_PREVIOUS, owner_tags.FORM_PREVIOUS_REVISION}
    others = set(claims.FORM.keys(tags)) - {claims.FORM.key(run.owner)}
    obsolete = set(owner_tags.form_tag_keys(tags)) - {*restored, *records, *others}
    if obsolete:
        run.service.untag(described.arn, sorted(obsolete), fence=fence)
    run.service.tag(described.arn, restored)


def _managed_text(registration_id: str, owner: Owner | None) -> str:
    return (
        f"the form of {registration_id} is managed by {owner}, and one registration has one form: remove it there first, or set "
        "take_over=True if this stack should manage it from now on"
    )
