"""Registration attachments: the files of a form."""

from __future__ import annotations

import hashlib
from typing import Any

from . import s3
from .exceptions import ConflictException, ResourceNotFoundException, ValidationException
from .state import Filter, ServiceState, Tag
from .store import Attachment

KIND = "registration-attachment"
#: First bytes of the files that the service accepts.
SIGNATURES = (b"%PDF", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
EXTENSIONS = (".pdf", ".jpeg", ".jpg", ".png")


class Attachments(ServiceState):
    """Operations on attachments."""

    def attachment(self, id_or_arn: str) -> Attachment:
        """Return an attachment that is not deleted.

        Raises:
            ResourceNotFoundException: It does not exist, or it is deleted.
        """
        attachment = self.store.attachments.get(self.id_of(id_or_arn, KIND))
        if attachment is None or attachment.attachment_status == "DELETED":
            raise ResourceNotFoundException(KIND, id_or_arn)
        return attachment

    def live_attachments(self) -> list[Attachment]:
        """Every attachment that is not deleted, oldest first."""
        return [one for one in self.store.attachments.values() if one.attachment_status != "DELETED"]

    def create_registration_attachment(
        self,
        *,
        attachment_body: bytes | None = None,
        attachment_url: str | None = None,
        tags: list[Tag] | None = None,
        client_token: str | None = None,
    ) -> dict[str, Any]:
        """Create an attachment from a file or from its S3 URL."""
        digest = hashlib.sha256(attachment_body or b"").hexdigest()
        parameters = [digest, attachment_url, sorted((tag["Key"], tag["Value"]) for tag in tags or ())]
        replay = self.replayed(KIND, client_token, parameters)
        known = self.store.attachments[replay] if replay is not None else None
        if known is not None and (known.attachment_status != "DELETED" or self.behavior.client_token_survives_deletion):
            self.journal.mark_replayed()
            return self._created_attachment(known)
        body, fails = self._content(attachment_body, attachment_url)
        checked = self.checked_tags(tags)
        self.check_quota(
            len(self.live_attachments()),
            self.behavior.attachments_per_account,
            "REGISTRATION_ATTACHMENTS_PER_ACCOUNT",
        )
        self.check_quota(
            self.made_today("attachment"),
            self.behavior.attachments_per_day,
            "REGISTRATION_ATTACHMENTS_CREATED_PER_DAY",
        )
        self.count_today("attachment")
        attachment_id = self.new_id("attachment")
        attachment = Attachment(
            registration_attachment_arn=self.arn(f"{KIND}/{attachment_id}"),
            registration_attachment_id=attachment_id,
            created_timestamp=self.now(),
            attachment_status="UPLOAD_IN_PROGRESS",
            size=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            attachment_url=attachment_url,
            upload_fails=fails,
            upload_describes_left=self.behavior.describes_until_uploaded,
            hidden_describes_left=self.behavior.describes_until_visible,
        )
        if not attachment.upload_describes_left:
            _settle_upload(attachment)
        self.store.attachments[attachment_id] = attachment
        self.set_tags(attachment.registration_attachment_arn, checked)
        self.remember(KIND, client_token, parameters, attachment_id)
        return self._created_attachment(attachment)

    def describe_registration_attachments(
        self,
        *,
        registration_attachment_ids: list[str] | None = None,
        filters: list[Filter] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> dict[str, Any]:
        """Describe some attachments by ID, or all."""
        if registration_attachment_ids:
            chosen = [self.attachment(one) for one in dict.fromkeys(registration_attachment_ids)]
            for one in chosen:
                if _is_hidden(one):
                    raise ResourceNotFoundException(KIND, one.registration_attachment_id)
        else:
            chosen = [one for one in self.live_attachments() if not _is_hidden(one)]
        for one in chosen:
            if one.attachment_status == "UPLOAD_IN_PROGRESS":
                if not one.upload_describes_left:
                    _settle_upload(one)
                else:
                    one.upload_describes_left -= 1
        matching = self.filtered(chosen, filters, {"attachment-status": lambda one: one.attachment_status})
        page, token = self.page(matching, max_results, next_token)
        return {"RegistrationAttachments": page, "NextToken": token}

    def delete_registration_attachment(self, *, registration_attachment_id: str) -> Attachment:
        """Delete an attachment that no version uses."""
        attachment = self.attachment(registration_attachment_id)
        held_by = self._registrations_using(attachment.registration_attachment_id)
        if held_by or attachment.teardown_attempts_left:
            attachment.teardown_attempts_left = max(0, attachment.teardown_attempts_left - 1)
            by = ", ".join(held_by) or "a registration that is being deleted"
            raise ConflictException(
                f"The attachment is used by {by}",
                "RESOURCE_DELETION_NOT_ALLOWED",
                KIND,
                attachment.registration_attachment_id,
            )
        attachment.attachment_status = "DELETED"
        self.store.tags.pop(attachment.registration_attachment_arn, None)
        return attachment

    # --- private helpers ---

    def _created_attachment(self, attachment: Attachment) -> dict[str, Any]:
        return {**vars(attachment), "Tags": self.tag_list(attachment.registration_attachment_arn)}

    def _registrations_using(self, attachment_id: str) -> list[str]:
        any_version = self.behavior.attachment_held_by == "any"
        return [
            registration.registration_id
            for registration in self.store.registrations.values()
            if not registration.is_deleted
            and any(
                value.registration_attachment_id == attachment_id
                for version in (registration.versions if any_version else [registration.current_version])
                for value in version.values.values()
            )
        ]

    def _content(self, body: bytes | None, url: str | None) -> tuple[bytes, bool]:
        """Return the bytes, as far as they are known, and whether the upload will fail."""
        if body is not None and url is not None:
            message = "Give AttachmentBody or AttachmentUrl, not both"
            raise ValidationException(
                message,
                "PARAMETERS_CANNOT_BE_USED_TOGETHER",
                [("attachmentBody", message), ("attachmentUrl", message)],
            )
        if body is not None:
            return body, self._check_file(body, "attachmentBody", body.startswith(SIGNATURES))
        if url is None:
            message = "Give AttachmentBody or AttachmentUrl"
            raise ValidationException(
                message, "MISSING_PARAMETER", [("attachmentBody", message), ("attachmentUrl", message)]
            )
        bucket, key = s3.split_url(url)
        content = s3.read(self.account_id, self.partition, bucket, key, self.behavior.unknown_bucket_refused)
        if content is None:
            if self.behavior.missing_object == "upload":
                return b"", True
            message = f"Can't read {url}"
            raise ValidationException(message, "RESOURCE_NOT_ACCESSIBLE", [("attachmentUrl", message)])
        return content, self._check_file(content, "attachmentUrl", key.lower().endswith(EXTENSIONS))

    def _check_file(self, content: bytes, member: str, is_supported: bool) -> bool:
        if len(content) > self.behavior.attachment_size_limit:
            message = f"{len(content)} bytes are more than {self.behavior.attachment_size_limit}"
            raise ValidationException(message, "MAXIMUM_SIZE_EXCEEDED", [(member, message)])
        if is_supported or self.behavior.attachment_check == "none":
            return False
        if self.behavior.attachment_check == "upload":
            return True
        message = "Only PDF, JPEG and PNG files are supported"
        raise ValidationException(message, "ATTACHMENT_TYPE_NOT_SUPPORTED", [(member, message)])


def _is_hidden(attachment: Attachment) -> bool:
    if attachment.hidden_describes_left:
        attachment.hidden_describes_left -= 1
        return True
    return False


def _settle_upload(attachment: Attachment) -> None:
    attachment.attachment_status = "UPLOAD_FAILED" if attachment.upload_fails else "UPLOAD_COMPLETE"
    attachment.attachment_upload_error_reason = "INTERNAL_ERROR" if attachment.upload_fails else None
