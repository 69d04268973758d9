"""What is swept, withdrawn and found again, by the answers of CloudFormation. Whole runs are in test_crashes.py."""

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.cloudformation.event import NOT_CREATED
from sms_registration_handler.cloudformation.stack import Standing
from sms_registration_handler.errors import Failure, NoResponseExpected, OutOfTime
from sms_registration_handler.resource import exactly_once, owner_tags, scope
from sms_registration_handler.resource.exactly_once import RECENT_SECONDS, Described
from sms_registration_handler.resource.invocation import Outcome
from sms_registration_handler.resource.scope import Scope

NOW = 1_800_000_000.0
ADOPTED, OWNED, PENDING = owner_tags.ADOPTED, owner_tags.OWNED, owner_tags.PENDING


class Thing(Described):
    NOUN = "Thing"


def thing(identity: str, state: str | None = OWNED, request: str = "another", age: float = 10.0) -> Thing:
    tags = {owner_tags.REQUEST: request, **({owner_tags.STATE: state} if state else {})}
    created = datetime.fromtimestamp(NOW - age, timezone.utc)
    return Thing({"ThingId": identity, "ThingArn": f"arn:{identity}", "CreatedTimestamp": created}, tags)


class Things:
    """One kind of resource, at the service.

    Attributes:
        existing: What the logical resource owns.
        invisible: IDs that cannot be described.
        scopes: What was searched.
        removed: IDs, in order.
    """

    NOUN = "Thing"

    def __init__(self, *existing: Thing) -> None:
        self.existing = {each.identity: each for each in existing}
        self.invisible: set[str] = set()
        self.removed: list[str] = []
        self.scopes: list[Scope] = []
        self.failure: Failure | None = None

    def ours(self, run: Any, scope: Scope) -> list[Thing]:
        self.scopes.append(scope)
        since = -math.inf if scope.since is None else scope.since
        return [each for each in self.existing.values() if each.created >= since and each.identity not in scope.held]

    def describe(self, run: Any, identity: str) -> Thing | None:
        return None if identity in self.invisible else self.existing.get(identity)

    def remove(self, run: Any, identity: str) -> None:
        if self.failure:
            raise self.failure
        self.removed.append(identity)
        self.existing.pop(identity, None)

    def sweep(self, run: Any, described: Thing) -> None:
        self.remove(run, described.identity)


def run_of(
    physical_id: str = "",
    *,
    held: set[str] | None = frozenset(),  # type: ignore[assignment]
    create_began: float | None = None,
    created_again: float | None = None,
    deployment_began: float | None = None,
    stack_created: float | None = None,
    sent: float | None = None,
    rolling_back: bool = False,
    others: Collection[str] = frozenset(),
    had_before: Collection[str] = (),
    standing: Standing = Standing.CURRENT,
    accepted: str | None = None,
    fresh: bool = False,
    continues: bool = False,
    in_progress: bool = False,
    deleting: bool = False,
) -> Any:
    """A run of the request `request`, with these answers of CloudFormation; times are seconds ago."""
    paused: list[float] = []
    stack = SimpleNamespace(
        held=lambda: held,
        deployment_began=lambda: None if deployment_began is None else NOW - deployment_began,
        created=lambda: None if stack_created is None else NOW - stack_created,
        is_rolling_back=lambda: rolling_back,
        held_by_others=lambda: frozenset(others),
        history=SimpleNamespace(
            create_began=lambda: (
                None if create_began is None else NOW - create_began,
                math.inf if created_again is None else NOW - created_again,
            ),
            had_before=lambda identity, began: identity in had_before,
        ),
        standing=lambda: standing,
        accepted_id=lambda: accepted,
        is_in_progress=lambda: in_progress,
        is_deleting=lambda: deleting,
    )
    return SimpleNamespace(
        event=SimpleNamespace(
            request_id="request",
            physical_resource_id=physical_id,
            properties={"RegistrationType": "TYPE"},
            sent_at=None if sent is None else NOW - sent,
        ),
        started=NOW,
        stack=stack,
        service=SimpleNamespace(pause=paused.append, paused=paused, lost_responses=0),
        is_fresh=fresh,
        may_continue=lambda: continues,
    )


