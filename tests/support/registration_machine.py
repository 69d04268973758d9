"""Random deployments of random stacks, with a faulty service, reviewers who decide, and people who interfere."""

import copy
import dataclasses
import itertools
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import botocore.exceptions
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from moto_sms_voice import exceptions
from moto_sms_voice.review import ReviewError
from sms_registration_contract.containers import Killed
from sms_registration_contract.response_endpoint import Put
from support import switched
from support.handler_help import made_by_hand
from support.interleaving import ON_ITS_WAY_SECONDS
from support.invariants import Invariants
from support.laws import ContentLaws, Held
from support.parallel_runs import ParallelRuns
from support.small_forms import BRAND, NAME, TOLL_FREE
from support.stack import FAILED, Stack
from support.switches import ALTERNATIVES
from support.templates import BY_HAND, ByHand, adopting_once, templates
from support.trouble import EITHER_SIDE, ERRORS, REVIEWS, TROUBLES, Interruption, Queries, Trouble
from support.world import World, Worlds

COUNTS: Counter[str] = Counter()
"""Counts of what happened in all sequences of this process."""


class RegistrationMachine(RuleBasedStateMachine):
    """One account. Each rule is something that happens in it; the invariants hold after every rule."""

    worlds: Worlds
    """Set by the code that runs the machine."""

    def __init__(self) -> None:
        super().__init__()
        self.world: World = self.worlds.new()
        self.checks = Invariants(self.world)
        self.stacks = {name: self.world.stack(name) for name in ("A", "B")}
        self.by_hand = [made_by_hand(self.world.fake, kind) for kind in (TOLL_FREE, BRAND)]
        assert len(self.by_hand) == BY_HAND
        self.laws = ContentLaws(self.checks)
        self.disturbances = 0
        self._stable: dict[Stack, Held] = {}
        """What each stack held when it was last stable."""
        self._disturbed: dict[Stack, set[str]] = {}
        """Registrations that reviewers or people changed since then."""
        self._several: set[Stack] = set()
        """Stacks with several deployments since then: the first ones failed and were kept."""
        self._on_its_way = 0
        self.checks.is_unavoidable = lambda: self.world.interceptor.seen == self._on_its_way
        COUNTS["sequences, including those that hypothesis abandoned"] += 1

    @initialize(
        switches=st.lists(st.sampled_from(ALTERNATIVES), max_size=3, unique_by=lambda each: each[0]),
        reports_operations=st.booleans(),
    )
    def configure(self, switches: list[tuple[str, Any]], reports_operations: bool) -> None:
        """Choose switches for the account's service, and whether CloudFormation names operations."""
        self.world.fake.configure(**dict(switches) | switched.fixed)
        self.world.reports_operations = reports_operations
        for stack in self.world.stacks:
            stack.reports_operations = reports_operations

    # --- what users do ---

    @rule(name=st.sampled_from(["A", "A", "A", "B"]), template=templates(), trouble=TROUBLES, touch=st.booleans())
    def deploy(self, name: str, template: dict[str, Any], trouble: Trouble, touch: bool) -> None:
        """Deploy a template to a stack in any state."""
        stack = self._ready(name)
        if stack is None:
            return
        template = self._with_ids(adopting_once(template))
        completed = len(stack.completed)
        if stack.stack_status not in FAILED:
            self._stable[stack], self._disturbed[stack] = self.laws.held(stack), set()
            self._several.discard(stack)
        else:
            self._several.add(stack)
        self._begin(stack, trouble)
        status = stack.deploy(template)
        self._end(stack)
        COUNTS["deployments"] += 1
        COUNTS[f"ended: {status}"] += 1
        if status == "UPDATE_ROLLBACK_FAILED":
            status = self._continue_rollback(stack, completed)
        if status == "UPDATE_ROLLBACK_COMPLETE":
            self._check_restored(stack)
        elif trouble.is_none and status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            self.laws.check_declared(stack, {event["LogicalResourceId"] for event, _ in stack.completed[completed:]})
            if touch:
                self._check_no_op(stack, template)
        if status.startswith("ROLLBACK_"):
            stack.destroy()
        self.checks.check()

    def _check_restored(self, stack: Stack) -> None:
        self.laws.check_restored(stack, self._stable[stack], self._disturbed[stack], several=stack in self._several)
        COUNTS["rollbacks compared"] += 1

    @precondition(lambda self: any(stack.stack_status in FAILED for stack in self.stacks.values()))
    @rule(trouble=TROUBLES)
    def roll_back_failed(self, trouble: Trouble) -> None:
        """Roll back a deployment that failed and was kept (`rollback-stack`)."""
        stack = next(each for each in self.stacks.values() if each.stack_status in FAILED)
        completed = len(stack.completed)
        self._begin(stack, dataclasses.replace(trouble, other_fails=False))
        status = stack.roll_back_failed()
        self._end(stack)
        COUNTS[f"ended: {status}"] += 1
        if status == "UPDATE_ROLLBACK_FAILED":
            status = self._continue_rollback(stack, completed)
        if status == "UPDATE_ROLLBACK_COMPLETE":
            self._check_restored(stack)
        if status.startswith("ROLLBACK_"):
            stack.destroy()
        self.checks.check()

    @rule(name=st.sampled_from(["A", "B"]), trouble=TROUBLES)
    def destroy(self, name: str, trouble: Trouble) -> None:
        """Delete a stack."""
        stack = self.stacks[name]
        if not stack.resources:
            return
        self._begin(stack, dataclasses.replace(trouble, other_fails=False))
        status = stack.destroy()
        self._end(stack)
        COUNTS["destroys"] += 1
        COUNTS[f"ended: {status}"] += 1
        self.checks.check()

    @rule(minutes=st.sampled_from([1, 10, 59, 61, 121, 24 * 60]))
    def wait(self, minutes: int) -> None:
        """Time passes; Lambda drops events that are not delivered by then (MaximumEventAge)."""
        self.world.clock.passed += 60.0 * minutes
        for stack in self.world.stacks:
            stack.drop_late(3600)

    # --- what Lambda does ---

    @precondition(lambda self: any(stack.late or stack.completed for stack in self.world.stacks))
    @rule(pick=st.integers(0, 1000), duplicate=st.booleans())
    def deliver_late(self, pick: int, duplicate: bool) -> None:
        """An event is delivered again after its response."""
        self._deliver_late(pick, duplicate)
        self.checks.check()

    # --- what reviewers and others do ---

    @rule(pick=st.integers(0, 100), step=st.sampled_from(REVIEWS))
    def review(self, pick: int, step: str) -> None:
        """A reviewer decides."""
        self._review(pick, step)

    @rule(pick=st.integers(0, 100), what=st.sampled_from(["delete", "put", "discard", "submit", "version"]))
    def interfere(self, pick: int, what: str) -> None:
        """A person uses the console."""
        fake = self.world.fake
        registrations = fake.live_registrations()
        if not registrations:
            return
        registration_id = registrations[pick % len(registrations)].registration_id
        acts: dict[str, Callable[[], object]] = {
            "delete": lambda: fake.delete_registration(registration_id=registration_id),
            "put": lambda: fake.put_registration_field_value(
                registration_id=registration_id, field_path=NAME, text_value="by hand"
            ),
            "discard": lambda: fake.discard_registration_version(registration_id=registration_id),
            "submit": lambda: fake.submit_registration_version(registration_id=registration_id),
            "version": lambda: fake.create_registration_version(registration_id=registration_id),
        }
        try:
            acts[what]()
        except exceptions.SmsVoiceError:
            return
        self._disturb(registration_id)
        COUNTS["interferences"] += 1

    def teardown(self) -> None:
        COUNTS.update(f"request: {call.operation}" for call in self.world.fake.calls)
        COUNTS["deliveries"] += self.world.containers.deliveries
        COUNTS["responses"] += len(self.world.endpoint.puts)

    # --- trouble ---

    def _begin(self, stack: Stack, trouble: Trouble) -> None:
        self.world.clock.passed += trouble.pause
        stack.failing = {"Other"} if trouble.other_fails else set()
        stack.rollback_knows, stack.cleanup_shows = trouble.rollback_knows, trouble.cleanup_shows
        stack.rolls_back = trouble.rolls_back
        COUNTS["fault: kept without a rollback"] += not trouble.rolls_back
        if trouble.is_parallel:
            self._run_in_parallel(stack, trouble)
        if trouble.queries is not None:
            self._refuse_queries(stack, trouble.queries)
        if trouble.cold:
            self.world.containers.cool_down()
        for fault in trouble.faults:
            error, after = self._counted(fault.kind, ERRORS[fault.kind]), fault.after and fault.kind in EITHER_SIDE
            if fault.operation:
                when = "after" if after else "before"
                self.world.fake.inject(fault.operation, error=error, when=when, nth=fault.nth, times=fault.times)
            else:
                self.world.interceptor.fail(fault.nth, error, after=after, times=fault.times)
        replies = list(trouble.replies)
        requests: list[str] = []

        def reply(put: Put) -> int | str:
            request_id = put.response["RequestId"]
            if request_id not in requests:
                requests.append(request_id)
            if trouble.unheard and request_id in requests[trouble.unheard - 1 : trouble.unheard]:
                COUNTS["fault: a response that CloudFormation never takes"] += 1
                return 403
            return self._reply(replies)

        self.world.endpoint.behave = reply
        for each in trouble.interruptions:
            self.world.interceptor.interrupt(each.nth, lambda each=each: self._interrupt(stack, each))  # type: ignore[misc]

    def _run_in_parallel(self, stack: Stack, trouble: Trouble) -> None:
        stack.parallel = runs = ParallelRuns(self.world.clock, self.world.containers)
        # Whatever a run is told takes a moment, in which the others work.
        moments = itertools.cycle((0.05, 0.4, 0.01, 1.3, 0.2, 0.7))
        # With resources that are created at the same time, a service that remembers one token remembers none of theirs.
        again = iter(() if self.world.fake.behavior.client_tokens_remembered else trouble.again)

        def deliver_again() -> float | None:
            delay = next(again, None)
            COUNTS["fault: second delivery within seconds"] += delay is not None
            return delay

        stack.again = deliver_again
        self.world.interceptor.after = lambda: runs.sleep(next(moments)) if runs.is_running else None
        COUNTS["deployments in parallel"] += 1

    def _refuse_queries(self, stack: Stack, queries: Queries) -> None:
        asked = itertools.count(1)

        def refuses(_: str) -> str | None:
            if queries.nth <= next(asked) < queries.nth + queries.times:
                COUNTS[f"fault: CloudFormation's API: {queries.code}"] += 1
                if queries.is_for_ever or queries.code == "AccessDenied":  # a missing permission is not repeated
                    self.checks.unknown.add(stack)
                return queries.code
            return None

        stack.refuses = refuses

    def _end(self, stack: Stack) -> None:
        stack.finish()
        stack.refuses = lambda _: None
        stack.again = lambda: None
        stack.failing, stack.rolls_back = set(), True
        self.world.fake.journal.faults.clear()
        self.world.interceptor.forget()
        self.world.endpoint.behave = lambda _: 200

    def _counted(self, kind: str, make: Callable[[], BaseException]) -> Callable[[], BaseException]:
        def counted() -> BaseException:
            COUNTS[f"fault: {kind}"] += 1
            return make()

        return counted

    def _reply(self, left: list[int | str]) -> int | str:
        if not left:
            return 200
        reply = left.pop(0)
        COUNTS[f"fault: response {reply}"] += 1
        return reply

    def _interrupt(self, stack: Stack, interruption: Interruption) -> None:
        began, canceled = self.world.clock.passed, self._canceled()
        if interruption.what == "cancel" and stack.cancel():
            self.disturbances += 1
            COUNTS["fault: canceled in flight"] += 1
        elif interruption.what == "late":
            self._deliver_late(interruption.nth, duplicate=interruption.nth % 2 == 0)
        elif interruption.what == "review":
            self._review(interruption.nth, REVIEWS[interruption.nth % len(REVIEWS)], closes_drafts=False)
        elif interruption.what == "time":
            self.world.clock.passed += 30.0
        if self._canceled() > canceled:
            # Also if another delivery ran meanwhile, and was interrupted by it.
            self._on_its_way = self.world.interceptor.seen
            if self.world.clock.passed - began > ON_ITS_WAY_SECONDS and self.world.seconds_left() > 0:
                raise botocore.exceptions.ReadTimeoutError(endpoint_url="")
        if self.world.seconds_left() <= 0:
            raise Killed  # Lambda does not wait for the rest

    def _canceled(self) -> int:
        return sum(len(stack.canceled) for stack in self.world.stacks)

    def _deliver_late(self, pick: int, duplicate: bool) -> None:
        """Lambda retries an event that ended with an error, or sometimes delivers another one twice."""
        stacks = self.world.stacks
        stack = stacks[pick % len(stacks)]
        self.disturbances += 1
        if duplicate:
            recent = [event for sent, event in stack.sent if sent + 3500 > self.world.clock.passed]
            if recent:
                stack.completes(recent[pick % len(recent)])
                COUNTS["fault: duplicate delivery"] += 1
        elif stack.late:
            stack.deliver_late(pick % len(stack.late))
            COUNTS["fault: late delivery"] += 1

    def _review(self, pick: int, step: str, *, closes_drafts: bool = True) -> None:
        registrations = self.world.fake.live_registrations()
        if not registrations:
            return
        registration = registrations[pick % len(registrations)]
        registration_id = registration.registration_id
        if step == "close" and registration.registration_status == "CREATED" and not closes_drafts:
            return  # nobody closes what was created seconds ago, in the deployment that creates it
        try:
            getattr(self.world.fake.review, step)(registration_id)
        except ReviewError:
            return
        self._disturb(registration_id)
        COUNTS["reviews"] += 1

    def _disturb(self, registration_id: str) -> None:
        self.disturbances += 1
        for disturbed in self._disturbed.values():
            disturbed.add(registration_id)

    # --- stacks ---

    def _ready(self, name: str) -> Stack | None:
        """The stack, replaced by a new one if it is deleted; None if it cannot be deployed to."""
        stack = self.stacks[name]
        if stack.stack_status in ("DELETE_COMPLETE", "ROLLBACK_COMPLETE"):
            stack = self.stacks[name] = self.world.stack(name)
        return None if stack.stack_status in ("DELETE_FAILED", "ROLLBACK_FAILED") else stack

    def _continue_rollback(self, stack: Stack, completed: int) -> str:
        failed = [response for event, response in stack.completed[completed:] if event["RequestType"] == "Update"]
        refused = [response["Reason"] for response in failed if response and response["Status"] == "FAILED"]
        assert None in failed or stack in self.checks.unknown, f"a rollback ended FAILED: {refused}"
        status = stack.continue_update_rollback()
        assert status == "UPDATE_ROLLBACK_COMPLETE"
        return status

    def _with_ids(self, value: Any) -> Any:
        if isinstance(value, ByHand):
            return self.by_hand[value.number]
        if isinstance(value, Mapping):
            return {key: self._with_ids(each) for key, each in value.items()}
        return [self._with_ids(each) for each in value] if isinstance(value, list) else value

    # --- what a success guarantees ---

    def _check_no_op(self, stack: Stack, template: dict[str, Any]) -> None:
        """Deploying the same again writes nothing; after interference the first time may repair something."""
        named = {each.physical_id.removeprefix("form-of:") for each in stack.resources.values()}
        if not {each for each in named if each.startswith("registration-")} <= self.checks.live():
            return  # it was deleted by hand: its next Update fails, and it is not created again
        held = [each.physical_id for each in stack.resources.values() if each.physical_id.startswith("registration-")]
        if len(held) > len(set(held)):
            return  # one resource took it over from another one, which has to leave the template
        for _ in range(2 if self.disturbances or self.checks.has_notes() else 1):
            before = len(self.world.fake.writes)
            status = stack.deploy(copy.deepcopy(template), touch=True)
        # A closed registration is an error as soon as a form wants anything of it.
        forms = {each.physical_id for each in stack.resources.values() if each.physical_id.startswith("form-of:")}
        closed = [
            each
            for each in self.world.fake.live_registrations()
            if f"form-of:{each.registration_id}" in forms and each.registration_status == "CLOSED"
        ]
        assert status == ("UPDATE_ROLLBACK_COMPLETE" if closed else "UPDATE_COMPLETE"), stack.completed[-1]
        assert self.world.fake.writes[before:] == [], "a deployment that changes nothing writes something"
        COUNTS["no-op deployments"] += 1
