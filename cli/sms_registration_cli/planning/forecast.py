"""What a deployment does with one form. Pure.

It follows the planner of the provider function, which decides when the stack is deployed (docs/form.md has its table); a test
holds the two together. What is not known before (secrets) is taken to be what the registration holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sms_registration_rules import associations

DRAFT, SUBMITTED, DISCARDED = "DRAFT", "SUBMITTED", "DISCARDED"
REVIEWED = frozenset({"DENIED", "APPROVED", "REVOKED", "ARCHIVED"})
ENDED = frozenset({"CLOSED", "DELETED"})
_DENIED_VERSION = "the latest denied version"

Content = frozenset[str]
"""What makes two values the same: a text, choices in any order, a file's ID."""


@dataclass(frozen=True)
class Wanted:
    """What the template declares.

    Attributes:
        values: Known values by path, without empty ones.
        unknown: Paths with a value that is not known before the deployment.
        cleared: Paths that are declared to have no value.
        paths: The paths that the type's form has.
        associations: IDs or ARNs.
        submit: Whether the form is to be submitted.
        on_locked: "fail" or "keep".
        keep_undeclared: Whether values that are not declared are kept.
        resubmit_after: The version number after which a changed revision submits again; None without one.
    """

    values: Mapping[str, Content]
    unknown: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    associations: tuple[str, ...] = ()
    submit: bool = False
    on_locked: str = "fail"
    keep_undeclared: bool = False
    resubmit_after: int | None = None

    @property
    def wants_anything(self) -> bool:
        """Whether anything is declared that only a live registration can have."""
        declares = self.values or self.unknown or self.cleared or self.associations
        return bool(declares or self.submit or self.resubmit_after is not None)


@dataclass(frozen=True)
class Present:
    """What the account has. Without a registration: version 1, a blank draft of a registration that is CREATED.

    Attributes:
        registration_status: RegistrationStatus.
        version_number: The current version.
        version_status: Its status.
        values_of: Gives a version's values by path.
        approved_version: ApprovedVersionNumber.
        denied_version: LatestDeniedVersionNumber.
        associations: ListRegistrationAssociations.
        supported: SupportedAssociations of the type.
        incomplete_parents: Declared associations that are registrations which are not COMPLETE.
        final_reasons: Why the latest denied version was denied, as far as AWS does not accept such a form again.
    """

    registration_status: str = "CREATED"
    version_number: int = 1
    version_status: str = DRAFT
    values_of: Callable[[int], Mapping[str, Content]] = lambda _: {}
    approved_version: int | None = None
    denied_version: int | None = None
    associations: Sequence[Mapping[str, Any]] = ()
    supported: Sequence[Mapping[str, Any]] = ()
    incomplete_parents: frozenset[str] = frozenset()
    final_reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Forecast:
    """What would happen.

    Attributes:
        operations: The writing calls, in their order.
        refusal: Why the deployment would fail; None if it would not.
        notes: What would be left undone, and why.
    """

    operations: tuple[str, ...] = ()
    refusal: str | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def submits(self) -> bool:
        """Whether the form would be submitted."""
        return "SubmitRegistrationVersion" in self.operations

    @property
    def opens_version(self) -> bool:
        """Whether a new version would be made."""
        return "CreateRegistrationVersion" in self.operations


def forecast(wanted: Wanted, present: Present) -> Forecast:
    """Tell what a deployment would do with a form."""
    return _Forecaster(wanted, present).made()


