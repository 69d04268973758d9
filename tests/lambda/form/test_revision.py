"""What a declared revision requires, by what the registration's tag records."""

from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.form.revision import Revision
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.owner_tags import Owner

OURS, THEIRS = (
    Owner("arn:aws:cloudformation:x:y:stack/Ours/1", "Form"),
    Owner("arn:aws:cloudformation:x:y:stack/B/2", "Form"),
)
CHANGED = {"RegistrationId": "registration-1", "Revision": "1"}
"""The old properties of an Update that changes the revision from 1 to 2."""


def revision(
    declared: str | None,
    recorded: str | None,
    *,
    old: dict[str, Any] = CHANGED,
    owner: Owner = OURS,
    begins: bool = False,
    submitted: int = 0,
    current: int = 3,
    associations_only: bool = False,
    meanwhile: str | None = None,
) -> tuple[str | None, int | None]:
    """The recorded tag and `resubmit_after`.

    Args:
        declared: The declared revision.
        recorded: The tag.
        old: The old properties.
        owner: Of the form, by its tags.
        begins: As for `Revision.of`.
        submitted: The latest version that was submitted.
        current: What a new revision must exceed.
        associations_only: Whether an approved form only waits for associations.
        meanwhile: The tag when it is read again. If omitted: the same.
    """
    request: Any = SimpleNamespace(revision=declared, registration_id="registration-1", associations=("phone-1",))
    description: Any = SimpleNamespace(
        was_submitted_after=lambda number: submitted > number,
        last_submitted_or_current=lambda: current,
        registration=lambda: {"RegistrationArn": "arn"},
        waits_for_associations_only=lambda declared: associations_only and declared == ("phone-1",),
    )
    tags = {**owner.form_tags(), **({} if recorded is None else {owner_tags.FORM_REVISION: recorded})}
    now = tags if meanwhile is None else {**tags, owner_tags.FORM_REVISION: meanwhile}
    read: list[str] = []

    def read_again(arn: str) -> dict[str, str] | None:
        read.append(arn)
        return {"arn": now}.get(arn)

    service = SimpleNamespace(tags=read_again)
    run: Any = SimpleNamespace(owner=OURS, event=SimpleNamespace(old_properties=old), service=service)
    found = Revision.of(run, request, tags, description, begins)
    assert set(found.tags) <= {owner_tags.FORM_REVISION}
    is_quiet = begins or associations_only
    assert not (is_quiet and read), "another delivery can only matter where a version is submitted"
    return found.tags.get(owner_tags.FORM_REVISION), found.resubmit_after


def test_without_a_revision_nothing_is_recorded_or_submitted() -> None:
    for declared in (None, ""):
        assert revision(declared, None) == (None, None)
        assert revision(declared, "3:1") == (None, None)


def test_changed_revision_is_recorded_and_resubmits() -> None:
    assert revision("2", "0:1") == ("3:2", 3)
    assert revision("2", "2:1", submitted=3) == ("3:2", 3)


@pytest.mark.parametrize(("submitted", "after"), [(3, None), (2, 2)])
def test_revision_that_another_delivery_began_meanwhile_is_not_begun_again(submitted: int, after: int | None) -> None:
    """It may have submitted the version that is read as the latest one."""
    assert revision("2", "0:1", meanwhile="2:2", submitted=submitted) == (None, after)


def test_recorded_revision_is_open_until_a_later_version_was_submitted() -> None:
    assert revision("2", "3:2") == (None, 3)
    assert revision("2", "3:2", submitted=3) == (None, 3)
    assert revision("2", "3:2", submitted=4) == (None, None)


def test_revision_that_was_recorded_with_zero_submits_nothing() -> None:
    assert revision("2", "0:2") == (None, None)


def test_create_and_rollback_record_without_a_submission() -> None:
    assert revision("2", None, begins=True) == ("0:2", None)
    assert revision("1", "3:2", begins=True) == ("0:1", None)


def test_rollback_to_the_recorded_revision_stays_as_it_is() -> None:
    assert revision("2", "3:2", begins=True) == (None, 3)


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (CHANGED, ("3:2", 3)),
        ({"RegistrationId": "registration-1"}, ("3:2", 3)),  # the first revision of this form
        ({"RegistrationId": "registration-1", "Revision": "2"}, ("0:2", None)),
        ({"RegistrationId": "registration-2", "Revision": "1"}, ("0:2", None)),
        ({"Revision": "1"}, ("0:2", None)),
        ({}, ("0:2", None)),
    ],
)
def test_missing_record_submits_only_what_the_template_changed(
    old: dict[str, Any], expected: tuple[str | None, int | None]
) -> None:
    assert revision("2", None, old=old) == expected


def test_old_properties_do_not_count_where_a_revision_is_recorded() -> None:
    assert revision("2", "0:1", old={**CHANGED, "Revision": "2"}) == ("3:2", 3)


def test_record_of_another_owner_does_not_count() -> None:
    assert revision("2", "3:2", owner=THEIRS) == ("3:2", 3)
    assert revision("2", "3:2", owner=THEIRS, old={}) == ("0:2", None)


def test_approved_form_that_waits_for_associations_is_not_reviewed_again() -> None:
    assert revision("2", "0:1", associations_only=True) == ("0:2", None)


@pytest.mark.parametrize("recorded", ["x:2", ":2"])
def test_record_without_a_number_submits_nothing(recorded: str) -> None:
    assert revision("2", recorded) == (None, None)


@pytest.mark.parametrize("recorded", ["2", ""])
def test_record_without_a_revision_counts_as_another_one(recorded: str) -> None:
    assert revision("2", recorded) == ("3:2", 3)
