"""`examples/fleet` with few tenants, from its synthesis until every registration is complete, in virtual time.

`python -m benchmarks fleet` does the same with 1,000 tenants.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import fleet
from support.fleet_stacks import templates
from support.fleet_world import BRAND, CAMPAIGN, HOUR, FleetRegion
from support.watch_world import watched_worlds
from support.world import Worlds

REGIONS = ("us-east-1", "us-west-2")
TENANTS, PER_STACK = 12, 3


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with watched_worlds() as found:
        yield found


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two Regions with two stacks each; every other brand is vetted."""
    tenants = fleet.tenants(TENANTS, regions=REGIONS, vetted=TENANTS // 2, per_stack=PER_STACK)
    return fleet.synthesized(tenants, tmp_path_factory.mktemp("fleet"))


@pytest.mark.parametrize("region", REGIONS)
def test_everything_is_complete_although_much_is_denied(worlds: Worlds, assembly: Path, region: str) -> None:
    stacks = templates(assembly, region)
    simulated = FleetRegion(worlds, stacks, denied=0.5, seed=1)
    figures = simulated.run()

    simulated.check()
    assert simulated.idle_passes() == 0
    assert figures.denials >= 2, "otherwise this shows nothing"
    assert len(figures.deployments) == TENANTS // PER_STACK // len(REGIONS)
    assert len(figures.redeployments) >= 2
    # No longer than the quota takes, nearly; with few values, what else a form needs counts.
    for seconds, puts in zip(figures.deployments, figures.puts, strict=True):
        assert puts < seconds < 1.3 * puts
    # An event wakes the watch at once, and the schedule within the hour what a deployment held up.
    assert max(figures.continuations) < HOUR
    assert len(figures.continuations) == TENANTS // len(REGIONS) * 2 + TENANTS // 2 // len(REGIONS)


def test_a_fleet_has_the_kinds_of_the_example(assembly: Path) -> None:
    (first, _) = templates(assembly, "us-east-1").values()
    kinds = [each["Properties"].get("RegistrationType") for each in first.values()]
    assert kinds.count(BRAND) == kinds.count(CAMPAIGN) == PER_STACK
    assert "ServiceToken" not in str(first)
