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
CDK_CLI = "2.1148.1"
"""Version of the CDK CLI that is installed where there is none of the 2.x line; package.json of the checkout has it too."""

SOURCE_ROOT = Path(__file__).resolve().parents[1]
CHECKOUT = SOURCE_ROOT.parent
IS_CHECKOUT = (CHECKOUT / "testing" / "local_cloud").is_dir()
"""Whether this is a checkout and not an installed package."""

HOME = (CHECKOUT if IS_CHECKOUT else Path.cwd()) / ".local-cloud"
"""Tools, logs and state: in the checkout; from an installed package, in the current folder."""

Progress = Callable[[str], None]


class LocalCloudError(Exception):
    """An error that the caller can fix; the text says how."""


def make_home(home: Path) -> None:
    """Create the folder for tools, logs and state, and keep it out of Git where it has the usual name.

    It holds secrets and everything that was deployed, and an app's own .gitignore does not know it.

    Args:
        home: The folder. A .gitignore that it has stays as it is.
    """
    home.mkdir(parents=True, exist_ok=True)
    ignored = home / ".gitignore"
    if home.name == HOME.name and not ignored.exists():
        ignored.write_text("*\n", encoding="utf-8")


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


def cdk_cli(home: Path, progress: Progress) -> Path:
    """Return the CDK CLI of the app's own node_modules if it is of the 2.x line, otherwise install one.

    A checkout has its own, which its package.json pins.

    Args:
        home: The folder for what is installed outside of a checkout.
        progress: Called with a line about what takes time.

    Raises:
        LocalCloudError: Node.js is missing or the CLI could not be installed.
    """
    if not shutil.which("node"):
        raise LocalCloudError("the CDK CLI needs Node.js 20 or newer: install it and put `node` on the PATH")
    if IS_CHECKOUT:
        pinned = json.loads((CHECKOUT / "package.json").read_text())["devDependencies"]["aws-cdk"]
        return _installed(CHECKOUT, pinned, progress)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if _version(folder).startswith("2."):
            return folder / "node_modules" / ".bin" / "cdk"
    folder = home / "cdk-cli"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "devDependencies": {"aws-cdk": CDK_CLI}}))
    return _installed(folder, CDK_CLI, progress)


def python_path() -> dict[str, str]:
    """The variable that lets another process of this interpreter find this package; empty where it is installed."""
    return {"PYTHONPATH": str(SOURCE_ROOT)} if IS_CHECKOUT else {}


def _version(folder: Path) -> str:
    """The version of the CDK CLI in a folder's node_modules; empty if there is none."""
    package = folder / "node_modules" / "aws-cdk" / "package.json"
    if not package.is_file() or not (folder / "node_modules" / ".bin" / "cdk").exists():
        return ""
    return str(json.loads(package.read_text())["version"])


def _installed(folder: Path, version: str, progress: Progress) -> Path:
    """The CLI of a folder's package.json, installed if it is missing or of another version."""
    command = folder / "node_modules" / ".bin" / "cdk"
    if _version(folder) == version:
        return command
    if not shutil.which("npm"):
        raise LocalCloudError("the CDK CLI is installed with npm: put `npm` on the PATH")
    progress(f"installing the CDK CLI {version} (first run only, a few seconds)")
    run = subprocess.run(
        ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "npm_config_update_notifier": "false"},
    )
    if run.returncode or not command.exists():
        raise LocalCloudError(f"`npm install` in {folder} failed:\n{run.stderr.strip()}")
    return command
