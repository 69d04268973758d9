"""The settings of a watch, and their checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk

from cdk_sms_registration.provider_settings import ProviderSettings
from sms_registration_rules import news

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_sns as sns

MINIMUM_SCHEDULE_MINUTES = 5
"""A pass takes about five seconds for each registration, because the service accepts one request a second."""

MAXIMUM_SCHEDULE_MINUTES = 24 * 60
"""Reminders are sent daily at most, so a longer interval would delay them."""

MAXIMUM_EVENT_AGE_SECONDS = 6 * 3600
"""Lambda keeps no event longer than that."""

_DEFAULT_EVENT_AGE_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class WatchSettings:
    """Settings of a watch that may be refused; ``RegistrationWatch`` documents each."""

    topic: sns.ITopic | None
    schedule: cdk.Duration
    overdue_factor: float
    topic_format: str
    role: iam.IRole | None

    @property
    def maximum_event_age_seconds(self) -> int:
        """How long an event is of use: until the next look at the registrations, which finds what the event announced."""
        if self.schedule.is_unresolved():
            return _DEFAULT_EVENT_AGE_SECONDS
        return min(int(self.schedule.to_seconds()), MAXIMUM_EVENT_AGE_SECONDS)

    def problems(self, stack: cdk.Stack) -> list[str]:
        """Problems of the settings.

        Args:
            stack: The watch's stack.
        """
        problems: list[str] = []
        if not self.schedule.is_unresolved():
            minutes = self.schedule.to_seconds() / 60
            if not MINIMUM_SCHEDULE_MINUTES <= minutes <= MAXIMUM_SCHEDULE_MINUTES or minutes % 1:
                problems.append(
                    f"schedule: got {minutes:g} minutes, expected whole minutes from {MINIMUM_SCHEDULE_MINUTES} to "
                    f"{MAXIMUM_SCHEDULE_MINUTES}"
                )
        if isinstance(self.overdue_factor, bool) or not self.overdue_factor >= 1:
            problems.append(f"overdue_factor: got {self.overdue_factor!r}, expected a number of at least 1")
        if self.topic_format not in news.TOPIC_FORMATS:
            problems.append(
                f"topic_format: got {self.topic_format!r}, expected {' or '.join(map(repr, news.TOPIC_FORMATS))}"
            )
        if self.topic is not None and self.topic.fifo:
            problems.append("topic: got a FIFO topic, which delivers to queues only; pass a standard topic")
        return problems + ProviderSettings(role=self.role).problems(stack)


def kinds_problems(kinds: object) -> list[str]:
    """Problems of the kinds to report; None stands for all."""
    if kinds is None:
        return []
    if isinstance(kinds, str) or not isinstance(kinds, Sequence):
        return [f"kinds: expected a list, got {type(kinds).__name__}"]
    if not kinds:
        return ["kinds: got an empty list, expected at least one; leave it out for all"]
    return [
        f"kinds[{position}]: got {kind!r}, expected one of {', '.join(news.KINDS)}"
        for position, kind in enumerate(kinds)
        if kind not in news.KINDS
    ]
