"""Two runs at once, request by request: whoever is later in CloudFormation's order wins, whatever the order of their requests.

For every pair (i, j), the overtaken run stops before its ith request, the run that overtakes it before its jth, the first goes on
to its end, and then the other. And the other way round: the overtaken event is delivered late. `make interleavings` plays all
pairs of all cases and gaps; here every `EVERY`th, and always those in which the second run works to its end.
"""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from support import scenarios
from support import world as worlds_module
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
    Scenario,
    form,
    registration,
    tagged,
)
from support.small_forms import KIND, NAME
from support.world import Worlds

EVERY = int(os.environ.get("INTERLEAVINGS_EVERY", "7"))

EDITED_DRAFT = {"Registration": registration(), "Form": form({NAME: "CANARY two"}, Submit=False)}
FORM_BY_HAND = {
    "Form": {
        "Type": FORM,
        "Properties": {"RegistrationId": BY_HAND, "Fields": {NAME: "CANARY one", KIND: ["PRIVATE"]}, "Submit": True},
    }
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
GAPS = (3.0, 20.0, 90.0)


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with worlds_module.worlds() as found:
        yield found


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.fault(9, 28)
def test_overtaken_while_it_runs(worlds: Worlds, case: str, gap: float) -> None:
    overtaken = replace(CASES[case], gap=gap)
    assert check_orders(lambda i, j: Overtaking(worlds, overtaken).earlier_first(i, j), every=EVERY)


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("case", CASES)
@pytest.mark.fault(9, 28)
def test_delivered_late_when_overtaken_already(worlds: Worlds, case: str, gap: float) -> None:
    overtaken = replace(CASES[case], gap=gap)
    assert check_orders(lambda i, j: Overtaking(worlds, overtaken).later_first(i, j), every=EVERY)
