"""Permissions that the same deployment granted may not be in effect yet when the form or the attachment is created."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import botocore.exceptions
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
    with pytest.raises(
        Failure, match=r"parameter /city: ParameterNotFound, create it in the account and Region of the stack$"
    ):
        read()
    assert slept == []


def test_retries_respect_the_deadline(parameter_store: Stubber) -> None:
    denied(parameter_store, 1)
    service = Service(None, Deadline(lambda: 15_500))
    with pytest.raises(OutOfTime):
        reads.read(service, "ssm", "get_parameter", "parameter /city", Name="/city")


# --- what a person needs to fix a denied read ---

USER = "User: arn:aws:sts::123456789012:assumed-role/Role/Function is not authorized to perform: "
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:tax-AbCdEf"
PARAMETER = "arn:aws:ssm:us-east-1:123456789012:parameter/city"
KEY = "arn:aws:kms:us-east-1:123456789012:key/our-own"
OBJECT = "arn:aws:s3:::assets/opt-in.png"
NO_POLICY = " because no identity-based policy allows the action, CANARY"
CIPHERTEXT = "The ciphertext refers to a customer master key that does not exist, or KMS access is not allowed: CANARY"


@pytest.mark.fault(85)
@pytest.mark.parametrize(
    ("name", "method", "message", "expected"),
    [
        (
            "ssm",
            "get_parameter",
            f"{USER}ssm:GetParameter on resource: {PARAMETER}{NO_POLICY}",
            f"ssm:GetParameter on {PARAMETER}",
        ),
        (
            "secretsmanager",
            "get_secret_value",
            f"{USER}secretsmanager:GetSecretValue on resource: {SECRET}{NO_POLICY}",
            f"secretsmanager:GetSecretValue on {SECRET}",
        ),
        ("s3", "get_object", f'{USER}s3:GetObject on resource: "{OBJECT}"{NO_POLICY}', f"s3:GetObject on {OBJECT}"),
        ("ssm", "get_parameter", f"{USER}kms:Decrypt on resource: {KEY}{NO_POLICY}", f"kms:Decrypt on {KEY}"),
        (
            "secretsmanager",
            "get_secret_value",
            f"{USER}kms:Decrypt on the resource associated with this ciphertext{NO_POLICY}",
            "kms:Decrypt with the key that encrypts it",
        ),
        ("ssm", "get_parameter", CIPHERTEXT, "kms:Decrypt with the key that encrypts it"),
        ("s3", "get_object", "Access Denied", "s3:GetObject"),
        ("s3", "get_object", f"{USER}s3:GetObject{NO_POLICY}", "s3:GetObject"),
        ("secretsmanager", "get_secret_value", "", "secretsmanager:GetSecretValue"),
    ],
)
def test_denied_read_names_the_action_and_the_resource(
    monkeypatch: pytest.MonkeyPatch, slept: list[float], name: str, method: str, message: str, expected: str
) -> None:
    error = botocore.exceptions.ClientError({"Error": {"Code": "AccessDenied", "Message": message}}, method)
    failing(monkeypatch, method, error)
    with pytest.raises(Failure) as failure:
        reads.read(Service(None, Deadline(lambda: 900_000)), name, method, "the source")
    assert str(failure.value) == f"the source: AccessDenied, the function is not allowed {expected}"


@pytest.mark.fault(85)
def test_unreachable_host_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "https://secretsmanager.us-east-1.amazonaws.com/?CANARY"
    failing(
        monkeypatch, "get_secret_value", botocore.exceptions.EndpointConnectionError(endpoint_url=url, error="CANARY")
    )
    with pytest.raises(Failure) as failure:
        reads.read(Service(None, Deadline(lambda: 900_000)), "secretsmanager", "get_secret_value", "secret tax")
    assert str(failure.value) == (
        "secret tax: EndpointConnectionError, secretsmanager.us-east-1.amazonaws.com could not be reached; a function in a "
        "VPC needs a route to it"
    )


def failing(monkeypatch: pytest.MonkeyPatch, method: str, error: Exception) -> None:
    def fail(**_: Any) -> None:
        raise error

    monkeypatch.setattr(reads, "client", lambda name: SimpleNamespace(**{method: fail}))
