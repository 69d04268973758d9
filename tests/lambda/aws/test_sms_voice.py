"""The paced client: throttling, faults and the deadline, in virtual time. And the shipped API model."""

import ast
import itertools
import re
from pathlib import Path
from typing import Any

import botocore.config
import botocore.exceptions
import botocore.handlers
import botocore.session
import pytest

from sms_registration_contract.virtual_time import VirtualTime
from sms_registration_handler.aws import sms_voice
from sms_registration_handler.aws.deadline import RESERVE_SECONDS, Deadline
from sms_registration_handler.aws.sms_voice import Service, ServiceError
from sms_registration_handler.errors import OutOfTime
from support import tools

ROOT = Path(sms_voice.__file__).parents[1]


def deadline(time: VirtualTime, seconds: float = 900) -> Deadline:
    end = time.passed + seconds
    return Deadline(lambda: int((end - time.passed) * 1000))


@pytest.fixture
def paced(fake: Any, time: VirtualTime) -> Service:
    return Service(sms_voice.sms_voice_client(), deadline(time))


@pytest.mark.fault(31)
def test_own_calls_are_spaced_and_not_throttled(fake: Any, paced: Service, time: VirtualTime) -> None:
    fake.configure(requests_per_second=1, clock=time.monotonic)
    for _ in range(20):
        paced.call("DescribeRegistrations")
    assert len([call for call in fake.calls if call.error]) == 0
    assert 19 <= time.passed < 20


@pytest.mark.fault(31)
def test_throttling_by_others_is_retried_with_capped_jitter(fake: Any, paced: Service, time: VirtualTime) -> None:
    from moto_sms_voice.exceptions import ThrottlingException

    fake.inject("DescribeRegistrations", error=ThrottlingException, times=40)
    paced.call("DescribeRegistrations")
    assert all(0 <= pause <= 2 for pause in time.slept)


@pytest.mark.fault(31)
def test_throttled_call_is_retried_until_the_deadline(fake: Any, time: VirtualTime) -> None:
    from moto_sms_voice.exceptions import ThrottlingException

    fake.inject("DescribeRegistrations", error=ThrottlingException, times=10_000)
    began = time.passed
    with pytest.raises(OutOfTime):
        Service(sms_voice.sms_voice_client(), deadline(time, 60)).call("DescribeRegistrations")
    assert time.passed - began <= 60 - RESERVE_SECONDS


@pytest.mark.fault(33)
def test_service_faults_are_retried_a_few_times(fake: Any, paced: Service) -> None:
    from moto_sms_voice.exceptions import InternalServerException

    fake.inject("DescribeRegistrations", error=InternalServerException, times=5)
    paced.call("DescribeRegistrations")
    fake.inject("DescribeRegistrations", error=InternalServerException, times=50)
    with pytest.raises(ServiceError, match="InternalServerException"):
        paced.call("DescribeRegistrations")


@pytest.mark.parametrize(
    "error",
    [
        botocore.exceptions.EndpointConnectionError(endpoint_url="https://x"),
        botocore.exceptions.ReadTimeoutError(endpoint_url="https://x"),
        botocore.exceptions.ConnectionClosedError(endpoint_url="https://x"),
    ],
)
@pytest.mark.fault(32, 33)
def test_broken_connection_is_retried(fake: Any, paced: Service, error: Exception) -> None:
    fake.inject("DescribeRegistrations", error=error, times=2)
    paced.call("DescribeRegistrations")
    assert len(fake.calls) == 3


@pytest.mark.fault(32)
def test_one_attempt_cannot_take_the_whole_run() -> None:
    config = sms_voice.sms_voice_client().meta.config
    assert (config.connect_timeout, config.read_timeout) == (5, 15)
    assert config.retries["total_max_attempts"] == 1, "only the loop that knows the deadline retries"


@pytest.mark.fault(41)
def test_clock_skew_is_reported_and_not_retried(fake: Any, paced: Service) -> None:
    skewed = botocore.exceptions.ClientError(
        {
            "Error": {
                "Code": "InvalidSignatureException",
                "Message": "Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z",
            },
            "ResponseMetadata": {"HTTPStatusCode": 400},
        },
        "DescribeRegistrations",
    )
    fake.inject("DescribeRegistrations", error=skewed, times=99)
    with pytest.raises(ServiceError, match="DescribeRegistrations: InvalidSignatureException: Signature expired"):
        paced.call("DescribeRegistrations")
    assert len(fake.calls) == 1


