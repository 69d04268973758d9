"""A person who owns nothing but texts: from `init` to an approved registration, with the command line alone."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("aws_cdk")

from local_cloud.cloud import LocalCloud
from support.cli_help import BRAND_FORM
from support.fake_help import BRAND
from support.story import CLI_STORY, Story
from support.terminal import COLORFUL, unstyled

pytestmark = pytest.mark.local_cloud

WRONG = {
    # the line in the form, and what `check` must say about it
    "companyName": ('companyName: ""', "is required, but has no value"),
    "taxIdIssuingCountry": ("taxIdIssuingCountry: USA", "is too long"),
    "taxId": ("taxId: 123456789", "is read as a number"),
    "legalType": ("legalType: Private", "has a choice that is not offered"),
    "address": ("address: 410 Terry Avenue North #5", "is cut off at ' #'"),
    "city": ("city: [Seattle, Tacoma]", "has 2 choices, expected text"),
    "state": ("state: {secret: brand, key: state}", "unknown key 'key'"),
    "zipCode": ('zipcode: "98109"', "is not a field of this form; closest: companyInfo.zipCode"),
    "dbaName": ('dbaName: "Example "', "ends with white space"),
    "vertical": ("vertical: {file: logo.png}", "does not exist"),
    "supportPhoneNumber": ("supportPhoneNumber: 206-555-0142", "does not match"),
    "supportEmail": ("supportEmail: example.corp@gmail.com", "public"),
}


class Terminal:
    """The project's folder, with the variables of the local cloud."""

    def __init__(self, cloud: LocalCloud, folder: Path, story: Story) -> None:
        self.cloud, self.folder, self.story = cloud, folder, story

    def run(self, *arguments: str, code: int = 0, first: int | None = None, pictured: bool = False) -> str:
        command = [sys.executable, "-m", "sms_registration_cli", *arguments]
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = self.cloud.run(command, cwd=self.folder, variables=COLORFUL, **pipe)
        assert done.returncode == code, done.stdout
        self.story.show(shlex.join(["sms-registration", *arguments]), done.stdout, first=first, pictured=pictured)
        return unstyled(done.stdout)

    def deploy(self) -> None:
        """`sms-registration local deploy`, on the cloud of this test."""
        done = self.cloud.cdk(
            "deploy",
            "--all",
            "--require-approval",
            "never",
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert done.returncode == 0, done.stdout
        outcome = [line for line in done.stdout.splitlines() if " = " in line or "\N{WHITE HEAVY CHECK MARK}" in line]
        self.story.show("sms-registration local deploy", "\n".join(outcome), pictured=True)

    def review(self, *arguments: str) -> None:
        """`sms-registration local review`, on the cloud of this test."""
        self.cloud.review(*arguments).check_returncode()
        self.story.show(shlex.join(["sms-registration", "local", "review", *arguments]), "", pictured=True)


def filled(scaffold: str, values: dict[str, str]) -> str:
    """A scaffold with its empty fields filled in."""
    for path, value in values.items():
        name = path.rpartition(".")[2]
        scaffold, count = re.subn(
            rf'^  {name}: ""$', lambda _, n=name, v=value: f"  {n}: {json.dumps(v)}", scaffold, flags=re.M
        )
        assert count == 1, path
    return scaffold


def test_from_texts_to_an_approved_brand(local_cloud: LocalCloud, tmp_path: Path) -> None:
    story = Story(CLI_STORY)
    story.say(
        "# From texts to an approved registration",
        "",
        "This is the whole story of one registration, by a person who owns nothing but the texts.",
        "The outputs are real: `make cli-docs` runs the commands on the local cloud and records what they print.",
        "Of a deployment, only the result is shown.",
        "",
        "![A form is planned, deployed, denied, explained, corrected and approved in a terminal](images/cli-story.svg)",
    )
    story.say("## A project")
    Terminal(local_cloud, tmp_path, story).run("init", "project")
    story.say("The next commands run in its folder, `cd project`.")
    terminal = Terminal(local_cloud, tmp_path / "project", story)
    form = terminal.folder / "forms" / "brand.yaml"
    story.say("## What the form needs")
    terminal.run("types", "--country", "US", first=12)
    terminal.run("fields", BRAND, first=12)
    terminal.run("snapshot", BRAND)
    terminal.run("scaffold", BRAND, "-o", "forms/brand.yaml", "--force")
    terminal.run("schema", BRAND, "-o", "forms/brand.schema.json")

    # Fill in, with twelve mistakes.
    good = filled(form.read_text(), BRAND_FORM)
    bad = good
    for name, (line, _) in WRONG.items():
        bad, count = re.subn(rf"^  {name}: .*$", f"  {line}", bad, flags=re.M)
        assert count == 1, name
    form.write_text(bad)
    story.say("## Twelve mistakes", "", "The form is filled in, with twelve mistakes of different kinds:")
    story.show_lines("yaml", [line for line, _ in WRONG.values()])
    found = terminal.run("check", "forms/brand.yaml", code=2).splitlines()
    for line, words in WRONG.values():
        number = bad.splitlines().index(f"  {line}") + 1
        at_line = [each for each in found if each.startswith(f"forms/brand.yaml:{number}:")]
        assert any(words in each for each in at_line), f"{line}: {words}, got {at_line}"

    # Fix them.
    form.write_text(good)
    story.say("With all of them corrected, nothing is left to say.")
    terminal.run("check", "forms/brand.yaml")

    # Ask for the submission, see what it would do, do it.
    app = terminal.folder / "app.py"
    app.write_text(app.read_text().replace("submit=False", "submit=True"))
    assert local_cloud.cdk("synth", "--quiet", cwd=terminal.folder, stdout=subprocess.PIPE).returncode == 0
    story.say(
        "## Submit", "", "In `app.py`, `submit=True` asks for the submission, and `cdk synth` writes the templates."
    )
    plan = terminal.run("plan", pictured=True)
    assert "create the registration, put 14 values, submit it for review" in plan
    terminal.deploy()
    (made,) = json.loads(terminal.run("status", "--stack", "SmsRegistrations", "--json", first=8))["registrations"]
    registration_id = made["registrationId"]
    assert made["versionStatus"] == "SUBMITTED"
    story.say("The deployment did what the plan said, so another one would change nothing.")
    assert "nothing changes" in terminal.run("plan"), "the deployment did what the plan said"

    # Denied: what is it about?
    story.say("## Denied", "", "On the local cloud you are the reviewer, and deny the form for its DBA name.")
    terminal.review(
        "deny",
        registration_id,
        "--reason",
        "BRAND_DBA_NAME_MISMATCH",
        "--field",
        "contactInfo.dbaName=BRAND_DBA_NAME_MISMATCH",
    )
    text = terminal.run("status", registration_id, pictured=True)
    for words in (
        "version 1 DENIED",
        "contactInfo.dbaName: BRAND_DBA_NAME_MISMATCH",
        "Cause ",
        "Change ",
        "Correct what is named",
    ):
        assert words in text
    assert "Change " in terminal.run("explain", "BRAND_DBA_NAME_MISMATCH")

    # Fixed, deployed, approved.
    form.write_text(good.replace('dbaName: "Example"', 'dbaName: "Example Corp"'))
    story.say("## Corrected and approved", "", "The form now has the DBA name `Example Corp`.")
    terminal.run("check", "forms/brand.yaml", pictured=True)
    terminal.deploy()
    terminal.review("approve", registration_id)
    text = terminal.run("status", registration_id, pictured=True)
    assert "version 2 APPROVED" in text
    assert "Approved. Nothing to do." in text

    # And back to texts.
    story.say(
        "## Back to texts", "", "An existing registration becomes a form file again, with the code that adopts it."
    )
    terminal.run("export", registration_id, "--to", "exported")
    terminal.run("check", "exported/forms/us_ten_dlc_brand.yaml")
    story.write()
