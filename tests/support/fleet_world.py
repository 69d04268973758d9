"""A Region of `examples/fleet` from the first deployment until everything is complete, in virtual time.

The templates are those of the example. The provider function and the watch are those that ship, under the service's quota of one
request per second for each operation. Reviewers take days and deny some; who was denied is corrected and deployed again.
"""

import copy
import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

from moto_sms_voice.definitions import Definitions
from sms_registration_contract import function
from sms_registration_contract.containers import ASYNC_RETRIES, TIMEOUT_SECONDS, Context
from sms_registration_rules import marks
from support.dependencies import Template
from support.fleet_stacks import Figures, FleetStack
from support.invariants import Invariants
from support.parallel_runs import ParallelRuns
from support.quota import LATENCY_SECONDS
from support.requests import SERVICE_TIMEOUT_SECONDS
from support.scenarios import FORM, REGISTRATION
from support.stack import Stack
from support.watch_machine import BETWEEN_DEPLOYMENTS, READS, WRITES
from support.watch_world import SCHEDULE, TOPIC_ARN, Outbox
from support.world import World, Worlds

HOUR, DAY = 3600.0, 86400.0
BRAND, VETTING, CAMPAIGN = (
    "US_TEN_DLC_BRAND_REGISTRATION",
    "US_TEN_DLC_BRAND_VETTING",
    "US_TEN_DLC_CAMPAIGN_REGISTRATION",
)
REVIEW_DAYS = {BRAND: (0.5, 3.0), VETTING: (0.5, 3.0), CAMPAIGN: (2.0, 28.0)}
"""How long reviews take, from and to."""

LONGEST_DAYS = 120
"""Two reviews of each, one after another, take less."""

CORRECTED = {BRAND: "companyInfo.address", CAMPAIGN: "campaignInfo.campaignName"}
"""The field that a denial is about."""

SERVED_STACK_ID = "SERVED_STACK_ID"
"""The variable that tells a watch, and the function, which stack is theirs."""

REDEPLOYED_AFTER_DAYS = 5
"""When the first stack is deployed again without a reason, while reviews go on."""


