"""The examples on the local cloud: deployed with the real CDK CLI, then taken through the steps in their documentation."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aws_cdk")

from local_cloud.cloud import LocalCloud
from support.write_rate import raise_write_rate

pytestmark = pytest.mark.local_cloud

ROOT = Path(__file__).parents[2]
FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
STACKS = {"rcs_test_agent": "RcsTestAgent", "sender_id": "SenderId", "toll_free": "TollFree"}
# One app for all examples, so that the CDK and its CLI start once.
SYNTHESIS = """
import runpy, sys
import aws_cdk as cdk

app = cdk.App()
synthesize, app.synth = app.synth, lambda: None
cdk.App = lambda: app
for script in sys.argv[1:]:
    runpy.run_path(script, run_name="__main__")
synthesize()
"""
RATE = 50  # requests per second, instead of one


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthesized examples, with a function that writes as fast as this test's service accepts."""
    folder = tmp_path_factory.mktemp("assembly")
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(folder),
        "CDK_CONTEXT_JSON": json.dumps(FLAGS),
        "CDK_VALIDATION": "false",
    }
    scripts = [str(ROOT / "examples" / name / "app.py") for name in STACKS]
    subprocess.run([sys.executable, "-c", SYNTHESIS, *scripts], env=environment, check=True)
    raise_write_rate(folder, RATE)
    return folder


@pytest.fixture(scope="module")
def cloud(assembly: Path) -> Iterator[LocalCloud]:
    """A separate cloud, with the examples deployed. `test_watch_story.py` has the 10DLC example."""
    with LocalCloud(rate=RATE) as cloud:
        command = ("deploy", "--all", "--concurrency", "4", "--require-approval", "never", "--method", "direct")
        deployed = cloud.cdk(*command, app=assembly, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert deployed.returncode == 0, deployed.stdout
        yield cloud


class Example:
    """A deployed example. It is updated through CloudFormation's API, which is seconds faster than the CLI."""

    def __init__(self, name: str, cloud: LocalCloud, assembly: Path) -> None:
        self.cloud, self.name = cloud, STACKS[name]
        self.service = cloud.client("pinpoint-sms-voice-v2")
        self.cloudformation = cloud.client("cloudformation")
        self.template = json.loads((assembly / f"{self.name}.template.json").read_text())
        self._calls_seen = 0

    def form(self, field: str) -> dict[str, Any]:
        """The properties of the form that has this field; a test may change them."""
        resources = self.template["Resources"].values()
        forms = [each["Properties"] for each in resources if each["Type"] == "Custom::SmsRegistrationForm"]
        [form] = [form for form in forms if field in form["Fields"]]
        return form

    def update(self) -> str:
        """Deploy the changed template, and return the status of the stack."""
        self._calls_seen = len(self.cloud.service_calls())
        self.cloudformation.update_stack(
            StackName=self.name, TemplateBody=json.dumps(self.template), Capabilities=["CAPABILITY_IAM"]
        )
        return self._settle(self.name)

    def delete(self) -> str:
        """Delete the stack, and return its last status."""
        stack_id = self._describe(self.name)["StackId"]
        self.cloudformation.delete_stack(StackName=stack_id)
        return self._settle(stack_id)

    def _settle(self, name: str) -> str:
        while True:
            status: str = self._describe(name)["StackStatus"]
            if not status.endswith("_IN_PROGRESS"):
                return status
            time.sleep(0.05)

    def _describe(self, name: str) -> dict[str, Any]:
        stack: dict[str, Any] = self.cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        return stack

    def reasons(self) -> str:
        events = self.cloudformation.describe_stack_events(StackName=self.name)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)

    def output(self, name: str) -> str:
        outputs = {each["OutputKey"]: each["OutputValue"] for each in self._describe(self.name)["Outputs"]}
        return outputs[name]

    def calls(self) -> Counter[str]:
        """The calls of the functions in the last update, without throttled ones."""
        calls = self.cloud.service_calls()[self._calls_seen :]
        return Counter(str(call["operation"]) for call in calls if call["error"] is None)

    def writes(self) -> dict[str, int]:
        return {name: count for name, count in self.calls().items() if not name.startswith(("Describe", "List"))}

    def version(self, registration_id: str) -> tuple[int, str]:
        versions = self.service.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"]
        current = max(versions, key=lambda version: version["VersionNumber"])
        return current["VersionNumber"], current["RegistrationVersionStatus"]

    def values(self, registration_id: str) -> dict[str, Any]:
        response = self.service.describe_registration_field_values(RegistrationId=registration_id, MaxResults=100)
        return {
            value["FieldPath"]: value.get("TextValue")
            or value.get("SelectChoices")
            or value.get("RegistrationAttachmentId")
            for value in response["RegistrationFieldValues"]
        }

    def associated(self, registration_id: str) -> list[str]:
        response = self.service.list_registration_associations(RegistrationId=registration_id)
        return [one["ResourceId"] for one in response["RegistrationAssociations"]]


