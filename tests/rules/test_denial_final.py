"""What the deployed function knows of denials is what the explanations say."""

import pytest

from sms_registration_rules.denials.explanations import all_explanations
from sms_registration_rules.denials.final import is_final


@pytest.mark.parametrize("explanation", all_explanations(), ids=lambda each: each.code or each.title)
def test_a_reason_is_final_when_aws_accepts_no_other_form(explanation):
    expected = explanation.submit_again == "no"
    assert is_final(explanation.title) == expected
    if explanation.code:
        assert is_final(explanation.code) == is_final(explanation.code.lower().replace("_", " ")) == expected


def test_an_unknown_reason_is_not_final():
    assert not is_final("")
    assert not is_final("SOMETHING_NEW")
