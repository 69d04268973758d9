"""The claim of a form, tag by tag: what is written, taken over, given back and released."""

import contextlib
from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.cloudformation.stack import Standing
from sms_registration_handler.errors import Failure
from sms_registration_handler.form import claim, handler
from sms_registration_handler.registration.registrations import DescribedRegistration
from sms_registration_handler.resource import claims, owner_tags
from sms_registration_handler.resource.owner_tags import Owner

ID = "registration-" + "1" * 32
ARN = f"arn:aws:sms-voice:us-east-1:123456789012:registration/{ID}"
PREFIX = "arn:aws:cloudformation:us-east-1:123456789012:stack/"
OURS, THEIRS = Owner(f"{PREFIX}Ours/1", "Form"), Owner(f"{PREFIX}Theirs/2", "Form")
THIRD = Owner(f"{PREFIX}Third/3", "Form")
FOREIGN = {owner_tags.STACK: "stack", owner_tags.CLAIM + "1": "x", owner_tags.FORM_DIGEST: "digest", "team": "growth"}
"""Tags that are not the form's claim: they always stay."""


class Service:
    """A service with one registration.

    Attributes:
        current: Its tags.
        calls: The operations and the keys of each write, in order.
        meanwhile: Tags that another owner writes right after our next write, or before it when we remove tags.
    """

    def __init__(self, tags: dict[str, str]) -> None:
        self.current = {**FOREIGN, **tags}
        self.calls: list[tuple[str, set[str]]] = []
        self.meanwhile: dict[str, str] = {}
        self.fences: list[Any] = []

    def find(self, registration_id: str) -> dict[str, Any] | None:
        return {"RegistrationId": ID, "RegistrationArn": ARN} if registration_id == ID else None

    def tags(self, arn: str) -> dict[str, str]:
        return dict(self.current)

    def tag(self, arn: str, tags: dict[str, str], fence: Any = None) -> None:
        assert arn == ARN
        self.fences.append(fence)
        self.current |= {**tags, **self.meanwhile}
        self.calls.append(("tag", set(tags)))

    def untag(self, arn: str, keys: list[str], fence: Any = None) -> None:
        assert arn == ARN
        assert keys, "the service refuses an empty list"
        assert len(keys) == len(set(keys))
        self.fences.append(fence)
        self.current |= self.meanwhile
        for key in keys:
            self.current.pop(key, None)
        self.calls.append(("untag", set(keys)))

    def pause(self, seconds: float) -> None: ...

    @property
    def registration(self) -> DescribedRegistration:
        return DescribedRegistration({"RegistrationId": ID, "RegistrationArn": ARN}, dict(self.current))

    @property
    def of_form(self) -> dict[str, str]:
        assert {key: self.current.get(key) for key in FOREIGN} == FOREIGN
        return {key: value for key, value in self.current.items() if key not in FOREIGN}


def run_of(
    service: Service,
    standing: Standing = Standing.CURRENT,
    held: set[str] | None = None,
    *,
    rolling_back: bool = False,
    was_deployed: bool | None = True,
    physical_id: str = "",
    registration_id: str = ID,
) -> Any:
    stack = SimpleNamespace(
        standing=lambda: standing,
        is_in_progress=lambda: False,
        is_deleting=lambda: False,
        held=lambda: set() if held is None else held,
        holds_another=lambda physical_id: physical_id in (held or ()),
        is_rolling_back=lambda: rolling_back,
        history=SimpleNamespace(was_deployed={claim.PHYSICAL_ID_PREFIX + ID: was_deployed}.__getitem__),
    )
    event = SimpleNamespace(
        properties={"RegistrationId": registration_id},
        physical_resource_id=physical_id,
        fallback_physical_id="fallback",
    )
    fence = SimpleNamespace(before_write="the fence")
    return SimpleNamespace(owner=OURS, service=service, stack=stack, event=event, fence=fence, is_rollback=rolling_back)


def request(*, take_over: bool = False) -> Any:
    return SimpleNamespace(take_over=take_over)


