"""CloudFormation's rules for custom resources, through the API of a running cloud."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from local_cloud import toolchain
from local_cloud.cloud import LocalCloud
from local_cloud.server import ministack_names

pytestmark = pytest.mark.local_cloud

INVENTED = r"{stack}-Thing-[A-Z0-9]{{12}}"


def kinds(requests: list[dict[str, Any]]) -> list[str]:
    return [request["type"] for request in requests]


def test_ministack_has_every_name_that_the_rules_replace() -> None:
    python = toolchain.ministack_python(toolchain.HOME, print)
    folder = str(Path(ministack_names.__file__).parents[2])
    command = [str(python), "-m", "local_cloud.server", "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": folder})
    assert checked.stdout.strip() == "[]"


def test_missing_names_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ministack_names, "NAMES", {"json": ("dumps", "gone"), "no_such_module": ("name",)})
    assert ministack_names.missing_names() == ["json.gone", "no_such_module"]


def test_request_has_what_cloudformation_sends(stack: Any) -> None:
    assert stack.create({"Thing": {"Number": 3, "Flag": True, "List": [1, {"a": False}], "ServiceTimeout": 60}}) == (
        "CREATE_COMPLETE"
    )
    [request] = stack.requests()
    properties = request["event"]["ResourceProperties"]
    assert (properties["Number"], properties["Flag"], properties["List"]) == ("3", "true", ["1", {"a": "false"}])
    assert request["event"]["ServiceTimeout"] == "60"
    assert "X-Amz-Date=" in request["event"]["ResponseURL"]


def test_statuses_are_current_while_the_function_runs(stack: Any) -> None:
    thing = {"Create": "describe", "Update": "describe", "Delete": "describe"}
    stack.create({"Thing": {**thing, "Name": "first"}})
    stack.update({"Thing": {**thing, "Name": "second"}})
    assert stack.update({"Thing": {**thing, "Name": "second", "Update": "describe fail"}}) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.delete() == "DELETE_COMPLETE"
    seen = [
        (
            request["type"],
            request["data"]["StackStatus"],
            request["data"]["ResourceStatus"],
            request["data"]["ResourceId"],
        )
        for request in stack.requests()
    ]
    assert seen == [
        ("Create", "CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", ""),
        ("Update", "UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "first"),
        ("Delete", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_COMPLETE", "second"),
        ("Update", "UPDATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "second"),
        ("Update", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_IN_PROGRESS", "second"),
        ("Delete", "DELETE_IN_PROGRESS", "DELETE_IN_PROGRESS", "second"),
    ]


def test_failed_create_is_deleted_with_its_responses_id(stack: Any) -> None:
    assert stack.create({"Thing": {"Create": "fail", "Name": "half-made"}}) == "ROLLBACK_COMPLETE"
    assert [(request["type"], request["id"]) for request in stack.requests()] == [
        ("Create", None),
        ("Delete", "half-made"),
    ]
    assert stack.requests()[1]["stack"] == "ROLLBACK_IN_PROGRESS"


def test_create_without_response_is_deleted_with_a_generated_id(stack: Any) -> None:
    assert stack.create({"Thing": {"Create": "silent", "ServiceTimeout": 1}}) == "ROLLBACK_COMPLETE"
    _, deleted = stack.requests()
    assert re.fullmatch(INVENTED.format(stack=stack.name), deleted["id"])


def test_failed_create_in_an_update_is_deleted_in_the_cleanup(stack: Any) -> None:
    stack.create({"Other": {}})
    assert stack.update({"Other": {}, "Thing": {"Create": "fail", "Name": "half-made"}}) == "UPDATE_ROLLBACK_COMPLETE"
    assert [(request["type"], request["id"]) for request in stack.requests()] == [
        ("Create", None),
        ("Delete", "half-made"),
    ]
    resources = stack.cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    assert {resource["LogicalResourceId"] for resource in resources} == {"Function", "Other"}


def test_failed_delete_fails_the_stack(stack: Any) -> None:
    stack.create({"Thing": {"Delete": "fail"}})
    assert stack.delete() == "DELETE_FAILED"


def test_a_delete_that_failed_can_be_repeated_because_its_function_stays(stack: Any) -> None:
    stack.create({"Thing": {"Delete": "fail"}})
    assert [stack.delete(), stack.delete()] == ["DELETE_FAILED", "DELETE_FAILED"]
    assert kinds(stack.requests()) == ["Create", "Delete", "Delete"]
    resources = stack.cloudformation.describe_stack_resources(StackName=stack.name)["StackResources"]
    assert {each["LogicalResourceId"]: each["ResourceStatus"] for each in resources} == {
        "Function": "CREATE_COMPLETE",
        "Thing": "DELETE_FAILED",
    }
    stack_id = stack.describe()["StackId"]
    stack.cloudformation.delete_stack(StackName=stack.name, RetainResources=["Thing"])
    assert stack.settle(stack_id) == "DELETE_COMPLETE"


def test_crashing_function_is_invoked_three_times(stack: Any) -> None:
    assert stack.create({"Thing": {"Create": "crash", "ServiceTimeout": 4}}) == "ROLLBACK_COMPLETE"
    logs = stack.cloud.client("logs").filter_log_events(logGroupName=f"logs-of-{stack.name}")["events"]
    starts = [event for event in logs if "platform.start" in event["message"]]
    assert len(starts) == 3 + 1  # and the Delete
    assert kinds(stack.requests()) == ["Create", "Delete"]


def test_killed_function_runs_again_without_a_duplicate(stack: Any) -> None:
    service = stack.cloud.client("pinpoint-sms-voice-v2")
    before = {one["RegistrationId"] for one in service.describe_registrations()["Registrations"]}
    stack.cloud.kill_lambda_after("CreateRegistration")
    assert stack.create({"Thing": {"Create": "register"}}) == "CREATE_COMPLETE"
    after = {one["RegistrationId"] for one in service.describe_registrations()["Registrations"]}
    [made] = after - before
    [resource] = stack.cloudformation.describe_stack_resources(StackName=stack.name, LogicalResourceId="Thing")[
        "StackResources"
    ]
    assert resource["PhysicalResourceId"] == made
    logs = stack.cloud.client("logs").filter_log_events(logGroupName=f"logs-of-{stack.name}")["events"]
    assert len([event for event in logs if "platform.start" in event["message"]]) == 2


def test_canceled_create_is_deleted_while_it_runs(stack: Any) -> None:
    stack.cloud.cancel_after("CreateRegistration")
    assert stack.create({"Thing": {"Create": "register wait describe"}}) == "ROLLBACK_COMPLETE"
    assert "Resource creation cancelled" in stack.reasons()
    _, deleted = stack.requests()
    assert re.fullmatch(INVENTED.format(stack=stack.name), deleted["id"])
    deadline = time.monotonic() + 20
    while not stack.requests()[0]["data"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert stack.requests()[0]["data"]["StackStatus"] == "ROLLBACK_COMPLETE"


def test_waiting_request_can_be_canceled_by_name(stack: Any) -> None:
    assert not stack.cloud.cancel(stack.name, "Thing")
    creation = threading.Thread(target=stack.create, args=({"Thing": {"Create": "wait wait wait"}},))
    creation.start()
    while not stack.requests():
        time.sleep(0.05)
    assert stack.cloud.cancel(stack.name, "Thing")
    creation.join()
    assert stack.describe()["StackStatus"] == "ROLLBACK_COMPLETE"


REPLACED = {"Thing": {"Name": "old"}, "Later": {}}
FAILING = {"Thing": {"Name": "new", "Update": "describe"}, "Later": {"Update": "fail"}}


def test_rollback_of_a_replacement_deletes_the_new_id(stack: Any) -> None:
    stack.create(REPLACED)
    assert stack.update(FAILING) == "UPDATE_ROLLBACK_COMPLETE"
    assert [(request["type"], request["id"]) for request in stack.requests()] == [
        ("Create", None),
        ("Update", "old"),
        ("Delete", "new"),
    ]


def test_rollback_of_a_replacement_can_send_an_update_first(make_stack: Any) -> None:
    with LocalCloud(replacement_rollback="update", retry_delay=0.2) as cloud:
        stack = make_stack(cloud)
        stack.create(REPLACED)
        assert stack.update(FAILING) == "UPDATE_ROLLBACK_COMPLETE"
        assert [(request["type"], request["id"], request["stack"]) for request in stack.requests()] == [
            ("Create", None, "CREATE_IN_PROGRESS"),
            ("Update", "old", "UPDATE_IN_PROGRESS"),
            ("Update", "new", "UPDATE_ROLLBACK_IN_PROGRESS"),
            ("Delete", "new", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ]
        [resource] = stack.cloudformation.describe_stack_resources(StackName=stack.name, LogicalResourceId="Thing")[
            "StackResources"
        ]
        assert resource["PhysicalResourceId"] == "old"


def exporting(name: str, value: str) -> dict[str, Any]:
    return {"Export": {"Value": value, "Export": {"Name": name}}}


def importing(name: str) -> dict[str, Any]:
    parameter = {"Type": "String", "Value": {"Fn::ImportValue": name}}
    return {"Parameter": {"Type": "AWS::SSM::Parameter", "Properties": parameter}}


def test_export_in_use_is_neither_changed_nor_removed(stack: Any, another_stack: Any) -> None:
    name = f"{stack.name}:id"
    stack.create({}, exporting(name, "one"))
    another_stack.create(importing(name))

    in_use = f"export {name} as it is in use by {another_stack.name}"
    assert stack.update({"Thing": {}}, exporting(name, "two")) == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Cannot update {in_use}" in stack.reasons()
    assert kinds(stack.requests()) == ["Create", "Delete"]
    assert stack.update({}, {"Plain": {"Value": "no export"}}) == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Cannot delete {in_use}" in stack.reasons()
    assert stack.delete() == "UPDATE_ROLLBACK_COMPLETE"
    assert f"Delete canceled. Cannot delete {in_use}" in stack.reasons()
    assert stack.outputs() == {"Export": "one"}

    another_stack.delete()
    assert stack.update({}, {"Plain": {"Value": "no export"}}) == "UPDATE_COMPLETE"
    exports = stack.cloudformation.list_exports()["Exports"]
    assert name not in {export["Name"] for export in exports}
    assert stack.delete() == "DELETE_COMPLETE"


def test_export_name_belongs_to_one_stack(stack: Any, another_stack: Any) -> None:
    name = f"{stack.name}:id"
    stack.create({}, exporting(name, "one"))
    assert another_stack.create({}, exporting(name, "two")) == "ROLLBACK_COMPLETE"
    assert f"Export with name {name} is already exported by stack {stack.name}" in another_stack.reasons()


def test_output_of_another_stack_is_read_without_an_export(stack: Any, another_stack: Any) -> None:
    stack.create({}, {"Id": {"Value": "one"}})
    value = {"Fn::GetStackOutput": {"StackName": stack.name, "OutputName": "Id", "Region": "us-east-1"}}
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}
    another_stack.create({"Parameter": parameter}, {"Name": {"Value": {"Ref": "Parameter"}}})
    name = another_stack.outputs()["Name"]
    assert stack.cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == "one"


def test_native_resources_are_created_replaced_and_deleted(stack: Any) -> None:
    service = stack.cloud.client("pinpoint-sms-voice-v2")

    def resources(registration_type: str, number_type: str) -> dict[str, Any]:
        keywords = {name: {"Message": "Example Corp"} for name in ("HELP", "STOP")}
        number = {
            "IsoCountryCode": "US",
            "NumberType": number_type,
            "NumberCapabilities": ["SMS"],
            "MandatoryKeywords": keywords,
        }
        return {
            "Registration": {
                "Type": "AWS::SMSVOICE::Registration",
                "Properties": {"RegistrationType": registration_type, "Tags": [{"Key": "team", "Value": "growth"}]},
            },
            "Number": {"Type": "AWS::SMSVOICE::PhoneNumber", "Properties": number},
            "Agent": {"Type": "AWS::SMSVOICE::RcsAgent"},
        }

    def found() -> tuple[set[str], set[str], set[str]]:
        return (
            {one["RegistrationArn"] for one in service.describe_registrations(MaxResults=100)["Registrations"]},
            {one["PhoneNumberId"] for one in service.describe_phone_numbers(MaxResults=100)["PhoneNumbers"]},
            {one["RcsAgentArn"] for one in service.describe_rcs_agents(MaxResults=100)["RcsAgents"]},
        )

    before = found()
    outputs = {
        **{name: {"Value": {"Ref": name}} for name in ("Registration", "Number", "Agent")},
        "Version": {"Value": {"Fn::GetAtt": ["Registration", "CurrentVersionNumber"]}},
    }

    def made() -> tuple[set[str], set[str], set[str]]:
        values = stack.outputs()
        assert values["Version"] == "1"
        return {values["Registration"]}, {values["Number"]}, {values["Agent"]}

    def new() -> tuple[set[str], ...]:
        return tuple(now - then for now, then in zip(found(), before, strict=True))

    assert stack.create(resources("US_TOLL_FREE_REGISTRATION", "TOLL_FREE"), outputs) == "CREATE_COMPLETE"
    first = made()
    assert new() == first

    assert stack.update(resources("US_TEN_DLC_BRAND_REGISTRATION", "TEN_DLC"), outputs) == "UPDATE_COMPLETE"
    second = made()
    assert new() == second
    assert (first[0] & second[0], first[1] & second[1], first[2]) == (set(), set(), second[2])

    wrong = resources("NO_SUCH_REGISTRATION", "LONG_CODE")
    assert stack.update(wrong, outputs) == "UPDATE_ROLLBACK_COMPLETE"
    assert "HandlerErrorCode: " in " ".join(stack.reasons())
    assert new() == second

    assert stack.delete() == "DELETE_COMPLETE"
    assert found() == before
