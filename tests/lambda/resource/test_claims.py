"""Two owners that claim a registration at the same moment: what the one that reads both claims does."""

from collections.abc import Callable
from typing import Any

import pytest

from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS
from sms_registration_handler.resource import claims, owner_tags
from sms_registration_handler.resource.claims import Claims
from sms_registration_handler.resource.owner_tags import Owner

PREFIX = "arn:aws:cloudformation:us-east-1:123456789012:stack/"
OURS, THEIRS = Owner(f"{PREFIX}Ours/1", "TollFree"), Owner(f"{PREFIX}Theirs/2", "TollFree")
KINDS = [claims.REGISTRATION, claims.FORM]
Meanwhile = Callable[[dict[str, str]], None]


class Tags:
    """The tags of one registration, at the service.

    Attributes:
        current: The tags.
        writes: The keys of each write, in order.
        meanwhile: Called in each pause: what another owner does then.
    """

    def __init__(self, **tags: str) -> None:
        self.current = dict(tags)
        self.writes: list[tuple[str, list[str]]] = []
        self.paused: list[float] = []
        self.meanwhile: Meanwhile = lambda _: None

    def tags(self, arn: str) -> dict[str, str]:
        assert arn == "arn"
        return dict(self.current)

    def tag(self, arn: str, tags: dict[str, str]) -> None:
        assert arn == "arn"
        self.current |= tags
        self.writes.append(("tag", sorted(tags)))

    def untag(self, arn: str, keys: list[str]) -> None:
        assert arn == "arn"
        for key in keys:
            del self.current[key]
        self.writes.append(("untag", keys))

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)
        self.meanwhile(self.current)


def yielded(kind: Claims, service: Any, before: dict[str, str] | None = None) -> Owner | None:
    return kind.yielded_to(service, "arn", OURS, before or {})


@pytest.mark.parametrize("kind", KINDS)
def test_claim_holds_if_no_other_owner_wrote(kind: Claims) -> None:
    service = Tags(**kind.of(OURS))
    assert yielded(kind, service) is None
    assert (service.writes, service.paused) == ([], [])


@pytest.mark.parametrize("kind", KINDS)
def test_claim_holds_if_nobody_is_the_owner_yet(kind: Claims) -> None:
    for service in (Tags(), Tags(**{kind.key(OURS): claims.compact(OURS)})):
        assert yielded(kind, service) is None
        assert service.writes == []


@pytest.mark.parametrize("kind", KINDS)
def test_last_writer_wins(kind: Claims) -> None:
    service = Tags(**kind.of(OURS), **{kind.key(THEIRS): claims.compact(THEIRS)})
    service.current |= kind.tags(THEIRS)
    assert yielded(kind, service) == THEIRS
    assert service.current == kind.of(THEIRS)
    assert service.writes == [("untag", [kind.key(OURS)])]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_withdrawn_that_was_not_written(kind: Claims) -> None:
    service = Tags(**kind.of(THEIRS))
    assert yielded(kind, service) == THEIRS
    assert service.writes == []


@pytest.mark.parametrize("kind", KINDS)
def test_both_claimed_and_the_other_one_yields(kind: Claims) -> None:
    service = Tags(**{kind.key(THEIRS): claims.compact(THEIRS)}, **kind.of(OURS))
    service.meanwhile = lambda tags: tags.pop(kind.key(THEIRS)) and None
    assert yielded(kind, service) is None
    assert (service.writes, service.paused) == ([], [VISIBLE_AFTER_SECONDS])
    assert kind.owner(service.current) == OURS


@pytest.mark.parametrize("kind", KINDS)
def test_both_claimed_and_the_last_writer_yields_to_one_that_stays(kind: Claims) -> None:
    service = Tags(**{kind.key(THEIRS): claims.compact(THEIRS)}, **kind.of(OURS))
    assert yielded(kind, service) == THEIRS
    assert service.paused == [VISIBLE_AFTER_SECONDS]
    assert service.current == kind.of(THEIRS)
    assert [name for name, _ in service.writes] == ["untag", "tag"], "tags in between belong to nobody, not to both"


