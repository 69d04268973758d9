"""The provider function as shipped, in this process, with a test environment in place of Lambda's."""

import contextlib
import importlib
import os
import pkgutil
import time as real_time
from collections.abc import Iterator
from types import ModuleType
from unittest import mock

import moto_sms_voice
from sms_registration_contract import cloudformation, containers
from sms_registration_contract.virtual_time import VirtualTime, virtual_time

CONTAINER_AGE_SECONDS = 3600.0
"""How long ago the container started: long enough for a policy to take effect, so that AccessDenied is final."""


def prepare() -> None:
    """Register the fake and set the Region. Call it before the function is imported."""
    os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = containers.REGION
    moto_sms_voice.register()


def module(name: str) -> ModuleType:
    """Import a module of the function by its name inside the package."""
    return importlib.import_module(f"sms_registration_handler.{name}")


def all_modules() -> list[ModuleType]:
    """Import every module of the function."""
    package = importlib.import_module("sms_registration_handler")
    names = [each.name for each in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return [importlib.import_module(name) for name in names]


@contextlib.contextmanager
def in_virtual_time() -> Iterator[VirtualTime]:
    """Replace the clock of the whole function by one that moves only when the function sleeps."""
    modules = all_modules()
    timed = [each for each in modules if getattr(each, "time", None) is real_time]
    with virtual_time(*timed) as virtual, started_before(virtual, CONTAINER_AGE_SECONDS):
        yield virtual


@contextlib.contextmanager
def started_before(clock: VirtualTime, seconds: float) -> Iterator[None]:
    """Set the age of the container: a new one retries calls that IAM denies."""
    with mock.patch.object(module("aws.sms_voice"), "_STARTED", clock.monotonic() - seconds):
        yield


@contextlib.contextmanager
def calling_the_simulator() -> Iterator[None]:
    """Send the function's CloudFormation calls to the simulated stacks."""
    with (
        mock.patch.object(module("dispatch"), "cloudformation_client", cloudformation.client),
        mock.patch.object(module("watch_index"), "cloudformation_client", cloudformation.client),
    ):
        yield
