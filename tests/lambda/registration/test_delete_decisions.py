"""What a Delete does with a registration, by its tags and by what CloudFormation says. Whole runs are in test_delete.py."""

from typing import Any

import pytest

from sms_registration_handler.errors import Failure
from sms_registration_handler.registration import handler, removal
from sms_registration_handler.resource import leftovers
from sms_registration_handler.resource.owner_tags import ADOPTED, OWNED, PENDING, REPLACES, REPLACING, REQUEST, Owner
from support.described_registrations import FIRST, OURS, SECOND, THEIRS, THIRD, Service, owned, run_of


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    service = Service()
    service.removed = []  # type: ignore[attr-defined]
    monkeypatch.setattr(removal, "remove", lambda run, identity: service.removed.append(identity))  # type: ignore[attr-defined]
    return service


def deleted(service: Any, **options: Any) -> list[str]:
    """The IDs that a Delete of the first registration removes, in order."""
    outcome = handler.delete(run_of(service, **{"physical_id": FIRST, **options}))
    assert outcome.physical_resource_id == "fallback"
    return list(service.removed)


# --- whose is it? ---


def test_own_registration_is_deleted(service: Service) -> None:
    service.add(1, owned())
    assert deleted(service) == [FIRST]


@pytest.mark.parametrize(
    ("tags", "properties"),
    [
        ({**owned(OWNED, THEIRS), **THEIRS.previous_tags(OWNED)}, {}),  # given back
        ({**owned(OWNED, THEIRS), **OURS.previous_tags(OWNED)}, {}),  # taken over
        ({}, {"ExistingRegistrationId": FIRST}),  # released
    ],
)
def test_registration_that_is_not_ours_anymore_is_left(
    service: Service, tags: dict[str, str], properties: dict[str, str]
) -> None:
    service.add(1, tags)
    assert deleted(service, properties=properties) == []
    assert service.writes == []


@pytest.mark.parametrize(
    ("tags", "properties", "text"),
    [
        (owned(OWNED, THEIRS), {}, f"it belongs to logical ID TollFree of stack {THEIRS.stack_id}"),
        (owned(OWNED, THEIRS), {"ExistingRegistrationId": FIRST}, "it belongs to logical ID"),
        ({}, {}, "it has no owner tags"),
        ({}, {"ExistingRegistrationId": SECOND}, "it has no owner tags"),
    ],
)
def test_registration_of_another_owner_is_refused(
    service: Service, tags: dict[str, str], properties: dict[str, str], text: str
) -> None:
    service.add(1, tags)
    with pytest.raises(Failure, match=text):
        deleted(service, properties=properties)
    assert (service.writes, service.removed) == ([], [])  # type: ignore[attr-defined]


# --- what was adopted ---


DESTROY = {"RemovalPolicy": "destroy"}


@pytest.mark.parametrize(
    ("properties", "answers", "is_deleted"),
    [
        (DESTROY, {"was_deployed": True}, True),
        (DESTROY, {"was_deployed": False}, False),
        (DESTROY, {"was_deployed": None}, False),
        (DESTROY, {"was_deployed": True, "rolling_back": True}, False),
        (DESTROY, {"was_deployed": True, "status": None}, False),
        ({}, {"was_deployed": True}, False),
    ],
)
def test_adopted_registration_is_deleted_only_after_a_success_and_where_the_template_says_so(
    service: Service, properties: dict[str, str], answers: dict[str, Any], is_deleted: bool
) -> None:
    service.add(1, owned(ADOPTED))
    assert deleted(service, properties=properties, **answers) == ([FIRST] if is_deleted else [])
    assert Owner.of(service.current[FIRST]) == (OURS if is_deleted else None)


