import json
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_sms_registration import FieldValue, Registration, RegistrationAttachment, RegistrationForm

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


def refusal_of(stack, path):
    with pytest.raises(ValueError, match=r"^form ") as refusal:
        RegistrationForm.from_file(stack, path)
    assert CANARY not in str(refusal.value).replace(str(path), "")
    text = str(refusal.value).removeprefix(f"form {str(path)!r}: ")
    lines = text.splitlines()
    return [line.removeprefix("  - ") for line in (lines[1:] if len(lines) > 1 else lines)]


def properties_of(stack):
    (form,) = Template.from_stack(stack).find_resources("Custom::SmsRegistrationForm").values()
    return form["Properties"]


def test_sections_and_paths(stack, folder):
    path = write(
        folder,
        """
        # Reviewed by the compliance team
        companyInfo:
          companyName: Example Corp
          address: {city: Seattle, zipCode: "01234"}
        messagingUseCase.monthlyMessageVolume: ["1,000"]
        messagingUseCase:
          useCases:
            - One-time passcodes
            - Other
          optInDescription: >-
            Customers tick
            a box.
          empty: ''
          none: []
        """,
    )

    assert RegistrationForm.from_file(stack, path) == {
        "companyInfo.companyName": "Example Corp",
        "companyInfo.address.city": "Seattle",
        "companyInfo.address.zipCode": "01234",
        "messagingUseCase.monthlyMessageVolume": ["1,000"],
        "messagingUseCase.useCases": ["One-time passcodes", "Other"],
        "messagingUseCase.optInDescription": "Customers tick a box.",
        "messagingUseCase.empty": "",
        "messagingUseCase.none": [],
    }
    assert stack.node.children == []


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

    fields = RegistrationForm.from_file(stack, path)
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
    # CloudFormation itself reads no parameter: that would show its value.
    assert len(template["Parameters"]) == 1


def test_logical_ids_do_not_depend_on_the_folder(tmp_path):
    def logical_ids(folder):
        folder.mkdir()
        (folder / "opt-in.png").write_bytes(PNG)
        path = write(folder, "a.b: {file: opt-in.png}")
        stack = cdk.Stack(cdk.App(builtin_cloud_formation_validation=False), "Test")
        RegistrationForm.from_file(stack, path)
        return set(Template.from_stack(stack).find_resources("Custom::SmsRegistrationAttachment"))

    assert logical_ids(tmp_path / "here") == logical_ids(tmp_path / "there")


def test_json(stack, folder):
    fields = {"a": {"b": "\N{GRINNING FACE} x\ty", "c": ["1,000"], "d": {"file": "pictures/opt-in.png"}}, "e.f": "g/h"}
    path = write(folder, json.dumps(fields, indent="\t").replace("/h", "\\/h"), "form.json")

    read = RegistrationForm.from_file(stack, path)

    assert read.pop("a.d") is not None
    assert read == {"a.b": "\N{GRINNING FACE} x\ty", "a.c": ["1,000"], "e.f": "g/h"}


def test_one_value_may_be_used_twice_by_an_alias(stack, folder):
    path = write(folder, "a.b: &terms https://example.com\na.c: *terms\na.d: [*terms]\n")

    url = "https://example.com"
    assert RegistrationForm.from_file(stack, path) == {"a.b": url, "a.c": url, "a.d": [url]}


def test_byte_order_mark(stack, folder):
    path = folder / "form.yaml"
    path.write_bytes(b"\xef\xbb\xbfa.b: c\n")

    assert RegistrationForm.from_file(stack, str(path)) == {"a.b": "c"}


