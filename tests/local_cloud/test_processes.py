"""No process is left, however a run ends, and the next run has the state of the former one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud.cloud import LocalCloud
from local_cloud.toolchain import LocalCloudError

pytestmark = pytest.mark.local_cloud

ROOT = Path(__file__).resolve().parents[2] / "testing"
TCP = Path("/proc/net/tcp")


def processes() -> list[tuple[int, int, int]]:
    """(process, parent, group) of every process."""
    listed = subprocess.run(["ps", "-axo", "pid=,ppid=,pgid="], capture_output=True, text=True, check=True).stdout
    return [(int(pid), int(parent), int(group)) for pid, parent, group in map(str.split, listed.splitlines())]


def groups_of_children(parent: int) -> set[int]:
    return {group for _, its_parent, group in processes() if its_parent == parent and group != parent}


def members(groups: set[int]) -> set[int]:
    return {process for process, _, group in processes() if group in groups}


def wait_until_gone(groups: set[int]) -> set[int]:
    deadline = time.monotonic() + 20
    while members(groups) and time.monotonic() < deadline:
        time.sleep(0.1)
    return members(groups)


def restore_signals() -> None:
    """With nohup, or in the background of a script, some signals are ignored, and child processes inherit that."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "local_cloud", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=restore_signals,
    )


