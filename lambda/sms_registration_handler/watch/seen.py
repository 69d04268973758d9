"""One registration as the watch sees it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_rules import marks, told

UNDER_REVIEW = frozenset({"SUBMITTED", "AWS_REVIEWING", "REVIEWING"})
"""Statuses of versions whose review goes on without anybody's help."""


@dataclass(frozen=True)
class Found:
    """A registration of the stack.

    Attributes:
        description: A member of DescribeRegistrations' response.
        tags: Its tags.
    """

    description: Mapping[str, Any]
    tags: Mapping[str, str]

    @property
    def identity(self) -> str:
        """The RegistrationId."""
        return str(self.description["RegistrationId"])

    @property
    def arn(self) -> str:
        """The RegistrationArn."""
        return str(self.description["RegistrationArn"])

    @property
    def type(self) -> str:
        """The RegistrationType."""
        return str(self.description["RegistrationType"])

    @property
    def status(self) -> str:
        """The RegistrationStatus."""
        return str(self.description["RegistrationStatus"])

    @property
    def waiting(self) -> marks.Waiting:
        """What a deployment had to leave undone."""
        return marks.parse(self.tags)

    @property
    def told(self) -> dict[str, told.Entry]:
        """What people were told."""
        return told.parse(self.tags.get(owner_tags.TOLD, ""))

    @property
    def logical_id(self) -> str:
        """The logical ID that people look for: of the registration, or of its form where that is all that the stack has."""
        owner, of_form = Owner.of(self.tags), Owner.of_form(self.tags)
        ours = owner if owner and (of_form is None or owner.stack_id == of_form.stack_id) else of_form
        return ours.logical_resource_id if ours else ""

    def belongs_to(self, stack_id: str) -> bool:
        """Whether this stack's watch looks after it: the stack has its form, or the registration and no other has the form."""
        if self.tags.get(owner_tags.STATE) == owner_tags.PENDING:
            return False  # its creation is not complete
        owner, of_form = Owner.of(self.tags), Owner.of_form(self.tags)
        responsible = of_form or owner
        return responsible is not None and responsible.stack_id == stack_id

    def has_form_of(self, stack_id: str) -> bool:
        """Whether this stack manages its form."""
        of_form = Owner.of_form(self.tags)
        return of_form is not None and of_form.stack_id == stack_id


@dataclass(frozen=True)
class Seen:
    """A registration with its versions.

    Attributes:
        found: The registration.
        versions: Members of DescribeRegistrationVersions' response, the current one last.
    """

    found: Found
    versions: Sequence[Mapping[str, Any]]

    @property
    def version_number(self) -> int:
        """The number of the current version."""
        return int(self.versions[-1]["VersionNumber"])

    @property
    def version_status(self) -> str:
        """The status of the current version."""
        return str(self.versions[-1]["RegistrationVersionStatus"])

    def latest(self, *statuses: str) -> Mapping[str, Any] | None:
        """The latest version with one of these statuses, or None."""
        return next((each for each in reversed(self.versions) if each["RegistrationVersionStatus"] in statuses), None)

    def since(self, status: str, version: Mapping[str, Any] | None = None) -> float | None:
        """When a version reached a status, in seconds since the epoch; None when that is not known.

        Args:
            status: `Submitted`, `Approved`, `Denied` or `RequiresAuthentication`.
            version: The version; if omitted, the current one.
        """
        history = (version or self.versions[-1]).get("RegistrationVersionStatusHistory") or {}
        when = history.get(f"{status}Timestamp")
        return when.timestamp() if isinstance(when, datetime) else None
