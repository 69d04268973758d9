"""Two or more runs of the function at once, request by request: each stops before any of its requests, and the others go on.

A request is one to the service, one to CloudFormation, or the response. A run that stopped before one resumes as if the request
had been on its way in the meantime; after `ON_ITS_WAY_SECONDS` it times out instead, without an effect. Time is virtual and the
same for all: what one run waits passes for the others too.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_contract.containers import ASYNC_RETRIES
from support.turns import Work
from support.world import World

ON_ITS_WAY_SECONDS = 20.0
"""How long a request can be on its way: then the client of the function gives up (its timeouts to connect and to read)."""

RESPONSE = "PUT response"
"""The name of the last request of a run, beside the operations of the service and of CloudFormation."""


def is_of_service(request: str) -> bool:
    """Whether a request is one to the service."""
    return not request.startswith(("DescribeStack", "ListStack", RESPONSE))


def is_write(request: str) -> bool:
    """Whether a request changes something in the service."""
    return not request.startswith(("Describe", "List", RESPONSE)) and not request.endswith("(timed out)")


class Run:
    """One delivery of an event, with the retries that Lambda makes.

    Attributes:
        requests: The names of the requests that it made or stops before.
        ended: Called once, as soon as it is over.
    """

    def __init__(self, stack: CloudFormation, event: dict[str, Any], ended: Callable[[], None]) -> None:
        self.stack, self.event, self.ended = stack, event, ended
        self.requests: list[str] = []
        self._work = Work(self._deliver)
        self._stop = 0

    def until(self, nth: int | None = None) -> bool:
        """Let it work until before its nth request, counted from 1, or to its end; return whether it has ended."""
        self._stop = nth or 0
        if nth is None or nth > len(self.requests):
            self._work.turn()
        return self._work.is_over

    def before(self, request: str) -> None:
        """Called in its own thread before each of its requests."""
        self.requests.append(request)
        if len(self.requests) == self._stop:
            self._work.pause()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._work.is_over

    def give_up(self) -> None:
        """End it where it is."""
        self._work.give_up()

    def _deliver(self) -> None:
        for attempt in range(1 + ASYNC_RETRIES):
            if self.stack.completes(self.event):
                return
            self.stack.clock.passed += 60.0 * (attempt + 1)


class Interleaving:
    """The runs of a world. Requests that the test itself causes stop nowhere.

    Args:
        world: The world. Its stacks must exist already.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.working: Run | None = None
        self.runs: list[Run] = []
        self.made: list[tuple[Run, str]] = []
        """Every request of a run, in the order in which they took effect."""
        self.late: list[int] = []
        """The places in `made` of the requests that were on their way while another run worked."""
        self._notes: list[tuple[int, str]] = []
        world.interceptor.observers.insert(0, lambda operation, _: self._before(operation))
        for stack in world.stacks:
            self._watch(stack)
        behave = world.endpoint.behave
        world.endpoint.behave = lambda put: (self._before(RESPONSE), behave(put))[1]

    def run(self, stack: CloudFormation, event: dict[str, Any], ended: Callable[[], None] = lambda: None) -> Run:
        """A run that handles an event. It begins with its first turn."""
        run = Run(stack, event, ended)
        self.runs.append(run)
        return run

    def go_on(self, run: Run, until: int | None = None) -> bool:
        """Let a run work until before its nth request, or to its end; return whether it has ended."""
        was_over, self.working = run.is_over, run
        try:
            run.until(until)
        finally:
            self.working = None
        if run.is_over and not was_over:
            run.ended()
        return run.is_over

    def arrives_late(self) -> bool:
        """Whether the write that is about to take effect was on its way while another run worked: nothing can prevent it."""
        return bool(self.late) and self.late[-1] == len(self.made) - 1

    def late_writes(self, of: Run, other: Run) -> list[str]:
        """The writes of a run that were on their way and took effect after the last request of another to the service."""
        last = max(
            (place for place, (run, name) in enumerate(self.made) if run is other and is_of_service(name)), default=-1
        )
        late = [self.made[place] for place in self.late if place > last]
        return [request for run, request in late if run is of and is_write(request)]

    def was_on_its_way(self, operation: str) -> bool:
        """Whether a request of this operation was on its way while another run worked."""
        return any(self.made[place][1] == operation for place in self.late if place < len(self.made))

    def note(self, happened: str) -> None:
        """Record for the trace what happens now."""
        self._notes.append((len(self.made), happened))

    def trace(self) -> str:
        """The requests of all runs in their order, a line for each turn."""
        lines: list[str] = []
        for place in range(len(self.made) + 1):
            lines += [f"  -- {happened}" for at, happened in self._notes if at == place]
            if place < len(self.made):
                run, request = self.made[place]
                begins = f"  {run.event['RequestType']} {self.runs.index(run) + 1}:"
                if lines and lines[-1].startswith(begins):
                    lines[-1] += f" {request}"
                else:
                    lines.append(f"{begins} {request}")
        return "\n".join(lines)

    def close(self) -> None:
        """End the runs that have not ended, after a failure."""
        for run in self.runs:
            run.give_up()

    def _before(self, request: str) -> None:
        run = self.working
        if run is not None:
            seen, began = len(self.made), self._world.clock.passed
            run.before(request)
            if request != RESPONSE and self._world.clock.passed - began > ON_ITS_WAY_SECONDS:
                self.made.append((run, f"{request} (timed out)"))
                raise botocore.exceptions.ReadTimeoutError(endpoint_url="")
            if len(self.made) > seen:
                self.late.append(len(self.made))
            self.made.append((run, request))

    def _watch(self, stack: CloudFormation) -> None:
        describe = stack.describe

        def watched(operation: str, logical_id: str | None) -> tuple[int, dict[str, Any]]:
            self._before(operation)
            return describe(operation, logical_id)

        stack.describe = watched  # type: ignore[method-assign]