# --- the Delete of a Create that CloudFormation never heard of ---


@pytest.mark.parametrize(
    ("answers", "swept"),
    [
        ({"create_began": 100.0, "deployment_began": 20.0}, ["young", "old"]),
        ({"stack_created": 5e5, "deployment_began": 20.0}, ["young"]),
        ({"deployment_began": 20.0}, ["pending", "young"]),
        ({"deployment_began": 50.0}, ["pending", "young", "old"]),  # created in the same second
        ({}, ["pending", "young", "old"]),
    ],
)
def test_invented_id_sweeps_what_was_created_since_the_create_began(
    answers: dict[str, float], swept: list[str]
) -> None:
    things = Things(
        thing("pending", PENDING, age=1e6),
        thing("young"),
        thing("old", age=50.0),
        thing("oldest", age=RECENT_SECONDS + 1),
    )
    exactly_once.sweep_uncreated(run_of("Stack-TollFree-ABC", **answers), things)
    assert things.removed == swept


def test_what_a_later_create_made_is_not_swept() -> None:
    """In a clean-up, CloudFormation may show the former ID, so that the resource does not seem to hold it."""
    things = Things(thing("its", age=90.0), thing("at once", age=50.0), thing("later", age=40.0))
    run = run_of("Stack-TollFree-ABC", held={"Stack-TollFree-ABC"}, create_began=100.0, created_again=50.0)
    exactly_once.sweep_uncreated(run, things)
    assert things.removed == ["its"]


def test_what_the_resource_had_before_the_create_is_retained_and_not_swept() -> None:
    things = Things(thing("retained"), thing("left"), thing("pending", PENDING))
    run = run_of("Stack-TollFree-ABC", create_began=100.0, had_before={"retained", "pending"})
    exactly_once.sweep_uncreated(run, things)
    assert things.removed == ["left", "pending"]


@pytest.mark.parametrize("physical_id", ["Stack-TollFree-ABC", f"{NOT_CREATED}:TollFree:request"])
def test_what_the_stack_holds_is_never_swept(physical_id: str) -> None:
    things = Things(thing("held", PENDING, "request"), thing("left", PENDING, "request"))
    exactly_once.sweep_uncreated(run_of(physical_id, held={"held"}), things)
    assert things.removed == ["left"]


@pytest.mark.parametrize("physical_id", ["Stack-TollFree-ABC", f"{NOT_CREATED}:TollFree:request"])
def test_only_what_is_pending_is_swept_if_cloudformation_does_not_say(physical_id: str) -> None:
    things = Things(thing("pending", PENDING), thing("young"), thing("of the request", OWNED, "request"))
    exactly_once.sweep_uncreated(run_of(physical_id, held=None), things)
    assert things.removed == ["pending"]


def test_marker_sweeps_what_its_request_created_and_what_is_pending() -> None:
    things = Things(thing("pending", PENDING), thing("young"), thing("of the request", OWNED, "request"))
    run = run_of(f"{NOT_CREATED}:TollFree:request", create_began=100.0)
    exactly_once.sweep_uncreated(run, things)
    assert things.removed == ["pending", "of the request"]
    assert run.service.paused == []


def test_canceled_create_is_looked_for_twice() -> None:
    things, run = Things(), run_of("Stack-TollFree-ABC", held={"held"})

    def appear(seconds: float) -> None:
        things.existing = {each: thing(each) for each in ("held", "late")}

    run.service.pause = appear
    exactly_once.sweep_uncreated(run, things)
    assert things.removed == ["late"]


def test_canceled_create_that_was_found_is_not_looked_for_again() -> None:
    run = run_of("Stack-TollFree-ABC")
    exactly_once.sweep_uncreated(run, Things(thing("found")))
    assert run.service.paused == []


