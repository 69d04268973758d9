"""The requests of a simulated stack: sent one at a time or in parallel, delivered again, and waited for."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sms_registration_contract.cloudformation import CloudFormation
from sms_registration_contract.containers import TIMEOUT_SECONDS
from sms_registration_contract.response_endpoint import ResponseEndpoint
from sms_registration_contract.virtual_time import VirtualTime
from support.dependencies import Needs
from support.parallel_runs import ParallelRuns
from support.turns import Work

Event = dict[str, Any]
Response = dict[str, Any]
Begin = Callable[[str], Event | None]
Finish = Callable[[str, Response | None], bool]

SERVICE_TIMEOUT_SECONDS = 3600.0

LOOKS_EVERY_SECONDS = 1.0
"""How often CloudFormation looks for responses, in a deployment that runs in parallel with others."""


class RequestingStack(CloudFormation):
    """A stack that sends requests and waits for their responses.

    Attributes:
        late: Events that Lambda may deliver once more, with the earliest time.
        sent: Every request, with its time.
        completed: Every finished request, with the response that CloudFormation accepted.
        in_flight: The requests that CloudFormation waits for, by logical ID.
        without_response: Logical IDs of canceled requests whose deliveries all ended with an error, and of requests that Lambda
            dropped after one that did.
        failing: Logical IDs of other resources that cannot be created or updated.
        rolls_back: Whether a deployment that fails is rolled back; otherwise it stays as it is (`--no-rollback`).
        again: Returns after how many seconds Lambda delivers an event a second time, or None; only for parallel runs.
        parallel: Runs the deliveries of independent resources at the same time. None: one after another. What is done to the
            stack may itself be one of the runs, so that several stacks are deployed at the same time.
        looks_every_seconds: How often CloudFormation then looks for responses.
    """

    def __init__(self, endpoint: ResponseEndpoint, clock: VirtualTime, handler: Any, stack_name: str = "Stack") -> None:
        super().__init__(endpoint, clock, handler, stack_name)
        self.late: list[tuple[float, Event]] = []
        self.sent: list[tuple[float, Event]] = []
        self.completed: list[tuple[Event, Response | None]] = []
        self.in_flight: dict[str, Event] = {}
        self.without_response: set[str] = set()
        self.failing: set[str] = set()
        self.rolls_back = True
        self.fails_elsewhere = False
        """Whether another resource fails while parallel runs are in flight."""
        self.again: Callable[[], float | None] = lambda: None
        self.parallel: ParallelRuns | None = None
        self.looks_every_seconds = LOOKS_EVERY_SECONDS
        self.canceled: set[str] = set()
        """RequestIds of the requests that CloudFormation canceled."""
        self._runs: dict[str, Work] = {}
        self._sent_at: dict[str, float] = {}

    def start(self, event: Event) -> None:
        """Send a request."""
        self.sent.append((self.clock.passed, event))
        self._sent_at[event["RequestId"]] = self.clock.passed
        self.in_flight[event["LogicalResourceId"]] = event
        if self.parallel is not None:
            self._runs[event["RequestId"]] = self.parallel.add(lambda: (self.invoke(event), None)[1])
            delay = self.again()
            if delay is not None:
                self.parallel.add(lambda: (self.invoke(event), None)[1], after=delay)

    def wait(
        self, among: Collection[str], interrupted: Callable[[], bool] = lambda: False
    ) -> tuple[str, Response | None] | None:
        """Wait until one of the requests in flight ends.

        Args:
            among: Logical IDs.
            interrupted: Stops the wait; only for parallel runs.

        Returns:
            The logical ID and the response, or None after an interruption, or when the request was canceled in the meantime.
        """
        if self.parallel is None:
            logical_id = next(iter(among))
            event = self.in_flight[logical_id]
            self.invoke(event)
            if event["RequestId"] in self.canceled:
                return None
        else:
            if self.parallel.is_running:
                while not interrupted() and not any(self._is_over(each) for each in among):
                    self.parallel.sleep(self.looks_every_seconds)
            else:
                self.parallel.until(lambda: interrupted() or any(self._is_over(each) for each in among))
            if interrupted():
                return None
            logical_id = next(each for each in among if self._is_over(each))
        return logical_id, self._ended(logical_id)

    def request(self, event: Event) -> Response | None:
        """Send a request and wait for its response."""
        self.start(event)
        ended = self.wait([event["LogicalResourceId"]])
        assert ended is not None
        return ended[1]

    def in_waves(
        self,
        names: Iterable[str],
        needed: Needs,
        begin: Begin,
        finish: Finish,
        *,
        cancels: bool,
        failing: Collection[str] = (),
    ) -> bool:
        """Begin each resource after what it waits for, until all are done or one fails. Return whether none failed.

        Args:
            names: The logical IDs, each after what it waits for.
            needed: What each one waits for.
            begin: Returns the request that a resource needs, if any.
            finish: Takes the response. Returns whether it is a success.
            cancels: Whether a failure cancels what is in flight, or waits for it.
            failing: What fails before it begins.
        """
        waiting, flying, succeeded = list(names), [], True
        while (waiting and succeeded) or flying:
            if succeeded:
                unfinished = {*waiting, *flying}
                for name in [each for each in waiting if not (needed[each] & unfinished) - {each}]:
                    if (flying and self.parallel is None) or not succeeded:
                        break
                    waiting.remove(name)
                    succeeded = name not in failing
                    event = begin(name) if succeeded else None
                    if event is not None:
                        self.start(event)
                        flying.append(name)
            if not succeeded and cancels:
                break
            if flying:
                ended = self.wait(flying, lambda: self.fails_elsewhere)
                if ended is None:
                    succeeded = False
                    break
                flying.remove(ended[0])
                succeeded = finish(*ended) and succeeded
        if flying and self.parallel is not None:
            self.cancel_in_flight()
        self.fails_elsewhere = False
        return succeeded

    def cancel_in_flight(self) -> None:
        """Cancel every request that has no response yet: its run goes on."""
        for logical_id in list(self.in_flight):
            resource = self.resources[logical_id]
            if resource.status == "CREATE_IN_PROGRESS":
                resource.status, resource.physical_id = "CREATE_FAILED", self.generated_id(logical_id)
            else:
                resource.status = "UPDATE_FAILED"
            self.abandon(logical_id)

    def _is_over(self, logical_id: str) -> bool:
        request_id = self.in_flight[logical_id]["RequestId"]
        if self.endpoint.response_to(request_id) is not None:
            return True
        if self.parallel is not None and self.parallel.is_running:
            return self.clock.passed >= self._sent_at[request_id] + SERVICE_TIMEOUT_SECONDS
        return self._runs[request_id].is_over

    def _ended(self, logical_id: str) -> Response | None:
        event = self.in_flight.pop(logical_id)
        response = self.endpoint.response_to(event["RequestId"])
        if response is None:
            self.pass_time(self._sent_at[event["RequestId"]] + SERVICE_TIMEOUT_SECONDS - self.clock.passed)
        self.completed.append((event, response))
        return response

    def abandon(self, logical_id: str) -> None:
        """Stop waiting for a request. Its run goes on."""
        event = self.in_flight.pop(logical_id)
        self.canceled.add(event["RequestId"])

    # --- Lambda ---

    def invoke(self, event: Event, *, limit: float = TIMEOUT_SECONDS) -> Response | None:
        """Deliver as Lambda does. An event that got a response but ended with an error is delivered again later."""
        for attempt in (1, 2, 3):
            ended = self.completes(event, limit)
            response = self.endpoint.response_to(event["RequestId"])
            if response and not ended and attempt < 3:
                self.late.append((self.clock.passed + 60.0 * attempt, event))
            if response or ended:
                return response
            self.pause(60.0 * attempt)
        if event["RequestId"] in self.canceled:
            self.without_response.add(event["LogicalResourceId"])
        return None

    def pause(self, seconds: float) -> None:
        """Wait, in a run while others work."""
        if self.parallel is not None and self.parallel.is_running:
            self.parallel.sleep(seconds)
        else:
            self.clock.passed += seconds

    def pass_time(self, seconds: float) -> None:
        """Let time pass outside of the runs, which go on in it."""
        if seconds <= 0:
            return
        if self.parallel is None:
            self.clock.passed += seconds
        elif self.parallel.is_running:
            self.parallel.sleep(seconds)  # several stacks act at once
        else:
            passed = self.parallel.add(lambda: None, after=seconds)
            self.parallel.until(lambda: passed.is_over)

    def deliver_late(self, position: int) -> Response | None:
        """Deliver an event again as Lambda does; return its response, or None without one."""
        due, event = self.late.pop(position)
        self.clock.passed = max(self.clock.passed, due)
        self.completes(event)
        return self.endpoint.response_to(event["RequestId"])

    def drop_late(self, seconds: float) -> None:
        """Drop the events that should have been delivered again this long ago: nobody cleans up after their last run."""
        dropped = [event for due, event in self.late if due + seconds <= self.clock.passed]
        self.late = [(due, event) for due, event in self.late if event not in dropped]
        self.without_response |= {event["LogicalResourceId"] for event in dropped}

    def finish(self) -> None:
        """Let every run that goes on end, also those that CloudFormation does not wait for."""
        if self.parallel is not None:
            self.parallel.finish()
            self.parallel = None