class FleetRegion:
    """One Region.

    Args:
        worlds: Creates its world; watched, so that the watch meets the same service.
        stacks: The templates by the stacks' names.
        denied: Which part of the brands and of the campaigns are denied once.
        seed: The seed of all random numbers.
    """

    def __init__(self, worlds: Worlds, stacks: Mapping[str, Template], *, denied: float = 0.2, seed: int = 0) -> None:
        self._random = random.Random(seed)
        random.seed(seed)
        self.world: World = worlds.new()
        self.fake: Any = self.world.fake
        self.fake.definitions = Definitions()
        many = 100_000
        self.fake.configure(
            requests_per_second=1,
            registrations_per_account=many,
            phone_numbers_per_account=many,
            versions_per_day=many,
        )
        self.checks = Invariants(self.world)
        self.checks.is_unavoidable = lambda: not self.world.containers.running  # the watch has laws of its own
        self.runs = ParallelRuns(self.world.clock, self.world.containers, keeps_turn=True)
        self.world.interceptor.observers += [self._observe, self._travel]
        self.templates = {name: copy.deepcopy(dict(each)) for name, each in stacks.items()}
        self.stacks = {name: self._stack(name) for name in stacks}
        self.outbox, self.figures = Outbox(), Figures()
        self._denied, self._decided = denied, defaultdict[str, int](int)
        self._due: dict[str, int] = {}
        """The version of each registration whose review goes on."""
        self._approved: set[str] = set()
        self._registrations_declared = sum(
            each["Type"] == REGISTRATION for template in stacks.values() for each in template.values()
        )
        self._latest: dict[str, float] = {}
        """When something of a tenant was approved last."""
        self._news: set[str] = set()
        """Stacks in which something happened since the schedule last woke their watch."""
        self._to_correct: dict[str, set[str]] = defaultdict(set)
        self._deploying = False
        self.report: Callable[[str], None] = lambda _: None
        """Is told of each deployment."""
        self._broken: list[AssertionError] = []

    def run(self) -> Figures:
        """Deploy all stacks, one after another, and go on until every registration is complete."""
        index = function.module("watch_index")
        client = mock.patch.object(function.module("aws.reads"), "client", return_value=self.outbox)
        with mock.patch.dict(os.environ, {"TOPIC_ARN": TOPIC_ARN}), client:
            self._watch_handler = index.handler
            self.runs.add(self._deploy_all)
            self.runs.add(self._hours, after=HOUR)
            self.runs.add(self._redeploy_the_first, after=REDEPLOYED_AFTER_DAYS * DAY)
            self.runs.until(self._is_complete)
            self.figures.days = self.world.clock.passed / DAY
            told = self.world.clock.passed + 2 * HOUR
            self.runs.until(lambda: self.world.clock.passed > told)
            self.runs.close()
        self._fold()
        return self.figures

    def idle_passes(self) -> int:
        """Wake every watch once more; return how many writes that led to."""
        client = mock.patch.object(function.module("aws.reads"), "client", return_value=self.outbox)
        before = len(self.fake.writes)
        with mock.patch.dict(os.environ, {"TOPIC_ARN": TOPIC_ARN}), client:
            for stack in self.stacks.values():
                self.runs.add(lambda stack=stack: self._wake(stack, SCHEDULE))  # type: ignore[misc]
            self.runs.finish()
        return len(self.fake.writes) - before

    # --- deployments ---

    def _stack(self, name: str) -> FleetStack:
        made = FleetStack(self.world.endpoint, self.world.clock, self.world.containers, name)
        made.name, made.fake, made.took, made.parallel = name, self.fake, {}, self.runs
        self.world.stacks.append(made)
        return made

    def _deploy(self, name: str, *, touch: bool = False) -> float:
        """Deploy a stack after those that are being deployed, and return the seconds that it took."""
        while self._deploying:
            self.runs.sleep(60.0)
        self._deploying = True
        stack, began = self.stacks[name], self.world.clock.passed
        stack.took.clear()
        status = stack.deploy(copy.deepcopy(self.templates[name]), touch=touch)
        failures = [each["Reason"] for each in self.world.endpoint.responses if each["Status"] == "FAILED"]
        assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), f"{name} is {status}: {failures[:3]}"
        self.figures.longest_resource = max(self.figures.longest_resource, *stack.took.values(), 0.0)
        self._deploying = False
        self._look_for_submissions()
        self._news.add(name)
        seconds = self.world.clock.passed - began
        self.report(f"day {began / DAY:.1f}: {name} {status} after {seconds / 60:.0f} min")
        return seconds

    def _deploy_all(self) -> None:
        for name, template in self.templates.items():
            self.figures.deployments.append(self._deploy(name))
            forms = [each["Properties"]["Fields"] for each in template.values() if each["Type"] == FORM]
            self.figures.puts.append(sum(map(len, forms)))

    def _redeploy_the_first(self) -> None:
        self.figures.redeployments.append(self._deploy(next(iter(self.stacks)), touch=True))

    def _correct(self) -> None:
        """What a person does each morning: correct what was denied, and deploy."""
        for name in [each for each, denied in self._to_correct.items() if denied]:
            for logical_id in self._to_correct.pop(name):
                kind = self.templates[name][logical_id]["Properties"]["RegistrationType"]
                (form,) = (
                    each["Properties"]
                    for each in self.templates[name].values()
                    if each["Type"] == FORM and each["Properties"]["RegistrationId"] == {"Ref": logical_id}
                )
                form["Fields"][CORRECTED[kind]] += " Corrected."
            self.figures.redeployments.append(self._deploy(name))

    # --- reviews ---

    def _registrations(self) -> Iterator[tuple[str, str, Any]]:
        """Stack, logical ID and registration."""
        for name, stack in self.stacks.items():
            for logical_id, resource in stack.resources.items():
                if resource.physical_id.startswith("registration-"):
                    yield name, logical_id, self.fake.registration(resource.physical_id)

    def _look_for_submissions(self) -> None:
        """Begin the review of each version that was submitted."""
        for name, logical_id, registration in self._registrations():
            version = registration.current_version
            number = version.version_number
            is_new = self._due.get(registration.registration_id) != number
            if version.registration_version_status == "SUBMITTED" and is_new:
                self._due[registration.registration_id] = number
                days = self._random.uniform(*REVIEW_DAYS[registration.registration_type])
                decide = lambda one=(name, logical_id, registration): self._decide(*one)  # noqa: E731
                self.runs.add(decide, after=days * DAY)

    def _decide(self, name: str, logical_id: str, registration: Any) -> None:
        identity, kind = registration.registration_id, registration.registration_type
        is_denied = kind in CORRECTED and not self._decided[identity] and self._random.random() < self._denied
        self._decided[identity] += 1
        if is_denied:
            self.fake.review.deny(identity, fields={CORRECTED[kind]: "INVALID_FIELD_VALUE"})
            self.figures.denials += 1
            self._to_correct[name].add(logical_id)
        else:
            self.fake.review.approve(identity)
            self._approved.add(identity)
            self._latest[_tenant(logical_id)] = self.world.clock.passed
        detail = {"registrationDetails": {"registrationId": identity, "currentStatus": "?"}}
        event = {"source": "aws.sms-voice", "detail-type": "Registration Status Change", "detail": detail}
        self._wake(self.stacks[name], event)

    # --- the watch ---

    def _hours(self) -> None:
        """The schedule, every hour; and every morning a person.

        The schedule wakes a watch after a deployment and after a run that was not finished. Otherwise it finds nothing: events
        woke the watch, and `idle_passes` shows that such a run only reads.
        """
        hour = 0
        while True:
            hour += 1
            for name in sorted(self._news):
                self.runs.add(lambda name=name: self._wake(self.stacks[name], SCHEDULE))  # type: ignore[misc]
            self._news.clear()
            if hour % 24 == 0:
                self.runs.add(self._correct)
            self._fold()
            self.runs.sleep(HOUR)

    def _wake(self, stack: FleetStack, event: Any) -> None:
        """Invoke the watch of a stack as Lambda does: again after an error."""
        for attempt in range(1 + ASYNC_RETRIES):
            os.environ[SERVED_STACK_ID] = stack.stack_id  # read before the first wait; `_travel` removes it
            began = self.world.clock.passed
            context = Context(self.world.clock, TIMEOUT_SECONDS)
            try:
                self._watch_handler(event, context)
            except function.module("watch.passes").IncompletePass:
                self.figures.unfinished += 1
                self._news.add(stack.name)
            else:
                self.figures.passes.append(self.world.clock.passed - began)
                self._look_for_submissions()
                return
            assert context.get_remaining_time_in_millis() > 0, "the watch exceeded Lambda's time limit"
            self.runs.sleep(60.0 * (attempt + 1))

    # --- each request ---

    def _travel(self, operation: str, parameters: Mapping[str, Any]) -> None:
        os.environ.pop(SERVED_STACK_ID, None)
        if self.runs.is_running:
            self.runs.sleep(LATENCY_SECONDS * random.uniform(0.8, 1.2))

    def _observe(self, operation: str, parameters: Mapping[str, Any]) -> None:
        """The laws of the watch: it writes little, between deployments, and only what waits."""
        if self.world.containers.running or operation.startswith(READS):
            return
        try:
            self._check_watch(operation, parameters)
        except AssertionError as broken:
            self._broken.append(broken)
            raise

    def _check_watch(self, operation: str, parameters: Mapping[str, Any]) -> None:
        assert operation in WRITES, f"the watch called {operation}"
        if operation not in ("SubmitRegistrationVersion", "CreateRegistrationAssociation"):
            return
        identity = parameters["RegistrationId"]
        stack = next(each for each in self.stacks.values() if f"form-of:{identity}" in _ids(each))
        assert stack.stack_status in BETWEEN_DEPLOYMENTS, f"{operation} while {stack.name} is {stack.stack_status}"
        waiting = marks.parse(self.checks.tags(identity))
        # Of two runs at the same time, the second may call what the first has just done: the service refuses that.
        version = self.world.fake.registration(identity).current_version
        is_done = operation == "SubmitRegistrationVersion" and version.registration_version_status != "DRAFT"
        assert waiting.submission or waiting.associations or is_done, (
            f"{operation} on {identity}, which waits for nothing"
        )
        if operation == "SubmitRegistrationVersion" or parameters["ResourceId"].startswith("phone-"):
            (logical_id,) = (name for name, each in stack.resources.items() if each.physical_id == identity)
            self.figures.continuations.append(self.world.clock.passed - self._latest[_tenant(logical_id)])

    # --- the end ---

    def _is_complete(self) -> bool:
        if self._broken:
            raise self._broken[0]
        if len(self._approved) < self._registrations_declared and self.world.clock.passed < LONGEST_DAYS * DAY:
            return False  # asked at each turn, so this is quick
        assert self.world.clock.passed < LONGEST_DAYS * DAY, (
            f"not complete after {LONGEST_DAYS} days: {self._incomplete()}"
        )
        return (
            not self._deploying
            and len(self.figures.deployments) == len(self.stacks)
            and not any(self._to_correct.values())
            and all(self._numbers_are_associated())
        )

    def _incomplete(self) -> list[str]:
        return [
            f"{logical_id} is {registration.registration_status}"
            for _, logical_id, registration in self._registrations()
            if registration.registration_status != "COMPLETE"
        ]

    def _numbers_are_associated(self) -> Iterator[bool]:
        for _, _, registration in self._registrations():
            if registration.registration_type == CAMPAIGN:
                yield any(each.resource_id.startswith("phone-") for each in registration.associations)

    def _fold(self) -> None:
        """Count the requests so far, and forget them: there are millions."""
        for call in self.fake.calls:
            self.figures.calls[call.operation] += 1
            if type(call.error).__name__ == "ThrottlingException":
                self.figures.throttled[call.operation] += 1
        self.fake.calls.clear()
        self.checks.check_lines()
        self.world.lines.clear()

    def check(self) -> None:
        """Everything is complete, nothing was submitted twice, each denial was told once, and no invariant is broken."""
        self.checks.check()
        submissions = Counter(
            call.parameters["RegistrationId"]
            for call in self.fake.writes
            if call.operation == "SubmitRegistrationVersion"
        )
        told = Counter((each["kind"], each["registrationId"]) for each in self.outbox.details())
        for name, logical_id, registration in self._registrations():
            where, identity = f"{name} {logical_id}", registration.registration_id
            assert registration.registration_status == "COMPLETE", f"{where} is {registration.registration_status}"
            assert submissions[identity] == self._decided[identity] == len(registration.versions), where
            assert told["denied", identity] == self._decided[identity] - 1, where
            assert told["approved", identity] == 1, where
            assert not marks.parse(self.checks.tags(identity)), f"{where} still waits"
        assert self.figures.longest_resource <= SERVICE_TIMEOUT_SECONDS


def _tenant(logical_id: str) -> str:
    """What comes before the name of the construct, in the logical ID of a registration."""
    return re.split("Brand|Vetting|Campaign", logical_id)[0]


def _ids(stack: Stack) -> set[str]:
    return {each.physical_id for each in stack.resources.values()}
