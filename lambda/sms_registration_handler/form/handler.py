"""Custom::SmsRegistrationForm: the content of a registration: field values, associations, versions, submission.

Create and Update do the same: read what is declared and what the service describes, check all of it before the first write, plan,
and make exactly the planned calls. A run that ends early loses nothing: the next run plans from what the service describes then.
Delete writes no content: the content remains until the registration is deleted.
"""

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import replace

from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.cloudformation.response import shortened
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.form import claim, duplicates, executor, marks, references
from sms_registration_handler.form.claim import PHYSICAL_ID_PREFIX
from sms_registration_handler.form.denial import MAX_ATTRIBUTE_BYTES
from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.form.properties import FormRequest
from sms_registration_handler.form.revision import Revision
from sms_registration_handler.registration import registrations
from sms_registration_handler.registration.registrations import DescribedRegistration
from sms_registration_handler.resource import exactly_once, owner_tags
from sms_registration_handler.resource.invocation import Outcome, Run, tolerate_failure_in_rollback
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_rules import messages, tag_keys
from sms_registration_rules.identifiers import is_registration_id
from sms_registration_rules.planning.inputs import DeclaredForm
from sms_registration_rules.planning.plan import Plan
from sms_registration_rules.validation import by_path, check, precedence, with_unread
from sms_registration_rules.values import Secret, TypedValue

logger = logging.getLogger(__name__)

_MAX_PLANS = 4
"""A conflict leads to a new plan: a review may begin, or somebody else may write, between two calls."""

_MAX_REASON_BYTES = 2800
_VISIBILITY_RETRIES_ON_CREATE = 3


def create(run: Run) -> Outcome:
    """Fill in the form, associate, submit, as far as declared."""
    if run.is_stale:
        raise Failure(
            "the request is older than its ServiceTimeout: CloudFormation has abandoned it; nothing was written"
        )
    request = FormRequest.parse(run.event.properties)
    run.identify(PHYSICAL_ID_PREFIX + request.registration_id)
    try:
        return _reconcile(run, request)
    except Failure:
        # A Delete follows, unless CloudFormation canceled this request: then its Delete may have come before the last claim.
        with contextlib.suppress(Failure):
            abandon(run)
        raise


def update(run: Run) -> Outcome:
    """Write the difference between the declared and the described form. A rollback's failure is only logged."""
    return tolerate_failure_in_rollback(run, lambda: _update(run), lambda: _unrestored(run))


def delete(run: Run) -> Outcome:
    """Release the registration, so that another form may claim it. Its content stays."""
    physical_id = run.event.physical_resource_id
    registration_id = physical_id.removeprefix(PHYSICAL_ID_PREFIX)
    if not physical_id.startswith(PHYSICAL_ID_PREFIX):
        # CloudFormation invents an ID for a Create that never responded. A later Create may have claimed the same form.
        registration_id = str(run.event.properties.get("RegistrationId", ""))
        if run.stack.holds_another(PHYSICAL_ID_PREFIX + registration_id):
            return Outcome(run.event.fallback_physical_id)
    claim.release(run, registration_id, restore=None)
    return Outcome(run.event.fallback_physical_id)


def abandon(run: Run) -> None:
    """Release what an interrupted delivery claimed. What it wrote stays: the next deployment plans from it."""
    registration_id = str(run.event.properties.get("RegistrationId", ""))
    if not exactly_once.is_still_wanted(run, PHYSICAL_ID_PREFIX + registration_id):
        claim.release(run, registration_id, restore=True)


# --- Create and Update ---


def _update(run: Run) -> Outcome:
    request = FormRequest.parse(run.event.properties)
    claimed_id = PHYSICAL_ID_PREFIX + request.registration_id
    moves = run.event.physical_resource_id != claimed_id
    try:
        outcome = _reconcile(run, request)
        if moves:
            run.fence.before_response()
        return outcome
    except Failure as failure:
        continues = isinstance(failure, OutOfTime) and run.may_continue()
        if moves and not continues:
            # CloudFormation keeps the former ID, so that no later Delete would release this one.
            with contextlib.suppress(Failure):
                held = run.stack.held()
                # The resource has it if another delivery of this request succeeded.
                if held is not None and claimed_id not in held:
                    claim.release(run, request.registration_id, restore=True)
        raise


