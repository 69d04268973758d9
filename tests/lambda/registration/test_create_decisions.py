"""What a Create of a registration does, by the service's answers and by what CloudFormation says. Whole runs: test_create.py."""

from collections.abc import Iterator
from typing import Any

import pytest

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.cloudformation.stack import Standing
from sms_registration_handler.errors import Failure, NoResponseExpected
from sms_registration_handler.registration import handler
from sms_registration_handler.registration.registrations import REGISTRATIONS
from sms_registration_handler.resource import claims
from sms_registration_handler.resource.owner_tags import ADOPTED, OWNED, PENDING, REPLACES, REQUEST, STATE, Owner
from support.described_registrations import FIRST, OTHER_TYPE, OURS, SECOND, TYPE, Service, owned, run_of

UNKNOWN = ServiceError("CreateRegistration", "ValidationException", "", "unknown type", "")
TAGS = {"Tags": [{"Key": "a", "Value": "1"}]}


class Creating(Service):
    """A service that creates the first registration.

    Attributes:
        refusal: The error of CreateRegistration, if any.
        refused_tag: The error of TagResource, if any.
        types: The registration types of the Region, or the error of asking for them.
        removed: The IDs that were deleted, in order.
        created: The parameters of each CreateRegistration.
        identified: The IDs of the response, in the order in which they were set.
        calls: What was called, in order.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        self.refusal: ServiceError | None = None
        self.refused_tag: ServiceError | None = None
        self.types: list[str] | Failure = [TYPE, OTHER_TYPE]
        self.lost_responses = 0
        self.removed: list[str] = []
        self.created: list[dict[str, Any]] = []
        self.identified: list[str] = []
        monkeypatch.setattr(REGISTRATIONS, "remove", lambda run, identity: self.removed.append(identity))

    def call(self, operation: str, *, fence: Any = None, **parameters: Any) -> dict[str, Any]:
        assert (operation, fence) == ("CreateRegistration", "before creating")
        self.created.append(parameters)
        if self.refusal:
            raise self.refusal
        tags = {each["Key"]: each["Value"] for each in parameters["Tags"]}
        return dict(self.add(1, tags, kind=parameters["RegistrationType"]).description)

    def tag(self, arn: str, tags: dict[str, str], fence: Any = None) -> None:
        if self.refused_tag:
            raise self.refused_tag
        super().tag(arn, tags, fence)

    def pages(self, operation: str, member: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        if operation == "DescribeRegistrations":
            yield from super().pages(operation, member, **parameters)
            return
        assert (operation, member) == ("DescribeRegistrationTypeDefinitions", "RegistrationTypeDefinitions")
        if isinstance(self.types, Failure):
            raise self.types
        for each in self.types:
            yield {"RegistrationType": each}

    def run(self, kind: str = TYPE, *, is_stale: bool = False, accepted: str | None = None, **answers: Any) -> Any:
        properties = {"RegistrationType": kind, **answers.pop("properties", {})}
        run = run_of(self, properties=properties, **answers)
        run.is_stale, run.identify, run.is_fresh = is_stale, self.identified.append, answers.get("is_fresh", True)
        run.fence.before_creating = "before creating"
        run.stack.accepted_id = lambda: accepted
        return run

    def create(self, kind: str = TYPE, **answers: Any) -> Any:
        return handler.create(self.run(kind, **answers))


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Creating:
    return Creating(monkeypatch)


# --- a Create ---


def test_create_makes_one_registration_and_ends_with_one_write(service: Creating) -> None:
    outcome = service.create(properties=TAGS)
    [created] = service.created
    assert {each["Key"]: each["Value"] for each in created.pop("Tags")} == {
        **owned(PENDING),
        REQUEST: "request",
        "a": "1",
    }
    assert created == {"RegistrationType": TYPE, "ClientToken": "request"}
    assert service.writes == ["tag"]
    assert service.current[FIRST] == {**owned(), REQUEST: "request", "a": "1"}
    assert service.identified == [FIRST]
    assert outcome == handler.outcome(service.described(FIRST).description)
    assert outcome.attributes == {
        "RegistrationArn": f"arn:{FIRST}",
        "RegistrationId": FIRST,
        "RegistrationType": TYPE,
        "RegistrationStatus": "CREATED",
        "CurrentVersionNumber": "1",
    }


def test_declared_tag_does_not_change_ours(service: Creating) -> None:
    service.create(properties=TAGS)
    service.current[FIRST]["a"] = "changed by hand"
    run = service.run(properties=TAGS)
    handler.complete(run, handler.RegistrationRequest.parse(run.event.properties), service.find(FIRST) or {})
    assert service.current[FIRST]["a"] == "1"


def test_a_stale_request_creates_nothing(service: Creating) -> None:
    with pytest.raises(Failure, match="older than its ServiceTimeout"):
        service.create(is_stale=True)
    assert (service.created, service.writes) == ([], [])


def test_an_existing_registration_is_adopted(service: Creating) -> None:
    service.add(2, {})
    outcome = service.create(properties={"ExistingRegistrationId": SECOND})
    assert outcome == handler.outcome(service.described(SECOND).description)
    assert service.current[SECOND] == {**owned(ADOPTED), **claims.REGISTRATION.of(OURS), REQUEST: "request"}
    assert service.created == []


def test_what_an_earlier_delivery_created_is_found(service: Creating) -> None:
    service.add(1, {**owned(PENDING), REQUEST: "request"})
    assert service.create(is_fresh=False).physical_resource_id == FIRST
    assert (service.created, service.current[FIRST][STATE]) == ([], OWNED)


def test_what_an_earlier_delivery_created_with_another_type_is_refused(service: Creating) -> None:
    service.add(1, {**owned(PENDING), REQUEST: "request"}, kind=OTHER_TYPE)
    with pytest.raises(Failure, match=f"created {FIRST} with type {OTHER_TYPE}, not {TYPE}: deploy again"):
        service.create(is_fresh=False)
    assert service.identified == [FIRST]


def test_what_it_replaces_is_recorded(service: Creating) -> None:
    run = service.run()
    request = handler.RegistrationRequest.parse(run.event.properties)
    handler.create_once(run, request, on_created=service.identified.append, replaces=SECOND)
    assert service.current[FIRST][REPLACES] == SECOND


# --- a type that does not exist ---


def refused(service: Creating, kind: str) -> str:
    with pytest.raises(Failure) as raised:
        service.create(kind)
    return str(raised.value)


def test_an_unknown_type_is_named_with_the_closest(service: Creating) -> None:
    service.refusal = UNKNOWN
    service.types = [f"US_TOLL_FREE_REGISTRATION_{each}" for each in range(7)]
    text = refused(service, "US_TOLLFREE_REGISTRATION")
    assert text.startswith("the registration type US_TOLLFREE_REGISTRATION does not exist in this Region. Closest: ")
    assert text.count("US_TOLL_FREE_REGISTRATION_") == 5


def test_an_unknown_type_without_a_similar_one_is_named_with_all(service: Creating) -> None:
    service.refusal = UNKNOWN
    service.types = ["ZZZ", "YYY"]
    text = refused(service, "US_TOLL_FREE_REGISTRATION")
    assert "no type has a similar name. This Region has: YYY, ZZZ" in text


@pytest.mark.parametrize("types", [[], [TYPE], ServiceError("Describe", "AccessDeniedException", "", "denied", "")])
def test_the_services_refusal_remains_where_the_type_is_not_the_cause(service: Creating, types: Any) -> None:
    service.refusal, service.types = UNKNOWN, types
    assert refused(service, TYPE) == str(UNKNOWN)


def test_another_refusal_does_not_ask_for_types(service: Creating) -> None:
    service.refusal = ServiceError("CreateRegistration", "ServiceQuotaExceededException", "", "quota", "")
    service.types = []
    assert refused(service, "INVENTED") == str(service.refusal)
    service.types = [TYPE]
    assert refused(service, "INVENTED") == str(service.refusal)


# --- the last write ---


def test_a_request_that_was_answered_writes_nothing_more(service: Creating) -> None:
    service.add(1, owned(team="by hand", **{REQUEST: "request"}))
    outcome = service.create(is_fresh=False, standing=Standing.RESPONDED, accepted=FIRST)
    assert outcome == handler.outcome(service.described(FIRST).description)
    assert service.writes == []


@pytest.mark.parametrize(("standing", "error"), [(Standing.ABANDONED, Failure), (Standing.ENDED, NoResponseExpected)])
def test_a_canceled_request_takes_back_what_it_created(
    service: Creating, standing: Standing, error: type[Exception]
) -> None:
    with pytest.raises(error):
        service.create(standing=standing)
    assert (service.removed, service.writes) == ([FIRST], [])


def test_what_was_deleted_meanwhile_is_not_created_a_second_time(service: Creating) -> None:
    service.refused_tag = ServiceError("TagResource", "ResourceNotFoundException", "", "gone", "")
    with pytest.raises(Failure, match=f"{FIRST} was deleted while it was being created"):
        service.create()
    assert len(service.created) == 1


def test_another_refusal_of_the_last_write_is_the_failure(service: Creating) -> None:
    service.refused_tag = ServiceError("TagResource", "AccessDeniedException", "", "denied", "")
    with pytest.raises(ServiceError) as raised:
        service.create()
    assert raised.value is service.refused_tag


# --- an interrupted delivery ---


@pytest.mark.parametrize("standing", [Standing.CURRENT, Standing.ABANDONED])
def test_an_abandoned_request_deletes_what_it_created(service: Creating, standing: Standing) -> None:
    """Only called where no response is expected; what was adopted is released only if it is not wanted anymore."""
    service.add(1, {**owned(PENDING), REQUEST: "request"})
    service.add(2, owned(ADOPTED))
    handler.abandon(service.run(standing=standing, properties={"ExistingRegistrationId": SECOND}))
    assert service.removed == [FIRST]
    assert (Owner.of(service.current[SECOND]) is None) is (standing is Standing.ABANDONED)


def test_a_delete_is_removals(service: Creating) -> None:
    service.add(1, owned())
    assert handler.delete(service.run(physical_id=FIRST)).physical_resource_id == "fallback"
    assert service.removed == [FIRST]
