"""crhelper, hardened: each of its defects, and that the pinned wheel still has every overridden member."""

import hashlib
import importlib.metadata
import json
import logging
import os
import re
import subprocess
import sys
import threading
import types
import zipfile
from pathlib import Path
from typing import Any

import crhelper
import pytest
from crhelper import CfnResource

from sms_registration_contract.cloudformation import FUNCTION_ARN, CloudFormation, Context, Killed
from sms_registration_contract.virtual_time import VirtualTime
from sms_registration_handler import dispatch, index
from sms_registration_handler.cloudformation import provider, response
from sms_registration_handler.errors import ContinueInNextRun, Failure, NotDelivered, OutOfTime
from sms_registration_handler.resource.invocation import Outcome, Run
from support.handler_help import PROPERTIES, failed, live_ids, succeeded

HANDLER = index.handler


class Script:
    """Replaces the handler of a resource type. A function takes the run and returns the physical ID."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, **functions: Any) -> None:
        scripted = types.SimpleNamespace(
            **{
                request_type: lambda run, function=function: Outcome(function(run))
                for request_type, function in functions.items()
            }
        )
        self.monkeypatch.setitem(dispatch.RESOURCE_HANDLERS, "Custom::SmsRegistration", lambda: scripted)


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Script:
    return Script(monkeypatch)


# --- the pinned wheel ---


def test_pinned_wheel_is_the_reviewed_one() -> None:
    """An upgrade needs a review, because private names are overridden."""
    assert importlib.metadata.version("crhelper") == "2.0.12"
    sources = sorted(Path(crhelper.__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()
    assert digest == "37ded1fb101dc6b50ad58ef3f10c5ea5b839bc50cca3ec3a0b2741ac70122919"


def test_every_overridden_member_exists_in_crhelper() -> None:
    table = re.findall(r"^    (_\w+) ", str(provider.__doc__), re.MULTILINE)
    overridden = [name for name in vars(provider.Provider) if hasattr(CfnResource, name) and not name.startswith("__")]
    assert sorted(overridden) == sorted(table) == ["_log_setup", "_send", "_set_timeout", "_wrap_function"]


def test_construction_creates_no_client_and_has_no_side_effects(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("boto3.client", lambda *_, **__: pytest.fail("a client was made"))
    level = logging.root.level
    made = provider._construct()
    assert not hasattr(made, "_lambda_client")
    assert logging.root.level == level
    assert "AWS_SAM_LOCAL" not in os.environ


# --- the log of a first deployment ---


def fails(*_: object) -> str:
    raise RuntimeError


def fails_clearly(*_: object) -> str:
    raise Failure("that cannot be")


@pytest.mark.parametrize(
    ("request_type", "function", "is_said"),
    [("Create", fails, True), ("Create", fails_clearly, False), ("Update", fails, False), ("Delete", fails, False)],
)
def test_reason_that_refers_to_the_log_says_how_to_keep_it(
    stack: CloudFormation, script: Script, request_type: str, function: Any, is_said: bool
) -> None:
    """A rollback of the deployment that creates the log group deletes it."""
    script(**{request_type.lower(): function})
    put = stack.deliver(stack.event(request_type, physical_id="registration-1" if request_type != "Create" else None))
    assert put is not None
    assert ("cdk deploy --no-rollback" in put.response["Reason"]) is is_said


def test_longest_reason_still_says_how_to_keep_the_log(stack: CloudFormation, script: Script) -> None:
    def fails_at_length(*_: object) -> str:
        raise Failure("x" * response.MAX_REASON_CHARACTERS + " The function's log has the complete list.")

    script(create=fails_at_length)
    put = stack.deliver(stack.event("Create"))
    assert put is not None
    assert put.response["Reason"].endswith("deploy with cdk deploy --no-rollback to keep it")


# --- one response, with the right physical ID ---


@pytest.mark.fault(52)
def test_delete_responds_with_its_own_physical_id(stack: CloudFormation, script: Script) -> None:
    script(delete=lambda *_: "another-id")
    put = stack.deliver(stack.event("Delete", physical_id="registration-1"))
    assert put is not None
    assert put.response["PhysicalResourceId"] == "registration-1"


@pytest.mark.parametrize("returned", [True, 7, {"a": 1}, "", None])
def test_function_must_return_a_physical_id(stack: CloudFormation, script: Script, returned: Any) -> None:
    def update(*_: Any) -> Any:
        return returned

    script(update=update)
    put = stack.deliver(stack.event("Update", physical_id="registration-1"))
    assert put is not None
    assert failed(put.response)["PhysicalResourceId"] == "registration-1"


@pytest.mark.fault(8)
def test_failed_create_has_the_same_marker_in_every_delivery(stack: CloudFormation) -> None:
    event = stack.event("Create", properties={})
    first, second = stack.deliver(event), stack.deliver(event)
    assert first is not None
    assert second is not None
    assert first.response["PhysicalResourceId"] == second.response["PhysicalResourceId"]
    assert event["RequestId"] in first.response["PhysicalResourceId"]


@pytest.mark.parametrize("error", [KeyError(), KeyError("x"), ValueError("CANARY"), SystemExit(3), KeyboardInterrupt()])
@pytest.mark.fault(63)
def test_every_error_gets_a_response_that_quotes_nothing(
    stack: CloudFormation, script: Script, caplog: pytest.LogCaptureFixture, error: BaseException
) -> None:
    def create(*_: Any) -> str:
        raise error

    script(create=create)
    put = stack.deliver(stack.event("Create", properties=PROPERTIES))
    assert put is not None
    response = failed(put.response, type(error).__name__)
    assert "CANARY" not in response["Reason"]
    assert "CANARY" not in caplog.text


def test_missing_function_or_unknown_request_type_fails(stack: CloudFormation, script: Script, fake: Any) -> None:
    for request_type in ("Foo", "create", "CREATE"):
        put = stack.deliver(stack.event("Create", properties=PROPERTIES, RequestType=request_type))
        assert put is not None
        failed(put.response, "RequestType")
    script()
    put = stack.deliver(stack.event("Create", properties=PROPERTIES))
    assert put is not None
    failed(put.response)
    assert fake.calls == []


# --- warm containers ---


@pytest.mark.parametrize(
    "spoil",
    [
        lambda event: {},
        lambda event: [],
        lambda event: None,
        lambda event: {key: value for key, value in event.items() if key != "StackId"},
        lambda event: {key: value for key, value in event.items() if key != "RequestType"},
        lambda event: {key: value for key, value in event.items() if key != "ResponseURL"},
        lambda event: event | {"ResponseURL": "https://evil.example/CANARY"},
        lambda event: event | {"StackId": 7},
        lambda event: event | {"LogicalResourceId": ""},
        lambda event: event | {"RequestType": "Update"},
    ],
)
@pytest.mark.fault(60, 65)
def test_malformed_event_on_warm_container_sends_nothing(
    stack: CloudFormation, fake: Any, caplog: pytest.LogCaptureFixture, spoil: Any
) -> None:
    succeeded(stack.create(PROPERTIES))
    puts, calls = len(stack.endpoint.puts), len(fake.calls)
    assert stack.deliver(spoil(stack.event("Create", properties=PROPERTIES))) is None
    assert len(stack.endpoint.puts) == puts
    assert len(fake.calls) == calls
    assert "ignored an event" in caplog.text
    assert "CANARY" not in caplog.text


@pytest.mark.fault(65)
def test_no_state_is_kept_between_events(
    stack: CloudFormation, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    construct = provider.Provider.__init__

    def remember(self: provider.Provider, *arguments: Any) -> None:
        construct(self, *arguments)
        made.append(self)

    monkeypatch.setattr(provider.Provider, "__init__", remember)

    def create(*_: Any) -> str:
        made[0].NoEcho = True
        made[0].Data["left"] = "over"
        made[0].init_failure(RuntimeError("once"))
        return "registration-1"

    script(create=create)
    stack.deliver(stack.event("Create", properties=PROPERTIES))
    script(create=lambda _: "registration-2")
    put = stack.deliver(stack.event("Create", properties=PROPERTIES))
    assert put is not None
    response = succeeded(put.response)
    assert response["NoEcho"] is False
    assert response["Data"] == {}


@pytest.mark.fault(62)
def test_injected_poller_keys_are_stripped(
    stack: CloudFormation, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, Any]] = []

    def create(_: Any) -> str:
        return "registration-1"

    call = CfnResource.__call__

    def watched(self: CfnResource, event: dict[str, Any], context: Any) -> None:
        seen.append(event)
        call(self, event, context)

    monkeypatch.setattr(CfnResource, "__call__", watched)

    script(create=create)
    injected = {
        "CrHelperPoll": True,
        "CrHelperRule": "arn:x:y:z:1:rule/payroll",
        "CrHelperPermission": "x",
        "CrHelperData": {"a": "b"},
    }
    put = stack.deliver(stack.event("Create", properties=PROPERTIES, **injected))
    assert put is not None
    assert succeeded(put.response)["Data"] == {}
    assert not any(key.startswith("CrHelper") for key in seen[0])


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:lambda:us-east-1:999999999999:function:Provider",
        "arn:aws:lambda:eu-west-1:123456789012:function:Provider",
    ],
)
@pytest.mark.fault(61)
def test_another_account_or_region_is_refused(stack: CloudFormation, fake: Any, arn: str) -> None:
    HANDLER(stack.event("Create", properties=PROPERTIES), Context(stack.clock, invoked_function_arn=arn))
    assert stack.endpoint.puts == []
    assert fake.calls == []


# --- time ---


@pytest.mark.fault(12)
def test_out_of_time_in_last_run_fails_once_with_the_real_id(stack: CloudFormation, fake: Any) -> None:
    from moto_sms_voice.exceptions import ThrottlingException

    fake.inject("TagResource", error=ThrottlingException, times=10_000)
    event = stack.event("Create", properties=PROPERTIES, age=2000)
    put = stack.deliver(event)
    assert put is not None
    response = failed(put.response, "out of time")
    assert response["PhysicalResourceId"] in live_ids(fake)
    assert len(stack.endpoint.puts) == 1


@pytest.mark.fault(34)
def test_out_of_time_in_earlier_run_continues_in_the_next(stack: CloudFormation, fake: Any) -> None:
    from moto_sms_voice.exceptions import ThrottlingException

    fake.inject("TagResource", error=ThrottlingException, times=10_000)
    event = stack.event("Create", properties=PROPERTIES)
    with pytest.raises(ContinueInNextRun):
        stack.deliver(event)
    assert stack.endpoint.puts == []
    fake.journal.faults.clear()
    stack.clock.passed += 60
    put = stack.deliver(event)
    assert put is not None
    succeeded(put.response)
    assert len(live_ids(fake)) == 1


@pytest.mark.parametrize(
    ("age", "timeout", "limit", "continues"),
    [
        (0, "3600", 900, True),
        (960, "3600", 900, True),
        (1980, "3600", 900, False),
        (0, "900", 900, False),
        (700, "3600", 300, False),
        (360, "3600", 300, True),
    ],
)
@pytest.mark.fault(34)
def test_which_run_is_the_last(
    stack: CloudFormation, script: Script, age: float, timeout: str, limit: float, continues: bool
) -> None:
    def create(*_: Any) -> str:
        raise OutOfTime("the function ran out of time")

    script(create=create)
    event = stack.event("Create", properties={**PROPERTIES, "ServiceTimeout": timeout}, age=age)
    if continues:
        with pytest.raises(ContinueInNextRun):
            stack.deliver(event, limit=limit)
    else:
        put = stack.deliver(event, limit=limit)
        assert put is not None
        failed(put.response)


def test_unknown_age_means_the_last_run(stack: CloudFormation, script: Script) -> None:
    def create(*_: Any) -> str:
        raise OutOfTime("the function ran out of time")

    script(create=create)
    event = stack.event("Create", properties=PROPERTIES)
    event["ResponseURL"] = event["ResponseURL"].replace("X-Amz-Date", "Date")
    put = stack.deliver(event)
    assert put is not None
    failed(put.response)


@pytest.mark.fault(12)
def test_stuck_run_gets_exactly_one_response(
    stack: CloudFormation, script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backstop sends the response. The run, which completes later, sends none."""
    responded = threading.Event()
    monkeypatch.setattr(provider, "BACKSTOP_SECONDS", 899.9)

    def behave(_: Any) -> int:
        responded.set()
        return 200

    stack.endpoint.behave = behave

    def create(run: Run) -> str:
        run.identify("registration-early")
        assert responded.wait(10)
        return "registration-late"

    script(create=create)
    put = stack.deliver(stack.event("Create", properties=PROPERTIES, age=2000))
    assert put is not None
    response = failed(put.response, "stuck")
    assert response["PhysicalResourceId"] == "registration-early"
    assert len(stack.endpoint.puts) == 1


