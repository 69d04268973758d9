"""Random deployments against a faulty service and random reviewers; `make soak` runs many more."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from support import world
from support.registration_machine import RegistrationMachine

QUICK = settings(
    max_examples=150,
    stateful_step_count=8,
    deadline=None,
    database=None,
    derandomize=True,  # always the same: `make soak` is for new sequences
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def worlds() -> Iterator[world.Worlds]:
    with world.worlds() as found:
        yield found


def test_random_deployments_keep_the_invariants(worlds: world.Worlds) -> None:
    RegistrationMachine.worlds = worlds
    run_state_machine_as_test(RegistrationMachine, settings=QUICK)
