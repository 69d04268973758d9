"""A request that CloudFormation overtakes, and the request that follows it: their runs, interleaved request by request.

The earlier request is a Create or an Update of one resource. Something else in the stack fails, CloudFormation cancels what is in
flight, and the rollback sends a Delete or an Update with the former properties. CloudFormation's statuses and times are right at
each moment, also for a run that continues after the rollback.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sms_registration_contract.cloudformation import Resource
from support import content, scenarios
from support.interleaving import TO_ITS_END, Interleaving, Order, Run
from support.scenarios import Scenario
from support.world import Worlds


@dataclass(frozen=True)
class Overtaken:
    """A deployment that is rolled back while one of its requests is in flight.

    Attributes:
        scenario: The deployed template, what happened since, and the template whose deployment is rolled back.
        target: The resource whose request is in flight.
        gap: Seconds between the two requests, at least.
        delivered_again: If given, the earlier request succeeds at once, and the interleaved run is a second delivery of it, so
            many seconds later.
        others_roll_back: Whether other resources still roll back after this one.
        twice_at_once: Whether the interleaved run is a second delivery, at the same moment, of an earlier request that succeeds
            while it has stopped. The gap begins with that.
    """

    scenario: Scenario
    target: str
    gap: float = 3.0
    delivered_again: float | None = None
    others_roll_back: bool = False
    twice_at_once: bool = False


@dataclass
class _Submission:
    run: Run | None
    request: int
    """Its number among the requests to the service."""
    values: dict[str, object]
    was_overtaken: bool


class Overtaking:
    """One world in which a request is overtaken.

    Args:
        worlds: Creates the world.
        case: The deployment.
    """

    def __init__(self, worlds: Worlds, case: Overtaken) -> None:
        self.case = case
        self._setting = scenarios.Run(worlds, case.scenario)
        self.world, self.stack, self.checks = self._setting.world, self._setting.stack, self._setting.invariants
        self.before, self._live = content.of_all(self.checks), self.checks.live()
        self.submissions: list[_Submission] = []
        self.in_flight: str | None = None
        """The request before which the earlier run stopped when it was canceled."""
        self._is_overtaken = False
        self._later: Run | None = None
        self._send()
        if case.delivered_again is not None:
            self._complete()
        self.runs = Interleaving(self.world)
        self.checks.is_unavoidable = self.runs.arrives_late
        self.world.interceptor.observers.append(self._observe)
        self.earlier = self.runs.run(self.stack, self._event)

    # --- the order of the requests ---

    def earlier_first(self, i: int, j: int) -> Order:
        """The earlier run stops before its ith request, the later one before its jth; then the earlier one goes on to its end."""

        def begin() -> Run:
            self._wait(self.case.delivered_again or 0.0)
            self.runs.go_on(self.earlier, i)
            self.in_flight = None if self.earlier.is_over else self.earlier.requests[-1]
            if self.case.twice_at_once and not self.earlier.is_over:
                self._complete()
                self._sent = self.world.clock.passed
            return self.earlier

        return self._play(begin, self._overtake, j)

    def later_first(self, i: int, j: int) -> Order:
        """The earlier event is delivered late: the later run stops before its ith request, the earlier one before its jth."""

        def begin() -> Run:
            later = self._overtake()
            self.runs.go_on(later, i)
            return later

        def follow() -> Run:
            self._wait(self.case.delivered_again or 0.0)
            return self.earlier

        return self._play(begin, follow, j)

    def _play(self, begin: Callable[[], Run], follow: Callable[[], Run], j: int) -> Order:
        first = second = 0
        problem = ""
        try:
            one = begin()
            first = len(one.requests)
            other = follow()
            self.runs.go_on(other, j)
            second = len(other.requests)
            self.runs.go_on(one)
            self.runs.go_on(other)
            self.check()
            if j == TO_ITS_END and not self._is_creation:
                self.check_next_deployment()
        except AssertionError as error:
            problem = str(error)
        finally:
            self.runs.close()
        return Order(first, second, problem, self.runs.trace())

    # --- what CloudFormation does ---

    @property
    def later(self) -> Run:
        """The run that overtakes."""
        assert self._later is not None
        return self._later

    @property
    def _resource(self) -> Resource:
        return self.stack.resources[self.case.target]

    def _send(self) -> None:
        """Send the earlier request."""
        stack, target = self.stack, self.case.target
        former = stack.resources.get(target)
        self._former = copy.copy(former) if former is not None else None
        self._is_creation = self.case.scenario.before is None
        self._event = stack.send(target, self._setting.with_ids(self.case.scenario.after))
        self._attempted = self._resource.properties
        self._sent = self.world.clock.passed

    def _complete(self) -> None:
        """Deliver the earlier request for the first time, and take its response."""
        assert self.stack.completes(self._event)
        self._accept()
        self._resource.status = f"{self._event['RequestType'].upper()}_COMPLETE"

    def _accept(self) -> bool:
        """Whether CloudFormation has a response to the earlier request."""
        response = self.world.endpoint.response_to(self._event["RequestId"])
        if response is not None:
            assert response["Status"] == "SUCCESS", response["Reason"]
            self._resource.physical_id = response["PhysicalResourceId"]
        return response is not None

    def _update(self, properties: dict[str, Any], old: dict[str, Any]) -> dict[str, Any]:
        physical_id = self._resource.physical_id
        return self.stack.event("Update", self.case.target, properties, physical_id=physical_id, old=old)

    def _overtake(self) -> Run:
        """Another resource fails: cancel the request unless it has a response, and send what the rollback needs."""
        stack, target, resource = self.stack, self.case.target, self._resource
        self._wait(self.case.gap)
        self._is_overtaken = True
        accepted = self._accept()
        if not accepted and self._former is None:
            resource.physical_id = stack.generated_id(target)
        resource.status = f"{self._event['RequestType'].upper()}_{'COMPLETE' if accepted else 'FAILED'}"
        if self._former is not None:
            stack.stack_status, resource.status = "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS"
            event = self._update(self._former.properties, self._attempted)
        else:
            # A rollback of an update deletes what was created at its end, in the clean-up.
            rollback = "ROLLBACK_IN_PROGRESS" if self._is_creation else "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
            stack.stack_status, resource.status = rollback, "DELETE_IN_PROGRESS"
            event = stack.event("Delete", target, self._attempted, physical_id=resource.physical_id)
        since = self.world.clock.passed - self._sent
        state = "has a response" if accepted else "is canceled"
        self.runs.note(
            f"{since:.0f} s after it was sent, the request {state}; {event['RequestType']} in {stack.stack_status}"
        )
        self._later = self.runs.run(stack, event, self._settle)
        return self._later

    def _settle(self) -> None:
        """Take the response to the later request, and finish the rollback."""
        stack, resource = self.stack, self._resource
        response = self.world.endpoint.response_to(self.later.event["RequestId"])
        assert response is not None, "the rollback has no response"
        assert response["Status"] == "SUCCESS", response["Reason"]
        if self._former is None:
            resource.status = "DELETE_COMPLETE"
        else:
            attempted_id, resource.physical_id = resource.physical_id, response["PhysicalResourceId"]
            resource.status, resource.properties = "UPDATE_COMPLETE", self._former.properties
            if attempted_id != resource.physical_id:
                stack.stack_status = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
                stack.clean_up(self.case.target, attempted_id, self._attempted)
        self.runs.note(f"{resource.status} for the {self.later.event['RequestType']}")
        if not self.case.others_roll_back:
            stack.stack_status = "ROLLBACK_COMPLETE" if self._is_creation else "UPDATE_ROLLBACK_COMPLETE"

    def _wait(self, seconds: float) -> None:
        """Until so many seconds after the earlier request was sent."""
        self.world.clock.passed = max(self.world.clock.passed, self._sent + seconds)

    # --- what must hold ---

    def check(self) -> None:
        """Everything is as it was before the deployment."""
        self.stack.stack_status = "ROLLBACK_COMPLETE" if self._is_creation else "UPDATE_ROLLBACK_COMPLETE"
        self.checks.check()
        after = content.of_all(self.checks)
        assert self.checks.live() == self._live, "registrations or attachments were left behind, or are lost"
        for registration_id, former in self.before.items():
            now = after[registration_id]
            assert now.claims == former.claims, (
                f"{registration_id} was claimed by {former.claims} and is by {now.claims}"
            )
            if self._former is None:
                continue  # the Delete of a form keeps its content
            assert now.values == former.values, f"{registration_id} held {former.values} and holds {now.values}"
            assert now.tags == former.tags, f"{registration_id} had the tags {former.tags} and has {now.tags}"
            assert former.is_submitted or not now.is_submitted, f"{registration_id} was a draft and is submitted"
        self.check_submissions()

    def check_next_deployment(self) -> None:
        """The next deployment of the former template finds no content to write."""
        writes = len(self.world.fake.writes)
        status = self.stack.deploy(self.stack.template, touch=True)
        assert status == "UPDATE_COMPLETE", self.stack.completed[-1][1]
        written = [call.operation for call in self.world.fake.writes[writes:]]
        assert set(written) <= {"TagResource", "UntagResource"}, f"the next deployment writes {written}"

    def check_submissions(self) -> None:
        """After the rollback began, nothing was submitted except what was held before and is to be submitted."""
        for each in self.submissions:
            was_refused = self.world.fake.calls[each.request].error is not None
            on_its_way = each.run is self.earlier and self.in_flight == "SubmitRegistrationVersion"
            if was_refused or not each.was_overtaken or on_its_way:
                continue
            held = [former.values for former in self.before.values() if former.is_submitted]
            assert each.values in held, f"{each.values} was submitted after the rollback began"

    def _observe(self, operation: str, parameters: dict[str, Any]) -> None:
        if operation != "SubmitRegistrationVersion":
            return
        registration = self.world.fake.registration(parameters["RegistrationId"])
        number, values = len(self.world.fake.calls), content.values_of(registration.current_version)
        self.submissions.append(_Submission(self.runs.working, number, values, self._is_overtaken))
