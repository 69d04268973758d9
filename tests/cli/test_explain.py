"""`explain`: what a denial means."""

from __future__ import annotations

import pytest

from sms_registration_cli.commands.explain import SUBMIT_AGAIN
from sms_registration_rules.denials.explanations import all_explanations


def test_a_code(run):
    text = run("explain", "BRAND_DBA_NAME_MISMATCH").stdout
    assert text.startswith("BRAND_DBA_NAME_MISMATCH: ")
    assert "Change " in text


@pytest.mark.parametrize(
    ("reason", "page"),
    [
        (
            "BRAND_DBA_NAME_MISMATCH",
            "https://docs.aws.amazon.com/sms-voice/latest/userguide/registration-help-rejection-troubleshooting.html",
        ),
        (
            "Non Compliant Opt In",
            "https://docs.aws.amazon.com/end-user-messaging/latest/userguide/nx-reg-type-tollfree.html",
        ),
        ("Unofficial Business Email", "no page: users received this reason"),
    ],
)
def test_it_says_where_aws_says_so(run, reason, page):
    assert page in run("explain", reason).stdout


def test_a_title_in_several_words_and_any_case(run):
    assert run("explain", "unclear", "opt-in", "language").stdout.startswith("Unclear Opt-in Language")


def test_every_published_reason_is_explained(run):
    for each in all_explanations()[::10]:
        assert each.change in run("explain", each.code or each.title).stdout
        assert each.submit_again in SUBMIT_AGAIN


def test_an_unknown_reason_suggests_similar_ones(run):
    assert "BRAND_DBA_NAME_MISMATCH" in run("explain", "BRAND_NAME_MISMATCH", code=2).stderr


def test_an_unknown_reason_says_what_to_do(run):
    text = " ".join(run("explain", "QUITE_ANOTHER_REASON", code=2).stderr.split())
    assert "sms-registration status REGISTRATION_ID" in text
    assert "ask AWS Support" in text


def test_json(run_json):
    assert run_json("explain", "BRAND_DBA_NAME_MISMATCH")["code"] == "BRAND_DBA_NAME_MISMATCH"
