"""The reasons for a denial that AWS publishes.

For registrations of the United States AWS publishes each reason as a code and as the title that the console shows.
For toll-free numbers it publishes more titles, without codes, and some more were seen in denials.
For RCS agents it publishes codes, without titles.
It is not certain which of the two comes as `Reason`: the guide says the code, and denials with titles were seen.
"""

from __future__ import annotations

from typing import Literal

from .store import DeniedReason

CODES: dict[str, str] = {
    # Brand identity
    "BRAND_ADDRESS_INVALID": "Brand address invalid",
    "BRAND_EMAIL_INVALID_OR_MISSING": "Invalid brand email",
    "BRAND_EMAIL_PUBLIC_DOMAIN": "Public email domain",
    "BRAND_INVALID_BUSINESS_CONNECTION": "Invalid brand business connection",
    "BRAND_MULTI_USE": "Brand multi-use",
    "BRAND_NON_COMPLIANT_SWEEPSTAKES": "Non-compliant brand affiliation",
    "BRAND_NON_COMPLIANT_HIGH_RISK_FINANCIAL": "Non-compliant brand affiliation: high-risk financial",
    "BRAND_PHONE_NUMBER_INVALID_OR_MISSING": "Invalid brand phone number",
    "SPAM_OR_PHISHING_ASSOCIATION": "Spam or phishing association",
    "BRAND_UNVERIFIED": "Brand unverified",
    "BRAND_USE_CASE_MISMATCH_POLITICAL": "Brand use case mismatch",
    "BRAND_VETTING_INVALID": "Brand invalid vetting",
    "BRAND_DBA_NAME_MISMATCH": "DBA name mismatch",
    "BRAND_NOT_TCR_AUTH_PLUS_COMPLIANT": "Brand not TCR Authentication+ compliant",
    "INVALID_BUSINESS_CONNECTION": "Invalid business connection",
    "INVALID_MULTI_BUSINESS": "Invalid multi business",
    "INVALID_SUPPORT_EMAIL": "Invalid support email",
    "UNOFFICIAL_SUPPORT_EMAIL": "Unofficial support email",
    # Campaign description and texts
    "CAMPAIGN_MISMATCH": "Campaign mismatch",
    "CAMPAIGN_MISMATCH_CHARITY": "Campaign mismatch: charity",
    "CAMPAIGN_MISMATCH_POLITICAL": "Campaign mismatch: political",
    "CAMPAIGN_MULTI_USE": "Campaign multi use",
    "CAMPAIGN_TO_BRAND_MISMATCH": "Campaign to brand mismatch",
    "CAMPAIGN_UNCLEAR": "Campaign unclear",
    "CAMPAIGN_UNDECLARED_DIRECT_LENDING": "Campaign undeclared direct lending",
    "CAMPAIGN_NOT_QUALIFIED_FOR_USE_CASE": "Campaign not qualified for use case",
    "CAMPAIGN_NON_ENGLISH_CONTENT": "Non-English campaign content",
    "CAMPAIGN_TEMPLATE_REUSE": "Duplicate content across fields",
    "CAMPAIGN_NOT_QUALIFIED_P2P": "Personal or P2P use case detected",
    "CAMPAIGN_MULTI_BRAND": "Multiple brands in one campaign",
    "CAMPAIGN_NOT_QUALIFIED_INFLUENCER": "Influencer use case not permitted",
    "CAMPAIGN_NOT_QUALIFIED_EMERGENCY_ALERT": "Emergency alert use case not permitted",
    "CAMPAIGN_ATTRIBUTES_MISMATCH": "Campaign attributes mismatch",
    "CAMPAIGN_CONFIRMATION_ISSUES": "Campaign confirmation issues",
    "ALTERNATIVE_SOLUTION_RECOMMENDED": "Alternative messaging solution recommended",
    "UNCLEAR_USE_CASE": "Unclear use case",
    "USE_CASE_MISMATCH": "Use case mismatch",
    "UNDECLARED_DIRECT_LENDING": "Undeclared direct lending",
    "SAMPLE_MESSAGE_MISMATCH": "Sample message(s) mismatch",
    "SAMPLE_MESSAGE_USE_CASE_MISMATCH": "Sample messages use case mismatch",
    "SAMPLE_MESSAGE_USE_CASE_MISMATCH_CHARITY": "Sample messages use case mismatch: charity",
    "SAMPLE_MESSAGE_USE_CASE_MISMATCH_POLITICAL": "Sample messages use case mismatch: political",
    "SAMPLE_MESSAGE_SHORT_URL": "Sample message(s) URL shortener",
    "SAMPLE_MESSAGE_PHONE_NUMBER": "Sample messages(s) embedded phone number",
    "MESSAGE_SAMPLES_MISMATCH": "Message samples mismatch",
    "EMBEDDED_LINK_ISSUES": "Embedded link issues",
    "EMBEDDED_PHONE_ISSUES": "Embedded phone issues",
    "HELP_MESSAGE_MISMATCH": "Help message mismatch",
    "HELP_MESSAGE_NON_COMPLIANT": "Non-compliant help message",
    "SUBSCRIBER_HELP_ISSUES": "Subscriber help issues",
    "NON_COMPLIANT_MESSAGE_SAMPLES": "Non-compliant message samples",
    "MISSING_REQUIRED_FIELD": "Missing required field",
    "INVALID_FIELD_VALUE": "Invalid field value",
    "MISSING_CONDITIONAL_FIELD": "Missing conditional field",
    "CONDITIONAL_FIELD_NOT_ALLOWED": "Conditional field not allowed",
    "CANNOT_UPDATE_REGISTRATION": "Cannot update registration",
    "WAIT_TO_RESUBMIT_REGISTRATION": "Wait to resubmit registration",
    # Website and policies
    "BRAND_URL_INVALID": "Invalid brand URL",
    "BRAND_URL_INSUFFICIENT_CONTENT": "Insufficient website content",
    "BRAND_URL_FORM_ONLY": "Website contains only a form",
    "BRAND_URL_HIGH_RISK_DOMAIN": "High-risk domain reputation",
    "BRAND_URL_AUTHENTICATION_REQUIRED": "Website requires authentication",
    "INVALID_URL": "Invalid URL",
    "PRIVACY_POLICY_MISSING": "Privacy policy missing/inaccessible",
    "PRIVACY_POLICY_NON_COMPLIANT": "Non-compliant privacy policy",
    "PRIVACY_POLICY_MISMATCH": "Privacy policy mismatch",
    "TERMS_AND_CONDITIONS_MISSING": "Missing Terms and Conditions",
    "TERMS_AND_CONDITIONS_NON_COMPLIANT": "Non-compliant Terms and Conditions",
    "TERMS_AND_CONDITIONS_NON_COMPLIANT_AFFILIATE_MARKETING": "Non-compliant Terms and Conditions: affiliate marketing",
    "TERMS_AND_CONDITIONS_NON_COMPLIANT_CARRIER_LIABILITY": "Non-compliant Terms and Conditions: carrier liability",
    "TERMS_AND_CONDITIONS_NON_COMPLIANT_CUSTOMER_CARE": "Non-compliant Terms and Conditions: customer care info",
    "TERMS_AND_CONDITIONS_NON_COMPLIANT_MSG_FREQUENCY": "Non-compliant Terms and Conditions: message frequency",
    "TERMS_AND_CONDITIONS_NON_COMPLIANT_OPT_OUT": "Non-compliant Terms and Conditions: opt-out instructions",
    "TERMS_AND_CONDITIONS_NON_COMPLIANT_PRIVACY_POLICY": "Non-compliant Terms and Conditions: privacy policy",
    "TERMS_AND_CONDITIONS_NON_COMPLIANT_USE_CASE": "Non-compliant Terms and Conditions: use case description",
    "TERMS_AND_CONDITIONS_MISMATCH": "Terms and Conditions mismatch",
    "TERMS_AND_CONDITIONS_USE_CASE_MISMATCH": "Terms and Conditions use case mismatch",
    "TERMS_AND_CONDITIONS_ISSUES": "Terms and conditions issues",
    # Opt-in
    "OPT_IN_WORKFLOW_CONSENT": "Opt-in workflow insufficient consent",
    "OPT_IN_WORKFLOW_MISMATCH": "Opt-in workflow mismatch",
    "OPT_IN_WORKFLOW_MISSING": "Opt-in workflow missing",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_DATA_RATES": "Opt-in workflow non compliant message and data rates disclosure",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_HELP_STOP": "Opt-in workflow non-compliant HELP or STOP",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_MSG_FREQUENCY": "Opt-in workflow non compliant message frequency disclosure",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_PRIVACY_POLICY": "Opt-in workflow non compliant privacy policy",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_TERMS_AND_CONDITIONS": "Opt-in workflow non compliant terms and conditions",
    "OPT_IN_WORKFLOW_CONSENT_MARKETING_NOT_SEPARATED": "Marketing consent not separated",
    "OPT_IN_WORKFLOW_INCOMPLETE": "Incomplete opt-in workflow details",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_CONSENT_LANGUAGE": "Non-compliant consent language",
    "OPT_IN_WORKFLOW_CHECKBOX_INVALID": "Opt-in checkbox missing or pre-selected",
    "OPT_IN_DATA_SHARED_WITH_THIRD_PARTIES": "Opt-in data shared with third parties",
    "NON_COMPLIANT_OPT_IN": "Non-compliant opt-in",
    "UNCLEAR_OPT_IN": "Unclear opt-in",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_CONTENT_GAMBLING": "Opt-in workflow non compliant content: gambling",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_CONTENT_HIGH_RISK_FINANCIAL": "Opt-in workflow non compliant content: high risk financial.",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_CONTENT_ILLEGAL_SUBSTANCES": "Opt-in workflow non compliant content: illegal substances.",
    "OPT_IN_WORKFLOW_NON_COMPLIANT_CONTENT_SHAFT_AGE_GATE": "Opt-in workflow non compliant content: SHAFT.",
    "OPT_IN_MESSAGE_MISMATCH": "Opt-in message mismatch",
    "OPT_IN_MESSAGE_MISSING": "Missing opt-in message",
    "OPT_IN_MESSAGE_NON_COMPLIANT": "Non-compliant opt-in message",
    "OPT_IN_MESSAGE_NON_COMPLIANT_HELP_STOP": "Non-compliant opt-in message HELP and STOP",
    # Opt-out
    "OPT_OUT_MESSAGE_MISMATCH": "Opt-out message mismatch",
    "OPT_OUT_MESSAGE_NON_COMPLIANT": "Non-compliant opt-out message",
    "UNCLEAR_OPT_OUT": "Unclear opt-out",
    # Age gate
    "CAMPAIGN_NON_COMPLIANT_CONTENT_SHAFT_AGE_GATE": "Campaign non-compliant content: missing age gate",
    "AGE_GATE_ISSUES": "Age gate issues",
    "NON_COMPLIANT_USE_CASE_ALCOHOL": "Non-compliant alcohol use case",
    "NON_COMPLIANT_USE_CASE_TOBACCO": "Non-compliant tobacco use case",
    "NON_COMPLIANT_USE_CASE_GUNS": "Non-compliant guns use case",
    # Disallowed content
    "CAMPAIGN_NON_COMPLIANT_CONTENT_AFFILIATE_MARKETING": "Campaign non-compliant content: affiliate marketing.",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_GAMBLING": "Campaign non-compliant content: gambling.",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_HIGH_RISK_FINANCIAL": "Campaign non-compliant content: high-risk financial",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_ILLEGAL_SUBSTANCES": "Campaign non-compliant content: illegal substances",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_JOB_BOARDS": "Campaign non-compliant content: third party job boards.",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_SHAFT": "Campaign non-compliant content: SHAFT",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_SWEEPSTAKES": "Campaign non-compliant content: sweepstakes",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_NON_SUBSCRIBER": "Campaign non-compliant content: non-subscriber facing",
    "CAMPAIGN_NON_COMPLIANT_CONTENT_CANNABIS": "Prohibited content: cannabis or CBD",
    "NON_COMPLIANT_USE_CASE": "Non-compliant use case",
    "NON_COMPLIANT_USE_CASE_AFFILIATE_MARKETING": "Non-compliant affiliate marketing use case",
    "NON_COMPLIANT_USE_CASE_GAMBLING": "Non-compliant gambling use case",
    "NON_COMPLIANT_USE_CASE_HIGH_RISK_FINANCIAL": "Non-compliant high risk financial use case",
    "NON_COMPLIANT_USE_CASE_SHAFT": "Non-compliant SHAFT use case",
    "NON_COMPLIANT_USE_CASE_TESTING": "Non-compliant testing use case",
    "NON_COMPLIANT_USE_CASE_CANNIBIS": "Non-compliant cannabis use case",
    "NON_COMPLIANT_USE_CASE_HATE": "Non-compliant hate use case",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_GAMBLING": "Non-compliant message samples: gambling",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_HIGH_RISK_FINANCIAL": "Non-compliant message samples: high-risk financial services",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_ILLEGAL_SUBSTANCES": "Non-compliant message samples: illegal substances",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_JOB_BOARDS": "Non-compliant message samples: third party job-boards",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_SHAFT": "Non-compliant message samples: SHAFT",
    "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_SWEEPSTAKES": "Non-compliant message samples: sweepstakes",
    "REGISTRATION_SUSPENDED_BY_MNO": "Campaign suspended",
    "SECURITY_REVIEW_FAILED": "Security review requirements not met",
}
"""Reasons for registrations of the United States: 10DLC, toll-free numbers and short codes. Codes with their titles."""

