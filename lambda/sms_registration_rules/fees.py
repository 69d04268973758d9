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
        users_say: What users report, which AWS does not publish; may be empty.
    """

    registration_type: str
    what: str
    charged: Literal["once for each submission", "monthly"]
    usd: float | None
    source: str
    users_say: str = ""


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
        "about 4 USD",
    ),
    Fee("US_TEN_DLC_CAMPAIGN_REGISTRATION", "campaign", "monthly", None, "registrations-10dlc", "about 10 USD"),
    Fee(
        "US_TEN_DLC_CAMPAIGN_REGISTRATION",
        "each number, from its request on",
        "monthly",
        None,
        "sample-sms-10dlc-registration-automation",
    ),
    Fee("US_TOLL_FREE_REGISTRATION", "the number", "monthly", None, "registrations-tfn", "about 2 USD"),
    Fee("US_SHORT_CODE_REGISTRATION", "the number", "monthly", None, "registrations-us-short-code"),
    Fee("??_RCS_LAUNCH_REGISTRATION", "launch", "once for each submission", None, "rcs-billing"),
    Fee("??_RCS_LAUNCH_REGISTRATION", "agent", "monthly", None, "rcs-billing"),
)


def fees(registration_type: str) -> Sequence[Fee]:
    """The known fees of a type; empty if none is known, which does not mean that there is none."""
    return [fee for fee in FEES if fnmatchcase(registration_type, fee.registration_type)]
