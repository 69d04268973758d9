"""What woke the watch. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Trigger:
    """What woke the watch.

    Attributes:
        registration_id: The registration that an event is about; empty for a pass over all.
        is_by_hand: Whether a person invoked it: then it also tries what the service refused before.
    """

    registration_id: str = ""
    is_by_hand: bool = False


def trigger_of(event: Any) -> Trigger:
    """What woke the watch: a status event of the service, a schedule, or anything else, which counts as a person."""
    if not isinstance(event, Mapping):
        return Trigger(is_by_hand=True)
    source, detail = event.get("source"), event.get("detail")
    registration = detail.get("registrationDetails") if isinstance(detail, Mapping) else None
    identity = registration.get("registrationId") if isinstance(registration, Mapping) else None
    if source == "aws.sms-voice" and isinstance(identity, str):
        return Trigger(registration_id=identity)
    return Trigger(is_by_hand=not isinstance(source, str))
