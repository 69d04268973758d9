"""Switches for everything about the service that is undocumented or differs between accounts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Literal


def utc_now() -> datetime:
    """Return the current time in UTC, with its time zone."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True)
class ServiceBehavior:
    """How the fake behaves where the real service is unknown, slow, busy or limited.

    The defaults are the most likely behavior of the real service, without delays. For each assumption, `docs/unverified.md`
    gives the reason and a way to verify it. Change switches with `fake.configure(page_size=3)`.

    Attributes:
        page_size: Results per page without MaxResults. The default splits a long form into several pages.
        clock: Seconds for the throttle, from any starting point. Tests pass a virtual clock.
        now: The time for timestamps, daily quotas and the retention of client tokens, with a time zone.
        requests_per_second: Requests per second that each operation accepts (ListTagsForResource ten times as many). None means
            no throttling.
        burst: Requests that an operation accepts immediately after a pause.

        registrations_per_account: Registrations that are not deleted.
        attachments_per_account: Attachments that are not deleted.
        phone_numbers_per_account: Phone numbers that are not released.
        rcs_agents_per_account: RCS agents that are not deleted.
        versions_per_day: Versions that CreateRegistrationVersion creates in one UTC day, per account.
        attachments_per_day: Attachments that CreateRegistrationAttachment creates in one UTC day, per account.
        associations_per_registration: Resources of any kind on one registration.
        phone_numbers_per_registration: Phone numbers on one registration.
        tags_per_resource: Tags on one resource.

        client_token_retention: How long a ClientToken is remembered. Zero means not at all; None means forever.
        client_tokens_remembered: How many of the latest ClientTokens are remembered. None means all.
        client_token_mismatch: The same token with other parameters: "conflict" refuses, "original" returns the first resource,
            "new" creates another one.
        client_token_survives_deletion: Whether the token of a deleted resource returns that resource (True) or creates another.

        describes_until_visible: Reads that do not find a new registration or attachment yet.
        reads_until_tags_visible: ListTagsForResource responses that still show the former tags after a change (none, for a new
            resource).
        submits_until_values_visible: SubmitRegistrationVersion attempts that miss values put since the last attempt.
        attempts_until_teardown: Deletes of an attachment or an RCS agent that are refused after the registration that used it
            was deleted.
        describes_until_deleted_gone: DescribeRegistrations responses that still show a deleted registration with status DELETED
            when it is described by ID. None means forever.
        describes_until_uploaded: DescribeRegistrationAttachments responses that show UPLOAD_IN_PROGRESS. 0 means that the create
            call already returns the final status.
        describes_until_number_active: DescribePhoneNumbers responses that show PENDING before a number is ACTIVE that needs
            no registration, or whose registration is complete.

        form_check: Where an incomplete or invalid form fails: "submit" refuses the submission with a ValidationException,
            "conflict" refuses it with a ConflictException (SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED), "denial" accepts it and
            denies the version, "none" leaves it to the reviewer.
        disallowed_values_denied: Whether a value that another value disallows is accepted by the submission and then denied,
            whatever form_check says. False treats it as form_check says.
        describes_until_denial: Describes that show the submission before an automatic denial.
        denied_reasons_as: What an automatic denial, and a reviewer who gives a published code, write as the reason: the "code"
            or the "title" that AWS publishes for it.
        submit_reports_all_problems: Whether a refused submission names all invalid fields or only the first.
        put_checks_values: Whether PutRegistrationFieldValue checks length, pattern and choices.
        put_needs_uploaded_attachment: Whether an attachment must be UPLOAD_COMPLETE before a field can refer to it.
        required_values_deletable: Whether DeleteRegistrationFieldValue accepts a REQUIRED field.
        unset_value_deletable: Whether DeleteRegistrationFieldValue accepts a field that has no value.
        unset_values_listed: Whether DescribeRegistrationFieldValues also lists fields without a value.
        missing_values_listed: Which versions list required fields without a value, with a DeniedReason such as
            MISSING_REQUIRED_FIELD: "denied" versions only, "draft" (those and drafts), or "never".
        unset_matches_negations: Whether NOT_EQUALS and NOT_IN are true for a field without a value.

        registration_status_after_submit: The registration status after a submission. "CREATED" was seen on AWS for up to a day.
        aws_review_starts_at_once: Whether AwsReview=true leads to AWS_REVIEWING immediately (True) or to SUBMITTED first.
        repeated_submit: Submitting a version that is submitted or in review: "refused" (REGISTRATION_ALREADY_SUBMITTED) or
            "accepted" (without effect).
        version_statuses_discardable: Version statuses from which DiscardRegistrationVersion works.
        registration_status_after_discard: The registration status then. None means the one before the submission.
        version_statuses_before_new: Statuses of the current version from which CreateRegistrationVersion works.
        registration_status_with_new_draft: The registration status then. None means that it does not change.
        registration_status_after_revoke: The registration status after a revocation.
        registration_statuses_deletable: Registration statuses from which DeleteRegistration works.
        release_closes_unapproved: Whether releasing the last number of a registration that was never approved closes it.

        statuses_with_event: Registration statuses that send an event to EventBridge.

        incomplete_parent: When an association with a registration that is not COMPLETE is refused: at "associate", at "submit",
            or "never".
        repeated_association: Associating the same resource again: "refused" (RESOURCE_ALREADY_ASSOCIATED) or "accepted".
        rcs_agent_resource_type: SupportedAssociation.ResourceType of an RCS agent.
        sender_id_resource_type: SupportedAssociation.ResourceType of a sender ID.
        additional_attributes: AdditionalAttributes of each new registration.

        attachment_check: What happens to a file that is not PDF, JPEG or PNG: "create" refuses it, "upload" fails its upload,
            "none" accepts it.
        attachment_size_limit: The largest file, in bytes.
        missing_object: An s3:// URL without an object: "create" refuses it, "upload" fails the upload.
        unknown_bucket_refused: Whether a bucket that moto's S3 does not have counts as a missing object. False accepts the URL
            unchecked, for an S3 outside of moto.
        attachment_held_by: Which versions keep the attachments that they refer to from being deleted: the "current" version of
            each registration, or "any" version.
    """

    page_size: int = 10
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = utc_now
    requests_per_second: float | None = None
    burst: int = 1

    registrations_per_account: int = 25
    attachments_per_account: int = 25
    phone_numbers_per_account: int = 25
    rcs_agents_per_account: int = 25
    versions_per_day: int = 100
    attachments_per_day: int = 100
    associations_per_registration: int = 100
    phone_numbers_per_registration: int = 49
    tags_per_resource: int = 200

    client_token_retention: timedelta | None = timedelta(days=1)
    client_tokens_remembered: int | None = None
    client_token_mismatch: Literal["conflict", "original", "new"] = "conflict"  # noqa: S105
    client_token_survives_deletion: bool = True

    describes_until_visible: int = 0
    reads_until_tags_visible: int = 0
    submits_until_values_visible: int = 0
    attempts_until_teardown: int = 0
    describes_until_deleted_gone: int | None = 0
    describes_until_uploaded: int = 1
    describes_until_number_active: int = 1

    form_check: Literal["submit", "conflict", "denial", "none"] = "submit"
    disallowed_values_denied: bool = False
    describes_until_denial: int = 1
    denied_reasons_as: Literal["code", "title"] = "code"
    submit_reports_all_problems: bool = True
    put_checks_values: bool = True
    put_needs_uploaded_attachment: bool = True
    required_values_deletable: bool = False
    unset_value_deletable: bool = True
    unset_values_listed: bool = False
    missing_values_listed: Literal["never", "denied", "draft"] = "denied"
    unset_matches_negations: bool = True

    registration_status_after_submit: Literal["SUBMITTED", "CREATED"] = "SUBMITTED"
    aws_review_starts_at_once: bool = True
    repeated_submit: Literal["refused", "accepted"] = "refused"
    version_statuses_discardable: frozenset[str] = frozenset({"SUBMITTED"})
    registration_status_after_discard: str | None = None
    version_statuses_before_new: frozenset[str] = frozenset({"DENIED", "DISCARDED", "APPROVED", "REVOKED"})
    registration_status_with_new_draft: str | None = None
    registration_status_after_revoke: str = "REQUIRES_UPDATES"
    registration_statuses_deletable: frozenset[str] = frozenset({"CREATED", "REQUIRES_UPDATES", "COMPLETE", "CLOSED"})
    release_closes_unapproved: bool = False

    statuses_with_event: frozenset[str] = frozenset(
        {
            "CLOSED",
            "COMPLETE",
            "CREATED",
            "DELETED",
            "PROVISIONING",
            "REQUIRES_AUTHENTICATION",
            "REQUIRES_UPDATES",
            "REVIEWING",
            "SUBMITTED",
        }
    )

    incomplete_parent: Literal["associate", "submit", "never"] = "associate"
    repeated_association: Literal["refused", "accepted"] = "refused"
    rcs_agent_resource_type: str = "RCS_AGENT"
    sender_id_resource_type: str = "SENDER_ID"
    additional_attributes: Mapping[str, str] = field(default_factory=dict)

    attachment_check: Literal["create", "upload", "none"] = "create"
    attachment_size_limit: int = 5 * 1024 * 1024
    missing_object: Literal["create", "upload"] = "create"
    unknown_bucket_refused: bool = False
    attachment_held_by: Literal["current", "any"] = "any"