@pytest.mark.parametrize("kind", KINDS)
def test_key_that_was_there_before_is_no_rival(kind: Claims) -> None:
    """It is what an earlier owner left: of a take-over, or of a run that was interrupted."""
    before = {kind.key(THEIRS): claims.compact(THEIRS)}
    service = Tags(**before, **kind.of(OURS))
    assert yielded(kind, service, before) is None
    assert (service.writes, service.paused) == ([], [])


def test_claims_of_the_registration_and_of_its_form_do_not_meet() -> None:
    service = Tags(**claims.REGISTRATION.of(OURS), **claims.FORM.of(THEIRS))
    assert yielded(claims.REGISTRATION, service) is None
    assert yielded(claims.FORM, service) == THEIRS
    assert claims.REGISTRATION.keys(service.current) == [claims.REGISTRATION.key(OURS)]
    assert claims.FORM.keys(service.current) == [claims.FORM.key(THEIRS)]


@pytest.mark.parametrize("kind", KINDS)
def test_keys_differ_by_stack_and_by_logical_id(kind: Claims) -> None:
    owners = [OURS, THEIRS, OURS._replace(logical_resource_id="Another")]
    keys = {kind.key(each) for each in owners}
    assert len(keys) == len(owners)
    assert all(each.startswith(kind.prefix) and len(each) == len(kind.prefix) + 12 for each in keys)


def test_owner_fits_a_tag_value_and_is_read_back_from_it() -> None:
    assert claims.compact(THEIRS) == "Theirs/2/TollFree"
    assert claims.expanded(claims.compact(THEIRS), OURS) == THEIRS
    longest = Owner(f"{PREFIX}{'S' * 128}/{'1' * 36}", "L" * 255)
    assert len(claims.FORM.of(longest)[claims.FORM.key(longest)]) == 256


def test_claim_has_the_owner_tags() -> None:
    tags = claims.REGISTRATION.of(OURS)
    assert tags.pop(claims.REGISTRATION.key(OURS)) == "Ours/1/TollFree"
    assert tags == {owner_tags.STACK: OURS.stack_id, owner_tags.LOGICAL_ID: "TollFree"}


# --- a release ---


class Releasing(Tags):
    """Another owner claims right after the tags were removed, before they are read again."""

    def __init__(self, rival: dict[str, str], **tags: str) -> None:
        super().__init__(**tags)
        self._rival = rival
        self.fences: list[Any] = []

    def untag(self, arn: str, keys: list[str], fence: Any = None) -> None:
        self.fences.append(fence)
        super().untag(arn, keys)
        self.current |= self._rival


def released(kind: Claims, rival: dict[str, str], state: str = "") -> Releasing:
    before = kind.of(OURS)
    service = Releasing(rival, **before)
    kind.release(service, "arn", OURS, before, sorted(before), state=state, fence="the fence")  # type: ignore[arg-type]
    assert service.fences == ["the fence"]
    return service


@pytest.mark.parametrize("kind", KINDS)
def test_release_removes_the_claim(kind: Claims) -> None:
    service = released(kind, {})
    assert (service.current, len(service.writes)) == ({}, 1)


@pytest.mark.parametrize("kind", KINDS)
def test_release_restores_what_another_owner_wrote_before(kind: Claims) -> None:
    """Its key of its own stays; the keys that both write were removed."""
    of_rival = kind.of(THEIRS)
    key = {kind.key(THEIRS): of_rival[kind.key(THEIRS)]}
    assert released(kind, key).current == of_rival
    assert released(kind, key, "adopted").current == {**of_rival, owner_tags.STATE: "adopted"}


@pytest.mark.parametrize("kind", KINDS)
def test_release_leaves_what_another_owner_wrote_afterwards(kind: Claims) -> None:
    service = released(kind, kind.of(THEIRS), "adopted")
    assert service.current == kind.of(THEIRS)
    assert [operation for operation, _ in service.writes] == ["untag"]
