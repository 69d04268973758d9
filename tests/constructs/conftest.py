"""Fixtures for tests that synthesize. The two variables must be set before aws_cdk starts its Node process."""

import os

# CDK's built-in template validator costs seconds per process; test_app.py runs it once, on the whole example.
os.environ["CDK_VALIDATION"] = "false"
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "18,20")

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

ROOT = Path(__file__).parents[2]
RECOMMENDED_FLAGS = json.loads((ROOT / "cdk.json").read_text())["context"]

NAG = """
import runpy, sys
import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

synth = cdk.App.synth

def synth_with_nag(app, **options):
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return synth(app, **options)

cdk.App.synth = synth_with_nag
sys.path[0] = sys.argv[1].rpartition("/")[0]  # as in a script that is run by itself
runpy.run_path(sys.argv[1], run_name="__main__")
"""


@pytest.fixture
def app() -> cdk.App:
    return cdk.App(builtin_cloud_formation_validation=False)


@pytest.fixture(params=["no feature flags", "recommended flags"])
def app_with_and_without_flags(request: pytest.FixtureRequest) -> cdk.App:
    """The library must behave the same, whatever feature flags an app sets."""
    flags = RECOMMENDED_FLAGS if request.param == "recommended flags" else None
    return cdk.App(builtin_cloud_formation_validation=False, context=flags)


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Test")


@pytest.fixture
def registration_resource() -> Callable[[cdk.Stack], dict[str, Any]]:
    """Returns a function that finds the one registration in a stack's template."""

    def find(stack: cdk.Stack) -> dict[str, Any]:
        (resource,) = Template.from_stack(stack).find_resources("Custom::SmsRegistration").values()
        return dict(resource)

    return find


@pytest.fixture(scope="session")
def synthesize() -> Callable[..., dict[str, str]]:
    """Runs an app as the CDK CLI does, in its own process with the flags of cdk.json, and returns its templates."""

    def run(
        script: str, outdir: Path, *, validation: bool = False, nag: bool = False, **context: str
    ) -> dict[str, str]:
        environment = {
            **os.environ,
            "CDK_OUTDIR": str(outdir),
            "CDK_CONTEXT_JSON": json.dumps({**RECOMMENDED_FLAGS, **context}),
            "CDK_VALIDATION": "true" if validation else "false",
        }
        command = [sys.executable, *(["-c", NAG] if nag else []), str(ROOT / script)]
        # Not in the repository, because an example must find its files from anywhere.
        done = subprocess.run(command, env=environment, cwd=outdir, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return {
            path.name.removesuffix(".template.json"): path.read_text()
            for path in sorted(outdir.glob("*.template.json"))
        }

    return run


@pytest.fixture(scope="session")
def cfn_lint() -> Callable[..., None]:
    """Fails with the findings of cfn-lint in the templates of folders."""

    def run(*folders: Path) -> None:
        templates = [template for folder in folders for template in folder.glob("*.template.json")]
        assert templates
        # W3005: the CDK itself makes every function depend on its role, although it refers to it.
        command = [Path(sys.executable).with_name("cfn-lint"), "--ignore-checks", "W3005", "--"]
        done = subprocess.run([*command, *templates], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr

    return run
