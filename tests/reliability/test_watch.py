"""Every request of every pass of the watch fails in every way: nothing is submitted twice, and nothing is lost.

A pass that ends early loses nothing: the schedule's next passes read what is, and do the rest.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from moto_sms_voice import exceptions
from sms_registration_contract.containers import Killed
from sms_registration_rules import marks
from support.small_forms import NAME
from support.watch_world import CAMPAIGN_FIELDS, Watched, chain, watched_worlds
from support.world import Worlds


@dataclass(frozen=True)
class Way:
    """A way in which a request fails."""

    error: Callable[[], BaseException]
    after: bool = False


WAYS: dict[str, Way] = {
    "killed before": Way(Killed),
    "killed after": Way(Killed, after=True),
    "response lost": Way(exceptions.InternalServerException, after=True),
    "5xx": Way(exceptions.InternalServerException),
    "throttled": Way(exceptions.ThrottlingException),
    "denied": Way(exceptions.AccessDeniedException),
    "conflict": Way(lambda: exceptions.ConflictException("busy", "OTHER", "registration", "registration-0")),
}


def vetted(sms: Watched) -> None:
    sms.approve("Brand")


def vetting_approved(sms: Watched) -> None:
    sms.approve("Brand")
    sms.watch()
    sms.approve("Vetting")


def complete(sms: Watched) -> None:
    sms.approve("Brand")
    sms.watch()
    sms.approve("Campaign")


def denied(sms: Watched) -> None:
    sms.approve("Brand")
    sms.watch()
    sms.fake.review.deny(sms.id("Campaign"), ["CAMPAIGN_UNCLEAR"])


@dataclass(frozen=True)
class Scenario:
    """What happened before the pass under test, and what holds when all is done."""

    then: Callable[[Watched], None]
    statuses: Mapping[str, str]
    told: frozenset[tuple[str, str]]
    numbers: int = 0
    vetting: bool = False


SCENARIOS = {
    "brand approved": Scenario(
        vetted,
        {"Brand": "APPROVED", "Campaign": "SUBMITTED"},
        frozenset({("approved", "Brand"), ("continued", "Campaign")}),
    ),
    "brand approved, vetting first": Scenario(
        vetted,
        {"Brand": "APPROVED", "Vetting": "SUBMITTED", "Campaign": "DRAFT"},
        frozenset({("approved", "Brand"), ("continued", "Vetting")}),
        vetting=True,
    ),
    "vetting approved": Scenario(
        vetting_approved,
        {"Vetting": "APPROVED", "Campaign": "SUBMITTED"},
        frozenset({("approved", "Vetting"), ("continued", "Campaign")}),
        vetting=True,
    ),
    "campaign approved": Scenario(
        complete,
        {"Campaign": "APPROVED"},
        frozenset({("approved", "Campaign"), ("continued", "Campaign")}),
        numbers=2,
    ),
    "campaign denied": Scenario(denied, {"Campaign": "DENIED"}, frozenset({("denied", "Campaign")})),
}


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with watched_worlds() as found:
        yield found


def ready(worlds: Worlds, scenario: Scenario) -> tuple[Watched, dict[str, Any], list[str]]:
    """A world just before the pass under test, its template, and its numbers."""
    sms = Watched(worlds.new())
    numbers = [sms.number() for _ in range(scenario.numbers)]
    template = dict(chain(*numbers, vetting=scenario.vetting))
    assert sms.deploy(template) == "CREATE_COMPLETE"
    scenario.then(sms)
    sms.outbox.told()
    return sms, template, numbers


def check(sms: Watched, scenario: Scenario, template: dict[str, Any], numbers: list[str], where: str) -> None:
    sms.world.interceptor.forget()
    sms.settle()
    assert {name: sms.status(name) for name in scenario.statuses} == dict(scenario.statuses), where
    assert scenario.told <= set(sms.outbox.told()), where
    for name in scenario.statuses:
        assert sms.submissions(name) <= 1, where
    if numbers:
        assert sms.associated("Campaign") == {sms.id("Brand"), *numbers}, where
    if scenario.statuses.get("Campaign") != "DRAFT":  # a deployment of its form does not wait for the vetting
        assert not marks.parse(sms.tags("Campaign")), where
        writes = sms.writes()
        assert sms.deploy(template, touch=True) == "UPDATE_COMPLETE", where
        assert sms.writes() == writes, where
    assert "CANARY" not in str(sms.outbox.published) + str(sms.outbox.events)


def requests(worlds: Worlds, scenario: Scenario) -> int:
    """How many requests to the service a pass makes."""
    sms, template, numbers = ready(worlds, scenario)
    before = sms.world.interceptor.seen
    sms.watch()
    made = sms.world.interceptor.seen - before
    check(sms, scenario, template, numbers, "no failure")
    return made


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_request_that_fails_once(worlds: Worlds, name: str, way: str) -> None:
    scenario, how = SCENARIOS[name], WAYS[way]
    for nth in range(1, requests(worlds, scenario) + 1):
        sms, template, numbers = ready(worlds, scenario)
        sms.world.interceptor.fail(nth, how.error, after=how.after)
        sms.survives()
        check(sms, scenario, template, numbers, f"request {nth}")


@pytest.mark.parametrize("way", ["killed before", "denied", "5xx"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_requests_that_fail_for_a_whole_pass(worlds: Worlds, name: str, way: str) -> None:
    scenario, how = SCENARIOS[name], WAYS[way]
    for nth in range(1, requests(worlds, scenario) + 1):
        sms, template, numbers = ready(worlds, scenario)
        sms.world.interceptor.fail(nth, how.error, after=how.after, times=200)
        sms.survives()
        check(sms, scenario, template, numbers, f"from request {nth}")


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_run_that_ends_while_it_tells(worlds: Worlds, name: str, side: str) -> None:
    """A message may be sent twice, and none is lost."""
    scenario = SCENARIOS[name]
    for nth in range(1, 2 * len(scenario.told) + 1):
        sms, template, numbers = ready(worlds, scenario)
        left = [nth]

        def kill(left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Killed

        setattr(sms.outbox, side, kill)
        sms.survives()
        setattr(sms.outbox, side, int)
        # Publish and PutEvents are two requests: told() pairs them, so each channel is compared on its own here.
        sent = [each["MessageAttributes"]["kind"]["StringValue"] for each in sms.outbox.published]
        put = [each["kind"] for each in sms.outbox.details()]
        sms.outbox.published.clear()
        sms.outbox.events.clear()
        sms.world.interceptor.forget()
        sms.settle()
        sent += [each["MessageAttributes"]["kind"]["StringValue"] for each in sms.outbox.published]
        put += [each["kind"] for each in sms.outbox.details()]
        kinds = {kind for kind, _ in scenario.told}
        assert kinds <= set(sent), f"message {nth}"
        assert kinds <= set(put), f"message {nth}"
        sms.outbox.published.clear()
        sms.outbox.events.clear()
        check(sms, Scenario(scenario.then, scenario.statuses, frozenset()), template, numbers, f"message {nth}")


@pytest.mark.parametrize("service", ["sns", "events"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_a_channel_that_fails_for_a_while(worlds: Worlds, name: str, service: str) -> None:
    """The other channel gets each message once, and the failing one gets it as soon as it works."""
    scenario = SCENARIOS[name]
    sms, template, numbers = ready(worlds, scenario)
    sms.outbox.failing = {service}
    for _ in range(3):
        sms.survives()
        sms.pass_time(hours=1)
    working = sms.outbox.events if service == "sns" else sms.outbox.published
    assert len(working) == len(scenario.told)
    sms.outbox.failing = set()
    check(sms, scenario, template, numbers, service)


@pytest.mark.parametrize("name", SCENARIOS)
def test_two_watches_at_once(worlds: Worlds, name: str) -> None:
    """A second one makes a whole pass before each request of the first one."""
    scenario = SCENARIOS[name]
    for nth in range(1, requests(worlds, scenario) + 1):
        sms, template, numbers = ready(worlds, scenario)
        sms.world.interceptor.interrupt(nth, sms.watch)
        sms.survives()
        kinds = {each["kind"] for each in sms.outbox.details()}
        assert "cannot_continue" not in kinds, f"before request {nth}: the other one is taken for an obstacle"
        check(sms, scenario, template, numbers, f"before request {nth}")


OTHER = {NAME: "CANARY another name"}


def test_a_deployment_that_happens_meanwhile(worlds: Worlds) -> None:
    """A whole deployment of another form before each request: its form is submitted, and nothing but it stays."""
    scenario = SCENARIOS["brand approved"]
    for nth in range(1, requests(worlds, scenario) + 1):
        sms, _, numbers = ready(worlds, scenario)
        template = dict(chain(campaign=OTHER))
        sms.world.interceptor.interrupt(nth, lambda sms=sms, template=template: sms.deploy(template))  # type: ignore[misc]
        sms.survives()
        sms.settle()
        where = f"before request {nth}"
        version = sms.registration("Campaign").current_version
        assert version.registration_version_status == "SUBMITTED", where
        assert version.values[NAME].text_value == OTHER[NAME], where
        assert not marks.parse(sms.tags("Campaign")), where
        writes = sms.writes()
        assert sms.deploy(template, touch=True) == "UPDATE_COMPLETE", where
        assert sms.writes() == writes, where
        assert numbers == []


def test_a_deployment_that_still_waits_happens_meanwhile(worlds: Worlds) -> None:
    """Its mark has another key, so the watch cannot remove it with the one that it acted on."""
    scenario = SCENARIOS["campaign approved"]
    for nth in range(1, requests(worlds, scenario) + 1):
        sms, _, numbers = ready(worlds, scenario)
        sms.registration("Campaign").registration_status = "COMPLETE"

        def interrupt(sms: Watched = sms, numbers: list[str] = numbers) -> None:
            sms.registration("Campaign").registration_status = "PROVISIONING"
            sms.deploy(chain(*numbers, sms.number()))
            sms.registration("Campaign").registration_status = "COMPLETE"

        sms.world.interceptor.interrupt(nth, interrupt)
        sms.survives()
        sms.settle()
        assert len(sms.associated("Campaign")) == 4, f"before request {nth}"


def test_a_watch_in_the_middle_of_a_deployment(worlds: Worlds) -> None:
    """It continues nothing until the deployment ends, whatever that one has written by then."""
    template = dict(chain(campaign=OTHER, Submit=True))
    for nth in range(1, 60):
        sms, _, _ = ready(worlds, Scenario(lambda sms: None, {}, frozenset()))
        sms.approve("Brand")
        before = sms.world.interceptor.seen
        sms.world.interceptor.interrupt(nth, sms.survives)
        assert sms.deploy(template) == "UPDATE_COMPLETE"
        if sms.world.interceptor.seen - before < nth:
            return
        assert sms.submissions("Campaign") == 1, f"before request {nth}"
        assert "cannot_continue" not in {each["kind"] for each in sms.outbox.details()}, f"before request {nth}"
        sms.settle()
        assert sms.submissions("Campaign") == 1, f"before request {nth}"
        assert sms.registration("Campaign").current_version.values[NAME].text_value == OTHER[NAME]
    pytest.fail("the deployment has more requests")


def test_a_deployment_that_no_longer_submits_happens_meanwhile(worlds: Worlds) -> None:
    """A whole deployment with submit=False before each request but the submission itself, which is then on its way."""
    for nth in range(1, 60):
        sms, _, _ = ready(worlds, SCENARIOS["brand approved"])
        submitted: list[int] = []
        seen: list[str] = []

        def deploy(sms: Watched = sms, submitted: list[int] = submitted, seen: list[str] = seen) -> None:
            submitted.append(sms.submissions("Campaign"))
            sms.deploy(chain(Submit=False))
            seen.clear()

        sms.world.interceptor.observers.append(lambda operation, _, seen=seen: seen.append(operation))
        sms.world.interceptor.interrupt(nth, deploy)
        sms.survives()
        if not submitted:
            return
        assert sms.stack.stack_status == "UPDATE_COMPLETE"
        on_its_way = seen[0] == "SubmitRegistrationVersion"
        assert on_its_way or sms.submissions("Campaign") == submitted[0], f"before request {nth}"
    pytest.fail("the pass has more requests")


def test_a_form_that_another_stack_takes_over_meanwhile_is_not_submitted(worlds: Worlds) -> None:
    """The other stack has claimed the form, and has not written its values yet."""
    for nth in range(1, 60):
        sms, _, _ = ready(worlds, SCENARIOS["brand approved"])
        tags = sms.fake.store.tags[sms.registration("Campaign").registration_arn].current
        happened: list[bool] = []

        def take_over(sms: Watched = sms, tags: Any = tags, happened: list[bool] = happened) -> None:
            happened.append(sms.submissions("Campaign") == 0)
            tags["cdk-sms-registration:form-stack"] = f"{sms.stack.stack_id}-of-another"

        seen: list[str] = []
        sms.world.interceptor.observers.append(lambda operation, _, seen=seen: seen.append(operation))
        sms.world.interceptor.interrupt(nth, take_over)
        sms.survives()
        if not happened:
            return
        on_its_way = len(seen) >= nth and seen[nth - 1] == "SubmitRegistrationVersion"
        assert on_its_way or sms.submissions("Campaign") == (not happened[0]), f"before request {nth}"
    pytest.fail("the pass has more requests")


def test_a_throttled_call_is_not_repeated_after_a_deployment_began(worlds: Worlds) -> None:
    """The service may throttle a call for minutes."""
    for operation, name in (
        ("SubmitRegistrationVersion", "brand approved"),
        ("CreateRegistrationAssociation", "campaign approved"),
    ):
        sms, _, _ = ready(worlds, SCENARIOS[name])
        attempts: list[str] = []

        def throttled(
            made: str, _: Any, sms: Watched = sms, attempts: list[str] = attempts, operation: str = operation
        ) -> None:
            if made == operation:
                attempts.append(sms.stack.stack_status)
                sms.stack.stack_status = "UPDATE_IN_PROGRESS"
                raise exceptions.ThrottlingException

        sms.world.interceptor.observers.append(throttled)
        sms.survives()
        assert len(attempts) == 1, operation
        assert "UPDATE_IN_PROGRESS" not in attempts
        assert "cannot_continue" not in {each["kind"] for each in sms.outbox.details()}, operation


@pytest.mark.parametrize("fails_in", ["DescribeRegistrationFieldDefinitions", "DescribeRegistrationVersions"])
def test_what_a_rollback_could_not_restore_is_not_continued(worlds: Worlds, fails_in: str) -> None:
    """The rollback's Update of the form fails, so the draft still holds what the failed deployment wrote."""
    sms, _, _ = ready(worlds, Scenario(lambda sms: None, {}, frozenset()))
    after = dict(chain(sms.number(), campaign=OTHER))
    after["Other"] = {"Type": "Test::Other", "DependsOn": ["CampaignForm"]}
    sms.stack.failing = {"Other"}

    def refused(operation: str, _: Any) -> None:
        if operation == fails_in and sms.stack.stack_status == "UPDATE_ROLLBACK_IN_PROGRESS":
            raise exceptions.ValidationException("no", "OTHER", [])

    sms.world.interceptor.observers.append(refused)
    assert sms.deploy(after) == "UPDATE_ROLLBACK_COMPLETE"
    sms.world.interceptor.observers.remove(refused)
    assert sms.registration("Campaign").current_version.values[NAME].text_value == OTHER[NAME]
    assert not marks.parse(sms.tags("Campaign"))
    sms.approve("Brand")
    sms.settle()
    assert sms.status("Campaign") == "DRAFT"
    sms.stack.failing = set()
    assert sms.deploy(chain(), touch=True) == "UPDATE_COMPLETE"
    version = sms.registration("Campaign").current_version
    assert (version.registration_version_status, version.values[NAME].text_value) == (
        "SUBMITTED",
        CAMPAIGN_FIELDS[NAME],
    )


