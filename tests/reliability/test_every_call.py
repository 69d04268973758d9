"""Every request of every scenario fails in every way, once or until CloudFormation gives up.

After each failure the invariants hold. A request that failed once changes nothing about the outcome. A deployment that failed is
rolled back to its former state; sent again to a healthy service, it succeeds and then has nothing left to write.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from moto_sms_voice import exceptions
from sms_registration_contract.containers import Killed
from support import world as worlds_module
from support.scenarios import SCENARIOS, Run, clean
from support.world import Worlds


@dataclass(frozen=True)
class Way:
    """A way in which a request fails."""

    error: Callable[[], BaseException]
    after: bool = False
    passes: bool = True
    """Whether users do not notice a single failure of this kind."""


WAYS: dict[str, Way] = {
    "killed before": Way(Killed),
    "killed after": Way(Killed, after=True),
    "response lost": Way(exceptions.InternalServerException, after=True),
    "5xx": Way(exceptions.InternalServerException),
    "throttled": Way(exceptions.ThrottlingException),
    "denied": Way(exceptions.AccessDeniedException, passes=False),
}


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with worlds_module.worlds() as found:
        yield found


@pytest.mark.fault(3, 13, 23, 25, 33, 73)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_request_that_fails_once(worlds: Worlds, scenario: str, way: str) -> None:
    requests, status, state = clean(worlds, SCENARIOS[scenario])
    assert requests
    how = WAYS[way]
    for nth in range(1, requests + 1):
        run = Run(worlds, SCENARIOS[scenario])
        run.world.interceptor.fail(nth, how.error, after=how.after)
        ended = run.act()
        run.invariants.check()
        if how.passes:
            assert (ended, run.state()) == (status, state), f"request {nth}"
        elif ended != status:
            check_failed(run, nth)
        if ended == status:
            run.check_nothing_left_to_write()


@pytest.mark.fault(3, 7, 8, 13, 17, 18, 33, 56)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_request_that_fails_until_cloudformation_gives_up(worlds: Worlds, scenario: str, way: str) -> None:
    requests, status, _ = clean(worlds, SCENARIOS[scenario])
    how = WAYS[way]
    for nth in range(1, requests + 1):
        run = Run(worlds, SCENARIOS[scenario])
        run.world.interceptor.fail_event(nth, how.error, after=how.after, event=run.world.running_event)
        ended = run.act()
        run.invariants.check()
        if ended != status:
            check_failed(run, nth)


def check_failed(run: Run, nth: int) -> None:
    """The former resources are restored, and the next deployment succeeds."""
    if run.stack.stack_status == "UPDATE_ROLLBACK_COMPLETE":
        after = {name: each.physical_id for name, each in run.stack.resources.items()}
        assert after == run.before, f"request {nth}"
        assert set(run.before.values()) & run.live <= run.invariants.live(), f"request {nth}"
    ended = run.again()
    assert ended.endswith("_COMPLETE"), (f"request {nth}", run.stack.completed[-1][1])
    assert "ROLLBACK" not in ended, (f"request {nth}", [response for _, response in run.stack.completed][-4:])
    run.invariants.check()
    run.check_nothing_left_to_write()
