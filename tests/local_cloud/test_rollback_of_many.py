"""Ten forms of which one fails: all ten hold what they held, with the real CDK CLI."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

cdk = pytest.importorskip("aws_cdk")

from cdk_sms_registration import Registration  # noqa: E402
from local_cloud.cloud import LocalCloud  # noqa: E402

pytestmark = pytest.mark.local_cloud

BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
COUNT = 10
CITY, LEGAL_TYPE = "companyInfo.city", "companyInfo.legalType"


def deploy(cloud: LocalCloud, folder: Path, city: str, *, fails: bool = False) -> subprocess.CompletedProcess[str]:
    app = cdk.App(outdir=str(folder / city), builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Many")
    for number in range(COUNT):
        is_last = number == COUNT - 1
        Registration(
            stack,
            f"Brand{number}",
            registration_type=BRAND,
            fields={CITY: city, LEGAL_TYPE: ["NO_SUCH_TYPE" if fails and is_last else "PRIVATE_PROFIT"]},
            tags={"city": city},
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
    app.synth()
    command = ("deploy", "Many", "--require-approval", "never", "--method", "direct")
    return cloud.cdk(*command, app=folder / city, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def settled(cloud: LocalCloud) -> str:
    """The stack's status as soon as nothing is in progress."""
    while True:
        [stack] = cloud.client("cloudformation").describe_stacks(StackName="Many")["Stacks"]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return str(stack["StackStatus"])
        time.sleep(0.1)


def held(cloud: LocalCloud) -> list[tuple[str, str]]:
    """The city that each form holds, and that its registration is tagged with."""
    client = cloud.client("pinpoint-sms-voice-v2")
    found = []
    for each in client.describe_registrations()["Registrations"]:
        values = client.describe_registration_field_values(RegistrationId=each["RegistrationId"])
        texts = {value["FieldPath"]: value.get("TextValue") for value in values["RegistrationFieldValues"]}
        tags = client.list_tags_for_resource(ResourceArn=each["RegistrationArn"])["Tags"]
        found.append((str(texts[CITY]), next(tag["Value"] for tag in tags if tag["Key"] == "city")))
    return found


def test_all_forms_hold_what_they_held(tmp_path: Path) -> None:
    with LocalCloud(state=tmp_path / "state") as cloud:
        created = deploy(cloud, tmp_path, "Seattle")
        assert created.returncode == 0, created.stdout
        assert held(cloud) == [("Seattle", "Seattle")] * COUNT
        failed = deploy(cloud, tmp_path, "Tacoma", fails=True)
        assert failed.returncode != 0
        assert LEGAL_TYPE in failed.stdout
        assert settled(cloud) == "UPDATE_ROLLBACK_COMPLETE"
        assert held(cloud) == [("Seattle", "Seattle")] * COUNT