OURS_WITH_ALL = {
    **claims.FORM.of(OURS),
    owner_tags.FORM_REVISION: "3:2",
    owner_tags.FORM_PREVIOUS: claims.compact(THEIRS),
    owner_tags.FORM_PREVIOUS_REVISION: "1:1",
}


# --- who may claim ---


@pytest.mark.parametrize(
    ("tags", "take_over", "is_refused"),
    [
        ({}, False, False),
        (OURS.form_tags(), False, False),
        (THEIRS.form_tags(), True, False),
        (THEIRS.form_tags(), False, True),
        ({owner_tags.FORM_STACK: THEIRS.stack_id}, False, True),
    ],
)
def test_form_of_another_owner_is_refused_unless_it_is_taken_over(
    tags: dict[str, str], take_over: bool, is_refused: bool
) -> None:
    service = Service(tags)
    expected = pytest.raises(Failure, match=THEIRS.stack_id) if is_refused else contextlib.nullcontext()
    with expected:
        claim.require_claimable(run_of(service), request(take_over=take_over), service.registration)
    assert service.calls == []


def claimed(tags: dict[str, str]) -> dict[str, str]:
    service = Service(tags)
    return claim.claim_tags(run_of(service), service.registration)


def test_own_form_is_not_claimed_again() -> None:
    assert claimed(OURS.form_tags()) == {}


def test_first_claim_records_no_previous_owner() -> None:
    assert claimed({}) == claims.FORM.of(OURS)
    assert claimed({owner_tags.FORM_REVISION: "3:2"}) == claims.FORM.of(OURS)


def test_take_over_records_the_previous_owner_and_its_revision() -> None:
    previous = {owner_tags.FORM_PREVIOUS: "Theirs/2/Form"}
    assert claimed(THEIRS.form_tags()) == {**claims.FORM.of(OURS), **previous}
    assert claimed({**THEIRS.form_tags(), owner_tags.FORM_REVISION: "3:2"}) == {
        **claims.FORM.of(OURS),
        **previous,
        owner_tags.FORM_PREVIOUS_REVISION: "3:2",
        owner_tags.FORM_REVISION: "0:",  # theirs says nothing about ours
    }


# --- the write ---


def written(service: Service, tags: dict[str, str], **answers: Any) -> None:
    claim.write(run_of(service, **answers), service.registration, tags)


def test_claim_is_fenced_and_carries_the_owner_tags() -> None:
    service = Service({})
    written(service, claims.FORM.of(OURS))
    assert service.of_form == claims.FORM.of(OURS)
    assert service.fences == ["the fence"]


def test_other_tags_of_an_own_form_need_no_second_look() -> None:
    service = Service(OURS.form_tags())
    service.meanwhile = THEIRS.form_tags()
    written(service, {owner_tags.FORM_REVISION: "3:2"}, standing=Standing.ABANDONED)
    assert service.calls == [("tag", {*OURS.form_tags(), owner_tags.FORM_REVISION})]


def test_claim_at_the_same_moment_as_another_is_refused() -> None:
    service = Service({})
    service.meanwhile = claims.FORM.of(THEIRS)
    with pytest.raises(Failure, match=f"managed by logical ID Form of stack {THEIRS.stack_id}"):
        written(service, claims.FORM.of(OURS))
    assert service.of_form == claims.FORM.of(THEIRS)


def test_claim_that_is_not_wanted_anymore_is_released() -> None:
    service = Service({})
    with pytest.raises(Failure, match=f"abandoned this request; the form of {ID} was released"):
        written(service, claims.FORM.of(OURS), standing=Standing.ABANDONED)
    assert service.of_form == {}


def test_take_over_that_is_not_wanted_anymore_is_given_back() -> None:
    service = Service({**claims.FORM.of(THEIRS), owner_tags.FORM_REVISION: "3:2"})
    with pytest.raises(Failure, match="was released"):
        written(service, claimed(dict(service.current)), standing=Standing.ABANDONED)
    assert Owner.of_form(service.current) == THEIRS
    assert service.current[owner_tags.FORM_REVISION] == "3:2"


