"""Hours, requests, fees and quotas of a whole app: per Region and in sum. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sms_registration_cli.paced import CALL_SECONDS
from sms_registration_cli.planning import quotas
from sms_registration_cli.planning.quotas import Quota
from sms_registration_cli.planning.result import RegionPlan, RegistrationPlan
from sms_registration_rules.fees import Fee, fees

START_SECONDS = 5
"""About what a run reads before it writes."""


@dataclass(frozen=True)
class Charge:
    """A fee, as often as it is charged."""

    fee: Fee
    count: int

    @property
    def usd(self) -> float | None:
        """What AWS publishes, for all of them; None if it publishes no amount."""
        return None if self.fee.usd is None else self.fee.usd * self.count

    @property
    def users_say_usd(self) -> float | None:
        """What users report, for all of them; None if they report nothing."""
        return None if self.fee.users_say_usd is None else self.fee.users_say_usd * self.count


@dataclass(frozen=True)
class Totals:
    """What the deployment of one Region, or of all, takes.

    Attributes:
        region: The Region; empty for the sum.
        registrations: How many registrations are planned.
        created: How many of them are created.
        reviewed: How many are submitted, also by the watch later.
        failing: How many make the deployment fail.
        requests: How often each writing operation is called by the deployment.
        seconds: How long the writing takes at the service's quota.
        charges: The fees until everything is submitted.
        quotas: The quotas that are used; those of a Region.
    """

    region: str
    registrations: int
    created: int
    reviewed: int
    failing: int
    requests: Mapping[str, int]
    seconds: int
    charges: tuple[Charge, ...]
    quotas: tuple[Quota, ...] = ()


def of_region(region: RegionPlan) -> Totals:
    """The totals of one Region."""
    return Totals(
        region.region,
        len(region.plans),
        sum(plan.is_created for plan in region.plans),
        sum(plan.is_to_be_reviewed for plan in region.plans),
        sum(plan.fails for plan in region.plans),
        region.calls,
        seconds(region.calls),
        _added(charge for plan in region.plans for charge in charges(plan)),
        tuple(quotas.needed(region)),
    )


def sum_of(totals: Sequence[Totals]) -> Totals:
    """All Regions together, deployed one after another. Quotas are those of each Region, so they have no sum."""
    requests: Counter[str] = Counter()
    for each in totals:
        requests.update(each.requests)
    return Totals(
        "",
        sum(each.registrations for each in totals),
        sum(each.created for each in totals),
        sum(each.reviewed for each in totals),
        sum(each.failing for each in totals),
        requests,
        sum(each.seconds for each in totals),
        _added(charge for each in totals for charge in each.charges),
    )


def seconds(requests: Mapping[str, int]) -> int:
    """About how long the writing takes: each operation once a second, all stacks together, different operations side by side."""
    most = max(requests.values(), default=0)
    return round(START_SECONDS + most * CALL_SECONDS) if most else 0


def charges(plan: RegistrationPlan) -> list[Charge]:
    """The known fees of a registration that is submitted; a monthly one only if it is not paid already."""
    if not plan.is_to_be_reviewed:
        return []
    is_paid = plan.found is not None and plan.found.status == "COMPLETE"
    numbers = len(quotas.numbers_of(plan.associations))
    found = [
        Charge(fee, numbers if fee.for_each == "number" else 1)
        for fee in fees(plan.registration_type)
        if fee.charged != "monthly" or not is_paid
    ]
    return [charge for charge in found if charge.count]


def _added(single: Iterable[Charge]) -> tuple[Charge, ...]:
    count: Counter[Fee] = Counter()
    for charge in single:
        count[charge.fee] += charge.count
    return tuple(Charge(fee, number) for fee, number in count.items())