@pytest.mark.parametrize("physical_id", ["Stack-TollFree-ABC", f"{NOT_CREATED}:TollFree:request"])
@pytest.mark.parametrize("rolling_back", [True, False])
def test_only_what_the_create_can_have_created_is_searched(physical_id: str, rolling_back: bool) -> None:
    things = Things(thing("of another", age=50.0))
    run = run_of(physical_id, create_began=100.0, rolling_back=rolling_back, others={"of another"})
    exactly_once.sweep_uncreated(run, things)
    assert things.removed == []
    expected = Scope(NOW - 100.0, "TYPE", rolling_back, frozenset({"of another"}))
    later = run_of(physical_id, create_began=3600.0, rolling_back=rolling_back)
    assert scope.of_create(later, NOW - 3600.0).is_draft is False, "somebody may have submitted it since"
    glance = [] if physical_id.startswith(NOT_CREATED) else [expected._replace(is_glance=True)]
    assert things.scopes == [*glance, expected]


@pytest.mark.parametrize(("sent", "since"), [(60.0, NOW - 90.0), (None, NOW - 5e5)])
def test_what_a_request_created_is_younger_than_the_request(sent: float | None, since: float) -> None:
    things = Things()
    run = run_of(sent=sent, stack_created=5e5)
    exactly_once.abandon(run, things)
    assert exactly_once.created_by_request(run, things) is None
    assert things.scopes == [Scope(since=since)] * 3, "what was created moments ago is looked for twice"


def test_what_the_stack_created_is_younger_than_the_stack() -> None:
    things = Things(thing("left", PENDING, age=50.0), thing("older", PENDING, age=200.0))
    exactly_once.sweep(run_of(stack_created=100.0), things, exactly_once.pending)
    assert things.removed == ["left"]


# --- a request that CloudFormation abandoned ---


@pytest.mark.parametrize(("held", "swept"), [(set(), ["left", "held"]), ({"held"}, ["left"]), (None, ["left", "held"])])
def test_abandoned_request_sweeps_what_it_did_not_complete(held: set[str] | None, swept: list[str]) -> None:
    things = Things(
        thing("left", PENDING, "request"),
        thing("held", PENDING, "request"),
        thing("completed", OWNED, "request"),
        thing("of another", PENDING),
    )
    exactly_once.abandon(run_of(held=held), things)
    assert things.removed == swept


# --- create once ---


def created(identity: str) -> Mapping[str, Any]:
    return {"ThingId": identity}


def must_not_create() -> Mapping[str, Any]:
    raise AssertionError("created a second time")


def test_what_an_earlier_delivery_created_is_found() -> None:
    things = Things(thing("of another"), thing("first", PENDING, "request"))
    assert exactly_once.create_once(run_of(), things, must_not_create)["ThingId"] == "first"


def test_fresh_event_is_not_looked_up_first() -> None:
    things = Things(thing("first", PENDING, "request"))
    assert exactly_once.create_once(run_of(fresh=True), things, lambda: created("second"))["ThingId"] == "second"
    assert things.removed == []


def test_first_one_is_swept_if_the_token_did_not_hold() -> None:
    things, run = Things(), run_of(fresh=True)

    def create() -> Mapping[str, Any]:
        run.service.lost_responses += 1
        for each in (
            thing("lost", PENDING, "request"),
            thing("second", PENDING, "request"),
            thing("of another", PENDING),
        ):
            things.existing[each.identity] = each
        return created("second")

    assert exactly_once.create_once(run, things, create)["ThingId"] == "second"
    assert things.removed == ["lost"]


def refused(code: str) -> Any:
    def create() -> Mapping[str, Any]:
        raise ServiceError("CreateThing", code, "", "refused", "")

    return create


