"""Random reviews, deployments, hand edits and events against a watch; tools/soak.py runs many more."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from support.watch_machine import WatchMachine
from support.watch_world import watched_worlds
from support.world import Worlds

QUICK = settings(
    max_examples=100,
    stateful_step_count=12,
    deadline=None,
    database=None,
    derandomize=True,  # always the same
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with watched_worlds() as found:
        yield found


def test_random_reviews_lose_nothing_and_submit_nothing_twice(worlds: Worlds) -> None:
    WatchMachine.worlds = worlds
    run_state_machine_as_test(WatchMachine, settings=QUICK)
