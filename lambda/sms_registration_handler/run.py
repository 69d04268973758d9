"""One handling of one event: what the modules of the resource types are given, and what they give back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sms_registration_handler.event import Event
from sms_registration_handler.ownership import Owner
from sms_registration_handler.service import Service
from sms_registration_handler.stack import Stack

FRESH = 60.0
"""Seconds of age below which an event is in its first delivery: Lambda repeats after a minute at the earliest."""


@dataclass(frozen=True)
class Run:
    """The event, and everything that may be used to fulfil it."""

    event: Event
    started: float
    """When this run began, in seconds since the epoch."""
    service: Service
    stack: Stack
    identify: Callable[[str], None]
    """Makes an id the physical id at once, so that a later failure is answered with it."""
    may_continue: Callable[[], bool]
    """Whether Lambda will deliver the event again when this run ends without an answer."""

    @property
    def owner(self) -> Owner:
        """The logical resource that this event is about."""
        return Owner(self.event.stack_id, self.event.logical_resource_id)

    @property
    def is_fresh(self) -> bool:
        """Whether this is certainly the first delivery of the event."""
        age = self.event.age(self.started)
        return age is not None and age < FRESH

    @property
    def is_stale(self) -> bool:
        """Whether CloudFormation has stopped waiting for an answer."""
        age = self.event.age(self.started)
        return age is not None and age > self.event.service_timeout


@dataclass(frozen=True)
class Outcome:
    """What a handled request comes to."""

    physical_resource_id: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What Fn::GetAtt gives; all strings."""
