"""Form files as constructs. What is read from a file, and every problem of it, is tested in tests/forms."""

import subprocess
import sys

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_sms_registration import FieldValue, FormFile, Registration, RegistrationAttachment

PNG = b"\x89PNG\r\n\x1a\n0"
CANARY = "canary-4711"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "opt-in.png").write_bytes(PNG)
    return tmp_path


def write(folder, text, name="form.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def properties_of(stack):
    (form,) = Template.from_stack(stack).find_resources("Custom::SmsRegistrationForm").values()
    return form["Properties"]


def test_a_file_of_texts_creates_no_constructs(stack, folder):
    path = write(folder, "companyInfo: {companyName: Example Corp}\na.b: ['1,000']\na.c: ''\n")

    assert FormFile(path).fields(stack) == {"companyInfo.companyName": "Example Corp", "a.b": ["1,000"], "a.c": ""}
    assert stack.node.children == []


def test_path_as_str(stack, folder):
    assert FormFile(str(write(folder, "a.b: c"))).fields(stack) == {"a.b": "c"}


def test_references(stack, folder):
    path = write(
        folder,
        """
        a:
          picture: {file: pictures/opt-in.png}
          again: {file: ./pictures/../pictures/opt-in.png}
          name: {secret: tax, field: ein}
          whole: {secret: tax}
          partial: {secret: "arn:aws:secretsmanager:us-east-1:111122223333:secret:tax"}
          complete: {secret: "arn:aws:secretsmanager:us-east-1:111122223333:secret:tax-AbCdEf", field: ein}
          phone: {parameter: /sms/phone}
          text: x
        """,
    )

    fields = FormFile(path).fields(stack)
    Registration(stack, "TollFree", registration_type="A", fields=fields)

    assert list(fields) == [
        f"a.{name}" for name in ["picture", "again", "name", "whole", "partial", "complete", "phone", "text"]
    ]
    assert isinstance(fields["a.picture"], RegistrationAttachment)
    assert fields["a.again"] is fields["a.picture"]
    assert fields["a.picture"].node.path == "Test/form.yaml/pictures--opt-in.png"
    assert isinstance(fields["a.name"], FieldValue)
    written = properties_of(stack)["Fields"]
    arn = "arn:aws:secretsmanager:us-east-1:111122223333:secret:tax"
    assert written["a.name"]["JsonField"] == "ein"
    assert written["a.name"]["SecretId"]["Fn::Join"][1][-1] == ":secret:tax"
    assert "JsonField" not in written["a.whole"]
    assert written["a.partial"] == {"SecretId": arn}
    assert written["a.complete"] == {"SecretId": f"{arn}-AbCdEf", "JsonField": "ein"}
    assert written["a.phone"] == {"ParameterName": "/sms/phone"}
    template = Template.from_stack(stack).to_json()
    assert "BootstrapVersion" in template["Parameters"]
    # CloudFormation itself reads no parameter, which would show its value.
    assert len(template["Parameters"]) == 1


def test_logical_ids_do_not_depend_on_the_folder(tmp_path):
    def logical_ids(folder):
        folder.mkdir()
        (folder / "opt-in.png").write_bytes(PNG)
        path = write(folder, "a.b: {file: opt-in.png}")
        stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test")
        FormFile(path).fields(stack)
        return set(Template.from_stack(stack).find_resources("Custom::SmsRegistrationAttachment"))

    assert logical_ids(tmp_path / "here") == logical_ids(tmp_path / "there")


def refusal_of(stack, path):
    with pytest.raises(ValueError, match=r"^FormFile ") as refusal:
        FormFile(path).fields(stack)
    assert CANARY not in str(refusal.value)
    return str(refusal.value)


def test_every_problem_of_a_file_at_once(stack, folder):
    path = write(
        folder, f"zipCode: 01234\nname: {CANARY} #4\npicture: {{file: pictures/opt-in.png}}\nsecret: {{secret: ''}}\n"
    )

    assert refusal_of(stack, path).splitlines() == [
        f"FormFile {str(path)!r}: 3 problems",
        f"  - {path}:1:10: zipCode: the value is read as a number; put it in quotes to keep it exactly as written",
        f"  - {path}:2:7: name: the value is cut off at ' #', which begins a comment; if it is part of the text, put the "
        "text in quotes; if it is a comment, put a space after '#'",
        f"  - {path}:4:9: secret: secret: is empty, expected a name or ARN",
    ]
    assert stack.node.children == []


def test_a_missing_file_says_where_it_was_looked_for(stack, folder, monkeypatch):
    monkeypatch.chdir(folder)

    assert refusal_of(stack, "missing.yaml") == (
        f"FormFile 'missing.yaml': missing.yaml: cannot be read: No such file or directory (looked in {folder})"
    )
    missing = f"{folder}/missing.yaml"
    assert refusal_of(stack, missing) == f"FormFile {missing!r}: {missing}: cannot be read: No such file or directory"


def test_a_file_with_references_is_read_once_per_scope(stack, folder):
    path = write(folder, "a.b: {file: pictures/opt-in.png}")
    FormFile(path).fields(stack)

    assert refusal_of(stack, path) == (
        f"FormFile {str(path)!r}: 'Test' already has a construct 'form.yaml'; read the file once and reuse its fields, or "
        "pass another scope"
    )


def test_a_file_of_texts_can_be_read_again(stack, folder):
    path = write(folder, "a.b: c")

    assert FormFile(path).fields(stack) == FormFile(path).fields(stack)


def test_yaml_is_not_loaded_by_the_import():
    code = "import sys, cdk_sms_registration; print('yaml' in sys.modules)"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert output.strip() == "False"
