"""The command line against the fake in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from moto import mock_aws

import moto_sms_voice
from sms_registration_cli import session
from sms_registration_cli.group import sms_registration
from support.fake_help import make_client

moto_sms_voice.register()

Run = Callable[..., Result]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder of its own, credentials of nobody, and no set-up of the person who runs the tests."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "COLUMNS", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "no-such-file"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[moto_sms_voice.SmsVoiceBackend]:
    # An endpoint on this machine is called without pauses, and so is this one.
    monkeypatch.setattr(session, "_is_local", lambda url: True)
    with mock_aws():
        yield moto_sms_voice.backend()


@pytest.fixture
def client(fake: moto_sms_voice.SmsVoiceBackend) -> Any:
    return make_client()


@pytest.fixture
def run() -> Run:
    """Runs a command line; an exit code other than the expected one shows the output."""

    def invoke(*arguments: str, code: int = 0, text: str | None = None) -> Result:
        result = CliRunner().invoke(sms_registration, [str(each) for each in arguments], input=text)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return invoke


@pytest.fixture
def run_json(run: Run) -> Callable[..., Any]:
    return lambda *arguments, code=0: json.loads(run(*arguments, "--json", code=code).stdout)
