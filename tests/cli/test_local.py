"""`local`: the local cloud's verbs, from the wheel."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

from local_cloud import cli, toolchain
from sms_registration_cli.commands import init, local

ROOT = Path(toolchain.__file__).parents[2]


def test_everything_is_passed_on(run, monkeypatch):
    given = []
    monkeypatch.setattr(cli, "main", lambda arguments, program: given.append((arguments, program)) or 7)
    run("local", "deploy", "--cwd", "x", "Stack", "--", "--verbose", code=7)
    assert given == [(("deploy", "--cwd", "x", "Stack", "--", "--verbose"), "sms-registration local")]


def test_without_a_verb_the_verbs_are_listed(run):
    assert "deploy" in run("local").output


def test_help_bears_the_name_of_the_command(run):
    assert "usage: sms-registration local deploy" in run("local", "deploy", "--help").output


def test_a_missing_package_names_the_extra(run, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(local.importlib.util, "find_spec", lambda name: None if name == "trustme" else found(name))
    text = run("local", "deploy", code=2).stderr
    assert "trustme" in text
    assert "cdk-sms-registration[local]" in text


def test_windows_is_told_where_it_runs(run, monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(local.importlib.util, "find_spec", lambda name: None if name == "fcntl" else found(name))
    assert "Linux and macOS" in run("local", "deploy", code=2).stderr


def test_one_version_of_the_cdk_cli_everywhere():
    pinned = json.loads((ROOT / "package.json").read_text())["devDependencies"]["aws-cdk"]
    assert pinned == toolchain.CDK_CLI == init.CDK_CLI


def test_the_apps_own_cdk_cli_is_used(tmp_path, monkeypatch):
    monkeypatch.setattr(toolchain, "IS_CHECKOUT", False)
    package = tmp_path / "node_modules/aws-cdk/package.json"
    package.parent.mkdir(parents=True)
    package.write_text('{"version": "2.2000.0"}')
    command = tmp_path / "node_modules/.bin/cdk"
    command.parent.mkdir()
    command.touch()
    inside = tmp_path / "app"
    inside.mkdir()
    monkeypatch.chdir(inside)
    assert toolchain.cdk_cli(tmp_path / "home", print) == command


def test_a_cdk_cli_of_another_line_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(toolchain, "IS_CHECKOUT", False)
    package = tmp_path / "node_modules/aws-cdk/package.json"
    package.parent.mkdir(parents=True)
    package.write_text('{"version": "3.0.0"}')
    installed = []
    monkeypatch.setattr(toolchain, "_installed", lambda folder, version, progress: installed.append((folder, version)))
    toolchain.cdk_cli(tmp_path / "home", print)
    assert installed == [(tmp_path / "home/cdk-cli", toolchain.CDK_CLI)]
    assert (
        json.loads((tmp_path / "home/cdk-cli/package.json").read_text())["devDependencies"]["aws-cdk"]
        == toolchain.CDK_CLI
    )