@pytest.mark.parametrize(
    ("answers", "is_given_back"),
    [
        ({"rolling_back": True}, True),
        ({"was_deployed": False}, True),
        ({"was_deployed": True}, False),
        ({"was_deployed": None}, False),
        ({"was_deployed": False, "status": None}, False),
    ],
)
@pytest.mark.parametrize("properties", [{}, DESTROY])
def test_take_over_is_given_back_if_its_deployment_failed(
    service: Service, properties: dict[str, str], answers: dict[str, Any], is_given_back: bool
) -> None:
    service.add(1, {**owned(ADOPTED), **THEIRS.previous_tags(OWNED)})
    is_deleted = properties == DESTROY and answers == {"was_deployed": True}
    assert deleted(service, properties=properties, **answers) == ([FIRST] if is_deleted else [])
    if not is_deleted:
        assert Owner.of(service.current[FIRST]) == (THEIRS if is_given_back else None)


def test_release_without_a_previous_owner_does_not_ask_whether_the_adoption_was_deployed(service: Service) -> None:
    service.add(1, owned(ADOPTED))
    run = run_of(service, physical_id=FIRST)
    run.stack.history.was_deployed = lambda _: pytest.fail("asked CloudFormation")
    handler.delete(run)
    assert service.current[FIRST] == {}


# --- attachments that only an older version refers to ---


