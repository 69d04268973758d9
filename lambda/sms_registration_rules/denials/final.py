"""The reasons after which AWS does not accept a form again, by code and title (troubleshooting page of the user guide).

The deployed function needs only these, so they stand apart from the explanations of every reason; a test holds them together.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

NOT_ACCEPTED_AGAIN = {
    "India Region": "India Region",
    "BRAND_NON_COMPLIANT_HIGH_RISK_FINANCIAL": "Non-compliant brand affiliation: high-risk financial",
    "BRAND_URL_HIGH_RISK_DOMAIN": "High-risk domain reputation",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_AFFILIATE_MARKETING": "Campaign non-compliant content: affiliate marketing",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_CANNABIS": "Prohibited content: cannabis or CBD",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_GAMBLING": "Campaign non-compliant content: gambling",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_HIGH_RISK_FINANCIAL": "Campaign non-compliant content: high-risk financial",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_ILLEGAL_SUBSTANCES": "Campaign non-compliant content: illegal substances",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_JOB_BOARDS": "Campaign non-compliant content: third party job boards",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_SHAFT": "Campaign non-compliant content: SHAFT",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_SWEEPSTAKES": "Campaign non-compliant content: sweepstakes",
    "CANNOT_UPDATE_REGISTRATION": "Cannot update registration",
    "NON_COMPLIANT_USE_CASE_AFFILIATE_MARKETING": "Non-compliant affiliate marketing use case",
    "NON_COMPLIANT_USE_CASE_CANNIBIS": "Non-compliant cannabis use case",
    "NON_COMPLIANT_USE_CASE_GAMBLING": "Non-compliant gambling use case",
    "NON_COMPLIANT_USE_CASE_HATE": "Non-compliant hate use case",
    "NON_COMPLIANT_USE_CASE_HIGH_RISK_FINANCIAL": "Non-compliant high risk financial use case",
    "NON_COMPLIANT_USE_CASE_SHAFT": "Non-compliant SHAFT use case",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_CONTENT_GAMBLING": "Opt-in workflow non compliant content: gambling",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_CONTENT_HIGH_RISK_FINANCIAL": "Opt-in workflow non compliant content: high risk financial",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_CONTENT_ILLEGAL_SUBSTANCES": "Opt-in workflow non compliant content: illegal substances",
    "REGISTRATION_SUSPENDED_BY_MNO": "Campaign suspended",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_GAMBLING": "Non-compliant message samples: gambling",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_HIGH_RISK_FINANCIAL": "Non-compliant message samples: high-risk financial services",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_ILLEGAL_SUBSTANCES": "Non-compliant message samples: illegal substances",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_JOB_BOARDS": "Non-compliant message samples: third party job-boards",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_SHAFT": "Non-compliant message samples: SHAFT",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_SWEEPSTAKES": "Non-compliant message samples: sweepstakes",
    "SECURITY_REVIEW_FAILED": "Security review requirements not met",
    "SPAM_OR_PHISHING_ASSOCIATION": "Spam or phishing association",
    "TERMS_AND_CONDITIONS_NON_COMPLIANT_AFFILIATE_MARKETING": "Non-compliant Terms and Conditions: affiliate marketing",
}
"""Titles by code. A reason without a code has its title twice."""

_SAID = "not eligible for resubmission"
"""How AWS's console says that a form cannot be submitted again (troubleshooting page of the user guide)."""


def is_final(code_or_title: str) -> bool:
    """Whether AWS does not accept a form again that was denied for this reason. Case and punctuation do not count.

    Args:
        code_or_title: As the service gives it, in `Reason` or `ShortDescription`.
    """
    return _plain(code_or_title) in _KNOWN


def final_codes(reasons: Sequence[Mapping[str, Any]], redact: Callable[[str], str] = str) -> list[str]:
    """The reasons after which AWS does not accept a form again, by its own words or its published code.

    Args:
        reasons: DeniedReasons of a version.
        redact: Removes values from a text of the service. Default: nothing is removed.
    """
    return [redact(str(each.get("Reason") or "?")) for each in reasons if _is_final(each)]


def _is_final(reason: Mapping[str, Any]) -> bool:
    said = " ".join(str(reason.get(name) or "") for name in ("Reason", "ShortDescription", "LongDescription"))
    named = (str(reason.get("Reason") or ""), str(reason.get("ShortDescription") or ""))
    return _SAID in said.lower() or any(map(is_final, named))


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


_KNOWN = frozenset(_plain(each) for pair in NOT_ACCEPTED_AGAIN.items() for each in pair)
