"""Many registrations in parallel under the service's quota of one request per second, in virtual time."""

import logging
import statistics

from benchmarks.report import Row, at_most, print_table, progress
from sms_registration_contract import function

function.prepare()

from support.quota import LATENCY_SECONDS, deploy  # noqa: E402 - it imports the function

SEEDS = 10
CASES = (
    (30, 0, 1.15, "botocore's defaults: 4-6 of 30 succeed"),
    (1, 20, 1.05, "botocore's defaults: 0 of 5"),
    (5, 10, 1.15, "botocore's defaults: 0 of 10"),
    (10, 20, 1.15, ""),
    (25, 30, 1.2, ""),
)
"""Registrations, fields of each, the aim, and how botocore's own retries did (docs/performance.md)."""


def rows() -> list[Row]:
    """One row per case; the worst seed counts."""
    logging.disable(logging.CRITICAL)
    found = []
    for registrations, fields, limit, peer in CASES:
        progress(f"quota, {registrations} registrations of {fields} fields")
        own = float(registrations * max(1, fields))
        # With many calls, random effects even out.
        seeds = range(SEEDS if own <= 100 else 2)
        runs = [deploy(registrations, fields, seed=seed) for seed in seeds]
        expected = registrations * (2 if fields else 1)
        complete = sum(run.succeeded == expected for run in runs)
        worst = max(run.seconds for run in runs) / own
        median = statistics.median(run.seconds for run in runs)
        name = (
            f"{registrations} form{'s' * (registrations > 1)} of {fields} fields"
            if fields
            else "30 Creates in parallel"
        )
        row = at_most(
            f"{name}, 1 request/s, worst of {len(runs)} seeds",
            ours=f"median {median:.1f} s, {complete} of {len(runs)} complete",
            peer=f"the quota's own {own:g} s{f'; {peer}' if peer else ''}",
            ratio=worst,
            limit=limit,
        )
        found.append(row if complete == len(runs) else Row(row.what, row.ours, row.peer, row.ratio, row.aim, False))
    logging.disable(logging.NOTSET)
    return found


if __name__ == "__main__":
    print(f"each request takes {LATENCY_SECONDS} s")
    print_table(rows())