@pytest.mark.fault(40)
def test_unreachable_service_is_reported_with_the_operation(
    fake: Any, paced: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    unreachable = botocore.exceptions.ConnectTimeoutError(endpoint_url="https://sms-voice.us-east-1.amazonaws.com")
    fake.inject("DescribeRegistrations", error=unreachable, times=99)
    with pytest.raises(ServiceError) as failure:
        paced.call("DescribeRegistrations")
    assert str(failure.value) == (
        "DescribeRegistrations: ConnectTimeoutError: sms-voice.us-east-1.amazonaws.com could not be reached; a function in a "
        "VPC needs a route to it"
    )
    assert "DescribeRegistrations: ConnectTimeoutError, attempt 1" in caplog.text


def test_a_broken_connection_names_no_host(fake: Any, paced: Service) -> None:
    broken = botocore.exceptions.HTTPClientError(error="reset")
    fake.inject("DescribeRegistrations", error=broken, times=99)
    with pytest.raises(ServiceError, match=r"HTTPClientError: the service could not be reached$"):
        paced.call("DescribeRegistrations")


def test_all_pages_are_read(fake: Any, paced: Service) -> None:
    fake.configure(page_size=2, registrations_per_account=99)
    for _ in range(5):
        fake.create_registration(registration_type="US_TOLL_FREE_REGISTRATION")
    assert len(list(paced.pages("DescribeRegistrations", "Registrations"))) == 5


def test_error_names_operation_subject_and_remedy(fake: Any, paced: Service) -> None:
    fake.configure(registrations_per_account=0)
    with pytest.raises(ServiceError) as raised:
        paced.call("CreateRegistration", subject="this", RegistrationType="US_TOLL_FREE_REGISTRATION")
    text = str(raised.value)
    assert text.startswith("CreateRegistration of this: ServiceQuotaExceededException (REGISTRATIONS_PER_ACCOUNT): ")
    assert "What to do: " in text


ROLE = "User: arn:aws:sts::123456789012:assumed-role/Role/Function is not authorized to perform"
REGISTRATION = "arn:aws:sms-voice:us-east-1:123456789012:registration/registration-1"
WHO_DENIES = (
    "The function's policy allows this for what the stack owns and the template names. Otherwise, a permissions boundary, a "
    "service control policy or the policy of a VPC endpoint denies it"
)


@pytest.mark.fault(36)
@pytest.mark.parametrize(
    ("message", "named"),
    [
        (f"{ROLE}: sms-voice:DeleteRegistration on resource: {REGISTRATION}", ""),
        (f"{ROLE}: sms-voice:DeleteRegistration", "sms-voice:DeleteRegistration on registration-1 was denied. "),
        ("You shall not pass", "sms-voice:DeleteRegistration on registration-1 was denied. "),
    ],
)
def test_denied_call_names_the_action_and_the_resource(fake: Any, paced: Service, message: str, named: str) -> None:
    from moto_sms_voice.exceptions import AccessDeniedException

    fake.inject("DeleteRegistration", error=lambda: AccessDeniedException(message), times=9)
    with pytest.raises(ServiceError) as failure:
        paced.call("DeleteRegistration", subject="registration-1", RegistrationId="registration-1")
    assert str(failure.value) == (
        f"DeleteRegistration of registration-1: AccessDeniedException: {message}. What to do: {named}{WHO_DENIES}"
    )


@pytest.mark.fault(45)
def test_shipped_model_matches_the_pinned_botocore() -> None:
    shipped = {
        path.relative_to(sms_voice.MODEL).as_posix(): path.read_text() for path in sms_voice.MODEL.rglob("*.json")
    }
    assert shipped == tools.load("service_model").files(), "run `make model`"


@pytest.mark.parametrize(
    ("name", "client"),
    [("pinpoint-sms-voice-v2", sms_voice.sms_voice_client), ("cloudformation", sms_voice.cloudformation_client)],
)
def test_shipped_model_has_every_member_that_is_used(name: str, client: Any) -> None:
    """The SDK drops members that its model does not have. The fakes' responses would still have them."""
    callers = [path for path in ROOT.rglob("*.py") if (path.name == "stack.py") == (name == "cloudformation")]
    nodes = [node for path in callers for node in ast.walk(ast.parse(path.read_text()))]
    named = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    named |= {node.arg for node in nodes if isinstance(node, ast.keyword) and node.arg}
    shipped = client().meta.service_model
    complete = botocore.session.Session().get_service_model(name)
    expected = named & members(complete, shipped.operation_names)
    assert len(expected) >= 5
    assert expected <= members(shipped, shipped.operation_names)


def members(model: Any, operations: list[str]) -> set[str]:
    """Return the names of all members of these operations' requests and responses."""
    found: set[str] = set()
    used = [model.operation_model(name) for name in operations]
    shapes = [shape for each in used for shape in (each.input_shape, each.output_shape, *each.error_shapes) if shape]
    seen: set[str] = set()
    while shapes:
        shape = shapes.pop()
        if shape.name in seen:
            continue
        seen.add(shape.name)
        if shape.type_name == "structure":
            found |= set(shape.members)
            shapes += shape.members.values()
        elif shape.type_name == "list":
            shapes.append(shape.member)
        elif shape.type_name == "map":
            shapes += [shape.key, shape.value]
    return found


def denied(fake: Any, operation: str, times: int, **members: Any) -> None:
    from moto_sms_voice.exceptions import AccessDeniedException

    fake.inject(operation, error=lambda: AccessDeniedException("not authorized", **members), times=times)


def test_denial_is_final_once_the_policy_is_in_effect(fake: Any, paced: Service, time: VirtualTime) -> None:
    denied(fake, "DescribeRegistrations", 1)
    with pytest.raises(ServiceError):
        paced.call("DescribeRegistrations")
    assert time.slept == []


def test_denial_is_retried_for_a_minute_after_a_tag_was_written(fake: Any, paced: Service, time: VirtualTime) -> None:
    """The policy has conditions on tags, and a tag that was just written may not be in effect yet."""
    created = paced.call("CreateRegistration", RegistrationType="US_TOLL_FREE_REGISTRATION")
    paced.tag(created["RegistrationArn"], {"key": "value"})
    denied(fake, "DescribeRegistrations", 3)
    paced.call("DescribeRegistrations")
    time.passed += 60
    denied(fake, "DescribeRegistrations", 1)
    with pytest.raises(ServiceError):
        paced.call("DescribeRegistrations")


def test_denial_with_a_reason_is_final_also_after_a_tag_was_written(fake: Any, paced: Service) -> None:
    created = paced.call("CreateRegistration", RegistrationType="US_TOLL_FREE_REGISTRATION")
    paced.tag(created["RegistrationArn"], {"key": "value"})
    denied(fake, "DescribeRegistrations", 1, reason="ACCOUNT_DISABLED")
    with pytest.raises(ServiceError):
        paced.call("DescribeRegistrations")


@pytest.mark.fault(45)
def test_shipped_model_has_every_operation_that_is_used() -> None:
    calls = [
        node
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("call", "pages")
    ]
    named = {call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)}
    assert len(named) >= 10
    assert all(re.fullmatch("[A-Z][A-Za-z]+", name) for name in named)
    assert named <= set(sms_voice.sms_voice_client().meta.service_model.operation_names)


