"""`scaffold`, as a form file and as a Python class, and `schema`."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from mypy import api as mypy

from sms_registration_cli import describe
from support.fake_help import BRAND, CAMPAIGN, SINGAPORE, TFN, VETTING

WITH_FORM = [
    path.stem
    for path in sorted((Path(describe.__file__).parents[2] / "testing/moto_sms_voice/definitions").glob("*.json"))
    if path.stem != VETTING
]


def definitions(fake, registration_type):
    return {each["FieldPath"]: each for each in fake.definitions[registration_type].fields}


def flat(content: dict) -> dict:
    return {f"{section}.{name}": value for section, fields in content.items() for name, value in fields.items()}


@pytest.mark.parametrize("registration_type", WITH_FORM)
def test_required_fields_are_there_and_all_others_are_comments(fake, run, registration_type):
    text = run("scaffold", registration_type).stdout
    fields = definitions(fake, registration_type)
    required = {
        path
        for path, each in fields.items()
        # ... also where one value of another field makes it optional
        if "REQUIRED" in (each["FieldRequirement"], each.get("ConditionalBehavior", {}).get("DefaultBehavior"))
    }
    assert flat(yaml.safe_load(text)).keys() == required
    for path in fields:
        assert f"{path.partition('.')[2]}: " in text
    assert max(map(len, text.splitlines())) <= 120


@pytest.mark.parametrize("registration_type", WITH_FORM)
def test_every_comment_becomes_a_field_by_its_mark_alone(fake, run, registration_type):
    """Removing `# ` before a field is all that has to be done to use it."""
    text = run("scaffold", registration_type).stdout
    fields = definitions(fake, registration_type)
    names = {path.partition(".")[2] for path in fields} | {path.partition(".")[0] for path in fields}
    lines = []
    for line in text.splitlines():
        bare = line.lstrip().removeprefix("# ")
        if line.lstrip().startswith("# ") and bare.strip().partition(":")[0] in names and "Example" not in line:
            at_start = line.startswith("# ")
            line = bare if at_start else f"{line[: len(line) - len(line.lstrip())]}{bare}"
        lines.append(line)
    assert flat(yaml.safe_load("\n".join(lines))).keys() == fields.keys()


def test_a_scaffold_is_ready_for_check(fake, run):
    run("scaffold", BRAND, "-o", "forms/brand.yaml")
    result = run("check", "forms/brand.yaml", code=2)
    missing = [line for line in result.stdout.splitlines() if "is required, but has no value" in line]
    assert len(missing) == 14
    run("check", "forms/brand.yaml", "--draft")


def test_a_field_that_is_usually_required_is_missed_on_its_own_line(fake, run):
    run("scaffold", TFN, "-o", "form.yaml")
    lines = Path("form.yaml").read_text().splitlines()
    missed = next(
        line for line in run("check", "form.yaml", code=2).stdout.splitlines() if "companyInfo.taxId:" in line
    )
    assert lines[int(missed.split(":")[1]) - 1] == '  taxId: ""'


def test_nothing_is_replaced_without_force(fake, run):
    Path("form.yaml").write_text("mine")
    assert "--force" in run("scaffold", BRAND, "-o", "form.yaml", code=2).stderr
    assert Path("form.yaml").read_text() == "mine"
    run("scaffold", BRAND, "-o", "form.yaml", "--force")
    assert Path("form.yaml").read_text() != "mine"


def test_a_type_without_a_form(fake, run):
    assert "have no form" in run("scaffold", VETTING, code=2).stderr


# --- the Python class ---


STUB = "class FieldValue: ...\nclass RegistrationAttachment: ...\n"
"""Enough of this library for a type checker, which would read all of the CDK otherwise."""


def test_the_classes_pass_mypy_strict(fake, run, tmp_path, monkeypatch):
    (tmp_path / "stubs/cdk_sms_registration").mkdir(parents=True)
    (tmp_path / "stubs/cdk_sms_registration/__init__.pyi").write_text(STUB)
    monkeypatch.setenv("MYPYPATH", str(tmp_path / "stubs"))
    modules = [f"{name.lower()}.py" for name in WITH_FORM]
    for name, module in zip(WITH_FORM, modules, strict=True):
        run("scaffold", name, "--python", "-o", module)
    output, errors, code = mypy.run(["--strict", "--config-file=", *modules])
    assert code == 0, output + errors


def test_a_wrong_choice_is_found_by_mypy(fake, run, tmp_path, monkeypatch):
    (tmp_path / "stubs/cdk_sms_registration").mkdir(parents=True)
    (tmp_path / "stubs/cdk_sms_registration/__init__.pyi").write_text(STUB)
    monkeypatch.setenv("MYPYPATH", str(tmp_path / "stubs"))
    run("scaffold", SINGAPORE, "--python", "-o", "form.py")
    Path("use.py").write_text(
        "from form import SgSenderIdRegistrationForm\nSgSenderIdRegistrationForm(area_of_business='Farming')\n"
    )
    output, _, code = mypy.run(["--strict", "--config-file=", "use.py"])
    assert code == 1
    assert 'Argument "area_of_business"' in output
    assert "Missing named argument" in output


def test_a_class_gives_the_fields(fake, run, tmp_path):
    run("scaffold", CAMPAIGN, "--python", "-o", "campaign_form.py")
    form_class = loaded(tmp_path / "campaign_form.py").UsTenDlcCampaignRegistrationForm
    required = {
        "campaign_name": "a", "vertical": "RETAIL", "opt_in_workflow": "b", "opt_in_message": "c", "help_message": "d",
        "stop_message": "e", "number_capabilities": "SMS", "use_case": "MIXED", "subscriber_opt_in": "Yes",
        "subscriber_opt_out": "Yes", "subscriber_help": "Yes", "direct_lending": "No", "embedded_link": "No",
        "embedded_phone": "No", "age_gated": "No", "message_sample1": "f",
    }  # fmt: skip
    form = form_class(**required, sub_use_cases=["MARKETING"])
    fields = form.to_fields()
    assert fields["campaignInfo.campaignName"] == "a"
    assert fields["campaignUseCase.subUseCases"] == ["MARKETING"]
    assert "messageSamples.messageSample2" not in fields
    assert form.registration_type == CAMPAIGN
    with pytest.raises(TypeError, match="campaign_name"):
        form_class()


def test_equal_names_of_two_sections_stay_apart(fake, run, tmp_path):
    extra = dict(definitions(fake, BRAND)["companyInfo.city"], FieldPath="contactInfo.city", SectionPath="contactInfo")
    fake.definitions[BRAND].fields.append(extra)
    text = run("scaffold", BRAND, "--python").stdout
    assert '"company_info_city": "companyInfo.city"' in text
    assert '"contact_info_city": "contactInfo.city"' in text


def loaded(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[path.stem]
    return module


# --- the schema ---


@pytest.mark.parametrize("registration_type", WITH_FORM)
def test_a_scaffold_fits_its_schema(fake, run, registration_type):
    schema = json.loads(run("schema", registration_type).stdout)
    jsonschema.Draft7Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(run("scaffold", registration_type).stdout), schema)


@pytest.mark.parametrize(
    ("form", "is_valid"),
    [
        ({"companyInfo": {"companyName": "Example Corp"}}, True),
        ({"companyInfo.companyName": "Example Corp"}, True),
        ({"companyInfo": {"companyName": {"secret": "name", "field": "key"}}}, True),
        ({"companyInfo": {"companyName": {"parameter": "/name"}}}, True),
        ({"companyInfo": {"companyName": ""}}, True),
        ({"companyInfo": {"companyName": "x" * 101}}, False),
        ({"companyInfo": {"companyName": 5}}, False),
        ({"companyInfo": {"isoCountryCode": "us"}}, False),
        ({"companyInfo": {"businessType": "PRIVATE_PROFIT"}}, True),
        ({"companyInfo": {"businessType": ["PRIVATE_PROFIT"]}}, True),
        ({"companyInfo": {"businessType": "Private"}}, False),
        ({"companyInfo": {"noSuchField": "x"}}, False),
        ({"noSuchSection": {}}, False),
        ({"messagingUseCase": {"optInImage": {"file": "a.png"}}}, True),
        ({"messagingUseCase": {"optInImage": {"file": "a.png", "secret": "b"}}}, False),
    ],
)
def test_what_a_schema_accepts(fake, run, form, is_valid):
    schema = json.loads(run("schema", TFN).stdout)
    assert jsonschema.Draft7Validator(schema).is_valid(form) is is_valid


def test_a_pattern_of_java_alone_is_left_out(fake, run):
    fields = definitions(fake, BRAND)
    fields["companyInfo.city"]["TextValidation"]["Pattern"] = "^\\p{L}++$"
    schema = json.loads(run("schema", BRAND).stdout)
    assert "pattern" not in json.dumps(schema["properties"]["companyInfo.city"])
    assert "pattern" in json.dumps(schema["properties"]["companyInfo.isoCountryCode"])


@pytest.mark.parametrize(("options", "language"), [((), "yaml"), (("--python",), "python")])
def test_json_holds_the_text_or_names_the_file(fake, run, run_json, options, language):
    text = run("scaffold", BRAND, *options).stdout
    expected = {"registrationType": BRAND, "language": language}
    assert run_json("scaffold", BRAND, *options) == {**expected, "file": None, "text": text}
    assert run_json("scaffold", BRAND, *options, "-o", "made") == {**expected, "file": "made", "text": None}
    assert Path("made").read_text() == text
