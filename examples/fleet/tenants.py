"""Reads the tenants, and says in which stack a new one has room.

The number of a tenant's stack is written in the file, so no tenant moves because another one came or left.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

TENANTS_PER_STACK = 80
"""Their fields take about 50 minutes at the service's quota of one request a second."""

RESOURCES_PER_STACK = 480
"""CloudFormation allows 500; the functions, the watch and their roles are the rest."""

Place = tuple[str, int]
"""A Region, and the number of a stack in it."""


@dataclass(frozen=True)
class Tenant:
    """A tenant. `name` is part of the IDs of its constructs: never change it."""

    name: str
    region: str
    company: str
    tax_id: str
    address: str
    city: str
    state: str
    zip_code: str
    website: str
    support_email: str
    support_phone: str
    vertical: str
    services: str
    vetting: bool = False
    stack: int | None = None

    @property
    def resources(self) -> int:
        """How many resources it has in its stack: registrations, their forms, and the number."""
        return 7 if self.vetting else 5


def read(file: Path) -> dict[Place, list[Tenant]]:
    """The tenants of each stack, in the order of the file.

    Raises:
        ValueError: A name is used twice, a stack is too full, or a tenant has no stack yet; the message has one for it.
    """
    tenants = [Tenant(**each) for each in yaml.safe_load(file.read_text(encoding="utf-8"))]
    names = Counter(tenant.name for tenant in tenants)
    problems = [f"{name} is used {count} times: names are unique" for name, count in names.items() if count > 1]
    stacks = _by_stack(tenants)
    for (region, number), held in stacks.items():
        if not _fits(held):
            problems.append(
                f"stack {number} in {region} has {len(held)} tenants with {sum(each.resources for each in held)} resources, "
                f"of at most {TENANTS_PER_STACK} with {RESOURCES_PER_STACK}: remove `stack` from a tenant that is not deployed"
            )
    for name, number in place(tenants).items():
        problems.append(f"{name} has no stack yet: write `stack: {number}`, which has room")
    if problems:
        raise ValueError("\n".join([f"{file}:", *problems]))
    return stacks


def place(tenants: Sequence[Tenant]) -> Mapping[str, int]:
    """The number of the first stack with room in its Region, for each tenant without one."""
    stacks, placed = _by_stack(tenants), {}
    for tenant in tenants:
        if tenant.stack is None:
            number = 1
            while not _fits([*stacks.get((tenant.region, number), []), tenant]):
                number += 1
            stacks.setdefault((tenant.region, number), []).append(tenant)
            placed[tenant.name] = number
    return placed


def _by_stack(tenants: Sequence[Tenant]) -> dict[Place, list[Tenant]]:
    stacks: dict[Place, list[Tenant]] = {}
    for tenant in tenants:
        if tenant.stack is not None:
            stacks.setdefault((tenant.region, tenant.stack), []).append(tenant)
    return stacks


def _fits(held: Sequence[Tenant]) -> bool:
    return len(held) <= TENANTS_PER_STACK and sum(each.resources for each in held) <= RESOURCES_PER_STACK
