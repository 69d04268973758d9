"""Each denial rule finds what it is for, and passes what only looks like it."""

import re
import string
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from sms_registration_rules.denials.check import check
from sms_registration_rules.denials.explanations import all_explanations, explain
from sms_registration_rules.denials.model import Form
from sms_registration_rules.denials.rules import RULES
from support.denial_forms import NAMES, Case, changed, good

CASES = yaml.safe_load((Path(__file__).parent / "denial_cases.yaml").read_text(encoding="utf-8"))
TRIPS = [
    pytest.param(rule_id, changes, id=f"{rule_id}-{number}")
    for rule_id, case in CASES.items()
    for number, changes in enumerate(case["trips"])
]
NEAR_MISSES = [
    pytest.param(rule_id, changes, id=f"{rule_id}-{number}")
    for rule_id, case in CASES.items()
    for number, changes in enumerate(case["near"])
]


def form_of(rule_id, changes):
    return changed(good(CASES[rule_id]["form"]), changes)


def ids(case):
    return [finding.rule_id for finding in case.findings()]


def test_each_rule_has_a_trip_and_a_near_miss():
    assert set(CASES) == set(RULES)
    assert all(case["trips"] and case["near"] for case in CASES.values())


@pytest.mark.parametrize(("rule_id", "changes"), TRIPS)
def test_trips(rule_id, changes):
    case = form_of(rule_id, changes)
    (finding,) = (each for each in case.findings() if each.rule_id == rule_id)

    rule = RULES[rule_id]
    assert all(any(fnmatchcase(path, pattern) for pattern in rule.reads) for path in finding.paths)
    assert (finding.problem, finding.codes, finding.submit_again) == (rule.problem, rule.codes, rule.submit_again)
    assert finding.path == finding.paths[0]
    assert finding.warning_id == f"cdk-sms-registration:denial/{rule_id}"


@pytest.mark.parametrize(("rule_id", "changes"), NEAR_MISSES)
def test_near_miss_has_no_finding_of_any_rule(rule_id, changes):
    assert ids(form_of(rule_id, changes)) == []


@pytest.mark.parametrize("name", NAMES)
def test_good_form_has_no_finding(name):
    assert [str(finding) for finding in good(name).findings()] == []


@pytest.mark.parametrize(("rule_id", "changes"), TRIPS)
def test_unknown_values_are_passed_over(rule_id, changes):
    """When nothing of what a rule reads is known, it must not guess."""
    case = form_of(rule_id, changes)
    reads = RULES[rule_id].reads
    paths = {*case.form.values, *case.form.files, *(read for read in reads if "*" not in read)}
    hidden = frozenset(path for path in paths if any(fnmatchcase(path, pattern) for pattern in reads))
    form = Form(case.form.registration_type, case.form.values, case.form.files, case.form.unknown | hidden)

    found = check(form, associated=case.associated, siblings=case.siblings)
    assert rule_id not in [finding.rule_id for finding in found]


def test_rules_are_well_formed():
    for rule_id, rule in RULES.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule_id)
        assert rule.types
        assert rule.reads
        assert rule.codes or rule.titles or rule_id.startswith("sender-id-")


@pytest.mark.parametrize("rule_id", RULES)
def test_rule_ids_are_defined_once(rule_id):
    """The table is a mapping, in which a second rule of the same ID would hide the first."""
    folder = Path(check.__code__.co_filename).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    assert sources.count(f'    "{rule_id}",\n') == 1


@pytest.mark.parametrize("rule_id", RULES)
def test_codes_and_titles_are_explained(rule_id):
    rule = RULES[rule_id]
    explanations = {code: explain(code, rule.types[0]) for code in (*rule.codes, *rule.titles)}

    assert None not in explanations.values()
    assert set(rule.codes) <= {each.code for each in all_explanations()}
    assert set(rule.titles) <= {each.title for each in all_explanations()}
    # What is final under every code must not be called correctable, and the other way round.
    said = {explanations[code].submit_again for code in rule.codes}
    if len(said) == 1:
        assert {rule.submit_again} == said


