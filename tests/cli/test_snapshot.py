"""`snapshot`: definitions in the app's folder, and what changed since."""

from __future__ import annotations

import json
from pathlib import Path

from support.fake_help import BRAND, TFN

FOLDER = Path("sms-registration-definitions")


def field(fake, path: str):
    return next(each for each in fake.definitions[BRAND].fields if each["FieldPath"] == path)


def test_it_holds_what_the_service_says(fake, run):
    assert "new, 17 fields" in run("snapshot", BRAND).stdout
    content = json.loads((FOLDER / f"{BRAND}.json").read_text())
    assert content["RegistrationFieldDefinitions"] == fake.definitions[BRAND].fields
    assert content["RegistrationSectionDefinitions"] == fake.definitions[BRAND].sections
    assert content["RegistrationTypeDefinition"]["RegistrationType"] == BRAND


def test_it_is_beside_cdk_json(fake, run, monkeypatch):
    Path("cdk.json").write_text("{}")
    Path("deep/er").mkdir(parents=True)
    monkeypatch.chdir("deep/er")
    run("snapshot", BRAND)
    assert (Path("../..") / FOLDER / f"{BRAND}.json").is_file()


def test_an_unchanged_form_leaves_the_file(fake, run):
    run("snapshot", BRAND)
    written = (FOLDER / f"{BRAND}.json").stat().st_mtime_ns
    assert "unchanged" in run("snapshot").stdout
    assert (FOLDER / f"{BRAND}.json").stat().st_mtime_ns == written


def test_changes_are_told_in_words(fake, run):
    run("snapshot", BRAND, TFN)
    fields = fake.definitions[BRAND].fields
    fields.remove(field(fake, "companyInfo.city"))
    field(fake, "companyInfo.state")["FieldRequirement"] = "OPTIONAL"
    field(fake, "companyInfo.companyName")["TextValidation"]["MaxLength"] = 90
    field(fake, "companyInfo.legalType")["SelectValidation"]["Options"] = ["PRIVATE_PROFIT", "COOPERATIVE"]
    field(fake, "companyInfo.stockSymbol").pop("ConditionalBehavior")
    fields.append({**field(fake, "companyInfo.zipCode"), "FieldPath": "companyInfo.street"})

    text = run("snapshot").stdout

    assert "US_TOLL_FREE_REGISTRATION.json: unchanged" in text
    for line in (
        "+ companyInfo.street (required)",
        "- companyInfo.city",
        "~ companyInfo.state: requirement REQUIRED -> OPTIONAL",
        "~ companyInfo.companyName: MaxLength 100 -> 90",
        "~ companyInfo.legalType: choices +COOPERATIVE -PUBLIC_PROFIT, NON_PROFIT, GOVERNMENT",
        "~ companyInfo.stockSymbol: when it is required",
    ):
        assert f"  {line}\n" in text
    assert "unchanged" in run("snapshot", BRAND).stdout, "the new form was saved"


def test_check_writes_nothing_and_fails_on_a_change(fake, run):
    assert run("snapshot", BRAND, "--check", code=1)
    assert not FOLDER.exists()
    run("snapshot", BRAND)
    run("snapshot", "--check")
    field(fake, "companyInfo.state")["FieldRequirement"] = "OPTIONAL"
    before = (FOLDER / f"{BRAND}.json").read_bytes()
    run("snapshot", "--check", code=1)
    assert (FOLDER / f"{BRAND}.json").read_bytes() == before


def test_without_a_type_and_a_snapshot(fake, run):
    assert "name a TYPE" in run("snapshot", code=2).stderr


def test_a_broken_snapshot_is_named_and_made_anew(fake, run):
    FOLDER.mkdir()
    (FOLDER / f"{BRAND}.json").write_text("{}")
    assert "is not a snapshot" in run("fields", BRAND, code=2).stderr
    assert "made anew" in run("snapshot", BRAND).stdout
    run("fields", BRAND)


def test_json(fake, run_json):
    assert run_json("snapshot", BRAND) == {BRAND: {"status": "new, 17 fields", "changes": []}}
