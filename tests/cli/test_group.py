"""The console script as a whole."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sms_registration_cli import main
from sms_registration_cli.group import COMMANDS

HEAVY = ("boto3", "botocore", "rich", "yaml", "moto", "local_cloud", "sms_registration_forms")


def test_help_lists_every_command(run):
    text = run("--help").stdout
    listed = [line.split()[0] for line in text.partition("Commands:")[2].splitlines() if line.startswith("  ")]
    assert [name for name in listed if name in COMMANDS] == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(run, name):
    if name == "local":
        return_code = run(name, "--help", code=0)
        assert "deploy" in return_code.output
    else:
        assert f"Usage: sms-registration {name}" in run(name, "--help").stdout


def test_help_imports_nothing_heavy():
    program = (
        "import sys\n"
        "from sms_registration_cli.group import sms_registration\n"
        "try: sms_registration(['--help'])\n"
        "except SystemExit: pass\n"
        f"print(sorted(set(sys.modules) & set({HEAVY})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_unknown_command_suggests_another(run):
    assert "scaffold" in run("scaffol", code=2).output


def test_version(run):
    assert run("--version").stdout.startswith("sms-registration, version ")


@pytest.mark.parametrize(("name", "extra"), [("click", "cli"), ("boto3", "cli"), ("trustme", "local")])
def test_a_missing_extra_is_named(monkeypatch, capsys, name, extra):
    def missing(**_):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("sms_registration_cli.group.sms_registration", missing)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 2
    assert f"pip install 'cdk-sms-registration[{extra}]'" in capsys.readouterr().err


def test_another_missing_module_is_no_missing_extra(monkeypatch):
    def missing(**_):
        raise ModuleNotFoundError("No module named 'elsewhere'", name="elsewhere")

    monkeypatch.setattr("sms_registration_cli.group.sms_registration", missing)
    with pytest.raises(ModuleNotFoundError):
        main.main()


def test_without_click_the_script_says_what_to_install():
    program = "import sys; sys.modules['click'] = None; from sms_registration_cli.main import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cdk-sms-registration[cli]" in done.stderr
    assert "Traceback" not in done.stderr
