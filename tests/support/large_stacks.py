"""Large stacks in virtual time: as many runs at once as CloudFormation starts, under the service's quota.

The templates are those of the CDK, of which only the custom resources count: everything else is there already.
"""

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from unittest import mock

from moto_sms_voice.models import SmsVoiceBackend
from sms_registration_contract import function, response_endpoint
from sms_registration_contract.virtual_time import VirtualTime
from support import quota
from support.dependencies import Template
from support.parallel_runs import ParallelRuns
from support.quota import TYPE
from support.stack import Stack
from support.world import NoTimer

OTHERS_TYPE = "US_TEN_DLC_BRAND_REGISTRATION"
"""The type of the registrations that the account has already."""


@dataclass(frozen=True)
class Ended:
    """How something ended that was done to a stack.

    Attributes:
        status: The stack's final status.
        seconds: How long it took, in virtual time.
        rollback_seconds: How long the rollback took, or nothing was left of it; 0 without one.
        left: How many registrations the account has now that it did not have before.
        succeeded: How many Creates and Updates succeeded.
        canceled: How many requests CloudFormation canceled.
        failures: The Reasons of the requests that failed.
        calls: Requests to the service by operation, including throttled ones.
    """

    status: str
    seconds: float
    rollback_seconds: float
    left: int
    succeeded: int
    canceled: int
    failures: tuple[str, ...]
    calls: Mapping[str, int]


class Account:
    """An account with stacks, whose runs compete for the quota.

    Args:
        fake: The service.
        clock: The virtual time.
        endpoint: Receives the responses.
    """

    def __init__(self, fake: SmsVoiceBackend, clock: VirtualTime, endpoint: response_endpoint.ResponseEndpoint) -> None:
        self.fake, self.clock, self._endpoint = fake, clock, endpoint
        self._handler = function.module("index").handler
        self.runs = ParallelRuns(clock, self._handler)

    def hold(self, registrations: int) -> None:
        """Let the account hold registrations that belong to no stack."""
        self.fake.configure(requests_per_second=None)
        for _ in range(registrations):
            self.fake.perform("CreateRegistration", {"RegistrationType": OTHERS_TYPE})
        self.fake.configure(requests_per_second=1)

    def stack(self, name: str, *, looks_every_seconds: float = 1.0) -> Stack:
        """A new stack.

        Args:
            name: Its name.
            looks_every_seconds: How often CloudFormation looks for responses.
        """
        made = Stack(self._endpoint, self.clock, self._handler, name)
        made.parallel, made.looks_every_seconds = self.runs, looks_every_seconds
        return made

    def act(
        self, stack: Stack, act: Callable[[], str], *, fails_after: float | None = None, settles: bool = True
    ) -> Ended:
        """Do something to a stack while nothing else happens.

        Args:
            stack: The stack.
            act: Does it and returns the stack's status: `lambda: stack.deploy(template)`.
            fails_after: After how many seconds another resource of the stack fails. If omitted: none does.
            settles: Whether to wait for runs that CloudFormation no longer waits for.
        """
        (ended,) = self.act_at_once([(stack, act)], fails_after=fails_after, settles=settles)
        return ended

    def act_at_once(
        self,
        acts: list[tuple[Stack, Callable[[], str]]],
        *,
        fails_after: float | None = None,
        settles: bool = True,
    ) -> list[Ended]:
        """Do something to each of several stacks at the same time. As `act`."""
        ended: list[Ended] = []
        for stack, act in acts:
            self.runs.add(lambda stack=stack, act=act: ended.append(self._watched(stack, act)))  # type: ignore[misc]
            if fails_after is not None:
                self.runs.add(lambda stack=stack: setattr(stack, "fails_elsewhere", True), after=fails_after)  # type: ignore[misc]
        if settles:
            self.runs.finish()
        else:
            self.runs.until(lambda: len(ended) == len(acts))
        return ended

    def _watched(self, stack: Stack, act: Callable[[], str]) -> Ended:
        began, completed, sent = self.clock.passed, len(stack.completed), len(stack.events)
        calls, canceled, live = len(self.fake.calls), len(stack.canceled), len(self.fake.live_registrations())
        status = act()
        rollbacks = [
            each["Timestamp"].timestamp()
            for each in stack.events[sent:]
            if each["ResourceStatus"].endswith("ROLLBACK_IN_PROGRESS")
        ]
        responses = [
            response or {"Status": "FAILED", "Reason": "no response within the ServiceTimeout"}
            for _, response in stack.completed[completed:]
        ]
        return Ended(
            status=status,
            seconds=self.clock.passed - began,
            rollback_seconds=self.clock.time() - rollbacks[0] if rollbacks else 0.0,
            left=len(self.fake.live_registrations()) - live,
            succeeded=sum(each["Status"] == "SUCCESS" for each in responses),
            canceled=len(stack.canceled) - canceled,
            failures=tuple(each["Reason"] for each in responses if each["Status"] != "SUCCESS"),
            calls=Counter(call.operation for call in self.fake.calls[calls:]),
        )


@contextlib.contextmanager
def account(*, fields: int = 0, latency: float = quota.LATENCY_SECONDS, seed: int = 0) -> Iterator[Account]:
    """An account under its quota of one request per second for each operation.

    Args:
        fields: How many fields the form of a toll-free registration has. If omitted: its own.
        latency: Seconds that a request takes on average.
        seed: The seed of the function's random numbers.
    """
    function.prepare()
    random.seed(seed)
    endpoint = response_endpoint.ResponseEndpoint()
    with (
        quota.direct_world(latency) as (fake, clock),
        response_endpoint.without_network(endpoint, clock),
        mock.patch.object(function.module("cloudformation.provider").threading, "Timer", NoTimer),
    ):
        fake.definitions.add(quota.form_of_texts(fake.definitions[TYPE], fields))
        yield Account(fake, clock, endpoint)


def custom_resources(template: Mapping[str, Any]) -> Template:
    """The custom resources of a synthesized template.

    Args:
        template: The whole template.
    """
    found = {}
    for logical_id, declared in template["Resources"].items():
        if declared["Type"].startswith("Custom::"):
            properties = {name: each for name, each in declared["Properties"].items() if name != "ServiceToken"}
            found[logical_id] = {**declared, "Properties": properties}
    return found
