"""What is worth telling about a registration now, and when to tell it again. Pure: the described state and the time decide."""

from dataclasses import dataclass
from enum import Enum

from sms_registration_handler.watch.seen import UNDER_REVIEW, Seen
from sms_registration_rules import news
from sms_registration_rules.durations import SUBMISSION_SHOWS_HOURS, review_duration
from sms_registration_rules.told import Entry

_HOUR_SECONDS = 3600.0
_DAY_SECONDS = 24 * _HOUR_SECONDS
_WEEK_SECONDS = 7 * _DAY_SECONDS

APPROVAL_IS_NEWS_SECONDS = 30 * _DAY_SECONDS
"""An approval that is older is not told: the watch was added to a stack whose registrations were approved long ago."""

_ENDED = frozenset({"CLOSED", "DELETED"})
_NEEDS_A_PERSON = {"REQUIRES_AUTHENTICATION": "a", "REQUIRES_OFFLINE_REVIEW": "o"}


class Reminders(Enum):
    """How often people are reminded while nobody acts."""

    NEVER = "never"
    WEEKLY = "weekly"
    DAILY = "daily"
    """Every day in the first week, then every week."""


@dataclass(frozen=True)
class Condition:
    """Something that concerns people, as long as it holds.

    Attributes:
        key: Its name in the tag `told`. It names the version where a later version makes it new.
        kind: One of `news.KINDS`.
        version_number: The version that it is about; 0 for the registration.
        reminders: How often people are reminded of it.
        status: The status that needs a person.
        cause: Why something cannot be continued; what was continued, one sentence each.
        days: How long a review takes by now, in days.
        expected_days: How long AWS says that it takes.
    """

    key: str
    kind: str
    version_number: int = 0
    reminders: Reminders = Reminders.NEVER
    status: str = ""
    cause: tuple[str, ...] = ()
    days: float = 0.0
    expected_days: float = 0.0


def is_settled(seen_status: str, approved_version: int | None, current_version: int, told: dict[str, Entry]) -> bool:
    """Whether nothing can have happened since it was told that this registration is approved; then its versions are not read."""
    entry = told.get(f"a{approved_version}")
    return seen_status == "COMPLETE" and approved_version == current_version and entry is not None and not entry.owed


def conditions(seen: Seen, told: dict[str, Entry], now: float, factor: float) -> list[Condition]:
    """What concerns people about a registration now.

    Args:
        seen: The registration.
        told: What they were told.
        now: The time, in seconds since the epoch.
        factor: A review is overdue after so many times the published duration.
    """
    number, status = seen.version_number, seen.version_status
    if seen.found.status in _ENDED:
        return [Condition("c", news.CLOSED, number)]
    found = []
    revoked = seen.latest("REVOKED", "APPROVED")
    if revoked and revoked["RegistrationVersionStatus"] == "REVOKED":
        found.append(Condition(f"r{revoked['VersionNumber']}", news.CLOSED, int(revoked["VersionNumber"])))
    denied = seen.latest("DENIED", "APPROVED")
    if denied and denied["RegistrationVersionStatus"] == "DENIED":
        nobody_acted = status == "DENIED"
        reminders = Reminders.DAILY if nobody_acted else Reminders.NEVER
        found.append(Condition(f"d{denied['VersionNumber']}", news.DENIED, int(denied["VersionNumber"]), reminders))
    needs = status if status in _NEEDS_A_PERSON else seen.found.status
    if needs in _NEEDS_A_PERSON:
        key = f"p{number}{_NEEDS_A_PERSON[needs]}"
        found.append(Condition(key, news.NEEDS_A_PERSON, number, Reminders.DAILY, status=needs))
    found += _approval(seen, told, now)
    found += _overdue(seen, now, factor)
    return found


def is_due(condition: Condition, entry: Entry, now: float) -> bool:
    """Whether to remind people now of what they were told."""
    if condition.reminders is Reminders.NEVER:
        return False
    in_first_week = condition.reminders is Reminders.DAILY and now - entry.first < _WEEK_SECONDS
    return now - entry.last >= (_DAY_SECONDS if in_first_week else _WEEK_SECONDS)


def _approval(seen: Seen, told: dict[str, Entry], now: float) -> list[Condition]:
    number = seen.found.description.get("ApprovedVersionNumber")
    if seen.found.status != "COMPLETE" or number is None:
        return []
    version = next((each for each in seen.versions if int(each["VersionNumber"]) == int(number)), None)
    approved = seen.since("Approved", version) if version else None
    is_news = approved is None or now - approved < APPROVAL_IS_NEWS_SECONDS
    return [Condition(f"a{number}", news.APPROVED, int(number))] if is_news or f"a{number}" in told else []


def _overdue(seen: Seen, now: float, factor: float) -> list[Condition]:
    submitted = seen.since("Submitted")
    if submitted is None or seen.version_status not in UNDER_REVIEW:
        return []
    number, took = seen.version_number, now - submitted
    found = []
    if seen.found.status == "CREATED" and took > SUBMISSION_SHOWS_HOURS * _HOUR_SECONDS:
        found.append(Condition(f"s{number}", news.OVERDUE, number, Reminders.DAILY, days=took / _DAY_SECONDS))
    expected = review_duration(seen.found.type)
    if expected and took > expected.overdue_after(factor).total_seconds():
        days = expected.expected.total_seconds() / _DAY_SECONDS
        found.append(
            Condition(
                f"o{number}",
                news.OVERDUE,
                number,
                Reminders.WEEKLY,
                days=took / _DAY_SECONDS,
                expected_days=days,
            )
        )
    return found
