"""`make switches` runs the affected tests, accepts failures of marked ones, and finds unnecessary marks."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support import tools
from support.switches import LABELS, SWITCHES

ROOT = Path(__file__).parents[1]
TESTS = """
import pytest
from moto_sms_voice.models import SmsVoiceBackend

@pytest.fixture(scope="module")
def fake():
    fake = SmsVoiceBackend("us-east-1", "123456789012")
    fake.configure(burst=2)
    assert fake.behavior.page_size
    return fake

def test_asks_nothing(): ...
def test_asks_another(): assert SmsVoiceBackend("us-east-1", "123456789012").behavior.form_check == "submit"
def test_asks_in_a_fixture(fake): ...
def test_asks(): assert SmsVoiceBackend("us-east-1", "123456789012").behavior.page_size
def test_fails(): assert SmsVoiceBackend("us-east-1", "123456789012").behavior.page_size == 10

@pytest.mark.assumes("page_size")
def test_assumes(): assert SmsVoiceBackend("us-east-1", "123456789012").behavior.page_size == 10

@pytest.mark.assumes("page_size")
def test_assumes_needlessly(): assert SmsVoiceBackend("us-east-1", "123456789012").behavior.page_size
"""


def run(folder: Path, *options: str) -> Any:
    """Run the tests above in their own process, and return the report."""
    (folder / "test_it.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = assumes")
    paths = os.pathsep.join(str(ROOT / each) for each in ("tests", "testing"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "support.switched", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        [*command, *options, "--switches-report", "report.json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    report = folder / "report.json"
    assert report.is_file(), ended.stdout + ended.stderr
    return json.loads(report.read_text())


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    return {
        name.rpartition("::")[2]: switches
        for name, switches in run(tmp_path_factory.mktemp("asked"), "--record-switches").items()
    }


def test_switches_read_by_tests_and_fixtures_are_recorded(asked: dict[str, list[str]]) -> None:
    assert asked == {
        "test_asks_nothing": [],
        "test_asks_another": ["form_check"],
        "test_asks_in_a_fixture": ["page_size"],
        "test_asks": ["page_size"],
        "test_fails": ["page_size"],
        "test_assumes": ["page_size"],
        "test_assumes_needlessly": ["page_size"],
    }


def test_alternative_runs_the_affected_tests(asked: dict[str, list[str]], tmp_path: Path) -> None:
    (tmp_path / "asked.json").write_text(json.dumps({f"test_it.py::{name}": each for name, each in asked.items()}))
    found = run(tmp_path, "--switch", "page_size=1", "--only-affected", "asked.json")
    assert found["counts"] == {"passed": 3, "skipped": 1, "failed": 1, "not affected": 2}
    assert list(found["failed"]) == ["test_it.py::test_fails"]
    assert found["marked"] == {"test_it.py::test_assumes": True, "test_it.py::test_assumes_needlessly": False}


def test_mark_is_needed_if_one_alternative_needs_it() -> None:
    tool = tools.load("switches")

    def outcome(label: str, **marked: bool) -> Any:
        return tool.Outcome(label, 1.0, {}, marked=marked)

    outcomes = [outcome("page_size=1", needed=False, idle=False), outcome("page_size=100", needed=True, idle=False)]
    names = {label: name for label, (name, _) in LABELS.items()}
    assert tool.marks_not_needed(outcomes, names) == ["idle passes under every alternative of page_size"]


def test_every_switch_but_one_has_alternatives() -> None:
    assert {name for name, _ in LABELS.values()} == SWITCHES - {"reads_until_tags_visible"}
