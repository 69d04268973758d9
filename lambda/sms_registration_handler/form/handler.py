"""Custom::SmsRegistrationForm: the content of a registration: field values, associations, versions, submission.

Create and Update do the same: read what is declared and what the service describes, check all of it before the first write, plan,
and make exactly the planned calls. A run that ends early loses nothing: the next one plans from what is described then. Delete
writes no content: the content remains until the registration is deleted.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sms_registration_handler.aws.identifiers import is_registration_id
from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.errors import Failure
from sms_registration_handler.form import executor, references
from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.form.plan import CreateVersion, Plan
from sms_registration_handler.form.planner import DeclaredForm
from sms_registration_handler.form.properties import FormRequest
from sms_registration_handler.form.revision import Revision
from sms_registration_handler.registration import registrations
from sms_registration_handler.registration.registrations import DescribedRegistration
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.invocation import Outcome, Run, forgiven_in_rollback
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_rules import messages
from sms_registration_rules.validation import by_path, check, precedence

logger = logging.getLogger(__name__)

PHYSICAL_ID_PREFIX = "form-of:"
"""The physical ID is this and the RegistrationId, so that another registration is a replacement of the form."""

_MAX_PLANS = 4
"""A conflict leads to a new plan: a review may begin, or somebody else may write, between two calls."""

_MAX_REASON_BYTES = 2800


def create(run: Run) -> Outcome:
    """Fill in the form, associate, submit, as far as declared."""
    if run.is_stale:
        raise Failure(
            "the request is older than its ServiceTimeout: CloudFormation has abandoned it, nothing was written"
        )
    request = FormRequest.parse(run.event.properties)
    run.identify(PHYSICAL_ID_PREFIX + request.registration_id)
    return _reconcile(run, request)


def update(run: Run) -> Outcome:
    """Write the difference between the declared and the described form. In a rollback nothing is a failure."""
    return forgiven_in_rollback(
        run, lambda: _reconcile(run, FormRequest.parse(run.event.properties)), lambda: _left_as_it_is(run)
    )


def delete(run: Run) -> Outcome:
    """Release the registration, so that another form may claim it. Its content stays."""
    physical_id = run.event.physical_resource_id
    if physical_id.startswith(PHYSICAL_ID_PREFIX):
        _release(run, physical_id.removeprefix(PHYSICAL_ID_PREFIX))
    else:  # CloudFormation made it up for a Create that never responded
        _release(run, str(run.event.properties.get("RegistrationId", "")))
    return Outcome(run.event.fallback_physical_id)


def abandon(run: Run) -> None:
    """Leave what an interrupted delivery wrote: the next deployment plans from it."""


# --- Create and Update ---


def _reconcile(run: Run, request: FormRequest) -> Outcome:
    is_rollback = run.is_rollback  # as of now: a rollback that begins later has overtaken this request
    registration = _registration(run, request.registration_id)
    if is_rollback and run.event.old_properties.get("RegistrationId") != request.registration_id:
        _release(run, str(run.event.old_properties.get("RegistrationId", "")))
    if registration is None:
        raise Failure(f"registration {request.registration_id} does not exist, so it has no form to fill in")
    _require_claimable(run, request, registration)
    description = FormDescription(run.service, registration.description)
    form = _checked(run, request, description, is_rollback=is_rollback)
    revision = Revision.of(request, registration.tags, description, _beginning(run, is_rollback=is_rollback))
    form = replace(form, resubmit_after=revision.resubmit_after)
    claim = {} if Owner.of_form(registration.tags) == run.owner else run.owner.form_tags()
    return _carry_out(run, registration, description, form, claim={**claim, **revision.tags})


def _registration(run: Run, registration_id: str) -> DescribedRegistration | None:
    """The registration; one that was created a moment ago may not be visible yet."""
    for _ in range(3 if run.event.request_type == "Create" else 1):
        described = registrations.describe(run, registration_id)
        if described:
            return described
        run.service.pause(VISIBLE_AFTER_SECONDS)
    return registrations.describe(run, registration_id)


def _require_claimable(run: Run, request: FormRequest, registration: DescribedRegistration) -> None:
    owner = Owner.of_form(registration.tags)
    if owner not in (None, run.owner) and not request.take_over:
        raise Failure(
            f"the form of {registration.identity} is managed by {owner}, and one registration has one form: remove it "
            "there first, or set take_over=True if this stack shall manage it from now on"
        )


def _beginning(run: Run, *, is_rollback: bool) -> bool:
    """Whether a revision is noted without a submission: at first sight, and when a rollback restores the former one."""
    return run.event.request_type == "Create" or is_rollback


def _checked(run: Run, request: FormRequest, description: FormDescription, *, is_rollback: bool) -> DeclaredForm:
    """Check the whole declared form, before the first write.

    Raises:
        Failure: Listing everything that is wrong.
    """
    definitions = description.definitions()
    kept = description.kept_values(request.fields) if request.keep_undeclared else {}
    form = check(definitions, references.resolve(run.service, request.fields), kept=kept)
    for note in form.notes:
        logger.info("%s: %s", request.registration_id, note)
    if form.problems:
        logger.error("%s: %s", request.registration_id, messages.full_text(form.problems))
        raise Failure(messages.message(form.problems, _MAX_REASON_BYTES) + description.denial())
    description.recognize(form.values)
    if not is_rollback:
        description.require_free(request.associations)
    _report_lost_associations(run, request)
    return DeclaredForm(
        values=form.values,
        precedence=precedence(by_path(definitions).values()),
        cleared=form.cleared,
        associations=request.associations,
        submit=request.submit,
        on_locked=request.on_locked,
        delete_undeclared=not request.keep_undeclared,
        rolling_back=is_rollback,
    )


def _report_lost_associations(run: Run, request: FormRequest) -> None:
    former = run.event.old_properties.get("Associations")
    declared = {each for each in former if isinstance(each, str)} if isinstance(former, list) else set()
    lost = sorted(declared - set(request.associations))
    if lost:
        logger.warning(
            "%s stays associated with %s: the service cannot disassociate. Release the number or delete the resource instead",
            request.registration_id,
            ", ".join(lost),
        )


def _carry_out(
    run: Run,
    registration: DescribedRegistration,
    description: FormDescription,
    form: DeclaredForm,
    *,
    claim: Mapping[str, str],
) -> Outcome:
    """Claim the registration, then plan and execute until the plan holds."""
    for attempts_left in reversed(range(_MAX_PLANS)):
        described, planned = description.planned(form)
        if planned.refusal:
            raise Failure(f"{planned.refusal}{description.denial()}")
        for note in planned.notes:
            logger.warning("%s: %s", registration.identity, note)
        if claim:
            run.service.tag(registration.arn, {**run.owner.form_tags(), **claim})
            claim = {}
        if executor.execute(run, description, planned, is_last_attempt=not attempts_left):
            break
        description.forget()
    try:
        return _outcome(description, planned)
    except Failure as failure:
        if not planned.submits:
            raise
        # The form is submitted, and nothing may roll back a submission.
        logger.error("%s was submitted; its state could not be read after that: %s", registration.identity, failure)
        opened = any(isinstance(step, CreateVersion) for step in planned.steps)
        attributes = planned.attributes(
            registration_status="SUBMITTED",
            version_number=described.version_number + opened,
            version_status="SUBMITTED",
        )
        return Outcome(PHYSICAL_ID_PREFIX + registration.identity, {**attributes, "DeniedReasons": ""})


# --- Delete ---


def _release(run: Run, registration_id: str) -> None:
    described = registrations.describe(run, registration_id) if is_registration_id(registration_id) else None
    if described and Owner.of_form(described.tags) == run.owner:
        run.service.untag(described.arn, [key for key in owner_tags.FORM_KEYS if key in described.tags])


# --- the response ---


def _outcome(description: FormDescription, planned: Plan) -> Outcome:
    state = description.state()
    attributes = planned.attributes(
        registration_status=state.registration_status,
        version_number=state.version_number,
        version_status=state.version_status,
    )
    denial = description.denial()
    if denial:
        logger.warning("%s%s", state.registration_id, denial, extra=metrics.counted(metrics.DENIED_FORMS))
    if planned.pending_submission:
        logger.warning(
            "%s waits to be submitted", state.registration_id, extra=metrics.counted(metrics.PENDING_SUBMISSIONS)
        )
    return Outcome(PHYSICAL_ID_PREFIX + state.registration_id, {**attributes, "DeniedReasons": denial.strip()[:500]})


def _left_as_it_is(run: Run) -> Outcome:
    """The response of a rollback that could not restore the former form."""
    unknown = {"VersionNumber": "0", "VersionStatus": "UNKNOWN", "RegistrationStatus": "UNKNOWN", "DeniedReasons": ""}
    pending = {"PendingSubmission": "false", "PendingAssociations": "false", "PendingChanges": "true"}
    registration_id = run.event.physical_resource_id.removeprefix(PHYSICAL_ID_PREFIX)
    found: Mapping[str, Any] | None = None
    try:
        found = run.service.find(registration_id) if is_registration_id(registration_id) else None
        if found:
            return Outcome(
                run.event.physical_resource_id,
                {**_outcome(FormDescription(run.service, found), Plan()).attributes, **pending},
            )
    except Failure as failure:
        logger.error("%s", failure)
    return Outcome(run.event.physical_resource_id, {**unknown, **pending})