@pytest.fixture
def example(request: pytest.FixtureRequest, cloud: LocalCloud, assembly: Path) -> Example:
    return Example(request.param, cloud, assembly)


def of(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", [name], indirect=True)


class ReceivedEvents:
    """A queue that subscribes to a stack's topic."""

    def __init__(self, example: Example) -> None:
        sns, self._sqs = example.cloud.client("sns"), example.cloud.client("sqs")
        [topic] = [each["TopicArn"] for each in sns.list_topics()["Topics"] if f":{example.name}-" in each["TopicArn"]]
        self._url = self._sqs.create_queue(QueueName=f"ReceivedEvents-of-{example.name}")["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]
        sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=attributes["QueueArn"],
            Attributes={"RawMessageDelivery": "true"},
        )

    def read(self) -> list[tuple[str, str]]:
        """Return the registration and status of each new event."""
        found = []
        for message in self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", []):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
            event = json.loads(message["Body"])
            assert event["detail-type"] == "Registration Status Change"
            details = event["detail"]["registrationDetails"]
            found.append((details["registrationId"], details["currentStatus"]))
        return found


@of("toll_free")
def test_toll_free_form_is_denied_and_resubmitted(example: Example) -> None:
    registration_id = example.output("RegistrationId")
    form = example.form("messageSamples.messageSample1")
    every = form["Fields"].keys()
    assert example.version(registration_id) == (1, "SUBMITTED")
    assert example.values(registration_id).keys() == every
    [number_id] = example.associated(registration_id)
    [number] = example.service.describe_phone_numbers(PhoneNumberIds=[number_id])["PhoneNumbers"]
    assert number["PhoneNumber"] == example.output("PhoneNumber")
    received = ReceivedEvents(example)

    # Not yet in review: the version is discarded, and the form is filled in and submitted again.
    form["Fields"]["messageSamples.messageSample1"] = "Example Corp: your code is 482913. Reply STOP to opt out."
    assert example.update() == "UPDATE_COMPLETE"
    assert example.writes() == {
        "DiscardRegistrationVersion": 1,
        "CreateRegistrationVersion": 1,
        "PutRegistrationFieldValue": len(every),
        "SubmitRegistrationVersion": 1,
        "TagResource": 1,  # the digest of what is submitted
    }
    assert example.version(registration_id) == (2, "SUBMITTED")

    # In review: the form is locked, and nothing is written.
    example.cloud.review("start", registration_id)
    former = form["Fields"]["contactInfo.firstName"]
    form["Fields"]["contactInfo.firstName"] = "Lucia"
    assert example.update() == "UPDATE_ROLLBACK_COMPLETE"
    assert "cannot be changed until its review ends" in example.reasons()
    assert example.writes() == {}
    assert example.version(registration_id) == (2, "REVIEWING")
    assert example.values(registration_id)["contactInfo.firstName"] == former
    assert received.read() == []

    example.cloud.review("deny", registration_id, "--field", "contactInfo.firstName=Is nobody of this company")
    assert received.read() == [(registration_id, "REQUIRES_UPDATES")]

    # Corrected without submitting it: a draft, in which one changed text is one write.
    form["Submit"] = False
    assert example.update() == "UPDATE_COMPLETE"
    assert example.version(registration_id) == (3, "DRAFT")
    assert example.values(registration_id).keys() == every
    form["Fields"]["contactInfo.lastName"] = "Moreno"
    assert example.update() == "UPDATE_COMPLETE"
    assert example.writes() == {"PutRegistrationFieldValue": 1}

    form["Submit"] = True
    assert example.update() == "UPDATE_COMPLETE"
    assert example.writes() == {"SubmitRegistrationVersion": 1, "TagResource": 1}
    assert example.version(registration_id) == (3, "SUBMITTED")
    assert example.values(registration_id)["contactInfo.lastName"] == "Moreno"
    assert example.associated(registration_id) == [number_id]


@of("sender_id")
def test_sender_id_appears_on_approval_of_its_registration(example: Example) -> None:
    registration_id = example.output("RegistrationId")
    assert example.version(registration_id) == (1, "SUBMITTED")

    example.cloud.review("approve", registration_id)
    [sender_id] = example.service.describe_sender_ids()["SenderIds"]
    assert (sender_id["SenderId"], sender_id["IsoCountryCode"]) == ("EXAMPLE", "ID")


@of("rcs_test_agent")
def test_rcs_agent_is_tested_and_deleted_with_its_stack(example: Example) -> None:
    registration_id, agent_id = example.output("RegistrationId"), example.output("AgentId")
    assert example.version(registration_id) == (1, "SUBMITTED")
    assert example.associated(registration_id) == [agent_id]

    example.cloud.review("approve", registration_id)
    [agent] = example.service.describe_rcs_agents(RcsAgentIds=[agent_id])["RcsAgents"]
    assert agent["Status"] == "TESTING"

    assert example.delete() == "DELETE_COMPLETE"
    assert example.service.describe_rcs_agents()["RcsAgents"] == []