def _reconcile(run: Run, request: FormRequest) -> Outcome:
    is_rollback = run.is_rollback  # as of now: a rollback that begins later has overtaken this request
    registration = _registration(run, request.registration_id)
    if is_rollback and run.event.old_properties.get("RegistrationId") != request.registration_id:
        former_id = str(run.event.old_properties.get("RegistrationId", ""))
        claim.release(run, former_id, restore=True, fence=run.fence.before_write)
    if registration is None:
        raise Failure(f"registration {request.registration_id} does not exist, so it has no form to fill in")
    claim.require_claimable(run, request, registration)
    description = FormDescription(run.service, registration.description)
    form = _checked(run, request, description, is_rollback=is_rollback)
    revision = Revision.of(run, request, registration.tags, description, _begins(run, is_rollback=is_rollback))
    form = replace(form, resubmit_after=revision.resubmit_after)
    tags = {**claim.claim_tags(run, registration), **revision.tags}
    return _carry_out(run, registration, description, form, tags)


def _registration(run: Run, registration_id: str) -> DescribedRegistration | None:
    """The registration; one that was created a moment ago may not be visible yet."""
    for _ in range(_VISIBILITY_RETRIES_ON_CREATE if run.event.request_type == "Create" else 1):
        described = registrations.describe(run, registration_id)
        if described:
            return described
        run.service.pause(VISIBLE_AFTER_SECONDS)
    return registrations.describe(run, registration_id)


def _begins(run: Run, *, is_rollback: bool) -> bool:
    """Whether to record a revision without a submission: in a Create, and when a rollback restores the previous revision."""
    return run.event.request_type == "Create" or is_rollback


def _checked(run: Run, request: FormRequest, description: FormDescription, *, is_rollback: bool) -> DeclaredForm:
    """Check the whole declared form, before the first write.

    Raises:
        Failure: Listing every problem.
    """
    restored = _restored(run, request, description) if is_rollback and request.keep_undeclared else {}
    kept = {**description.kept_values(request.fields), **restored} if request.keep_undeclared else {}
    declared = references.resolve(run.service, request.fields)
    description.keep_secret({path: each.text for path, each in declared.values.items() if isinstance(each, Secret)})
    run.service.redact = description.redact
    form = check(
        description.definitions(), declared.values, kept=kept, unknown=declared.unread, complete=request.submit
    )
    for note in form.notes:
        logger.info("%s: %s", request.registration_id, note)
    problems = with_unread(form.problems, declared.unread, description.definitions())
    if problems:
        logger.error("%s: %s", request.registration_id, messages.full_text(problems))
        reason = messages.message(problems, _MAX_REASON_BYTES)
        # A reviewer's text may quote a secret, and one that could not be read cannot be removed from it.
        raise Failure(reason if declared.unread else _with_denial(reason, description))
    if form.missing:
        logger.warning("%s is an incomplete draft, without %s", request.registration_id, ", ".join(form.missing))
    description.recognize(form.values)
    if not is_rollback:
        claim.require_not_associated_elsewhere(run.service, description, request.associations)
    old = run.event.old_properties.get("Associations")
    return DeclaredForm(
        values=form.values,
        precedence=precedence(by_path(description.definitions()).values()),
        cleared=form.cleared,
        associations=request.associations,
        submit=request.submit,
        on_locked=request.on_locked,
        delete_undeclared=not request.keep_undeclared,
        restored=restored,
        rolling_back=is_rollback,
        previous_associations=tuple(each for each in old if isinstance(each, str)) if isinstance(old, list) else (),
        allow_closing=request.allow_closing,
        missing=form.missing,
    )


def _restored(run: Run, request: FormRequest, description: FormDescription) -> Mapping[str, TypedValue]:
    """What was held without being declared where the deployment that is rolled back declared something else."""
    declared = run.event.old_properties.get("Fields")
    overwritten = [path for path in declared if path not in request.fields] if isinstance(declared, dict) else []
    began = run.stack.deployment_began() if overwritten else None
    return {} if began is None else description.values_before(began, overwritten)