def test_no_timer_outlives_its_event(stack: CloudFormation) -> None:
    succeeded(stack.create(PROPERTIES))
    assert not any(
        isinstance(thread, threading.Timer) and not thread.finished.is_set() for thread in threading.enumerate()
    )


def test_delete_does_not_sleep(stack: CloudFormation, time: VirtualTime) -> None:
    succeeded(stack.create(PROPERTIES))
    succeeded(stack.delete())
    assert sum(time.slept) == 0


# --- the response does not arrive ---


@pytest.mark.fault(13)
def test_undelivered_response_makes_lambda_redeliver(stack: CloudFormation, fake: Any) -> None:
    stack.endpoint.behave = lambda put: 503
    event = stack.event("Create", properties=PROPERTIES)
    with pytest.raises(NotDelivered):
        stack.deliver(event)
    stack.endpoint.behave = lambda put: 200
    stack.clock.passed += 60
    put = stack.deliver(event)
    assert put is not None
    assert {succeeded(put.response)["PhysicalResourceId"]} == live_ids(fake)
    assert {json.dumps(response, sort_keys=True) for response in stack.endpoint.responses} == {
        json.dumps(put.response, sort_keys=True)
    }


@pytest.mark.fault(73)
def test_killed_while_the_response_is_in_flight(stack: CloudFormation, fake: Any) -> None:
    def killed(put: Any) -> int:
        stack.endpoint.behave = lambda put: 200
        return 500

    stack.endpoint.behave = killed
    response = succeeded(stack.create(PROPERTIES))
    assert all(each == response for each in stack.endpoint.responses)
    assert len(live_ids(fake)) == 1


