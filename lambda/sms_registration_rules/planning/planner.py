"""Declared form + described registration -> exactly the calls that are needed. Pure; standard library only.

By the status of the current version ("differs": the declared values are not what that version holds):

    DRAFT                               the difference; submit if requested
    SUBMITTED                           differs: discard, new version, all values, submit if requested
    DENIED, APPROVED, REVOKED, ARCHIVED differs: new version, all values, submit if requested
    DISCARDED                           new version, all values, submit if requested
    any other                           differs: refused, or left as it is with PendingChanges

A new version is blank. A form that equals the approved or the latest denied version is never submitted, unless a changed
`revision` requests it. An association never creates a version: if it needs a draft and there is none, it remains pending.

A plan made after any number of its steps were carried out contains exactly the remaining steps; after the last one, none.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

from sms_registration_rules import associations
from sms_registration_rules.planning import refusals
from sms_registration_rules.planning.inputs import DISCARDED, DRAFT, SUBMITTED, DeclaredForm, DescribedForm, kept_values
from sms_registration_rules.planning.losses import closing_losses
from sms_registration_rules.planning.plan import (
    Associate,
    CreateVersion,
    DeleteValue,
    DiscardVersion,
    Plan,
    PutValue,
    Step,
    Submit,
    Write,
)
from sms_registration_rules.values import TypedValue, is_same

REVIEWED = frozenset({"DENIED", "APPROVED", "REVOKED", "ARCHIVED"})
"""Statuses of versions whose review has ended, after which a new version can be created."""

_DENIED_VERSION = "the latest denied version"

ENDED = frozenset({"CLOSED", "DELETED"})
"""Statuses of registrations that can never be changed again."""


def make(declared: DeclaredForm, described: DescribedForm) -> Plan:
    """Plan the calls that bring the registration to the declared form.

    Raises:
        ValuesNotRead: When the plan depends on values that `described` lacks.
    """
    return _Planner(declared, described).plan()


class _Planner:
    def __init__(self, declared: DeclaredForm, described: DescribedForm) -> None:
        self._declared = declared
        self._described = described
        kept = {} if declared.delete_undeclared else kept_values(described, declared.cleared)
        undeclared = {**kept, **declared.restored}
        known = {path: value for path, value in undeclared.items() if path in declared.precedence}
        self._target = {**known, **declared.values}
        self._notes: list[str] = []

    def plan(self) -> Plan:
        status, described = self._described.version_status, self._described
        if described.registration_status in ENDED:
            text = refusals.ended(described.registration_id, described.registration_status)
            if self._declared.wants_anything and not self._declared.rolling_back:
                return Plan(refusal=text)
            return self._leave(text if self._declared.wants_anything else None)
        unsupported = [] if self._declared.rolling_back else self._unsupported()
        if unsupported:
            return Plan(
                refusal=f"registrations of this type support no associations; remove {', '.join(unsupported)} from the "
                "associations"
            )
        lost = self._closing_losses()
        if lost:
            return Plan(refusal=refusals.closing(described.registration_id, self._holding_state(), lost))
        if status == DRAFT:
            return self._fill(self._difference)
        if status == DISCARDED:
            return self._fill(self._writes({}), CreateVersion())
        if status == SUBMITTED and (self._difference or self._is_to_be_resubmitted):
            return self._fill(self._writes({}), DiscardVersion(), CreateVersion())
        if status in REVIEWED and (self._difference or self._revision_is_open):
            return self._fill(self._writes({}), CreateVersion())
        return self._leave(self._locked_text() if self._difference else None)

    def _closing_losses(self) -> list[str]:
        """The associations that this template gives up although the registration, submitted or approved, cannot live without."""
        declared, described = self._declared, self._described
        is_at_stake = described.approved_version is not None or described.version_status not in (
            DRAFT,
            DISCARDED,
            *(REVIEWED - {"APPROVED"}),
        )
        may_lose = declared.rolling_back or declared.allow_closing or not is_at_stake
        return (
            []
            if may_lose
            else closing_losses(
                declared.previous_associations,
                declared.associations,
                described.associations,
                described.supported_associations,
            )
        )

    def _holding_state(self) -> str:
        approved = self._described.approved_version is not None
        return "APPROVED" if approved else self._described.version_status

    def _locked_text(self) -> str:
        described = self._described
        return refusals.locked(
            described.registration_id,
            described.version_number,
            described.version_status,
            [write.path for write in self._difference],
        )

    # --- the two kinds of plan ---

    def _fill(self, writes: Sequence[Write], *preparation: Step) -> Plan:
        """Bring a draft to the declared form, after the steps that create a blank one if it is needed."""
        submit, refusal = self._submission()
        if refusal and not self._declared.rolling_back:
            return Plan(refusal=refusal)
        if refusal:
            self._notes.append(f"not submitted: {refusal}")
        # An association cannot be undone and may prevent the deletion of a registration, so it follows everything that the
        # service may refuse. One that needs a COMPLETE registration comes first, while this registration certainly is COMPLETE.
        first = map(Associate, self._associable(associations.AFTER_COMPLETE))
        last = map(Associate, self._associable(associations.BEFORE_SUBMIT))
        steps: list[Step] = [*first, *preparation, *writes, *last]
        if submit:
            steps.append(Submit())
        pending = self._declared.submit and not submit
        return self._planned(
            steps,
            pending_submission=pending,
            waits_for=tuple(self._waiting_parents) if pending else (),
            is_draft=not submit,
        )

    def _leave(self, obstacle: str | None = None) -> Plan:
        """Leave the version as it is, because it is as declared or because of an obstacle."""
        if obstacle and self._declared.on_locked == "fail" and not self._declared.rolling_back:
            return Plan(refusal=obstacle)
        if obstacle:
            self._notes.append(obstacle)
        unsubmitted = self._declared.submit and obstacle is None and self._revision_is_open
        if unsubmitted:
            self._notes.append(
                f"not submitted: {self._described.registration_id} is {self._described.registration_status} and version "
                f"{self._described.version_number} is {self._described.version_status}"
            )
        return self._planned(
            [Associate(each) for each in self._associable(associations.AFTER_COMPLETE)],
            pending_submission=unsubmitted,
            pending_changes=obstacle is not None,
        )

    def _planned(
        self,
        steps: Sequence[Step],
        *,
        pending_submission: bool,
        pending_changes: bool = False,
        waits_for: tuple[str, ...] = (),
        is_draft: bool = False,
    ) -> Plan:
        planned = {step.resource_id for step in steps if isinstance(step, Associate)}
        pending = [
            each
            for each in self._missing_associations
            if each not in planned and self._behavior(each) != associations.ON_APPROVAL
        ]
        self._notes += [f"not associated with {each}: {self._why_pending(each)}" for each in pending]
        return Plan(
            steps=tuple(steps),
            pending_submission=pending_submission,
            pending_associations=bool(pending),
            pending_changes=pending_changes,
            waits_for=waits_for,
            waiting_associations=tuple(each for each in pending if self._only_waits(each, is_draft=is_draft)),
            notes=tuple(self._notes),
            target=self._target,
        )

    # --- values ---

    @cached_property
    def _difference(self) -> list[Write]:
        """The writes that turn the current version into the declared form; empty when they are the same."""
        return self._writes(self._described.values_of(self._described.version_number))

    def _writes(self, held: Mapping[str, TypedValue]) -> list[Write]:
        """Return the writes that turn the held values into the declared ones.

        Each field is written after the fields that it depends on, so that a value is put when it is allowed and deleted when it
        is no longer required: the service may check either at that moment. Among fields that depend on each other (a link or a
        file, not both), and wherever else the order is free, deletes come first: what excludes a value is deleted before that
        value is put. A value of a field that the form no longer has cannot be written and is ignored.
        """
        order = self._declared.precedence
        writes: list[Write] = [
            PutValue(path, value) for path, value in self._target.items() if not is_same(held.get(path), value)
        ]
        writes += [DeleteValue(path) for path in held if path not in self._target and path in order]

        def sort_key(write: Write) -> tuple[int, bool, int]:
            rank, position = order[write.path]
            return rank, isinstance(write, PutValue), position

        return sorted(writes, key=sort_key)

    # --- submission ---

    @property
    def _revision_is_open(self) -> bool:
        after = self._declared.resubmit_after
        return after is not None and self._described.version_number <= after

    @property
    def _is_to_be_resubmitted(self) -> bool:
        """Whether a new revision withdraws a submission; never one that cannot or must not be resubmitted now."""
        return self._revision_is_open and self._declared.submit and not self._waiting_parents

    @property
    def _waiting_parents(self) -> list[str]:
        return [each for each in self._declared.associations if each in self._described.incomplete_parents]

    def _submission(self) -> tuple[bool, str | None]:
        """Whether to submit the filled draft; if not because it would be refused, also why."""
        described = self._described
        if not self._declared.submit:
            return False, None
        if self._waiting_parents:
            parents = ", ".join(self._waiting_parents)
            self._notes.append(
                f"not submitted: {parents} must be COMPLETE first; then a RegistrationWatch submits it, or deploy with a new "
                "revision"
            )
            return False, None
        same = self._version_with_same_content()
        if same and self._declared.resubmit_after is None:
            self._notes.append(f"not submitted: the form is the same as {same}; a new revision submits it anyway")
            return False, None
        if described.final_reasons and described.denied_version is not None:
            if same == f"{_DENIED_VERSION} {described.denied_version}":
                return False, refusals.not_accepted_again(
                    described.registration_id, described.denied_version, described.final_reasons
                )
            self._notes.append(
                f"submitted because the form changed, although AWS does not accept a form again that was denied with "
                f"{', '.join(described.final_reasons)}"
            )
        missing = associations.missing_for_submission(
            self._declared.associations, self._described.associations, self._described.supported_associations
        )
        if missing:
            return False, (
                f"a registration of this type must be associated with a resource of type {' or '.join(missing)} before it is "
                "submitted: add one to the associations, or set submit=False until you have one"
            )
        return True, None

    def _version_with_same_content(self) -> str | None:
        for name, number in (
            ("the approved version", self._described.approved_version),
            (_DENIED_VERSION, self._described.denied_version),
        ):
            if number is not None and not self._writes(self._described.values_of(number)):
                return f"{name} {number}"
        return None

    # --- associations ---

    @property
    def _missing_associations(self) -> list[str]:
        existing = self._described.associations
        return [
            each
            for each in dict.fromkeys(self._declared.associations)
            if not associations.is_associated(each, existing)
        ]

    def _behavior(self, resource: str) -> str | None:
        return associations.behavior_of(resource, self._described.supported_associations)

    def _unsupported(self) -> list[str]:
        return [each for each in self._missing_associations if self._behavior(each) is None]

    def _associable(self, behavior: str) -> list[str]:
        if behavior == associations.AFTER_COMPLETE and self._described.registration_status != "COMPLETE":
            return []
        return [
            each
            for each in self._missing_associations
            if self._behavior(each) == behavior and each not in self._described.incomplete_parents
        ]

    def _only_waits(self, resource: str, *, is_draft: bool) -> bool:
        """Whether a pending association can be made as soon as registrations are COMPLETE, without another deployment."""
        if self._described.registration_status in ENDED:
            return False
        behavior = self._behavior(resource)
        return behavior == associations.AFTER_COMPLETE or (behavior == associations.BEFORE_SUBMIT and is_draft)

    def _why_pending(self, resource: str) -> str:
        behavior = self._behavior(resource)
        if resource in self._described.incomplete_parents:
            return "it must be COMPLETE first; then a RegistrationWatch associates it, or deploy again"
        if behavior == associations.AFTER_COMPLETE:
            return (
                f"this registration must be COMPLETE first and is {self._described.registration_status}; then a "
                "RegistrationWatch associates it, or deploy again"
            )
        if behavior == associations.BEFORE_SUBMIT:
            return (
                "that needs a draft; it is made with the next version, which a changed form or a new revision creates"
            )
        return f"this release does not support its AssociationBehavior {behavior}"
