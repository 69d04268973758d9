"""The values of a form's fields: as they are declared, and as the service takes them. Standard library only.

No repr shows a value, so that none gets into a log by accident.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# --- as declared ---


@dataclass(frozen=True)
class Text:
    """A plain string: a text, one choice, or the id of an attachment; the field's definition decides. Empty: no value."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class Choices:
    """A list of choices. Empty: no value."""

    choices: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class AttachmentId:
    """An uploaded file, by its id or ARN."""

    id: str


@dataclass(frozen=True)
class Secret:
    """A text that was read from a secret or a parameter at deploy time.

    Attributes:
        text: What was read.
        source: Where from, in words for a message, such as "secret arn:..., field ein". Never the text.
    """

    text: str = field(repr=False)
    source: str


DeclaredValue = Text | Choices | AttachmentId | Secret


# --- as the service takes them ---


@dataclass(frozen=True)
class TextValue:
    """A text."""

    text: str = field(repr=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """The member of PutRegistrationFieldValue's request."""
        return {"TextValue": self.text}

    @property
    def content(self) -> frozenset[str]:
        """What makes two values the same."""
        return frozenset({self.text})


@dataclass(frozen=True)
class SelectChoices:
    """Choices; their order means nothing."""

    choices: tuple[str, ...] = field(repr=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """The member of PutRegistrationFieldValue's request."""
        return {"SelectChoices": list(self.choices)}

    @property
    def content(self) -> frozenset[str]:
        """What makes two values the same."""
        return frozenset(self.choices)


@dataclass(frozen=True)
class RegistrationAttachmentId:
    """A file, by its id or ARN."""

    id: str

    @property
    def parameters(self) -> dict[str, Any]:
        """The member of PutRegistrationFieldValue's request."""
        return {"RegistrationAttachmentId": self.id}

    @property
    def content(self) -> frozenset[str]:
        """What makes two values the same: the id, also where an ARN was given."""
        return frozenset({self.id.rpartition("/")[2]})


TypedValue = TextValue | SelectChoices | RegistrationAttachmentId


def is_same(one: TypedValue | None, other: TypedValue | None) -> bool:
    """Whether two values say the same in a form; None is no value.

    Kinds are not compared: a field of an unknown type may be described in another kind than it was declared in.
    """
    if one is None or other is None:
        return one is other
    return one.content == other.content


def described_value(member: Mapping[str, Any]) -> TypedValue | None:
    """The value in a member of DescribeRegistrationFieldValues' answer; None when it holds only a reviewer's note."""
    if member.get("TextValue"):
        return TextValue(str(member["TextValue"]))
    if member.get("SelectChoices"):
        return SelectChoices(tuple(str(choice) for choice in member["SelectChoices"]))
    if member.get("RegistrationAttachmentId"):
        return RegistrationAttachmentId(str(member["RegistrationAttachmentId"]))
    return None
