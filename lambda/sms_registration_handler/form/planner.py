"""Declared form + described registration -> exactly the calls that are needed. Pure; standard library only.

By the status of the current version ("differs": the declared values are not what that version holds):

    DRAFT                               the difference; submit if asked
    SUBMITTED                           differs: discard, new version, everything, submit if asked
    DENIED, APPROVED, REVOKED, ARCHIVED differs: new version, everything, submit if asked
    DISCARDED                           new version, everything, submit if asked
    any other                           differs: refused, or kept with PendingChanges

A new version is blank, and nothing is ever submitted that equals the approved or the latest denied version, unless a changed
`revision` asks for it. An association never opens a version: where it needs a draft and there is none, it stays pending.

Planning again from what is described after any number of the steps gives the rest of them, and after the last one, none.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from sms_registration_handler.form.plan import (
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
from sms_registration_rules import associations
from sms_registration_rules.values import TypedValue, is_same

DRAFT, SUBMITTED, DISCARDED = "DRAFT", "SUBMITTED", "DISCARDED"
REVIEWED = frozenset({"DENIED", "APPROVED", "REVOKED", "ARCHIVED"})
"""Statuses of versions whose review has ended, after which a new version can be made."""

ENDED = frozenset({"CLOSED", "DELETED"})
"""Statuses of registrations that can never be changed again."""

_NAMED = 10
"""So many fields are named in a message."""

_WHAT_TO_DO = {
    "REQUIRES_AUTHENTICATION": "The brand's contact must follow the link in the authentication e-mail. ",
    "REQUIRES_OFFLINE_REVIEW": "AWS Support must be asked to go on with it. ",
}


@dataclass(frozen=True)
class DeclaredForm:
    """What the template says, checked.

    Attributes:
        values: `CheckedForm.values` of a form without problems.
        precedence: `definitions.precedence` of the live definitions: the paths that the form has.
        cleared: `CheckedForm.cleared`.
        associations: Ids or ARNs.
        submit: Whether to file the form.
        on_locked: What a change becomes that meets a review: "fail" refuses it, "keep" leaves it pending.
        delete_undeclared: Whether values that are not declared are deleted. If not, they are kept, into new versions too.
        resubmit_after: The number that a changed `revision` was noted with: a version with a greater number is to be made and
            submitted, whatever it holds. A draft's number must be greater already. None: nothing is to be submitted again.
        rolling_back: Whether this restores a former form. Then nothing is refused; what is not possible is left.
    """

    values: Mapping[str, TypedValue]
    precedence: Mapping[str, tuple[int, int]]
    cleared: frozenset[str] = frozenset()
    associations: tuple[str, ...] = ()
    submit: bool = False
    on_locked: Literal["fail", "keep"] = "fail"
    delete_undeclared: bool = True
    resubmit_after: int | None = None
    rolling_back: bool = False


@dataclass(frozen=True)
class DescribedForm:
    """What the service says.

    Attributes:
        registration_id: For messages.
        registration_status: RegistrationStatus.
        version_number: CurrentVersionNumber.
        version_status: RegistrationVersionStatus of the current version.
        values: The values of versions by number, as far as they were read; a plan may need more, see `ValuesNotRead`.
        approved_version: ApprovedVersionNumber, if any.
        denied_version: LatestDeniedVersionNumber, if any.
        associations: What ListRegistrationAssociations answers.
        supported_associations: The type's SupportedAssociations.
        incomplete_parents: Those declared associations that are registrations which are not COMPLETE.
    """

    registration_id: str
    registration_status: str
    version_number: int
    version_status: str
    values: Mapping[int, Mapping[str, TypedValue]]
    approved_version: int | None = None
    denied_version: int | None = None
    associations: Sequence[Mapping[str, Any]] = ()
    supported_associations: Sequence[Mapping[str, Any]] = ()
    incomplete_parents: frozenset[str] = frozenset()

    def values_of(self, version_number: int) -> Mapping[str, TypedValue]:
        """The values of a version.

        Raises:
            ValuesNotRead: When they were not read yet.
        """
        if version_number not in self.values:
            raise ValuesNotRead(version_number)
        return self.values[version_number]

    def with_values(self, version_number: int, values: Mapping[str, TypedValue]) -> "DescribedForm":
        """The same, with the values of one more version."""
        return replace(self, values={**self.values, version_number: values})


class ValuesNotRead(Exception):
    """The values of a version must be read first: a plan depends on few versions, and each costs a request.

    Attributes:
        version_number: Of the version.
    """

    def __init__(self, version_number: int) -> None:
        super().__init__(f"the values of version {version_number} were not read")
        self.version_number = version_number


def make(declared: DeclaredForm, described: DescribedForm) -> Plan:
    """Plan the calls that make the declared form the registration's.

    Raises:
        ValuesNotRead: When the plan depends on values that `described` lacks.
    """
    return _Planner(declared, described).plan()


def kept_values(described: DescribedForm, declared_paths: Collection[str]) -> dict[str, TypedValue]:
    """The values that stay although they are not declared, when `delete_undeclared` is false.

    A new version begins blank, so a draft that was begun and not finished lacks them: what it does not hold itself is kept from
    the latest version before that holds anything (a discarded one may no longer).
    """
    number = described.version_number
    held = dict(described.values_of(number))
    if described.version_status == DRAFT or (described.version_status == DISCARDED and not held):
        earlier = (described.values_of(each) for each in range(number - 1, 0, -1))
        held = {**next(filter(None, earlier), {}), **held}
    return {path: value for path, value in held.items() if path not in declared_paths}


class _Planner:
    def __init__(self, declared: DeclaredForm, described: DescribedForm) -> None:
        self._declared = declared
        self._described = described
        kept = {} if declared.delete_undeclared else kept_values(described, {*declared.values, *declared.cleared})
        known = {path: value for path, value in kept.items() if path in declared.precedence}
        self._target = {**known, **declared.values}
        self._notes: list[str] = []

    def plan(self) -> Plan:
        unsupported = [] if self._declared.rolling_back else self._unsupported()
        if unsupported:
            return Plan(
                refusal=f"registrations of this type are not associated with anything; remove {', '.join(unsupported)} from "
                "the associations"
            )
        status = self._described.version_status
        if self._described.registration_status in ENDED:
            return self._leave(self._ended_text() if self._difference else None)
        if status == DRAFT:
            return self._fill(self._difference)
        if status == DISCARDED:
            return self._fill(self._writes({}), CreateVersion())
        if status == SUBMITTED and (self._difference or self._is_to_be_filed_again):
            return self._fill(self._writes({}), DiscardVersion(), CreateVersion())
        if status in REVIEWED and (self._difference or self._revision_is_open):
            return self._fill(self._writes({}), CreateVersion())
        is_locked = status not in (SUBMITTED, *REVIEWED)
        return self._leave(self._locked_text() if is_locked and self._difference else None)

    # --- the two kinds of plan ---

    def _fill(self, writes: Sequence[Write], *begin: Step) -> Plan:
        """Bring a draft to the declared form, after the steps that make it a blank one."""
        submit, refusal = self._submission()
        if refusal and not self._declared.rolling_back:
            return Plan(refusal=refusal)
        if refusal:
            self._notes.append(f"not submitted: {refusal}")
        # An association cannot be undone, and may keep a registration from being deleted: it comes after everything that the
        # service may refuse. Those for complete registrations come first, as long as this one certainly is complete.
        first = map(Associate, self._associable(associations.AFTER_COMPLETE))
        last = map(Associate, self._associable(associations.BEFORE_SUBMIT))
        steps: list[Step] = [*first, *begin, *writes, *last]
        if submit:
            steps.append(Submit())
        return self._planned(steps, pending_submission=self._declared.submit and not submit)

    def _leave(self, obstacle: str | None = None) -> Plan:
        """Leave the version as it is, because it is as declared or because of an obstacle."""
        if obstacle and self._declared.on_locked == "fail" and not self._declared.rolling_back:
            return Plan(refusal=obstacle)
        if obstacle:
            self._notes.append(obstacle)
        is_unfiled_draft = self._described.version_status == DRAFT
        unfiled = self._declared.submit and obstacle is None and (is_unfiled_draft or self._revision_is_open)
        if unfiled:
            self._notes.append(
                f"not submitted: {self._described.registration_id} is {self._described.registration_status} and version "
                f"{self._described.version_number} is {self._described.version_status}"
            )
        return self._planned(
            [Associate(each) for each in self._associable(associations.AFTER_COMPLETE)],
            pending_submission=unfiled,
            pending_changes=obstacle is not None,
        )

    def _planned(self, steps: Sequence[Step], *, pending_submission: bool, pending_changes: bool = False) -> Plan:
        made = {step.resource_id for step in steps if isinstance(step, Associate)}
        pending = [
            each
            for each in self._missing_associations
            if each not in made and self._behavior(each) != associations.ON_APPROVAL
        ]
        self._notes += [f"not associated with {each}: {self._why_pending(each)}" for each in pending]
        return Plan(
            steps=tuple(steps),
            pending_submission=pending_submission,
            pending_associations=bool(pending),
            pending_changes=pending_changes,
            notes=tuple(self._notes),
        )

    # --- values ---

    @cached_property
    def _difference(self) -> list[Write]:
        """What turns the current version into the declared form; empty when they are the same."""
        return self._writes(self._described.values_of(self._described.version_number))

    def _writes(self, held: Mapping[str, TypedValue]) -> list[Write]:
        """What turns the held values into the declared ones.

        Each field is written after the fields that it depends on, so that a value is put when it is allowed, and deleted when it
        is no longer required: the service may check either at that moment. Among fields that depend on each other (a link or a
        file, not both), and wherever else the order is free, deletes come first: what excludes a value is gone when it is put.
        A value of a field that the form no longer has cannot be written, and counts for nothing.
        """
        order = self._declared.precedence
        writes: list[Write] = [
            PutValue(path, value) for path, value in self._target.items() if not is_same(held.get(path), value)
        ]
        writes += [DeleteValue(path) for path in held if path not in self._target and path in order]
        last = (len(order) + 1, len(order))

        def moment(write: Write) -> tuple[int, bool, int, str]:
            rank, position = order.get(write.path, last)
            return rank, isinstance(write, PutValue), position, write.path

        return sorted(writes, key=moment)

    # --- submission ---

    @property
    def _revision_is_open(self) -> bool:
        after = self._declared.resubmit_after
        return after is not None and self._described.version_number <= after

    @property
    def _is_to_be_filed_again(self) -> bool:
        """Whether a new revision withdraws a filing; never one that cannot be filed again now, or is not to be."""
        return self._revision_is_open and self._declared.submit and not self._waiting_parents

    @property
    def _waiting_parents(self) -> list[str]:
        return [each for each in self._declared.associations if each in self._described.incomplete_parents]

    def _submission(self) -> tuple[bool, str | None]:
        """Whether the filled draft is to be submitted; and if it were refused, why."""
        if not self._declared.submit:
            return False, None
        if self._waiting_parents:
            waiting = ", ".join(self._waiting_parents)
            self._notes.append(f"not submitted: {waiting} must be COMPLETE first; then deploy with a new revision")
            return False, None
        former = self._former_with_same_content()
        if former and self._declared.resubmit_after is None:
            self._notes.append(
                f"not submitted: the form is the same as {former}; a new revision submits it all the same"
            )
            return False, None
        missing = associations.missing_for_submission(
            self._declared.associations, self._described.associations, self._described.supported_associations
        )
        if missing:
            return False, (
                f"a registration of this type must be associated with a resource of the type {' or '.join(missing)} before it is "
                "submitted: add one to the associations, or do not ask for the submission yet"
            )
        return True, None

    def _former_with_same_content(self) -> str:
        for name, number in (
            ("the approved version", self._described.approved_version),
            ("the latest denied version", self._described.denied_version),
        ):
            if number is not None and not self._writes(self._described.values_of(number)):
                return f"{name} {number}"
        return ""

    # --- associations ---

    @property
    def _missing_associations(self) -> list[str]:
        made = self._described.associations
        return [
            each for each in dict.fromkeys(self._declared.associations) if not associations.is_associated(each, made)
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

    def _why_pending(self, resource: str) -> str:
        behavior = self._behavior(resource)
        if resource in self._described.incomplete_parents:
            return "it must be COMPLETE first; then deploy again"
        if behavior == associations.AFTER_COMPLETE:
            return f"this registration must be COMPLETE first, it is {self._described.registration_status}; then deploy again"
        if behavior == associations.BEFORE_SUBMIT:
            return "that needs a draft; it is made with the next version, which a changed form or a new revision opens"
        return f"its behavior {behavior} is not known to this release"

    # --- words ---

    def _locked_text(self) -> str:
        described = self._described
        return (
            f"version {described.version_number} of {described.registration_id} is {described.version_status} and cannot be "
            f"changed until its review ends. {_WHAT_TO_DO.get(described.version_status, '')}The declared form differs in "
            f"{self._differing()}. To see the state: aws pinpoint-sms-voice-v2 describe-registration-versions --registration-id "
            f'{described.registration_id}. Then deploy again; on_locked="keep" lets a deployment succeed meanwhile'
        )

    def _ended_text(self) -> str:
        described = self._described
        return (
            f"{described.registration_id} is {described.registration_status} and cannot be changed any more; the declared form "
            f"differs in {self._differing()}. A new registration is needed: give the construct another id"
        )

    def _differing(self) -> str:
        paths = [write.path for write in self._difference]
        return ", ".join(paths[:_NAMED]) + (f" and {len(paths) - _NAMED} more fields" if len(paths) > _NAMED else "")