def test_claim_that_the_stack_holds_stays() -> None:
    service = Service({})
    written(service, claims.FORM.of(OURS), standing=Standing.ABANDONED, held={claim.PHYSICAL_ID_PREFIX + ID})
    assert service.of_form == claims.FORM.of(OURS)


# --- the release ---


@pytest.mark.parametrize("restore", [True, False])
@pytest.mark.parametrize("tags", [{}, claims.FORM.of(THEIRS), {**OURS_WITH_ALL, **THEIRS.form_tags()}])
def test_form_of_another_owner_is_not_released(tags: dict[str, str], restore: bool) -> None:
    service = Service(tags)
    claim.release(run_of(service), ID, restore=restore)
    assert service.calls == []


@pytest.mark.parametrize("registration_id", ["", "form-of:x", "registration-" + "2" * 32])
def test_what_is_no_registration_is_not_released(registration_id: str) -> None:
    service = Service(OURS_WITH_ALL)
    claim.release(run_of(service), registration_id, restore=True)
    assert service.calls == []


@pytest.mark.parametrize("restore", [True, False])
def test_release_removes_the_claim_and_nothing_else(restore: bool) -> None:
    service = Service({**claims.FORM.of(OURS), owner_tags.FORM_REVISION: "3:2"})
    claim.release(run_of(service), ID, restore=restore)
    assert service.of_form == {}
    assert len(service.calls) == 1


@pytest.mark.parametrize("tags", [claims.FORM.of(OURS), OURS_WITH_ALL])
def test_release_is_fenced_where_a_later_request_may_have_claimed(tags: dict[str, str]) -> None:
    service = Service(tags)
    claim.release(run_of(service), ID, restore=True, fence="the fence")  # type: ignore[arg-type]
    assert service.fences[0] == "the fence"


def test_release_after_a_success_forgets_the_previous_owner() -> None:
    service = Service(OURS_WITH_ALL)
    claim.release(run_of(service), ID, restore=False)
    assert service.of_form == {}


def test_give_back_restores_the_previous_owner_and_its_revision() -> None:
    theirs = {claims.FORM.key(THEIRS): claims.compact(THEIRS), claims.FORM.key(THIRD): claims.compact(THIRD)}
    service = Service({**OURS_WITH_ALL, **theirs})
    claim.release(run_of(service), ID, restore=True)
    records = {owner_tags.FORM_PREVIOUS: claims.compact(THEIRS), owner_tags.FORM_PREVIOUS_REVISION: "1:1"}
    assert service.of_form == {**THEIRS.form_tags(), owner_tags.FORM_REVISION: "1:1", **theirs, **records}
    # In between, what is left still says whose the form is and whose it was.
    assert service.calls == [
        ("untag", {claims.FORM.key(OURS)}),
        ("tag", {*THEIRS.form_tags(), owner_tags.FORM_REVISION}),
    ]


def test_give_back_without_a_revision_of_the_previous_owner_removes_ours() -> None:
    service = Service(
        {**claims.FORM.of(OURS), owner_tags.FORM_REVISION: "3:2", owner_tags.FORM_PREVIOUS: claims.compact(THEIRS)}
    )
    claim.release(run_of(service), ID, restore=True)
    assert service.of_form == {**THEIRS.form_tags(), owner_tags.FORM_PREVIOUS: claims.compact(THEIRS)}


def test_give_back_that_was_interrupted_goes_on() -> None:
    """Our key is gone already: nothing is left to remove."""
    service = Service({**OURS.form_tags(), owner_tags.FORM_PREVIOUS: claims.compact(THEIRS)})
    claim.release(run_of(service), ID, restore=True)
    assert Owner.of_form(service.current) == THEIRS
    assert [name for name, _ in service.calls] == ["tag"]


# --- a Delete, and a request that was abandoned ---


OTHER_ID = "registration-" + "2" * 32


