"""`init`: a project that works at once."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import sms_registration_cli
from sms_registration_cli.commands.init import wheel_folder
from support.fake_help import BRAND

ROOT = Path(sms_registration_cli.__file__).parents[2]


def test_the_form_passes_check(fake, run, monkeypatch):
    run("init", "project")
    monkeypatch.chdir("project")
    run("check", "forms/brand.yaml")


def test_json_lists_the_files(run_json):
    made = run_json("init", "project")
    assert made["directory"] == "project"
    assert sorted(made["files"]) == sorted(str(path) for path in Path("project").rglob("*") if path.is_file())
    assert made["next"][0] == "cd project"


def test_no_mark_is_left(run):
    run("init", "project")
    for path in Path("project").rglob("*"):
        if path.is_file():
            assert "@" not in path.read_text().replace("sms-support@", "").replace("@aws-cdk", "").replace(
                "aws-cdk@", ""
            )
    ast.parse(Path("project/app.py").read_text())
    assert Path("project/.gitignore").is_file()


def test_the_flags_are_those_of_the_example():
    """Both apps follow the CDK's recommendations in the same way."""
    made = json.loads((ROOT / "cli/sms_registration_cli/project/cdk.json.template").read_text())
    assert made["context"] == json.loads((ROOT / "cdk.json").read_text())["context"]


def test_a_folder_with_something_in_it_is_left_alone(run):
    Path("project/.git").mkdir(parents=True)
    run("init", "project")
    assert "not empty" in run("init", "project", code=2).stderr


def test_an_environment_that_is_there_is_used(run_json):
    """So that the command line is installed once: into the environment of the app."""
    Path(".venv").mkdir()
    made = run_json("init", ".")
    assert made["next"][0] == ".venv/bin/pip install -r requirements.txt && npm install"
    assert Path("app.py").is_file()


def test_its_own_test_passes(run):
    """The app synthesizes, and nothing is submitted."""
    run("init", "project")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "project"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert BRAND in (Path("project") / "README.md").read_text()


def test_its_own_test_says_what_to_do_when_a_form_is_submitted(run):
    run("init", "project")
    app = Path("project/app.py")
    app.write_text(app.read_text().replace("submit=False", "submit=True"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "project"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "app.py submits a form. If that is intended, change this test." in done.stdout


def test_every_function_is_typed(run):
    """So that a project can begin with `mypy --strict`."""
    run("init", "project")
    functions = [
        node
        for path in Path("project").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    assert len(functions) == 2
    for function in functions:
        assert function.returns is not None
        assert all(each.annotation for each in function.args.args if each.arg != "self")


@pytest.mark.parametrize(
    ("direct_url", "folder"),
    [
        (
            '{"archive_info": {}, "url": "file:///home/me/a%20clone/dist/cdk_sms_registration-0.1.0-py3-none-any.whl"}',
            Path("/home/me/a clone/dist"),
        ),
        ('{"dir_info": {"editable": true}, "url": "file:///home/me/clone"}', None),
        ('{"archive_info": {}, "url": "https://example.com/cdk_sms_registration-0.1.0-py3-none-any.whl"}', None),
        (None, None),
    ],
)
def test_a_wheel_on_this_machine_is_found_again(direct_url, folder):
    assert wheel_folder(direct_url) == folder


def test_a_project_requires_the_package_from_where_it_came(run, monkeypatch):
    """Until it is on an index, `pip install -r requirements.txt` finds nothing without the folder of the wheel."""
    monkeypatch.setattr("sms_registration_cli.commands.init.wheel_folder", lambda text: Path("/home/me/dist"))
    run("init", "project")
    assert (
        "\n--find-links /home/me/dist\ncdk-sms-registration[cli,local]>="
        in Path("project/requirements.txt").read_text()
    )