def test_known_token_finds_what_the_request_created() -> None:
    things = Things(thing("first", PENDING, "request"))
    assert exactly_once.create_once(run_of(fresh=True), things, refused("ConflictException"))["ThingId"] == "first"


@pytest.mark.parametrize(
    ("code", "existing"),
    [("ConflictException", thing("of another")), ("ValidationException", thing("first", PENDING, "request"))],
)
def test_refusal_is_raised_if_it_is_not_about_the_token(code: str, existing: Thing) -> None:
    with pytest.raises(ServiceError, match=code):
        exactly_once.create_once(run_of(fresh=True), Things(existing), refused(code))


# --- just before the response ---


@pytest.mark.parametrize("standing", [Standing.CURRENT, Standing.UNKNOWN])
def test_create_that_cloudformation_waits_for_goes_on(standing: Standing) -> None:
    things = Things(thing("new", PENDING))
    assert exactly_once.already_responded(run_of(standing=standing, accepted="another"), things, "new") is False
    assert things.removed == []


@pytest.mark.parametrize("standing", [Standing.RESPONDED, Standing.ENDED])
def test_repetition_of_an_accepted_create_writes_nothing_more(standing: Standing) -> None:
    things = Things(thing("new", PENDING))
    assert exactly_once.already_responded(run_of(standing=standing, accepted="new"), things, "new")
    assert things.removed == []


@pytest.mark.parametrize("state", [PENDING, None, OWNED, ADOPTED])
@pytest.mark.parametrize(
    ("answers", "kind", "text"),
    [
        ({"standing": Standing.ABANDONED}, Failure, "CloudFormation has since abandoned this request; "),
        (
            {"standing": Standing.RESPONDED, "accepted": "another", "physical_id": "another"},
            NoResponseExpected,
            "this request already had a response with the ID another; ",
        ),
        (
            {"standing": Standing.ENDED, "accepted": "another"},
            NoResponseExpected,
            "this request already had a response with the ID another; ",
        ),
        ({"standing": Standing.ENDED}, NoResponseExpected, "CloudFormation is at a later request; "),
    ],
)
def test_what_is_not_wanted_anymore_is_withdrawn_unless_its_request_completed(
    state: str | None, answers: dict[str, Any], kind: type[Exception], text: str
) -> None:
    things = Things(thing("new", state))
    with pytest.raises(kind) as raised:
        exactly_once.already_responded(run_of(**answers), things, "new")
    is_removed = state in (PENDING, None)  # its tags may not be visible yet
    assert things.removed == (["new"] if is_removed else [])
    assert (type(raised.value), str(raised.value)) == (
        kind,
        text + ("new was deleted" if is_removed else "new is left unchanged"),
    )


def test_what_is_not_visible_yet_is_withdrawn() -> None:
    things = Things(thing("new", OWNED))
    things.invisible = {"new"}
    with pytest.raises(Failure):
        exactly_once.already_responded(run_of(standing=Standing.ABANDONED), things, "new")
    assert things.removed == ["new"]


# --- a replacement that fails ---


def replaced(run: Any, things: Things, error: Exception | None) -> Outcome:
    def act(on_created: Any) -> Outcome:
        on_created("new")
        if error:
            raise error
        return Outcome("new")

    return exactly_once.remove_on_failure(run, things, act)


@pytest.mark.parametrize(
    ("error", "continues", "removed"),
    [
        (Failure("refused"), False, ["new"]),
        (Failure("refused"), True, ["new"]),
        (OutOfTime("late"), False, ["new"]),
        (OutOfTime("late"), True, []),  # the next run goes on with it
    ],
)
def test_failed_replacement_is_withdrawn_unless_the_next_run_goes_on(
    error: Failure, continues: bool, removed: list[str]
) -> None:
    things = Things(thing("new", PENDING))
    with pytest.raises(Failure) as raised:
        replaced(run_of(continues=continues), things, error)
    assert raised.value is error
    assert things.removed == removed


