"""The examples on the local cloud: deployed by the command in their header, then approved, denied, changed and deleted."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aws_cdk")

from local_cloud.assembly import Place
from local_cloud.cloud import LocalCloud
from sms_registration_rules import news
from support.commands import CDK_OPTIONS
from support.examples import EXAMPLES, deploy

pytestmark = pytest.mark.local_cloud

RATE = 50  # requests per second, instead of one
REGIONS = ("us-east-1", "us-west-2")  # those of the fleet


@pytest.fixture(scope="module")
def cloud() -> Iterator[LocalCloud]:
    """A cloud for all examples. `test_watch_story.py` has the 10DLC example."""
    with LocalCloud(rate=RATE) as cloud:
        cloud.bootstrap([Place(cloud.account, region) for region in REGIONS])
        yield cloud


class Example:
    """A deployed example. It is updated through CloudFormation's API, which is seconds faster than the CLI."""

    def __init__(self, cloud: LocalCloud, name: str, region: str | None = None) -> None:
        region = region or cloud.region
        self.cloud, self.name = cloud, name
        self.service = cloud.client("pinpoint-sms-voice-v2", region_name=region)
        self.cloudformation = cloud.client("cloudformation", region_name=region)
        template = self.cloudformation.get_template(StackName=name)["TemplateBody"]
        self.template = json.loads(template) if isinstance(template, str) else template
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

    def registration(self, registration_id: str) -> dict[str, Any]:
        [found] = self.service.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
        return dict(found)

    def registration_of(self, logical_id: str) -> str:
        """The ID of the registration whose logical ID begins like this."""
        resources = self.cloudformation.describe_stack_resources(StackName=self.name)["StackResources"]
        [found] = [
            each["PhysicalResourceId"]
            for each in resources
            if each["ResourceType"] == "Custom::SmsRegistration" and each["LogicalResourceId"].startswith(logical_id)
        ]
        return str(found)

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


def test_toll_free_form_is_denied_and_resubmitted_and_its_number_stays(cloud: LocalCloud, tmp_path: Path) -> None:
    deploy(cloud, EXAMPLES["toll_free"], tmp_path, RATE)
    example = Example(cloud, "TollFree")
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

    example.cloud.review("approve", registration_id)
    assert example.delete() == "DELETE_COMPLETE"
    assert example.registration(registration_id)["RegistrationStatus"] == "COMPLETE"
    assert example.associated(registration_id) == [number_id]
    [kept] = example.service.describe_phone_numbers(PhoneNumberIds=[number_id])["PhoneNumbers"]
    assert kept["PhoneNumber"] == number["PhoneNumber"]


def test_sender_id_appears_on_approval_of_its_registration(cloud: LocalCloud, tmp_path: Path) -> None:
    deploy(cloud, EXAMPLES["sender_id"], tmp_path, RATE)
    example = Example(cloud, "SenderId")
    registration_id = example.output("RegistrationId")
    example.cloud.review("deny", registration_id, "--field", "companyInfo.website=Does not open")
    assert example.version(registration_id) == (1, "DENIED")
    assert example.service.describe_sender_ids()["SenderIds"] == []

    # The letter is not uploaded again, and belongs to the new version too.
    letter = "idSidSpecificInfo.letterOfAuthorization3"
    uploaded = example.values(registration_id)[letter]
    example.form("companyInfo.website")["Fields"]["companyInfo.website"] = "https://www.example.com/en"
    assert example.update() == "UPDATE_COMPLETE"
    assert example.version(registration_id) == (2, "SUBMITTED")
    assert example.values(registration_id)[letter] == uploaded

    example.cloud.review("approve", registration_id)
    [sender_id] = example.service.describe_sender_ids()["SenderIds"]
    assert (sender_id["SenderId"], sender_id["IsoCountryCode"]) == ("EXAMPLE", "ID")

    assert example.delete() == "DELETE_COMPLETE"
    assert example.registration(registration_id)["RegistrationStatus"] == "COMPLETE"
    assert example.service.describe_sender_ids()["SenderIds"] == [sender_id]


