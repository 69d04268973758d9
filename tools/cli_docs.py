"""Writes the outputs of the commands into docs/cli.md: `make cli-docs`.

Each block that begins with `$ sms-registration ...` is run on a local cloud of its own, in the order of the page, in an empty
folder. A comment `<!-- scene: ... -->` prepares what the next command finds. tests/local_cloud/test_cli_docs.py checks that the
page is what this would write.
"""

from __future__ import annotations

import contextlib
import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / each) for each in ("tests", "testing")]

from local_cloud.cloud import LocalCloud  # noqa: E402
from support.terminal import COLORFUL, picture, repeatable, unstyled  # noqa: E402

PAGE = ROOT / "docs/cli.md"
PICTURES = ROOT / "docs/images"

_PART = re.compile(
    r"<!-- scene: (?P<scene>.+?) -->\n|```console(?: first=(?P<first>\d+))?\n\$ (?P<command>.+)\n(?:.*\n)*?```\n"
)

BRAND, CAMPAIGN = "US_TEN_DLC_BRAND_REGISTRATION", "US_TEN_DLC_CAMPAIGN_REGISTRATION"
MISTAKES = {
    'taxId: "123456789"': "taxId: 12-3456789",
    "legalType: PRIVATE_PROFIT": "legalType: Private",
    'address: "410 Terry Avenue North"': "address: 410 Terry Avenue North #5",
    "supportEmail: sms-support@example.com": "supportEmail: example.corp@gmail.com",
    'zipCode: "98109"': "zipCode: 98109",
    "  dbaName: Example\n": "",
}


class Scenes:
    """What the commands find; each public method without arguments is a scene, by its name with spaces."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self._cloud = cloud
        self._folder = folder
        self._good = ""
        self._others: list[str] = []
        self.registration_id = ""

    def enter_the_project(self) -> None:
        """Work in the folder that `init` made."""
        self._folder /= "sms"
        self._good = self._brand.read_text(encoding="utf-8")

    def an_older_snapshot(self) -> None:
        """What the snapshot was before the service added a choice and a field and required another."""
        file = self._folder / f"sms-registration-definitions/{BRAND}.json"
        snapshot = json.loads(file.read_text(encoding="utf-8"))
        members = snapshot["RegistrationFieldDefinitions"]
        fields = {each["FieldPath"]: each for each in members}
        fields["companyInfo.legalType"]["SelectValidation"]["Options"].remove("GOVERNMENT")
        fields["companyInfo.state"]["FieldRequirement"] = "OPTIONAL"
        members.remove(fields["contactInfo.supportEmail"])
        file.write_text(json.dumps(snapshot), encoding="utf-8")

    def a_brand_with_mistakes(self) -> None:
        """Some of each kind."""
        text = self._good
        for right, wrong in MISTAKES.items():
            if right not in text:
                raise ValueError(f"the form of `init` lacks {right!r}")
            text = text.replace(right, wrong)
        self._brand.write_text(text, encoding="utf-8")

    def a_brand_and_its_campaign(self) -> None:
        """A good brand, and a campaign whose texts leave something out."""
        import moto_sms_voice

        self._brand.write_text(self._good, encoding="utf-8")
        moto_sms_voice.register()
        example = moto_sms_voice.backend().example_form(CAMPAIGN, attachment_id="")
        values = {path: next(iter(member.values())) for path, member in example.items()}
        values |= {
            "campaignInfo.optInWorkflow": "Customers enter their number at www.example.com/checkout and tick a box.",
            "campaignInfo.helpMessage": "Our help desk is there for you at any time.",
        }
        lines = [
            f"# registration-type: {CAMPAIGN}",
            *(f"{path}: {json.dumps(value)}" for path, value in values.items()),
        ]
        (self._folder / "forms/campaign.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def the_form_is_right_and_synthesized(self) -> None:
        """`cdk synth` of the project, with `submit=True`."""
        self._brand.write_text(self._good, encoding="utf-8")
        app = self._folder / "app.py"
        app.write_text(app.read_text(encoding="utf-8").replace("submit=False", "submit=True"), encoding="utf-8")
        self._cdk("synth", "--quiet")

    def deployed_and_denied(self) -> None:
        """A deployment, and a reviewer's denial; and a draft that somebody made in the console."""
        self._cdk("deploy", "--all", "--require-approval", "never")
        service = self._cloud.client("pinpoint-sms-voice-v2")
        [made] = service.describe_registrations()["Registrations"]
        self.registration_id = made["RegistrationId"]
        reason = "BRAND_DBA_NAME_MISMATCH"
        command = [sys.executable, "-m", "moto_sms_voice", "review", "--endpoint", self._cloud.fake_url]
        command += ["deny", self.registration_id, "--reason", reason, "--field", f"contactInfo.dbaName={reason}"]
        self._cloud.run(command, stdout=subprocess.PIPE, check=True)
        by_hand = service.create_registration(RegistrationType="US_TOLL_FREE_REGISTRATION")
        self._others.append(by_hand["RegistrationId"])

    def pictures(self) -> dict[str, str]:
        """The two outputs that say more with colors, as SVG, by file name."""
        self.a_brand_with_mistakes()
        commands = {"check": "check forms/brand.yaml", "status": "status"}
        return {
            f"{name}.svg": picture(name, [(f"sms-registration {command}", self.output(command.split()))])
            for name, command in commands.items()
        }

    def output(self, arguments: list[str]) -> str:
        """What a command prints in a terminal, the same in every run."""
        command = [sys.executable, "-m", "sms_registration_cli", *arguments]
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = self._cloud.run(command, cwd=self._folder, variables=COLORFUL, **pipe)
        if "Traceback" in done.stdout:
            raise RuntimeError(done.stdout)
        return repeatable(done.stdout, self._others)

    @property
    def _brand(self) -> Path:
        return self._folder / "forms/brand.yaml"

    def _cdk(self, *arguments: str) -> None:
        pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        done = self._cloud.cdk(*arguments, cwd=self._folder, **pipe)
        if done.returncode:
            raise RuntimeError(done.stdout)


@contextlib.contextmanager
def world() -> Iterator[Scenes]:
    """A local cloud with nothing in it, and an empty folder."""
    with tempfile.TemporaryDirectory() as folder, LocalCloud() as cloud:
        yield Scenes(cloud, Path(folder))


def written(page: str, scenes: Scenes) -> str:
    """The page with every output as it is now."""
    return _PART.sub(lambda part: _part(part, scenes), page)


def _part(part: re.Match[str], scenes: Scenes) -> str:
    if part["scene"]:
        scene: Callable[[], None] = getattr(scenes, part["scene"].replace(" ", "_"))
        scene()
        return part[0]
    shown = part["command"]
    command = shown.replace("REGISTRATION", scenes.registration_id) if shown.endswith(" REGISTRATION") else shown
    lines = unstyled(scenes.output(shlex.split(command)[1:])).rstrip("\n").split("\n")
    first = int(part["first"] or len(lines))
    if len(lines) > first:
        lines = [*lines[:first], "..."]
    option = f" first={part['first']}" if part["first"] else ""
    return "\n".join([f"```console{option}", f"$ {shown}", *lines, "```"]) + "\n"


def main() -> None:
    """Write the page and its pictures."""
    with world() as scenes:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), scenes), encoding="utf-8")
        PICTURES.mkdir(exist_ok=True)
        for name, content in scenes.pictures().items():
            (PICTURES / name).write_text(content, encoding="utf-8")


if __name__ == "__main__":
    main()
