"""Adoption, release and the return to a previous registration, by the tags and statuses that the service describes."""

from typing import Any

import pytest

from sms_registration_handler.cloudformation.stack import Standing
from sms_registration_handler.errors import Failure, NoResponseExpected
from sms_registration_handler.registration import adoption, handler
from sms_registration_handler.registration.properties import RegistrationRequest
from sms_registration_handler.registration.registrations import REGISTRATIONS
from sms_registration_handler.resource import claims, owner_tags
from sms_registration_handler.resource.owner_tags import (
    ADOPTED,
    OWNED,
    PENDING,
    PREVIOUS_STATE,
    REPLACES,
    REPLACING,
    REQUEST,
    STATE,
    Owner,
)
from support.described_registrations import (
    FIRST,
    OTHER_TYPE,
    OURS,
    SECOND,
    THEIRS,
    THIRD,
    TYPE,
    Service,
    id_of,
    owned,
    run_of,
)


@pytest.fixture
def service() -> Service:
    return Service()


def request(
    existing: str | None = FIRST, *, take_over: bool = False, tags: dict[str, str] | None = None, kind: str = TYPE
) -> RegistrationRequest:
    return RegistrationRequest(kind, tags or {}, existing, take_over)


# --- adoption ---


def adopted(service: Service, declared: RegistrationRequest | None = None, **options: Any) -> dict[str, str]:
    """Adopt the first registration; return the tags that it has then."""
    replaces = options.pop("replaces", None)
    found = adoption.adopt(run_of(service, **options), declared or request(), FIRST, replaces=replaces)
    assert found.identity == FIRST
    assert service.current[FIRST].items() <= found.tags.items()
    return service.current[FIRST]


def test_adoption_writes_the_owner_tags_and_the_declared_ones(service: Service) -> None:
    service.add(1, {"team": "other", "kept": "yes"})
    assert adopted(service, request(tags={"team": "growth"})) == {
        **claims.REGISTRATION.of(OURS),
        STATE: ADOPTED,
        REQUEST: "request",
        "team": "growth",
        "kept": "yes",
    }
    assert service.writes == ["tag"]
    assert service.fences[0] is not None


def test_adoption_asks_whether_it_is_wanted_before_it_reads_the_owner(service: Service) -> None:
    """Whatever happens between the check of the owner and the claim is not noticed."""
    service.add(1, THEIRS.tags())
    run = run_of(service)

    def before_write() -> None:
        raise Failure("abandoned")

    run.fence.before_write = before_write
    with pytest.raises(Failure, match=r"^abandoned$"):
        adoption.adopt(run, request(), FIRST)


@pytest.mark.parametrize(("existing", "state"), [(FIRST, ADOPTED), (None, OWNED)])
def test_claim_of_what_nobody_owns_has_the_state_of_what_is_declared(
    service: Service, existing: str | None, state: str
) -> None:
    claimed = adoption.claim_tags(run_of(service, rolling_back=True), request(existing), {})
    assert claimed == {**OURS.tags(), **claims.REGISTRATION.of(OURS), STATE: state}


@pytest.mark.parametrize(("was_deployed", "given_back_to"), [(True, OURS), (False, THEIRS), (None, THEIRS)])
@pytest.mark.fault(69)
def test_takeover_of_a_deployment_that_succeeded_is_not_given_back_later(
    service: Service, was_deployed: bool | None, given_back_to: Owner
) -> None:
    service.add(1, owned(ADOPTED, **THEIRS.previous_tags(OWNED)))
    assert Owner.previous(adopted(service, was_deployed=was_deployed)) == given_back_to


def test_takeover_in_this_deployment_records_the_owner_before_it(service: Service) -> None:
    """Whatever a deployment before had with the registration."""
    service.add(1, owned(ADOPTED, THEIRS, **NEIGHBOR.previous_tags(OWNED)))
    run = run_of(service, was_deployed=True)
    adoption.adopt(run, request(take_over=True), FIRST)
    assert Owner.previous(service.current[FIRST]) == THEIRS


