"""Many registrations under the service's quota of one request a second for each operation: nothing fails, little is wasted."""

from collections.abc import Iterator

import pytest

from support.quota import deploy

SEEDS = (1, 2, 3)


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level("CRITICAL"):
        yield


@pytest.mark.fault(31)
@pytest.mark.parametrize("seed", SEEDS)
def test_thirty_registrations_at_once(seed: int) -> None:
    deployment = deploy(30, seed=seed)
    assert deployment.failures == ()
    assert deployment.succeeded == 30
    assert 29 <= deployment.seconds <= 1.15 * 30


@pytest.mark.fault(31)
@pytest.mark.parametrize("seed", SEEDS)
def test_one_form_of_twenty_fields_is_never_throttled_by_itself(seed: int) -> None:
    deployment = deploy(1, 20, seed=seed)
    assert deployment.succeeded == 2
    assert deployment.calls["PutRegistrationFieldValue"] == 20
    assert deployment.seconds <= 1.05 * 20


@pytest.mark.fault(31)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("registrations", "fields"), [(5, 10), (10, 20)])
def test_a_stack_of_registrations_with_forms(registrations: int, fields: int, seed: int) -> None:
    deployment = deploy(registrations, fields, seed=seed)
    assert deployment.failures == ()
    assert deployment.succeeded == 2 * registrations
    assert deployment.seconds <= 1.15 * registrations * fields


@pytest.mark.fault(31, 34)
def test_what_one_run_has_no_time_for_is_done_by_the_next() -> None:
    """1,000 seconds of quota, in runs of 900."""
    deployment = deploy(5, 200)
    assert deployment.failures == ()
    assert deployment.succeeded == 10
    assert deployment.seconds > 900
    assert deployment.seconds <= 1.2 * 1000