# Creates a stack whose function runs for a long time, prints a line, and waits.
BUSY = """
import json, sys, time, boto3, pathlib
template = {
    "Resources": {
        "Function": {"Type": "AWS::Lambda::Function", "Properties": {
            "Runtime": "python3.12", "Handler": "index.handler", "Timeout": 600, "Role": "arn:aws:iam::111122223333:role/r",
            "Code": {"ZipFile": "import time\\ndef handler(event, context):\\n    time.sleep(600)\\n"}}},
        "Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": ["Function", "Arn"]}}},
    }
}
boto3.client("cloudformation").create_stack(StackName="Busy", TemplateBody=json.dumps(template))
logs = pathlib.Path(sys.argv[1])
while "Lambda worker spawned for" not in logs.read_text():
    time.sleep(0.05)
print("busy", flush=True)
time.sleep(600)
"""


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A `run` whose command waits while a Lambda function runs."""
    log = tmp_path / "state" / "logs" / "latest" / "ministack.log"
    process = start("run", "--state", str(tmp_path / "state"), "--", sys.executable, "-c", BUSY, str(log))
    assert process.stdout
    assert process.stdout.readline().strip() == "busy"
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_signal_ends_every_process(busy: subprocess.Popen[str], number: signal.Signals, tmp_path: Path) -> None:
    groups = groups_of_children(busy.pid)
    assert len(groups) == 2  # the server's and the command's
    assert len(members(groups)) >= 4  # ministack, the fake service, the function's worker, the command
    busy.send_signal(number)
    busy.wait(120)
    assert wait_until_gone(groups) == set()
    assert busy.returncode == (-number if number is signal.SIGKILL else 128 + number)
    # The interrupted operation can be continued.
    with LocalCloud(state=tmp_path / "state") as cloud:
        cloudformation = cloud.client("cloudformation")
        [stack] = cloudformation.describe_stacks()["Stacks"]
        assert stack["StackStatus"] == "ROLLBACK_FAILED"
        resources = cloudformation.describe_stack_resources(StackName="Busy", LogicalResourceId="Thing")[
            "StackResources"
        ]
        assert resources[0]["PhysicalResourceId"].startswith("Busy-Thing-")  # for the later Delete


@pytest.mark.parametrize(("command", "code"), [("pass", 0), ("raise SystemExit(7)", 7)])
def test_exit_code_is_passed_on_and_no_process_is_left(command: str, code: int, tmp_path: Path) -> None:
    process = start(
        "run", "--state", str(tmp_path), "--", sys.executable, "-c", f"import time; time.sleep(1); {command}"
    )
    groups: set[int] = set()
    while process.poll() is None:
        groups |= groups_of_children(process.pid)
        time.sleep(0.1)
    process.communicate()
    assert process.returncode == code
    assert groups
    assert wait_until_gone(groups) == set()


def test_up_prints_the_variables_to_export(tmp_path: Path) -> None:
    process = start("up", "--state", str(tmp_path))
    assert process.stdout
    line = ""
    while "AWS_ENDPOINT_URL=" not in line:
        line = process.stdout.readline()
        assert line, "ended without an endpoint"
    assert line.startswith("export AWS_ENDPOINT_URL=https://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "not AWS" in errors


def test_up_prints_the_variables_as_json(tmp_path: Path) -> None:
    process = start("up", "--state", str(tmp_path), "--json")
    assert process.stdout
    text = ""
    while not text.endswith("\n}\n"):
        line = process.stdout.readline()
        assert line, "ended without the variables"
        text += line
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=120)
    assert json.loads(text)["variables"]["AWS_ENDPOINT_URL"].startswith("https://127.0.0.1:")


@pytest.mark.parametrize("verb", ["run", "cdk"])
def test_what_another_program_prints_is_not_json(verb: str, tmp_path: Path) -> None:
    process = start(verb, "--json", "--state", str(tmp_path), "--", "true")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "is that of the program which it runs" in errors


def test_missing_command_is_reported(tmp_path: Path) -> None:
    process = start("run", "--state", str(tmp_path), "--", "no-such-command")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "cannot run 'no-such-command'" in errors
    assert "Traceback" not in errors


def test_fake_service_that_does_not_start_is_reported() -> None:
    command = [sys.executable, "-c", "raise SystemExit('no such backend')"]
    with pytest.raises(LocalCloudError, match=r"fake service ended with exit code 1(.|\n)*The whole log: "):
        LocalCloud(fake_command=command).__enter__()


@pytest.mark.skipif(not TCP.exists(), reason="only Linux lists the sockets of a process; macOS needs root for that")
def test_servers_listen_on_loopback_only(local_cloud: LocalCloud) -> None:
    """No process of the cloud listens on 443, on 4566 or on another interface."""
    pids = members(groups_of_children(os.getpid()))
    listening = listening_sockets(pids)
    assert {address for address, _ in listening} == {"127.0.0.1"}
    ports = {int(local_cloud.endpoint_url.rpartition(":")[2]), int(local_cloud.fake_url.rpartition(":")[2])}
    assert {port for _, port in listening} >= ports
    assert not {443, 4566} & {port for _, port in listening}


def listening_sockets(pids: set[int]) -> set[tuple[str, int]]:
    links = [link for pid in pids for link in Path(f"/proc/{pid}/fd").glob("*")]
    inodes = set()
    for link in links:
        with contextlib.suppress(FileNotFoundError):  # closed in the meantime
            target = str(link.readlink())
            inodes |= {target[8:-1]} if target.startswith("socket:[") else set()
    found = set()
    for table in (TCP, TCP.with_name("tcp6")):
        for row in table.read_text().splitlines()[1:]:
            fields = row.split()
            if fields[3] == "0A" and fields[9] in inodes:
                address, port = fields[1].split(":")
                raw = bytes.fromhex(address)[::-1]
                found.add((socket.inet_ntoa(raw) if len(raw) == 4 else "v6", int(port, 16)))
    return found


def test_state_is_locked_against_a_second_cloud(tmp_path: Path) -> None:
    with LocalCloud(state=tmp_path), pytest.raises(LocalCloudError, match="another local cloud is using"):
        LocalCloud(state=tmp_path).__enter__()


def test_only_the_owner_can_read_the_state(tmp_path: Path, make_stack: Any) -> None:
    """It holds the values of forms, secrets and parameters."""
    state = tmp_path / "new"
    with LocalCloud(state=state) as cloud:
        assert make_stack(cloud).create({"Thing": {"Create": "register"}}) == "CREATE_COMPLETE"
        cloud.client("secretsmanager").create_secret(Name="hush", SecretString="hush")

    files = [path for path in state.rglob("*") if path.is_file() and path.name != "lock"]
    assert {"ministack.log", "sms-voice.json"} < {path.name for path in files}
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
    assert oct(state.stat().st_mode & 0o777) == "0o700"


def test_state_is_kept_between_runs(tmp_path: Path, make_stack: Any) -> None:
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Thing"}}}
    topic = {"Type": "AWS::SNS::Topic", "Properties": {}}
    secret = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": "hush"}}
    rule = {"Type": "AWS::Events::Rule", "Properties": {"ScheduleExpression": "rate(1 day)"}}
    resources = {"Thing": {"Create": "register"}, "P": parameter, "T": topic, "S": secret, "R": rule}
    outputs = {
        "Id": {"Value": {"Ref": "Thing"}, "Export": {"Name": "id"}},
        "Parameter": {"Value": {"Ref": "P"}},
        "Secret": {"Value": {"Ref": "S"}},
    }
    with LocalCloud(state=tmp_path) as cloud:
        stack = make_stack(cloud)
        assert stack.create(resources, outputs) == "CREATE_COMPLETE"
        made = stack.outputs()
        storage = cloud.client("s3")
        storage.create_bucket(Bucket="assets")
        storage.put_object(Bucket="assets", Key="a/b.zip", Body=b"\x00\xff")

    with LocalCloud(state=tmp_path) as cloud:
        stack = stack.on(cloud)
        assert stack.outputs() == made
        assert [export["Name"] for export in stack.cloudformation.list_exports()["Exports"]] == ["id"]
        found = cloud.client("pinpoint-sms-voice-v2").describe_registrations()["Registrations"]
        assert [one["RegistrationId"] for one in found] == [made["Id"]]
        assert cloud.client("ssm").get_parameter(Name=made["Parameter"])["Parameter"]["Value"] == made["Id"]
        assert cloud.client("secretsmanager").get_secret_value(SecretId=made["Secret"])["SecretString"] == "hush"
        assert cloud.client("s3").get_object(Bucket="assets", Key="a/b.zip")["Body"].read() == b"\x00\xff"
        assert len(cloud.client("events").list_rules()["Rules"]) == 1
        assert len(cloud.client("sns").list_topics()["Topics"]) == 1
        logged = cloud.client("logs").filter_log_events(logGroupName=f"logs-of-{stack.name}")["events"]
        assert any("Create" in event["message"] for event in logged)
        # The function works, and the custom resource is the same one.
        resources["Thing"] = {"Create": "register", "Update": "succeed", "Name": made["Id"]}
        assert stack.update(resources, outputs) == "UPDATE_COMPLETE"
        assert [(request["type"], request["id"]) for request in stack.requests()] == [("Update", made["Id"])]
        assert stack.delete() == "DELETE_COMPLETE"
