"""Published durations of reviews, and published fees."""

import datetime

import pytest

from sms_registration_rules.durations import DURATIONS, review_duration
from sms_registration_rules.fees import FEES, fees


def days(number):
    return datetime.timedelta(days=number)


@pytest.mark.parametrize(
    ("kind", "expected", "overdue"),
    [
        ("US_TOLL_FREE_REGISTRATION", days(21), days(42)),
        ("US_TEN_DLC_BRAND_REGISTRATION", days(2.8), days(5.6)),
        ("US_TEN_DLC_CAMPAIGN_REGISTRATION", days(28), days(56)),
        ("IN_SENDER_ID_REGISTRATION", days(1), days(3)),
        ("ID_SENDER_ID_REGISTRATION", days(50), days(100)),
        ("TEST_RCS_LAUNCH_REGISTRATION", datetime.timedelta(hours=1), days(3)),
        ("DE_SHORT_CODE_REGISTRATION", days(84), days(168)),
        ("NOTIFY_TIER_UPGRADE", days(7), days(14)),
    ],
)
def test_durations(kind, expected, overdue):
    duration = review_duration(kind)
    assert (duration.expected, duration.overdue) == (expected, overdue)


@pytest.mark.parametrize("kind", ["US_RCS_LAUNCH_REGISTRATION", "ZZ_LONG_CODE_REGISTRATION", ""])
def test_no_published_duration(kind):
    assert review_duration(kind) is None


def test_durations_are_complete():
    """As many as published for single types, and one for all of Notify."""
    assert len(DURATIONS) == 7 + 24 + 15 + 8
    assert len({each.registration_type for each in DURATIONS}) == len(DURATIONS)
    assert all(each.source and each.days > 0 for each in DURATIONS)


def test_fees():
    (vetting,) = fees("US_TEN_DLC_BRAND_VETTING")
    assert (vetting.usd, vetting.charged) == (40.0, "once for each submission")
    assert [fee.charged for fee in fees("US_RCS_LAUNCH_REGISTRATION")] == ["once for each submission", "monthly"]
    assert fees("TEST_RCS_LAUNCH_REGISTRATION") == []
    assert [fee.usd for fee in FEES if fee.usd is not None] == [40.0]
    assert all(fee.source and fee.what for fee in FEES)