@pytest.mark.parametrize("until_the_end", [False, True])
@pytest.mark.parametrize("way", ["killed before", "killed after", "response lost", "denied"])
def test_a_deployment_that_fails_leaves_the_right_mark(worlds: Worlds, way: str, until_the_end: bool) -> None:
    """Once or in every delivery: whether it succeeds or is rolled back, the watch submits what the deployed template declares."""
    how = WAYS[way]
    for nth in range(1, 40):
        sms, template, _ = ready(worlds, Scenario(lambda sms: None, {}, frozenset()))
        former, before = dict(template), sms.world.interceptor.seen
        if until_the_end:
            sms.world.interceptor.fail_event(nth, how.error, after=how.after, event=sms.world.running_event)
        else:
            sms.world.interceptor.fail(nth, how.error, after=how.after)
        status = sms.deploy(chain(sms.number(), campaign=OTHER))
        if sms.world.interceptor.seen - before < nth:
            return
        where = f"request {nth}: {status}"
        assert status in ("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"), where
        sms.world.interceptor.forget()
        sms.approve("Brand")
        sms.settle()
        declared = former["CampaignForm"]["Properties"]["Fields"] if "ROLLBACK" in status else OTHER
        version = sms.registration("Campaign").current_version
        assert version.registration_version_status == "SUBMITTED", where
        assert version.values[NAME].text_value == declared[NAME], where
        assert "cannot_continue" not in {each["kind"] for each in sms.outbox.details()}, where
        waiting = marks.parse(sms.tags("Campaign"))
        assert len(waiting.resources) == (0 if "ROLLBACK" in status else 2), where  # the brand, and a number that waits
    pytest.fail("the deployment has more requests")
