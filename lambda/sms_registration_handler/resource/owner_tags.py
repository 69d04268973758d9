"""Whose registration it is: owner tags, written in the same call that creates the registration.

They let a Delete find what an interrupted Create left behind, keep two stacks from managing one registration, and are what the
function's IAM policy is conditioned on. Readable on purpose: `stack` is the stack's id, `logical-id` the resource's.
"""

from collections.abc import Mapping
from dataclasses import dataclass

PREFIX = "cdk-sms-registration:"
STACK = PREFIX + "stack"
LOGICAL_ID = PREFIX + "logical-id"
REQUEST = PREFIX + "request"
"""RequestId of the event that created or adopted it."""
STATE = PREFIX + "state"
REPLACES = PREFIX + "replaces"
"""On a replacement: the registration that was replaced; a rollback goes back to it."""
REPLACING = PREFIX + "replacing"
"""On a registration: the RequestId of a replacement that was begun, so a pending one may have to be swept."""
PREVIOUS_STACK = PREFIX + "previous-stack"
PREVIOUS_LOGICAL_ID = PREFIX + "previous-logical-id"
"""With PREVIOUS_STACK: who owned it before it was taken over, so that the former owner's Delete leaves it alone."""
PREVIOUS_STATE = PREFIX + "previous-state"

CONTENT = PREFIX + "content"
"""On an attachment: SHA-256 of its bytes."""
FORM_STACK = PREFIX + "form-stack"
FORM_LOGICAL_ID = PREFIX + "form-logical-id"
"""With FORM_STACK: whose form it is. A registration has one form, in whatever stack."""
FORM_REVISION = PREFIX + "form-revision"
"""`n:revision`: for this revision, a version with a number greater than n is the one to be submitted."""
FORM_KEYS = (FORM_STACK, FORM_LOGICAL_ID, FORM_REVISION)

PENDING = "pending"
"""Created, but its Create has not come to its end: a sweep may delete it."""
OWNED = "owned"
ADOPTED = "adopted"
"""Made by somebody else: deleted only when the template explicitly says so."""


@dataclass(frozen=True)
class Owner:
    """One logical resource of one stack."""

    stack_id: str
    logical_resource_id: str

    @classmethod
    def of(cls, tags: Mapping[str, str]) -> "Owner | None":
        """Read the owner from a registration's tags; None when nobody claims it."""
        return cls._read(tags, STACK, LOGICAL_ID)

    @classmethod
    def before(cls, tags: Mapping[str, str]) -> "Owner | None":
        """Read who owned it before it was taken over; None when it was not."""
        return cls._read(tags, PREVIOUS_STACK, PREVIOUS_LOGICAL_ID)

    @classmethod
    def of_form(cls, tags: Mapping[str, str]) -> "Owner | None":
        """Read whose form it is; None when no form claims it."""
        return cls._read(tags, FORM_STACK, FORM_LOGICAL_ID)

    @classmethod
    def _read(cls, tags: Mapping[str, str], stack: str, logical_id: str) -> "Owner | None":
        if stack not in tags and logical_id not in tags:
            return None
        return cls(tags.get(stack, ""), tags.get(logical_id, ""))

    def tags(self) -> dict[str, str]:
        """The tags that claim a registration for this owner."""
        return {STACK: self.stack_id, LOGICAL_ID: self.logical_resource_id}

    def form_tags(self) -> dict[str, str]:
        """The tags that claim a registration's form for this owner."""
        return {FORM_STACK: self.stack_id, FORM_LOGICAL_ID: self.logical_resource_id}

    def previous_tags(self, state: str) -> dict[str, str]:
        """The tags that remember this owner, and the state it left, after a take-over."""
        return {PREVIOUS_STACK: self.stack_id, PREVIOUS_LOGICAL_ID: self.logical_resource_id, PREVIOUS_STATE: state}

    def __str__(self) -> str:
        return f"logical id {self.logical_resource_id or '?'} of stack {self.stack_id or '?'}"


def owner_tag_keys(tags: Mapping[str, str]) -> list[str]:
    """The keys of our own tags among these, without those of a form."""
    return sorted(key for key in tags if key.startswith(PREFIX) and key not in FORM_KEYS)
