"""`check`: everything that is wrong with forms, at once, at its place."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from moto_sms_voice.definitions import Definitions
from sms_registration_cli.snapshots import TypeForm
from support.cli_help import BRAND_FORM, write_form
from support.fake_help import BRAND, CAMPAIGN, PNG, TFN

SARIF_SCHEMA = json.loads((Path(__file__).parent / "sarif-2.1.0-rtm.5.json").read_text())
"""SARIF's own schema, as Microsoft's npm package `@microsoft/jest-sarif` (MIT) has it."""

CAMPAIGN_FORM = {
    "campaignInfo.campaignName": "Example Corp delivery notifications for orders from its shop",
    "campaignInfo.vertical": "RETAIL",
    "campaignInfo.termsAndConditionsLink": "https://www.example.com/terms",
    "campaignInfo.privacyPolicyLink": "https://www.example.com/privacy",
    "campaignInfo.optInWorkflow": (
        "At the checkout of www.example.com/checkout the customer enters a mobile phone number and ticks a box that is not "
        "ticked beforehand: 'I agree to receive delivery notifications by SMS from Example, up to 4 messages an order. Message "
        "and data rates may apply. Reply HELP for help, STOP to opt out.' Terms https://www.example.com/terms and privacy policy "
        "https://www.example.com/privacy are linked below it. Consent is not a condition of the purchase."
    ),
    "campaignInfo.optInMessage": (
        "Example: you will get updates on your order, up to 4 messages. Message and data rates may apply. Reply HELP for help, "
        "STOP to opt out."
    ),
    "campaignInfo.helpMessage": (
        "Example: for help, write to sms-support@example.com or call +12065550142. Reply STOP to opt out."
    ),
    "campaignInfo.stopMessage": "Example: you are unsubscribed and will get no more messages from us.",
    "campaignCapabilities.numberCapabilities": "SMS",
    "campaignUseCase.useCase": "DELIVERY_NOTIFICATION",
    "campaignUseCase.subscriberOptIn": "Yes",
    "campaignUseCase.subscriberOptOut": "Yes",
    "campaignUseCase.subscriberHelp": "Yes",
    "campaignUseCase.directLending": "No",
    "campaignUseCase.embeddedLink": "No",
    "campaignUseCase.embeddedPhone": "No",
    "campaignUseCase.ageGated": "No",
    "messageSamples.messageSample1": "Example: your order [order number] is on its way and arrives on [day]. Text STOP to end.",
    "messageSamples.messageSample2": "Example: your order [order number] was delivered at [time]. Reply HELP for help.",
}


FOLDER = Path("sms-registration-definitions")


@pytest.fixture(autouse=True)
def _snapshots():
    """Snapshots of the fake's forms; no test of this module calls a service unless it says so."""
    FOLDER.mkdir()
    for each in Definitions().all():
        if each.name in (BRAND, CAMPAIGN, TFN):
            form = TypeForm(each.type_definition, each.sections, each.fields, "")
            (FOLDER / f"{each.name}.json").write_text(form.to_json(), encoding="utf-8")


