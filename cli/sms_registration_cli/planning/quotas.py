"""Which quotas of the account a deployment needs, and which are exceeded. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sms_registration_cli.planning import assembly
from sms_registration_cli.planning.assembly import Reference
from sms_registration_cli.planning.result import RegionPlan

BRAND, CAMPAIGN = "US_TEN_DLC_BRAND_REGISTRATION", "US_TEN_DLC_CAMPAIGN_REGISTRATION"

_REPORTED = (
    ("REGISTRATIONS", "CreateRegistration", "registrations"),
    ("REGISTRATION_ATTACHMENTS", "CreateRegistrationAttachment", "attachments"),
    ("PHONE_NUMBERS", "RequestPhoneNumber", "phone numbers"),
)
"""What DescribeAccountLimits reports, the operation that uses it, and what people call it."""

DEFAULT_BRANDS = 25
DEFAULT_CAMPAIGNS_PER_BRAND = 10
DEFAULT_NUMBERS_PER_CAMPAIGN = 49
"""Of the user guide's page of quotas. AWS may have raised them for the account, which no operation tells."""

UNPUBLISHED = (("REGISTRATION_VERSIONS_CREATED_PER_DAY", "CreateRegistrationVersion", "new versions a day"),)
"""Daily quotas that exist, but whose values AWS does not publish."""


@dataclass(frozen=True)
class Quota:
    """A quota of the account in one Region, and what a deployment needs of it.

    Attributes:
        name: The service's name for it, in CloudWatch, in errors or in DescribeAccountLimits; ours where it has none.
        words: What it counts, for people.
        needed: How many more the deployment needs.
        used: How many there are.
        allowed: How many there may be; None where AWS does not publish it.
        is_default: Whether `allowed` is what AWS publishes as the default, which may have been raised for the account.
    """

    name: str
    words: str
    needed: int
    used: int
    allowed: int | None
    is_default: bool = False

    @property
    def is_exceeded(self) -> bool:
        """Whether there is not enough room."""
        return self.allowed is not None and self.used + self.needed > self.allowed

    @property
    def is_reported(self) -> bool:
        """Whether the service told what the account may have."""
        return self.allowed is not None and not self.is_default

    @property
    def fails(self) -> bool:
        """Whether the deployment is sure to fail for it."""
        return self.is_exceeded and self.is_reported

    def __str__(self) -> str:
        if self.allowed is None:
            return f"{self.words}: {self.needed:,} needed; AWS does not publish the quota ({self.name})"
        of = f"{self.used:,} of {self.allowed:,}{' by default' if self.is_default else ''} used"
        room = (
            f"the quota has room for {self.allowed - self.used:,}"
            if self.used < self.allowed
            else "the quota is used up"
        )
        line = f"{self.words}: {of}, {self.needed:,} more needed; {room}"
        if self.is_exceeded:
            name = ", unless it is raised already" if self.is_default else f" ({self.name})"
            line += f": ask AWS Support to raise it to {self.used + self.needed:,}{name}"
        return line


def needed(region: RegionPlan) -> list[Quota]:
    """The quotas that the deployment of a Region uses, in the order of this module's tables."""
    found = [*_reported(region), *_published(region)]
    return [quota for quota in found if quota.needed]


def _reported(region: RegionPlan) -> Iterator[Quota]:
    calls = region.calls
    for name, operation, words in _REPORTED:
        if name in region.limits:
            used, allowed = region.limits[name]
            yield Quota(name, words, calls[operation], used, allowed)
    for name, operation, words in UNPUBLISHED:
        yield Quota(name, words, calls[operation], 0, None)


def _published(region: RegionPlan) -> Iterator[Quota]:
    brands = sum(plan.is_created and plan.registration_type == BRAND for plan in region.plans)
    present = region.present.get(BRAND, 0)
    yield Quota("TEN_DLC_COMPANIES", "10DLC companies", brands, present, DEFAULT_BRANDS, is_default=True)
    campaigns = [plan for plan in region.plans if plan.registration_type == CAMPAIGN]
    of_brand = Counter(
        target
        for plan in campaigns
        for target in plan.associations
        if isinstance(target, Reference) and target.resource_type == assembly.REGISTRATION
    )
    numbers = [len(numbers_of(plan.associations)) for plan in campaigns]
    for name, words, most, allowed in (
        (
            "TEN_DLC_CAMPAIGNS_PER_BRAND",
            "campaigns of one brand",
            _most(of_brand.values()),
            DEFAULT_CAMPAIGNS_PER_BRAND,
        ),
        ("PHONE_NUMBERS_PER_REGISTRATION", "numbers of one campaign", _most(numbers), DEFAULT_NUMBERS_PER_CAMPAIGN),
    ):
        # One of each is what everybody has.
        if most > allowed:
            yield Quota(name, words, most, 0, allowed, is_default=True)


def numbers_of(associations: Iterable[object]) -> list[object]:
    """The phone numbers among declared associations."""
    return [
        each
        for each in associations
        if (isinstance(each, Reference) and each.resource_type == assembly.PHONE_NUMBER)
        or (isinstance(each, str) and each.rpartition("/")[2].startswith("phone-"))
    ]


def _most(counts: Iterable[int]) -> int:
    return max(counts, default=0)