@pytest.mark.parametrize(("version", "looks"), [(1, False), (2, True)])
def test_leftovers_go_with_a_registration_that_has_an_older_version(
    service: Service, version: int, looks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    monkeypatch.setattr(leftovers, "delete_leftovers", looked.append)
    service.add(1, owned(), version=version)
    assert deleted(service) == [FIRST]
    assert bool(looked) is looks


# --- what a replacement left ---


def with_replacement(service: Service) -> None:
    service.add(1, owned(**{REPLACING: "request"}))
    service.add(2, owned(OWNED, **{REQUEST: "request", REPLACES: FIRST}))
    service.add(3, owned(PENDING))


@pytest.mark.parametrize(
    ("answers", "removed"),
    [
        ({"deletes_resource": True, "held": {FIRST}}, [THIRD, SECOND, FIRST]),  # the replacement failed
        ({"deletes_resource": False, "held": {FIRST}}, [THIRD, FIRST]),  # a cleanup
        ({"deletes_resource": True, "held": {SECOND}}, [THIRD, FIRST]),
        ({"deletes_resource": True, "held": None}, [THIRD, FIRST]),
    ],
)
def test_delete_sweeps_what_an_interrupted_replacement_left(
    service: Service, answers: dict[str, Any], removed: list[str]
) -> None:
    with_replacement(service)
    assert deleted(service, **answers) == removed


@pytest.mark.parametrize(
    ("answers", "is_released"),
    [
        ({"deletes_resource": True, "held": {FIRST}}, True),
        ({"deletes_resource": False, "held": {FIRST}}, False),  # a cleanup
        ({"deletes_resource": True, "held": {SECOND}}, False),
    ],
)
@pytest.mark.parametrize("request_id", ["request", "another"])
def test_delete_releases_what_an_adoption_without_a_response_adopted(
    service: Service, answers: dict[str, Any], request_id: str, is_released: bool
) -> None:
    """CloudFormation has the former ID, and a search for what the stack created does not find what is older."""
    service.add(1, owned(**{REPLACING: f"request {SECOND}"}))
    service.add(2, owned(ADOPTED, **{REQUEST: request_id}))
    assert deleted(service, **answers) == [FIRST]
    assert (Owner.of(service.current[SECOND]) is None) is (is_released and request_id == "request")


def test_delete_sweeps_the_registration_itself_only_once(service: Service) -> None:
    with_replacement(service)
    service.current[FIRST][REQUEST] = "request"
    assert deleted(service, deletes_resource=True, held={FIRST}) == [THIRD, SECOND, FIRST]


def test_release_of_what_was_adopted_sweeps_what_an_interrupted_replacement_left(service: Service) -> None:
    with_replacement(service)
    service.current[FIRST] |= owned(ADOPTED)
    assert deleted(service, deletes_resource=True, held={FIRST}) == [THIRD, SECOND]
    assert Owner.of(service.current[FIRST]) is None


def test_delete_without_a_replacement_looks_for_nothing(service: Service) -> None:
    with_replacement(service)
    del service.current[FIRST][REPLACING]
    assert deleted(service, deletes_resource=True, held={FIRST}) == [FIRST]


def test_delete_of_what_is_gone_sweeps_what_is_pending(service: Service) -> None:
    service.add(2, owned())
    service.add(3, owned(PENDING))
    assert deleted(service) == [THIRD]


# --- the Delete of a Create that failed, and a Create that was abandoned ---


@pytest.mark.parametrize("replaces", [{}, {REPLACES: SECOND}])
def test_delete_of_a_failed_create_releases_what_it_adopted(service: Service, replaces: dict[str, str]) -> None:
    service.add(1, owned(ADOPTED, **replaces))
    service.add(3, owned(PENDING))
    properties = {"ExistingRegistrationId": FIRST}
    assert deleted(service, physical_id="not-created:TollFree:request", properties=properties) == [THIRD]
    assert service.current[FIRST] == {}


@pytest.mark.parametrize(
    ("held", "physical_id", "is_released"),
    [(set(), "", True), ({FIRST}, "", False), (None, "", False), (set(), SECOND, True), (set(), THIRD, False)],
)
def test_abandoned_request_releases_what_it_adopted_unless_the_stack_holds_it(
    service: Service, held: set[str] | None, physical_id: str, is_released: bool
) -> None:
    from sms_registration_handler.cloudformation.stack import Standing

    tags = owned(ADOPTED, **{REPLACES: SECOND})
    service.add(1, tags)
    run = run_of(
        service,
        standing=Standing.ABANDONED,
        held=held,
        physical_id=physical_id,
        properties={"ExistingRegistrationId": FIRST},
    )
    handler.abandon(run)
    assert service.current[FIRST] == ({} if is_released else tags)


@pytest.mark.parametrize(("is_orphaned", "pauses"), [(True, 1), (False, 0)])
def test_what_a_failed_replacement_created_may_become_visible_after_a_pause(
    service: Any, is_orphaned: bool, pauses: int
) -> None:
    service.add(1, owned(**{REPLACING: "request"}))
    paused: list[float] = []

    def appears(seconds: float) -> None:
        paused.append(seconds)
        service.add(2, owned(PENDING, **{REQUEST: "request"}))

    service.pause = appears
    removed = deleted(service, deletes_resource=is_orphaned, held={FIRST})
    assert len(paused) == pauses
    assert removed == ([SECOND, FIRST] if is_orphaned else [FIRST])


@pytest.mark.parametrize("tags", [{}, owned()])
def test_one_that_another_delivery_deletes_at_the_same_moment_is_deleted(
    service: Service, tags: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was described, and had no tags anymore when they were read. One with tags is not described again."""
    service.add(1, tags)
    service.add(2, owned(PENDING))
    described: list[str] = []
    find = service.find

    def found(identity: str) -> dict[str, Any] | None:
        described.append(identity)
        return find(identity) if len(described) == 1 else None

    monkeypatch.setattr(service, "find", found)
    assert deleted(service) == ([FIRST] if tags else [SECOND])
    assert len(described) == (1 if tags else 2)


@pytest.mark.parametrize(("held", "is_released"), [({FIRST}, False), ({SECOND}, True), (set(), True), (None, True)])
def test_clean_up_of_a_create_without_a_response_keeps_what_the_next_create_adopted(
    service: Service, held: set[str] | None, is_released: bool
) -> None:
    service.add(1, owned(ADOPTED))
    adopts = {"ExistingRegistrationId": FIRST}
    assert deleted(service, physical_id="Stack-TollFree-ABC", properties=adopts, held=held) == []
    assert (Owner.of(service.current[FIRST]) is None) is is_released


def test_delete_of_a_create_that_adopted_nothing_does_not_ask_what_the_resource_holds(service: Service) -> None:
    run = run_of(service, physical_id="Stack-TollFree-ABC")
    run.stack.holds_another = lambda _: pytest.fail("asked CloudFormation")
    handler.delete(run)
