"""The alternatives to every unverified assumption about AWS: the switches of `ServiceBehavior` and their other values."""

import dataclasses
from datetime import timedelta
from typing import Any

from moto_sms_voice import ServiceBehavior

_OTHER_VALUES: dict[str, tuple[Any, ...]] = {
    "page_size": (1, 100),
    # Shorter than Lambda's retries need. Any less is no idempotency at all: within a run the handler relies on the token.
    "client_token_retention": (timedelta(minutes=1),),
    "client_tokens_remembered": (1,),
    "client_token_mismatch": ("original", "new"),
    "client_token_survives_deletion": (False,),
    "describes_until_visible": (1,),
    "reads_until_tags_visible": (),
    "submits_until_values_visible": (2,),
    "attempts_until_teardown": (3,),
    "describes_until_deleted_gone": (2, None),
    "describes_until_uploaded": (0, 3),
    "describes_until_number_active": (0,),
    "form_check": ("conflict", "denial", "none"),
    "disallowed_values_denied": (True,),
    "describes_until_denial": (0, 3),
    "denied_reasons_as": ("title",),
    "submit_reports_all_problems": (False,),
    "put_checks_values": (False,),
    "put_needs_uploaded_attachment": (False,),
    "required_values_deletable": (True,),
    "unset_value_deletable": (False,),
    "unset_values_listed": (True,),
    "missing_values_listed": ("never", "draft"),
    "unset_matches_negations": (False,),
    "registration_status_after_submit": ("CREATED",),
    "aws_review_starts_at_once": (False,),
    "repeated_submit": ("accepted",),
    "version_statuses_discardable": (frozenset({"SUBMITTED", "DRAFT"}), frozenset({"SUBMITTED", "REVIEWING"})),
    "registration_status_after_discard": ("CREATED", "REQUIRES_UPDATES"),
    "version_statuses_before_new": (
        frozenset({"DENIED", "DISCARDED"}),
        frozenset({"DENIED", "DISCARDED", "APPROVED", "REVOKED", "ARCHIVED"}),
    ),
    "registration_status_with_new_draft": ("CREATED", "REQUIRES_UPDATES"),
    "registration_status_after_revoke": ("CLOSED", "CREATED"),
    "registration_statuses_deletable": (
        frozenset({"CREATED", "CLOSED"}),
        frozenset({"CREATED", "REQUIRES_UPDATES", "COMPLETE", "CLOSED", "SUBMITTED", "REVIEWING"}),
    ),
    "release_closes_unapproved": (True,),
    "incomplete_parent": ("submit", "never"),
    "repeated_association": ("accepted",),
    "rcs_agent_resource_type": ("RCS",),
    "sender_id_resource_type": ("SENDER",),
    "additional_attributes": ({"key": "value"},),
    "attachment_check": ("upload", "none"),
    "missing_object": ("upload",),
    "attachment_held_by": ("current",),
}
"""`reads_until_tags_visible` has no alternative: a tag that cannot be read is a remaining risk (docs/unverified.md)."""

NOT_UNKNOWN = {
    "clock",
    "now",
    "requests_per_second",
    "burst",
    "registrations_per_account",
    "attachments_per_account",
    "phone_numbers_per_account",
    "rcs_agents_per_account",
    "versions_per_day",
    "attachments_per_day",
    "associations_per_registration",
    "phone_numbers_per_registration",
    "tags_per_resource",
    "attachment_size_limit",
    "unknown_bucket_refused",
    "statuses_with_event",
}
"""Clocks, rates and limits, which have their own tests."""

ALTERNATIVES: list[tuple[str, Any]] = [(name, value) for name, values in _OTHER_VALUES.items() for value in values]


def label(name: str, value: Any) -> str:
    """The label of an alternative, such as `page_size=1`."""
    text = "+".join(sorted(value)) if isinstance(value, frozenset) else str(value)
    return f"{name}={text}"


LABELS: dict[str, tuple[str, Any]] = {label(name, value): (name, value) for name, value in ALTERNATIVES}
assert len(LABELS) == len(ALTERNATIVES)

SWITCHES = {field.name for field in dataclasses.fields(ServiceBehavior)} - NOT_UNKNOWN
assert set(_OTHER_VALUES) == SWITCHES, set(_OTHER_VALUES) ^ SWITCHES
