"""What an Update of a registration does, by the tags and by what CloudFormation says. Whole runs are in test_update.py."""

from typing import Any

import pytest

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.errors import Failure, NoResponseExpected
from sms_registration_handler.registration import handler
from sms_registration_handler.registration.registrations import REGISTRATIONS
from sms_registration_handler.resource import claims, exactly_once
from sms_registration_handler.resource.owner_tags import (
    ADOPTED,
    OWNED,
    PENDING,
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

NEIGHBOR = Owner(OURS.stack_id, "Other")
NEW = id_of(9)


class Updating(Service):
    """A service whose first registration is updated; what is created becomes the ninth.

    Attributes:
        removed: The IDs that were deleted or released, in order.
        created: The parameters of each CreateRegistration.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.removed: list[str] = []
        self.created: list[dict[str, Any]] = []
        self.lost_responses = 0
        monkeypatch.setattr(REGISTRATIONS, "remove", lambda run, identity: self.removed.append(identity))

    def call(self, operation: str, *, fence: Any = None, **parameters: Any) -> dict[str, Any]:
        assert operation == "CreateRegistration"
        assert fence == "before creating"
        self.created.append(parameters)
        self.writes.append("create")
        tags = {each["Key"]: each["Value"] for each in parameters["Tags"]}
        return dict(self.add(9, tags, kind=parameters["RegistrationType"]).description)

    def update(
        self, kind: str = TYPE, *, existing: str = "", take_over: bool = False, physical_id: str = FIRST, **answers: Any
    ) -> str:
        """The ID with which the Update succeeds."""
        properties: dict[str, Any] = {"RegistrationType": kind, **answers.pop("more", {})}
        if existing:
            properties["ExistingRegistrationId"] = existing
        if take_over:
            properties["TakeOver"] = "true"
        self.run = run_of(self, physical_id=physical_id, properties=properties, **answers)
        self.run.fence.before_creating = "before creating"
        self.run.may_continue = lambda: False
        outcome = handler.update(self.run)
        assert outcome.attributes["RegistrationId"] == outcome.physical_resource_id
        return str(outcome.physical_resource_id)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Updating:
    return Updating(monkeypatch)


# --- whose is it? ---


def test_own_registration_without_a_change_is_not_written(service: Updating) -> None:
    service.add(1, owned())
    assert service.update() == FIRST
    assert (service.writes, service.removed) == ([], [])


@pytest.mark.parametrize("physical_id", [FIRST, "not-created:TollFree:request"])
def test_what_is_gone_is_not_created_again(service: Updating, physical_id: str) -> None:
    service.add(2, owned())
    with pytest.raises(Failure, match=f"registration {physical_id} no longer exists"):
        service.update(physical_id=physical_id)
    assert service.writes == []


def test_what_is_not_a_registration_is_not_looked_up(service: Updating) -> None:
    service.find = lambda _: pytest.fail("asked the service")  # type: ignore[assignment, return-value]
    with pytest.raises(Failure, match="no longer exists"):
        service.update(physical_id="phone-1")


@pytest.mark.parametrize(
    ("tags", "take_over", "answers", "text"),
    [
        (owned(), False, {}, ""),
        (owned(OWNED, THEIRS), False, {}, f"belongs to logical ID TollFree of stack {THEIRS.stack_id}"),
        (owned(OWNED, THEIRS), True, {}, ""),
        ({}, False, {}, "has no owner tags"),
        ({}, True, {}, ""),
    ],
)
def test_only_a_take_over_claims_what_is_not_ours(
    service: Updating, tags: dict[str, str], take_over: bool, answers: dict[str, Any], text: str
) -> None:
    service.add(1, tags)
    if text:
        with pytest.raises(Failure, match=text):
            service.update(take_over=take_over, **answers)
        assert service.writes == []
    else:
        assert service.update(take_over=take_over, **answers) == FIRST
        assert Owner.of(service.current[FIRST]) == OURS


def test_rollback_takes_back_from_its_own_stack(service: Updating) -> None:
    tags = {**owned(OWNED, NEIGHBOR), **OURS.previous_tags(OWNED)}
    service.add(1, tags)
    assert service.update(rolling_back=True) == FIRST
    assert Owner.of(service.current[FIRST]) == OURS
    assert service.current[FIRST][STATE] == OWNED
    service.current[FIRST] = dict(tags)
    with pytest.raises(Failure, match="belongs to logical ID Other"):
        service.update()


def test_a_rollback_that_may_not_write_leaves_all_unchanged(service: Updating) -> None:
    service.add(1, owned(OWNED, THEIRS), status="REVIEWING")
    assert service.update(rolling_back=True) == FIRST
    assert service.writes == []


def test_a_rollback_of_what_is_gone_answers_with_what_is_known(service: Updating) -> None:
    assert service.update(rolling_back=True) == FIRST
    attributes = handler.update(service.run).attributes
    assert attributes == {
        "RegistrationArn": f"arn:aws:sms-voice:us-east-1:123456789012:registration/{FIRST}",
        "RegistrationId": FIRST,
        "RegistrationType": TYPE,
        "RegistrationStatus": "DELETED",
        "CurrentVersionNumber": "0",
    }


def test_a_rollback_of_what_was_never_one_asks_nothing(service: Updating) -> None:
    service.find = lambda _: pytest.fail("asked the service")  # type: ignore[assignment, return-value]
    assert service.update(rolling_back=True, physical_id="phone-1") == "phone-1"


def test_a_rollback_whose_registration_cannot_be_read_answers_with_what_is_known(service: Updating) -> None:
    def find(_: str) -> None:
        raise ServiceError("DescribeRegistrations", "ResourceNotFoundException", "", "refused", "")

    service.find = find  # type: ignore[assignment]
    assert service.update(rolling_back=True) == FIRST
    assert handler.update(service.run).attributes["RegistrationStatus"] == "DELETED"
    service.run.event.properties.pop("RegistrationType")
    assert handler.update(service.run).attributes["RegistrationType"] == "UNKNOWN"


# --- tags ---


def test_tags_are_written_with_the_state_of_what_was_pending(service: Updating) -> None:
    """A canceled Update may have ended before the last write of a Create that CloudFormation took for a success."""
    service.add(1, owned(PENDING))
    service.update(more={"Tags": [{"Key": "a", "Value": "1"}]})
    assert service.current[FIRST] == {**owned(OWNED), "a": "1"}
    service.add(1, owned(ADOPTED))
    service.update()
    assert service.current[FIRST] == owned(ADOPTED)


@pytest.mark.parametrize(
    ("answers", "is_kept"),
    [
        ({"was_deployed": True}, False),
        ({"was_deployed": None}, False),
        ({"was_deployed": False}, True),  # the deployment that adopted it failed, and may still be rolled back
        ({"was_deployed": True, "rolling_back": True, "deployed_id": FIRST}, True),
        ({"was_deployed": True, "old": {}}, True),
        ({"was_deployed": True, "old": {"ExistingRegistrationId": SECOND}}, True),
    ],
)
def test_what_an_adoption_replaced_is_forgotten_by_a_later_deployment(
    service: Updating, answers: dict[str, Any], is_kept: bool
) -> None:
    service.add(1, owned(ADOPTED, **{REPLACES: THIRD}))
    assert service.update(**{"old": {"ExistingRegistrationId": FIRST}, **answers}) == FIRST
    assert (REPLACES in service.current[FIRST]) is is_kept


# --- adoption ---


def test_another_existing_registration_is_adopted(service: Updating) -> None:
    service.add(1, owned())
    service.add(2, {})
    assert service.update(existing=SECOND) == SECOND
    assert service.current[SECOND] == {
        **owned(ADOPTED),
        **claims.REGISTRATION.of(OURS),
        REQUEST: "request",
        REPLACES: FIRST,
    }
    assert service.current[FIRST] == owned(**{REPLACING: f"request {SECOND}"})


def test_its_own_id_as_the_existing_one_adopts_nothing(service: Updating) -> None:
    service.add(1, owned())
    assert service.update(existing=FIRST) == FIRST
    assert service.writes == []


def test_its_own_id_with_another_type_is_refused(service: Updating) -> None:
    service.add(1, owned(), kind=OTHER_TYPE)
    with pytest.raises(Failure, match=f"{FIRST} is a {OTHER_TYPE}, not a {TYPE}"):
        service.update(existing=FIRST)
    assert service.created == []


@pytest.mark.parametrize(
    ("begun", "request_id", "is_released"),
    [
        (f"earlier {SECOND}", "earlier", True),
        (f"earlier {SECOND}", "another", False),
        (f"earlier {THIRD}", "earlier", False),
        (f"request {SECOND}", "request", False),  # another delivery of this request
    ],
)
@pytest.mark.parametrize("existing", ["", THIRD])
def test_what_an_adoption_that_did_not_complete_left_is_released(
    service: Updating, begun: str, request_id: str, existing: str, is_released: bool
) -> None:
    """CloudFormation has the former ID, and nothing else may name what was adopted. It may be older than the stack."""
    service.add(1, owned(**{REPLACING: begun}))
    service.add(2, owned(ADOPTED, **{REQUEST: request_id, REPLACES: FIRST}))
    service.add(3, {})
    assert service.update(existing=existing) == (existing or FIRST)
    assert (Owner.of(service.current[SECOND]) is None) is is_released
    record = begun if existing in begun else f"request {existing}"
    assert service.current[FIRST].get(REPLACING) == (record if existing else None)


@pytest.mark.parametrize("request_id", ["earlier", "request"])
def test_what_such_an_adoption_adopted_is_kept_if_it_is_adopted_again(service: Updating, request_id: str) -> None:
    service.add(1, owned(**{REPLACING: f"{request_id} {SECOND}"}))
    tags = {**owned(ADOPTED), **claims.REGISTRATION.of(OURS), REQUEST: request_id, REPLACES: FIRST}
    service.add(2, tags)
    assert service.update(existing=SECOND) == SECOND
    assert service.current[SECOND] == tags, "a sweep finds it by the first record"
    assert service.current[FIRST][REPLACING] == f"{request_id} {SECOND}"
    assert service.writes == []


def test_rollback_takes_back_what_an_adoption_of_another_type_replaced(service: Updating) -> None:
    """Another resource of the stack has it: a search for what is ours does not find it."""
    service.add(1, owned(ADOPTED, **{REPLACES: SECOND}), kind=OTHER_TYPE)
    service.add(2, {**owned(OWNED, NEIGHBOR), **OURS.previous_tags(OWNED)})
    assert service.update(rolling_back=True, deployed_id=SECOND) == SECOND
    assert (service.created, Owner.of(service.current[SECOND])) == ([], OURS)


def test_what_a_rollback_returns_to_is_not_released(service: Updating) -> None:
    """The deployment before went back to it as an adoption, and did not complete."""
    service.add(1, owned(ADOPTED, **{REPLACES: SECOND, REPLACING: f"earlier {SECOND}"}))
    service.add(2, owned(ADOPTED, **{REQUEST: "earlier"}))
    assert service.update(rolling_back=True, deployed_id=SECOND) == SECOND
    assert Owner.of(service.current[SECOND]) == OURS


def test_rollback_returns_to_what_the_adoption_replaced(service: Updating) -> None:
    service.add(1, owned(ADOPTED, **{REPLACES: SECOND}))
    service.add(2, owned(**{REPLACING: "earlier"}))
    assert service.update(rolling_back=True, old={"ExistingRegistrationId": FIRST}) == SECOND
    assert REPLACING not in service.current[SECOND]


# --- replacement ---


def test_another_type_is_a_replacement(service: Updating) -> None:
    service.add(1, owned(claim="x"))
    assert service.update(OTHER_TYPE, more={"Tags": [{"Key": "a", "Value": "1"}]}) == NEW
    [created] = service.created
    assert created["RegistrationType"] == OTHER_TYPE
    assert created["ClientToken"] == "request"
    assert service.current[NEW] == {**owned(OWNED), REQUEST: "request", REPLACES: FIRST, "a": "1"}
    assert service.current[FIRST] == {**owned(claim="x"), REPLACING: "request"}
    assert service.writes == ["tag", "create", "tag"]
    assert service.fences[0] == service.run.fence.before_write


def test_a_replacement_that_this_request_began_is_not_marked_again(service: Updating) -> None:
    service.add(1, owned(**{REPLACING: "request"}))
    service.add(9, owned(PENDING, **{REQUEST: "request", REPLACES: FIRST}), kind=OTHER_TYPE)
    assert service.update(OTHER_TYPE) == NEW
    assert (service.writes, service.created, service.removed) == (["tag"], [], [])


def test_a_taken_over_registration_is_claimed_before_it_is_replaced(service: Updating) -> None:
    service.add(1, owned(OWNED, THEIRS))
    assert service.update(OTHER_TYPE, take_over=True) == NEW
    assert Owner.of(service.current[FIRST]) == OURS
    assert Owner.previous(service.current[FIRST]) == THEIRS


@pytest.mark.parametrize("rolling_back", [False, True])
def test_a_former_registration_of_the_type_is_used_again(service: Updating, rolling_back: bool) -> None:
    service.add(1, owned())
    service.add(2, owned(), kind=OTHER_TYPE)
    assert service.update(OTHER_TYPE, rolling_back=rolling_back) == SECOND
    assert service.current[SECOND] == (owned() if rolling_back else {**owned(), REPLACES: FIRST})
    assert service.created == []


@pytest.mark.parametrize(
    ("replacing", "kind", "existing", "keep"),
    [
        ("earlier", OTHER_TYPE, "", {FIRST}),
        ("earlier", TYPE, THIRD, {FIRST, THIRD}),
        ("earlier", TYPE, "", {FIRST}),
        ("request", OTHER_TYPE, "", None),
        ("request", TYPE, THIRD, None),
        ("request", TYPE, "", None),
        ("", OTHER_TYPE, "", None),
    ],
)
def test_what_an_interrupted_replacement_left_is_swept(
    service: Updating,
    replacing: str,
    kind: str,
    existing: str,
    keep: set[str] | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    service.add(1, owned(**({REPLACING: replacing} if replacing else {})))
    service.add(3, {})
    swept: list[Any] = []
    monkeypatch.setattr(exactly_once, "sweep_replacement", lambda run, *arguments: swept.append(arguments))
    service.update(kind, existing=existing)
    assert swept == ([] if keep is None else [(REGISTRATIONS, replacing, keep)])


def test_a_replacement_that_fails_is_withdrawn(service: Updating) -> None:
    service.add(1, owned())
    tag = service.tag

    def refuse(arn: str, tags: dict[str, str], fence: Any = None) -> None:
        if arn == f"arn:{NEW}":
            raise ServiceError("TagResource", "AccessDeniedException", "", "denied", "")
        tag(arn, tags, fence)

    service.tag = refuse  # type: ignore[method-assign]
    with pytest.raises(ServiceError, match="AccessDenied"):
        service.update(OTHER_TYPE)
    assert service.removed == [NEW]


def test_a_request_that_has_ended_replaces_nothing(service: Updating) -> None:
    service.add(1, owned())

    def tag(arn: str, tags: dict[str, str], fence: Any = None) -> None:
        raise NoResponseExpected("CloudFormation is at a later request")

    service.tag = tag  # type: ignore[method-assign]
    with pytest.raises(NoResponseExpected):
        service.update(OTHER_TYPE)
    assert service.created == []