TOLL_FREE_TITLES = (
    "Compliant Opt In Missing",
    "Non Compliant Opt In",
    "Non Compliant Opt In Consent",
    "Non Compliant Opt In Third Party",
    "Non Compliant Use Case",
    "Invalid Business Connection",
    "Invalid Company Info",
    "Invalid Multi Numbers",
    "Invalid Overall",
    "Invalid URL",
    "Invalid Privacy Policy URL",
    "Invalid Terms and Conditions URL",
)
"""Reasons for toll-free numbers that a second guide lists, by title."""

SEEN_TITLES = (
    "Unclear Opt-in Language",
    "Unofficial Business Email",
    "Pre-selected Opt-in",
    "Message Use Case Mismatch",
    "Opt-in Workflow Mismatch",
    "Missing required field",
)
"""Titles of toll-free denials that people published; most are on no page of AWS."""

RCS_CODES = (
    "REQUIRES_OFFLINE_REVIEW",
    "CANNOT_UPDATE_REGISTRATION",
    "IMAGE_URL_INACCESSIBLE",
    "IMAGE_FORMAT_INVALID",
    "IMAGE_RESOLUTION_INVALID",
    "IMAGE_SIZE_EXCEEDED",
    "ACCENT_COLOR_CONTRAST_INSUFFICIENT",
    "PRIVACY_POLICY_INACCESSIBLE",
    "TERMS_AND_CONDITIONS_INACCESSIBLE",
    "CONTACT_DETAILS_MISSING",
    "INVALID_FIELD_VALUE",
)
"""Reasons for RCS agents, by code."""

_GUIDE = "https://docs.aws.amazon.com/sms-voice/latest/userguide/"


def denied_reason(name: str, given_as: Literal["code", "title"]) -> DeniedReason:
    """A reason as the service writes it.

    Args:
        name: A published code or title, or any other text, which is returned unchanged.
        given_as: Whether a published code of `CODES` is written as the code or as its title.
    """
    title = CODES.get(name)
    if title is not None:
        return _published(name if given_as == "code" else title, title, "registration-help-rejection-troubleshooting")
    if name in CODES.values():
        return _published(name, name, "registration-help-rejection-troubleshooting")
    if name in TOLL_FREE_TITLES:
        return _published(name, name, "registrations-tfn-rejection-reason")
    if name in RCS_CODES:
        return _published(name, name, "rcs-compliance-denial-reasons")
    return DeniedReason(name, name)


def _published(reason: str, title: str, page: str) -> DeniedReason:
    return DeniedReason(
        reason, title, documentation_title="Rejection reasons", documentation_link=f"{_GUIDE}{page}.html"
    )
