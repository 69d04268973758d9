"""A cloud that `up` keeps running: other terminals use it, in any account and Region, and its logs are Lambda's."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from local_cloud import cli, logs
from local_cloud.assembly import Place
from local_cloud.cloud import LocalCloud
from local_cloud.connection import Lock
from local_cloud.toolchain import LocalCloudError

pytestmark = pytest.mark.local_cloud

ELSEWHERE = Place("444455556666", "eu-west-1")
BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
FUNCTION = """
import boto3, json, logging, urllib.request

def handler(event, context):
    logging.getLogger("own").info("registering", extra={"logicalResourceId": event["LogicalResourceId"]})
    made = boto3.client("pinpoint-sms-voice-v2").create_registration(RegistrationType="US_TOLL_FREE_REGISTRATION")
    names = ("RequestId", "StackId", "LogicalResourceId")
    response = {**{name: event[name] for name in names}, "Status": "SUCCESS", "PhysicalResourceId": made["RegistrationId"]}
    body = json.dumps(response).encode()
    urllib.request.urlopen(urllib.request.Request(event["ResponseURL"], body, method="PUT", headers={"Content-Type": ""}))
"""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """What `up` runs, here in the process of the test."""
    with LocalCloud(state=tmp_path_factory.mktemp("state"), share=True) as cloud:
        yield cloud


@pytest.fixture
def verb(up: LocalCloud, capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a verb in another terminal: its exit code, output and errors."""

    def run(name: str, *arguments: str) -> tuple[int, str, str]:
        code: list[int] = []
        # Only a main thread handles signals, and this one is not a program of its own.
        thread = threading.Thread(target=lambda: code.append(cli.main([name, "--state", str(up.state), *arguments])))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cli, "exit_on_signals", lambda: None)
            thread.start()
            thread.join()
        return code[0], *capfd.readouterr()

    return run


def created(cloud: LocalCloud, place: Place | None = None) -> str:
    service = cloud.client("pinpoint-sms-voice-v2", place=place)
    return str(service.create_registration(RegistrationType=BRAND)["RegistrationId"])


def test_verbs_use_the_cloud_that_is_up(up: LocalCloud, verb: Callable[..., tuple[int, str, str]]) -> None:
    registration_id = created(up)
    code, output, said = verb("review", "set-status", registration_id, "--version-status", "SUBMITTED")
    assert (code, json.loads(output.splitlines()[0])["versionStatus"]) == (0, "SUBMITTED")
    assert "using the cloud that is up" in said

    code, output, _ = verb("review", "deny", registration_id, "--reason", "BRAND_DBA_NAME_MISMATCH", "--json")
    assert (code, json.loads(output)["registrationStatus"]) == (0, "REQUIRES_UPDATES")

    described = "import boto3; print(boto3.client('pinpoint-sms-voice-v2').describe_registrations()['Registrations'])"
    code, output, _ = verb("run", "--", sys.executable, "-c", described)
    assert code == 0
    assert registration_id in output


def test_what_would_need_a_cloud_of_its_own_is_refused(
    up: LocalCloud, verb: Callable[..., tuple[int, str, str]]
) -> None:
    for name in ("up", "reset"):
        code, _, said = verb(name)
        assert (code, "Ctrl-C in the terminal of `up`" in said) == (1, True)
    code, _, said = verb("run", "--rate", "2", "--", "true")
    assert (code, "leave --rate out" in said) == (1, True)
    assert up.state.exists()


def test_an_aws_cli_that_would_call_aws_is_refused(verb: Callable[..., tuple[int, str, str]], tmp_path: Path) -> None:
    program = tmp_path / "aws"
    program.write_text("#!/bin/sh\necho aws-cli/1.18.0\n")
    program.chmod(0o755)
    code, output, said = verb("run", "--", str(program), "s3", "ls")
    assert (code, output) == (1, "")
    assert "does not know AWS_ENDPOINT_URL and would call AWS" in said


def test_a_cloud_that_is_not_up_is_not_shared(tmp_path: Path) -> None:
    with contextlib.ExitStack() as another:
        Lock(tmp_path, another)
        with pytest.raises(LocalCloudError, match="wait until it ends"):
            LocalCloud(state=tmp_path, join=True).__enter__()


