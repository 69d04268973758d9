"""DeleteRegistration that the service refuses: what is discarded, waited for, left, and said. Whole runs: test_delete.py."""

import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.registration import removal
from support.described_registrations import FIRST, PREFIX

NUMBER = "phone-1"
NOT_EMPTY = "RESOURCE_NOT_EMPTY"


def conflict(reason: str = NOT_EMPTY) -> ServiceError:
    return ServiceError("DeleteRegistration", "ConflictException", reason, "refused", "")


class Deleting:
    """A registration whose Delete is refused: `refusals` times with this error, or for ever.

    Attributes:
        calls: The operations that write, in order.
        paused: The seconds of each pause.
    """

    def __init__(
        self,
        error: ServiceError | None = None,
        refusals: int = 10_000,
        *,
        versions: tuple[str, ...] = ("DRAFT",),
        associated: tuple[dict[str, str], ...] = (),
        held: Callable[[str], bool | None] = lambda _: False,
        rolling_back: bool = False,
        seconds_left: float = 800.0,
    ) -> None:
        self._error, self._refusals = error or conflict(), refusals
        self.versions = list(enumerate(versions, 1))
        self._associated = associated
        self._left = seconds_left
        self.unreadable: Failure | None = None
        self.discarding: ServiceError | None = None
        self.found: dict[str, Any] | None = {"RegistrationId": FIRST}
        self.calls: list[str] = []
        self.paused: list[float] = []
        self.asked: list[str] = []

        def holds(resource: str) -> bool | None:
            self.asked.append(resource)
            return held(resource)

        self.run: Any = SimpleNamespace(
            service=self,
            stack=SimpleNamespace(holds=holds, is_rolling_back=lambda: rolling_back),
            event=SimpleNamespace(stack_id=f"{PREFIX}Ours/1", logical_resource_id="TollFree"),
        )

    def call(self, operation: str, *, subject: str, **parameters: str) -> None:
        assert (subject, parameters) == (FIRST, {"RegistrationId": FIRST})
        self.calls.append(operation)
        if operation == "DiscardRegistrationVersion":
            if self.discarding:
                raise self.discarding
            self.versions[-1] = (self.versions[-1][0], "DISCARDED")
            return
        if self._refusals:
            self._refusals -= 1
            raise self._error

    def find(self, registration_id: str) -> dict[str, Any] | None:
        assert registration_id == FIRST
        return self.found

    def pages(self, operation: str, member: str, **parameters: str) -> Iterator[dict[str, Any]]:
        assert parameters == {"RegistrationId": FIRST}
        if self.unreadable:
            raise self.unreadable
        if operation == "ListRegistrationAssociations":
            assert member == "RegistrationAssociations"
            yield from self._associated
        else:
            assert (operation, member) == ("DescribeRegistrationVersions", "RegistrationVersions")
            for number, status in reversed(self.versions):
                yield {"VersionNumber": number, "RegistrationVersionStatus": status}

    def require(self, seconds: float) -> None:
        if seconds > self._left:
            raise OutOfTime("no time is left")

    def pause(self, seconds: float) -> None:
        self.require(seconds)
        self._left -= seconds
        self.paused.append(seconds)

    def remove(self) -> None:
        removal.remove(self.run, FIRST)

    def refused(self) -> str:
        with pytest.raises(Failure) as raised:
            self.remove()
        return str(raised.value)


# --- refusals that end ---


