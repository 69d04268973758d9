"""The files of an app beside those that the account has: told apart by their bytes, as in a deployment."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sms_registration_cli import account
from sms_registration_cli.account import FoundRegistration
from sms_registration_cli.planning import contents
from sms_registration_cli.planning.assembly import DeclaredAttachment, DeclaredForm, Reference, Stack
from sms_registration_rules.values import RegistrationAttachmentId, TypedValue

if TYPE_CHECKING:
    from sms_registration_cli.paced import Service


class Files:
    """The files of the stacks of one Region.

    Args:
        service: The service.
        stacks: The stacks.
        found: The registrations of the account, whose ARNs tell what the ARN of an attachment begins with.
    """

    def __init__(self, service: Service, stacks: Sequence[Stack], found: Sequence[FoundRegistration]) -> None:
        self._service = service
        self._found = found
        self._hashes: dict[str, str] = {}
        self.declared: contents.Files = {
            (each.stack, each.logical_id): each for stack in stacks for each in stack.attachments
        }

    def held(self, form: DeclaredForm, path: str, value: TypedValue) -> TypedValue:
        """A held value. A file with the bytes of the declared one counts as that one, as in the deployment."""
        declared = form.fields.get(path)
        if isinstance(declared, Reference) and isinstance(value, RegistrationAttachmentId):
            content = _content(self.declared.get((declared.stack, declared.logical_id)))
            if content and self._content_hash(value.id) == content:
                return RegistrationAttachmentId(contents.file_id(declared))
        return value

    def new(self) -> int:
        """How many files have no attachment of the same owner and bytes."""
        if not self.declared:
            return 0
        present = set()
        for each in self._service.pages("DescribeRegistrationAttachments", "RegistrationAttachments"):
            tags = self._service.tags(str(each["RegistrationAttachmentArn"]))
            owner = (account.stack_name(tags.get(account.STACK, "")), tags.get(account.LOGICAL_ID, ""))
            present.add((*owner, tags.get(account.CONTENT, "")))
        return sum((file.stack, file.logical_id, _content(file)) not in present for file in self.declared.values())

    def _content_hash(self, attachment_id: str) -> str:
        if attachment_id not in self._hashes:
            arn = attachment_id
            if not arn.startswith("arn:"):
                own = str(self._found[0].description["RegistrationArn"])
                arn = f"{own.partition(':registration/')[0]}:registration-attachment/{attachment_id}"
            self._hashes[attachment_id] = self._service.tags(arn).get(account.CONTENT, "")
        return self._hashes[attachment_id]


def _content(file: DeclaredAttachment | None) -> str:
    """The SHA-256 of a file's bytes; empty if the assembly does not have them."""
    return hashlib.sha256(file.file.read_bytes()).hexdigest() if file and file.file else ""
