"""What the properties of all resource types have in common."""

from typing import Any

import pytest

from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_handler.resource.properties import boolean, declared_tag_keys, parse_tags, shown, unresolved


def parsed(tags: Any) -> tuple[dict[str, str], list[str]]:
    problems: list[str] = []
    return parse_tags(tags, problems), problems


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (None, {}),
        ([], {}),
        ([{"Key": "a", "Value": "1"}, {"key": "b", "value": "2"}, {"Key": "c"}], {"a": "1", "b": "2", "c": ""}),
        ([{"Key": "k" * 128, "Value": "v" * 256}], {"k" * 128: "v" * 256}),
        ([{"Key": "k"}], {"k": ""}),
    ],
)
def test_tags(tags: Any, expected: dict[str, str]) -> None:
    assert parsed(tags) == (expected, [])


LENGTHS = "expected a key of 1 to 128 characters and a value of at most 256"
DYNAMIC = "a dynamic reference was not resolved"


@pytest.mark.parametrize(
    ("tag", "problem"),
    [
        ("a", LENGTHS),
        ({"Key": 1, "Value": "1"}, LENGTHS),
        ({"Key": "", "Value": "1"}, LENGTHS),
        ({"Key": "k" * 129, "Value": "1"}, LENGTHS),
        ({"Key": "a", "Value": 1}, LENGTHS),
        ({"Key": "a", "Value": "v" * 257}, LENGTHS),
        ({"Key": owner_tags.STACK, "Value": "1"}, f"the key {owner_tags.STACK} is reserved"),
        ({"Key": "AWS:a", "Value": "1"}, "the key AWS:a is reserved"),
        ({"Key": "{{resolve:ssm:a}}", "Value": "1"}, DYNAMIC),
        ({"Key": "a", "Value": "{{resolve:ssm:a}}"}, DYNAMIC),
    ],
)
def test_tag_that_is_refused(tag: Any, problem: str) -> None:
    kept = {"Key": "kept", "Value": "yes"}
    assert parsed([kept, tag]) == ({"kept": "yes"}, [f"Tags[1]: {problem}"])


def test_tags_that_are_no_list() -> None:
    assert parsed("a") == ({}, ["Tags: expected a list of key-value pairs, got 'a'"])


def test_keys_of_declared_tags_ignore_what_cannot_be_parsed() -> None:
    assert declared_tag_keys({"Tags": [{"Key": "a", "Value": "1"}, {"Key": 1}]}) == {"a"}
    assert declared_tag_keys({"Tags": "a"}) == declared_tag_keys({}) == set()


@pytest.mark.parametrize(
    ("value", "expected", "is_wrong"),
    [(None, False, False), ("true", True, False), (True, True, False), ("False", False, False), ("yes", False, True)],
)
def test_boolean(value: object, expected: bool, is_wrong: bool) -> None:
    problems: list[str] = []
    assert boolean(value, "TakeOver", problems) is expected
    assert problems == (["TakeOver: expected true or false, got 'yes'"] if is_wrong else [])


def test_what_is_shown_of_a_value() -> None:
    assert shown(None) == "nothing"
    assert shown("x" * 200) == "'" + "x" * 99
    assert shown(["x"]) == "a list"
    assert unresolved("a {{resolve:ssm:a}}") is True
    assert unresolved("a") is False


def test_keys_of_the_owner_and_of_the_form() -> None:
    """The form's digest and other people's tags stay; what waits and what was told goes with the form."""
    mark = "cdk-sms-registration:awaits-submission:12345678"
    form = {*owner_tags.FORM_KEYS, owner_tags.FORM_CLAIM + "1", mark, owner_tags.TOLD}
    own = {*owner_tags.REGISTRATION_KEYS, owner_tags.CLAIM + "1"}
    tags = dict.fromkeys({*form, *own, owner_tags.FORM_DIGEST, "team"}, "x")
    assert owner_tags.form_tag_keys(tags) == sorted(form)
    assert owner_tags.owner_tag_keys(tags) == sorted({*own, owner_tags.TOLD})
    names = ("stack", "logical-id", "revision", "previous", "previous-revision")
    assert {*owner_tags.FORM_KEYS} == {f"cdk-sms-registration:form-{each}" for each in names}
    own_names = ("stack", "logical-id", "request", "state", "replaces", "replacing")
    previous = ("previous-stack", "previous-logical-id", "previous-state")
    assert {*owner_tags.REGISTRATION_KEYS} == {f"cdk-sms-registration:{each}" for each in (*own_names, *previous)}


def test_room_for_all_tags_of_ours() -> None:
    """Nine of the registration, five of its form, its digest, what was told, four claims and two marks."""
    assert owner_tags.MAX_OWN_TAGS == 22


@pytest.mark.parametrize("missing", [owner_tags.STACK, owner_tags.LOGICAL_ID])
def test_half_an_owner_is_an_owner(missing: str) -> None:
    """So that it is refused and not taken for nobody's."""
    tags = Owner("arn:stack", "TollFree").tags()
    del tags[missing]
    assert Owner.of(tags) not in (None, Owner("arn:stack", "TollFree"))
    assert Owner.of({"team": "growth"}) is None
