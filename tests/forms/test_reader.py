"""Form files: what is read, and every problem with its place. Nothing here needs aws_cdk."""

import json
import re
import subprocess
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sms_registration_forms.content import FileReference, ParameterReference, Place, SecretReference
from sms_registration_forms.reader import read_form_file, read_form_text

CANARY = "canary-4711"
QUOTES = "put it in quotes to keep it exactly as written"


def values(text, path="form.yaml"):
    content = read_form_text(text, path)
    assert content.problems == ()
    return {field_path: field.value for field_path, field in content.fields.items()}


def problems(text, path="form.yaml"):
    found = [str(problem) for problem in read_form_text(text, path).problems]
    assert CANARY not in str(found)
    return found


# --- what is read ---


def test_sections_paths_and_lists():
    assert values(
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
          empty: ''
          none: []
        """
    ) == {
        "companyInfo.companyName": "Example Corp",
        "companyInfo.address.city": "Seattle",
        "companyInfo.address.zipCode": "01234",
        "messagingUseCase.monthlyMessageVolume": ["1,000"],
        "messagingUseCase.useCases": ["One-time passcodes", "Other"],
        "messagingUseCase.empty": "",
        "messagingUseCase.none": [],
    }


def test_references(tmp_path):
    (tmp_path / "opt-in.png").write_bytes(b"\x89PNG\r\n\x1a\n0")
    text = "a: {file: opt-in.png}\nb: {secret: tax, field: ein}\nc: {secret: tax}\nd: {parameter: /sms/phone}\n"

    assert values(text, str(tmp_path / "form.yaml")) == {
        "a": FileReference("opt-in.png"),
        "b": SecretReference("tax", "ein"),
        "c": SecretReference("tax"),
        "d": ParameterReference("/sms/phone"),
    }


def test_places_of_values():
    content = read_form_text("a:\n  b: c\n  d: [e]\nf: |\n  g\n", "forms/form.yaml")

    assert {path: str(field.place) for path, field in content.fields.items()} == {
        "a.b": "forms/form.yaml:2:6",
        "a.d": "forms/form.yaml:3:6",
        "f": "forms/form.yaml:4:4",
    }


def test_values_are_not_in_a_repr():
    assert CANARY not in repr(read_form_text(f"a: {CANARY}", "form.yaml"))


def test_json():
    fields = {"a": {"b": "\N{GRINNING FACE} x\ty", "c": ["1,000"]}, "d.e": "f/g #4"}
    text = json.dumps(fields, indent="\t").replace("/g", "\\/g")

    assert values(text, "form.json") == {"a.b": "\N{GRINNING FACE} x\ty", "a.c": ["1,000"], "d.e": "f/g #4"}


def test_single_values_can_be_reused_by_alias():
    url = "https://example.com"
    assert values(f"a: &terms {url}\nb: *terms\nc: [*terms]\n") == {"a": url, "b": url, "c": [url]}


@pytest.mark.parametrize("indicator", ["|", ">", "|-", ">-"])
def test_one_final_line_break_of_a_block_is_removed(indicator):
    assert values(f"a: {indicator}\n  one line\nb: c\n") == {"a": "one line", "b": "c"}


@pytest.mark.parametrize(
    "text",
    [
        "a: b # comment",
        "a: b #",
        "a: b ## part 2",
        "a: b#4",
        'a: "b #4"',
        "a: 'b #4' #5",
        "a: https://x.com/#terms",
        "# x\na: b",
    ],
)
def test_comments_and_quoted_signs_are_fine(text):
    assert list(values(text)) == ["a"]


def test_byte_order_mark(tmp_path):
    path = tmp_path / "form.yaml"
    path.write_bytes(b"\xef\xbb\xbfa.b: c\n")

    assert read_form_file(path).fields["a.b"].value == "c"


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))).filter(lambda text: text == text.strip()))
def test_any_text_written_as_json_comes_back(text):
    found = read_form_text(json.dumps({"a": text}), "form.json")

    if found.problems:
        assert "{{resolve:" in text or len(text) > 2048
    else:
        assert found.fields["a"].value == text


@given(st.text(st.sampled_from("abc: #&*!%@`-?,."), max_size=30))
def test_a_plain_text_is_never_shortened_silently(text):
    assume(not re.search(r"(^|\s)#+(\s|$)", text))  # a comment, as people write it

    content = read_form_text(f"a: {text}\n", "form.yaml")

    if not content.problems:
        assert content.fields["a"].value == text.strip()


# --- what YAML would cut off or misread ---

CUT = (
    "is cut off at ' #', which begins a comment; if it is part of the text, put the text in quotes; if it is a comment, "
    "put a space after '#'"
)
ANCHOR = "is read as an anchor, which nothing refers to; a text that begins with '&' must be in quotes"
TAG = "tags such as '!Ref' are not supported; a text that begins with '!' must be in quotes"
MISSING = "is missing, because '#' begins a comment; put the value in quotes"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("companyInfo:\n  address1: 1195 Main Street #4\n", [f"2:13: companyInfo.address1: the value {CUT}"]),
        ("a: one\n  two #3\nb: c\n", [f"1:4: a: the value {CUT}"]),
        ("a:\n  - b #5\n", [f"2:5: a: a choice {CUT}"]),
        ("a: {file: opt-in.png #2\n }", [f"1:11: a: 'file' {CUT}"]),
        ("agentDetails:\n  accentColor: #0F4C5C\n", [f"2:15: agentDetails.accentColor: the value {MISSING}"]),
        ("a:\n  - #0F4C5C\n", [f"2:4: a: a choice {MISSING}"]),
        ("a: &Sons Example\n", [f"1:4: a: {ANCHOR}"]),
        ("a: &Sons\nb: c\n", [f"1:4: a: {ANCHOR}"]),
        ("a: !important news\n", [f"1:4: a: {TAG}"]),
        ("a: ! news\n", [f"1:4: a: {TAG}"]),
        ("a: !!binary news\n", [f"1:4: a: {TAG}"]),
        ('a: "b "\n', ["1:4: a: ends with white space; remove it"]),
        ('a: " b"\n', ["1:4: a: begins with white space; remove it"]),
        ("a: |+\n  b\n\nc: d\n", ["1:4: a: ends with a line break; remove it"]),
        ('a: " "\n', ["1:4: a: is nothing but white space; write '' to say that the field has no value"]),
    ],
)
def test_text_that_yaml_would_change(text, expected):
    assert problems(text) == [f"form.yaml:{each}" for each in expected]


RESOLVE = (
    "dynamic references ('{{resolve:...}}') are not supported in forms; write {secret: name, field: name} or "
    "{parameter: /name}, which is read when the form is deployed"
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('a: "{{resolve:ssm:canary-4711}}"', "1:4: a: "),
        ("a: x {{resolve:ssm:canary-4711}}", "1:4: a: "),
        ("a: {{resolve:ssm:canary-4711}}", "1:5: a: expected a field path as key; "),
        ('a: ["{{resolve:ssm:canary-4711}}"]', "1:5: a: "),
        ('a: {secret: "{{resolve:ssm:canary-4711}}"}', "1:13: a: "),
    ],
)
def test_dynamic_reference_advises_the_yaml_form(text, place):
    assert problems(text) == [f"form.yaml:{place}{RESOLVE}"]


# --- what is not YAML ---


def must_be_quoted(sign):
    return f"a text that begins with {sign!r} must be in quotes"


OPENED = "the quote that closes here was opened in line 1; is the closing quote of that text missing?"
INDENTED = "the line is indented differently from those above it; fields of one section begin in the same column"
INSIDE = "the text continues after its closing quote; put all of it in quotes, and write each"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The inputs that people met, each with what is right.
        ("a:\n  b: Example: your reward: canary-4711\n", "2:13: a text with ': ' must be in quotes"),
        ("a:\n  b: [name], your order\n", f"2:12: {must_be_quoted('[')}"),
        ("a:\n  b: @example says: your code\n", f"2:6: {must_be_quoted('@')}"),
        # Quotes that do not close, or close too early.
        ('a: "Hello\nb: "World"\nc: d\n', f"2:5: {OPENED}"),
        ("a: 'tis the season\nb: it's\nc: d\n", f"2:7: {OPENED}"),
        ('a: b\nc: "Hello\nd: e\n', "2:4: the quote that opens here is never closed"),
        ("a: 'it's fine'\nb: c\n", f"1:8: {INSIDE} apostrophe in it twice"),
        ('a: "Hello" she said\n', f"1:12: {INSIDE} quote in it as '\\\"'"),
        # Signs that mean something else at the beginning of a text.
        *((f"a: {sign}{' ' if sign in '>|-?' else ''}canary-4711 x\n", None) for sign in "]}`%*>|-?,"),
        ("a: !x!canary-4711\n", f"1:4: {must_be_quoted('!')}"),
        ("a: &x b\nc: &x d\n", f"2:4: {must_be_quoted('&')}"),
        ("a: {name}, canary-4711\n", f"1:10: {must_be_quoted('{')}"),
        # Structure.
        ("a: [b\nc: d\n", f"1:4: '[' opens a list or mapping that is not closed; {must_be_quoted('[')}"),
        ("a: {b: c\nd: e\n", f"1:4: '{{' opens a list or mapping that is not closed; {must_be_quoted('{')}"),
        ("a: [b #5, c]\n", "1:4: ' #' begins a comment; put a text that contains it in quotes"),
        ("a: b\n  c #5\n  d\n", "3:3: ' #' begins a comment; put a text that contains it in quotes"),
        ("a: b\n c: d\n", "2:3: the line is indented differently from those above it"),
        # The '#' of a scaffold removed, and its space left.
        *((f'a:\n  b: "c"\n   d: {value}\n', f"3:4: {INDENTED}") for value in ('"e"', "{file: e.png}", "[]", "e")),
        ('a:\n  b: "c"\n d:\n   e: f\n', f"3:2: {INDENTED}"),
        (" a:\n   b: c\nd:\n  e: f\n", f"3:1: {INDENTED}"),
        ("a:\n\tb: c\n", "2:1: found character '\\t' that cannot start any token; indent with spaces, not with tabs"),
        (
            'a: "C:\\d"\n',
            "1:8: found unknown escape character 'd'; a backslash in double quotes begins an escape; write '\\\\', or use "
            "single quotes",
        ),
        (
            "a: b\ncanary-4711\nc: d\n",
            "3:1: could not find expected ':'; expected 'path: value'; a text that continues on the next line must be "
            "indented further than its key",
        ),
        ("a: b\n---\nc: d\n", "2:1: a form file holds one document; remove the line '---'"),
        ("a: b\x07\n", "1:5: it contains a character that is not allowed"),
    ],
)
def test_yaml_error_says_what_to_do(text, expected):
    (problem,) = problems(text)

    if expected is None:
        assert problem.startswith("form.yaml:1:")
        assert problem.endswith(f": is not YAML: {must_be_quoted(text[3])}")
    else:
        place, _, what = expected.partition(": ")
        assert problem == f"form.yaml:{place}: is not YAML: {what}"


@pytest.mark.parametrize("text", ["", "- canary-4711\n", "canary-4711\n"])
def test_not_a_mapping(text):
    assert problems(text) == [
        "form.yaml:1:1: expected field paths and their values, such as 'companyInfo: {companyName: Example Corp}'"
    ]


def test_every_problem_at_once_with_its_place(tmp_path):
    path = tmp_path / "form.yaml"
    path.write_text(
        f"""companyInfo:
  zipCode: 01234
  founded: 2001-02-03
  listed: yes
  share: 1.5
  companyName: {CANARY}
  companyName: {CANARY}
  state:
  sign: =
messagingUseCase:
  volume: ["1,000", 10]
  nested: [[{CANARY}]]
  pairs:
    - Example: {CANARY}
  empty: [""]
  long: "{"x" * 2049}"
  longChoice: ["{"x" * 257}"]
  bad path: {CANARY}
  picture: {{file: missing.png}}
  outside: {{file: /etc/passwd}}
  secret: {{secret: tax, fields: ein}}
  twice: {{secret: a, secret: b}}
  number: {{secret: 5}}
  noSecret: {{secret: '', field: ''}}
  noParameter: {{parameter: ''}}
  where: {{parameter: a b}}
companyInfo.zipCode: "1"
5: five
<<: {{a: b}}
[x]: y
"""
    )
    expected = (
        "expected a text, a list of choices, a section, {file: path}, {secret: name-or-arn, field: name} or "
        "{parameter: name}"
    )

    assert [str(problem).removeprefix(f"{path}:") for problem in read_form_file(path).problems] == [
        f"2:12: companyInfo.zipCode: the value is read as a number; {QUOTES}",
        f"3:12: companyInfo.founded: the value is read as a date; {QUOTES}",
        f"4:11: companyInfo.listed: the value is read as yes or no, true or false; {QUOTES}",
        f"5:10: companyInfo.share: the value is read as a number; {QUOTES}",
        "7:3: companyInfo.companyName: is declared twice, first in line 6",
        "8:9: companyInfo.state: the value is missing; leave the field out, or write '' to say that it has no value",
        f"9:9: companyInfo.sign: the value is read as a sign with a meaning in YAML; {QUOTES}",
        f"11:21: messagingUseCase.volume: a choice is read as a number; {QUOTES}",
        f"12:12: messagingUseCase.nested: {expected}; choices are texts",
        f"14:7: messagingUseCase.pairs: {expected}; a text with ': ' must be in quotes",
        "15:11: messagingUseCase.empty: choice 1: the service accepts no empty choice",
        "16:9: messagingUseCase.long: has 2049 characters, the service accepts at most 2048",
        "17:16: messagingUseCase.longChoice: choice 1: has 257 characters, the service accepts at most 256",
        "18:3: messagingUseCase.bad path: expected a path of 1 to 100 letters, digits, underscores and dots, such as "
        "'companyInfo.companyName'",
        f"19:12: messagingUseCase.picture: file: {str(tmp_path / 'missing.png')!r} does not exist, expected a file",
        "20:12: messagingUseCase.outside: file: got '/etc/passwd', expected a path that starts at the form's folder, "
        f"{str(tmp_path)!r}",
        "21:25: messagingUseCase.secret: unknown key 'fields' beside 'secret', expected 'field' and 'secret'",
        "22:11: messagingUseCase.twice: key 'secret' is given twice",
        "22:22: messagingUseCase.twice: key 'secret' is given twice",
        f"23:20: messagingUseCase.number: 'secret' is read as a number; {QUOTES}",
        "24:13: messagingUseCase.noSecret: secret: is empty, expected a name or ARN",
        "24:13: messagingUseCase.noSecret: field: is empty; leave it out for the whole secret",
        "25:16: messagingUseCase.noParameter: parameter: is empty, expected a name",
        "26:10: messagingUseCase.where: parameter: got 'a b', expected the name of a parameter, such as '/sms/tax-id'",
        "27:1: companyInfo.zipCode: is declared twice, first in line 2",
        "28:1: expected a field path as key; write it in quotes",
        "29:1: expected a field path as key; merge keys ('<<') are not supported",
        "30:1: expected a field path as key; a text that begins with '{' or '[' must be in quotes",
    ]


def test_sections_cannot_be_reused_by_alias():
    """Otherwise a short file could become very long (a "billion laughs")."""
    lines = ["a0: &a0 {x: y}", *(f"a{n}: &a{n} {{b: *a{n - 1}, c: *a{n - 1}}}" for n in range(1, 40))]

    found = problems("\n".join(lines))

    assert found
    assert all("is used twice, by an alias; only single values can be" in problem for problem in found)


def test_file_that_cannot_be_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("a: é\n".encode("latin-1"))

    (missing,) = read_form_file("missing.yaml").problems
    (latin,) = read_form_file("latin.yaml").problems

    assert missing.place == Place("missing.yaml")
    assert str(missing) == f"missing.yaml: cannot be read: No such file or directory (looked in {tmp_path})"
    (absolute,) = read_form_file(tmp_path / "missing.yaml").problems
    assert str(absolute) == f"{tmp_path}/missing.yaml: cannot be read: No such file or directory"
    assert str(latin) == "latin.yaml: is not UTF-8 text, at byte 3"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "does not exist, expected a file"),
        (b"", "is not a PDF, PNG or JPEG file; the service accepts no other, whatever its name"),
        (b"%PDF-1.7\n".ljust(5 * 1024 * 1024 + 1, b"0"), "has 5242881 bytes, the service accepts at most 5242880"),
        (b"%PDF-1.7\n", None),
        (b"\xff\xd8\xff\xe0", None),
    ],
)
def test_files_that_a_form_refers_to(tmp_path, content, problem):
    if content is not None:
        (tmp_path / "file").write_bytes(content)

    found = problems("a: {file: file}", str(tmp_path / "form.yaml"))

    assert (not found) if problem is None else (problem in found[0])


def test_reading_needs_no_cdk():
    code = (
        "import sys; from sms_registration_forms import reader; reader.read_form_text('a: b', 'f');"
        "print(sorted({'aws_cdk', 'constructs', 'jsii', 'cdk_sms_registration'} & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert output.strip() == "[]"
