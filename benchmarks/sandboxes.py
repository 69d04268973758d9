"""Starts sandboxes: the function's code as Lambda unpacks it, beside a runtime with boto3, in a process of its own."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
import crhelper

from benchmarks.endpoint import Endpoint
from cdk_sms_registration.asset import handler_asset

HERE = Path(__file__).parent
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
"""What a Lambda runtime has, bytecode included. The function's own code has none, and its folder is read-only there."""


@dataclass(frozen=True)
class Result:
    """What a sandbox measured.

    Attributes:
        started: When the process was started (`time.monotonic`).
        seconds: What each call of the handler took.
        peak: The most memory that the process had, in MB.
    """

    started: float
    seconds: tuple[float, ...]
    peak: float


@contextlib.contextmanager
def task_folder() -> Iterator[Path]:
    """A folder with the code of every measured handler, and a runtime beside it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for package in handler_asset().iterdir():
            (folder / package.name).symlink_to(package)
        for handler in (HERE / "handlers").glob("*.py"):
            (folder / handler.name).symlink_to(handler)
        (folder / "runtime").mkdir()
        packages = Path(boto3.__file__).parents[1]
        for each in RUNTIME:
            (folder / "runtime" / each).symlink_to(packages / each)
        assert crhelper.__file__ is not None
        yield folder


def run(task: Path, handler: str, endpoint: Endpoint, rounds: int = 1) -> Result:
    """Start a sandbox, let it handle so many events, and wait for its end."""
    environment = {
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint.url,
        "AWS_CA_BUNDLE": str(endpoint.authorities),
        "SSL_CERT_FILE": str(endpoint.authorities),
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join([str(task), str(task / "runtime")]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    started = time.monotonic()
    # Without `site`: this environment's .pth files are no part of a Lambda runtime.
    done = subprocess.run(
        [sys.executable, "-S", str(HERE / "sandbox.py"), handler, endpoint.url, str(rounds)],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the sandbox of {handler} failed:\n{done.stderr}")
    measured = json.loads(done.stdout.splitlines()[-1])
    return Result(started, tuple(measured["seconds"]), measured["peak_kib"] / 1024)
