"""Forms with attachments and invalid forms, end to end; `test_examples.py` covers the lifecycle of a form."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

cdk = pytest.importorskip("aws_cdk")

import moto_sms_voice  # noqa: E402
from cdk_sms_registration import AttachmentSource, Registration, RegistrationAttachment  # noqa: E402
from local_cloud.cloud import LocalCloud  # noqa: E402

pytestmark = pytest.mark.local_cloud

BRAND, TOLL_FREE = "US_TEN_DLC_BRAND_REGISTRATION", "US_TOLL_FREE_REGISTRATION"
FIELDS: dict[str, Any] = {
    "companyInfo.companyName": "Example Corp",
    "companyInfo.taxIdIssuingCountry": "US",
    "companyInfo.taxId": "123456789",
    "companyInfo.legalType": ["PRIVATE_PROFIT"],
    "companyInfo.address": "1 Main Street",
    "companyInfo.city": "Seattle",
    "companyInfo.state": "WA",
    "companyInfo.zipCode": "98101",
    "companyInfo.isoCountryCode": "US",
    "contactInfo.dbaName": "Example",
    "contactInfo.vertical": ["TECHNOLOGY"],
    "contactInfo.website": "https://example.com",
    "contactInfo.supportEmail": "support@example.com",
    "contactInfo.supportPhoneNumber": "+12065550100",
}


class App:
    """A stack with one registration and its form."""

    _names = itertools.count(1)

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.cloud, self.folder, self.name = cloud, folder, f"Form{next(self._names)}"
        self._outputs = itertools.count()

    def deploy(
        self, registration_type: str = BRAND, *, file: Path | None = None, field: str = "", **arguments: Any
    ) -> subprocess.CompletedProcess[str]:
        outdir = self.folder / f"{self.name}-{next(self._outputs)}"
        app = cdk.App(outdir=str(outdir), builtin_cloud_formation_validation=False)
        stack = cdk.Stack(app, self.name)
        fields = dict(arguments.pop("fields", FIELDS))
        if file:
            fields[field] = RegistrationAttachment(stack, "File", source=AttachmentSource.from_asset(str(file)))
        registration = Registration(
            stack,
            "Registration",
            registration_type=registration_type,
            fields=fields,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            **arguments,
        )
        cdk.CfnOutput(stack, "RegistrationId", value=registration.registration_id)
        app.synth()
        command = ("deploy", self.name, "--require-approval", "never", "--method", "direct")
        return self.cloud.cdk(*command, app=outdir, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def delete(self) -> None:
        cloudformation = self.cloud.client("cloudformation")
        cloudformation.delete_stack(StackName=self.name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=self.name, WaiterConfig={"Delay": 1})

    @property
    def registration_id(self) -> str:
        [stack] = self.cloud.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return str({each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}["RegistrationId"])

    def held(self) -> dict[str, Any]:
        response = self.cloud.client("pinpoint-sms-voice-v2").describe_registration_field_values(
            RegistrationId=self.registration_id, MaxResults=100
        )
        return {
            each["FieldPath"]: each.get("TextValue")
            or each.get("SelectChoices")
            or each.get("RegistrationAttachmentId")
            for each in response["RegistrationFieldValues"]
        }

    def attachments(self) -> set[str]:
        found = self.cloud.client("pinpoint-sms-voice-v2").describe_registration_attachments(MaxResults=100)
        return {
            each["RegistrationAttachmentId"]
            for each in found["RegistrationAttachments"]
            if each["AttachmentStatus"] != "DELETED"
        }


def brands(cloud: LocalCloud) -> set[str]:
    """The brands of all tests that share this cloud."""
    found = cloud.client("pinpoint-sms-voice-v2").describe_registrations(MaxResults=100)["Registrations"]
    return {
        each["RegistrationId"]
        for each in found
        if each["RegistrationType"] == BRAND and each["RegistrationStatus"] != "DELETED"
    }


@pytest.fixture
def app(local_cloud: LocalCloud, tmp_path: Path) -> Iterator[App]:
    app = App(local_cloud, tmp_path)
    yield app
    app.delete()


def test_all_invalid_fields_are_named_and_nothing_is_left(app: App) -> None:
    wrong = {
        "companyInfo.companyName": "x" * 300,
        "companyInfo.taxIdIssuingCountry": "USA",
        "contactInfo.vertical": ["RETAIL", "ENERGY"],
        "companyInfo.zipcode": "98101",
        "companyInfo.city": "",
        "companyInfo.stockSymbol": "EXMP",
        "contactInfo.website": ["https://a.example", "https://b.example"],
        "companyInfo.isoCountryCode": "United States",
    }
    before = brands(app.cloud)
    deployed = app.deploy(fields={**FIELDS, **wrong}, submit=True)
    assert deployed.returncode != 0
    for path in wrong:
        assert path in deployed.stdout
    assert brands(app.cloud) == before


def test_changed_file_is_uploaded_as_a_new_attachment(app: App, tmp_path: Path) -> None:
    path = "messagingUseCase.optInImage"
    example = moto_sms_voice.backend(region="us-east-1").example_form(TOLL_FREE, attachment_id="attachment-0")
    fields = {name: next(iter(value.values())) for name, value in example.items() if name != path}
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    first.write_bytes(b"\x89PNG\r\n\x1a\n" + b"1" * 100)
    second.write_bytes(b"\x89PNG\r\n\x1a\n" + b"2" * 100)

    deployed = app.deploy(TOLL_FREE, fields=fields, file=first, field=path)
    assert deployed.returncode == 0, deployed.stdout
    uploaded = app.held()[path]
    assert app.attachments() == {uploaded}

    replaced = app.deploy(TOLL_FREE, fields=fields, file=second, field=path)
    assert replaced.returncode == 0, replaced.stdout
    assert app.held()[path] != uploaded
    assert app.attachments() == {app.held()[path]}