class _Forecaster:
    def __init__(self, wanted: Wanted, present: Present) -> None:
        self._wanted, self._present = wanted, present
        self._notes: list[str] = []

    def made(self) -> Forecast:
        wanted, present = self._wanted, self._present
        if present.registration_status in ENDED:
            refusal = f"the registration is {present.registration_status}: it can no longer be changed or submitted"
            return Forecast(refusal=refusal if wanted.wants_anything else None)
        unsupported = [each for each in self._missing if self._behavior(each) is None]
        if unsupported:
            return Forecast(refusal="registrations of this type support no associations")
        status = present.version_status
        if status == DRAFT:
            return self._filled(self._difference)
        if status == DISCARDED:
            return self._filled(self._writes({}), "CreateRegistrationVersion")
        resubmits = self._revision_is_open and wanted.submit and not self._waiting
        if status == SUBMITTED and (self._difference or resubmits):
            return self._filled(self._writes({}), "DiscardRegistrationVersion", "CreateRegistrationVersion")
        if status in REVIEWED and (self._difference or self._revision_is_open):
            return self._filled(self._writes({}), "CreateRegistrationVersion")
        is_locked = status != SUBMITTED and status not in REVIEWED
        return self._left(
            f"version {present.version_number} is {status} and locked until its review ends" if is_locked else ""
        )

    def _filled(self, writes: Sequence[str], *begin: str) -> Forecast:
        refusal, submits = self._submission()
        if refusal:
            return Forecast(refusal=refusal)
        first, last = self._associable(associations.AFTER_COMPLETE), self._associable(associations.BEFORE_SUBMIT)
        made = ["CreateRegistrationAssociation"]
        operations = [*made * first, *begin, *writes, *made * last, *(["SubmitRegistrationVersion"] if submits else [])]
        return Forecast(tuple(operations), notes=tuple(self._notes))

    def _left(self, obstacle: str) -> Forecast:
        differs = bool(self._difference)
        if obstacle and differs and self._wanted.on_locked == "fail":
            return Forecast(refusal=obstacle)
        if obstacle and differs:
            self._notes.append(f"the change waits: {obstacle}")
        elif self._wanted.submit and self._revision_is_open:
            self._notes.append(
                f"not submitted again: version {self._present.version_number} is {self._present.version_status}"
            )
        count = self._associable(associations.AFTER_COMPLETE)
        return Forecast(("CreateRegistrationAssociation",) * count, notes=tuple(self._notes))

    def _submission(self) -> tuple[str | None, bool]:
        """Why the submission would be refused, and whether it is made."""
        wanted, present = self._wanted, self._present
        if not wanted.submit:
            return None, False
        if self._waiting:
            self._notes.append(
                "not submitted: what it is associated with must be COMPLETE first; then deploy with a new revision"
            )
            return None, False
        same = self._version_with_same_content()
        if same is not None and wanted.resubmit_after is None:
            self._notes.append(
                f"not submitted: the form is the same as version {same}; a new revision submits it anyway"
            )
            return None, False
        if present.final_reasons and present.denied_version is not None:
            reasons = ", ".join(present.final_reasons)
            if same == f"{_DENIED_VERSION} {present.denied_version}":
                return f"{same} was denied with {reasons}, and AWS does not accept this form again", False
            self._notes.append(
                f"AWS does not accept a form again that was denied with {reasons}: contact AWS Support first"
            )
        needed = associations.missing_for_submission(wanted.associations, present.associations, present.supported)
        if needed:
            return f"it must be associated with a {' or '.join(needed)} before it is submitted", False
        return None, True

    def _version_with_same_content(self) -> str | None:
        """The approved version, or else the latest denied one, if the declared form equals it."""
        for name, number in (
            ("the approved version", self._present.approved_version),
            (_DENIED_VERSION, self._present.denied_version),
        ):
            if number is not None and not self._writes(self._present.values_of(number)):
                return f"{name} {number}"
        return None

    # --- values ---

    @cached_property
    def _target(self) -> Mapping[str, Content]:
        known = {path: value for path, value in self._kept.items() if path in self._wanted.paths}
        return {**known, **self._wanted.values}

    @cached_property
    def _kept(self) -> Mapping[str, Content]:
        if not self._wanted.keep_undeclared:
            return {}
        present, number = self._present, self._present.version_number
        held = dict(present.values_of(number))
        if present.version_status == DRAFT or not held:
            earlier = (present.values_of(each) for each in range(number - 1, 0, -1))
            held = {**next(filter(None, earlier), {}), **held}
        declared = self._wanted.values.keys() | self._wanted.unknown | self._wanted.cleared
        return {path: value for path, value in held.items() if path not in declared}

    @cached_property
    def _difference(self) -> list[str]:
        return self._writes(self._present.values_of(self._present.version_number))

    def _writes(self, held: Mapping[str, Content]) -> list[str]:
        """The operations that turn the held values into the declared ones."""
        puts = [path for path, value in self._target.items() if held.get(path) != value]
        puts += [path for path in self._wanted.unknown if path not in held]
        deletes = [
            path
            for path in held
            if path not in self._target and path not in self._wanted.unknown and path in self._wanted.paths
        ]
        return ["PutRegistrationFieldValue"] * len(puts) + ["DeleteRegistrationFieldValue"] * len(deletes)

    # --- associations and revisions ---

    @property
    def _revision_is_open(self) -> bool:
        after = self._wanted.resubmit_after
        return after is not None and self._present.version_number <= after

    @property
    def _waiting(self) -> list[str]:
        return [each for each in self._wanted.associations if each in self._present.incomplete_parents]

    @property
    def _missing(self) -> list[str]:
        made = self._present.associations
        return [each for each in dict.fromkeys(self._wanted.associations) if not associations.is_associated(each, made)]

    def _behavior(self, resource: str) -> str | None:
        return associations.behavior_of(resource, self._present.supported)

    def _associable(self, behavior: str) -> int:
        if behavior == associations.AFTER_COMPLETE and self._present.registration_status != "COMPLETE":
            return 0
        return sum(
            self._behavior(each) == behavior and each not in self._present.incomplete_parents for each in self._missing
        )
