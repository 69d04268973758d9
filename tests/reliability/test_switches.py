"""Every scenario under each alternative of the fake's switches: without failures, and with a request that fails.

The result is the same as with the defaults, except for `REFUSED` and `DIFFERENT`. `make switches` runs the handler's other tests
under each alternative too.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from moto_sms_voice.exceptions import InternalServerException
from sms_registration_contract.containers import Killed
from support import world as worlds_module
from support.scenarios import RARE, SCENARIOS, Run
from support.switched import alternative, recording
from support.switches import LABELS
from support.world import Worlds

ALL = SCENARIOS | RARE

_NO_NEW_VERSION = "CREATE_REGISTRATION_VERSION_NOT_ALLOWED"
REFUSED = {
    ("version_statuses_before_new=DENIED+DISCARDED", "edit an approved form"): _NO_NEW_VERSION,
    ("version_statuses_before_new=DENIED+DISCARDED", "edit a revoked form"): _NO_NEW_VERSION,
    ("registration_status_after_revoke=CLOSED", "edit a revoked form"): "create a new registration",
    (
        "registration_statuses_deletable=CLOSED+CREATED",
        "delete a campaign with its brand",
    ): "RESOURCE_DELETION_NOT_ALLOWED",
}
"""Deployments that are impossible under an alternative, with the message for the user."""

DIFFERENT = {
    ("attachment_held_by=current", "change everything"): "the file of the version before can be deleted",
}
"""Deployments with a different result, with the reason why it is correct."""

NOT_READ = {
    "attachment_check": "the files are images",
    "aws_review_starts_at_once": "the handler never asks for a review by AWS",
    "client_token_mismatch": "a request is repeated as it was",
    "client_token_survives_deletion": "nothing deletes what a running request made",
    "describes_until_denial": "no form is denied automatically",
    "describes_until_number_active": "there are no numbers",
    "disallowed_values_denied": "a form with such a value is refused before its first write",
    "missing_object": "the handler sends the file itself",
    "release_closes_unapproved": "there are no numbers",
    "required_values_deletable": "a form without a required value is refused before its first write",
    "submit_reports_all_problems": "a form is checked before it is submitted",
    "unset_matches_negations": "the small forms have no such rule",
}
"""Switches that no scenario reads, with the reason."""

WAYS: dict[str, Callable[[], BaseException]] = {"killed after": Killed, "response lost": InternalServerException}
MANY = 150


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with worlds_module.worlds() as found:
        yield found


@dataclass(frozen=True)
class Case:
    """A scenario in which a request is applied and then fails."""

    scenario: str
    nth: int = 0
    way: str = ""

    def run(self, worlds: Worlds) -> tuple[Run, str]:
        run = Run(worlds, ALL[self.scenario])
        if self.nth:
            run.world.interceptor.fail(self.nth, WAYS[self.way], after=True)
        return run, run.act()


@dataclass(frozen=True)
class Known:
    """The result of a case with the defaults."""

    status: str
    content: Any
    requests: int
    switches_read: frozenset[str]
    """The switches that it read, so on which it can depend."""


@pytest.fixture(scope="module")
def known(worlds: Worlds) -> dict[Case, Known]:
    """The results of all cases with the defaults."""
    found: dict[Case, Known] = {}
    with recording() as switches_read:

        def add(case: Case) -> None:
            switches_read.clear()
            run, status = case.run(worlds)
            state, requests = content(run), run.world.interceptor.seen - run.began
            run.check_nothing_left_to_write()
            found[case] = Known(status, state, requests, frozenset(switches_read))

        for scenario in ALL:
            add(Case(scenario))
            for nth in range(1, found[Case(scenario)].requests + 1):
                for way in WAYS:
                    add(Case(scenario, nth, way))
    return found


def content(run: Run) -> Any:
    """The declared content, whatever status the service shows."""
    registrations, files = run.state()
    return [
        (kind, version in ("DRAFT", "DISCARDED"), values, tags) for kind, _, version, values, tags in registrations
    ], files


def sample(cases: list[Case], label: str) -> list[Case]:
    """All cases without a failure, and all cases with one, or every second one if there are many."""
    failing = [case for case in cases if case.nth]
    first = list(LABELS).index(label) % 2
    return [case for case in cases if not case.nth] + (failing[first::2] if len(failing) > MANY else failing)


@pytest.mark.parametrize("label", LABELS)
def test_every_scenario_under_each_alternative(worlds: Worlds, known: dict[Case, Known], label: str) -> None:
    name, value = LABELS[label]
    cases = sample([case for case, ending in known.items() if name in ending.switches_read], label)
    assert bool(cases) != (name in NOT_READ)
    with alternative(name, value):
        for case in cases:
            run, status = case.run(worlds)
            run.invariants.check()
            if (label, case.scenario) in REFUSED:
                check_refused(run, REFUSED[label, case.scenario], case)
                continue
            assert status == known[case].status, (case, [response for _, response in run.stack.completed][-4:])
            assert (content(run) == known[case].content) != ((label, case.scenario) in DIFFERENT), case
            run.check_nothing_left_to_write()
            run.invariants.check()


def check_refused(run: Run, reason: str, case: Case) -> None:
    """The former resources are unchanged, and the message says why."""
    expected = "DELETE_FAILED" if run.scenario.after is None else "UPDATE_ROLLBACK_COMPLETE"
    assert run.stack.stack_status == expected, case
    failures = [
        response["Reason"] for _, response in run.stack.completed if response and response["Status"] == "FAILED"
    ]
    assert failures, case
    assert all(reason in each for each in failures), (case, failures)
    if run.scenario.after is not None:
        assert {logical_id: each.physical_id for logical_id, each in run.stack.resources.items()} == run.before
