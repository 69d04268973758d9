"""Writes the outputs of the commands into docs/cli.md: `make cli-docs`.

Each block that begins with `$ sms-registration ...` is run against the fake service, in the order of the page, in a folder of its
own. A comment `<!-- scene: ... -->` prepares what the next command finds. tests/cli/test_cli_docs.py checks that the page is what
this would write.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/cli.md"
PICTURES = ROOT / "docs/images"
COLUMNS = 120

_PART = re.compile(
    r"<!-- scene: (?P<scene>.+?) -->\n|```console(?: first=(?P<first>\d+))?\n\$ (?P<command>.+)\n(?:.*\n)*?```\n"
)
_ID = re.compile(r"registration-[0-9a-f]{32}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")

BRAND, CAMPAIGN = "US_TEN_DLC_BRAND_REGISTRATION", "US_TEN_DLC_CAMPAIGN_REGISTRATION"
OWN_ID, OTHER_ID = "registration-30a16a8b7cec478a8e37febbb9005348", "registration-5c1d90fe21b64e0f9a7de8c3b4f10a62"
STACK_ID = "arn:aws:cloudformation:us-east-1:123456789012:stack/SmsRegistrations/0123"
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "COLUMNS": str(COLUMNS),
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": os.environ.get("HOME", "/"),
}
MISTAKES = {
    'taxId: "123456789"': "taxId: 12-3456789",
    "legalType: PRIVATE_PROFIT": "legalType: Private",
    'address: "410 Terry Avenue North"': "address: 410 Terry Avenue North #5",
    "supportEmail: sms-support@example.com": "supportEmail: example.corp@gmail.com",
    'zipCode: "98109"': "zipCode: 98109",
    "  dbaName: Example\n": "",
}


class Scenes:
    """What the commands find; each public method is a scene, by its name with spaces."""

    def __init__(self, fake: Any) -> None:
        self._fake = fake
        self._good = ""

    def enter_the_project(self) -> None:
        """Work in the folder that `init` made."""
        os.chdir("sms")
        self._good = Path("forms/brand.yaml").read_text(encoding="utf-8")

    def the_service_changes_its_form(self) -> None:
        """A choice more, a field that becomes optional, a new field."""
        fields = {each["FieldPath"]: each for each in self._fake.definitions[BRAND].fields}
        fields["companyInfo.legalType"]["SelectValidation"]["Options"].append("COOPERATIVE")
        fields["companyInfo.state"]["FieldRequirement"] = "OPTIONAL"
        self._fake.definitions[BRAND].fields.append(
            {
                **fields["contactInfo.supportEmail"],
                "FieldPath": "contactInfo.salesEmail",
                "FieldRequirement": "OPTIONAL",
            }
        )

    def a_brand_with_mistakes(self) -> None:
        """Some of each kind."""
        text = self._good
        for right, wrong in MISTAKES.items():
            if right not in text:
                raise ValueError(f"the form of `init` lacks {right!r}")
            text = text.replace(right, wrong)
        Path("forms/brand.yaml").write_text(text, encoding="utf-8")

    def a_brand_and_its_campaign(self) -> None:
        """A good brand, and a campaign whose texts leave something out."""
        Path("forms/brand.yaml").write_text(self._good, encoding="utf-8")
        values = {
            path: next(iter(member.values()))
            for path, member in self._fake.example_form(CAMPAIGN, attachment_id="").items()
        }
        values |= {
            "campaignInfo.optInWorkflow": "Customers enter their number at www.example.com/checkout and tick a box.",
            "campaignInfo.helpMessage": "Our help desk is there for you at any time.",
        }
        lines = [
            f"# registration-type: {CAMPAIGN}",
            *(f"{path}: {json.dumps(value)}" for path, value in values.items()),
        ]
        Path("forms/campaign.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def the_form_is_right_and_synthesized(self) -> None:
        """What `cdk synth` writes for the project, with `submit=True`."""
        Path("forms/brand.yaml").write_text(self._good, encoding="utf-8")
        template = {
            "Resources": {
                "Brand": {
                    "Type": "Custom::SmsRegistration",
                    "Properties": {"RegistrationType": BRAND},
                    "Metadata": {"aws:cdk:path": "SmsRegistrations/Brand/Resource"},
                },
                "Form": {
                    "Type": "Custom::SmsRegistrationForm",
                    "Properties": {"RegistrationId": {"Ref": "Brand"}, "Fields": self._values(), "Submit": True},
                },
            }
        }
        artifact = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://unknown-account/unknown-region",
            "properties": {"templateFile": "SmsRegistrations.template.json"},
        }
        Path("cdk.out").mkdir()
        Path("cdk.out/manifest.json").write_text(json.dumps({"artifacts": {"SmsRegistrations": artifact}}))
        Path("cdk.out/SmsRegistrations.template.json").write_text(json.dumps(template))

    def deployed_and_denied(self) -> None:
        """The deployment's calls, and a reviewer's; and a draft that somebody made in the console."""
        import boto3

        client = boto3.client("pinpoint-sms-voice-v2")
        tags = {"stack": STACK_ID, "logical-id": "Brand", "state": "owned"}
        self.registration_id = client.create_registration(
            RegistrationType=BRAND,
            Tags=[{"Key": f"cdk-sms-registration:{name}", "Value": value} for name, value in tags.items()],
        )["RegistrationId"]
        for path, value in self._values().items():
            kind = self._fake.definitions[BRAND].field(path)["FieldType"]
            member = {"SelectChoices": [value]} if kind == "SELECT" else {"TextValue": value}
            client.put_registration_field_value(RegistrationId=self.registration_id, FieldPath=path, **member)
        client.submit_registration_version(RegistrationId=self.registration_id)
        reason = {
            "Reason": "BRAND_DBA_NAME_MISMATCH",
            "ShortDescription": "The DBA name could not be verified.",
            "DocumentationLink": "https://docs.aws.amazon.com/sms-voice/latest/userguide/registrations.html",
        }
        self._fake.review.deny(self.registration_id, [reason], {"contactInfo.dbaName": "BRAND_DBA_NAME_MISMATCH"})
        client.create_registration(RegistrationType="US_TOLL_FREE_REGISTRATION")

    def pictures(self) -> dict[str, str]:
        """The two outputs that say more with colors, as SVG, by file name."""
        self.a_brand_with_mistakes()
        return {"check.svg": _picture("check forms/brand.yaml"), "status.svg": _picture("status", self)}

    def _values(self) -> dict[str, str]:
        from sms_registration_forms.reader import read_form_file

        return {path: str(each.value) for path, each in read_form_file("forms/brand.yaml").fields.items()}


@contextlib.contextmanager
def world() -> Iterator[Scenes]:
    """The fake service, an empty folder, and the variables of nobody."""
    from moto import mock_aws

    import moto_sms_voice
    from sms_registration_cli import session

    moto_sms_voice.register()
    before = Path.cwd()
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, ENVIRONMENT, clear=True),
        mock.patch.object(session, "_is_local", return_value=True),
        mock_aws(),
    ):
        os.chdir(folder)
        try:
            yield Scenes(moto_sms_voice.backend())
        finally:
            os.chdir(before)


def written(page: str) -> tuple[str, dict[str, str]]:
    """The page with every output as it is now, and its pictures by file name."""
    with world() as scenes:
        return _PART.sub(lambda part: _part(part, scenes), page), scenes.pictures()


def _part(part: re.Match[str], scenes: Scenes) -> str:
    if part["scene"]:
        scene: Callable[[], None] = getattr(scenes, part["scene"].replace(" ", "_"))
        scene()
        return part[0]
    shown = part["command"]
    command = shown.replace("REGISTRATION", scenes.registration_id) if shown.endswith(" REGISTRATION") else shown
    lines = _plain(_output(shlex.split(command)[1:]), scenes).rstrip("\n").split("\n")
    first = int(part["first"] or len(lines))
    if len(lines) > first:
        lines = [*lines[:first], "..."]
    option = f" first={part['first']}" if part["first"] else ""
    return "\n".join([f"```console{option}", f"$ {shown}", *lines, "```"]) + "\n"


def _picture(command: str, scenes: Scenes | None = None) -> str:
    """A command's output in a terminal, as SVG."""
    import io

    from rich.console import Console
    from rich.text import Text

    with mock.patch.dict(os.environ, {"FORCE_COLOR": "1"}):
        text = _output(command.split(), color=True)
    recording = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    recording.print(Text("$ sms-registration " + command, style="dim"))
    recording.print(Text.from_ansi(_plain(text, scenes)))
    return recording.export_svg(title="sms-registration", unique_id=command.split()[0])


def _output(arguments: list[str], *, color: bool = False) -> str:
    from click.testing import CliRunner

    from sms_registration_cli.group import sms_registration

    result = CliRunner().invoke(sms_registration, arguments, color=color)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def _plain(text: str, scenes: Scenes | None) -> str:
    """An output without what differs from run to run."""
    own = getattr(scenes, "registration_id", "")
    text = _ID.sub(lambda found: OWN_ID if found[0] == own else OTHER_ID, text)
    return _TIME.sub("2026-11-26 14:05 UTC", "\n".join(line.rstrip() for line in text.splitlines()))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "testing"))
    text, pictures = written(PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8")
    PICTURES.mkdir(exist_ok=True)
    for name, content in pictures.items():
        (PICTURES / name).write_text(content, encoding="utf-8")