def test_adoption_without_a_takeover_records_no_owner_before_it(service: Service) -> None:
    service.add(1, owned(ADOPTED))
    adoption.adopt(run_of(service, was_deployed=True), request(), FIRST)
    assert Owner.previous(service.current[FIRST]) is None


@pytest.mark.fault(69)
def test_release_restores_the_claim_of_an_owner_that_took_over_at_the_same_moment(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the state that keeps it from being deleted."""
    registration = service.add(1, owned(ADOPTED, **claims.REGISTRATION.of(OURS)))
    untag = service.untag

    def after_another_takes_over(arn: str, keys: list[str], fence: Any = None) -> None:
        service.current[FIRST] |= {**claims.REGISTRATION.of(THEIRS), **OURS.previous_tags(ADOPTED)}
        untag(arn, keys, fence=fence)

    monkeypatch.setattr(service, "untag", after_another_takes_over)
    adoption.release(run_of(service), registration, restore=False)
    taken = service.current[FIRST]
    assert (Owner.of(taken), taken[STATE]) == (THEIRS, ADOPTED)


@pytest.mark.parametrize("owner", [OURS, THEIRS])
def test_adoption_in_place_of_another_is_recorded_on_both(service: Service, owner: Owner) -> None:
    service.add(1, {})
    replaced = service.add(2, owned(owner=owner))
    assert adopted(service, replaces=replaced)[REPLACES] == SECOND
    begun = {REPLACING: f"request {FIRST}"} if owner == OURS else {}
    assert service.current[SECOND] == owned(owner=owner, **begun)
    assert all(service.fences)


def test_refused_adoption_is_not_recorded(service: Service) -> None:
    service.add(1, owned(OWNED, THEIRS))
    replaced = service.add(2, owned())
    with pytest.raises(Failure, match="belongs to"):
        adopted(service, replaces=replaced)
    assert service.writes == []


def test_adoption_that_is_complete_writes_nothing(service: Service) -> None:
    service.add(1, owned(ADOPTED, **{REQUEST: "request"}))
    adopted(service)
    assert service.writes == []


def test_adoption_of_our_own_stays_ours_and_takes_nothing_over(service: Service) -> None:
    service.add(1, owned(OWNED))
    assert adopted(service) == owned(ADOPTED, **{REQUEST: "request"})


@pytest.mark.parametrize(("tags", "state"), [({STATE: OWNED}, OWNED), ({}, ADOPTED)])
def test_take_over_records_the_previous_owner(service: Service, tags: dict[str, str], state: str) -> None:
    service.add(1, {**THEIRS.tags(), **tags})
    assert adopted(service, request(take_over=True)) == {
        **claims.REGISTRATION.of(OURS),
        STATE: ADOPTED,
        REQUEST: "request",
        **THEIRS.previous_tags(state),
    }


def test_adoption_of_what_was_replaced_forgets_its_replacement(service: Service) -> None:
    """Otherwise a later sweep would delete what replaced it then."""
    service.add(1, {REPLACING: "an old request"})
    assert REPLACING not in adopted(service)


def test_adoption_that_is_interrupted_has_forgotten_the_replacement(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What replaced it then is retained, and this adoption is swept."""

    def untag(*_: Any, **__: Any) -> None:
        raise Failure("interrupted")

    monkeypatch.setattr(service, "untag", untag)
    service.add(1, owned(**{REPLACING: "an old request"}))
    with pytest.raises(Failure, match="interrupted"):
        adopted(service)
    assert service.current[FIRST] == owned(ADOPTED, **{REQUEST: "request", REPLACING: "request"})


def test_adoption_that_an_earlier_request_recorded_is_found_by_its_record(service: Service) -> None:
    """Whichever of the two claims it, and wherever this one is interrupted."""
    service.add(1, {})
    replaced = service.add(2, owned(**{REPLACING: f"earlier {FIRST}"}))
    assert adopted(service, replaces=replaced)[REQUEST] == "earlier"
    assert service.current[SECOND][REPLACING] == f"earlier {FIRST}"


@pytest.mark.parametrize(
    ("tags", "declared", "text"),
    [
        (owned(OWNED, THEIRS), request(), f"belongs to logical ID TollFree of stack {THEIRS.stack_id}"),
        ({}, request(kind=OTHER_TYPE), f"is a {TYPE}, not a {OTHER_TYPE}"),
        (owned(OWNED, THEIRS), request(kind=OTHER_TYPE, take_over=True), f"is a {TYPE}, not a {OTHER_TYPE}"),
    ],
)
def test_refused_adoption_writes_nothing(
    service: Service, tags: dict[str, str], declared: RegistrationRequest, text: str
) -> None:
    service.add(1, tags)
    with pytest.raises(Failure, match=text):
        adopted(service, declared)
    assert service.writes == []


def test_registration_that_is_not_visible_yet_is_asked_for_twice(service: Service) -> None:
    service.add(1, {})
    service.hidden = 1
    adopted(service)
    service.hidden = 2
    with pytest.raises(Failure, match=f"registration {FIRST} does not exist in us-east-1 of account 123456789012"):
        adopted(service)


@pytest.mark.parametrize("kept", [{}, {"kept": "yes"}])
def test_adoption_that_is_not_wanted_anymore_is_released(service: Service, kept: dict[str, str]) -> None:
    service.add(1, kept)
    with pytest.raises(Failure, match=f"{FIRST} was released"):
        adopted(service, standing=Standing.ABANDONED)
    assert service.current[FIRST] == kept


def test_take_over_that_is_not_wanted_anymore_is_given_back(service: Service) -> None:
    service.add(1, owned(OWNED, THEIRS))
    with pytest.raises(Failure, match="was released"):
        adopted(service, request(take_over=True), standing=Standing.ABANDONED)
    assert owned(OWNED, THEIRS).items() <= service.current[FIRST].items()


def test_adoption_at_the_same_moment_as_another_is_refused(service: Service) -> None:
    service.add(1, {})
    tag = service.tag

    def tag_of_both(arn: str, tags: dict[str, str], fence: Any = None) -> None:
        tag(arn, {**tags, **claims.REGISTRATION.of(THEIRS)}, fence)

    service.tag = tag_of_both  # type: ignore[method-assign]
    with pytest.raises(Failure, match=f"belongs to logical ID TollFree of stack {THEIRS.stack_id}"):
        adopted(service)
    assert Owner.of(service.current[FIRST]) == THEIRS
    assert claims.REGISTRATION.key(OURS) not in service.current[FIRST]


# --- release ---


FORM_TAGS = {owner_tags.FORM_STACK: "stack", owner_tags.FORM_CLAIM + "1": "x", "team": "growth"}
TAKEN_OVER = {
    **claims.REGISTRATION.of(OURS),
    STATE: ADOPTED,
    REQUEST: "request",
    REPLACES: SECOND,
    **THEIRS.previous_tags(OWNED),
}


@pytest.mark.parametrize("restore", [True, False])
def test_release_removes_the_owner_tags_and_nothing_else(service: Service, restore: bool) -> None:
    described = service.add(1, {**owned(ADOPTED), claims.REGISTRATION.key(OURS): "x", **FORM_TAGS})
    adoption.release(run_of(service), described, restore=restore)
    assert service.current[FIRST] == FORM_TAGS
    assert service.writes == ["untag"]


def test_release_of_what_has_no_owner_tags_writes_nothing(service: Service) -> None:
    adoption.release(run_of(service), service.add(1, FORM_TAGS), restore=False)
    assert service.writes == []


def test_release_after_a_success_forgets_the_previous_owner(service: Service) -> None:
    adoption.release(run_of(service), service.add(1, TAKEN_OVER), restore=False)
    assert service.current[FIRST] == {}


@pytest.mark.parametrize(("state", "expected"), [(OWNED, OWNED), (None, ADOPTED)])
def test_give_back_restores_the_previous_owner_and_its_state(
    service: Service, state: str | None, expected: str
) -> None:
    theirs = {claims.REGISTRATION.key(THEIRS): claims.compact(THEIRS)}
    tags = {**TAKEN_OVER, **theirs, **FORM_TAGS}
    previous = THEIRS.previous_tags(OWNED)
    if state is None:
        del tags[PREVIOUS_STATE], previous[PREVIOUS_STATE]
    adoption.release(run_of(service), service.add(1, tags), restore=True)
    assert service.current[FIRST] == {**THEIRS.tags(), STATE: expected, **previous, **theirs, **FORM_TAGS}
    assert service.writes == ["untag", "tag"]


def test_what_was_given_back_is_not_given_to_ourselves(service: Service) -> None:
    described = service.add(1, {**TAKEN_OVER, **OURS.previous_tags(ADOPTED)})
    adoption.release(run_of(service), described, restore=True)
    assert service.current[FIRST] == {}
    assert service.writes == ["untag"]


def test_give_back_that_was_interrupted_goes_on(service: Service) -> None:
    described = service.add(1, {**owned(ADOPTED), **THEIRS.previous_tags(OWNED)})
    adoption.release(run_of(service), described, restore=True)
    assert Owner.of(service.current[FIRST]) == THEIRS
    assert service.writes == ["tag"]


@pytest.mark.parametrize(
    ("owner", "previous", "expected"),
    [(THEIRS, THEIRS, True), (THEIRS, OURS, False), (OURS, OURS, False), (None, THEIRS, False), (None, None, False)],
)
def test_given_back(service: Service, owner: Owner | None, previous: Owner | None, expected: bool) -> None:
    tags = {**(owner.tags() if owner else {}), **(previous.previous_tags(OWNED) if previous else {})}
    assert adoption.was_given_back(run_of(service), service.add(1, tags)) is expected


@pytest.mark.parametrize(
    ("tags", "replaces", "is_released"),
    [
        (owned(ADOPTED), None, True),
        (owned(ADOPTED, **{REPLACES: SECOND}), None, True),
        (owned(ADOPTED, **{REPLACES: SECOND}), SECOND, True),
        (owned(ADOPTED, **{REPLACES: SECOND}), THIRD, False),
        (owned(ADOPTED), SECOND, False),
        (owned(OWNED, **{REPLACES: SECOND}), SECOND, False),
        (owned(PENDING), None, False),
        (owned(ADOPTED, THEIRS), None, False),
        ({}, None, False),
    ],
)
def test_adoption_without_a_response_is_released(
    service: Service, tags: dict[str, str], replaces: str | None, is_released: bool
) -> None:
    service.add(1, tags)
    adoption.release_unacknowledged(run_of(service), FIRST, replaces=replaces)
    assert service.current[FIRST] == ({} if is_released else tags)
    adoption.release_unacknowledged(run_of(service), "no ID", replaces=replaces)
    adoption.release_unacknowledged(run_of(service), SECOND, replaces=replaces)


def test_take_over_without_a_response_is_given_back(service: Service) -> None:
    service.add(1, TAKEN_OVER)
    adoption.release_unacknowledged(run_of(service), FIRST, replaces=None)
    assert Owner.of(service.current[FIRST]) == THEIRS


@pytest.mark.parametrize(("state", "is_released"), [(ADOPTED, True), (PENDING, False)])
def test_sweep_releases_what_was_only_adopted(
    service: Service, monkeypatch: pytest.MonkeyPatch, state: str, is_released: bool
) -> None:
    removed: list[str] = []
    monkeypatch.setattr(
        "sms_registration_handler.registration.removal.remove", lambda run, identity: removed.append(identity)
    )
    described = service.add(1, {**TAKEN_OVER, STATE: state})
    REGISTRATIONS.sweep(run_of(service), described)
    assert (removed, Owner.of(service.current[FIRST])) == (([], THEIRS) if is_released else ([FIRST], OURS))


# --- the return to a previous registration ---


def previous(service: Service, **options: Any) -> str | None:
    """The registration to return to from the first one, which is of another type."""
    found = adoption.find_previous(run_of(service, **options), TYPE, service.described(FIRST))
    return found.identity if found else None


@pytest.mark.parametrize(
    ("tags", "kind", "status", "is_found"),
    [
        (owned(), TYPE, "CREATED", True),
        (owned(ADOPTED), TYPE, "COMPLETE", True),
        (owned(PENDING), TYPE, "CREATED", False),  # left by a request that did not complete
        (owned(), OTHER_TYPE, "CREATED", False),
        (owned(), TYPE, "DELETED", False),
        (owned(), TYPE, "CLOSED", False),
        (owned(OWNED, THEIRS), TYPE, "CREATED", False),
        ({}, TYPE, "CREATED", False),
    ],
)
def test_previous_registration(service: Service, tags: dict[str, str], kind: str, status: str, is_found: bool) -> None:
    service.add(1, owned(**{REPLACES: SECOND}), kind=OTHER_TYPE)
    service.add(2, tags, kind=kind, status=status)
    assert previous(service) == (SECOND if is_found else None)


def test_current_registration_is_not_a_previous_one(service: Service) -> None:
    service.add(1, owned())
    assert previous(service) is None


def test_replaced_registration_comes_before_newer_ones(service: Service) -> None:
    service.add(1, owned(**{REPLACES: SECOND}), kind=OTHER_TYPE)
    service.add(2, owned())
    service.add(3, owned())
    assert previous(service) == SECOND
    service.current[FIRST].pop(REPLACES)
    assert previous(service) == THIRD, "the newest"


@pytest.mark.parametrize(
    ("rolling_back", "replaced", "expected"), [(True, 2, SECOND), (True, 3, None), (False, 2, None)]
)
def test_closed_registration_is_restored_only_by_its_rollback(
    service: Service, rolling_back: bool, replaced: int, expected: str | None
) -> None:
    service.add(1, owned(**{REPLACES: id_of(replaced)}), kind=OTHER_TYPE)
    service.add(2, owned(), status="CLOSED")
    assert previous(service, rolling_back=rolling_back) == expected


NAMED = {"ExistingRegistrationId": FIRST}


@pytest.mark.parametrize(
    ("old", "declared", "current", "expected"),
    [
        (NAMED, None, {REPLACES: SECOND}, True),
        ({}, None, {REPLACES: SECOND}, False),
        ({"ExistingRegistrationId": THIRD}, None, {REPLACES: SECOND}, False),
        (NAMED, FIRST, {REPLACES: SECOND}, False),
        (NAMED, None, {}, False),
    ],
)
def test_no_longer_names_what_was_adopted(
    service: Service, old: dict[str, Any], declared: str | None, current: dict[str, str], expected: bool
) -> None:
    described = service.add(1, owned(ADOPTED, **current))
    service.add(2, owned())
    run = run_of(service, old=old, rolling_back=True)
    assert adoption.no_longer_names_adopted(run, request(declared), described) is expected


@pytest.mark.parametrize(
    ("declared", "state", "current", "expected"),
    [
        (None, ADOPTED, {REPLACES: SECOND}, SECOND),
        (FIRST, ADOPTED, {REPLACES: SECOND}, None),
        (None, OWNED, {REPLACES: SECOND}, None),  # it was created in place of the other one
        (None, ADOPTED, {}, None),
    ],
)
@pytest.mark.parametrize("old", [NAMED, {}, {"ExistingRegistrationId": THIRD}])
def test_rollback_leaves_what_was_adopted_in_place_of_another_one(
    service: Service,
    old: dict[str, Any],
    declared: str | None,
    state: str,
    current: dict[str, str],
    expected: str | None,
) -> None:
    described = service.add(1, owned(state, **current))
    service.add(2, owned())
    run = run_of(service, old=old, rolling_back=True)
    original = adoption.original_in_rollback(run, request(declared), described)
    assert (original.identity if original else None) == expected


@pytest.mark.parametrize(
    ("deployed", "expected"),
    [
        (None, SECOND),  # the history does not say
        (FIRST, None),
        (THIRD, THIRD),  # the one before several deployments that failed and were kept
        ("not-created:TollFree:request", None),
    ],
)
def test_rollback_of_an_adoption_returns_to_what_was_deployed(
    service: Service, deployed: str | None, expected: str | None
) -> None:
    described = service.add(1, owned(ADOPTED, **{REPLACES: SECOND}))
    service.add(2, owned(ADOPTED, **{REPLACES: THIRD}))
    service.add(3, owned())
    run = run_of(service, old=NAMED, rolling_back=True, deployed_id=deployed)
    original = adoption.original_in_rollback(run, request(None), described)
    assert (original.identity if original else None) == expected


def test_rollback_returns_to_what_another_resource_of_the_stack_took_over(service: Service) -> None:
    described = service.add(1, owned(ADOPTED, **{REPLACES: SECOND}))
    service.add(2, {**NEIGHBOR.tags(), **OURS.previous_tags(OWNED)})
    run = run_of(service, old=NAMED, rolling_back=True)
    original = adoption.original_in_rollback(run, request(None), described)
    assert original is not None
    assert original.identity == SECOND


@pytest.mark.parametrize(
    ("tags", "kind", "rolling_back", "expected"),
    [
        (owned(), TYPE, True, SECOND),
        (owned(), TYPE, False, None),
        (owned(), OTHER_TYPE, True, None),
        (owned(OWNED, THEIRS), TYPE, True, None),  # somebody took it over meanwhile
        ({}, TYPE, True, None),
        (None, TYPE, True, None),
    ],
)
def test_rollback_of_an_adoption_returns_to_what_it_replaced_if_that_is_still_ours(
    service: Service, tags: dict[str, str] | None, kind: str, rolling_back: bool, expected: str | None
) -> None:
    described = service.add(1, owned(ADOPTED, **{REPLACES: SECOND}))
    if tags is not None:
        service.add(2, tags, kind=kind)
    run = run_of(service, old=NAMED, rolling_back=rolling_back)
    original = adoption.original_in_rollback(run, request(None), described)
    assert (original.identity if original else None) == expected


# --- taking back in a rollback ---

NEIGHBOR = Owner(OURS.stack_id, "Second")


@pytest.mark.parametrize(
    ("owner", "previous", "rolling_back", "expected"),
    [
        (NEIGHBOR, OURS, True, True),
        (NEIGHBOR, OURS, False, False),
        (NEIGHBOR, THEIRS, True, False),
        (THEIRS, OURS, True, False),  # another stack took it over, and keeps it
    ],
)
def test_only_a_rollback_takes_back_and_only_from_its_own_stack(
    service: Service, owner: Owner, previous: Owner, rolling_back: bool, expected: bool
) -> None:
    tags = {**owned(ADOPTED, owner), **previous.previous_tags(OWNED)}
    assert adoption.may_claim(run_of(service, rolling_back=rolling_back), request(None), tags) is expected


@pytest.mark.parametrize("state", [ADOPTED, OWNED])
def test_what_is_taken_back_has_its_former_state(service: Service, state: str) -> None:
    tags = {**owned(ADOPTED, NEIGHBOR), **OURS.previous_tags(state)}
    claimed = adoption.claim_tags(run_of(service, rolling_back=True), request(None), tags)
    assert Owner.of(claimed) == OURS
    assert claimed[STATE] == state


def test_late_update_releases_nothing_that_a_later_one_adopted(service: Service) -> None:
    service.add(1, owned(**{REPLACING: f"later {SECOND}"}))
    service.add(2, owned(ADOPTED, **{REQUEST: "later", REPLACES: FIRST}))
    run = run_of(service, physical_id=FIRST, properties={"RegistrationType": TYPE, "ServiceToken": "token"})

    def ended(_: str) -> None:
        raise NoResponseExpected

    run.fence.before_irreversible = ended
    with pytest.raises(NoResponseExpected):
        handler.update(run)
    assert service.writes == []