def _carry_out(
    run: Run,
    registration: DescribedRegistration,
    description: FormDescription,
    form: DeclaredForm,
    tags: dict[str, str],
) -> Outcome:
    """Claim the registration, then plan and execute until no conflict requires another plan."""
    marked = marks.Marks(run, registration)
    for attempts_left in reversed(range(_MAX_PLANS)):
        described, planned = description.planned(form)
        if planned.refusal:
            raise Failure(_with_denial(planned.refusal, description))
        for note in planned.notes:
            logger.warning("%s: %s", registration.identity, note)
        change = marked.change(description, form, planned)
        if (planned.submits or change.begins_to_wait) and not form.rolling_back:
            tags |= _digest(run, registration, description, form, planned)
        marked.write(change, tags)
        tags = {}
        if planned.creates_version and description.denial():
            logger.warning("%s: a new version follows this denial: %s", registration.identity, _denial(description))
        if executor.execute(run, description, planned, is_last_attempt=not attempts_left):
            break
        description.invalidate()
    try:
        return _outcome(description, form, planned)
    except Failure as failure:
        if not planned.submits:
            raise
        # The form is submitted, and nothing may roll back a submission.
        logger.error("%s was submitted, but its state could not be read afterwards: %s", registration.identity, failure)
        attributes = planned.attributes(
            registration_status="SUBMITTED",
            version_number=described.version_number + planned.creates_version,
            version_status="SUBMITTED",
        )
        return Outcome(
            PHYSICAL_ID_PREFIX + registration.identity, {**attributes, "DeniedReasons": "", "MissingFields": ""}
        )


def _digest(
    run: Run, registration: DescribedRegistration, description: FormDescription, form: DeclaredForm, planned: Plan
) -> dict[str, str]:
    """The tag that says what is about to be submitted. A first submission that another registration already made is refused."""
    # Of the declared values only: one that is kept without being declared could be guessed from a digest.
    form_digest = duplicates.digest(
        description.registration_type, form.values, form.associations, secret_paths=description.secret_paths
    )
    if description.is_first_submission():
        duplicates.refuse_duplicate(
            run.service, description, planned.target, form_digest, is_submitted_now=planned.submits
        )
    is_current = registration.tags.get(owner_tags.FORM_DIGEST) == form_digest
    return {} if is_current else {owner_tags.FORM_DIGEST: form_digest}


def _denial(description: FormDescription) -> str:
    """Why the latest denied version was denied; empty when no version was, or one after it was approved."""
    denial = description.denial()
    return denial.text(description.redact) if denial else ""


def _with_denial(message: str, description: FormDescription) -> str:
    denial = _denial(description)
    return f"{message}. {denial}" if denial else message


# --- the response ---


def _outcome(description: FormDescription, form: DeclaredForm, planned: Plan) -> Outcome:
    state = description.state()
    attributes = planned.attributes(
        registration_status=state.registration_status,
        version_number=state.version_number,
        version_status=state.version_status,
    )
    denial = description.denial()
    if denial and state.version_status == "DENIED":
        text = denial.text(description.redact)
        logger.warning("%s: %s", state.registration_id, text, extra=metrics.counted(metrics.DENIED_FORMS))
    if planned.pending_submission:
        logger.warning(
            "%s is not submitted yet", state.registration_id, extra=metrics.counted(metrics.PENDING_SUBMISSIONS)
        )
    return Outcome(
        PHYSICAL_ID_PREFIX + state.registration_id,
        {
            **attributes,
            "DeniedReasons": denial.attribute(description.redact) if denial else "",
            "MissingFields": shortened(", ".join(form.missing), MAX_ATTRIBUTE_BYTES),
        },
    )


def _unrestored(run: Run) -> Outcome:
    """Return the response of a rollback that could not restore the previous form. No watch continues what was rolled back."""
    attributes = {
        "VersionNumber": "0",
        "VersionStatus": "UNKNOWN",
        "RegistrationStatus": "UNKNOWN",
        "DeniedReasons": "",
        "MissingFields": "",
    }
    registration_id = run.event.physical_resource_id.removeprefix(PHYSICAL_ID_PREFIX)
    try:
        found = run.service.find(registration_id) if is_registration_id(registration_id) else None
        if found:
            tags = run.service.tags(found["RegistrationArn"])
            waiting = tag_keys.of_marks(tags)
            if waiting and Owner.of_form(tags) == run.owner:
                run.service.untag(found["RegistrationArn"], waiting, fence=run.fence.before_write)
            description = FormDescription(run.service, found)
            state, denial = description.state(), description.denial()
            attributes |= {
                "VersionNumber": str(state.version_number),
                "VersionStatus": state.version_status,
                "RegistrationStatus": state.registration_status,
                # The secrets may not have been read, so no text of the service is shown.
                "DeniedReasons": denial.codes() if denial else "",
            }
    except Failure as failure:
        logger.error("%s", failure)
    pending = {"PendingSubmission": "false", "PendingAssociations": "false", "PendingChanges": "true"}
    return Outcome(run.event.physical_resource_id, {**attributes, **pending})