def test_replacement_that_succeeds_stays() -> None:
    things = Things(thing("new", PENDING))
    assert replaced(run_of(), things, None).physical_resource_id == "new"
    assert things.removed == []


def test_failure_of_the_replacement_is_reported_if_it_cannot_be_withdrawn() -> None:
    things, error = Things(thing("new", PENDING)), Failure("refused")
    things.failure = Failure("cannot be deleted")
    with pytest.raises(Failure) as raised:
        replaced(run_of(), things, error)
    assert raised.value is error


@pytest.mark.parametrize("error", [NoResponseExpected("late"), RuntimeError("bug")])
def test_only_a_failure_withdraws_the_replacement(error: Exception) -> None:
    things = Things(thing("new", PENDING))
    with pytest.raises(type(error)):
        replaced(run_of(), things, error)
    assert things.removed == []


# --- what is searched for twice, and what stops a sweep ---


def test_sweep_asks_only_if_there_is_something_to_sweep() -> None:
    def fence() -> None:
        raise NoResponseExpected("later request")

    things = Things(thing("other"))
    exactly_once.sweep(run_of(), things, exactly_once.pending, fence=fence)
    things.existing["left"] = thing("left", PENDING)
    with pytest.raises(NoResponseExpected):
        exactly_once.sweep(run_of(), things, exactly_once.pending, fence=fence)
    assert things.removed == []


def replacing(*existing: Thing, refuses: bool = False) -> tuple[Things, Any, list[str]]:
    things, run, asked = Things(*existing), run_of(), []

    def before_irreversible(what: str) -> None:
        asked.append(what)
        if refuses:
            raise NoResponseExpected("later request")

    run.fence = SimpleNamespace(before_irreversible=before_irreversible)
    return things, run, asked


def test_replacement_is_swept_after_cloudformation_was_asked() -> None:
    left, kept = thing("left", OWNED, "earlier"), thing("kept", OWNED, "earlier")
    things, run, asked = replacing(left, kept, thing("other"))
    exactly_once.sweep_replacement(run, things, "earlier", {"kept"})
    assert (things.removed, asked) == (["left"], ["what a replacement left is not deleted"])


def test_replacement_of_a_later_deployment_is_not_swept() -> None:
    things, run, _ = replacing(thing("left", OWNED, "earlier"), refuses=True)
    with pytest.raises(NoResponseExpected):
        exactly_once.sweep_replacement(run, things, "earlier", ())
    assert things.removed == []


def test_replacement_that_is_not_visible_yet_is_looked_for_again() -> None:
    things, run, _ = replacing()
    paused: list[float] = []

    def appear(seconds: float) -> None:
        paused.append(seconds)
        things.existing["late"] = thing("late", OWNED, "earlier")

    run.service.pause = appear
    exactly_once.sweep_replacement(run, things, "earlier", ())
    assert (things.removed, len(paused)) == (["late"], 1)


def replaced_by(replaced: Thing, begun: str) -> Thing:
    return replace(replaced, tags={**replaced.tags, owner_tags.REPLACING: begun})


def test_what_was_to_replace_what_is_swept_is_swept_with_it() -> None:
    """Two deployments failed, one after the other, and a rollback returns to before both."""
    things, run, _ = replacing(
        replaced_by(thing("first", OWNED, "earlier"), "later"),
        replaced_by(thing("second", OWNED, "later"), "last"),
        thing("third", OWNED, "last"),
        thing("kept", OWNED, "last"),
        thing("other", OWNED, "another"),
    )
    exactly_once.sweep_replacement(run, things, "earlier", {"kept"})
    assert things.removed == ["third", "second", "first"]


def test_what_is_swept_anyway_is_swept_only_once() -> None:
    things, run, _ = replacing(
        replaced_by(thing("first", OWNED, "earlier"), "later"), thing("second", PENDING, "later")
    )
    exactly_once.sweep_replacement(run, things, "earlier", ())
    assert things.removed == ["first", "second"]


