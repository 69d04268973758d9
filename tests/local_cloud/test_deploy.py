"""A CDK app, deployed with the real CDK CLI through the public command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

cdk = pytest.importorskip("aws_cdk")

from aws_cdk import aws_events, aws_iam, aws_lambda, aws_logs, aws_s3_assets, aws_secretsmanager, aws_sns, aws_ssm  # noqa: E402

pytestmark = pytest.mark.local_cloud

FUNCTION = Path(__file__).parent / "function"
ROOT = Path(__file__).resolve().parents[2]


def synthesize(
    folder: Path, *, name: str = "first", create: str = "register", env: cdk.Environment | None = None
) -> Path:
    """An app of three stacks: a custom resource with its function, a stack that uses the resource's ID, and one in a Stage."""
    strong = {"@aws-cdk/core:defaultCrossStackReferences": "strong"}
    app = cdk.App(outdir=str(folder), context=strong, builtin_cloud_formation_validation=False)
    made = cdk.Stack(app, "Made", env=env)
    logs = aws_logs.LogGroup(made, "Logs", removal_policy=cdk.RemovalPolicy.DESTROY)
    function = aws_lambda.Function(
        made,
        "Function",
        runtime=aws_lambda.Runtime("python3.14", aws_lambda.RuntimeFamily.PYTHON),
        architecture=aws_lambda.Architecture.ARM_64,
        handler="index.handler",
        code=aws_lambda.Code.from_asset(str(FUNCTION)),
        log_group=logs,
        logging_format=aws_lambda.LoggingFormat.JSON,
        timeout=cdk.Duration.seconds(20),
    )
    function.configure_async_invoke(retry_attempts=2, max_event_age=cdk.Duration.hours(1))
    function.add_to_role_policy(aws_iam.PolicyStatement(actions=["sms-voice:CreateRegistration"], resources=["*"]))
    properties = {"Create": create, "Note": name}
    thing = cdk.CustomResource(
        made,
        "Thing",
        service_token=function.function_arn,
        resource_type="Custom::Thing",
        properties=properties,
        service_timeout=cdk.Duration.minutes(1),
    )
    cdk.CfnOutput(made, "Id", value=thing.ref)
    user = cdk.Stack(app, "User", env=env)
    aws_ssm.StringParameter(user, "Parameter", string_value=thing.ref)
    aws_secretsmanager.Secret(user, "Secret")
    aws_sns.Topic(user, "Topic")
    aws_events.Rule(user, "Rule", schedule=aws_events.Schedule.rate(cdk.Duration.days(1)))
    aws_s3_assets.Asset(user, "Asset", path=str(FUNCTION / "index.py"))
    staged = cdk.Stack(cdk.Stage(app, "Stage"), "Staged", env=env)
    aws_ssm.StringParameter(staged, "Parameter", string_value=f"staged {name}")
    app.synth()
    return folder


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `python -m local_cloud` on this module's state, from a folder outside of the checkout."""
    state, elsewhere = tmp_path_factory.mktemp("state"), tmp_path_factory.mktemp("elsewhere")

    # If CI is set, the CDK CLI writes its progress to stdout.
    environment = {name: value for name, value in os.environ.items() if name != "CI"}

    def run(verb: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "local_cloud", verb, "--state", str(state), *arguments],
            cwd=elsewhere,
            env={**environment, "PYTHONPATH": str(ROOT / "testing"), "AWS_PROFILE": "production"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def registrations(output: str) -> list[str]:
    return [line.split()[0] for line in output.splitlines() if line.startswith("  registration-")]


def test_stacks_from_deploy_to_destroy(local: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    first = str(synthesize(tmp_path / "first"))
    deployed = local("deploy", "--app", first)
    assert deployed.returncode == 0, deployed.stderr
    [registration] = registrations(deployed.stdout)
    assert f"Outputs of Made\n  Id  {registration}" in deployed.stdout
    assert "not AWS" in deployed.stderr

    again = local("deploy", "--json", "--app", first)
    assert again.returncode == 0, again.stderr
    assert again.stderr.count("(no changes)") == 3
    found = json.loads(again.stdout)
    assert found["outputs"]["Made"] == {"Id": registration}
    assert [each["registrationId"] for each in found["registrations"]] == [registration]

    reviewed = local("review", "set-status", registration, "--registration-status", "CLOSED", "--json")
    assert reviewed.returncode == 0, reviewed.stderr
    described = json.loads(reviewed.stdout)
    assert (described["registrationId"], described["registrationStatus"]) == (registration, "CLOSED")

    # The function responds to an Update with another ID: a replacement, while the other stack imports the ID.
    second = str(synthesize(tmp_path / "second", name="second"))
    compared = local("diff", "--app", second, "--fail")
    assert compared.returncode == 1
    assert "staged second" in compared.stderr + compared.stdout
    compared = local("diff", "--app", second, "--fail", "--json")
    assert json.loads(compared.stdout)["exitCode"] == compared.returncode == 1
    assert "second" in json.loads(compared.stdout)["diff"]
    refused = local("deploy", "--app", second)
    assert refused.returncode == 1
    assert "Cannot update export" in refused.stderr
    assert "All that Lambda functions logged: " in refused.stderr
    assert "ministack.log" in refused.stderr

    destroyed = local("destroy", "--app", first, "--json")
    assert destroyed.returncode == 0, destroyed.stderr
    left = json.loads(destroyed.stdout)
    assert left.keys() == {"exitCode", "registrations", "kept"}
    assert (left["exitCode"], left["kept"]) == (0, [])


def test_failed_deployment_is_explained_and_state_can_be_reset(
    local: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    elsewhere = cdk.Environment(account="444455556666", region="eu-west-1")
    failing = local("deploy", "--app", str(synthesize(tmp_path / "failing", create="fail", env=elsewhere)))
    assert failing.returncode == 1
    assert "bootstrapping aws://444455556666/eu-west-1" in failing.stderr
    assert "told to" in failing.stderr  # the reason of the response

    emptied = local("reset", "--json")
    assert emptied.returncode == 0
    assert not Path(json.loads(emptied.stdout)["deleted"]).exists()
    listed = local(
        "run",
        "--",
        sys.executable,
        "-c",
        "import boto3; print(boto3.client('cloudformation').list_stacks()['StackSummaries'])",
    )
    assert listed.stdout.strip() == "[]"