# --- what must not leak ---


@pytest.mark.fault(63)
def test_no_url_event_or_property_in_logs_at_any_level(
    stack: CloudFormation, fake: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="sms_registration_handler")
    caplog.set_level(logging.DEBUG, logger="crhelper")
    properties = {**PROPERTIES, "Tags": [{"Key": "team", "Value": "CANARY-VALUE"}], "Secret": "CANARY-VALUE"}
    stack.endpoint.script(503, 403)
    succeeded(stack.create(properties))
    fake.inject("TagResource", error=Killed)
    with pytest.raises(Killed):
        stack.deliver(stack.event("Create", "Other", properties))
    failed(stack.update({**properties, "RegistrationType": "CANARY VALUE"} | {"RegistrationType": "NO_SUCH"}))
    stack.endpoint.behave = lambda put: 403
    with pytest.raises(NotDelivered):
        stack.deliver(stack.event("Create", "Third", properties))
    assert "CANARY" not in caplog.text
    assert "X-Amz" not in caplog.text
    for put in stack.endpoint.puts:
        assert b"CANARY" not in put.body


def test_logging_is_left_to_lambda(stack: CloudFormation) -> None:
    level, botocore_level = logging.root.level, logging.getLogger("botocore").level
    formatters = [handler.formatter for handler in logging.root.handlers]
    succeeded(stack.create(PROPERTIES))
    assert (logging.root.level, logging.getLogger("botocore").level) == (level, botocore_level)
    assert [handler.formatter for handler in logging.root.handlers] == formatters


