"""Random deployments of a brand, its vetting and a campaign, with a watch: events lost, doubled and late, and hand edits."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from moto_sms_voice import exceptions
from moto_sms_voice.behavior import ServiceBehavior
from moto_sms_voice.review import ReviewError
from sms_registration_contract.containers import Killed
from sms_registration_rules import marks, told
from support.small_forms import BRAND, CAMPAIGN, NAME
from support.watch_world import CANARY, SCHEDULE, VETTING, Watched, chain
from support.world import World, Worlds

COUNTS: Counter[str] = Counter()
"""What happened in all sequences of this process."""

READS = ("Describe", "List")
WRITES = {"CreateRegistrationAssociation", "SubmitRegistrationVersion", "TagResource", "UntagResource"}
"""All that a watch may call besides reads."""

BETWEEN_DEPLOYMENTS = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}
REVIEWS = (*["approve"] * 8, "start", "require_authentication", "deny", "deny", "revoke", "close")
"""Approvals are what the watch continues after; a closed registration ends a sequence."""
ERRORS: dict[str, Callable[[], BaseException]] = {
    "killed": Killed,
    "5xx": exceptions.InternalServerException,
    "throttled": exceptions.ThrottlingException,
    "denied": exceptions.AccessDeniedException,
    "conflict": lambda: exceptions.ConflictException("busy", "OTHER", "registration", "registration-0"),
}


@st.composite
def _templates(draw: st.DrawFn) -> dict[str, Any]:
    more: dict[str, Any] = {"Revision": draw(st.sampled_from(["1", "1", "2", "3"]))}
    if draw(st.integers(0, 5)) == 0:
        more["Submit"] = False
    return {
        "numbers": draw(st.integers(0, 2)),
        "vetting": draw(st.booleans()),
        "campaign": {NAME: f"{CANARY} {draw(st.sampled_from(['one', 'one', 'two']))}"},
        "more": more,
    }


class WatchMachine(RuleBasedStateMachine):
    """One account with one stack and its watch. What holds is checked at each request of the watch, and at the end."""

    worlds: Worlds
    """Set by the code that runs the machine."""

    def __init__(self) -> None:
        super().__init__()
        self.world: World = self.worlds.new()
        self.sms = Watched(self.world)
        self.sms.fake.configure(statuses_with_event=ServiceBehavior().statuses_with_event)
        self.numbers = [self.sms.number(), self.sms.number()]
        self.watching = 0
        self.by_hand = False
        self.broken: list[AssertionError] = []
        self.world.interceptor.observers.append(self._observe)
        COUNTS["sequences"] += 1

    # --- what users and CloudFormation do ---

    @initialize(declared=_templates())
    def create(self, declared: dict[str, Any]) -> None:
        """The first deployment."""
        self._deploy(declared, fails=False)

    @rule(declared=_templates(), fails=st.integers(0, 3), watch_before=st.integers(0, 40))
    def deploy(self, declared: dict[str, Any], fails: int, watch_before: int) -> None:
        """Another deployment, which may be rolled back, with a watch in the middle of it."""
        if watch_before:
            self.world.interceptor.interrupt(watch_before, lambda: self._watch(SCHEDULE))
        self._deploy(declared, fails=fails == 0)

    # --- what reviewers and people do ---

    @rule(kind=st.sampled_from([BRAND, BRAND, CAMPAIGN, VETTING]), step=st.sampled_from(REVIEWS))
    def review(self, kind: str, step: str) -> None:
        """A reviewer decides."""
        self._review(kind, step)

    @rule(kind=st.sampled_from([BRAND, CAMPAIGN]), what=st.sampled_from(["put", "discard", "submit", "version"]))
    def interfere(self, kind: str, what: str) -> None:
        """A person uses the console."""
        fake = self.sms.fake
        acts: dict[str, Callable[[str], object]] = {
            "put": lambda one: fake.put_registration_field_value(
                registration_id=one, field_path=NAME, text_value="by hand"
            ),
            "discard": lambda one: fake.discard_registration_version(registration_id=one),
            "submit": lambda one: fake.submit_registration_version(registration_id=one),
            "version": lambda one: fake.create_registration_version(registration_id=one),
        }
        for each in self._of(kind):
            try:
                acts[what](each)
            except exceptions.SmsVoiceError:
                return
            self.by_hand = True
            COUNTS[f"by hand: {what}"] += 1

    @rule(hours=st.sampled_from([1, 3, 25, 24 * 8]))
    def wait(self, hours: int) -> None:
        """Time passes."""
        self.sms.pass_time(hours=hours)

    # --- what wakes the watch ---

    @rule(pick=st.integers(0, 200))
    def event(self, pick: int) -> None:
        """Any event that was ever sent arrives: late, doubled, out of order; those that are not picked are lost."""
        sent = self.sms.fake.events
        if sent:
            self._watch(sent[-1 - pick % len(sent)])
            COUNTS["events"] += 1
        self._check()

    @rule()
    def schedule(self) -> None:
        """The schedule wakes it."""
        self._watch(SCHEDULE)
        self._check()

    @rule(
        nth=st.integers(1, 20), kind=st.sampled_from(sorted(ERRORS)), after=st.booleans(), times=st.sampled_from([1, 3])
    )
    def troubled(self, nth: int, kind: str, after: bool, times: int) -> None:
        """A pass with a fault."""
        self.world.interceptor.fail(nth, ERRORS[kind], after=after and kind in ("killed", "5xx"), times=times)
        self._watch(SCHEDULE)
        self.world.interceptor.forget()
        self._check()

    @rule(nth=st.integers(1, 20), step=st.sampled_from([*REVIEWS, "watch", "watch"]))
    def interrupted(self, nth: int, step: str) -> None:
        """A pass in whose middle a review ends, or another watch runs."""
        if step == "watch":
            self.world.interceptor.interrupt(nth, lambda: self._watch({}))
        else:
            self.world.interceptor.interrupt(nth, lambda: self._review(CAMPAIGN if nth % 2 else BRAND, step))
        self._watch(SCHEDULE)
        self.world.interceptor.forget()
        self._check()

    @rule(services=st.sampled_from([{"sns"}, {"events"}, {"sns", "events"}]))
    def mute(self, services: set[str]) -> None:
        """A pass while messages cannot be sent."""
        self.sms.outbox.failing = services
        self._watch(SCHEDULE)
        self.sms.outbox.failing = set()
        self._check()

    # --- at the end ---

    def teardown(self) -> None:
        self._check()
        sms = self.sms
        self.world.interceptor.forget()
        if sms.stack.stack_status not in BETWEEN_DEPLOYMENTS:
            return
        for _ in range(4):
            sms.pass_time(hours=1)
            self._watch({})
        self._check()
        writes, sent = sms.writes(), len(sms.outbox.published)
        self._watch(SCHEDULE)
        assert (sms.writes(), len(sms.outbox.published)) == (writes, sent), "a pass without a change tells or writes"
        for name in ("Brand", "Campaign", "Vetting"):
            if name in sms.stack.resources and self._is_live(name):
                self._check_told(name)
                self._check_nothing_lost(name)
        COUNTS["checked to the end"] += 1

    def _check_told(self, name: str) -> None:
        sms = self.sms
        registration, tags = sms.registration(name), sms.tags(name)
        if "cdk-sms-registration:stack" not in tags:
            return
        entries = told.parse(tags.get("cdk-sms-registration:told", ""))
        assert not any(each.owed for each in entries.values()), f"{name}: {entries}"
        number, status = registration.current_version_number, sms.status(name)
        if registration.registration_status == "CLOSED":
            assert "c" in entries, f"{name} is CLOSED, told: {entries}"
        elif status == "DENIED":
            assert f"d{number}" in entries, f"{name} is {status}, told: {entries}"
        elif status == "REQUIRES_AUTHENTICATION":
            assert f"p{number}a" in entries, f"{name} is {status}, told: {entries}"

    def _check_nothing_lost(self, name: str) -> None:
        """What is still marked is told as an obstacle, or waits for a review; without hand edits, nothing waits unmarked."""
        sms = self.sms
        tags = sms.tags(name)
        waiting, entries = marks.parse(tags), told.parse(tags.get("cdk-sms-registration:told", ""))
        obstacle = any(key[0] in "bx" for key in entries)
        brand = sms.registration("Brand") if self._is_live("Brand") else None
        is_complete = brand is not None and brand.registration_status == "COMPLETE"
        held = name == "Campaign" and "Vetting" in sms.stack.resources and self._vetting_is_open()
        if waiting.submission and is_complete and not held:
            assert obstacle, f"{name}: {waiting} is neither continued nor told; told: {entries}"
        complete = sms.registration(name).registration_status == "COMPLETE"
        if waiting.associations and not waiting.submission and is_complete and complete:
            assert obstacle, f"{name}: {waiting} is neither continued nor told; told: {entries}"

    # --- at each request ---

    def _observe(self, operation: str, parameters: dict[str, Any]) -> None:
        if not self.watching:
            return
        try:
            self._check_request(operation, parameters)
        except AssertionError as broken:
            self.broken.append(broken)
            raise

    def _check_request(self, operation: str, parameters: dict[str, Any]) -> None:
        if operation.startswith(READS):
            return
        assert operation in WRITES, f"the watch called {operation}"
        if operation not in ("SubmitRegistrationVersion", "CreateRegistrationAssociation"):
            return
        sms, identity = self.sms, parameters["RegistrationId"]
        assert sms.stack.stack_status in BETWEEN_DEPLOYMENTS, f"{operation} while the stack is {sms.stack.stack_status}"
        registration = sms.fake.registration(identity)
        declared = self._declared(identity)
        assert declared is not None, f"{operation} on a registration without a form"
        if operation == "CreateRegistrationAssociation":
            assert parameters["ResourceId"] in declared["Associations"], "an association that is not declared"
            return
        assert declared["Submit"], "a submission that is not declared"
        version = registration.current_version
        held = {path: value.text_value for path, value in version.values.items()}
        if version.registration_version_status == "DRAFT":
            texts = {path: value for path, value in declared["Fields"].items() if isinstance(value, str)}
            assert texts == {path: held.get(path) for path in texts}, "content that is not declared is submitted"
        COUNTS["submissions by the watch"] += 1

    def _declared(self, identity: str) -> dict[str, Any] | None:
        for resource in self.sms.stack.resources.values():
            if resource.physical_id == f"form-of:{identity}":
                return resource.properties
        return None

    # --- helpers ---

    def _check(self) -> None:
        if self.broken:
            raise self.broken[0]
        sent = str(self.sms.outbox.published) + str(self.sms.outbox.events)
        assert CANARY not in sent
        assert not any(CANARY in line.getMessage() for line in self.world.lines)

    def _watch(self, event: Any) -> None:
        self.watching += 1
        try:
            self.sms.survives(event)
        finally:
            self.watching -= 1
        COUNTS["passes"] += 1

    def _deploy(self, declared: dict[str, Any], *, fails: bool) -> None:
        sms = self.sms
        if sms.stack.stack_status in ("DELETE_COMPLETE", "ROLLBACK_COMPLETE"):
            sms.stack = self.world.stack("Sms")
        if sms.stack.stack_status in ("DELETE_FAILED", "ROLLBACK_FAILED"):
            return
        numbers = self.numbers[: declared["numbers"]]
        template = chain(*numbers, vetting=declared["vetting"], campaign=declared["campaign"], **declared["more"])
        template["Other"] = {"Type": "AWS::Other", "DependsOn": "CampaignForm"}
        sms.stack.failing = {"Other"} if fails else set()
        status = sms.deploy(template)
        if status == "UPDATE_ROLLBACK_FAILED":
            status = sms.stack.continue_update_rollback()
        if status.startswith("ROLLBACK_"):
            sms.stack.destroy()
        self.world.interceptor.forget()
        COUNTS[f"deployments: {status}"] += 1
        self._check()

    def _review(self, kind: str, step: str) -> None:
        for each in self._of(kind):
            try:
                getattr(self.sms.fake.review, step)(each)
            except ReviewError:
                continue
            COUNTS[f"reviews: {step}"] += 1

    def _of(self, kind: str) -> list[str]:
        live = self.sms.fake.live_registrations()
        return [each.registration_id for each in live if each.registration_type == kind]

    def _is_live(self, name: str) -> bool:
        resource = self.sms.stack.resources.get(name)
        return resource is not None and resource.physical_id in {
            each.registration_id for each in self.sms.fake.live_registrations()
        }

    def _vetting_is_open(self) -> bool:
        if not self._is_live("Vetting"):
            return False
        registration = self.sms.registration("Vetting")
        return str(registration.registration_status) not in ("COMPLETE", "CLOSED")
