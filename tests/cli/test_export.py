"""`export`: an existing registration as form file and code."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from sms_registration_forms.reader import read_form_file
from support.cli_help import BRAND_FORM
from support.fake_help import BRAND, TFN, create, fill, submitted, toll_free_number


def values(path):
    content = read_form_file(path)
    assert content.problems == ()
    return {name: each.value for name, each in content.fields.items()}


def held(client, registration_id):
    answer = client.describe_registration_field_values(RegistrationId=registration_id, MaxResults=100)
    return {
        each["FieldPath"]: each.get("TextValue") or each.get("RegistrationAttachmentId") or each["SelectChoices"][0]
        for each in answer["RegistrationFieldValues"]
    }


def test_the_form_file_reads_back_as_what_the_service_holds(client, run):
    registration_id = submitted(client)
    run("export", registration_id, "--to", ".")
    assert values("forms/us_ten_dlc_brand.yaml") == held(client, registration_id)


def test_it_passes_check(client, run):
    registration_id = create(client)
    for path, value in BRAND_FORM.items():
        member = {"SelectChoices": [value]} if path.endswith(("legalType", "vertical")) else {"TextValue": value}
        client.put_registration_field_value(RegistrationId=registration_id, FieldPath=path, **member)
    run("export", registration_id, "--to", ".")
    run("check", "forms/us_ten_dlc_brand.yaml")


def test_the_code_adopts_it(client, run):
    number = toll_free_number(client)
    registration_id = create(client, TFN, Tags=[{"Key": "Name", "Value": "Two-way 'care'"}])
    fill(client, registration_id)
    client.create_registration_association(RegistrationId=registration_id, ResourceId=number)
    result = run("export", registration_id, "--to", "app")
    code = Path("app/two_way_care.py").read_text()
    ast.parse(code)
    assert "class TwoWayCare(Construct):" in code
    assert f'existing_registration_id="{registration_id}"' in code
    assert number in code
    assert "TwoWayCare(self" in result.stderr
    text = Path("app/forms/two_way_care.yaml").read_text()
    assert "attachment-" in text
    assert "{file: path}" in text
    said = " ".join(text.replace("#", " ").split())
    assert "uploads it again, which changes the form: a new version" in said, "else an approval is put at risk unawares"


def test_a_blank_draft_falls_back_to_the_version_before(client, fake, run_json):
    registration_id = submitted(client)
    fake.review.deny(registration_id)
    client.create_registration_version(RegistrationId=registration_id)
    exported = run_json("export", registration_id)
    assert (exported["versionNumber"], exported["versionStatus"]) == (1, "DENIED")
    assert exported["values"]
    assert run_json("export", registration_id, "--version", "2")["values"] == {}


def test_a_version_that_does_not_exist(client, run):
    assert "it has 1" in run("export", create(client), "--version", "7", code=2).stderr


def test_another_stacks_registration_needs_a_take_over(client, run):
    stack = "arn:aws:cloudformation:us-east-1:123456789012:stack/Sms/0123"
    registration_id = create(client, Tags=[{"Key": "cdk-sms-registration:stack", "Value": stack}])
    assert "take_over=True" in run("export", registration_id, "--to", ".").stderr


def test_no_file_is_written_when_one_exists(client, run):
    registration_id = submitted(client)
    Path("us_ten_dlc_brand.py").write_text("mine")
    assert "--force" in run("export", registration_id, "--to", ".", code=2).stderr
    assert not Path("forms").exists()
    run("export", registration_id, "--to", ".", "--force")


def test_two_of_one_type_have_names_of_their_own(client, run):
    first, second = submitted(client), submitted(client)
    run("export", first, "--to", ".")
    refused = run("export", second, "--to", ".", code=2).stderr
    assert "us_ten_dlc_brand.py exist; --name gives these other names, --force replaces" in refused
    advised = run("export", second, "--to", ".", "--name", "brand of 2nd-shop").stderr
    assert "from brand_of_2nd_shop import BrandOf2ndShop" in advised
    assert first in Path("us_ten_dlc_brand.py").read_text()
    assert second in Path("brand_of_2nd_shop.py").read_text()
    assert second in Path("forms/brand_of_2nd_shop.yaml").read_text()


def test_a_name_without_letters_or_digits(client, run):
    assert "--name: needs a letter or digit" in run("export", submitted(client), "--name", "-", code=2).stderr


def test_from_stdin_without_aws(client, run, monkeypatch):
    registration_id = submitted(client)
    answer = client.describe_registration_field_values(RegistrationId=registration_id, MaxResults=100)
    answer.pop("ResponseMetadata")
    expected = held(client, registration_id)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    run("export", "-", "--type", BRAND, "--to", ".", text=json.dumps(answer))
    assert values("forms/us_ten_dlc_brand.yaml") == expected


def test_stdin_that_is_something_else(run):
    assert "describe-registration-field-values" in run("export", "-", code=2, text="{}").stderr
    assert "describe-registration-field-values" in run("export", "-", code=2, text="no json").stderr
    page = json.dumps({"RegistrationId": "r", "RegistrationFieldValues": [], "NextToken": "t"})
    assert "first page only" in run("export", "-", code=2, text=page).stderr


def test_stdout_holds_both(client, run):
    text = run("export", submitted(client)).stdout
    assert "# --- forms/us_ten_dlc_brand.yaml" in text
    assert "# --- us_ten_dlc_brand.py" in text
