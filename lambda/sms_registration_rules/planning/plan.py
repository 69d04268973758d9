"""The calls that a form may need, as values: the planner returns them and the executor makes them. Standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sms_registration_rules.values import TypedValue


@dataclass(frozen=True)
class DiscardVersion:
    """DiscardRegistrationVersion."""


@dataclass(frozen=True)
class CreateVersion:
    """CreateRegistrationVersion."""


@dataclass(frozen=True)
class PutValue:
    """PutRegistrationFieldValue."""

    path: str
    value: TypedValue


@dataclass(frozen=True)
class DeleteValue:
    """DeleteRegistrationFieldValue."""

    path: str


@dataclass(frozen=True)
class Associate:
    """CreateRegistrationAssociation."""

    resource_id: str


@dataclass(frozen=True)
class Submit:
    """SubmitRegistrationVersion."""


Write = PutValue | DeleteValue
Step = DiscardVersion | CreateVersion | Write | Associate | Submit


@dataclass(frozen=True)
class Plan:
    """What to do.

    Attributes:
        steps: The calls, in order. Apart from what a step holds, each needs only the registration's ID.
        refusal: Why the request must fail without any call; None when it need not fail.
        pending_submission: Whether a submission is requested that these steps do not make.
        pending_associations: Whether associations are declared that do not exist and that these steps do not make. One that the
            service makes on approval does not count.
        pending_changes: Whether the registration differs from the declared form, also after these steps.
        waits_for: The registrations that must be COMPLETE before the draft can be submitted as it is after these steps. Empty
            when no submission is pending, or when it waits for something else.
        waiting_associations: The pending associations that need no deployment, only that a registration becomes COMPLETE.
        notes: Why something remains pending; for the log.
        target: The values that the version holds after these steps.
    """

    steps: tuple[Step, ...] = ()
    refusal: str | None = None
    pending_submission: bool = False
    pending_associations: bool = False
    pending_changes: bool = False
    waits_for: tuple[str, ...] = ()
    waiting_associations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    target: Mapping[str, TypedValue] = field(default_factory=dict, repr=False, compare=False)

    @property
    def submits(self) -> bool:
        """Whether the version is submitted."""
        return any(isinstance(step, Submit) for step in self.steps)

    @property
    def creates_version(self) -> bool:
        """Whether a new version is created."""
        return any(isinstance(step, CreateVersion) for step in self.steps)

    def attributes(self, *, registration_status: str, version_number: int, version_status: str) -> dict[str, str]:
        """Return the attributes of the form, given the state that is described after the last step."""
        return {
            "VersionNumber": str(version_number),
            "VersionStatus": version_status,
            "RegistrationStatus": registration_status,
            "PendingSubmission": _boolean(self.pending_submission),
            "PendingAssociations": _boolean(self.pending_associations),
            "PendingChanges": _boolean(self.pending_changes),
        }


def _boolean(value: bool) -> str:
    return "true" if value else "false"
