"""Published durations of reviews. They are expectations, not limits."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

SUBMISSION_SHOWS_HOURS = 24
"""A submitted registration may still be CREATED for so long; then AWS asks for a support case (blog of 2026-01, AWS's sample)."""

_SHORTEST_ALARM_DAYS = 3
TIMES_EXPECTED = 2
"""A review counts as overdue after this many times its duration. This is our own choice."""


@dataclass(frozen=True)
class ReviewDuration:
    """The published duration of a type's review.

    Attributes:
        registration_type: The type; ``*`` and ``?`` as in file names.
        days: The longest that is expected, in days.
        business_days: Whether these are business days; False where AWS does not say.
        source: The page of AWS's guide, or what else it rests on.
        note: What else is published about it; may be empty.
    """

    registration_type: str
    days: float
    business_days: bool
    source: str
    note: str = ""

    @property
    def expected(self) -> datetime.timedelta:
        """The duration in calendar time: five business days are a week."""
        return datetime.timedelta(days=self.days * 7 / 5 if self.business_days else self.days)

    @property
    def overdue(self) -> datetime.timedelta:
        """When a review counts as overdue: after twice the duration, at least 3 days. This is our own choice."""
        return self.overdue_after(TIMES_EXPECTED)

    def overdue_after(self, factor: float) -> datetime.timedelta:
        """When a review counts as overdue: after so many times the duration, at least 3 days.

        Args:
            factor: Such as 2.
        """
        return max(datetime.timedelta(days=_SHORTEST_ALARM_DAYS), factor * self.expected)


_GUIDE = "registration-eta"


def _per_country(kind: str, figures: str, source: str = _GUIDE) -> Iterable[ReviewDuration]:
    for figure in figures.split():
        country, days = figure.split(":")
        yield ReviewDuration(f"{country}_{kind}_REGISTRATION", float(days), False, source)


DURATIONS = (
    ReviewDuration(
        "US_TEN_DLC_BRAND_REGISTRATION", 2, True, "registrations-10dlc", "international brands up to 3 weeks"
    ),
    ReviewDuration("US_TEN_DLC_BRAND_VETTING", 2, True, "registrations-10dlc", "international brands up to 3 weeks"),
    ReviewDuration(
        "US_TEN_DLC_CAMPAIGN_REGISTRATION",
        28,
        False,
        "registrations-10dlc",
        "another page and AWS's sample say 4 to 6 weeks; users saw hours",
    ),
    ReviewDuration("US_TOLL_FREE_REGISTRATION", 15, True, _GUIDE),
    ReviewDuration("US_SHORT_CODE_REGISTRATION", 84, False, _GUIDE),
    ReviewDuration("TEST_RCS_LAUNCH_REGISTRATION", 1 / 24, False, "rcs-getting-started", "minutes"),
    ReviewDuration("NOTIFY_*", 5, True, "notify-tiers", "3 to 5 business days for a higher tier"),
    *_per_country(
        "SENDER_ID",
        "AE:25 AT:21 AU:15 BY:45 EG:21 ES:28 FI:25 GB:3 ID:50 IN:1 JO:15 KE:30 KW:45 KZ:25 LK:40 PH:50 QA:35 RU:35 "
        "SA:45 SG:21 TH:30 "
        "TR:21 VN:30 ZM:21",
    ),
    *_per_country(
        "LONG_CODE", "AT:15 AU:15 CL:21 DK:15 ES:15 FI:15 GB:10 HK:21 HU:7 IT:10 NL:7 NO:10 PL:10 PT:7 SE:10"
    ),
    *_per_country("SHORT_CODE", "CL:30 DE:84 ES:84 FI:35 GB:84 IN:25 NL:70 PT:45"),
)
"""RCS launches in a country are not included: AWS says only that they take months, carrier by carrier."""


def review_duration(registration_type: str) -> ReviewDuration | None:
    """The published duration of a type's review; None if there is none."""
    return next((each for each in DURATIONS if fnmatchcase(registration_type, each.registration_type)), None)
