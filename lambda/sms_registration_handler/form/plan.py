"""The calls that a form may need, as values: what a plan is made of, and what executes it goes by. Standard library only."""

from dataclasses import dataclass

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
    """What is to be done.

    Attributes:
        steps: The calls, in their order. None of them needs anything else than the registration's id.
        refusal: Why the request must fail, and nothing may be called; None when it need not.
        pending_submission: Whether a submission is asked for that these steps do not make.
        pending_associations: Whether declared associations are left that these steps do not make.
        pending_changes: Whether the declared form is not, and does not become, the registration's.
        notes: Why something stays pending; for the log.
    """

    steps: tuple[Step, ...] = ()
    refusal: str | None = None
    pending_submission: bool = False
    pending_associations: bool = False
    pending_changes: bool = False
    notes: tuple[str, ...] = ()

    @property
    def submits(self) -> bool:
        """Whether the version is submitted."""
        return any(isinstance(step, Submit) for step in self.steps)

    def attributes(self, *, registration_status: str, version_number: int, version_status: str) -> dict[str, str]:
        """The attributes of the form, given the state that is described after the last step."""
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
