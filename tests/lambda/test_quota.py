"""Many registrations under the service's quota of one request per second per operation: nothing fails, little time is lost."""

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
def test_thirty_concurrent_registrations(seed: int) -> None:
    deployment = deploy(30, seed=seed)
    assert deployment.failures == ()
    assert deployment.succeeded == 30
    assert 29 <= deployment.seconds <= 1.15 * 30


@pytest.mark.fault(31)
@pytest.mark.parametrize("seed", SEEDS)
def test_one_form_does_not_throttle_itself(seed: int) -> None:
    deployment = deploy(1, 30, seed=seed)
    assert deployment.succeeded == 2
    assert deployment.calls["PutRegistrationFieldValue"] == 30
    assert deployment.seconds <= 1.05 * 30


@pytest.mark.fault(31)
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("registrations", "fields"), [(5, 10), (10, 20)])
def test_registrations_with_forms_stay_near_the_quota(registrations: int, fields: int, seed: int) -> None:
    deployment = deploy(registrations, fields, seed=seed)
    assert deployment.failures == ()
    assert deployment.succeeded == 2 * registrations
    assert deployment.seconds <= 1.15 * registrations * fields


@pytest.mark.fault(31, 34)
def test_next_run_completes_unfinished_work() -> None:
    """The work takes 1,000 seconds of quota, and a run has 900."""
    deployment = deploy(5, 200)
    assert deployment.failures == ()
    assert deployment.succeeded == 10
    assert deployment.seconds > 900
    assert deployment.seconds <= 1.2 * 1000
