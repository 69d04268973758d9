"""What the first run installs: a virtual environment for ministack, and the CDK CLI."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

REQUIREMENTS = ("ministack==1.5.33", "boto3==1.43.106")
CHECKOUT = Path(__file__).resolve().parents[2]
HOME = CHECKOUT / ".local-cloud"

Progress = Callable[[str], None]


class LocalCloudError(Exception):
    """An error that the caller can fix; the text says how."""


def ministack_python(home: Path, progress: Progress) -> Path:
    """Return the interpreter of ministack's virtual environment, which is created if it is missing or has other versions.

    It is separate from the project's environment because ministack pins botocore exactly, and because Lambda functions run
    with its packages: a function must include its own dependencies.

    Raises:
        LocalCloudError: The packages could not be installed.
    """
    with _lock(home / "ministack-venv.lock"):
        return _ministack_python(home / "ministack-venv", progress)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a lock, so that only one process at a time installs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _ministack_python(folder: Path, progress: Progress) -> Path:
    python = folder / "bin" / "python"
    marker = folder / "local-cloud.json"
    wanted = json.dumps({"requirements": REQUIREMENTS, "python": sys.version})
    if python.exists() and marker.exists() and marker.read_text() == wanted:
        return python
    progress(f"installing {' and '.join(REQUIREMENTS)} into {folder} (first run only, about 15 seconds)")
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True, symlinks=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *REQUIREMENTS]
    installed = subprocess.run(command, capture_output=True, text=True, check=False)
    if installed.returncode:
        raise LocalCloudError(f"could not install {', '.join(REQUIREMENTS)} into {folder}:\n{installed.stderr.strip()}")
    marker.write_text(wanted)
    return python


def cdk_cli(progress: Progress) -> Path:
    """Return the CDK CLI that the checkout's package.json pins, installed if it is missing or has another version.

    Raises:
        LocalCloudError: Node.js is missing or the CLI could not be installed.
    """
    package = json.loads((CHECKOUT / "package.json").read_text())
    version = package["devDependencies"]["aws-cdk"]
    modules = CHECKOUT / "node_modules"
    installed = modules / "aws-cdk" / "package.json"
    command = modules / ".bin" / "cdk"
    if not shutil.which("node"):
        raise LocalCloudError("the CDK CLI needs Node.js 18 or newer: install it and put `node` on the PATH")
    if command.exists() and installed.exists() and json.loads(installed.read_text())["version"] == version:
        return command
    if not shutil.which("npm"):
        raise LocalCloudError("the CDK CLI is installed with npm: put `npm` on the PATH")
    progress(f"installing the CDK CLI {version} (first run only, a few seconds)")
    run = subprocess.run(
        ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "npm_config_update_notifier": "false"},
    )
    if run.returncode or not command.exists():
        raise LocalCloudError(f"`npm install` in {CHECKOUT} failed:\n{run.stderr.strip()}")
    return command