def test_accounts_and_regions_are_kept_apart(
    up: LocalCloud, verb: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    here, there = created(up), created(up, ELSEWHERE)
    described = "import boto3; print(boto3.client('pinpoint-sms-voice-v2').describe_registrations()['Registrations'])"
    options = ("--account", ELSEWHERE.account, "--region", ELSEWHERE.region)
    _, output, _ = verb("run", *options, "--", sys.executable, "-c", described)
    assert there in output
    assert here not in output

    # An app that names its place is not where a command looks by default.
    app = tmp_path / "cdk.out"
    app.mkdir()
    artifact = {"type": "aws:cloudformation:stack", "environment": str(ELSEWHERE)}
    (app / "manifest.json").write_text(json.dumps({"artifacts": {"Sms": artifact}}))
    _, _, said = verb("run", "--cwd", str(tmp_path), "--", "true")
    assert " ".join(options) in said
    _, _, said = verb("run", "--cwd", str(tmp_path), *options, "--", "true")
    assert "deployed elsewhere" not in said

    # The report has all of them, and says which is where.
    up.advance(3600)
    _, output, _ = verb("schedule")
    assert f"{there}  {BRAND}  CREATED  {ELSEWHERE.account}  {ELSEWHERE.region}" in output
    assert here in output

    # Time passes in each of them.
    ahead = [
        up.client("pinpoint-sms-voice-v2", place=place).create_registration(RegistrationType=BRAND)["CreatedTimestamp"]
        for place in (None, ELSEWHERE, Place("777788889999", "ap-south-1"))
    ]
    assert min(ahead) > datetime.now(timezone.utc) + timedelta(minutes=30)


def template(**outputs: Any) -> str:
    function = {
        "Runtime": "python3.14",
        "Handler": "index.handler",
        "Timeout": 10,
        "Role": f"arn:aws:iam::{ELSEWHERE.account}:role/any",
        "Code": {"ZipFile": FUNCTION},
        "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "logs", "ApplicationLogLevel": "INFO"},
    }
    token = {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}}
    return json.dumps(
        {
            "Resources": {
                "Function": {"Type": "AWS::Lambda::Function", "Properties": function},
                "Thing": {"Type": "Custom::Thing", "Properties": token},
                "Number": {"Type": "AWS::SMSVOICE::RcsAgent", "Properties": {}},
            },
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
    )


def test_a_stack_elsewhere(up: LocalCloud, verb: Callable[..., tuple[int, str, str]]) -> None:
    """Its function and its native resources call the service in the stack's account and Region."""
    cloudformation = up.client("cloudformation", place=ELSEWHERE)
    stack = cloudformation.create_stack(StackName="Elsewhere", TemplateBody=template(Id={"Ref": "Thing"}))["StackId"]
    assert stack.startswith(f"arn:aws:cloudformation:{ELSEWHERE.region}:{ELSEWHERE.account}:")
    cloudformation.get_waiter("stack_create_complete").wait(StackName="Elsewhere", WaiterConfig={"Delay": 1})
    resources = cloudformation.describe_stack_resources(StackName="Elsewhere")["StackResources"]
    ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
    service = up.client("pinpoint-sms-voice-v2", place=ELSEWHERE)
    assert service.describe_registrations(RegistrationIds=[ids["Thing"]])["Registrations"]
    assert service.describe_rcs_agents(RcsAgentIds=[ids["Number"]])["RcsAgents"]

    # What it logged, as Lambda logs it: in the file of the run, by the verb, and in CloudWatch Logs.
    [line] = [each for each in logs.lines([up.log.parent]) if each.get("message") == "registering"]
    assert (line["level"], line["logger"], line["logicalResourceId"], line["@log"]) == ("INFO", "own", "Thing", "logs")
    assert line["requestId"]
    query = 'fields message, logicalResourceId | filter logicalResourceId = "Thing" and level = "INFO"'
    assert verb("logs", query)[1].splitlines() == ["registering  Thing"]
    logged = up.client("logs", place=ELSEWHERE).filter_log_events(logGroupName="logs")["events"]
    assert any(json.loads(each["message"]).get("message") == "registering" for each in logged)

    # An output is a change that CloudFormation deploys.
    def change(body: str) -> str:
        names = {"StackName": "Elsewhere", "ChangeSetName": f"change-{len(body)}"}
        cloudformation.create_change_set(**names, TemplateBody=body)
        status = cloudformation.describe_change_set(**names)["Status"]
        if status == "CREATE_COMPLETE":
            cloudformation.execute_change_set(**names)
            cloudformation.get_waiter("stack_update_complete").wait(StackName="Elsewhere", WaiterConfig={"Delay": 1})
        return str(status)

    body = template(Id={"Ref": "Thing"}, New="new")
    assert change(body) == "CREATE_COMPLETE"
    [described] = cloudformation.describe_stacks(StackName="Elsewhere")["Stacks"]
    assert {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]} == {
        "Id": ids["Thing"],
        "New": "new",
    }
    assert change(body + " ") == "FAILED"


def test_secrets_and_parameters(
    up: LocalCloud, verb: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("first", "second"):
        for name in ("secret", "parameter"):
            monkeypatch.setattr("sys.stdin", io.StringIO(f"{value}\n"))
            code, arn, _ = verb(name, "/sms/tax-id")
            assert (code, arn.startswith("arn:aws:")) == (0, True)
        assert up.client("secretsmanager").get_secret_value(SecretId="/sms/tax-id")["SecretString"] == value
        parameter = up.client("ssm").get_parameter(Name="/sms/tax-id", WithDecryption=True)["Parameter"]
        assert (parameter["Type"], parameter["Value"]) == ("SecureString", value)

    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    code, _, said = verb("secret", "/sms/tax-id")
    assert (code, "has no value" in said) == (1, True)
    assert up.client("secretsmanager").get_secret_value(SecretId="/sms/tax-id")["SecretString"] == "second"


def test_help_of_review_names_its_actions_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["review", "--help"])
    text = capsys.readouterr().out
    assert "require-authentication  A person must reply to an e-mail" in text
    assert "--reason TEXT" in text
    with pytest.raises(SystemExit):
        cli.main(["review", "deniy", "registration-1"])
    assert "'deny'" in capsys.readouterr().err
