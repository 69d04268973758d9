"""Two runs at once, request by request: whoever is later in CloudFormation's order wins, whatever the order of their requests.

For every pair (i, j), the overtaken run stops before its ith request, the run that overtakes it before its jth, the first goes on
to its end, and then the other. And the other way round: the overtaken event is delivered late. `make interleavings` plays every
pair; `make test` plays each `EVERY`th, those in which the second run works to its end, and fewer gaps.
"""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from support import scenarios
from support import world as worlds_module
from support.at_once import DeletedTwice, HeldAgain, Rivals, TakenOver, Twice
from support.interleaving import check_orders
from support.overtaking import Overtaken, Overtaking
from support.scenarios import (
    ALONE,
    BY_HAND,
    DRAFT,
    EDITED,
    FORM,
    SUBMITTED,
    THEIRS,
    TOLL_FREE,
    WITH_CAMPAIGN,
    Scenario,
    file,
    form,
    registration,
    tagged,
)
from support.small_forms import KIND, NAME, SYMBOL
from support.world import Worlds

EVERY = int(os.environ.get("INTERLEAVINGS_EVERY", "9"))
GAPS = (3.0, 20.0, 90.0) if EVERY == 1 else (3.0, 90.0)
"""Seconds between the overtaken request and the one that overtakes it."""

AGAIN = (15.0, 45.0, 90.0) if EVERY == 1 else (15.0, 90.0)
"""Seconds between two deliveries of an event."""

EDITED_DRAFT = {"Registration": registration(), "Form": form({NAME: "CANARY two"}, Submit=False)}
FORM_BY_HAND = {
    "Form": {
        "Type": FORM,
        "Properties": {"RegistrationId": BY_HAND, "Fields": {NAME: "CANARY one", KIND: ["PRIVATE"]}, "Submit": True},
    }
}
OTHER_FORM_BY_HAND = {
    "Form": {
        "Type": FORM,
        "Properties": {"RegistrationId": BY_HAND, "Fields": {NAME: "CANARY two", KIND: ["PUBLIC"], SYMBOL: "CANARY"}},
    }
}
BRAND_WITH_CAMPAIGN = {
    **SUBMITTED,
    "Campaign": WITH_CAMPAIGN["Campaign"],
    "CampaignForm": {
        "Type": FORM,
        "Properties": {"RegistrationId": {"Ref": "Campaign"}, "Fields": {NAME: "CANARY zero"}, "Submit": False},
    },
}
ADOPTED = {"Registration": registration(ExistingRegistrationId=BY_HAND)}
TAKEN_OVER = {"Registration": registration(ExistingRegistrationId=THEIRS, TakeOver=True)}

CASES: dict[str, Overtaken] = {
    "create a form": Overtaken(Scenario(ALONE, SUBMITTED), "Form"),
    "create a stack with a form": Overtaken(Scenario(None, FORM_BY_HAND), "Form"),
    "edit a draft": Overtaken(Scenario(DRAFT, EDITED_DRAFT), "Form"),
    "submit a draft": Overtaken(Scenario(DRAFT, EDITED), "Form"),
    "edit a submitted form": Overtaken(Scenario(SUBMITTED, EDITED), "Form"),
    "edit a denied form": Overtaken(Scenario(SUBMITTED, EDITED, scenarios.denied), "Form"),
    "edit an approved form": Overtaken(Scenario(SUBMITTED, EDITED, scenarios.approved), "Form"),
    "resubmit a denied form": Overtaken(
        Scenario(SUBMITTED, {"Registration": registration(), "Form": form(Revision="2")}, scenarios.denied), "Form"
    ),
    "associate": Overtaken(
        Scenario(BRAND_WITH_CAMPAIGN, {**SUBMITTED, **WITH_CAMPAIGN}, scenarios.approved), "CampaignForm"
    ),
    "change a file": Overtaken(Scenario({"File": file()}, {"File": file("second.png")}), "File"),
    "retag a registration": Overtaken(
        Scenario({"Registration": registration(**tagged("1"))}, {"Registration": registration(**tagged("2"))}),
        "Registration",
    ),
    "untag a registration": Overtaken(Scenario({"Registration": registration(**tagged("1"))}, ALONE), "Registration"),
    "create a registration": Overtaken(Scenario(None, ALONE), "Registration"),
    "replace a registration": Overtaken(Scenario(ALONE, {"Registration": registration(TOLL_FREE)}), "Registration"),
    "adopt": Overtaken(Scenario(None, ADOPTED), "Registration"),
    "replace by adopting": Overtaken(Scenario(ALONE, ADOPTED), "Registration"),
    "take over": Overtaken(Scenario(None, TAKEN_OVER, theirs=ALONE), "Registration"),
    "replace by taking over": Overtaken(Scenario(ALONE, TAKEN_OVER, theirs=ALONE), "Registration"),
}