class Sent(Exception):
    """Raised instead of sending a request, with its destination."""


def destination(
    session: botocore.session.Session, name: str, region: str, *, fips: bool, dual_stack: bool
) -> tuple[str, str]:
    """Return where a client sends a request and what it signs it for, or why there is no such endpoint."""

    def send(request: Any, **_: Any) -> None:
        credential = str(request.headers["Authorization"]).partition(",")[0]
        raise Sent(request.url, credential.split("/", 2)[2])

    config = botocore.config.Config(use_fips_endpoint=fips, use_dualstack_endpoint=dual_stack)
    try:
        client = session.create_client(name, region_name=region, config=config)
    except botocore.exceptions.EndpointVariantError as error:
        return "", str(error)
    client.meta.events.register("before-send", send)
    with pytest.raises(Sent) as sent:
        getattr(client, "describe_stacks" if name == "cloudformation" else "describe_registrations")()
    url, scope = sent.value.args
    return url, scope


@pytest.mark.parametrize("name", ["pinpoint-sms-voice-v2", "cloudformation"])
def test_shipped_model_resolves_endpoints_like_the_sdk(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    shipped, sdk = sms_voice.session.__wrapped__(), botocore.session.Session()
    partitions = sdk.get_data("endpoints")["partitions"]
    regions = {region for partition in partitions for region in partition["regions"]} | {"eu-west-99"}
    assert {"us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "us-iso-east-1"} <= regions
    for region in sorted(regions):
        for fips, dual_stack in itertools.product((False, True), repeat=2):
            expected = destination(sdk, name, region, fips=fips, dual_stack=dual_stack)
            assert destination(shipped, name, region, fips=fips, dual_stack=dual_stack) == expected, region


# --- credentials ---


def test_credentials_are_those_of_the_functions_role(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.setenv(f"AWS_{name}", name)
    credentials = sms_voice.session.__wrapped__().get_credentials()
    assert (credentials.access_key, credentials.secret_key, credentials.token) == (
        "ACCESS_KEY_ID",
        "SECRET_ACCESS_KEY",
        "SESSION_TOKEN",
    )


def test_without_variables_the_sdk_finds_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a function that was restored from a snapshot, where an endpoint provides them."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    providers = sms_voice.session.__wrapped__().get_component("credential_provider").providers
    assert {"env", "container-role"} <= {provider.METHOD for provider in providers}


# --- handlers ---


def test_every_handler_that_concerns_our_services_is_kept() -> None:
    """For each kind of event that the SDK handles, and any operation: the same handlers in the same order."""
    own, full = sms_voice.session.__wrapped__(), botocore.session.Session()
    kinds = {each[0].partition(".")[0] for each in botocore.handlers.BUILTIN_HANDLERS} - {"docs"}
    operations = [f"pinpoint-sms-voice-v2.{each}" for each in ("CreateRegistration", "PutRegistrationFieldValue")]
    operations += ["cloudformation.DescribeStacks", "cloudformation.DescribeStackResource"]
    handled = 0
    for event in (f"{kind}.{operation}" for kind in kinds for operation in operations):
        ours, all_of_them = (
            list(each.get_component("event_emitter")._emitter._handlers.prefix_search(event)) for each in (own, full)
        )
        assert ours == all_of_them, event
        handled += len(ours)
    assert handled
