"""The examples, and the command in the header of each one, run as from a fresh clone."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from pathlib import Path

from local_cloud.cloud import LocalCloud

ROOT = Path(__file__).parents[2]
EXAMPLES = {
    "existing_registration": "examples/existing_registration.py",
    "fleet": "examples/fleet/app.py",
    "native_registration": "examples/native_registration/app.py",
    "rcs_test_agent": "examples/rcs_test_agent/app.py",
    "sender_id": "examples/sender_id/app.py",
    "ten_dlc": "examples/ten_dlc/app.py",
    "toll_free": "examples/toll_free/app.py",
}
"""The script of each example, from the root of the repository."""

# Options of the CDK CLI that a person answers, or that only cost time here.
_QUICK = {"CDK_REQUIRE_APPROVAL": "never", "CDK_METHOD": "direct", "CDK_VALIDATION": "false"}

# `.venv/bin/python` of a checkout: the Python of this test, and functions as fast as this test's service.
_PYTHON = """#!{python}
import os, subprocess, sys
from pathlib import Path

sys.path.insert(0, {tests!r})
from support.write_rate import raise_write_rate

subprocess.run([sys.executable, *sys.argv[1:]], check=True)
raise_write_rate(Path(os.environ["CDK_OUTDIR"]), {rate})
"""


def header_command(script: str) -> list[str]:
    """The first command in an example's docstring.

    Args:
        script: The path of the example, from the root of the repository.

    Returns:
        The command's words, without the quotes of a shell.
    """
    docstring = ast.get_docstring(ast.parse((ROOT / script).read_text(encoding="utf-8"))) or ""
    found = re.search(r"``(npx cdk deploy\s[^`]+)``", docstring)
    assert found, f"{script} does not say how to deploy it"
    return shlex.split(found[1])


def deploy(cloud: LocalCloud, script: str, folder: Path, rate: float, **placeholders: str) -> str:
    """Deploy an example with the command in its header, word for word.

    Args:
        cloud: The cloud.
        script: The path of the example.
        folder: An empty folder, which becomes a checkout.
        rate: How many requests a second the service of the cloud accepts.
        **placeholders: What to put in place of an ID that the header leaves open, by the context's name.

    Returns:
        What the CDK CLI printed.
    """
    for name in ("cdk.json", "examples"):
        (folder / name).symlink_to(ROOT / name)
    python = folder / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(_PYTHON.format(python=sys.executable, tests=str(ROOT / "tests"), rate=rate))
    python.chmod(0o755)
    _, _, *arguments = header_command(script)
    for name, value in placeholders.items():
        [place] = [number for number, word in enumerate(arguments) if re.fullmatch(rf"{name}=[\w-]+\.\.\.", word)]
        arguments[place] = f"{name}={value}"
    done = cloud.cdk(*arguments, cwd=folder, variables=_QUICK, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return done.stdout
