"""Refuses an AWS CLI that does not know AWS_ENDPOINT_URL: it would call AWS instead of the local cloud."""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from local_cloud.toolchain import LocalCloudError

SUPPORTED = {1: (1, 29, 0), 2: (2, 13, 0)}
"""The first versions that read AWS_ENDPOINT_URL (AWS SDKs and Tools Reference Guide, "Service-specific endpoints")."""

_VERSION = re.compile(r"aws-cli/(\d+)\.(\d+)\.(\d+)")


def require_support(command: Sequence[str], environment: Mapping[str, str]) -> None:
    """Do nothing unless a command is the AWS CLI, and too old.

    Args:
        command: The program and its arguments.
        environment: Its variables.

    Raises:
        LocalCloudError: It would call AWS.
    """
    if not command or Path(command[0]).name != "aws" or "--endpoint-url" in " ".join(command):
        return
    problem = problem_of(command[0], environment.get("PATH"))
    if problem:
        raise LocalCloudError(problem)


def problem_of(program: str = "aws", path: str | None = None) -> str:
    """Return why the AWS CLI may not be used, and what to do. Empty if it may, or if there is none.

    Args:
        program: Its name or path.
        path: Where to look for it. Omitted: PATH.
    """
    found = shutil.which(program, path=path)
    said = _VERSION.search(_version(found)) if found else None
    if said is None:
        return ""
    version = tuple(int(number) for number in said.groups())
    needed = SUPPORTED.get(version[0])
    if needed is None or version >= needed:
        return ""
    return (
        f"{said[0]} ({found}) does not know AWS_ENDPOINT_URL and would call AWS. Install 1.29 or 2.13, or newer: "
        "pip install 'awscli>=1.29'"
    )


@functools.cache
def _version(program: str) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr  # version 1 on Python 2 printed it to stderr
