"""Which attachments a Delete takes along as leftovers. Whole runs are in tests/lambda/attachment/test_leftovers.py."""

from collections.abc import Iterator
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.resource import leftovers
from sms_registration_handler.resource.owner_tags import LEFTOVER, OWNED, STATE, Owner

OURS, NEIGHBOR = Owner("stack/Ours/1", "OptIn"), Owner("stack/Ours/1", "Other")
THEIRS = Owner("stack/Theirs/2", "OptIn")
CREATED = 1_800_000_000.0


def refusal(code: str) -> ServiceError:
    return ServiceError("DeleteRegistrationAttachment", code, "", "refused", "")


def leftover(owner: Owner = OURS) -> dict[str, str]:
    return {**owner.tags(), STATE: LEFTOVER}


class Service:
    """Attachments with these tags, by ID. The requests to delete one fail as `errors` says, in order.

    Attributes:
        deleted: The IDs of each request to delete.
        tagged: ARN and tags of each TagResource.
        paused: The seconds of each pause.
    """

    def __init__(self, tags: dict[str, dict[str, str]], **errors: list[Exception]) -> None:
        self._tags, self._errors = tags, errors
        self.deleted: list[str] = []
        self.tagged: list[Any] = []
        self.paused: list[float] = []
        self.listing: Exception | None = None

    def pages(self, operation: str, member: str, **_: Any) -> Iterator[dict[str, Any]]:
        assert (operation, member) == ("DescribeRegistrationAttachments", "RegistrationAttachments")
        for identity in self._tags:
            yield {
                "RegistrationAttachmentId": identity,
                "RegistrationAttachmentArn": f"arn:{identity}",
                "AttachmentStatus": "UPLOAD_COMPLETE",
                "CreatedTimestamp": datetime.fromtimestamp(CREATED, timezone.utc),
            }
        if self.listing:
            raise self.listing

    def tags(self, arn: str) -> dict[str, str]:
        return self._tags[arn.removeprefix("arn:")]

    def tag(self, arn: str, tags: dict[str, str]) -> None:
        self.tagged.append((arn, tags))

    def call(self, operation: str, *, subject: str, **parameters: str) -> None:
        assert (operation, parameters) == ("DeleteRegistrationAttachment", {"RegistrationAttachmentId": subject})
        self.deleted.append(subject)
        if self._errors.get(subject):
            raise self._errors[subject].pop(0)

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)


def run_of(service: Service, *, held: tuple[str, ...] = (), created: float | None = CREATED) -> Any:
    return SimpleNamespace(
        owner=OURS,
        service=service,
        event=SimpleNamespace(partition="aws-us-gov", region="us-gov-west-1", account="123456789012"),
        stack=SimpleNamespace(held_by_others=lambda: held, created=lambda: created),
    )


def test_mark_names_the_owner() -> None:
    service = Service({})
    leftovers.mark(run_of(service), "attachment-1")
    arn = "arn:aws-us-gov:sms-voice:us-gov-west-1:123456789012:registration-attachment/attachment-1"
    assert service.tagged == [(arn, leftover())]


@pytest.mark.parametrize(
    ("tags", "is_deleted"),
    [
        (leftover(), True),
        (leftover(NEIGHBOR), True),  # of another resource of the stack, which may be gone
        (leftover(THEIRS), False),
        ({**OURS.tags(), STATE: OWNED}, False),
        (OURS.tags(), False),
        ({STATE: LEFTOVER}, False),
        ({}, False),
    ],
)
def test_only_leftovers_of_the_stack_are_deleted(tags: dict[str, str], is_deleted: bool) -> None:
    service = Service({"attachment-1": tags})
    leftovers.delete_leftovers(run_of(service))
    assert service.deleted == (["attachment-1"] if is_deleted else [])


def test_what_another_resource_holds_is_not_read() -> None:
    service = Service({"attachment-1": leftover(), "attachment-2": leftover()})
    leftovers.delete_leftovers(run_of(service, held=("attachment-1",)))
    assert service.deleted == ["attachment-2"]


def test_what_is_older_than_the_stack_is_not_its() -> None:
    service = Service({"attachment-1": leftover()})
    leftovers.delete_leftovers(run_of(service, created=CREATED + 1))
    assert service.deleted == []


def test_one_that_is_referred_to_is_tried_for_some_time_and_stays() -> None:
    """Of a registration that was just deleted, for 20 to 30 s. One of another registration stays referred to."""
    conflict = refusal("ConflictException")
    service = Service({"attachment-1": leftover(), "attachment-2": leftover()}, **{"attachment-1": [conflict] * 99})
    leftovers.delete_leftovers(run_of(service))
    assert service.paused == [5.0] * 9
    assert service.deleted == ["attachment-1"] * 10 + ["attachment-2"]


def test_denial_of_one_is_not_taken_for_its_absence(caplog: pytest.LogCaptureFixture) -> None:
    service = Service({"attachment-1": leftover()}, **{"attachment-1": [refusal("AccessDeniedException")]})
    leftovers.delete_leftovers(run_of(service))
    assert "leftover attachments were not deleted: DeleteRegistrationAttachment" in caplog.text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OutOfTime("no time"), "no time was left to delete leftover attachments"),
        (Failure("refused"), "leftover attachments were not deleted: refused"),
    ],
)
def test_failure_only_is_logged(error: Failure, text: str, caplog: pytest.LogCaptureFixture) -> None:
    """The registration is deleted already."""
    service = Service({"attachment-1": leftover()})
    service.listing = error
    leftovers.delete_leftovers(run_of(service))
    assert service.deleted == []
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [("WARNING", text)]
