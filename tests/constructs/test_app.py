"""The example app, run as the CDK CLI runs it: in its own process, with the flags of cdk.json."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SNAPSHOT = Path(__file__).with_name("app.snapshot.json")
UPDATE = "UPDATE_SNAPSHOTS"


@pytest.fixture(scope="module")
def outdir(tmp_path_factory):
    return tmp_path_factory.mktemp("app")


@pytest.fixture(scope="module")
def templates(outdir, synthesize):
    """The only synthesis with the CDK's built-in template validation, which raises on a finding."""
    return synthesize("app.py", outdir, validation=True)


def test_snapshot(templates):
    """Shows every change of what users deploy. Accept one by running this test with UPDATE_SNAPSHOTS=1."""
    shown = {
        name: json.loads(re.sub(r"[0-9a-f]{64}\.zip", "ASSET.zip", template)) for name, template in templates.items()
    }
    if os.environ.get(UPDATE):
        SNAPSHOT.write_text(json.dumps(shown, indent=1) + "\n")

    assert shown == json.loads(SNAPSHOT.read_text()), f"run with {UPDATE}=1 to accept the change"


def test_outputs(templates):
    outputs = json.loads(templates["SmsRegistration"])["Outputs"]

    assert {"RegistrationArn", "RegistrationId"} <= set(outputs)


def test_second_stack_imports_from_the_first(templates):
    """A strong reference: CloudFormation refuses to replace a registration that another stack uses."""
    assert "Fn::ImportValue" in templates["SmsRegistrationSupport"]
    assert "Fn::GetStackOutput" not in templates["SmsRegistrationSupport"]


def test_cfn_lint_finds_nothing(templates, outdir, cfn_lint):
    cfn_lint(outdir)


def test_registration_type_from_context(tmp_path, synthesize):
    templates = synthesize("app.py", tmp_path, validation=False, registration_type="SG_SENDER_ID_REGISTRATION")

    (registration,) = (
        resource
        for resource in json.loads(templates["SmsRegistration"])["Resources"].values()
        if resource["Type"] == "Custom::SmsRegistration"
    )
    assert registration["Properties"]["RegistrationType"] == "SG_SENDER_ID_REGISTRATION"


def test_cdk_json_keeps_references_strong():
    context = json.loads((ROOT / "cdk.json").read_text())["context"]

    assert context["@aws-cdk/core:defaultCrossStackReferences"] == "strong"


@pytest.mark.skipif(not (ROOT / ".venv/bin/python").exists(), reason="`make` has created no environment")
def test_cdk_json_finds_the_environment_without_activating_it(tmp_path):
    app = json.loads((ROOT / "cdk.json").read_text())["app"]
    path = os.pathsep.join([str(Path(shutil.which("node")).parent), "/usr/local/bin", "/usr/bin", "/bin"])
    fresh = {"PATH": path, "HOME": str(tmp_path), "CDK_OUTDIR": str(tmp_path / "out"), "CDK_VALIDATION": "false"}

    subprocess.run(app, shell=True, check=True, cwd=ROOT, env=fresh, stdin=subprocess.DEVNULL)

    assert (tmp_path / "out/manifest.json").exists()
