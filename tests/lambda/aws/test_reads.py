"""Permissions that the same deployment granted may not be in effect yet when the form or the attachment is created."""

from collections.abc import Callable
from typing import Any

import botocore.session
import pytest
from botocore.stub import Stubber

from sms_registration_handler.aws import reads
from sms_registration_handler.aws.deadline import Deadline
from sms_registration_handler.aws.sms_voice import Service
from sms_registration_handler.errors import Failure, OutOfTime


@pytest.fixture
def parameter_store(monkeypatch: pytest.MonkeyPatch) -> Stubber:
    client = botocore.session.Session().create_client(
        "ssm", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )
    monkeypatch.setattr(reads, "client", lambda name: client)
    stubber = Stubber(client)
    stubber.activate()
    return stubber


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    waits: list[float] = []
    monkeypatch.setattr(Deadline, "sleep", lambda self, seconds: waits.append(seconds))
    return waits


@pytest.fixture
def read() -> Callable[[], dict[str, Any]]:
    service = Service(None, Deadline(lambda: 900_000))
    return lambda: reads.read(service, "ssm", "get_parameter", "parameter /city", Name="/city")


def denied(stubber: Stubber, times: int) -> None:
    for _ in range(times):
        stubber.add_client_error("get_parameter", "AccessDeniedException", "CANARY", http_status_code=400)


@pytest.mark.fault(35)
def test_denied_read_is_retried_until_permitted(
    parameter_store: Stubber, slept: list[float], read: Callable[[], dict[str, Any]]
) -> None:
    denied(parameter_store, 3)
    parameter_store.add_response("get_parameter", {"Parameter": {"Value": "Seattle"}})
    assert read()["Parameter"]["Value"] == "Seattle"
    assert slept == [1.0, 2.0, 4.0]


def test_lasting_denial_fails_in_seconds_and_quotes_nothing(
    parameter_store: Stubber, slept: list[float], read: Callable[[], dict[str, Any]]
) -> None:
    denied(parameter_store, 5)
    with pytest.raises(Failure, match="parameter /city: AccessDeniedException") as failure:
        read()
    assert "CANARY" not in str(failure.value)
    assert sum(slept) == 15.0
    parameter_store.assert_no_pending_responses()


def test_other_errors_are_not_retried(
    parameter_store: Stubber, slept: list[float], read: Callable[[], dict[str, Any]]
) -> None:
    parameter_store.add_client_error("get_parameter", "ParameterNotFound", "CANARY", http_status_code=400)
    with pytest.raises(Failure, match="parameter /city: ParameterNotFound"):
        read()
    assert slept == []


def test_retries_respect_the_deadline(parameter_store: Stubber) -> None:
    denied(parameter_store, 1)
    service = Service(None, Deadline(lambda: 15_500))
    with pytest.raises(OutOfTime):
        reads.read(service, "ssm", "get_parameter", "parameter /city", Name="/city")