@pytest.mark.parametrize("begun", ["earlier", "earlier adopted"])
@pytest.mark.parametrize(
    ("deletes", "held", "is_orphaned"),
    [
        (True, {"current"}, True),
        (False, {"current"}, False),  # a clean-up
        (True, {"another"}, False),
        (True, None, False),
    ],
)
def test_what_was_adopted_is_looked_up_by_its_id(
    begun: str, deletes: bool, held: set[str] | None, is_orphaned: bool
) -> None:
    things, run, _ = replacing(thing("adopted", ADOPTED, "earlier"))
    expected = Scope(identity="adopted") if "adopted" in begun else scope.of_stack(run)
    exactly_once.sweep_replacement(run, things, begun, ())
    assert (things.removed, things.scopes) == (["adopted"], [expected._replace(is_glance=True)])
    run.stack.deletes_resource = lambda: deletes
    run.stack.held = lambda: held
    things.existing["adopted"] = thing("adopted", ADOPTED, "earlier")
    exactly_once.sweep_replacement_in_delete(run, things, replaced_by(thing("current"), begun))
    assert things.scopes[1:] == [expected._replace(is_glance=is_orphaned)]
    assert things.removed[1:] == (["adopted"] if is_orphaned else [])


@pytest.mark.parametrize(
    ("held", "adopted_id", "written"),
    [
        ("", "", "request"),
        ("earlier", "", "request"),
        ("request", "", None),
        ("", "adopted", "request adopted"),
        ("request adopted", "adopted", None),
        ("request another", "adopted", "request adopted"),
        ("earlier another", "adopted", "request adopted"),
        ("earlier", "adopted", "request adopted"),
        ("earlier adopted", "adopted", None),
        ("earlier adopted", "", "request"),
    ],
)
def test_replacement_is_recorded_once(held: str, adopted_id: str, written: str | None) -> None:
    run, writes = run_of(), []
    run.fence = SimpleNamespace(before_write="the fence")
    run.service.tag = lambda arn, tags, fence: writes.append((arn, tags, fence))
    current = replaced_by(thing("current"), held) if held else thing("current")
    request_id = exactly_once.begin_replacement(run, current, {"owner": "ours"}, adopted_id)
    assert request_id == (written or held).split()[0]
    recorded = {"owner": "ours", owner_tags.REPLACING: written}
    assert writes == ([] if written is None else [("arn:current", recorded, "the fence")])


@pytest.mark.parametrize("appears", [0, 1, 2])
def test_what_an_earlier_delivery_created_is_looked_for_twice(appears: int) -> None:
    things, run = Things(thing("other")), run_of()
    created, looks = thing("created", PENDING, "request"), []

    def ours(_: Any, scope: Scope) -> list[Thing]:
        looks.append(scope)
        return [thing("other"), *([created] if len(looks) > appears else [])]

    things.ours = ours  # type: ignore[method-assign]
    assert exactly_once.created_by_request(run, things) == (created if appears < 2 else None)
    assert (len(looks), len(run.service.paused)) == (min(appears + 1, 2), min(appears, 1))


# --- is it still wanted? ---


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"standing": Standing.CURRENT}, True),
        ({"standing": Standing.UNKNOWN}, True),
        ({"standing": Standing.ABANDONED}, False),
        ({"standing": Standing.RESPONDED}, False),
        ({"standing": Standing.ENDED}, False),
        ({"standing": Standing.ENDED, "in_progress": True}, True),
        ({"standing": Standing.ABANDONED, "held": {"id"}}, True),
        ({"standing": Standing.ABANDONED, "held": {"id"}, "deleting": True}, False),
        ({"standing": Standing.ABANDONED, "held": {"another"}}, False),
        ({"standing": Standing.ABANDONED, "held": None}, True),
    ],
)
def test_still_wanted(answers: dict[str, Any], expected: bool) -> None:
    assert exactly_once.is_still_wanted(run_of(**answers), "id") is expected
