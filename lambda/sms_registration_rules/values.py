"""The values of a form's fields: as declared, and with the types of the service. Standard library only.

No repr shows a value, so that no value is logged by accident.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# --- as declared ---


@dataclass(frozen=True)
class Text:
    """A plain string. The field's definition decides whether it is text, a choice or an attachment's ID. Empty: no value."""

    text: str = field(repr=False)


@dataclass(frozen=True)
class Choices:
    """A list of choices. Empty: no value."""

    choices: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class AttachmentId:
    """An uploaded attachment, by its ID or ARN."""

    id: str


@dataclass(frozen=True)
class Secret:
    """Text that was read from a secret or a parameter at deploy time.

    Attributes:
        text: The text that was read.
        source: Where it was read from, for messages, such as "secret arn:..., field ein". Never the text itself.
    """

    text: str = field(repr=False)
    source: str


DeclaredValue = Text | Choices | AttachmentId | Secret


# --- with the types of the service ---


@dataclass(frozen=True)
class TextValue:
    """Text."""

    text: str = field(repr=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameter of PutRegistrationFieldValue."""
        return {"TextValue": self.text}

    @property
    def content(self) -> frozenset[str]:
        """What makes two values equal."""
        return frozenset({self.text})


@dataclass(frozen=True)
class SelectChoices:
    """Choices. Their order has no meaning."""

    choices: tuple[str, ...] = field(repr=False)

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameter of PutRegistrationFieldValue."""
        return {"SelectChoices": list(self.choices)}

    @property
    def content(self) -> frozenset[str]:
        """What makes two values equal."""
        return frozenset(self.choices)


@dataclass(frozen=True)
class RegistrationAttachmentId:
    """An attachment, by its ID or ARN."""

    id: str

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameter of PutRegistrationFieldValue."""
        return {"RegistrationAttachmentId": self.id}

    @property
    def content(self) -> frozenset[str]:
        """What makes two values equal: the ID, even if an ARN was given."""
        return frozenset({self.id.rpartition("/")[2]})


TypedValue = TextValue | SelectChoices | RegistrationAttachmentId


def is_same(one: TypedValue | None, other: TypedValue | None) -> bool:
    """Whether two values are equal in a form. None means no value.

    Types are not compared: the service may describe a field of an unknown type with another type than it was declared with.
    """
    if one is None or other is None:
        return one is other
    return one.content == other.content


def described_value(member: Mapping[str, Any]) -> TypedValue | None:
    """Return the value in an item of DescribeRegistrationFieldValues' response, or None when it has only a reviewer's note."""
    if member.get("TextValue"):
        return TextValue(str(member["TextValue"]))
    if member.get("SelectChoices"):
        return SelectChoices(tuple(str(choice) for choice in member["SelectChoices"]))
    if member.get("RegistrationAttachmentId"):
        return RegistrationAttachmentId(str(member["RegistrationAttachmentId"]))
    return None
