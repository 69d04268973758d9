"""Forms that the function refuses to submit, because another registration was submitted with the same one. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping

from sms_registration_cli.account import FoundRegistration
from sms_registration_rules.values import RegistrationAttachmentId, TypedValue

LIVE = frozenset(
    {"SUBMITTED", "REVIEWING", "AWS_REVIEWING", "REQUIRES_AUTHENTICATION", "REQUIRES_OFFLINE_REVIEW", "APPROVED"}
)
"""Statuses of versions that were submitted and neither withdrawn nor denied."""


def digest(registration_type: str, values: Mapping[str, TypedValue], associations: Collection[str]) -> str | None:
    """What the function tags a registration with before it submits this form; None if a file makes it uncertain.

    Args:
        registration_type: The type.
        values: All values; none of them is known only when the stack is deployed.
        associations: IDs or ARNs.
    """
    if any(isinstance(value, RegistrationAttachmentId) for value in values.values()):
        return None  # the digest leaves files out, and the function then compares them
    known = {path: sorted(value.content) for path, value in values.items()}
    content = [registration_type, sorted(values), known, sorted(each.rpartition("/")[2] for each in associations)]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def refusal(other: FoundRegistration) -> str | None:
    """Why the form of this registration is not submitted again; None if it is not submitted at present.

    Args:
        other: With its versions.
    """
    version = next((each for each in reversed(other.versions) if each.status in LIVE), None)
    if version is None:
        return None
    return (
        f"the same form is {version.status} already as version {version.number} of {other.id}, and the function does not submit "
        "it twice. Was the construct renamed or moved? To keep that registration, give the construct its former ID again, or "
        f'declare existing_registration_id="{other.id}" with take_over=True'
    )
