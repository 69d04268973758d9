"""Every piece of Python in the README, docs/start.md and the guides is synthesized, and every form there is read."""

import functools
import re
import runpy
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import aws_cdk as cdk
import pytest

import cdk_sms_registration
from cdk_sms_registration import Registration, RegistrationType

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs/form-files.md", *sorted((ROOT / "docs/guides").glob("*.md"))]
BLOCK = re.compile(r"^```(python|yaml)(?: title=\"([^\"]+)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = {"forms/sender_id.yaml": "examples/sender_id/form.yaml", "forms/opt-in.png": "examples/toll_free/opt-in.png"}
SHORT_FORMS = ("agent", "campaign", "id", "in", "sg")
"""Forms that the guides name and do not show."""

MODULES = {
    "actions": "aws_cdk.aws_cloudwatch_actions",
    "cdk": "aws_cdk",
    "chatbot": "aws_cdk.aws_chatbot",
    "cloudwatch": "aws_cdk.aws_cloudwatch",
    "ec2": "aws_cdk.aws_ec2",
    "iam": "aws_cdk.aws_iam",
    "logs": "aws_cdk.aws_logs",
    "s3": "aws_cdk.aws_s3",
    "smsvoice": "aws_cdk.aws_smsvoice",
    "sns": "aws_cdk.aws_sns",
    "subscriptions": "aws_cdk.aws_sns_subscriptions",
    "targets": "aws_cdk.aws_events_targets",
}


def blocks(language, *, titled):
    return [
        pytest.param(title, text, id=f"{page.stem}-{number}{'-' + title if title else ''}")
        for page in PAGES
        for number, (found, title, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8")), start=1)
        if found == language and bool(title) == titled
    ]


class Names(dict):
    """The names that a guide uses without saying where they come from; each is made when it is used."""

    def __init__(self, stack):
        super().__init__({"self": stack, "stack": stack})

    def __missing__(self, name):
        stack = self["self"]
        if name in MODULES:
            return import_module(MODULES[name])
        if name in cdk_sms_registration.__all__:
            return getattr(cdk_sms_registration, name)
        make = {
            "brand": lambda: Registration(
                stack, "TheBrand", registration_type=RegistrationType.US_TEN_DLC_BRAND_REGISTRATION, submit=True
            ),
            "registration": lambda: Registration(
                stack,
                "TheRegistration",
                registration_type=RegistrationType.US_TOLL_FREE_REGISTRATION,
                fields={"companyInfo.companyName": "Example Corp"},
            ),
            "number": lambda: self["smsvoice"].CfnPhoneNumber(
                stack,
                "TheNumber",
                iso_country_code="US",
                number_type="TEN_DLC",
                number_capabilities=["SMS"],
                mandatory_keywords={"help": {"message": "Help"}, "stop": {"message": "Stop"}},
            ),
            "role": lambda: self["iam"].Role(stack, "TheRole", assumed_by=self["iam"].AccountRootPrincipal()),
            "topic": lambda: self["sns"].Topic(stack, "TheTopic"),
            "vpc": lambda: self["ec2"].Vpc(stack, "TheVpc"),
        }
        if name not in make:
            raise KeyError(name)
        self[name] = make[name]()
        return self[name]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An app's folder with the forms of the guides."""
    (tmp_path / "forms").mkdir()
    for name in SHORT_FORMS:
        (tmp_path / f"forms/{name}.yaml").write_text("companyInfo.companyName: Example Corp\n", encoding="utf-8")
    for name, source in EXAMPLES.items():
        shutil.copy(ROOT / source, tmp_path / name)
    for letter in (ROOT / "examples/sender_id").glob("letter*"):
        shutil.copy(letter, tmp_path / "forms")
    for case in blocks("yaml", titled=True):
        title, text = case.values
        (tmp_path / title).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / title).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def in_folder(text, folder):
    """The text with whole paths of its files, because the CDK's process does not change its folder."""
    return text.replace('"forms/', f'"{folder}/forms/')


@pytest.mark.parametrize(("title", "text"), blocks("python", titled=False))
def test_piece_synthesizes(title, text, folder):
    app = cdk.App(outdir=str(folder / "cdk.out"))
    names = Names(cdk.Stack(app, "Sms"))
    exec(compile(in_folder(text, folder), "guide", "exec"), {}, names)
    app.synth()


@pytest.mark.parametrize(
    ("title", "text"), [case for case in blocks("python", titled=True) if not case.values[0].startswith("tests/")]
)
def test_app_synthesizes(title, text, folder, monkeypatch):
    (folder / title).write_text(in_folder(text, folder), encoding="utf-8")
    monkeypatch.setattr(cdk, "App", functools.partial(cdk.App, outdir=str(folder / "cdk.out")))
    runpy.run_path(str(folder / title))
    assert list((folder / "cdk.out").glob("*.template.json"))
    if "toll_free.yaml" in text:
        # A form that reviewers would deny is no example.
        assert "[ack: " not in (folder / "cdk.out/manifest.json").read_text()


def test_tests_of_the_guide_pass(folder):
    [test] = [
        text for case in blocks("python", titled=True) for title, text in [case.values] if "test_denials" in title
    ]
    (folder / "test_denials.py").write_text(test, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_denials.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout
