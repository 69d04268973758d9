"""A type that is changed and changed back returns to the retained registration; its approved form must not be submitted again."""

from collections.abc import Iterator
from typing import Any

import pytest

from support import world as worlds_module
from support.scenarios import BRAND, TOLL_FREE, form, registration
from support.world import Worlds


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with worlds_module.worlds() as found:
        yield found


def template(kind: str, **more: Any) -> dict[str, Any]:
    retained = {"UpdateReplacePolicy": "Retain", "DeletionPolicy": "RetainExceptOnCreate"}
    return {"Registration": {**registration(kind), **retained}, "Form": form(**more)}


@pytest.mark.fault(14)
@pytest.mark.parametrize("revision", [{}, {"Revision": "1"}], ids=["no revision", "the same revision"])
def test_approved_form_is_not_submitted_again(worlds: Worlds, revision: dict[str, str]) -> None:
    world = worlds.new()
    stack = world.stack("Stack")
    assert stack.deploy(template(BRAND, **revision)) == "CREATE_COMPLETE"
    first = stack.resources["Registration"].physical_id
    world.fake.review.start(first)
    world.fake.review.approve(first)
    world.clock.passed += 600
    assert stack.deploy(template(TOLL_FREE, **revision)) == "UPDATE_COMPLETE"
    assert stack.resources["Registration"].physical_id != first
    world.clock.passed += 600
    before = len(world.fake.calls_to("SubmitRegistrationVersion"))
    assert stack.deploy(template(BRAND, **revision)) == "UPDATE_COMPLETE"
    assert stack.resources["Registration"].physical_id == first
    assert len(world.fake.calls_to("SubmitRegistrationVersion")) == before, "the approved form was submitted again"
    assert world.fake.registration(first).current_version.registration_version_status == "APPROVED"