def test_every_problem_with_its_line(stack, folder):
    path = write(
        folder,
        f"""companyInfo:
  zipCode: 01234
  founded: 2001-02-03
  listed: yes
  share: 1.5
  companyName: {CANARY}
  companyName: {CANARY}
  state:
  city: !Ref City
messagingUseCase:
  volume: ["1,000", 10]
  nested: [[{CANARY}]]
  long: "{"x" * 2049}"
  bad path: {CANARY}
  picture: {{file: missing.png}}
  outside: {{file: /etc/passwd}}
  secret: {{secret: tax, fields: ein}}
  number: {{secret: 5}}
  nothing: {{parameter: ''}}
  where: {{parameter: a b}}
  resolve: "{{{{resolve:ssm:x}}}}"
companyInfo.zipCode: "1"
5: five
<<: {{a: b}}
""",
    )
    quotes = "put it in quotes, to have it just as it is written"

    assert refusal_of(stack, path) == [
        f"line 2: companyInfo.zipCode: the value is read as a number; {quotes}",
        f"line 3: companyInfo.founded: the value is read as a date; {quotes}",
        f"line 4: companyInfo.listed: the value is read as yes or no, true or false; {quotes}",
        f"line 5: companyInfo.share: the value is read as a number; {quotes}",
        "line 7: companyInfo.companyName: is declared twice, first in line 6",
        "line 8: companyInfo.state: the value is missing; leave the field out, or write '' to say that it has no value",
        "line 9: companyInfo.city: tags such as '!Ref' are not understood; a text that begins so must be in quotes",
        f"line 11: messagingUseCase.volume: a choice is read as a number; {quotes}",
        "line 12: messagingUseCase.nested: expected a text, a list of choices, a section, {file: path}, {secret: "
        "name-or-arn, field: name} or {parameter: name}; choices are texts",
        "line 13: messagingUseCase.long: has 2049 characters, the service takes at most 2048",
        "line 14: messagingUseCase.bad path: expected a path of 1 to 100 letters, digits, underscores and dots, such as "
        "'companyInfo.companyName'",
        f"line 15: messagingUseCase.picture: file: {str(folder / 'missing.png')!r} does not exist, expected a file (looked "
        f"in {Path.cwd()})",
        f"line 16: messagingUseCase.outside: file: got '/etc/passwd', expected a path that starts at the form's folder, "
        f"{str(folder)!r}",
        "line 17: messagingUseCase.secret: unknown key 'fields' beside 'secret', expected 'field' and 'secret'",
        f"line 18: messagingUseCase.number: 'secret' is read as a number; {quotes}",
        "line 19: messagingUseCase.nothing: parameter: is empty, expected a name",
        "line 20: messagingUseCase.where: parameter: got 'a b', expected the name of a parameter, such as '/sms/tax-id'",
        "line 21: messagingUseCase.resolve: dynamic references ('{{resolve:...}}') are not supported in forms; use "
        "FieldValue.from_secret(...) or FieldValue.from_parameter(...), which is read when the form is deployed",
        "line 22: companyInfo.zipCode: is declared twice, first in line 2",
        "line 23: the form: expected a field path as key; write it in quotes",
        "line 24: the form: expected a field path as key; merge keys ('<<') are not understood",
    ]
    assert stack.node.children == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"a: {CANARY}\n b: c\n", "line 2: is not YAML: mapping values are not allowed here"),
        (
            f"a: [{CANARY}\n",
            "line 2: is not YAML: while parsing a flow sequence, expected ',' or ']', but got '<stream end>'",
        ),
        (
            f"a: {CANARY}\n---\nb: c\n",
            "line 2: is not YAML: expected a single document in the stream, but found another document",
        ),
        (
            f"a: *{CANARY}\n",
            "line 1: is not YAML: found an undefined alias; a text that begins with '*' must be in quotes",
        ),
        ("a: \x07\n", "is not YAML: it contains a character that is not allowed"),
        ("", "expected field paths and their values, such as 'companyInfo: {companyName: Example Corp}'"),
        (f"- {CANARY}\n", "expected field paths and their values, such as 'companyInfo: {companyName: Example Corp}'"),
        ("a: &again {b: *again}\n", "line 1: a.b: is used twice, by an alias; only single values can be"),
        ("a: {file: x.png, file: y.png, secret: s}\n", None),
    ],
)
def test_refused_file(stack, folder, text, problem):
    problems = refusal_of(stack, write(folder, text))

    if problem is None:
        assert len(problems) == 4  # twice given twice, one key too many, and the file that counts is missing
    else:
        assert problems == [problem]


def test_sections_by_alias_do_not_multiply(stack, folder):
    """The billion laughs."""
    lines = ["a0: &a0 {x: y}", *(f"a{n}: &a{n} {{b: *a{n - 1}, c: *a{n - 1}}}" for n in range(1, 40))]

    problems = refusal_of(stack, write(folder, "\n".join(lines)))

    assert all("is used twice, by an alias" in problem for problem in problems)


def test_file_that_cannot_be_read(stack, folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert refusal_of(stack, "missing.yaml") == [f"cannot be read: No such file or directory (looked in {folder})"]
    (folder / "latin.yaml").write_bytes("a: é\n".encode("latin-1"))
    assert refusal_of(stack, "latin.yaml") == ["is not UTF-8 text, at byte 3"]


def test_a_file_with_files_is_read_once_per_scope(stack, folder):
    path = write(folder, "a.b: {file: pictures/opt-in.png}")
    RegistrationForm.from_file(stack, path)

    assert refusal_of(stack, path) == [
        "'Test' has something named 'form.yaml' already; read the file once and use its fields again, or give another scope"
    ]


def test_a_file_of_texts_is_read_as_often_as_one_likes(stack, folder):
    path = write(folder, "a.b: c")

    assert RegistrationForm.from_file(stack, path) == RegistrationForm.from_file(stack, path)
