"""Fixtures for tests that synthesise. The two variables must be set before aws_cdk starts its Node process."""

import os

# CDK's built-in template validator costs seconds per process; test_app.py runs it once, on the whole example.
os.environ["CDK_VALIDATION"] = "false"
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "18,20")

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

RECOMMENDED_FLAGS = json.loads((Path(__file__).parents[2] / "cdk.json").read_text())["context"]


@pytest.fixture
def app() -> cdk.App:
    return cdk.App(builtin_cloud_formation_validation=False)


@pytest.fixture(params=["no feature flags", "recommended flags"])
def app_with_and_without_flags(request: pytest.FixtureRequest) -> cdk.App:
    """The library must do the same whatever flags an app has set."""
    flags = RECOMMENDED_FLAGS if request.param == "recommended flags" else None
    return cdk.App(builtin_cloud_formation_validation=False, context=flags)


@pytest.fixture
def stack(app: cdk.App) -> cdk.Stack:
    return cdk.Stack(app, "Test")


@pytest.fixture
def registration_resource() -> Callable[[cdk.Stack], dict[str, Any]]:
    """Gives the one custom resource of a stack's template."""

    def find(stack: cdk.Stack) -> dict[str, Any]:
        (resource,) = Template.from_stack(stack).find_resources("Custom::SmsRegistration").values()
        return dict(resource)

    return find
