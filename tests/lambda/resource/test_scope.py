"""What a search reads: which requests it makes, and whose tags it does not read."""

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.resource.scope import Scope

NOW = 1_800_000_000.0
DRAFTS = [{"Name": "registration-status", "Values": ["CREATED"]}]
OF_TYPE = [{"Name": "registration-type", "Values": ["TYPE"]}]


def described(identity: str, age: float = 10.0, kind: str = "TYPE", status: str = "CREATED") -> dict[str, Any]:
    return {
        "RegistrationId": identity,
        "RegistrationType": kind,
        "RegistrationStatus": status,
        "RegistrationAttachmentId": identity,
        "AttachmentStatus": status,
        "CreatedTimestamp": datetime.fromtimestamp(NOW - age, timezone.utc),
    }


class Service:
    """A service that lists all of these, whatever the filters.

    Attributes:
        asked: The parameters of each search.
        refusal: With this code, filters are refused.
    """

    def __init__(self, *existing: dict[str, Any], refusal: str = "") -> None:
        self._existing, self.refusal = existing, refusal
        self.asked: list[dict[str, Any]] = []

    def pages(self, operation: str, member: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        self.asked.append(parameters)
        if self.refusal and "Filters" in parameters:
            raise ServiceError(operation, self.refusal, "", "refused")
        yield from self._existing


def found(scope: Scope, service: Any) -> list[str]:
    return [str(each["RegistrationId"]) for each in scope.registrations(service)]


@pytest.mark.parametrize(
    ("scope", "filters"),
    [
        (Scope(), {}),
        (Scope(since=NOW, held={"held"}), {}),
        (Scope(registration_type="TYPE"), {"Filters": OF_TYPE}),
        (Scope(is_draft=True), {"Filters": DRAFTS}),
        (Scope(registration_type="TYPE", is_draft=True), {"Filters": [*OF_TYPE, *DRAFTS]}),
    ],
)
def test_service_filters_what_it_can_in_large_pages(scope: Scope, filters: dict[str, Any]) -> None:
    service = Service()
    assert found(scope, service) == []
    assert service.asked == [{"MaxResults": 100, **filters}]


@pytest.mark.parametrize("refusal", ["", "ValidationException"])
def test_what_does_not_match_is_dropped_also_if_the_service_does_not_filter(refusal: str) -> None:
    service = Service(
        described("old", age=101.0),
        described("new", age=100.0),
        described("held"),
        described("of another type", kind="OTHER"),
        described("submitted", status="SUBMITTED"),
        described("deleted", status="DELETED"),
        refusal=refusal,
    )
    assert found(Scope(NOW - 100.0, "TYPE", is_draft=True, held={"held"}), service) == ["new"]
    assert found(Scope(registration_type="TYPE"), service) == ["old", "new", "held", "submitted"]
    attachments = Scope(NOW - 100.0, held={"held"}).attachments(service)  # type: ignore[arg-type]
    assert [each["RegistrationAttachmentId"] for each in attachments] == ["new", "of another type", "submitted"]


def test_other_refusals_are_raised() -> None:
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        found(Scope(is_draft=True), Service(refusal="AccessDeniedException"))


@pytest.mark.parametrize("is_found", [True, False])
def test_one_registration_is_described_alone(is_found: bool) -> None:
    """Whatever it is, and however old."""
    service = Service(described("another"))
    service.find = lambda identity: {"RegistrationId": identity} if is_found else None  # type: ignore[attr-defined]
    assert found(Scope(identity="one"), service) == (["one"] if is_found else [])
    assert service.asked == []
