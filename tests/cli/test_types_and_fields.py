"""`types` and `fields`: what the service offers."""

from __future__ import annotations

import json

from support.fake_help import BRAND, CAMPAIGN, TFN


def names(text: str) -> list[str]:
    return [
        line.split()[0] for line in text.splitlines() if line.strip().startswith(("US_", "TEST_", "SG_", "IN_", "ID_"))
    ]


def test_all_types_are_listed(fake, run):
    assert names(run("types").stdout) == [one.name for one in fake.definitions.all()]


def test_types_of_a_country_are_found_by_name_too(fake, run):
    assert names(run("types", "--country", "us").stdout) == [
        each.name for each in fake.definitions.all() if each.name.startswith("US_")
    ]


def test_types_for_a_resource(fake, run_json):
    assert [each["RegistrationType"] for each in run_json("types", "--resource", "toll-free")] == [TFN]


def test_types_say_when_something_is_associated(fake, run):
    text = run("types", "--country", "US").stdout
    assert "TOLL_FREE (US) before it is submitted" in text
    assert "TEN_DLC (US) after it is complete" in text


def test_no_type_fits(fake, run):
    assert "No type fits" in run("types", "--country", "ZZ").stderr


def test_every_field_is_listed_with_what_it_takes(fake, run):
    text = run("fields", CAMPAIGN).stdout
    for field in fake.definitions[CAMPAIGN].fields:
        assert field["FieldPath"] in text
    assert "40 to 2048 characters" in text, "the API takes less than the definition says"
    assert '"SMS and MMS"' in text


def test_a_condition_is_told_in_words(fake, run_json):
    fields = {each["path"]: each for each in run_json("fields", BRAND)}
    assert fields["companyInfo.stockSymbol"]["required"] == (
        "required if companyInfo.legalType is PUBLIC_PROFIT; otherwise must have no value"
    )
    assert fields["companyInfo.legalType"]["choices"][0] == "PRIVATE_PROFIT"
    assert fields["companyInfo.taxIdIssuingCountry"]["limits"] == "exactly 2 characters"
    assert fields["companyInfo.taxId"]["definition"]["FieldType"] == "TEXT"


def test_an_unknown_type_is_met_with_the_closest(fake, run):
    result = run("fields", "US_TOLL_FREE", code=2)
    assert "closest: US_TOLL_FREE_REGISTRATION" in result.stderr
    assert "Traceback" not in result.output


def test_a_snapshot_is_read_instead_of_the_service(fake, run):
    run("snapshot", BRAND)
    before = len(fake.calls)
    assert "sms-registration-definitions/US_TEN_DLC_BRAND_REGISTRATION.json" in run("fields", BRAND).stderr
    assert len(fake.calls) == before
    assert "the service in us-east-1" in run("fields", BRAND, "--live").stderr


def test_a_newer_kind_and_operator_are_shown_as_they_are(fake, run_json):
    fake.definitions[BRAND].fields.append(
        {
            "SectionPath": "a",
            "FieldPath": "a.b",
            "FieldType": "HOLOGRAM",
            "FieldRequirement": "CONDITIONAL",
            "DisplayHints": {"Title": "A", "ShortDescription": "A."},
            "ConditionalBehavior": {
                "DefaultBehavior": "ADVISED",
                "Rules": [
                    {
                        "RuleBehavior": "REQUIRED",
                        "Conditions": [{"DependsOnFieldPath": "a.c", "Operator": "MATCHES", "Values": ["x"]}],
                    }
                ],
            },
        }
    )
    field = run_json("fields", BRAND)[-1]
    assert (field["kind"], field["required"]) == ("HOLOGRAM", "required if a.c MATCHES x; otherwise ADVISED")


def test_output_is_plain_when_piped(fake, run):
    text = run("fields", BRAND).stdout
    assert "\x1b" not in text
    assert not any(line.endswith(" ") for line in text.splitlines())
    json.loads(run("types", "--json").stdout)
