"""The simulated stack does what CloudFormation does: independent resources at once, failures that are kept, an API that fails."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from moto_sms_voice.exceptions import ValidationException
from support import world as worlds_module
from support.parallel_runs import ParallelRuns
from support.scenarios import ALONE, BRAND, DRAFT, TOLL_FREE, form, registration
from support.small_forms import NAME
from support.stack import Stack
from support.world import World, Worlds

TWO = {"One": registration(), "Two": registration(TOLL_FREE)}
OTHER = {"Other": {"Type": "Test::Other", "DependsOn": ["Registration"]}}


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with worlds_module.worlds() as found:
        yield found


@pytest.fixture
def world(worlds: Worlds) -> World:
    return worlds.new()


@pytest.fixture
def stack(world: World) -> Stack:
    return world.stack("Stack")


def in_parallel(stack: Stack, world: World, act: Callable[[], str]) -> str:
    """Act while every response of the service takes a moment."""
    stack.parallel = runs = ParallelRuns(world.clock, world.containers)
    world.interceptor.after = lambda: runs.sleep(0.1) if runs.is_running else None
    status = act()
    stack.finish()
    world.interceptor.forget()
    return status


def requests(stack: Stack) -> list[tuple[str, str]]:
    return [(event["RequestType"], event["LogicalResourceId"]) for _, event in stack.sent]


def test_independent_resources_are_sent_before_the_first_responds(stack: Stack, world: World) -> None:
    assert in_parallel(stack, world, lambda: stack.deploy(TWO)) == "CREATE_COMPLETE"
    (first, _), (second, _) = stack.sent
    assert first == second
    assert requests(stack) == [("Create", "One"), ("Create", "Two")]


def test_a_failure_cancels_what_is_in_flight(stack: Stack, world: World) -> None:
    template = {**TWO, "Wrong": registration("NO_SUCH_TYPE")}
    assert in_parallel(stack, world, lambda: stack.deploy(template)) == "ROLLBACK_COMPLETE"
    assert stack.canceled
    assert world.fake.live_registrations() == []


def test_a_canceled_run_goes_on(stack: Stack, world: World) -> None:
    stack.deploy(DRAFT)
    world.clock.passed += 100
    seen = []
    world.interceptor.observers.append(lambda operation, _: seen.append((operation, stack.stack_status)))
    world.interceptor.interrupt(4, stack.cancel)
    edited = {"Registration": registration(), "Form": form({NAME: "CANARY two"}, Submit=False)}
    assert in_parallel(stack, world, lambda: stack.deploy(edited)) == "UPDATE_ROLLBACK_COMPLETE"
    assert [status for _, status in seen].count("UPDATE_ROLLBACK_IN_PROGRESS") > 0
    assert requests(stack)[-2:] == [("Update", "Form"), ("Update", "Form")]


def test_a_failed_resource_is_created_again_and_deleted_later(stack: Stack, world: World) -> None:
    stack.rolls_back = False
    wrong = {**ALONE, "Form": form({NAME: "CANARY wrong!"})}
    assert stack.deploy(wrong) == "CREATE_FAILED"
    assert stack.resources["Form"].status == "CREATE_FAILED"
    world.clock.passed += 100
    before = len(stack.sent)
    assert stack.deploy({**ALONE, "Form": form()}) == "CREATE_COMPLETE"
    assert requests(stack)[before:] == [("Create", "Form")], "the same ID is held, so nothing is deleted"


def test_a_create_without_a_response_is_deleted_in_a_later_clean_up(stack: Stack, world: World) -> None:
    stack.rolls_back = False
    world.endpoint.behave = lambda _: 403
    assert stack.deploy(ALONE) == "CREATE_FAILED"
    world.endpoint.behave = lambda _: 200
    assert stack.deploy(ALONE) == "CREATE_COMPLETE"
    assert requests(stack) == [("Create", "Registration"), ("Create", "Registration"), ("Delete", "Registration")]
    assert [each.registration_id for each in world.fake.live_registrations()] == [
        stack.resources["Registration"].physical_id
    ]


def test_what_failed_can_be_rolled_back(stack: Stack, world: World) -> None:
    stack.deploy(ALONE)
    held = stack.resources["Registration"].physical_id
    stack.rolls_back, stack.failing = False, {"Other"}
    assert stack.deploy({"Registration": registration(TOLL_FREE), **OTHER}) == "UPDATE_FAILED"
    assert stack.resources["Registration"].physical_id != held
    assert stack.roll_back_failed() == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.resources["Registration"].physical_id == held


@pytest.mark.parametrize("shown", ["new", "old"])
def test_which_id_is_shown_in_the_clean_up(stack: Stack, world: World, shown: str) -> None:
    stack.deploy(ALONE)
    old = stack.resources["Registration"].physical_id
    stack.cleanup_shows = shown
    seen: list[str] = []

    def see(operation: str, _: dict[str, Any]) -> None:
        if operation == "DeleteRegistration":
            seen.append(
                stack.describe("DescribeStackResource", "Registration")[1]["StackResourceDetail"]["PhysicalResourceId"]
            )

    world.interceptor.observers.append(see)
    assert stack.deploy({"Registration": registration(TOLL_FREE)}) == "UPDATE_COMPLETE"
    assert [each == old for each in seen] == [shown == "old"]
    assert [each.registration_type for each in world.fake.live_registrations()] == [TOLL_FREE]


@pytest.mark.parametrize("code", ["AccessDenied", "Throttling", "InternalFailure"])
def test_the_api_fails_for_a_while(stack: Stack, world: World, code: str) -> None:
    left = [code, code]
    stack.refuses = lambda _: left.pop() if left else None
    assert stack.deploy({"Registration": registration(BRAND), "Form": form()}) == "CREATE_COMPLETE"
    assert left == [], "the function asked"


def test_a_stack_that_failed_is_deleted_as_a_deletion(stack: Stack, world: World) -> None:
    stack.rolls_back, stack.failing = False, {"Other"}
    assert stack.deploy({**ALONE, **OTHER}) == "CREATE_FAILED"
    statuses = set()
    world.interceptor.observers.append(lambda *_: statuses.add(stack.stack_status))
    assert stack.destroy() == "DELETE_COMPLETE"
    assert statuses == {"DELETE_IN_PROGRESS"}


def test_independent_resources_are_deleted_at_the_same_time(stack: Stack, world: World) -> None:
    stack.deploy({**TWO, "Third": {**registration(), "DependsOn": ["One"]}})
    before = len(stack.sent)
    assert in_parallel(stack, world, stack.destroy) == "DELETE_COMPLETE"
    (first, _), (second, _), (last, event) = stack.sent[before:]
    assert first == second < last
    assert event["LogicalResourceId"] == "One", "it is deleted after the one that depends on it"


def test_a_deletion_that_fails_waits_for_the_others(stack: Stack, world: World) -> None:
    stack.deploy(TWO)
    world.fake.inject("DeleteRegistration", error=ValidationException("not now"))
    assert in_parallel(stack, world, stack.destroy) == "DELETE_FAILED"
    assert sorted(each.status for each in stack.resources.values()) == ["DELETE_COMPLETE", "DELETE_FAILED"]


def test_several_stacks_are_deployed_at_the_same_time(stack: Stack, world: World) -> None:
    other, statuses = world.stack("Other"), []
    runs = stack.parallel = other.parallel = ParallelRuns(world.clock, world.containers)
    world.interceptor.after = lambda: runs.sleep(0.1)
    for each in (stack, other):
        runs.add(lambda each=each: statuses.append(each.deploy(TWO)))  # type: ignore[misc]
    runs.finish()
    assert statuses == ["CREATE_COMPLETE"] * 2
    assert {at for each in (stack, other) for at, _ in each.sent} == {stack.sent[0][0]}