@pytest.mark.parametrize("refusals", [0, 1, 4])
def test_it_is_tried_until_the_service_allows_it(refusals: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    deleting = Deleting(refusals=refusals)
    deleting.remove()
    assert deleting.calls == ["DeleteRegistration"] * (refusals + 1)
    assert deleting.paused == [5.0, 6.25, 7.8125, 9.765625][:refusals]
    assert f"deleted {FIRST}" in caplog.text


def test_pauses_grow_to_a_quarter_of_a_minute() -> None:
    deleting = Deleting(refusals=12, associated=({"ResourceId": NUMBER},), held=lambda _: True)
    deleting.remove()
    assert max(deleting.paused) == deleting.paused[-1] == 15.0


@pytest.mark.parametrize("found", [None, {"RegistrationId": FIRST}])
def test_denial_counts_as_deleted_only_if_it_is_gone(found: dict[str, Any] | None) -> None:
    deleting = Deleting(ServiceError("DeleteRegistration", "AccessDeniedException", "", "denied", ""))
    deleting.found = found
    if found:
        assert "AccessDeniedException" in deleting.refused()
    else:
        deleting.remove()
    assert deleting.calls == ["DeleteRegistration"]


# --- versions ---


def test_a_submission_that_waits_is_discarded_and_the_delete_repeated_at_once() -> None:
    deleting = Deleting(refusals=1, versions=("DENIED", "SUBMITTED"))
    deleting.remove()
    assert deleting.calls == ["DeleteRegistration", "DiscardRegistrationVersion", "DeleteRegistration"]
    assert deleting.paused == [0.0]


def test_it_is_discarded_once() -> None:
    """A refused discard may mean that the review has begun; the next DeleteRegistration shows it."""
    deleting = Deleting(refusals=3, versions=("SUBMITTED",))
    deleting.discarding = conflict()
    deleting.remove()
    assert deleting.calls.count("DiscardRegistrationVersion") == 1
    assert deleting.calls.count("DeleteRegistration") == 4
    assert deleting.paused[:2] == [0.0, 5.0]


@pytest.mark.parametrize(
    ("status", "is_final"),
    [
        ("REVIEWING", True),
        ("AWS_REVIEWING", True),
        ("REQUIRES_AUTHENTICATION", True),
        ("REQUIRES_OFFLINE_REVIEW", True),
        ("APPROVED", False),
        ("DENIED", False),
        ("DRAFT", False),
        ("DISCARDED", False),
    ],
)
def test_what_is_under_review_is_not_waited_for(status: str, is_final: bool) -> None:
    """The status of the latest version counts: the registration's own may lag a submission by a day."""
    deleting = Deleting(refusals=1, versions=("DENIED", status))
    if not is_final:
        deleting.remove()
        return
    text = deleting.refused()
    assert deleting.calls == ["DeleteRegistration"]
    assert f"{FIRST} cannot be deleted while its version is {status}" in text
    assert "delete-stack --stack-name Ours --retain-resources TollFree" in text
    assert f"delete-registration --registration-id {FIRST}" in text


def test_an_earlier_version_under_review_does_not_count() -> None:
    Deleting(refusals=1, versions=("REVIEWING", "DRAFT")).remove()


@pytest.mark.parametrize("versions", [(), ("SUBMITTED",)])
def test_unknown_versions_are_waited_for(versions: tuple[str, ...]) -> None:
    deleting = Deleting(refusals=1, versions=versions)
    if versions:
        deleting.unreadable = conflict()
    deleting.remove()
    assert deleting.calls == ["DeleteRegistration", "DeleteRegistration"]
    assert deleting.paused == [5.0]


# --- refusals that stay ---

WAITS_60_SECONDS = (5.0, 6.25, 7.8125, 9.765625, 12.20703125, 15.0, 15.0)
"""The first pauses after which more than the 60 s have passed that a teardown may take."""


@pytest.mark.parametrize("reason", ["", "NUMBER_IN_USE", NOT_EMPTY])
def test_refusal_is_final_after_a_minute_if_waiting_does_not_help(reason: str) -> None:
    associated = ({"ResourceId": NUMBER},) if reason == NOT_EMPTY else ()
    deleting = Deleting(conflict(reason), associated=associated, held=lambda _: False)
    text = deleting.refused()
    assert tuple(deleting.paused) == WAITS_60_SECONDS
    assert "ConflictException" in text
    assert f"Release or delete what depends on {FIRST}" in text
    assert (f"It is still associated with {NUMBER}." in text) is (reason == NOT_EMPTY)


@pytest.mark.parametrize(
    ("held", "waits"),
    [
        ({NUMBER: True}, True),
        ({NUMBER: None}, True),
        ({NUMBER: False}, False),
        ({NUMBER: True, "pool-2": False}, False),
    ],
)
def test_a_number_of_the_stack_is_waited_for_until_the_deadline(held: dict[str, bool | None], waits: bool) -> None:
    associated = tuple({"ResourceId": each} for each in held)
    deleting = Deleting(associated=associated, held=held.__getitem__, seconds_left=200.0)
    text = deleting.refused()
    assert sum(deleting.paused) > 180 if waits else tuple(deleting.paused) == WAITS_60_SECONDS
    assert f"It is still associated with {', '.join(held)}." in text


def test_associations_that_cannot_be_read_are_waited_for() -> None:
    deleting = Deleting(seconds_left=200.0)
    deleting.unreadable = conflict()
    assert "still associated" not in deleting.refused()
    assert sum(deleting.paused) > 180


def test_another_reason_than_associations_is_not_waited_for_whatever_is_associated() -> None:
    deleting = Deleting(conflict("OTHER"), associated=({"ResourceId": NUMBER},), held=lambda _: True)
    deleting.refused()
    assert tuple(deleting.paused) == WAITS_60_SECONDS


def test_an_associated_resource_is_looked_up_by_its_id() -> None:
    arn = "arn:aws:sms-voice:us-east-1:123456789012:phone-number/phone-9"
    deleting = Deleting(associated=({"ResourceArn": arn}, {"ResourceId": NUMBER, "ResourceArn": arn}))
    deleting.refused()
    assert deleting.asked == ["phone-9"]
    both = Deleting(associated=({"ResourceArn": arn}, {"ResourceId": NUMBER, "ResourceArn": arn}), held=lambda _: True)
    both.refused()
    assert both.asked[:2] == ["phone-9", NUMBER]


def test_the_text_names_numbers_first_and_ten_resources_at_most() -> None:
    numbered = {"PhoneNumber": "+12065550100", "ResourceId": NUMBER}
    assert "associated with +12065550100, ?." in Deleting(associated=(numbered, {})).refused()
    many = Deleting(associated=tuple({"ResourceId": f"phone-{each:02}"} for each in range(12))).refused()
    assert "phone-09." in many
    assert "phone-10" not in many


# --- in a rollback ---


def test_rollback_leaves_and_reports_what_no_wait_can_empty(caplog: pytest.LogCaptureFixture) -> None:
    """CloudFormation would only repeat this Delete, and leave the stack in a rollback that failed."""
    caplog.set_level(logging.INFO)
    deleting = Deleting(associated=({"ResourceId": NUMBER},), rolling_back=True)
    deleting.remove()
    assert tuple(deleting.paused) == WAITS_60_SECONDS
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert f"{FIRST} is left in this rollback: " in record.getMessage()
    assert f"still associated with {NUMBER}" in record.getMessage()
    assert vars(record)[metrics.LEFTOVERS] == 1
    assert f"deleted {FIRST}" not in caplog.text


def test_rollback_without_time_fails_so_that_it_is_repeated() -> None:
    deleting = Deleting(
        associated=({"ResourceId": NUMBER},), held=lambda _: True, rolling_back=True, seconds_left=100.0
    )
    assert "still associated" in deleting.refused()


def test_what_is_under_review_fails_in_a_rollback_too() -> None:
    assert "under review" in Deleting(versions=("REVIEWING",), rolling_back=True).refused()
