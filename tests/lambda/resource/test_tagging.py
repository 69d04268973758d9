"""The difference between wanted and described tags: what is written, and in which order."""

from typing import Any

import pytest

from sms_registration_handler.resource.owner_tags import REPLACES, REPLACING, STATE
from sms_registration_handler.resource.tagging import MAX_TAGS, update_tags, write_tags
from support.described_registrations import FIRST, OURS, SECOND, Service, owned, run_of

HELD = {"a": "1", "b": "2"}


def numbered(number: int) -> dict[str, str]:
    return {f"key{each}": "value" for each in range(number)}


class Written(Service):
    """One registration with these tags, and what is written."""

    def __init__(self, tags: dict[str, str]) -> None:
        super().__init__()
        self.requests: list[tuple[str, Any]] = []
        self.add(1, tags)

    def tag(self, arn: str, tags: dict[str, str], fence: Any = None) -> None:
        assert arn == f"arn:{FIRST}"
        super().tag(arn, tags, fence)
        self.requests.append(("tag", tags))

    def untag(self, arn: str, keys: list[str], fence: Any = None) -> None:
        assert arn == f"arn:{FIRST}"
        super().untag(arn, keys, fence)
        self.fences.append(fence)
        self.requests.append(("untag", keys))


# --- write_tags ---


def written(held: dict[str, str], wanted: dict[str, str], obsolete: tuple[str, ...] = ()) -> list[tuple[str, Any]]:
    service = Written(held)
    run = run_of(service)
    write_tags(run, f"arn:{FIRST}", held, wanted, obsolete)
    assert service.fences == [run.fence.before_write] * len(service.requests)
    return service.requests


@pytest.mark.parametrize(
    ("wanted", "obsolete", "expected"),
    [
        ({}, (), []),
        (HELD, (), []),
        ({"a": "1"}, ("c",), []),
        ({"a": "9", "b": "2"}, (), [("tag", {**OURS.tags(), "a": "9"})]),
        ({"c": "3"}, (), [("tag", {**OURS.tags(), "c": "3"})]),
        ({"a": ""}, (), [("tag", {**OURS.tags(), "a": ""})]),
        ({}, ("b", "a", "c"), [("untag", ["a", "b"])]),
        ({"c": "3"}, ("a",), [("tag", {**OURS.tags(), "c": "3"}), ("untag", ["a"])]),
    ],
)
def test_only_the_difference_is_written(
    wanted: dict[str, str], obsolete: tuple[str, ...], expected: list[tuple[str, Any]]
) -> None:
    """With the owner's tags, on which the permission depends."""
    assert written(HELD, wanted, obsolete) == expected


@pytest.mark.parametrize(
    ("held", "wanted", "order"),
    [
        (MAX_TAGS - 1, {"a": "1"}, ["tag", "untag"]),
        (MAX_TAGS, {"a": "1"}, ["untag", "tag"]),
        (MAX_TAGS, {"key1": "other"}, ["tag", "untag"]),
        (MAX_TAGS + 1, {}, ["untag"]),
    ],
)
def test_tags_are_removed_first_only_where_both_do_not_fit(held: int, wanted: dict[str, str], order: list[str]) -> None:
    """Interrupted, too many tags are better than too few."""
    assert [operation for operation, _ in written(numbered(held), wanted, ("key0",))] == order


def test_more_tags_than_fit_are_left_to_the_service_if_none_is_obsolete() -> None:
    assert [operation for operation, _ in written(numbered(MAX_TAGS), {"a": "1"})] == ["tag"]


# --- update_tags ---


def updated(
    held: dict[str, str],
    declared: dict[str, str],
    own: dict[str, str],
    *,
    obsolete: tuple[str, ...] = (),
    replaces: str | None = None,
    **answers: Any,
) -> list[tuple[str, Any]]:
    service = Written(held)
    run = run_of(service, **{"physical_id": FIRST, **answers})
    optional: dict[str, Any] = {"obsolete": obsolete} if obsolete else {}
    if replaces:
        optional["replaces"] = replaces
    update_tags(run, service.described(FIRST), declared=declared, own=own, **optional)
    return service.requests


def old(*keys: str) -> dict[str, Any]:
    return {"Tags": [{"Key": each, "Value": "old"} for each in keys]}


def test_declared_and_own_tags_are_written() -> None:
    assert updated(owned(), {"a": "1"}, {STATE: "x"}) == [("tag", {**OURS.tags(), "a": "1", STATE: "x"})]


def test_own_tag_wins_over_a_declared_one() -> None:
    assert updated(owned(), {"a": "declared"}, {"a": "own"}) == [("tag", {**OURS.tags(), "a": "own"})]


def test_only_formerly_declared_tags_are_removed() -> None:
    """A tag that somebody else added is not ours to remove."""
    held = {**owned(), "a": "1", "b": "2", "foreign": "3"}
    assert updated(held, {"a": "1"}, {}, old=old("a", "b", "c")) == [("untag", ["b"])]


def test_obsolete_own_tags_are_removed() -> None:
    held = {**owned(), REPLACES: SECOND}
    assert updated(held, {}, {}, obsolete=(REPLACES,)) == [("untag", [REPLACES])]
    assert updated(held, {}, {}) == []


@pytest.mark.parametrize("rolling_back", [False, True])
def test_what_it_replaces_is_recorded_except_in_a_rollback(rolling_back: bool) -> None:
    requests = updated(owned(), {}, {}, replaces=SECOND, rolling_back=rolling_back)
    assert requests == ([] if rolling_back else [("tag", {**OURS.tags(), REPLACES: SECOND})])


def test_begun_replacement_is_forgotten() -> None:
    assert updated(owned(**{REPLACING: "earlier"}), {}, {}) == [("untag", [REPLACING])]
    assert updated(owned(), {}, {}) == []


def test_begun_replacement_says_nothing_while_it_is_being_forgotten() -> None:
    """If this request is interrupted between the two writes, no sweep must follow what the tag said."""
    held = owned(**{REPLACING: "earlier"})
    tagged = ("tag", {**OURS.tags(), "a": "1", REPLACING: "request"})
    assert updated(held, {"a": "1"}, {}) == [tagged, ("untag", [REPLACING])]


def test_begun_replacement_that_is_forgotten_first_is_not_written_again() -> None:
    held = {**numbered(MAX_TAGS - 1), REPLACING: "earlier"}
    assert updated(held, {"a": "1"}, {}) == [("untag", [REPLACING]), ("tag", {**OURS.tags(), "a": "1"})]
