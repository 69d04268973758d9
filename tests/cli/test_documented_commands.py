"""Every command in a block of the README, of CONTRIBUTING and of the documentation works as it is written.

Most are parsed by what the program parses them with. Those of the command line that a reader runs in a project are run, on the
fake service. docs/cli.md and the two stories are recorded from runs, by `make cli-docs`; local_cloud/test_examples.py runs the
commands in the headers of the examples.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import moto_sms_voice
from moto_sms_voice import SmsVoiceBackend
from sms_registration_cli.group import sms_registration
from support import commands
from support.cli_help import write_form

ROOT = commands.ROOT
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/**/*.md"))]
PAGES_WITH_COMMANDS = [page for page in PAGES if commands.lines_of(page)]
TITLED = re.compile(r"^```\w+ title=\"([^\"]+)\"\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BRAND, CAMPAIGN = "US_TEN_DLC_BRAND_REGISTRATION", "US_TEN_DLC_CAMPAIGN_REGISTRATION"
RUN = ("check", "explain", "export", "schema", "snapshot", "status", "types")
"""`plan` needs a synthesized app, and tests/cli/test_plan.py has it."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """What `init` makes, with the forms that the pages show and name."""
    CliRunner().invoke(sms_registration, ["init", "."], catch_exceptions=False)
    for page in PAGES:
        for title, text in TITLED.findall(page.read_text(encoding="utf-8")):
            if title.startswith("forms/"):
                (tmp_path / title).write_text(text, encoding="utf-8")
    for file in (ROOT / "examples/toll_free/opt-in.png", *(ROOT / "examples/sender_id").glob("letter*")):
        shutil.copy(file, tmp_path / "forms")
    example = moto_sms_voice.backend().example_form(CAMPAIGN, attachment_id="")
    values = {path: next(iter(member.values())) for path, member in example.items()}
    write_form(tmp_path / "forms/campaign.yaml", CAMPAIGN, values)
    # What the story exported.
    (tmp_path / "exported/forms").mkdir(parents=True)
    shutil.copy(tmp_path / "forms/brand.yaml", tmp_path / "exported/forms/us_ten_dlc_brand.yaml")
    return tmp_path


def ids(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", PAGES_WITH_COMMANDS, ids=ids)
def test_commands_work(page: Path, project: Path) -> None:
    assert [problem for line in commands.lines_of(page) for problem in commands.problems(line, project)] == []


def lines_to_run(page: Path, project: Path) -> Iterator[tuple[list[str], set[int]]]:
    """The commands of the command line that are run, and their exit codes."""
    for line in commands.lines_of(page):
        for command in commands.commands_of(line, project):
            words = command.words
            while "run" in words and words[0] != "run":
                words = words[words.index("--") + 1 :]
            if words[0].endswith("sms-registration") and words[1] in RUN:
                expanded = [path for word in words[1:] for path in command.expanded(word)]
                # The campaign has the texts of the fake, of which the check warns.
                yield expanded, {0, 1} if "||" in line or "forms/campaign.yaml" in expanded else {0}


@pytest.mark.parametrize(
    "page", [page for page in PAGES_WITH_COMMANDS if page.name not in commands.TRANSCRIPTS], ids=ids
)
def test_command_line_runs(page: Path, project: Path, fake: SmsVoiceBackend, client: Any) -> None:
    made = client.create_registration(RegistrationType=BRAND)["RegistrationId"]
    for words, codes in lines_to_run(page, project):
        words = [made if word.startswith("registration-") else word for word in words]
        done = CliRunner().invoke(sms_registration, words)
        assert done.exit_code in codes, f"{words}: {done.output}"


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("make depoy-local", "No rule to make target 'depoy-local'"),
        ("make bench BENHC=quota", "the Makefile has no variable BENHC"),
        ("sms-registration statuz", "there is no command statuz"),
        ("sms-registration status --stak Sms", "No such option '--stak'"),
        ("sms-registration scaffold", "Missing argument"),
        ("sms-registration check forms/none.yaml", "forms/none.yaml' does not exist"),
        ("sms-registration local deplo", "invalid choice: 'deplo'"),
        ("sms-registration local advance soon", "got 'soon', expected a number and m, h, d or w"),
        ("sms-registration local review dney registration-1", "invalid choice: 'dney'"),
        ("sms-registration local review deny registration-1 --raeson A", "--raeson"),
        ("sms-registration local run -- .venv/bin/sms-registration statuz", "there is no command statuz"),
        ("sms-registration local cdk -- reticulate", "reticulate is not in CDK_OPTIONS"),
        ("sms-registration local schedule now", "unknown arguments now"),
        ("cd sms && npx cdk deploy --al", "deploy --al is not in CDK_OPTIONS"),
        ('npx cdk deploy --app "python3 app.py"', "expected .venv/bin/python and a script that exists"),
        ('npx cdk deploy --app ".venv/bin/python examples/none.py"', "expected .venv/bin/python"),
        ('pip install "dist/cdk_sms_registration-0.0.9-py3-none-any.whl[cli]"', "is not the version"),
        ('uv pip install "dist/cdk_sms_registration-0.1.0-py3-none-any.whl[clii]"', "there is no extra clii"),
        ("poetry add sms-registration", "sms-registration is not this project"),
        ("python -m pytest tests/rules/test_none.py", "tests/rules/test_none.py does not exist"),
        ("pytest -m fautl", "there is no mark fautl"),
        ("aws pinpoint-sms-voice-v2 describe-registration", "has no operation describe-registration"),
        (
            "aws lambda invoke --function-name F --payload '{}' out",
            "--payload: version 2 of the AWS CLI reads it as base64",
        ),
        ("aws pinpoint-sms-voice-v2 delete-registration", "delete-registration needs RegistrationId"),
        ("aws cloudformation describe-stack-events --stack Sms", "describe-stack-events has no --stack"),
        ("pip-audit -r <(echo crhelper==1.0) --no-deps", "the project has crhelper=="),
        ("terraform apply", "no rule for 'terraform'"),
    ],
)
def test_a_wrong_command_is_found(line: str, problem: str, project: Path) -> None:
    assert problem in "\n".join(commands.problems(line, project))
