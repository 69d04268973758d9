"""What waits, as tags: within the service's limits, and read back as it was written."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_registration_rules import marks
from sms_registration_rules.values import RegistrationAttachmentId, SelectChoices, TextValue

TAG_VALUE = re.compile(r"[A-Za-z0-9 _.:/=+@-]{1,256}")
TAG_KEY = re.compile(r"[A-Za-z0-9 _.:/=+@-]{1,128}")
BRAND = "registration-" + "0" * 32
DIGEST = marks.digest({"a.b": TextValue("one")}, frozenset())

IDS = st.sampled_from(
    ["phone-", "registration-", "rcs-", "arn:aws:sms-voice:us-east-1:123456789012:phone-number/phone-"]
)
RESOURCES = st.builds(lambda kind, number: f"{kind}{number:032x}", IDS, st.integers(0, 2**128 - 1))
PATHS = st.text("abcdefghijklmnopqrstuvwxyz.", min_size=1, max_size=30)
SUBMISSIONS = st.builds(
    marks.Submission,
    version_number=st.integers(1, 9999),
    digest=st.just(DIGEST),
    after=st.lists(RESOURCES, min_size=1, max_size=2, unique=True).map(tuple),
    left_out=st.frozensets(PATHS.map(marks.path_hash), max_size=10),
    by_revision=st.booleans(),
)


def fits(tags: dict[str, str]) -> bool:
    return all(TAG_KEY.fullmatch(key) and TAG_VALUE.fullmatch(value) for key, value in tags.items())


@given(SUBMISSIONS)
def test_a_submission_is_read_back(submission: marks.Submission) -> None:
    tag = submission.tag()
    if tag:
        assert fits(dict([tag]))
        assert marks.parse({**dict([tag]), "team": "growth"}).submission == submission


@given(st.lists(RESOURCES, max_size=49, unique=True))
def test_associations_are_read_back(resources: list[str]) -> None:
    tags = marks.association_tags(resources)
    assert fits(tags)
    assert sorted(marks.parse(tags).resources) == sorted(resources)


def test_as_many_numbers_as_a_campaign_takes_need_nine_tags() -> None:
    numbers = [f"phone-{number:032x}" for number in range(49)]
    assert len(marks.association_tags(numbers[:6])) == 1
    assert len(marks.association_tags(numbers)) == 9


def test_a_form_with_thirty_secrets_fits() -> None:
    left_out = frozenset(marks.path_hash(f"companyInfo.field{number}") for number in range(30))
    assert marks.Submission(1, DIGEST, (BRAND,), left_out, by_revision=True).tag()


def test_what_does_not_fit_is_no_tag() -> None:
    left_out = frozenset(marks.path_hash(f"companyInfo.field{number}") for number in range(60))
    assert marks.Submission(1, DIGEST, (BRAND,), left_out).tag() is None


@pytest.mark.parametrize("value", ["", "version=1", "version=x digest=y", "anything", "version=1 digest=y except=abc"])
def test_what_somebody_changed_is_not_readable(value: str) -> None:
    key, _ = marks.Submission(1, DIGEST, (BRAND,)).tag() or ("", "")
    waiting = marks.parse({key: value})
    assert waiting
    assert waiting.unreadable == (key,)
    assert waiting.submission is None


def test_of_two_submissions_the_later_version_counts() -> None:
    tags = dict(filter(None, (marks.Submission(number, DIGEST, (BRAND,)).tag() for number in (1, 3, 2))))
    submission = marks.parse(tags).submission
    assert submission is not None
    assert submission.version_number == 3


# --- the digest ---

VALUES: dict[str, Any] = {
    "a.text": TextValue("one"),
    "a.choice": SelectChoices(("x", "y")),
    "a.file": RegistrationAttachmentId("attachment-1"),
}


@pytest.mark.parametrize(
    "changed",
    [
        {"a.text": TextValue("two")},
        {"a.choice": SelectChoices(("x",))},
        {"a.file": RegistrationAttachmentId("attachment-2")},
        {"a.more": TextValue("one")},
    ],
)
def test_every_value_counts(changed: dict[str, Any]) -> None:
    assert marks.digest({**VALUES, **changed}, ()) != marks.digest(VALUES, ())


def test_order_and_notation_do_not_count() -> None:
    same = {
        "a.file": RegistrationAttachmentId("arn:aws:sms-voice:us-east-1:1:registration-attachment/attachment-1"),
        "a.choice": SelectChoices(("y", "x")),
        "a.text": TextValue("one"),
    }
    assert marks.digest(same, ()) == marks.digest(VALUES, ())


def test_a_value_that_is_left_out_counts_by_its_presence_only() -> None:
    left_out = {marks.path_hash("a.text")}
    other = {**VALUES, "a.text": TextValue("secret")}
    without = {path: value for path, value in VALUES.items() if path != "a.text"}
    assert marks.digest(other, left_out) == marks.digest(VALUES, left_out)
    assert marks.digest(without, left_out) != marks.digest(VALUES, left_out)