def test_rcs_agent_is_tested_and_deleted_with_its_stack(cloud: LocalCloud, tmp_path: Path) -> None:
    deploy(cloud, EXAMPLES["rcs_test_agent"], tmp_path, RATE)
    example = Example(cloud, "RcsTestAgent")
    registration_id, agent_id = example.output("RegistrationId"), example.output("AgentId")
    assert example.version(registration_id) == (1, "SUBMITTED")
    assert example.associated(registration_id) == [agent_id]
    # The logo is 224 x 224 pixels, the banner 1440 x 448: what the service takes of a PNG.
    values = example.values(registration_id)
    assert {"agentDetails.logoImage", "agentDetails.bannerImage"} <= values.keys()

    example.cloud.review("deny", registration_id, "--field", "agentDetails.agentDescription=Says too little")
    description = "Delivery alerts and arrival times for the parcels that you ordered at Example Corp."
    example.form("agentDetails.brandName")["Fields"]["agentDetails.agentDescription"] = description
    assert example.update() == "UPDATE_COMPLETE"
    assert example.version(registration_id) == (2, "SUBMITTED")

    example.cloud.review("approve", registration_id)
    [agent] = example.service.describe_rcs_agents(RcsAgentIds=[agent_id])["RcsAgents"]
    assert agent["Status"] == "TESTING"

    assert example.delete() == "DELETE_COMPLETE"
    assert example.service.describe_rcs_agents()["RcsAgents"] == []


def test_existing_registration_is_adopted_and_stays(cloud: LocalCloud, tmp_path: Path) -> None:
    service = cloud.client("pinpoint-sms-voice-v2")
    by_hand = service.create_registration(RegistrationType="US_TOLL_FREE_REGISTRATION")
    registration_id = by_hand["RegistrationId"]
    deploy(cloud, EXAMPLES["existing_registration"], tmp_path, RATE, id=registration_id)
    example = Example(cloud, "ExistingRegistration")
    assert example.output("Status") == "CREATED"

    def tags() -> dict[str, str]:
        listed = service.list_tags_for_resource(ResourceArn=by_hand["RegistrationArn"])["Tags"]
        return {tag["Key"]: tag["Value"] for tag in listed}

    assert tags()["team"] == "growth"
    assert "/ExistingRegistration/" in tags()["cdk-sms-registration:stack"]

    assert example.delete() == "DELETE_COMPLETE"
    assert example.registration(registration_id)["RegistrationStatus"] == "CREATED"
    assert tags()["team"] == "growth"


def test_native_registration_is_filled_in_denied_and_approved(cloud: LocalCloud, tmp_path: Path) -> None:
    deploy(cloud, EXAMPLES["native_registration"], tmp_path, RATE)
    example = Example(cloud, "NativeRegistration")
    registration_id = example.output("RegistrationId")
    form = example.form("contactInfo.dbaName")
    assert example.version(registration_id) == (1, "SUBMITTED")
    assert example.values(registration_id).keys() == form["Fields"].keys()

    example.cloud.review("deny", registration_id, "--reason", "BRAND_DBA_NAME_MISMATCH")
    form["Fields"]["contactInfo.dbaName"] = "Example Corp"
    assert example.update() == "UPDATE_COMPLETE"
    assert example.version(registration_id) == (2, "SUBMITTED")

    example.cloud.review("approve", registration_id)
    assert example.delete() == "DELETE_COMPLETE"
    assert example.registration(registration_id)["RegistrationStatus"] == "COMPLETE"


def test_fleet_of_two_regions(cloud: LocalCloud, tmp_path: Path) -> None:
    deploy(cloud, EXAMPLES["fleet"], tmp_path, RATE)
    east, west = Example(cloud, "Fleet-us-east-1-1"), Example(cloud, "Fleet-us-west-2-1", "us-west-2")

    brand, campaign = (east.registration_of(f"birchmusic{part}") for part in ("Brand", "Campaign"))
    assert east.version(brand) == (1, "SUBMITTED")
    assert east.version(campaign) == (1, "DRAFT")
    before = len(cloud.messages())
    east.cloud.review("approve", brand)
    assert east.version(campaign) == (1, "SUBMITTED")
    told = {message["attributes"][news.KIND]["StringValue"] for message in cloud.messages()[before:]}
    assert told == {news.APPROVED, news.CONTINUED}

    west_brand = west.registration_of("maplehotelBrand")
    assert west.version(west_brand) == (1, "SUBMITTED")
    for example in (east, west):
        assert example.delete() == "DELETE_COMPLETE"
    assert east.version(campaign) == (1, "SUBMITTED")


def test_documented_options_of_the_cdk_cli_exist(cloud: LocalCloud) -> None:
    for verb, options in CDK_OPTIONS.items():
        if options:
            shown = cloud.cdk(verb, "--help", stdout=subprocess.PIPE, check=True).stdout
            assert [option for option in options if not re.search(rf"{option}(?![\w-])", shown)] == [], verb
