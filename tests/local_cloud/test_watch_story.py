"""A brand, its campaign and their number, deployed once: the watch does the rest while reviewers decide."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aws_cdk")

from local_cloud import messages, report
from local_cloud.cloud import LocalCloud
from sms_registration_rules import news
from support.examples import EXAMPLES, deploy
from support.story import WATCH_STORY, Story
from support.write_rate import raise_write_rate

pytestmark = pytest.mark.local_cloud

ROOT = Path(__file__).parents[2]
FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]
SAMPLE = "Example Corp: your order 1482 was delivered."
SHORTENED = "https://bit.ly/3Kx9"
RATE = 50


class Narrator:
    """The example on a local cloud, and the commands of its story."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.cloud, self.folder, self.story = cloud, folder, Story(WATCH_STORY)
        self.service = cloud.client("pinpoint-sms-voice-v2")

    def synthesize(self, *, sample: str) -> Path:
        """Synthesize the example, with another text of a sample, and with a function as fast as this test's service."""
        app, assembly = self.folder / "app.py", self.folder / "assembly"
        text = (ROOT / EXAMPLES["ten_dlc"]).read_text()
        assert SAMPLE in text
        app.write_text(text.replace(SAMPLE, sample))
        environment = {**os.environ, "CDK_OUTDIR": str(assembly), "CDK_VALIDATION": "false"}
        context = {"CDK_CONTEXT_JSON": json.dumps(FLAGS)}
        subprocess.run([sys.executable, str(app)], env={**environment, **context}, check=True)
        raise_write_rate(assembly, RATE)
        return assembly

    def first_deployment(self) -> Path:
        """Deploy with the command in the example's header, and return what was synthesized."""
        checkout = self.folder / "checkout"
        checkout.mkdir()
        self._show(deploy(self.cloud, EXAMPLES["ten_dlc"], checkout, RATE))
        return checkout / "cdk.out"

    def deploy(self, assembly: Path) -> str:
        """`sms-registration local deploy`, with the real CDK CLI."""
        done = self.cloud.cdk(
            "deploy",
            "--all",
            "--require-approval",
            "never",
            app=assembly,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == 0, done.stdout
        self._show(done.stdout)
        return done.stdout

    def _show(self, printed: str) -> None:
        self.cloud.settle()
        outcome = [line for line in printed.splitlines() if " = " in line or "\N{WHITE HEAVY CHECK MARK}" in line]
        self.story.show("sms-registration local deploy", "\n".join([*outcome, "", report.registrations(self.cloud)]))

    def then(self, *arguments: str) -> list[dict[str, Any]]:
        """A verb of the local cloud, and the messages that it led to."""
        before = len(self.cloud.messages())
        verb, *rest = arguments
        if verb == "review":
            self.cloud.review(*rest).check_returncode()
        elif verb == "advance":
            self.cloud.advance(int(rest[0].removesuffix("d")) * 86400)
        else:
            raise ValueError(verb)
        told = self.cloud.messages()[before:]
        shown = "\n\n".join([messages.text(told), report.registrations(self.cloud)])
        self.story.show(shlex.join(["sms-registration", "local", *arguments]), shown)
        return told

    def status(self) -> str:
        """`sms-registration status`."""
        command = [sys.executable, "-m", "sms_registration_cli", "status", "--stack", "TenDlc"]
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = self.cloud.run(command, cwd=self.folder, variables={"COLUMNS": "160"}, **pipe)
        assert done.returncode == 0, done.stdout
        self.story.show("sms-registration status --stack TenDlc", done.stdout)
        return " ".join(done.stdout.split())

    def output(self, name: str) -> str:
        (stack,) = self.cloud.client("cloudformation").describe_stacks(StackName="TenDlc")["Stacks"]
        return str(next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == name))

    def version(self, registration_id: str) -> tuple[int, str]:
        versions = self.service.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"]
        current = max(versions, key=lambda version: version["VersionNumber"])
        return current["VersionNumber"], current["RegistrationVersionStatus"]

    def associated(self, registration_id: str) -> set[str]:
        response = self.service.list_registration_associations(RegistrationId=registration_id)
        return {one["ResourceId"] for one in response["RegistrationAssociations"]}

    def tags(self, registration_id: str) -> set[str]:
        (found,) = self.service.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
        listed = self.service.list_tags_for_resource(ResourceArn=found["RegistrationArn"])["Tags"]
        return {tag["Key"].removeprefix("cdk-sms-registration:").partition(":")[0] for tag in listed}


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [each["attributes"][news.KIND]["StringValue"] for each in told]


def test_one_deployment_goes_all_the_way(tmp_path: Path) -> None:
    with LocalCloud(rate=RATE, state=tmp_path / "state") as cloud:
        narrator = Narrator(cloud, tmp_path)
        tell(narrator, narrator.story)
        narrator.story.write()
        remove(narrator)


