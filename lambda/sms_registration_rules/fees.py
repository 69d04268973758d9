"""Published fees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal


@dataclass(frozen=True)
class Fee:
    """A fee of a registration, or of what is associated with it.

    Attributes:
        registration_type: The type; ``*`` and ``?`` as in file names.
        what: What is charged for.
        charged: When.
        usd: The amount in US dollars; None where it stands on the pricing page only. https://aws.amazon.com/end-user-messaging/pricing/
        source: The page of AWS's guide, or what else it rests on.
        users_say_usd: What users report, about, in US dollars, where AWS does not publish it; None if they report nothing.
        for_each: What it is charged for each of: a registration, or a number that is associated with it.
    """

    registration_type: str
    what: str
    charged: Literal["once for each submission", "monthly"]
    usd: float | None
    source: str
    users_say_usd: float | None = None
    for_each: Literal["registration", "number"] = "registration"


FEES = (
    Fee(
        "US_TEN_DLC_BRAND_VETTING",
        "vetting, not refunded",
        "once for each submission",
        40.0,
        "registrations-10dlc-vetting",
    ),
    Fee(
        "US_TEN_DLC_BRAND_REGISTRATION",
        "registration",
        "once for each submission",
        None,
        "registrations-10dlc",
        users_say_usd=4.0,
    ),
    Fee("US_TEN_DLC_CAMPAIGN_REGISTRATION", "campaign", "monthly", None, "registrations-10dlc", users_say_usd=10.0),
    Fee(
        "US_TEN_DLC_CAMPAIGN_REGISTRATION",
        "each number, from its request on",
        "monthly",
        None,
        "sample-sms-10dlc-registration-automation",
        for_each="number",
    ),
    Fee(
        "US_TOLL_FREE_REGISTRATION",
        "the number",
        "monthly",
        None,
        "registrations-tfn",
        users_say_usd=2.0,
        for_each="number",
    ),
    Fee("US_SHORT_CODE_REGISTRATION", "the number", "monthly", None, "registrations-us-short-code", for_each="number"),
    Fee("??_RCS_LAUNCH_REGISTRATION", "launch", "once for each submission", None, "rcs-billing"),
    Fee("??_RCS_LAUNCH_REGISTRATION", "agent", "monthly", None, "rcs-billing"),
)


def fees(registration_type: str) -> Sequence[Fee]:
    """The known fees of a type; empty if none is known, which does not mean that there is none."""
    return [fee for fee in FEES if fnmatchcase(registration_type, fee.registration_type)]
