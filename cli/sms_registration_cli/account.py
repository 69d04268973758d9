"""What an account holds: registrations with their versions, tags, denials. Read-only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sms_registration_cli import output
from sms_registration_rules import marks

if TYPE_CHECKING:
    from sms_registration_cli.paced import Service

TAG_PREFIX = "cdk-sms-registration:"
STACK, LOGICAL_ID, STATE = TAG_PREFIX + "stack", TAG_PREFIX + "logical-id", TAG_PREFIX + "state"
FORM_STACK, FORM_LOGICAL_ID = TAG_PREFIX + "form-stack", TAG_PREFIX + "form-logical-id"
CONTENT = TAG_PREFIX + "content"
"""On an attachment: SHA-256 of its bytes."""
PENDING_STATE = "pending"
"""Value of STATE: a creation that has not come to its end."""

LEFTOVER_STATE = "leftover"
"""Value of STATE on an attachment that only an older version refers to."""

IDS_PER_CALL = 5

_TIMESTAMPS = {
    "DRAFT": "DraftTimestamp",
    "SUBMITTED": "SubmittedTimestamp",
    "AWS_REVIEWING": "AwsReviewingTimestamp",
    "REVIEWING": "ReviewingTimestamp",
    "REQUIRES_AUTHENTICATION": "RequiresAuthenticationTimestamp",
    "APPROVED": "ApprovedTimestamp",
    "DISCARDED": "DiscardedTimestamp",
    "DENIED": "DeniedTimestamp",
    "REVOKED": "RevokedTimestamp",
    "ARCHIVED": "ArchivedTimestamp",
}


@dataclass(frozen=True)
class Version:
    """One version of a registration's form.

    Attributes:
        description: A member of DescribeRegistrationVersions' response.
    """

    description: Mapping[str, Any]

    @property
    def number(self) -> int:
        """VersionNumber."""
        return int(self.description["VersionNumber"])

    @property
    def status(self) -> str:
        """RegistrationVersionStatus."""
        return str(self.description["RegistrationVersionStatus"])

    @property
    def since(self) -> datetime | None:
        """When it got this status: the status's own timestamp, else the latest one of all."""
        history = self.description.get("RegistrationVersionStatusHistory") or {}
        own = history.get(_TIMESTAMPS.get(self.status, ""))
        times = [time for time in history.values() if isinstance(time, datetime)]
        return own if isinstance(own, datetime) else max(times, default=None)

    @property
    def denied_reasons(self) -> Sequence[Mapping[str, Any]]:
        """DeniedReasons."""
        return self.description.get("DeniedReasons") or []


@dataclass(frozen=True)
class FoundRegistration:
    """A registration as the account has it.

    Attributes:
        description: A member of DescribeRegistrations' response.
        tags: Its tags.
        versions: Its versions, the current one last; empty if they were not read.
        denied_fields: Members of DescribeRegistrationFieldValues with a reason or feedback, of a denied current version.
        associations: Members of ListRegistrationAssociations, if they were read.
    """

    description: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    versions: Sequence[Version] = ()
    denied_fields: Sequence[Mapping[str, Any]] = ()
    associations: Sequence[Mapping[str, Any]] = ()

    @property
    def id(self) -> str:
        """RegistrationId."""
        return str(self.description["RegistrationId"])

    @property
    def type(self) -> str:
        """RegistrationType."""
        return str(self.description["RegistrationType"])

    @property
    def status(self) -> str:
        """RegistrationStatus."""
        return str(self.description["RegistrationStatus"])

    @property
    def name(self) -> str:
        """The console's friendly name, a tag; empty if it has none."""
        return self.tags.get("Name", "")

    @property
    def version(self) -> Version | None:
        """The current version, if versions were read."""
        return self.versions[-1] if self.versions else None

    @property
    def stack_name(self) -> str:
        """Name of the stack that owns it, or else of the one that owns its form; empty if no stack does."""
        return stack_name(self.tags.get(STACK) or self.tags.get(FORM_STACK) or "")

    @property
    def logical_id(self) -> str:
        """The owner's logical ID; empty if no stack owns it."""
        return self.tags.get(LOGICAL_ID) or self.tags.get(FORM_LOGICAL_ID) or ""


@dataclass(frozen=True)
class LeftoverAttachment:
    """An attachment that a stack has replaced or removed, and that still counts toward the quota.

    Attributes:
        id: RegistrationAttachmentId.
        stack_name: The stack that uploaded it.
    """

    id: str
    stack_name: str


