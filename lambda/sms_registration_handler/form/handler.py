"""Custom::SmsRegistrationForm: the content of a registration: field values, associations, versions, submission.

Create and Update do the same: read what is declared and what is described, check all of it before the first write, plan, and
make exactly the planned calls. A run that ends early loses nothing: the next one plans from what is described then. Delete
writes no content: content lives and dies with its registration.
"""

import logging
from collections.abc import Mapping
from typing import Any

from sms_registration_handler.aws.identifiers import is_registration_id
from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.errors import Failure
from sms_registration_handler.form import executor, planner, references
from sms_registration_handler.form.described import FormDescription
from sms_registration_handler.form.properties import FormRequest
from sms_registration_handler.registration import registrations
from sms_registration_handler.registration.registrations import DescribedRegistration
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.invocation import Outcome, Run, forgiven_in_rollback
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_rules import messages
from sms_registration_rules.validation import by_path, check, precedence

logger = logging.getLogger(__name__)

PHYSICAL_ID_PREFIX = "form-of:"
"""The physical id is this and the RegistrationId, so that another registration is a replacement of the form."""

_REPLANNED = 4
"""So often a conflict leads to a new plan: a review may begin, or somebody else write, between two calls."""

_REASON_BYTES = 2800


def create(run: Run) -> Outcome:
    """Fill in the form, associate, submit, as far as declared."""
    if run.is_stale:
        raise Failure(
            "the request is older than its ServiceTimeout: CloudFormation has given it up, nothing was written"
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
    """Let go of the registration, so that another form may have it. Its content stays."""
    physical_id = run.event.physical_resource_id
    if physical_id.startswith(PHYSICAL_ID_PREFIX):
        _let_go(run, physical_id.removeprefix(PHYSICAL_ID_PREFIX))
    else:  # made up by CloudFormation for a Create that never answered
        _let_go(run, str(run.event.properties.get("RegistrationId", "")))
    return Outcome(run.event.fallback_physical_id)


def abandon(run: Run) -> None:
    """Leave what an interrupted delivery wrote: the next deployment plans from it."""


def _let_go(run: Run, registration_id: str) -> None:
    described = registrations.describe(run, registration_id) if is_registration_id(registration_id) else None
    if described and Owner.of_form(described.tags) == run.owner:
        run.service.untag(described.arn, [key for key in owner_tags.FORM_KEYS if key in described.tags])


# --- Create and Update ---


def _reconcile(run: Run, request: FormRequest) -> Outcome:
    rolling_back = run.is_rolling_back  # as of now: a rollback that begins later has overtaken this request
    registration = _registration(run, request.registration_id)
    if rolling_back and run.event.old_properties.get("RegistrationId") != request.registration_id:
        _let_go(run, str(run.event.old_properties.get("RegistrationId", "")))
    if registration is None:
        raise Failure(f"registration {request.registration_id} does not exist, so it has no form to fill in")
    _require_claimable(run, request, registration)
    description = FormDescription(run.service, registration.description)
    form = _checked(run, request, description)
    revision = _Revision(run, request, registration, description)
    claim = {**_claim(run, registration), **revision.tags}
    for attempt in range(_REPLANNED):
        before = description.state()
        planned = planner.make(form(revision.resubmit_after), description.described(request.associations))
        if planned.refusal:
            raise Failure(f"{planned.refusal}{description.denial()}")
        for note in planned.notes:
            logger.warning("%s: %s", request.registration_id, note)
        if claim:
            run.service.tag(registration.arn, {**run.owner.form_tags(), **claim})
            claim = {}
        if executor.execute(run, description, planned, last_attempt=attempt == _REPLANNED - 1):
            break
        description.forget()
    try:
        return _outcome(description, planned)
    except Failure as failure:
        if not any(isinstance(step, planner.Submit) for step in planned.steps):
            raise
        # The form is filed, and nothing may roll back a filing.
        logger.error("%s was submitted; its state could not be read after that: %s", request.registration_id, failure)
        number = before.version_number + any(isinstance(step, planner.CreateVersion) for step in planned.steps)
        attributes = planned.attributes(
            registration_status="SUBMITTED", version_number=number, version_status=planner.SUBMITTED
        )
        return Outcome(PHYSICAL_ID_PREFIX + request.registration_id, {**attributes, "DeniedReasons": ""})


def _registration(run: Run, registration_id: str) -> DescribedRegistration | None:
    """The registration; one that was made a moment ago may not be visible at once."""
    for _ in range(3 if run.event.request_type == "Create" else 1):
        described = registrations.describe(run, registration_id)
        if described:
            return described
        run.service.pause(VISIBLE_AFTER)
    return registrations.describe(run, registration_id)


def _checked(run: Run, request: FormRequest, description: FormDescription) -> Any:
    """Check the declared form; give what makes the plan's input of it.

    Raises:
        Failure: Listing everything that is wrong, before the first write.
    """
    definitions = description.definitions()
    kept = planner.kept_values(description.described(()), request.fields) if request.keep_undeclared else {}
    form = check(definitions, references.resolve(run.service, request.fields), kept=kept)
    for note in form.notes:
        logger.info("%s: %s", request.registration_id, note)
    if form.problems:
        logger.error("%s: %s", request.registration_id, messages.full_text(form.problems))
        raise Failure(messages.message(form.problems, _REASON_BYTES) + description.denial())
    description.recognise(form.values)
    rolling_back = run.is_rolling_back
    if not rolling_back:
        description.require_free(request.associations)
    _report_lost_associations(run, request)
    order = precedence(by_path(definitions).values())

    def declared(resubmit_after: int | None) -> planner.DeclaredForm:
        return planner.DeclaredForm(
            values=form.values,
            precedence=order,
            cleared=form.cleared,
            associations=request.associations,
            submit=request.submit,
            on_locked=request.on_locked,
            delete_undeclared=not request.keep_undeclared,
            resubmit_after=resubmit_after,
            rolling_back=rolling_back,
        )

    return declared


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


# --- whose form it is ---


def _require_claimable(run: Run, request: FormRequest, registration: DescribedRegistration) -> None:
    owner = Owner.of_form(registration.tags)
    if owner not in (None, run.owner) and not request.take_over:
        raise Failure(
            f"the form of {registration.identity} is managed by {owner}, and one registration has one form: remove it "
            "there first, or set take_over=True if this stack shall manage it from now on"
        )


def _claim(run: Run, registration: DescribedRegistration) -> dict[str, str]:
    return {} if Owner.of_form(registration.tags) == run.owner else run.owner.form_tags()


class _Revision:
    """What a `revision` asks for, told from the registration's tag `n:revision`.

    The tag says: for this revision, a version with a number greater than n is the one to be submitted. It is written before
    anything else, so that every later run knows what the first one began. A first Create notes its revision with n = 0; a
    rollback notes the former one so, because it must file nothing; and so does an Update of an approved form whose associations
    can be made now: its revision goes on with what was pending, and nobody wants an approved form reviewed again for that.

    Attributes:
        tags: The tag to write; empty when it is right already.
        resubmit_after: n, as long as no version after it was filed; else None.
    """

    def __init__(
        self, run: Run, request: FormRequest, registration: DescribedRegistration, description: FormDescription
    ) -> None:
        number, _, noted = registration.tags.get(owner_tags.FORM_REVISION, "0:").partition(":")
        after = int(number) if number.isdecimal() else 0
        self.tags: dict[str, str] = {}
        if request.revision and noted != request.revision:
            begins = run.event.request_type == "Create" or run.is_rolling_back
            goes_on = not begins and description.waits_for_associations_only(request.associations)
            after = 0 if begins or goes_on else description.last_filed_or_current()
            self.tags = {owner_tags.FORM_REVISION: f"{after}:{request.revision}"}
        wanted = bool(request.revision) and after > 0 and not description.was_filed_after(after)
        self.resubmit_after = after if wanted else None


# --- the answer ---


def _outcome(description: FormDescription, planned: planner.Plan) -> Outcome:
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
    """The answer of a rollback that could not restore the former form."""
    unknown = {"VersionNumber": "0", "VersionStatus": "UNKNOWN", "RegistrationStatus": "UNKNOWN", "DeniedReasons": ""}
    pending = {"PendingSubmission": "false", "PendingAssociations": "false", "PendingChanges": "true"}
    registration_id = run.event.physical_resource_id.removeprefix(PHYSICAL_ID_PREFIX)
    found: Mapping[str, Any] | None = None
    try:
        found = run.service.find(registration_id) if is_registration_id(registration_id) else None
        if found:
            return Outcome(
                run.event.physical_resource_id,
                {**_outcome(FormDescription(run.service, found), planner.Plan()).attributes, **pending},
            )
    except Failure as failure:
        logger.error("%s", failure)
    return Outcome(run.event.physical_resource_id, {**unknown, **pending})