@pytest.fixture(scope="module", params=[True, False], ids=["operations", "times"])
def worlds(request: pytest.FixtureRequest) -> Iterator[Worlds]:
    """CloudFormation tells one request from another by the IDs of operations, or only by times."""
    with worlds_module.worlds() as found:
        found.reports_operations = request.param
        yield found


def which(worlds: Worlds) -> dict[str, int]:
    """The pairs to play: each `EVERY`th, of which every other one with operations, and the others with times."""
    return {"every": 2 * EVERY, "offset": EVERY * worlds.reports_operations} if EVERY > 1 else {}


WAYS = {"it runs": Overtaking.earlier_first, "it is delivered late": Overtaking.later_first}


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.fault(9, 28)
def test_rollback_overtakes_a_request_while(worlds: Worlds, case: str, way: str, gap: float) -> None:
    overtaken = replace(CASES[case], gap=gap)
    assert check_orders(lambda i, j: WAYS[way](Overtaking(worlds, overtaken), i, j), **which(worlds))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.fault(9, 28)
def test_other_resources_still_roll_back_afterwards(worlds: Worlds, case: str) -> None:
    overtaken = replace(CASES[case], others_roll_back=True)
    assert check_orders(lambda i, j: Overtaking(worlds, overtaken).later_first(i, j), **which(worlds))


@pytest.mark.parametrize("late", AGAIN)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.fault(1, 28)
def test_request_is_delivered_again_around_its_rollback(worlds: Worlds, case: str, way: str, late: float) -> None:
    overtaken = replace(CASES[case], delivered_again=late)
    assert check_orders(lambda i, j: WAYS[way](Overtaking(worlds, overtaken), i, j), **which(worlds))


@pytest.mark.parametrize("gap", GAPS[:2] if EVERY == 1 else GAPS[:1])
@pytest.mark.parametrize("case", CASES)
@pytest.mark.fault(2, 28)
def test_request_is_delivered_twice_at_once_before_its_rollback(worlds: Worlds, case: str, gap: float) -> None:
    overtaken = replace(CASES[case], gap=gap, twice_at_once=True)
    assert check_orders(lambda i, j: Overtaking(worlds, overtaken).earlier_first(i, j), **which(worlds))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.fault(1, 2)
def test_request_is_delivered_twice_at_once(worlds: Worlds, case: str) -> None:
    overtaken = CASES[case]
    assert check_orders(lambda i, j: Twice(worlds, overtaken.scenario, overtaken.target).play(i, j), **which(worlds))


RIVALS = {"form": (FORM_BY_HAND, OTHER_FORM_BY_HAND), "adoption": (ADOPTED, ADOPTED)}


@pytest.mark.parametrize("rivals", RIVALS)
@pytest.mark.fault(69)
def test_two_owners_at_once(worlds: Worlds, rivals: str) -> None:
    assert check_orders(lambda i, j: Rivals(worlds, *RIVALS[rivals]).play(i, j), **which(worlds))


OTHER = {"Other": {"Type": "Test::Other"}}
HELD_AGAIN = {"form": (ALONE, SUBMITTED, "Form"), "adoption": (OTHER, ADOPTED, "Registration")}


@pytest.mark.parametrize("late", AGAIN)
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("held", HELD_AGAIN)
@pytest.mark.fault(18)
def test_delete_is_delivered_again_while_it_is_created_anew(
    worlds: Worlds, held: str, swapped: bool, late: float
) -> None:
    before, template, target = HELD_AGAIN[held]
    assert check_orders(
        lambda i, j: HeldAgain(worlds, before, template, target, late).play(i, j, swapped=swapped), **which(worlds)
    )


RELEASED = {"form": FORM_BY_HAND, "adoption": ADOPTED}


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("released", RELEASED)
@pytest.mark.fault(69)
def test_release_and_takeover_at_once(worlds: Worlds, released: str, swapped: bool) -> None:
    assert check_orders(lambda i, j: TakenOver(worlds, RELEASED[released]).play(i, j, swapped=swapped), **which(worlds))


DELETED = {
    "registration": (Scenario(ALONE, None), "Registration"),
    "form": (Scenario(FORM_BY_HAND, None), "Form"),
    "file": (Scenario({"File": file()}, None), "File"),
    "adoption": (Scenario(ADOPTED, None), "Registration"),
    "takeover": (Scenario(TAKEN_OVER, None, theirs=ALONE), "Registration"),
}


@pytest.mark.parametrize("deleted", DELETED)
@pytest.mark.fault(2, 48)
def test_delete_is_delivered_twice_at_once(worlds: Worlds, deleted: str) -> None:
    assert check_orders(lambda i, j: DeletedTwice(worlds, *DELETED[deleted]).play(i, j), **which(worlds))