@pytest.mark.parametrize("rule_id", RULES)
def test_texts_are_single_plain_sentences(rule_id):
    rule = RULES[rule_id]
    for text in (rule.problem, rule.change):
        assert text[0] in string.ascii_uppercase
        assert text.endswith((".", '."'))
        outside_quotes = re.sub(r'"[^"]*"', "", text).replace("such as https://www.example.com", "")
        assert not re.search(r"[.!?] [A-Z]", outside_quotes)
        assert len(text) <= 130
        assert text.isascii()
        assert not re.search(r"[{}%]", text)


def test_findings_never_quote_a_value():
    """A value may be personal, and a warning ends in logs and pull requests."""
    secret = "Zaphod Beeblebrox <zaphod@gmail.com> +1 555"
    fixed = {rule.problem for rule in RULES.values()} | {rule.change for rule in RULES.values()}
    for name in NAMES:
        case = good(name)
        values = {path: secret if isinstance(value, str) else value for path, value in case.form.values.items()}
        findings = check(Form(case.form.registration_type, values), associated=case.associated)
        assert findings
        assert all({finding.problem, finding.change} <= fixed for finding in findings)
        assert not any("Zaphod" in str(finding) for finding in findings)


def test_finding_in_one_line():
    case = form_of("po-box", {"companyInfo.address": "P.O. Box 118"})
    (finding,) = case.findings()

    assert str(finding) == (
        "companyInfo.address: The address is a PO box. Give the street address from the company's public business records. "
        "[po-box]"
    )


def test_types_without_rules_have_no_findings():
    values = good("dentist_campaign").form.values
    assert check(Form("ZZ_LONG_CODE_REGISTRATION", values)) == []
    assert check(Form("", values)) == []


TYPES = sorted(
    {good(name).form.registration_type for name in NAMES} | {"GB_SENDER_ID_REGISTRATION", "US_RCS_LAUNCH_REGISTRATION"}
)
PATHS = sorted({path for name in NAMES for path in (*good(name).form.values, *good(name).form.files)})
NASTY = st.sampled_from(
    [
        "\0",
        "\ud800",
        "\u202e",
        "://",
        "https://",
        "@",
        "a@b",
        "%",
        "[",
        "{{",
        "9" * 5000,
        " " * 300,
        "no " * 900,
        "a." * 900,
    ]
)
VALUES = st.text() | NASTY | st.lists(st.text(), max_size=3).map(tuple)


@given(
    st.sampled_from(TYPES),
    st.dictionaries(st.sampled_from(PATHS) | st.text(), VALUES, max_size=8),
    st.dictionaries(
        st.sampled_from(PATHS),
        st.binary(max_size=40) | st.sampled_from([b"\xff\xd8\xff\xff", b"\x89PNG\r\n\x1a\n"]),
        max_size=3,
    ),
    st.frozensets(st.sampled_from(PATHS), max_size=3),
    st.text(max_size=12),
)
def test_never_raises(kind, values, files, unknown, region):
    form = Form(kind, values, files, unknown, region)
    associated = [Form("US_TEN_DLC_BRAND_REGISTRATION", values)]

    for finding in check(form, associated=associated, siblings=[form]):
        assert finding.paths


@given(
    st.sampled_from(NAMES),
    st.sampled_from(TRIPS),
    st.sampled_from(PATHS) | st.from_regex(r"\A[a-z]{3,9}\.[a-zA-Z]{3,12}\Z"),
    VALUES,
)
def test_other_fields_change_nothing(name, trip, path, value):
    """A field that a rule does not read never changes what it finds."""
    rule_id, changes = trip.values
    for case in (good(name), form_of(rule_id, changes)):
        form = Form(
            case.form.registration_type,
            {**case.form.values, path: value},
            case.form.files,
            case.form.unknown,
            case.form.region,
        )
        before = {finding.rule_id: finding for finding in case.findings()}
        after = {finding.rule_id: finding for finding in Case(form, case.associated, case.siblings).findings()}
        for changed_id in (each for each in before.keys() | after.keys() if before.get(each) != after.get(each)):
            assert any(fnmatchcase(path, pattern) for pattern in RULES[changed_id].reads), changed_id
