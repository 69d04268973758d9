"""Starts sandboxes: the function's code as Lambda unpacks it, with a runtime that has boto3, each in its own process."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3

from benchmarks.endpoint import Endpoint
from cdk_sms_registration.asset import handler_asset

HERE = Path(__file__).parent
RUNTIME = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six.py", "urllib3")
"""The packages of a Lambda runtime, with bytecode. The function's code has none, and its folder is read-only in Lambda."""


@dataclass(frozen=True)
class Result:
    """The measurements of some events in a sandbox.

    Attributes:
        seconds: The time of each call of the handler.
        cpu: The total CPU seconds.
        peak: The peak memory of the process, in MB.
    """

    seconds: tuple[float, ...]
    cpu: float
    peak: float


@contextlib.contextmanager
def task_folder() -> Iterator[Path]:
    """A folder with the code of every measured handler, and a runtime beside it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.unpack_archive(handler_asset().archive, folder)
        for handler in (HERE / "handlers").glob("*.py"):
            (folder / handler.name).symlink_to(handler)
        (folder / "runtime").mkdir()
        packages = Path(boto3.__file__).parents[1]
        for each in RUNTIME:
            (folder / "runtime" / each).symlink_to(packages / each)
        yield folder


class Sandbox:
    """A running sandbox; the process ends with the context.

    Attributes:
        started: When the process was started (`time.monotonic`).
    """

    def __init__(self, task: Path, handler: str, endpoint: Endpoint) -> None:
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
        # Without `site`: a Lambda runtime does not have this environment's .pth files.
        command = [sys.executable, "-S", str(HERE / "sandbox.py"), handler, endpoint.url]
        self._handler = handler
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed when the sandbox is left
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True
        )

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()
        self._errors.close()

    def handle(self, events: int) -> Result:
        """Let it handle this many events."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{events}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            raise RuntimeError(f"the sandbox of {self._handler} failed:\n{self._errors.read()}")
        measured = json.loads(line)
        return Result(tuple(measured["seconds"]), measured["cpu"], measured["peak_kib"] / 1024)
