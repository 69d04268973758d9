"""The reviewers of registrations, controlled by a test or from the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from .denied_reasons import denied_reason
from .store import UNDER_REVIEW, DeniedReason, Registration

if TYPE_CHECKING:
    from .models import SmsVoiceBackend


class ReviewError(ValueError):
    """A review step does not fit the current state: a mistake in the test, not an error of the service."""


class Review:
    """Changes registrations as reviewers and registrars do.

    Each method takes the ID or ARN of a registration and raises ReviewError if the step does not fit its state.
    """

    #: Names of the steps, for the command line and HTTP.
    ACTIONS = (
        "start",
        "aws_review",
        "require_authentication",
        "offline_review",
        "approve",
        "provisioning",
        "deny",
        "revoke",
        "close",
        "set_status",
    )

    def __init__(self, backend: SmsVoiceBackend) -> None:
        self._backend = backend

    def start(self, registration_id: str) -> None:
        """The registrar starts the review: REVIEWING."""
        self._move(registration_id, "REVIEWING", "REVIEWING")

    def aws_review(self, registration_id: str) -> None:
        """AWS reviews the submission first: AWS_REVIEWING."""
        self._move(registration_id, "AWS_REVIEWING", "AWS_REVIEWING")

    def require_authentication(self, registration_id: str) -> None:
        """A person must reply to an e-mail: REQUIRES_AUTHENTICATION."""
        self._move(registration_id, "REQUIRES_AUTHENTICATION", "REQUIRES_AUTHENTICATION")

    def offline_review(self, registration_id: str) -> None:
        """The version needs a support case: REQUIRES_OFFLINE_REVIEW, while the registration shows REVIEWING."""
        self._move(registration_id, "REQUIRES_OFFLINE_REVIEW", "REVIEWING")

    def provisioning(self, registration_id: str) -> None:
        """Approved, and the origination identity is being created: PROVISIONING. `approve` completes it."""
        with self._backend.lock:
            registration = self._under_review(registration_id)
            self._approve_version(registration)
            registration.registration_status = "PROVISIONING"
        self._backend.changed()

    def approve(self, registration_id: str) -> None:
        """Approved and complete: APPROVED and COMPLETE. An approved sender ID exists from now on."""
        with self._backend.lock:
            registration = self._backend.registration(registration_id)
            if registration.registration_status != "PROVISIONING":
                self._under_review(registration_id)
                self._approve_version(registration)
            registration.registration_status = "COMPLETE"
            self._backend.provision(registration)
        self._backend.changed()

    def deny(
        self,
        registration_id: str,
        reasons: Iterable[str | Mapping[str, str]] = ("INVALID_FIELD_VALUE",),
        fields: Mapping[str, str] | None = None,
        feedback: str | None = None,
    ) -> None:
        """Denied: DENIED and REQUIRES_UPDATES.

        Args:
            registration_id: ID or ARN.
            reasons: Codes or titles that AWS publishes (`moto_sms_voice.denied_reasons`), any other texts, or members of
                DeniedReasons with the API's names (Reason, ShortDescription, ...). Omitted: INVALID_FIELD_VALUE.
            fields: The reason for each denied field, by path. Omitted: no field is named. A path that the type does not have is
                refused.
            feedback: The version's feedback. Omitted: none.
        """
        with self._backend.lock:
            registration = self._under_review(registration_id)
            self._require_fields(registration, fields or {})
            given_as = self._backend.behavior.denied_reasons_as
            described = [
                denied_reason(one, given_as) if isinstance(one, str) else _as_described(one) for one in reasons
            ]
            self._backend.deny(registration, described, dict(fields or {}))
            registration.current_version.feedback = feedback
        self._backend.changed()

    def revoke(self, registration_id: str) -> None:
        """The registrar withdraws the approval: REVOKED. A review of a newer version continues."""
        with self._backend.lock:
            registration = self._backend.registration(registration_id)
            number = registration.approved_version_number
            if number is None:
                raise ReviewError(f"{registration.registration_id} has no approved version to revoke")
            registration.versions[number - 1].move("REVOKED", self._backend.now())
            registration.approved_version_number = None
            status = self._backend.behavior.registration_status_after_revoke
            if registration.is_under_review:
                registration.status_before_submit = status
            else:
                registration.registration_status = status
        self._backend.changed()

    def close(self, registration_id: str) -> None:
        """The registration loses its identities: CLOSED."""
        with self._backend.lock:
            self._backend.registration(registration_id).registration_status = "CLOSED"
        self._backend.changed()

    def set_status(
        self, registration_id: str, registration_status: str | None = None, version_status: str | None = None
    ) -> None:
        """Set any status, including an unknown one, without any check.

        Args:
            registration_id: ID or ARN.
            registration_status: The status of the registration. Omitted: unchanged.
            version_status: The status of the current version. Omitted: unchanged.
        """
        with self._backend.lock:
            registration = self._backend.registration(registration_id)
            registration.registration_status = registration_status or registration.registration_status
            if version_status is not None:
                registration.current_version.move(version_status, self._backend.now())
        self._backend.changed()

    # --- private helpers ---

    def _move(self, registration_id: str, version_status: str, registration_status: str) -> None:
        with self._backend.lock:
            registration = self._under_review(registration_id)
            registration.current_version.move(version_status, self._backend.now())
            registration.registration_status = registration_status
        self._backend.changed()

    def _under_review(self, registration_id: str) -> Registration:
        registration = self._backend.registration(registration_id)
        status = registration.current_version.registration_version_status
        if status not in UNDER_REVIEW:
            raise ReviewError(
                f"The current version of {registration.registration_id} is {status}; a review needs one of "
                f"{', '.join(sorted(UNDER_REVIEW))}. Submit it first."
            )
        return registration

    def _require_fields(self, registration: Registration, paths: Iterable[str]) -> None:
        known = [field["FieldPath"] for field in self._backend.definitions[registration.registration_type].fields]
        unknown = [path for path in paths if path not in known]
        if unknown:
            close = [near for path in unknown for near in get_close_matches(path, known, n=1)]
            raise ReviewError(
                f"{registration.registration_type} has no field {', '.join(unknown)}. "
                + (f"Closest: {', '.join(close)}." if close else f"It has: {', '.join(known)}.")
            )

    def _approve_version(self, registration: Registration) -> None:
        now = self._backend.now()
        for version in registration.versions:
            if version.registration_version_status == "APPROVED":
                version.move("ARCHIVED", now)
        version = registration.current_version
        version.pending_denial = None
        version.move("APPROVED", now)
        registration.approved_version_number = version.version_number


def _as_described(reason: Mapping[str, Any]) -> DeniedReason:
    return DeniedReason(
        reason["Reason"],
        reason.get("ShortDescription", reason["Reason"]),
        reason.get("LongDescription"),
        reason.get("DocumentationTitle"),
        reason.get("DocumentationLink"),
    )
