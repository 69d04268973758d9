"""The product, end to end: the real CDK CLI, the real asset, the handler as shipped, on the local cloud."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path
from typing import Any

import pytest

cdk = pytest.importorskip("aws_cdk")

from aws_cdk import aws_ssm as ssm  # noqa: E402

from cdk_sms_registration import Registration  # noqa: E402
from local_cloud.cloud import LocalCloud  # noqa: E402

pytestmark = pytest.mark.local_cloud

TOLL_FREE, BRAND = "US_TOLL_FREE_REGISTRATION", "US_TEN_DLC_BRAND_REGISTRATION"
_names = (f"Sms{number}" for number in itertools.count(1))


class App:
    """A stack with one registration that another resource refers to, deployed repeatedly with changes."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.cloud, self.folder, self.name = cloud, folder, next(_names)
        self._outputs = itertools.count()

    def synthesize(self, registration_type: str, *, broken: bool = False, **arguments: Any) -> Path:
        outdir = self.folder / f"{self.name}-{next(self._outputs)}"
        app = cdk.App(outdir=str(outdir), builtin_cloud_formation_validation=False)
        stack = cdk.Stack(app, self.name)
        registration = Registration(stack, "Registration", registration_type=registration_type, **arguments)
        parameter = ssm.StringParameter(stack, "Id", string_value=registration.registration_id)
        cdk.CfnOutput(stack, "RegistrationId", value=registration.registration_id)
        cdk.CfnOutput(stack, "RegistrationArn", value=registration.registration_arn)
        if broken:
            other = cdk.CfnResource(stack, "Broken", type="Custom::Nobody", properties={"ServiceToken": "arn:nobody"})
            other.node.add_dependency(parameter)
        app.synth()
        return outdir

    def deploy(self, registration_type: str = TOLL_FREE, **arguments: Any) -> subprocess.CompletedProcess[str]:
        outdir = self.synthesize(registration_type, **arguments)
        command = ("deploy", self.name, "--require-approval", "never", "--method", "direct")
        return self.cloud.cdk(*command, app=outdir, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def destroy(self) -> None:
        outdir = self.synthesize(TOLL_FREE)
        self.cloud.cdk(
            "destroy", self.name, "--force", app=outdir, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True
        )

    def delete(self) -> None:
        """Clean up, which is seconds faster through the API of CloudFormation than with the CLI."""
        cloudformation = self.cloud.client("cloudformation")
        cloudformation.delete_stack(StackName=self.name)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=self.name, WaiterConfig={"Delay": 1})

    def outputs(self) -> dict[str, str]:
        [stack] = self.cloud.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"]
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def parameter(self) -> str:
        resources = self.cloud.client("cloudformation").describe_stack_resources(StackName=self.name)["StackResources"]
        [name] = [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == "AWS::SSM::Parameter"]
        return str(self.cloud.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])

    def registrations(self) -> dict[str, str]:
        """The IDs and types of this stack's registrations, in any state."""
        service = self.cloud.client("pinpoint-sms-voice-v2")
        found = {}
        for each in service.describe_registrations(MaxResults=100)["Registrations"]:
            tags = service.list_tags_for_resource(ResourceArn=each["RegistrationArn"])["Tags"]
            owner = {tag["Key"]: tag["Value"] for tag in tags}.get("cdk-sms-registration:stack", "")
            if f":stack/{self.name}/" in owner and each["RegistrationStatus"] != "DELETED":
                found[each["RegistrationId"]] = each["RegistrationType"]
        return found


@pytest.fixture
def app(local_cloud: LocalCloud, tmp_path: Path) -> App:
    return App(local_cloud, tmp_path)


def test_a_registration_from_deploy_to_destroy(app: App) -> None:
    deployed = app.deploy(tags={"team": "growth"})
    assert deployed.returncode == 0, deployed.stdout
    [registration_id] = app.registrations()
    assert app.outputs()["RegistrationId"] == registration_id
    assert app.outputs()["RegistrationArn"].endswith(f":registration/{registration_id}")
    assert app.parameter() == registration_id

    retagged = app.deploy(tags={"team": "platform"})
    assert retagged.returncode == 0, retagged.stdout
    assert set(app.registrations()) == {registration_id}

    replaced = app.deploy(BRAND)
    assert replaced.returncode == 0, replaced.stdout
    [(new_id, new_type)] = app.registrations().items()
    assert (new_id != registration_id, new_type) == (True, BRAND)
    assert app.parameter() == new_id

    # The type changes back and another resource fails: the registration must be left untouched.
    broken = app.deploy(TOLL_FREE, broken=True)
    assert broken.returncode != 0
    assert app.registrations() == {new_id: BRAND}
    assert app.parameter() == new_id

    app.destroy()
    assert app.registrations() == {}


def test_function_killed_after_create_leaves_one_registration(app: App) -> None:
    app.cloud.kill_lambda_after("CreateRegistration")
    deployed = app.deploy()
    assert deployed.returncode == 0, deployed.stdout
    assert len(app.registrations()) == 1
    [create] = [
        each
        for each in app.cloud.custom_resource_requests()
        if f":stack/{app.name}/" in each["event"]["StackId"] and each["event"]["RequestType"] == "Create"
    ]
    assert len(create["responses"]) == 1
    app.delete()


def test_deployment_canceled_during_create_leaves_nothing(app: App) -> None:
    app.cloud.cancel_after("CreateRegistration")
    deployed = app.deploy()
    assert deployed.returncode != 0
    assert app.registrations() == {}
    app.delete()


def test_unknown_type_leaves_nothing_behind(app: App) -> None:
    deployed = app.deploy("US_TOLLFREE_REGISTRATION")
    assert deployed.returncode != 0
    assert "US_TOLLFREE_REGISTRATION does not exist in this Region" in " ".join(deployed.stdout.split())
    assert TOLL_FREE in deployed.stdout
    assert app.registrations() == {}
    app.delete()
