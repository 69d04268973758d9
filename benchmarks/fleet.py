"""`examples/fleet` with 1,000 tenants in two Regions, until everything is complete, in virtual time.

`FLEET_TENANTS=100 python -m benchmarks fleet` takes another number of them.
"""

import concurrent.futures
import itertools
import logging
import multiprocessing
import os
import statistics
import tempfile
from pathlib import Path

from benchmarks.report import Row, at_most, print_table, progress
from sms_registration_contract import function

function.prepare()

from support import fleet  # noqa: E402 - it imports the function
from support.fleet_stacks import Figures, templates  # noqa: E402
from support.fleet_world import HOUR, FleetRegion  # noqa: E402
from support.watch_world import watched_worlds  # noqa: E402

REGIONS = ("us-east-1", "us-west-2")
TENANTS = int(os.environ.get("FLEET_TENANTS", "1000"))
VETTED_SHARE = 10
DENIED = 0.2
LIMIT = 1.1
"""A deployment takes at most so many times what the quota takes for its values."""


def rows() -> list[Row]:
    """What deployments, continuations and the watch take, of the slowest Region."""
    with tempfile.TemporaryDirectory() as folder:
        progress(f"fleet, synthesis of {TENANTS} tenants")
        tenants = fleet.tenants(TENANTS, regions=REGIONS, vetted=TENANTS // VETTED_SHARE)
        assembly = fleet.synthesized(tenants, Path(folder))
        # The Regions share nothing, so each has a process.
        with concurrent.futures.ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
            return _rows(list(pool.map(_simulated, itertools.repeat(assembly), REGIONS)))


def _simulated(assembly: Path, region: str) -> Figures:
    progress(f"fleet, {region}")
    with watched_worlds() as worlds:
        simulated = FleetRegion(worlds, templates(assembly, region), denied=DENIED, seed=1)
        logging.getLogger("sms_registration_handler").setLevel(
            logging.WARNING
        )  # a debug line costs more than a request
        simulated.report = progress
        figures = simulated.run()
        simulated.check()
        assert simulated.idle_passes() == 0
    return figures


def _rows(regions: list[Figures]) -> list[Row]:
    first = [each for region in regions for each in region.deployments]
    puts = [each for region in regions for each in region.puts]
    again = [each for region in regions for each in region.redeployments]
    waits = [each for region in regions for each in region.continuations]
    passes = [each for region in regions for each in region.passes]
    calls, throttled = (sum(sum(each.values()) for each in kind) for kind in zip(*map(_requests, regions), strict=True))
    what = f"fleet of {TENANTS} tenants in {len(REGIONS)} Regions"
    return [
        at_most(
            f"{what}: first deployments of {len(first)} stacks, the slowest stack",
            ours=f"{_hours(max(first))}; a Region {_hours(max(sum(each.deployments) for each in regions))}",
            peer=f"the quota's own {_hours(max(puts))}",
            ratio=max(seconds / put for seconds, put in zip(first, puts, strict=True)),
            limit=LIMIT,
        ),
        Row(
            f"{what}: {len(again)} deployments of corrections",
            f"median {statistics.median(again) / 60:.1f} min, longest {_hours(max(again))}",
        ),
        at_most(
            f"{what}: the slowest custom resource",
            ours=f"{max(each.longest_resource for each in regions) / 60:.0f} min",
            peer="CloudFormation's limit of an hour",
            ratio=max(each.longest_resource for each in regions) / HOUR,
            limit=1.0,
        ),
        Row(
            f"{what}: {len(waits)} continuations after an approval",
            f"median {statistics.median(waits):.0f} s, longest {max(waits) / 60:.0f} min",
        ),
        Row(
            f"{what}: {len(passes)} runs of the watch",
            f"median {statistics.median(passes):.0f} s, longest {max(passes):.0f} s, "
            f"{sum(each.unfinished for each in regions)} repeated",
        ),
        Row(
            f"{what}: requests",
            f"{calls:,}, of which {throttled:,} waited for the quota",
        ),
        Row(
            f"{what}: until everything is complete, {sum(each.denials for each in regions)} denials included",
            f"{max(each.days for each in regions):.0f} days",
        ),
    ]


def _requests(figures: Figures) -> tuple[dict[str, int], dict[str, int]]:
    return dict(figures.calls), dict(figures.throttled)


def _hours(seconds: float) -> str:
    return f"{seconds / HOUR:.2f} h"


if __name__ == "__main__":
    print_table(rows())