def tell(narrator: Narrator, story: Story) -> None:
    story.say(
        "# One deployment, three reviews",
        "",
        "This is the story of [a 10DLC brand, its campaign and their number](../examples/ten_dlc/app.py).",
        "The app has [a watch](watch.md).",
        "The outputs are real: `make cli-docs` runs the commands on the local cloud, where you are the reviewer, and records "
        "what they print.",
        "What a command prints includes the messages that people got from it, as e-mail.",
    )
    story.say(
        "## The only deployment",
        "",
        "It submits the brand, fills in the campaign, and requests the number.",
        "The campaign cannot be submitted yet, so the deployment marks what waits.",
    )
    first = narrator.first_deployment()
    brand, campaign, number = (narrator.output(f"{name}Id") for name in ("Brand", "Campaign", "Number"))
    assert narrator.version(brand) == (1, "SUBMITTED")
    assert narrator.version(campaign) == (1, "DRAFT")
    assert {"awaits-submission", "awaits-association"} <= narrator.tags(campaign)
    assert f"Version 1 waits to be submitted until {brand} is complete." in narrator.status()

    story.say(
        "## The brand is approved",
        "",
        "The watch associates the campaign with the brand and submits it.",
    )
    told = narrator.then("review", "approve", brand)
    assert set(kinds(told)) == {news.APPROVED, news.CONTINUED}
    assert narrator.version(campaign) == (1, "SUBMITTED")
    assert narrator.associated(campaign) == {brand}

    story.say("## The review takes long", "", "AWS publishes how long a review takes.", "The watch knows it.")
    assert kinds(narrator.then("advance", "60d")) == [news.OVERDUE]

    story.say("## The campaign is approved", "", "The watch associates the number.")
    told = narrator.then("review", "approve", campaign)
    assert set(kinds(told)) == {news.APPROVED, news.CONTINUED}
    assert narrator.associated(campaign) == {brand, number}
    assert not {"awaits-submission", "awaits-association"} & narrator.tags(campaign)

    story.say("## Deploy again", "", "The stack is as the template says, so nothing changes.")
    calls = len(narrator.cloud.service_calls())
    assert "(no changes)" in narrator.deploy(first)
    assert len(narrator.cloud.service_calls()) == calls

    story.say(
        "## A denial",
        "",
        "A sample message gets a shortened link, which makes a new version of the campaign, and a reviewer denies it.",
        "The message has each reason, what to change, and what to do next.",
    )
    narrator.deploy(narrator.synthesize(sample=f"{SAMPLE} See {SHORTENED}."))
    assert narrator.version(campaign) == (2, "SUBMITTED")
    (message,) = narrator.then(
        "review",
        "deny",
        campaign,
        "--reason",
        "SAMPLE_MESSAGE_SHORT_URL",
        "--field",
        "messageSamples.messageSample2=SAMPLE_MESSAGE_SHORT_URL",
    )
    assert kinds([message]) == [news.DENIED]
    assert "messageSamples.messageSample2" in messages.body(message)
    assert SHORTENED not in json.dumps(message), "no field value"

    story.say("Nobody acts for a day, so the watch reminds.")
    assert kinds(narrator.then("advance", "1d")) == [news.REMINDER]


def remove(narrator: Narrator) -> None:
    """The watch leaves the stack, comes back, and goes with the stack: nothing is left that acts."""
    cloudformation, cloud = narrator.cloud.client("cloudformation"), narrator.cloud
    template = cloudformation.get_template(StackName="TenDlc")["TemplateBody"]
    template = template if isinstance(template, dict) else json.loads(template)
    brand, campaign, number = (narrator.output(f"{name}Id") for name in ("Brand", "Campaign", "Number"))
    assert len(cloud.client("events").list_rules()["Rules"]) == 2
    assert len(of_the_watch(cloud)) == 1

    kept = {name: each for name, each in template["Resources"].items() if not name.startswith("Watch")}
    body = json.dumps({**template, "Resources": kept})
    update(narrator, body)
    acts_no_more(cloud)

    update(narrator, json.dumps(template))
    assert len(of_the_watch(cloud)) == 1
    cloudformation.delete_stack(StackName="TenDlc")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="TenDlc", WaiterConfig={"Delay": 1})
    acts_no_more(cloud)
    # What took weeks stays.
    assert narrator.version(brand) == (1, "APPROVED")
    assert narrator.associated(campaign) == {brand, number}
    assert narrator.service.describe_phone_numbers(PhoneNumberIds=[number])["PhoneNumbers"]


def update(narrator: Narrator, body: str) -> None:
    """Deploy a template without the CDK CLI."""
    cloudformation = narrator.cloud.client("cloudformation")
    cloudformation.update_stack(StackName="TenDlc", TemplateBody=body, Capabilities=["CAPABILITY_IAM"])
    cloudformation.get_waiter("stack_update_complete").wait(StackName="TenDlc", WaiterConfig={"Delay": 1})


def acts_no_more(cloud: LocalCloud) -> None:
    """There is no rule and no function of a watch, and after a week nothing was called."""
    assert cloud.client("events").list_rules()["Rules"] == []
    assert of_the_watch(cloud) == []
    calls = len(cloud.service_calls())
    cloud.advance(8 * 86400)
    assert len(cloud.service_calls()) == calls


def of_the_watch(cloud: LocalCloud) -> list[str]:
    """The functions of a watch."""
    functions = cloud.client("lambda").list_functions()["Functions"]
    return [each["FunctionName"] for each in functions if each["Handler"].endswith("watch_index.handler")]