def leftover_attachments(service: Service, *, quiet: bool = False) -> list[LeftoverAttachment]:
    """The attachments that a deployment has marked as leftovers.

    One attachment takes a second, because only its tags tell and the service has a quota of one request a second.
    """
    described = [
        each
        for each in service.pages("DescribeRegistrationAttachments", "RegistrationAttachments")
        if each.get("AttachmentStatus") != "DELETED"
    ]
    found = []
    for each in output.tracked(described, "Reading tags of attachments", hidden=quiet):
        tags = service.tags(str(each["RegistrationAttachmentArn"]))
        if tags.get(STATE) == LEFTOVER_STATE:
            found.append(LeftoverAttachment(str(each["RegistrationAttachmentId"]), stack_name(tags.get(STACK, ""))))
    return found


def stack_name(stack_id: str) -> str:
    """The name in a stack's ARN."""
    return stack_id.split("/")[1] if stack_id.startswith("arn:") and "/" in stack_id else stack_id


def find(service: Service, ids: Sequence[str] = (), *, quiet: bool = False) -> list[FoundRegistration]:
    """The account's registrations with their tags, without those that are deleted.

    Args:
        service: The service.
        ids: IDs or ARNs. If empty: all.
        quiet: Whether to show no progress bar.

    Raises:
        CommandError: One of the IDs does not exist, or the service refuses.
    """
    described = list(_describe(service, ids)) if ids else list(service.pages("DescribeRegistrations", "Registrations"))
    alive = [each for each in described if each.get("RegistrationStatus") != "DELETED"]
    return [
        FoundRegistration(each, service.tags(str(each["RegistrationArn"])))
        for each in output.tracked(alive, "Reading tags", hidden=quiet)
    ]


def with_versions(
    service: Service, registrations: Sequence[FoundRegistration], *, quiet: bool = False
) -> list[FoundRegistration]:
    """The same registrations with their versions, and with the reasons of a denied current version.

    One registration takes a second, because the service has a quota of one request a second.
    """
    return [_with_versions(service, each) for each in output.tracked(registrations, "Reading versions", hidden=quiet)]


def with_associations(service: Service, registration: FoundRegistration) -> FoundRegistration:
    """The same registration with its associations, if its tags say that some wait: a part of them may be made already."""
    if not marks.parse(registration.tags).resources:
        return registration
    pages = service.pages("ListRegistrationAssociations", "RegistrationAssociations", RegistrationId=registration.id)
    return replace(registration, associations=list(pages))


def field_values(service: Service, registration_id: str, version_number: int) -> list[dict[str, Any]]:
    """DescribeRegistrationFieldValues, all pages."""
    return list(
        service.pages(
            "DescribeRegistrationFieldValues",
            "RegistrationFieldValues",
            RegistrationId=registration_id,
            VersionNumber=version_number,
        )
    )


def versions(service: Service, registration_id: str) -> list[Version]:
    """DescribeRegistrationVersions, the current one last."""
    pages = service.pages("DescribeRegistrationVersions", "RegistrationVersions", RegistrationId=registration_id)
    return sorted((Version(each) for each in pages), key=lambda each: each.number)


def value_of(member: Mapping[str, Any]) -> str | list[str] | None:
    """The value in a member of DescribeRegistrationFieldValues' response; None if it holds only a reviewer's note."""
    if member.get("SelectChoices"):
        return [str(choice) for choice in member["SelectChoices"]]
    text = member.get("TextValue") or member.get("RegistrationAttachmentId")
    return str(text) if text else None


def limits(service: Service) -> dict[str, tuple[int, int]]:
    """DescribeAccountLimits: used and allowed, by name."""
    return {
        str(each["Name"]): (int(each.get("Used", 0)), int(each.get("Max", 0)))
        for each in service.pages("DescribeAccountLimits", "AccountLimits")
    }


def _describe(service: Service, ids: Sequence[str]) -> Iterable[dict[str, Any]]:
    plain = list(dict.fromkeys(each.rpartition("/")[2] for each in ids))
    for start in range(0, len(plain), IDS_PER_CALL):
        yield from service.call("DescribeRegistrations", RegistrationIds=plain[start : start + IDS_PER_CALL])[
            "Registrations"
        ]


def _with_versions(service: Service, registration: FoundRegistration) -> FoundRegistration:
    read = versions(service, registration.id)
    denied: list[dict[str, Any]] = []
    if read and read[-1].status == "DENIED":
        denied = [
            each
            for each in field_values(service, registration.id, read[-1].number)
            if each.get("DeniedReason") or each.get("Feedback")
        ]
    return replace(registration, versions=read, denied_fields=denied)
