"""Events that the service sends when a registration's status changes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import aws_cdk as cdk

from cdk_sms_registration.checks import refuse

if TYPE_CHECKING:
    from aws_cdk import aws_events as events

_STATUS = re.compile(r"[A-Z0-9_]{1,64}")

SOURCE = "aws.sms-voice"
DETAIL_TYPE = "Registration Status Change"


@dataclass(frozen=True)
class RegistrationStatus:
    """The status of a registration.

    The constants are those that AWS has published; a service that adds one needs no new release:
    ``RegistrationStatus.of("...")``, or a plain ``str``. A registration and the version of its form each have a status of
    their own: a denial makes the version ``DENIED`` and the registration ``REQUIRES_UPDATES``.

    Args:
        name: The service's name of the status: 1 to 64 capital letters, digits and underscores.

    Raises:
        ValueError: The name has another shape.
    """

    name: str

    CREATED: ClassVar[RegistrationStatus]
    """It exists and is not submitted."""
    SUBMITTED: ClassVar[RegistrationStatus]
    """Its form was submitted, and nobody looks at it yet."""
    AWS_REVIEWING: ClassVar[RegistrationStatus]
    """AWS looks at it before it goes on to the registrar. AWS does not say that an event is sent for it."""
    REVIEWING: ClassVar[RegistrationStatus]
    """The registrar looks at it; its form is locked."""
    REQUIRES_AUTHENTICATION: ClassVar[RegistrationStatus]
    """Somebody must follow the link in an e-mail, within days."""
    PROVISIONING: ClassVar[RegistrationStatus]
    """It is approved, and its number or sender ID is being made."""
    COMPLETE: ClassVar[RegistrationStatus]
    """It is approved."""
    REQUIRES_UPDATES: ClassVar[RegistrationStatus]
    """It was denied: change the form, and deploy."""
    CLOSED: ClassVar[RegistrationStatus]
    """All that it was made for is gone; it can only be deleted."""
    DELETED: ClassVar[RegistrationStatus]
    """It is deleted."""

    def __post_init__(self) -> None:
        """Checks the name."""
        refuse("RegistrationStatus", _status_problems("name", self.name))

    def __str__(self) -> str:
        """The service's name of the status."""
        return self.name

    @classmethod
    def of(cls, name: str) -> RegistrationStatus:
        """A status by the service's name, for names that have no constant here.

        Args:
            name: 1 to 64 capital letters, digits and underscores.

        Raises:
            ValueError: The name has another shape.
        """
        return cls(name)


def status_pattern(registration_id: str, statuses: Sequence[RegistrationStatus | str] | None) -> events.EventPattern:
    """The pattern of the events of one registration.

    Args:
        registration_id: The registration's ID.
        statuses: New statuses to be told of; None for all.
    """
    from aws_cdk import aws_events as events

    details: dict[str, Any] = {"registrationId": [registration_id]}
    if statuses is not None:
        details["currentStatus"] = [str(status) for status in statuses]
    return events.EventPattern(source=[SOURCE], detail_type=[DETAIL_TYPE], detail={"registrationDetails": details})


def statuses_problems(statuses: object) -> list[str]:
    """Problems of the statuses to be told of; None is all of them."""
    if statuses is None:
        return []
    if isinstance(statuses, str | RegistrationStatus) or not isinstance(statuses, Sequence):
        return [f"statuses: expected a list, got {type(statuses).__name__}"]
    if not statuses:
        return ["statuses: got an empty list, expected at least one; leave it out for all"]
    return [
        problem
        for position, status in enumerate(statuses)
        if not isinstance(status, RegistrationStatus)
        for problem in _status_problems(f"statuses[{position}]", status)
    ]


def _status_problems(argument: str, value: object) -> list[str]:
    if isinstance(value, str) and (_STATUS.fullmatch(value) or cdk.Token.is_unresolved(value)):
        return []
    got = repr(value) if isinstance(value, str) else type(value).__name__
    return [
        f"{argument}: got {got}, expected 1 to 64 capital letters, digits and underscores, such as 'REQUIRES_UPDATES'"
    ]


for _name in (name for name, kind in RegistrationStatus.__annotations__.items() if kind.startswith("ClassVar")):
    setattr(RegistrationStatus, _name, RegistrationStatus(_name))