# --- a function that cannot be imported ---

IMPORT_FAILURE = """
import json, sys
from unittest import mock
sys.path.insert(0, sys.argv[1])
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("boto3", "botocore", "crhelper"):
            raise ImportError("no module for you")
sys.meta_path.insert(0, Broken())
from sms_registration_handler import index
from sms_registration_handler.cloudformation import response
sent = []
response.deliver = lambda url, body, remaining: sent.append(json.loads(body))
class Context:
    invoked_function_arn = sys.argv[3]
    def get_remaining_time_in_millis(self): return 900000
event = json.loads(sys.argv[2])
index.handler(event, Context())
index.handler({"RequestType": "Create"}, Context())
index.handler(event | {"ResponseURL": "https://evil.example/"}, Context())
print(json.dumps(sent))
"""


@pytest.mark.parametrize("request_type", ["Create", "Update", "Delete"])
@pytest.mark.fault(30)
def test_function_that_cannot_be_imported_responds(stack: CloudFormation, request_type: str) -> None:
    event = stack.event(request_type, properties=PROPERTIES, physical_id="registration-1")  # type: ignore[arg-type]
    root = Path(index.__file__).parents[1]
    command = [sys.executable, "-I", "-c", IMPORT_FAILURE, str(root), json.dumps(event), FUNCTION_ARN]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (response,) = json.loads(done.stdout)
    failed(response, "cannot be imported", "no module for you")
    assert response["RequestId"] == event["RequestId"]
    assert response["PhysicalResourceId"] == (
        "registration-1" if request_type != "Create" else f"not-created:TollFree:{event['RequestId']}"
    )


