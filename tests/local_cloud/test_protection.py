"""No green deployment gives up an approval: a number replaced, a stack destroyed, a construct renamed, half a form."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

cdk = pytest.importorskip("aws_cdk")

from aws_cdk import aws_smsvoice as smsvoice  # noqa: E402

from cdk_sms_registration import AttachmentSource, Registration, RegistrationAttachment  # noqa: E402
from local_cloud import cli  # noqa: E402
from local_cloud.cloud import LocalCloud  # noqa: E402
from support.write_rate import raise_write_rate  # noqa: E402

pytestmark = pytest.mark.local_cloud

EXAMPLE = Path(__file__).parents[2] / "examples" / "toll_free"
BRAND, TOLL_FREE = "US_TEN_DLC_BRAND_REGISTRATION", "US_TOLL_FREE_REGISTRATION"
IMAGE = "messagingUseCase.optInImage"
RATE = 50  # requests per second, instead of one
BRAND_FIELDS = {
    "companyInfo.companyName": "Example Holdings, LLC",
    "companyInfo.legalType": "PRIVATE_PROFIT",
    "companyInfo.address": "1 Main St",
    "companyInfo.city": "Concord",
    "companyInfo.state": "NH",
    "companyInfo.zipCode": "03301",
    "companyInfo.isoCountryCode": "US",
    "companyInfo.taxId": "123456789",
    "companyInfo.taxIdIssuingCountry": "US",
    "contactInfo.dbaName": "Example Holdings, LLC",
    "contactInfo.supportEmail": "help@support.example.com",
    "contactInfo.supportPhoneNumber": "+16035550100",
    "contactInfo.vertical": "COMMUNICATION",
    "contactInfo.website": "http://www.example.com",
}

Build = Callable[[Any], None]


def toll_free_example(app: Any, capabilities: tuple[str, ...] = ("SMS",)) -> Any:
    """The stack of the example, whose number has these capabilities."""
    with mock.patch.object(cdk.App, "synth"):
        stack = runpy.run_path(str(EXAMPLE / "app.py"))["TollFree"](app, "TollFree", tax_id_secret=None)
    stack.node.find_child("Number").number_capabilities = list(capabilities)
    return stack


def example_fields(scope: Any) -> dict[str, Any]:
    """The fields of the example, for another stack."""
    patched = mock.patch("cdk_sms_registration.Registration", wraps=Registration)
    with patched as registration, mock.patch.object(cdk.App, "synth"):
        runpy.run_path(str(EXAMPLE / "app.py"))
    image = RegistrationAttachment(scope, "OptIn", source=AttachmentSource.from_asset(str(EXAMPLE / "opt-in.png")))
    return {**registration.call_args.kwargs["fields"], IMAGE: image}


def brand(app: Any, construct_id: str) -> None:
    stack = cdk.Stack(app, "Renamed")
    made = Registration(stack, construct_id, registration_type=BRAND, fields=BRAND_FIELDS, submit=True)
    cdk.CfnOutput(stack, "RegistrationId", value=made.registration_id)


def draft(app: Any, *paths: str, submit: bool = False) -> None:
    stack = cdk.Stack(app, "Draft")
    number = smsvoice.CfnPhoneNumber(
        stack,
        "Number",
        iso_country_code="US",
        number_type="TOLL_FREE",
        number_capabilities=["SMS"],
        mandatory_keywords={"help": {"message": "Help."}, "stop": {"message": "Stopped."}},
    )
    fields = example_fields(stack)
    # Another company: an equal form that the example has submitted would be refused.
    fields["companyInfo.companyName"] = "Example Clinics LLC"
    made = Registration(
        stack,
        "TollFree",
        registration_type=TOLL_FREE,
        fields={path: fields[path] for path in paths or fields},
        associations=[number],
        submit=submit,
    )
    cdk.CfnOutput(stack, "RegistrationId", value=made.registration_id)
    cdk.CfnOutput(stack, "MissingFields", value=made.form.missing_fields)


class App:
    """Synthesizes stacks and deploys them with the CDK CLI."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.cloud, self._folder, self._count = cloud, folder, 0
        self.service = cloud.client("pinpoint-sms-voice-v2")

    def synthesized(self, *builds: Build) -> Path:
        self._count += 1
        outdir = self._folder / str(self._count)
        app = cdk.App(outdir=str(outdir), builtin_cloud_formation_validation=False)
        for build in builds:
            build(app)
        app.synth()
        raise_write_rate(outdir, RATE)
        return outdir

    def deploy(self, *builds: Build) -> subprocess.CompletedProcess[str]:
        command = ("deploy", "--all", "--concurrency", "3", "--require-approval", "never", "--method", "direct")
        return self.cloud.cdk(*command, app=self.synthesized(*builds), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def plan(self, *builds: Build) -> subprocess.CompletedProcess[str]:
        """`sms-registration plan --json`."""
        command = [sys.executable, "-m", "sms_registration_cli", "plan", str(self.synthesized(*builds)), "--json"]
        return self.cloud.run(command, stdout=subprocess.PIPE)

    def output(self, stack: str, name: str) -> str:
        [described] = self.cloud.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return str({each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}.get(name, ""))

    def status(self, registration_id: str) -> str:
        found = self.service.describe_registrations(RegistrationIds=[registration_id])["Registrations"]
        return str(found[0]["RegistrationStatus"])

    def version(self, registration_id: str) -> tuple[int, str]:
        found = self.service.describe_registration_versions(RegistrationId=registration_id)["RegistrationVersions"]
        current = max(found, key=lambda version: int(version["VersionNumber"]))
        return current["VersionNumber"], current["RegistrationVersionStatus"]

    def associated(self, registration_id: str) -> list[str]:
        found = self.service.list_registration_associations(RegistrationId=registration_id)
        return [each["ResourceId"] for each in found["RegistrationAssociations"]]

    def numbers(self) -> set[str]:
        return {each["PhoneNumberId"] for each in self.service.describe_phone_numbers()["PhoneNumbers"]}

    def live(self, registration_type: str) -> list[str]:
        found = self.service.describe_registrations(MaxResults=100)["Registrations"]
        return [
            each["RegistrationId"]
            for each in found
            if each["RegistrationType"] == registration_type and each["RegistrationStatus"] != "DELETED"
        ]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """A cloud of its own, with the toll-free example and a brand, both approved, and half a form as a draft."""
    with LocalCloud(rate=RATE) as cloud:
        app = App(cloud, tmp_path_factory.mktemp("apps"))
        deployed = app.deploy(
            toll_free_example,
            lambda each: brand(each, "Brand"),
            lambda each: draft(each, "companyInfo.companyName", "companyInfo.website"),
        )
        assert deployed.returncode == 0, deployed.stdout
        for stack in ("TollFree", "Renamed"):
            cloud.review("approve", app.output(stack, "RegistrationId")).check_returncode()
        yield app


@pytest.mark.fault(83)
def test_half_a_form_is_a_draft_and_is_completed_later(app: App) -> None:
    registration_id = app.output("Draft", "RegistrationId")
    missing = app.output("Draft", "MissingFields").split(", ")
    assert "companyInfo.taxId" in missing
    assert "companyInfo.website" not in missing
    assert app.version(registration_id) == (1, "DRAFT")
    assert len(app.associated(registration_id)) == 1

    completed = app.deploy(lambda each: draft(each, submit=True))

    assert completed.returncode == 0, completed.stdout
    assert app.output("Draft", "MissingFields") == ""
    assert app.version(registration_id) == (1, "SUBMITTED")


@pytest.mark.fault(76)
def test_a_renamed_construct_does_not_submit_again(app: App) -> None:
    registration_id = app.output("Renamed", "RegistrationId")

    renamed = app.deploy(lambda each: brand(each, "Company"))

    assert renamed.returncode != 0
    assert f'existing_registration_id="{registration_id}"' in renamed.stdout
    assert app.live(BRAND) == [registration_id]
    assert app.version(registration_id) == (1, "APPROVED")


@pytest.mark.fault(74, 75)
def test_an_approved_registration_survives_what_would_close_it(app: App, capfd: pytest.CaptureFixture[str]) -> None:
    registration_id = app.output("TollFree", "RegistrationId")
    [number] = app.associated(registration_id)
    numbers = app.numbers()

    # Another capability replaces the number: refused before the old number is released, as the plan says.
    planned = app.plan(lambda each: toll_free_example(each, ("SMS", "MMS")))
    replaced = app.deploy(lambda each: toll_free_example(each, ("SMS", "MMS")))
    assert replaced.returncode != 0
    assert planned.returncode == 2, planned.stdout
    [registration] = json.loads(planned.stdout)[0]["registrations"]
    assert registration["refusal"].startswith(f"{registration_id} is APPROVED with +1")
    assert f"would close {registration_id}" in registration["refusal"]
    assert number in replaced.stdout
    assert "allow_closing" in replaced.stdout
    assert app.status(registration_id) == "COMPLETE"
    assert app.associated(registration_id) == [number]
    assert app.numbers() == numbers, "the new number is gone"

    # Destroyed: registration and number stay.
    capfd.readouterr()
    assert cli.destroy(app.cloud, ["TollFree"], app=str(app.synthesized(toll_free_example)), cwd=Path.cwd()) == 0
    printed = capfd.readouterr().out
    assert app.status(registration_id) == "COMPLETE"
    assert number in app.numbers()

    # Adopted again with the printed lines, by another stack.
    lines = printed.split("declare:\n")[1]
    arguments = eval(f"dict({lines})", {"__builtins__": {"dict": dict}})
    assert arguments["existing_registration_id"] == registration_id

    def adopting(each: Any) -> None:
        stack = cdk.Stack(each, "Adopting")
        made = Registration(stack, "Again", fields=example_fields(stack), submit=True, **arguments)
        cdk.CfnOutput(stack, "RegistrationId", value=made.registration_id)

    adopted = app.deploy(adopting)
    assert adopted.returncode == 0, adopted.stdout
    assert app.output("Adopting", "RegistrationId") == registration_id
    assert (app.status(registration_id), app.version(registration_id)) == ("COMPLETE", (1, "APPROVED"))
    assert app.associated(registration_id) == [number]
