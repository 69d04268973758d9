"""What a deployment would do, as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sms_registration_cli.account import FoundRegistration
from sms_registration_cli.planning import foresight
from sms_registration_cli.planning.adoption import Adoption
from sms_registration_cli.planning.assembly import Reference, Unknown
from sms_registration_rules.denials.model import Finding
from sms_registration_rules.messages import Problem
from sms_registration_rules.planning.inputs import DRAFT
from sms_registration_rules.planning.plan import Plan


@dataclass(frozen=True)
class RegistrationPlan:
    """What would happen to one registration.

    Attributes:
        path: Of the construct: the registration's, or the form's where the registration is declared elsewhere.
        registration_type: The type; empty if it is not known.
        found: What the account has of it; None if it would be created, or is not known.
        is_created: Whether it would be created.
        form_plan: What would happen to its form; None if it declares none.
        problems: What the definitions do not accept.
        findings: What reviewers may deny.
        submits: Whether the form asks for a submission.
        missing: What a draft still lacks.
        associations: What the form declares to be associated with.
        changed: The paths because of which a new version is opened; empty if there is another reason, or none is opened.
        adoption: How the construct comes to own an existing registration, or why it cannot.
    """

    path: str
    registration_type: str
    found: FoundRegistration | None
    is_created: bool
    form_plan: Plan | None = None
    problems: Sequence[Problem] = ()
    findings: Sequence[Finding] = ()
    submits: bool = False
    missing: Sequence[str] = ()
    associations: Sequence[Reference | str | Unknown] = ()
    changed: Sequence[str] = ()
    adoption: Adoption = field(default_factory=Adoption)

    @property
    def operations(self) -> list[str]:
        """The writing calls; none if the deployment would fail."""
        if self.fails:
            return []
        made = ["CreateRegistration"] if self.is_created else []
        return made + self.form_operations

    @property
    def form_operations(self) -> list[str]:
        """The writing calls that concern the form."""
        return foresight.operations(self.form_plan) if self.form_plan else []

    @property
    def fails(self) -> bool:
        """Whether the deployment would fail."""
        return bool(self.problems) or self.refusal is not None

    @property
    def refusal(self) -> str | None:
        """Why the deployment would fail, other than for what the definitions do not accept; None if it would not."""
        return self.adoption.refusal or (self.form_plan.refusal if self.form_plan else None)

    @property
    def leaves_draft(self) -> bool:
        """Whether its current version is a draft after the deployment."""
        made = self.form_plan
        if made is None or made.submits:
            return False
        version = self.found.version if self.found else None
        return made.creates_version or version is None or version.status == DRAFT

    @property
    def is_to_be_reviewed(self) -> bool:
        """Whether it is submitted: by the deployment, or by the watch when what it waits for is complete."""
        made = self.form_plan
        return made is not None and not self.fails and (made.submits or bool(made.waits_for))


@dataclass
class RegionPlan:
    """What would happen in one Region.

    Attributes:
        region: The Region.
        plans: One for each registration.
        new_attachments: How many files would be uploaded.
        new_numbers: How many phone numbers would be requested.
        present: How many registrations of each type the account has.
        limits: DescribeAccountLimits.
        undeclared: Registrations of the app's stacks that the app does not declare any more.
        retained: The IDs of those among them that stay, because the deployed template retains them.
        new_types: Of those whose construct has another type now: that type, by ID. A new registration replaces them.
        notes: What could not be told.
    """

    region: str
    plans: list[RegistrationPlan] = field(default_factory=list)
    new_attachments: int = 0
    new_numbers: int = 0
    present: Mapping[str, int] = field(default_factory=dict)
    limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    undeclared: list[FoundRegistration] = field(default_factory=list)
    retained: Collection[str] = ()
    new_types: Mapping[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def calls(self) -> Counter[str]:
        """How often each writing operation would be called, by the deployment alone."""
        count = Counter(operation for plan in self.plans for operation in plan.operations)
        if self.new_attachments:
            count["CreateRegistrationAttachment"] = self.new_attachments
        if self.new_numbers:
            count["RequestPhoneNumber"] = self.new_numbers
        return count
