"""Random deployments of random stacks, with a faulty service, reviewers who decide, and people who interfere."""

import copy
import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from moto_sms_voice import exceptions
from moto_sms_voice.review import ReviewError
from sms_registration_contract.containers import Killed
from support import switched
from support.handler_help import made_by_hand
from support.invariants import Invariants, owner_of
from support.small_forms import BRAND, NAME, TOLL_FREE
from support.stack import Stack
from support.switches import ALTERNATIVES
from support.templates import BY_HAND, ByHand, templates
from support.world import World, Worlds

OPERATIONS = (
    "CreateRegistration",
    "CreateRegistrationAssociation",
    "CreateRegistrationAttachment",
    "CreateRegistrationVersion",
    "DeleteRegistration",
    "DeleteRegistrationAttachment",
    "DeleteRegistrationFieldValue",
    "DescribeRegistrationAttachments",
    "DescribeRegistrationFieldDefinitions",
    "DescribeRegistrationFieldValues",
    "DescribeRegistrationTypeDefinitions",
    "DescribeRegistrationVersions",
    "DescribeRegistrations",
    "DiscardRegistrationVersion",
    "ListRegistrationAssociations",
    "ListTagsForResource",
    "PutRegistrationFieldValue",
    "SubmitRegistrationVersion",
    "TagResource",
    "UntagResource",
)

ERRORS: dict[str, Callable[[], BaseException]] = {
    "killed": Killed,
    "5xx": exceptions.InternalServerException,
    "throttled": exceptions.ThrottlingException,
    "denied": exceptions.AccessDeniedException,
    "refused": lambda: exceptions.ValidationException("not accepted", "INVALID_PARAMETER", [("textValue", "wrong")]),
    "conflict": lambda: exceptions.ConflictException("busy", "OTHER", "registration", "registration-0"),
}
_ANYWHERE = sorted(set(ERRORS) - {"refused", "conflict"})
"""Errors that any request can get; the others are for writes."""

_EITHER_SIDE = {"killed", "5xx"}
"""Errors that can also occur after the request is applied, so that its response is lost."""

REPLIES: tuple[int | str, ...] = (503, 403, "silence", "reset", "lost")
REVIEWS = ("start", "aws_review", "require_authentication", "offline_review", "approve", "deny", "revoke", "close")


@dataclass(frozen=True)
class Fault:
    """One fault of the service."""

    operation: str
    """The operation; empty for any."""
    kind: str
    after: bool
    nth: int
    times: int


@dataclass(frozen=True)
class Interruption:
    """Something that happens in the middle of a run, before its nth request."""

    nth: int
    what: str


@dataclass(frozen=True)
class Trouble:
    """All faults and interruptions of one deployment."""

    faults: list[Fault]
    interruptions: list[Interruption]
    replies: list[int | str]
    cold: bool
    other_fails: bool
    rollback_knows: str

    @property
    def is_none(self) -> bool:
        """Whether nothing goes wrong."""
        return not (self.faults or self.interruptions or self.replies or self.other_fails)