@pytest.fixture
def no_aws(monkeypatch):
    """From now on any call of the service would fail."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_DEFAULT_REGION")


def brand(**changes):
    fields = {**BRAND_FORM, **changes}
    return write_form(
        Path("forms/brand.yaml"), BRAND, {name: each for name, each in fields.items() if each is not None}
    )


def issues(run, *arguments, code):
    return json.loads(run("check", *arguments, "--format", "json", code=code).stdout)["issues"]


def test_a_good_form_is_clean_without_aws(run, no_aws):
    result = run("check", brand())
    assert result.stdout == "1 file: no errors, and nothing that AWS publishes a denial for.\n"


def test_an_error_has_its_line_and_column(run):
    path = brand(**{"companyInfo.taxId": "12-3456789"})
    line = 1 + list(BRAND_FORM).index("companyInfo.taxId") + 1
    text = run("check", path, code=2).stdout
    assert f"{path}:{line}:{len('companyInfo.taxId: ') + 1}: error: companyInfo.taxId: " in text
    assert "12-3456789" not in text, "no message quotes a value"


def test_a_missing_field_is_placed_at_its_section(run):
    (issue,) = issues(run, brand(**{"contactInfo.website": None}), code=2)
    assert (issue["path"], issue["rule"]) == ("contactInfo.website", "definition")
    assert issue["line"] == 1 + list(BRAND_FORM).index("contactInfo.dbaName") + 1


def test_a_draft_may_lack_fields_but_not_be_wrong(run):
    path = brand(**{"contactInfo.website": None, "companyInfo.city": ""})
    run("check", path, code=2)
    run("check", path, "--draft")
    brand(**{"contactInfo.website": None, "companyInfo.isoCountryCode": "USA"})
    (issue,) = issues(run, path, "--draft", code=2)
    assert issue["path"] == "companyInfo.isoCountryCode"


def test_a_draft_is_not_warned_of_what_may_still_come(run):
    write_form(Path("campaign.yaml"), CAMPAIGN, {"campaignInfo.vertical": "RETAIL"})
    assert [each for each in issues(run, "campaign.yaml", code=2) if each["severity"] == "warning"]
    run("check", "campaign.yaml", "--draft")


def test_a_finding_is_a_warning_with_an_exit_code_of_its_own(run):
    (issue,) = issues(run, brand(**{"contactInfo.supportEmail": "example.corp@gmail.com"}), code=1)
    assert issue["severity"] == "warning"
    assert issue["rule"].startswith("denial/")
    assert issue["path"] == "contactInfo.supportEmail"
    assert issue["change"]


def test_secrets_and_parameters_are_passed_over(run, no_aws):
    lines = [f"{name}: {json.dumps(value)}" for name, value in BRAND_FORM.items() if name != "companyInfo.taxId"]
    lines += ["companyInfo.taxId: {secret: brand, field: ein}"]
    Path("brand.yaml").write_text("\n".join(lines))
    run("check", "brand.yaml", "--type", BRAND)
    Path("brand.yaml").write_text("\n".join([*lines, "companyInfo.stockSymbol: {parameter: /symbol}"]))
    (issue,) = issues(run, "brand.yaml", "--type", BRAND, code=2)
    assert issue["text"] == "(Stock Symbol) must have no value unless companyInfo.legalType is PUBLIC_PROFIT: remove it"


def test_what_cannot_be_read_is_not_called_missing_too(run):
    path = brand()
    path.write_text(path.read_text().replace('"98109"', "98109"))
    (issue,) = issues(run, path, code=2)
    assert (issue["rule"], issue["path"]) == ("form-file", "companyInfo.zipCode")


def test_a_file_that_is_no_yaml(run):
    Path("form.yaml").write_text('a: "b\n')
    (issue,) = issues(run, "form.yaml", "--type", BRAND, code=2)
    assert issue["rule"] == "form-file"


def test_files_of_a_form_are_looked_at(run):
    Path("forms").mkdir()
    Path("forms/opt-in.png").write_bytes(PNG)
    Path("forms/tfn.yaml").write_text(
        f"# registration-type: {TFN}\nmessagingUseCase:\n  optInImage: {{file: opt-in.png}}\n"
    )
    assert not [each for each in issues(run, "forms/tfn.yaml", "--draft", code=0) if each["severity"] == "error"]
    Path("forms/opt-in.png").unlink()
    (issue,) = issues(run, "forms/tfn.yaml", "--draft", code=2)
    assert "does not exist" in issue["text"]


# --- several files ---


def test_a_campaign_is_compared_with_its_brand(run):
    write_form(Path("campaign.yaml"), CAMPAIGN, CAMPAIGN_FORM)
    run("check", brand(), "campaign.yaml")
    foreign = brand(**{"companyInfo.companyName": "Wayne Enterprises", "contactInfo.dbaName": "Wayne",
                       "contactInfo.website": "https://www.wayne.com", "contactInfo.supportEmail": "sms@wayne.com"})  # fmt: skip
    found = issues(run, foreign, "campaign.yaml", code=1)
    assert {each["file"] for each in found} == {"campaign.yaml"}
    assert {each["rule"] for each in found} == {
        each["rule"] for each in issues(run, "campaign.yaml", "--brand", foreign, code=1)
    }


def test_the_brand_option_checks_no_brand(run):
    write_form(Path("campaign.yaml"), CAMPAIGN, CAMPAIGN_FORM)
    path = brand(**{"companyInfo.taxId": "12-3456789"})
    run("check", "campaign.yaml", "--brand", path)


def test_several_brands_need_the_option(run):
    write_form(Path("campaign.yaml"), CAMPAIGN, CAMPAIGN_FORM)
    write_form(Path("other.yaml"), BRAND, {**BRAND_FORM, "companyInfo.taxId": "987654321"})
    assert "--brand" in run("check", brand(), "other.yaml", "campaign.yaml").stderr


def test_two_brands_of_one_company(run):
    write_form(Path("other.yaml"), BRAND, BRAND_FORM)
    (issue,) = issues(run, brand(), "other.yaml", code=1)
    assert (issue["file"], issue["rule"]) == ("other.yaml", "denial/same-tax-id")


# --- types ---


def test_a_form_without_a_type(run):
    Path("form.yaml").write_text("a: b")
    assert "# registration-type: TYPE" in run("check", "form.yaml", code=2).stderr


def test_two_types_for_one_form(run):
    assert "--type" in run("check", brand(), "--type", TFN, code=2).stderr


def test_the_only_snapshot_is_the_type(run):
    for name in (CAMPAIGN, TFN):
        (FOLDER / f"{name}.json").unlink()
    lines = [f"{name}: {json.dumps(value)}" for name, value in BRAND_FORM.items()]
    Path("form.yaml").write_text("\n".join(lines))
    assert BRAND in run("check", "form.yaml").stderr


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("US_TOLL_FREE", "US_TOLL_FREE_REGISTRATION"),
        ("TEN_DLC_CAMPAIGN", "US_TEN_DLC_CAMPAIGN_REGISTRATION"),
        ("US_TEN_DLC_BRAND_REGISTRATON", "US_TEN_DLC_BRAND_REGISTRATION"),
    ],
)
def test_a_similar_type_is_named_without_aws(run, no_aws, given, meant):
    text = run("scaffold", given, code=2).stderr
    assert f"no snapshot of {given} (is it {meant}?); with one" in text
    assert f"local run -- sms-registration snapshot {meant}\n" in text


def test_a_type_without_snapshot_and_aws(run, no_aws):
    Path("form.yaml").write_text("a: b")
    text = run("check", "form.yaml", "--type", "US_SHORT_CODE_REGISTRATION", code=2).stderr
    assert "sms-registration snapshot US_SHORT_CODE_REGISTRATION" in text
    assert "local run -- sms-registration snapshot US_SHORT_CODE_REGISTRATION" in text, "without an account"


# --- formats ---


@pytest.fixture
def broken():
    return brand(**{
        "companyInfo.taxId": "12-3456789", "contactInfo.supportEmail": "example@gmail.com", "companyInfo.cty": "x",
    })  # fmt: skip


def test_github(run, broken):
    lines = run("check", broken, "--format", "github", code=2).stdout.splitlines()
    assert lines
    for line in lines:
        command, _, message = line[2:].partition("::")
        severity, _, properties = command.partition(" ")
        given = dict(each.split("=") for each in properties.split(","))
        assert severity in ("error", "warning")
        assert given["file"] == "forms/brand.yaml"
        assert int(given["line"]) > 1
        assert message


def test_github_escapes_what_would_end_a_command():
    from sms_registration_cli.formats import github

    assert github._property("a:b,c%d\n") == "a%3Ab%2Cc%25d%0A"
    assert github._data("a::b\r\n%") == "a::b%0D%0A%25"


@pytest.mark.parametrize("clean", [True, False])
def test_sarif_is_valid(run, broken, clean):
    if clean:
        brand()
    log = json.loads(run("check", broken, "--format", "sarif", code=0 if clean else 2).stdout)
    jsonschema.Draft4Validator(SARIF_SCHEMA).validate(log)
    (made,) = log["runs"]
    found = issues(run, broken, code=0 if clean else 2)
    assert len(made["results"]) == len(found)
    assert bool(found) is not clean
    for result in made["results"]:
        assert made["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"] == {"uri": "forms/brand.yaml", "uriBaseId": "%SRCROOT%"}


def test_the_schema_of_sarif_can_fail():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SARIF_SCHEMA).validate({"version": "2.1.0", "runs": [{"tool": {}}]})


def test_text_has_no_colors_when_piped(run, broken):
    assert "\x1b" not in run("check", broken, code=2).output