@pytest.mark.parametrize(
    ("physical_id", "registration_id", "is_released"),
    [
        (claim.PHYSICAL_ID_PREFIX + ID, OTHER_ID, True),
        ("Stack-Form-ABC", ID, True),  # CloudFormation invents an ID for a Create that never responded
        (claim.PHYSICAL_ID_PREFIX + OTHER_ID, ID, False),
        ("Stack-Form-ABC", OTHER_ID, False),
    ],
)
def test_delete_releases_the_form_of_its_physical_id(physical_id: str, registration_id: str, is_released: bool) -> None:
    service = Service(OURS_WITH_ALL)
    outcome = handler.delete(run_of(service, physical_id=physical_id, registration_id=registration_id))
    assert outcome.physical_resource_id == "fallback"
    assert service.of_form == ({} if is_released else OURS_WITH_ALL)


@pytest.mark.parametrize(
    ("rolling_back", "was_deployed", "is_given_back"),
    [(True, True, True), (False, True, False), (False, False, True), (False, None, False)],
)
def test_delete_gives_the_form_back_in_a_rollback_and_if_no_deployment_succeeded_with_it(
    rolling_back: bool, was_deployed: bool | None, is_given_back: bool
) -> None:
    service = Service(OURS_WITH_ALL)
    physical_id = claim.PHYSICAL_ID_PREFIX + ID
    handler.delete(run_of(service, rolling_back=rolling_back, was_deployed=was_deployed, physical_id=physical_id))
    assert Owner.of_form(service.current) == (THEIRS if is_given_back else None)


@pytest.mark.fault(69)
def test_release_restores_the_claim_of_an_owner_that_took_over_at_the_same_moment() -> None:
    service = Service(claims.FORM.of(OURS))
    service.meanwhile = {**claims.FORM.of(THEIRS), owner_tags.FORM_PREVIOUS: claims.compact(OURS)}
    claim.release(run_of(service), ID, restore=True)
    assert service.of_form == {**service.meanwhile}


@pytest.mark.fault(69)
def test_release_restores_no_claim_that_was_there_before() -> None:
    service = Service({**claims.FORM.of(OURS), claims.FORM.key(THEIRS): claims.compact(THEIRS)})
    claim.release(run_of(service), ID, restore=True)
    assert service.of_form == {}


NEIGHBOR = Owner(OURS.stack_id, "Second")


@pytest.mark.parametrize(
    ("owner", "previous", "rolling_back", "is_refused"),
    [
        (NEIGHBOR, OURS, True, False),
        (NEIGHBOR, OURS, False, True),
        (NEIGHBOR, THIRD, True, True),
        (NEIGHBOR, None, True, True),
        (THEIRS, OURS, True, True),
    ],
)
@pytest.mark.fault(18)
def test_rollback_takes_a_form_back_from_another_resource_of_the_stack_only(
    owner: Owner, previous: Owner | None, rolling_back: bool, is_refused: bool
) -> None:
    recorded = {owner_tags.FORM_PREVIOUS: claims.compact(previous)} if previous else {}
    service = Service({**claims.FORM.of(owner), **recorded})
    expected = pytest.raises(Failure, match=owner.logical_resource_id) if is_refused else contextlib.nullcontext()
    with expected:
        claim.require_claimable(run_of(service, rolling_back=rolling_back), request(), service.registration)


@pytest.mark.parametrize(
    ("standing", "held", "is_released"),
    [
        (Standing.ABANDONED, set(), True),
        (Standing.ENDED, {claim.PHYSICAL_ID_PREFIX + OTHER_ID}, True),
        (Standing.ABANDONED, {claim.PHYSICAL_ID_PREFIX + ID}, False),
        (Standing.UNKNOWN, set(), False),
    ],
)
def test_abandoned_request_gives_the_form_back_unless_the_stack_holds_it(
    standing: Standing, held: set[str], is_released: bool
) -> None:
    service = Service(OURS_WITH_ALL)
    handler.abandon(run_of(service, standing, held))
    assert Owner.of_form(service.current) == (THEIRS if is_released else OURS)


ABANDONED = [
    (Standing.ABANDONED, set(), True),
    (Standing.ABANDONED, {claim.PHYSICAL_ID_PREFIX + ID}, False),
    (Standing.CURRENT, set(), False),
    (Standing.UNKNOWN, set(), False),
]


