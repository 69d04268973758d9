"""Every published reason of a denial is explained, by code and by title."""

import string
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_registration_rules.denials.explanations import all_explanations, explain
from sms_registration_rules.denials.suggestions import suggestions

CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"
TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
RCS = "TEST_RCS_LAUNCH_REGISTRATION"
US_CODES = "registration-help-rejection-troubleshooting"
RCS_CODES = "rcs-compliance-denial-reasons"
ALL = all_explanations()
IDS = [each.code or each.title for each in ALL]


def test_every_published_reason_is_there():
    """As many as AWS's pages have: codes for US types, titles for toll-free, codes for RCS."""
    published = Counter(each.source for each in ALL)

    assert (published[US_CODES], published["nx-reg-type-tollfree"], published[RCS_CODES]) == (134, 12, 11)
    assert len({each.code for each in ALL if each.source == US_CODES}) == 134
    assert all(each.code for each in ALL if each.source in {US_CODES, RCS_CODES})


def test_what_may_be_submitted_again():
    """The column of AWS's page, counted."""
    assert Counter(each.submit_again for each in ALL if each.source == US_CODES) == {"yes": 100, "no": 30, "depends": 4}


@pytest.mark.parametrize("each", ALL, ids=IDS)
def test_is_complete_and_plain(each):
    assert each.title
    assert each.types
    for text in (each.cause, each.change):
        assert text[0] in string.ascii_uppercase
        assert text.endswith(".")
        assert ". " not in text
        assert len(text) <= 160
        assert text.isascii()
    assert all("." in path for path in each.paths)


def test_a_reason_of_one_form_names_fields_of_that_form():
    """Without a type, too: who looks up a title has only the title."""
    found = explain("Non Compliant Opt In")
    assert found.paths == ("messagingUseCase.optInDescription", "messagingUseCase.optInImage")
    assert "campaignInfo.optInWorkflow" in explain("NON_COMPLIANT_OPT_IN").paths


@pytest.mark.parametrize("each", ALL, ids=IDS)
def test_is_found_by_code_and_by_title(each):
    kind = each.types[0].replace("US_*", CAMPAIGN).replace("*", "DE")
    for name in (each.code, each.title):
        if name:
            for written in (name, name.lower(), f" {name.upper().replace('_', ' ')}. "):
                found = explain(written, kind)
                assert (found.cause, found.submit_again) == (each.cause, each.submit_again)


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("OPT_IN_WORKFLOW_MISSING", "OPT_IN_WORKFLOW_MISSING"),
        ("Opt-in workflow missing", "OPT_IN_WORKFLOW_MISSING"),
        ("opt in workflow MISSING", "OPT_IN_WORKFLOW_MISSING"),
        ("Website requires authentication", "BRAND_URL_AUTHENTICATION_REQUIRED"),
        ("Campaign mismatch: charity", "CAMPAIGN_MISMATCH_CHARITY"),
        ("Campaign non-compliant content: gambling.", "CAMPAIGN_NON_COMPLIANT_CONTENT_GAMBLING"),
    ],
)
def test_case_and_punctuation_do_not_count(reason, code):
    assert explain(reason).code == code


def test_same_title_for_different_types():
    assert explain("Opt-in workflow mismatch", CAMPAIGN).code == "OPT_IN_WORKFLOW_MISMATCH"
    assert explain("Opt-in Workflow Mismatch", TOLL_FREE).code == ""
    assert explain("INVALID_FIELD_VALUE", RCS).source == RCS_CODES
    assert explain("INVALID_FIELD_VALUE", CAMPAIGN).source == US_CODES
    # Without a type, the title as written decides.
    assert explain("Opt-in Workflow Mismatch").source == "users"
    assert explain("Opt-in workflow mismatch").source == US_CODES


def test_paths_are_those_of_the_type():
    assert explain("OPT_IN_WORKFLOW_CONSENT", CAMPAIGN).paths == ("campaignInfo.optInWorkflow",)
    assert explain("OPT_IN_WORKFLOW_CONSENT", TOLL_FREE).paths == ("messagingUseCase.optInDescription",)
    assert set(explain("OPT_IN_WORKFLOW_CONSENT").paths) == {
        "campaignInfo.optInWorkflow",
        "messagingUseCase.optInDescription",
    }


def test_campaign_denied_for_its_brand_names_the_fields_of_the_brand():
    assert explain("BRAND_PHONE_NUMBER_INVALID_OR_MISSING", CAMPAIGN).paths == ("contactInfo.supportPhoneNumber",)


def test_reason_for_a_type_without_explanations_is_explained_all_the_same():
    assert explain("INVALID_URL", "ZZ_LONG_CODE_REGISTRATION").code == "INVALID_URL"


@pytest.mark.parametrize("reason", ["", " ", "...", "SOMETHING_NEW", "\u00e4"])
def test_unknown_reason_has_no_explanation(reason):
    assert explain(reason) is None


def test_suggestions():
    assert "CAMPAIGN_MISMATCH" in suggestions("CAMPAIN_MISMACH")
    assert suggestions("Unofficial busines mail", most=1) == ["Unofficial Business Email"]
    assert suggestions("qqqqqqqqqqqqqqqqqqqqqqq") == []
    assert "Unclear opt-in" in suggestions("Opt in unclear")


@given(st.text(), st.text(max_size=20))
def test_never_raises(reason, kind):
    explain(reason, kind)
    assert len(suggestions(reason)) <= 3