def check_same_responses(world: World, request_id: str) -> None:
    """All responses to a request have the same status and physical ID, whatever delivery sent them."""
    said = [each for each in world.endpoint.responses if each["RequestId"] == request_id]
    shown = [f"{each['Status']} with {each['PhysicalResourceId']}: {each['Reason']}" for each in said]
    assert len({(each["Status"], each["PhysicalResourceId"]) for each in said}) <= 1, "; ".join(shown)


@dataclass(frozen=True)
class Order:
    """One order of the requests of two runs.

    Attributes:
        first: How many requests the first run had made when it stopped, or ended.
        second: The same of the second run.
        problem: What is wrong at the end. Empty: nothing.
        trace: The requests in their order.
    """

    first: int
    second: int
    problem: str
    trace: str


TO_ITS_END = 1_000_000
"""Greater than the number of any request."""


def check_orders(play: Callable[[int, int], Order], *, every: int = 1, offset: int = 0) -> int:
    """Play every pair of requests of two runs, their ends included, and return how many orders were played.

    Args:
        play: Plays one pair (i, j): the first run stops before its ith request, the second before its jth.
        every: Plays only each nth pair, and always those with the end of the second run. Omitted: all.
        offset: Which of these pairs, less than `every`. Omitted: 0.

    Raises:
        AssertionError: With the number of orders that end wrong, and one of them.
    """
    orders: dict[tuple[int, int], Order] = {}
    for i in itertools.count(1):
        orders[i, TO_ITS_END] = play(i, TO_ITS_END)
        for j in range(1, orders[i, TO_ITS_END].second + 1):
            if (i + j) % every == offset % every:
                orders[i, j] = play(i, j)
        if orders[i, TO_ITS_END].first < i:
            break
    wrong = [order for order in orders.values() if order.problem]
    if wrong:
        shown = min(wrong, key=lambda order: len(order.trace))
        raise AssertionError(f"{len(wrong)} of {len(orders)} orders end wrong: {shown.problem}\n{shown.trace}")
    return len(orders)