@pytest.mark.parametrize(("standing", "held", "is_released"), ABANDONED)
def test_create_that_fails_releases_its_claim_if_no_delete_follows(
    monkeypatch: pytest.MonkeyPatch, standing: Standing, held: set[str], is_released: bool
) -> None:
    def fails(*_: object) -> None:
        raise Failure("the fence")

    monkeypatch.setattr(handler, "_reconcile", fails)
    service, identified = Service(OURS_WITH_ALL), []
    run = run_of(service, standing, held)
    run.is_stale, run.identify = False, identified.append
    with pytest.raises(Failure, match="the fence"):
        handler.create(run)
    assert Owner.of_form(service.current) == (THEIRS if is_released else OURS)
    assert identified == [claim.PHYSICAL_ID_PREFIX + ID]


@pytest.mark.parametrize("moves", [True, False])
@pytest.mark.parametrize("is_canceled", [True, False])
def test_update_that_moves_a_form_asks_before_its_response(
    monkeypatch: pytest.MonkeyPatch, moves: bool, is_canceled: bool
) -> None:
    """Nothing else would release the form, because CloudFormation keeps the former ID of a canceled Update."""

    def before_response() -> None:
        if is_canceled:
            raise Failure("canceled")

    monkeypatch.setattr(handler, "_reconcile", lambda *_: "done")
    service = Service(OURS_WITH_ALL)
    run = run_of(service, physical_id=claim.PHYSICAL_ID_PREFIX + (OTHER_ID if moves else ID))
    run.fence.before_response = before_response
    with pytest.raises(Failure, match="canceled") if moves and is_canceled else contextlib.nullcontext():
        assert handler._update(run) == "done"
    assert Owner.of_form(service.current) == (THEIRS if moves and is_canceled else OURS)


def test_form_that_was_given_back_is_not_given_to_ourselves() -> None:
    service = Service({**OURS_WITH_ALL, owner_tags.FORM_PREVIOUS: claims.compact(OURS)})
    claim.release(run_of(service), ID, restore=True)
    assert service.of_form == {}


# --- numbers of another registration ---


class Numbers:
    """The service with these phone numbers, by ID: the registration of each.

    Attributes:
        asked: What was described.
    """

    def __init__(self, **registrations: str) -> None:
        self._registrations = registrations
        self.asked: list[Any] = []

    def call(self, operation: str, *, subject: str, **parameters: Any) -> dict[str, Any]:
        assert operation == "DescribePhoneNumbers"
        self.asked.append((subject, parameters))
        [phone_id] = parameters["PhoneNumberIds"]
        number = {"PhoneNumber": "+12065550100", "RegistrationId": self._registrations.get(phone_id.replace("-", "_"))}
        return {"PhoneNumbers": [number]}


def associated_with(numbers: Numbers, *declared: str, made: tuple[str, ...] = ()) -> None:
    form: Any = SimpleNamespace(registration_id=ID, associations=lambda: [{"ResourceId": each} for each in made])
    claim.require_not_associated_elsewhere(numbers, form, declared)  # type: ignore[arg-type]


def test_only_numbers_that_are_not_associated_yet_are_described() -> None:
    numbers = Numbers()
    arn = "arn:aws:sms-voice:us-east-1:123456789012:phone-number/phone-3"
    associated_with(numbers, "phone-1", "registration-2", arn, "pool-4", made=("phone-1",))
    assert numbers.asked == [(arn, {"PhoneNumberIds": ["phone-3"]})]


def test_a_number_of_another_registration_is_refused() -> None:
    associated_with(Numbers(phone_1=ID), "phone-1")
    with pytest.raises(
        Failure, match=rf"\+12065550100 \(phone-1\) is associated with {OTHER_ID}, and a number cannot be"
    ):
        associated_with(Numbers(phone_1=OTHER_ID), "phone-1")


def test_release_asks_for_the_history_only_if_somebody_had_the_form_before() -> None:
    service = Service(OURS.form_tags())
    run = run_of(service)
    run.stack.history = None
    claim.release(run, ID, restore=None)
    assert service.of_form == {}