_TIMES = st.sampled_from([1, 1, 1, 2, 3, 9])
_FAULTS = st.one_of(
    st.builds(
        Fault,
        operation=st.sampled_from(OPERATIONS),
        kind=st.sampled_from(_ANYWHERE),
        after=st.booleans(),
        nth=st.integers(1, 3),
        times=_TIMES,
    ),
    st.builds(
        Fault,
        operation=st.sampled_from([name for name in OPERATIONS if not name.startswith(("Describe", "List"))]),
        kind=st.sampled_from(sorted(ERRORS)),
        after=st.booleans(),
        nth=st.integers(1, 3),
        times=_TIMES,
    ),
    st.builds(
        Fault,
        operation=st.just(""),
        kind=st.sampled_from(_ANYWHERE),
        after=st.booleans(),
        nth=st.integers(1, 40),
        times=_TIMES,
    ),
)
_INTERRUPTIONS = st.builds(
    Interruption, nth=st.integers(1, 40), what=st.sampled_from(["cancel", "cancel", "late", "review", "time"])
)
_NO_TROUBLE = Trouble([], [], [], cold=False, other_fails=False, rollback_knows="new")
TROUBLES = st.one_of(
    st.just(_NO_TROUBLE),
    st.builds(
        Trouble,
        faults=st.lists(_FAULTS, max_size=3),
        interruptions=st.lists(_INTERRUPTIONS, max_size=2),
        replies=st.one_of(st.just([]), st.lists(st.sampled_from(REPLIES), max_size=12)),
        cold=st.booleans(),
        other_fails=st.booleans(),
        rollback_knows=st.sampled_from(["new", "old"]),
    ),
)
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
        self.disturbances = 0
        COUNTS["sequences, including those that hypothesis abandoned"] += 1

    @initialize(switches=st.lists(st.sampled_from(ALTERNATIVES), max_size=3, unique_by=lambda each: each[0]))
    def configure(self, switches: list[tuple[str, Any]]) -> None:
        """Choose switches for the account's service."""
        self.world.fake.configure(**dict(switches) | switched.fixed)

    # --- what users do ---

    @rule(name=st.sampled_from(["A", "A", "A", "B"]), template=templates(), trouble=TROUBLES, touch=st.booleans())
    def deploy(self, name: str, template: dict[str, Any], trouble: Trouble, touch: bool) -> None:
        """Deploy a template to a stack in any state."""
        stack = self._ready(name)
        if stack is None:
            return
        template = self._with_ids(template)
        completed = len(stack.completed)
        before = {logical_id: resource.physical_id for logical_id, resource in stack.resources.items()}
        live = self.checks.live()
        self._begin(stack, trouble)
        status = stack.deploy(template)
        self._end(stack)
        COUNTS["deployments"] += 1
        COUNTS[f"ended: {status}"] += 1
        if status == "UPDATE_ROLLBACK_FAILED":
            status = self._continue_rollback(stack, completed)
        if status == "UPDATE_ROLLBACK_COMPLETE":
            after = {logical_id: resource.physical_id for logical_id, resource in stack.resources.items()}
            left = self.checks.was_left(*before)
            assert before == after or left, f"the rollback does not go back to {before} but to {after}"
            lost = set(before.values()) & live - self.checks.live()
            assert left or not lost, f"the rollback lost {lost}"
        elif trouble.is_none and status in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            self._check_content(stack, {event["LogicalResourceId"] for event, _ in stack.completed[completed:]})
            if touch:
                self._check_no_op(stack, template)
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
            stack.late = [(due, event) for due, event in stack.late if due + 3600 > self.world.clock.passed]

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
        self.disturbances += 1
        COUNTS["interferences"] += 1

    def teardown(self) -> None:
        COUNTS.update(f"request: {call.operation}" for call in self.world.fake.calls)
        COUNTS["deliveries"] += self.world.containers.deliveries
        COUNTS["responses"] += len(self.world.endpoint.puts)

    # --- trouble ---

    def _begin(self, stack: Stack, trouble: Trouble) -> None:
        self.world.clock.passed += (
            61.0  # deployments are more than a minute apart, and an event is not fresh for longer
        )
        stack.failing = {"Other"} if trouble.other_fails else set()
        stack.rollback_knows = trouble.rollback_knows
        if trouble.cold:
            self.world.containers.cool_down()
        for fault in trouble.faults:
            error, after = self._counted(fault.kind, ERRORS[fault.kind]), fault.after and fault.kind in _EITHER_SIDE
            if fault.operation:
                when = "after" if after else "before"
                self.world.fake.inject(fault.operation, error=error, when=when, nth=fault.nth, times=fault.times)
            else:
                self.world.interceptor.fail(fault.nth, error, after=after, times=fault.times)
        replies = list(trouble.replies)
        self.world.endpoint.behave = lambda _: self._reply(replies)
        for each in trouble.interruptions:
            self.world.interceptor.interrupt(each.nth, lambda each=each: self._interrupt(stack, each))  # type: ignore[misc]

    def _end(self, stack: Stack) -> None:
        stack.failing = set()
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
        if interruption.what == "cancel" and stack.cancel():
            self.disturbances += 1
            COUNTS["fault: canceled in flight"] += 1
        elif interruption.what == "late":
            self._deliver_late(interruption.nth, duplicate=interruption.nth % 2 == 0)
        elif interruption.what == "review":
            self._review(interruption.nth, REVIEWS[interruption.nth % len(REVIEWS)])
        elif interruption.what == "time":
            self.world.clock.passed += 30.0
        if self.world.seconds_left() <= 0:
            raise Killed  # Lambda does not wait for the rest

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

    def _review(self, pick: int, step: str) -> None:
        registrations = self.world.fake.live_registrations()
        if not registrations:
            return
        registration_id = registrations[pick % len(registrations)].registration_id
        try:
            getattr(self.world.fake.review, step)(registration_id)
        except ReviewError:
            return
        self.disturbances += 1
        COUNTS["reviews"] += 1

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
        assert None in failed, f"a rollback ended FAILED: {refused}"
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

    def _check_content(self, stack: Stack, deployed: set[str]) -> None:
        """The registration has the values of a form that reports no pending changes."""
        for logical_id in deployed & set(stack.resources):
            resource = stack.resources[logical_id]
            if stack.types.get(logical_id) != "Custom::SmsRegistrationForm":
                continue
            if resource.properties["RegistrationId"] not in self.checks.live():
                continue  # the same deployment deletes its registration
            registration = self.world.fake.registration(resource.properties["RegistrationId"])
            assert owner_of(self.checks.tags(registration.registration_id), "form-") == (stack.stack_id, logical_id)
            if resource.attributes["PendingChanges"] == "true":
                continue
            values = registration.current_version.values
            held = {path: self._content(_value(each)) for path, each in values.items() if each.is_set}
            declared = {path: self._content(_declared(each)) for path, each in resource.properties["Fields"].items()}
            if resource.properties.get("KeepUndeclared") == "true":
                held = {path: value for path, value in held.items() if path in declared}
            if resource.properties.get("Submit") != "true":
                # A draft may lack what is required, but the service deletes no required value that it once had.
                fields = self.world.fake.definitions[registration.registration_type].fields
                required = {each["FieldPath"] for each in fields if each["FieldRequirement"] == "REQUIRED"}
                held = {path: value for path, value in held.items() if path in declared or path not in required}
            assert held == declared, f"{logical_id}: {held} is held, {declared} was declared"
            status = registration.current_version.registration_version_status
            if resource.properties["Submit"] == "true" and resource.attributes["PendingSubmission"] == "false":
                assert status not in ("DRAFT", "DISCARDED"), f"{logical_id} was to be submitted and is {status}"

    def _content(self, value: object) -> object:
        """For an attachment the hash of its content: another attachment with the same content is the same value."""
        is_file = isinstance(value, str) and value.startswith("attachment-")
        return self.checks.tags(str(value))["cdk-sms-registration:content"] if is_file else value

    def _check_no_op(self, stack: Stack, template: dict[str, Any]) -> None:
        """Deploying the same again writes nothing; after interference the first time may repair something."""
        named = {each.physical_id.removeprefix("form-of:") for each in stack.resources.values()}
        if not {each for each in named if each.startswith("registration-")} <= self.checks.live():
            return  # it was deleted by hand: its next Update fails, and it is not created again
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


def _value(held: Any) -> object:
    return held.select_choices or held.text_value or held.registration_attachment_id


def _declared(value: Any) -> object:
    if isinstance(value, Mapping):
        return value.get("AttachmentId", "CANARY secret")
    return value
