"""Versions of a registration: field values, submission, discarding, new drafts."""

from __future__ import annotations

from typing import Any

from . import denied_reasons, forms
from .exceptions import ConflictException, ResourceNotFoundException, ValidationException
from .registrations import KIND, Registrations
from .state import Filter
from .store import DeniedReason, FieldValue, Registration, StatusHistory, Version

ATTACHMENT_KIND = "registration-attachment"

_LISTING = {"DRAFT": {"draft"}, "DENIED": {"draft", "denied"}}
"""The values of `missing_values_listed` for which a version of each status lists missing values."""


class Versions(Registrations):
    """Operations on the versions of registrations."""

    def create_registration_version(self, *, registration_id: str) -> dict[str, Any]:
        """Create a new, blank version."""
        registration = self.registration(registration_id)
        status = registration.current_version.registration_version_status
        if status not in self.behavior.version_statuses_before_new or registration.registration_status == "CLOSED":
            raise _conflict(
                registration,
                f"The current version is {status}; a new one is not allowed",
                "CREATE_REGISTRATION_VERSION_NOT_ALLOWED",
            )
        self.check_quota(
            self.made_today("version"), self.behavior.versions_per_day, "REGISTRATION_VERSIONS_CREATED_PER_DAY"
        )
        self.count_today("version")
        number = registration.current_version_number + 1
        version = Version(number, StatusHistory(draft_timestamp=self.now()))
        registration.versions.append(version)
        registration.registration_status = (
            self.behavior.registration_status_with_new_draft or registration.registration_status
        )
        return self._response(registration, version)

    def discard_registration_version(self, *, registration_id: str) -> dict[str, Any]:
        """Discard the current version."""
        registration = self.registration(registration_id)
        version = registration.current_version
        if version.registration_version_status not in self.behavior.version_statuses_discardable:
            raise _conflict(
                registration,
                f"The current version is {version.registration_version_status} and can't be discarded",
                "DISCARD_REGISTRATION_VERSION_NOT_ALLOWED",
            )
        was_submitted = version.registration_version_status != "DRAFT"
        version.move("DISCARDED", self.now())
        version.pending_denial = None
        if was_submitted:
            registration.registration_status = (
                self.behavior.registration_status_after_discard or registration.status_before_submit
            )
        return self._response(registration, version)

    def submit_registration_version(self, *, registration_id: str, aws_review: bool = False) -> dict[str, Any]:
        """Submit the current version for review."""
        registration = self.registration(registration_id)
        version = registration.current_version
        if registration.is_under_review:
            if self.behavior.repeated_submit == "refused":
                raise _conflict(registration, "The version is submitted already", "REGISTRATION_ALREADY_SUBMITTED")
            self.journal.mark_replayed()
            return {**self._response(registration, version), "AwsReview": version.aws_review}
        self._check_submittable(registration, version)
        denied = self._checked_form(registration, version)
        now = self.now()
        at_once = aws_review and self.behavior.aws_review_starts_at_once
        version.aws_review = aws_review
        version.move("SUBMITTED", now)
        registration.status_before_submit = registration.registration_status
        registration.registration_status = self.behavior.registration_status_after_submit
        if at_once:
            version.move("AWS_REVIEWING", now)
            registration.registration_status = "AWS_REVIEWING"
        if denied:
            version.deny_after(self.behavior.describes_until_denial, denied)
        return {**self._response(registration, version), "AwsReview": aws_review}

    def describe_registration_versions(
        self,
        *,
        registration_id: str,
        version_numbers: list[int] | None = None,
        filters: list[Filter] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> dict[str, Any]:
        """Describe some versions by number, or all, newest first."""
        registration = self.registration(registration_id)
        self.settle_denial(registration)
        chosen = (
            [self._version(registration, number) for number in dict.fromkeys(version_numbers)]
            if version_numbers
            else list(reversed(registration.versions))
        )
        matching = self.filtered(
            chosen, filters, {"registration-version-status": lambda one: one.registration_version_status}
        )
        page, token = self.page(matching, max_results, next_token)
        return {**self.head(registration), "RegistrationVersions": page, "NextToken": token}

    def put_registration_field_value(
        self,
        *,
        registration_id: str,
        field_path: str,
        select_choices: list[str] | None = None,
        text_value: str | None = None,
        registration_attachment_id: str | None = None,
    ) -> dict[str, Any]:
        """Set one field of the current draft."""
        registration = self.registration(registration_id)
        version = self._editable(registration)
        field = self.definitions[registration.registration_type].field(field_path)
        value = FieldValue(
            field_path,
            select_choices=select_choices,
            text_value=text_value,
            registration_attachment_id=registration_attachment_id,
        )
        self._check_value(field, value)
        value.registration_attachment_id = self._usable_attachment(registration_attachment_id)
        version.values[field_path] = value
        if self.behavior.submits_until_values_visible:
            version.unsettled_fields.append(field_path)
            version.unsettled_submits_left = self.behavior.submits_until_values_visible
        return {**vars(value), **self._response(registration, version)}

    def delete_registration_field_value(self, *, registration_id: str, field_path: str) -> dict[str, Any]:
        """Clear one field of the current draft."""
        registration = self.registration(registration_id)
        version = self._editable(registration)
        field = self.definitions[registration.registration_type].field(field_path)
        value = version.values.get(field_path, FieldValue(field_path))
        if (field["FieldRequirement"] == "REQUIRED" and not self.behavior.required_values_deletable) or (
            not value.is_set and not self.behavior.unset_value_deletable
        ):
            message = f"The value of {field_path} can't be deleted"
            raise ValidationException(message, "REGISTRATION_FIELD_CANNOT_BE_DELETED", [("fieldPath", message)])
        version.values.pop(field_path, None)
        return {**vars(value), **self._response(registration, version)}

    def describe_registration_field_values(
        self,
        *,
        registration_id: str,
        version_number: int | None = None,
        section_path: str | None = None,
        field_paths: list[str] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> dict[str, Any]:
        """Describe the values of one version. Omitted: the current one."""
        registration = self.registration(registration_id)
        version = (
            registration.current_version if version_number is None else self._version(registration, version_number)
        )
        definition = self.definitions[registration.registration_type]
        if section_path is not None:
            definition.check_section(section_path)
        for path in field_paths or ():
            definition.field(path)
        wanted = [
            field["FieldPath"]
            for field in definition.fields
            if (section_path is None or field["SectionPath"] == section_path)
            and (not field_paths or field["FieldPath"] in field_paths)
        ]
        found = {**self._missing_values(registration, version), **version.values}
        if not self.behavior.unset_values_listed:
            wanted = [path for path in wanted if path in found]
        values = [found.get(path, FieldValue(path)) for path in wanted]
        page, token = self.page(values, max_results, next_token)
        return {
            **self.head(registration),
            "VersionNumber": version.version_number,
            "RegistrationFieldValues": page,
            "NextToken": token,
        }

    def settle_denial(self, registration: Registration) -> None:
        """Count a read toward an automatic denial, and deny the version when it is due."""
        pending = registration.current_version.pending_denial
        if pending is None:
            return
        if pending.describes_left:
            pending.describes_left -= 1
            return
        given_as = self.behavior.denied_reasons_as
        reasons = {path: denied_reasons.denied_reason(code, given_as) for path, code in pending.fields.items()}
        values = registration.current_version.values
        notes = {path: reason.reason for path, reason in reasons.items() if path in values}
        self.deny(registration, list({one.reason: one for one in reasons.values()}.values()), notes)

    def deny(self, registration: Registration, reasons: list[DeniedReason], fields: dict[str, str]) -> None:
        """Deny the current version with these reasons, and with these reasons for single fields."""
        version = registration.current_version
        version.pending_denial = None
        version.move("DENIED", self.now())
        version.denied_reasons = reasons
        for path, reason in fields.items():
            version.values.setdefault(path, FieldValue(path)).denied_reason = reason
        registration.registration_status = "REQUIRES_UPDATES"
        registration.latest_denied_version_number = version.version_number

    # --- private helpers ---

    def _response(self, registration: Registration, version: Version) -> dict[str, Any]:
        return {
            **self.head(registration),
            "VersionNumber": version.version_number,
            "RegistrationVersionStatus": version.registration_version_status,
            "RegistrationVersionStatusHistory": version.registration_version_status_history,
        }

    def _version(self, registration: Registration, number: int) -> Version:
        for version in registration.versions:
            if version.version_number == number:
                return version
        message = f"The registration has no version {number}"
        raise ValidationException(message, "UNKNOWN_REGISTRATION_VERSION", [("versionNumber", message)])

    def _editable(self, registration: Registration) -> Version:
        version = registration.current_version
        if version.registration_version_status != "DRAFT" or registration.registration_status == "CLOSED":
            raise _conflict(
                registration,
                f"The current version is {version.registration_version_status}; only a draft can be edited",
                "EDIT_REGISTRATION_FIELD_VALUES_NOT_ALLOWED",
            )
        return version

    def _check_submittable(self, registration: Registration, version: Version) -> None:
        reason = "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED"
        if version.registration_version_status != "DRAFT" or registration.registration_status == "CLOSED":
            message = f"The current version is {version.registration_version_status}; only a draft can be submitted"
            raise _conflict(registration, message, reason)
        missing = self.missing_associations(registration)
        if missing:
            message = f"The registration must first be associated with: {', '.join(missing)}"
            raise _conflict(registration, message, reason)
        if self.behavior.incomplete_parent == "submit":
            parents = [self.store.registrations.get(one.resource_id) for one in registration.associations]
            waiting = [one.registration_id for one in parents if one and one.registration_status != "COMPLETE"]
            if waiting:
                message = f"Registrations that are not COMPLETE: {', '.join(waiting)}"
                raise _conflict(registration, message, "REGISTRATION_NOT_COMPLETE")

    def _checked_form(self, registration: Registration, version: Version) -> dict[str, str]:
        """Check the form, and return the codes of the fields for which the version will be denied.

        Raises:
            ValidationException: The form is wrong, and `form_check` is "submit".
            ConflictException: The form is wrong, and `form_check` is "conflict".
        """
        check = self.behavior.form_check
        wrong = self._wrong_fields(registration, version)
        denied = wrong
        if check != "denial":
            denied = {path: problem for path, problem in wrong.items() if problem.code == forms.DISALLOWED}
            if denied and not self.behavior.disallowed_values_denied:
                denied = {}
        refused = {path: problem.message for path, problem in wrong.items() if path not in denied}
        if refused and check in ("submit", "conflict"):
            listed = refused if self.behavior.submit_reports_all_problems else dict([next(iter(refused.items()))])
            text = f"The form is not valid: {'; '.join(f'{path}: {message}' for path, message in listed.items())}"
            if check == "conflict":
                raise _conflict(registration, text, "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED")
            raise ValidationException(text, "FIELD_VALIDATION_FAILED", listed.items())
        return {path: problem.code for path, problem in denied.items()}

    def _wrong_fields(self, registration: Registration, version: Version) -> dict[str, forms.Problem]:
        values = version.values
        if version.unsettled_submits_left:
            version.unsettled_submits_left -= 1
            values = {path: value for path, value in values.items() if path not in version.unsettled_fields}
        else:
            version.unsettled_fields.clear()
        return forms.problems(self.definitions[registration.registration_type], values, self.behavior)

    def _missing_values(self, registration: Registration, version: Version) -> dict[str, FieldValue]:
        """Return the required fields without a value that a draft or a denied version lists, with the reason."""
        status = version.registration_version_status
        if status not in _LISTING:
            return {}
        definition = self.definitions[registration.registration_type]
        wrong = forms.problems(definition, version.values, self.behavior)
        missing = {path: problem.code for path, problem in wrong.items() if problem.is_missing}
        if not missing or self.behavior.missing_values_listed not in _LISTING[status]:
            return {}
        given_as = self.behavior.denied_reasons_as
        return {
            path: FieldValue(path, denied_reason=denied_reasons.denied_reason(code, given_as).reason)
            for path, code in missing.items()
        }

    def _usable_attachment(self, id_or_arn: str | None) -> str | None:
        if id_or_arn is None:
            return None
        attachment = self.store.attachments.get(self.id_of(id_or_arn, ATTACHMENT_KIND))
        if attachment is None or attachment.attachment_status == "DELETED":
            raise ResourceNotFoundException(ATTACHMENT_KIND, id_or_arn)
        if self.behavior.put_needs_uploaded_attachment and attachment.attachment_status != "UPLOAD_COMPLETE":
            raise ConflictException(
                f"The attachment is {attachment.attachment_status}, not UPLOAD_COMPLETE",
                "RESOURCE_NOT_ACTIVE",
                ATTACHMENT_KIND,
                attachment.registration_attachment_id,
            )
        return attachment.registration_attachment_id

    def _check_value(self, field: dict[str, Any], value: FieldValue) -> None:
        given = {
            "selectChoices": value.select_choices,
            "textValue": value.text_value,
            "registrationAttachmentId": value.registration_attachment_id,
        }
        members = [name for name, content in given.items() if content is not None]
        wanted = {"SELECT": "selectChoices", "TEXT": "textValue", "ATTACHMENT": "registrationAttachmentId"}
        expected = wanted[field["FieldType"]]
        if len(members) > 1:
            message = f"Give only one of {', '.join(members)}"
            raise ValidationException(
                message, "PARAMETERS_CANNOT_BE_USED_TOGETHER", [(member, message) for member in members]
            )
        if not members:
            message = f"Give {expected}"
            raise ValidationException(message, "MISSING_PARAMETER", [(expected, message)])
        if members != [expected]:
            message = f"A {field['FieldType']} field takes {expected}, not {members[0]}"
            raise ValidationException(message, "INVALID_PARAMETER", [(members[0], message)])
        if self.behavior.put_checks_values and (problem := forms.value_problem(field, value, {})) is not None:
            raise ValidationException(problem, "INVALID_PARAMETER", [(expected, problem)])


def _conflict(registration: Registration, message: str, reason: str) -> ConflictException:
    return ConflictException(message, reason, KIND, registration.registration_id)