@pytest.mark.fault(30)
def test_handler_needs_only_crhelper_and_botocore(tmp_path: Path) -> None:
    """Imports the contents of the asset in a clean interpreter, without moto and the CDK."""
    archive = tmp_path / "asset.zip"
    root = Path(index.__file__).parent
    rules = root.with_name("sms_registration_rules")
    with zipfile.ZipFile(archive, "w") as asset:
        for path in [*root.rglob("*"), *rules.rglob("*"), *Path(crhelper.__file__).parent.glob("*.py")]:
            if path.is_file() and "__pycache__" not in path.parts:
                base = root.parent if root.parent in path.parents else Path(crhelper.__file__).parents[1]
                asset.write(path, path.relative_to(base))
    zipfile.ZipFile(archive).extractall(tmp_path / "task")
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from sms_registration_handler import index;"
        "from sms_registration_handler.aws import sms_voice;"
        "sms_voice.sms_voice_client(); print(index._import_error, {'moto', 'aws_cdk', 'jsii'} & set(sys.modules))"
    )
    environment = {**os.environ, "AWS_DEFAULT_REGION": "us-east-1"}
    command = [sys.executable, "-c", program, str(tmp_path / "task")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=tmp_path)
    assert done.stdout.strip() == "None set()"


@pytest.mark.fault(61)
def test_requests_from_another_stack_are_refused(
    stack: CloudFormation, fake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function has no permissions for other stacks, so the message says what to do instead."""
    monkeypatch.setenv("SERVED_STACK_ID", stack.stack_id + "-another")
    failed(stack.create(PROPERTIES), "serves only the stack", "has its own provider")
    assert stack.resources["TollFree"].status == "DELETE_COMPLETE", "the refused resource can be deleted"
    assert fake.writes == []
    monkeypatch.setenv("SERVED_STACK_ID", stack.stack_id)
    succeeded(stack.create(PROPERTIES))
