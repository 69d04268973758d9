"""The state of the service for one account in one Region: plain data that can be saved as JSON.

Attributes of the API have the API's names in snake case, so that moto can serialize them unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

#: Version statuses in which the form is with the reviewers.
UNDER_REVIEW = frozenset(
    {"SUBMITTED", "AWS_REVIEWING", "REVIEWING", "REQUIRES_AUTHENTICATION", "REQUIRES_OFFLINE_REVIEW"},
)


@dataclass
class FieldValue:
    """The value of one field in one version, and the reviewers' notes on it."""

    field_path: str
    select_choices: list[str] | None = None
    text_value: str | None = None
    registration_attachment_id: str | None = None
    denied_reason: str | None = None
    feedback: str | None = None

    @property
    def is_set(self) -> bool:
        """Whether there is a value, not only a reviewer's note."""
        return any(v is not None for v in (self.select_choices, self.text_value, self.registration_attachment_id))

    def choices(self) -> list[str]:
        """Return the value as conditions compare it: the choices, or the single text."""
        if self.select_choices is not None:
            return self.select_choices
        return [self.text_value] if self.text_value is not None else []


@dataclass
class StatusHistory:
    """When a version first reached each status."""

    draft_timestamp: datetime
    submitted_timestamp: datetime | None = None
    aws_reviewing_timestamp: datetime | None = None
    reviewing_timestamp: datetime | None = None
    requires_authentication_timestamp: datetime | None = None
    approved_timestamp: datetime | None = None
    discarded_timestamp: datetime | None = None
    denied_timestamp: datetime | None = None
    revoked_timestamp: datetime | None = None
    archived_timestamp: datetime | None = None


@dataclass
class DeniedReason:
    """Why a reviewer denied a version."""

    reason: str
    short_description: str
    long_description: str | None = None
    documentation_title: str | None = None
    documentation_link: str | None = None


@dataclass
class PendingDenial:
    """A denial that takes effect after some describe calls."""

    describes_left: int
    fields: dict[str, str]


@dataclass
class Version:
    """One version of a registration's form."""

    version_number: int
    registration_version_status_history: StatusHistory
    registration_version_status: str = "DRAFT"
    values: dict[str, FieldValue] = field(default_factory=dict)
    denied_reasons: list[DeniedReason] = field(default_factory=list)
    feedback: str | None = None
    aws_review: bool = False
    pending_denial: PendingDenial | None = None
    unsettled_fields: list[str] = field(default_factory=list)
    unsettled_submits_left: int = 0

    def deny_after(self, describes: int, fields: dict[str, str]) -> None:
        """Schedule a denial for the invalid fields."""
        self.pending_denial = PendingDenial(describes, fields)

    def move(self, status: str, now: datetime) -> None:
        """Change the status and record when it was first reached."""
        self.registration_version_status = status
        stamp = f"{status.lower()}_timestamp"
        history = self.registration_version_status_history
        if getattr(history, stamp, now) is None:
            setattr(history, stamp, now)


@dataclass
class Association:
    """A resource that belongs to a registration."""

    resource_arn: str
    resource_id: str
    resource_type: str
    iso_country_code: str | None = None
    phone_number: str | None = None


@dataclass
class Registration:
    """A registration with its versions and associations."""

    registration_arn: str
    registration_id: str
    registration_type: str
    created_timestamp: datetime
    versions: list[Version]
    registration_status: str = "CREATED"
    announced_status: str | None = None
    approved_version_number: int | None = None
    latest_denied_version_number: int | None = None
    additional_attributes: dict[str, str] | None = None
    associations: list[Association] = field(default_factory=list)
    status_before_submit: str = "CREATED"
    hidden_describes_left: int = 0
    deleted_describes_left: int | None = 0

    @property
    def current_version(self) -> Version:
        """The newest version, which receives the writes."""
        return self.versions[-1]

    @property
    def current_version_number(self) -> int:
        """The number of the current version."""
        return self.current_version.version_number

    @property
    def is_deleted(self) -> bool:
        """Whether the registration is deleted."""
        return self.registration_status == "DELETED"

    @property
    def is_under_review(self) -> bool:
        """Whether the current version is with the reviewers."""
        return self.current_version.registration_version_status in UNDER_REVIEW


@dataclass
class Attachment:
    """A file for a field of a form."""

    registration_attachment_arn: str
    registration_attachment_id: str
    created_timestamp: datetime
    attachment_status: str
    size: int
    sha256: str
    attachment_url: str | None = None
    attachment_upload_error_reason: str | None = None
    upload_fails: bool = False
    upload_describes_left: int = 0
    hidden_describes_left: int = 0
    teardown_attempts_left: int = 0


@dataclass
class PhoneNumber:
    """A phone number of the account."""

    phone_number_arn: str
    phone_number_id: str
    phone_number: str
    status: str
    iso_country_code: str
    message_type: str
    number_capabilities: list[str]
    number_type: str
    created_timestamp: datetime
    monthly_leasing_price: str = "2.00"
    two_way_enabled: bool = False
    two_way_channel_arn: str | None = None
    two_way_channel_role: str | None = None
    self_managed_opt_outs_enabled: bool = False
    opt_out_list_name: str = "Default"
    international_sending_enabled: bool = False
    deletion_protection_enabled: bool = False
    pool_id: str | None = None
    registration_id: str | None = None
    pending_describes_left: int = 0


@dataclass
class RcsAgent:
    """An RCS agent of the account."""

    rcs_agent_arn: str
    rcs_agent_id: str
    created_timestamp: datetime
    status: str = "CREATED"
    deletion_protection_enabled: bool = False
    opt_out_list_name: str = "Default"
    self_managed_opt_outs_enabled: bool = False
    two_way_enabled: bool = False
    two_way_channel_arn: str | None = None
    two_way_channel_role: str | None = None
    teardown_attempts_left: int = 0


@dataclass
class SenderId:
    """A sender ID of the account; the fake creates it on approval of its registration."""

    sender_id_arn: str
    sender_id: str
    iso_country_code: str
    registration_id: str | None
    message_types: list[str]
    monthly_leasing_price: str = "0.00"
    deletion_protection_enabled: bool = False
    registered: bool = True


@dataclass
class TagSet:
    """The tags of one resource, and the former ones that reads may still return."""

    current: dict[str, str] = field(default_factory=dict)
    stale: dict[str, str] = field(default_factory=dict)
    stale_reads_left: int = 0


@dataclass
class ClientToken:
    """A remembered idempotency token."""

    fingerprint: str
    resource_id: str
    created: datetime


@dataclass
class Store:
    """The whole state of one account in one Region."""

    registrations: dict[str, Registration] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    phone_numbers: dict[str, PhoneNumber] = field(default_factory=dict)
    rcs_agents: dict[str, RcsAgent] = field(default_factory=dict)
    sender_ids: dict[str, SenderId] = field(default_factory=dict)
    tags: dict[str, TagSet] = field(default_factory=dict)
    client_tokens: dict[str, ClientToken] = field(default_factory=dict)
    created_on: dict[str, int] = field(default_factory=dict)
    next_number: int = 0
    clock_ahead_seconds: float = 0.0
