"""The events that the service sends when a registration's status changes."""

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

    The constants are the names that AWS has published. For any other name use ``RegistrationStatus.of("...")`` or a plain
    ``str``. A registration and the version of its form each have a status of their own: a denial makes the version ``DENIED``
    and the registration ``REQUIRES_UPDATES``.

    Args:
        name: The service's name of the status: 1 to 64 capital letters, digits and underscores.

    Raises:
        ValueError: The name is malformed.
    """

    name: str

    CREATED: ClassVar[RegistrationStatus]
    """It exists and is not submitted."""
    SUBMITTED: ClassVar[RegistrationStatus]
    """Its form was submitted, and its review has not begun."""
    AWS_REVIEWING: ClassVar[RegistrationStatus]
    """AWS reviews it before it is passed on to the registrar. AWS does not document an event for this status."""
    REVIEWING: ClassVar[RegistrationStatus]
    """The registrar reviews it. Its form is locked."""
    REQUIRES_AUTHENTICATION: ClassVar[RegistrationStatus]
    """The contact must follow the link in an email, within days."""
    PROVISIONING: ClassVar[RegistrationStatus]
    """It is approved, and its number or sender ID is being created."""
    COMPLETE: ClassVar[RegistrationStatus]
    """It is approved."""
    REQUIRES_UPDATES: ClassVar[RegistrationStatus]
    """It was denied. Change the form and deploy again."""
    CLOSED: ClassVar[RegistrationStatus]
    """Everything that it was for is gone. It can only be deleted."""
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
            ValueError: The name is malformed.
        """
        return cls(name)


def status_pattern(registration_id: str, statuses: Sequence[RegistrationStatus | str] | None) -> events.EventPattern:
    """The pattern that matches the events of one registration.

    Args:
        registration_id: The registration's ID.
        statuses: The new statuses to report; None for all.
    """
    from aws_cdk import aws_events as events

    details: dict[str, Any] = {"registrationId": [registration_id]}
    if statuses is not None:
        details["currentStatus"] = [str(status) for status in statuses]
    return events.EventPattern(source=[SOURCE], detail_type=[DETAIL_TYPE], detail={"registrationDetails": details})


def statuses_problems(statuses: object) -> list[str]:
    """Problems of the statuses to report; None stands for all."""
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
