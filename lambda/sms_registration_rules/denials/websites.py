"""The URLs of website, privacy policy and terms."""

from __future__ import annotations

from collections.abc import Sequence

from sms_registration_rules.denials.addresses import OTHERS_SITES, SHORTENERS, address
from sms_registration_rules.denials.codes import BRAND, CAMPAIGN, RCS, SENDER_ID, TOLL_FREE
from sms_registration_rules.denials.fields import PRIVACY, TERMS, WEBSITE
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import pattern

TABLE = RuleTable()

_PAGES = (*WEBSITE, *PRIVACY, *TERMS, "agentDetails.contactWebsite")
_PRIVACY_FILE = "campaignInfo.privacyPolicyFile"
_TERMS_FILE = "campaignInfo.termsAndConditionsFile"
_IP_ADDRESS = r"\d{1,3}(?:\.\d{1,3}){3}"
_ALL = (BRAND, CAMPAIGN, TOLL_FREE, SENDER_ID, RCS)


@TABLE.rule(
    "url-shape",
    types=_ALL,
    reads=_PAGES,
    problem="The URL does not lead to a public website.",
    change="Give the full URL of a page that anyone can open, such as https://www.example.com.",
    codes=("INVALID_URL", "BRAND_URL_INVALID", "PRIVACY_POLICY_INACCESSIBLE", "TERMS_AND_CONDITIONS_INACCESSIBLE"),
    titles=("Invalid URL", "Invalid Privacy Policy URL", "Invalid Terms and Conditions URL"),
)
def url_shape(form: Subject) -> Sequence[str]:
    """Hosts without a dot, IP addresses, and names of local networks."""

    def is_wrong(value: str) -> bool:
        host = address(value).host
        return (
            " " in value
            or "@" in (value.partition("://")[2] or value).partition("/")[0]
            or not pattern(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+\.?").fullmatch(host)
            or pattern(_IP_ADDRESS).fullmatch(host) is not None
            or host.rpartition(".")[2] in {"local", "localhost", "internal", "test", "invalid", "lan"}
        )

    return [text.path for text in form.texts(_PAGES) if is_wrong(text.plain)]


@TABLE.rule(
    "login-url",
    types=_ALL,
    reads=_PAGES,
    problem="The URL leads to a page behind a login.",
    change="Give the URL of a page that a reviewer can open without an account.",
    codes=("BRAND_URL_AUTHENTICATION_REQUIRED", "INVALID_URL"),
    titles=("Invalid URL",),
)
def login_url(form: Subject) -> Sequence[str]:
    """Words of host and path, not parts of words."""
    return [
        text.path
        for text in form.texts(_PAGES)
        if address(text.plain).tokens & {"login", "signin", "logon", "auth", "sso", "oauth"}
    ]


@TABLE.rule(
    "no-own-site",
    types=(BRAND, TOLL_FREE),
    reads=WEBSITE,
    problem="The website is a page on somebody else's platform.",
    change="Give a website on the company's own domain that shows its name, contact information and services.",
    codes=("BRAND_URL_INVALID", "BRAND_URL_INSUFFICIENT_CONTENT"),
    titles=("Invalid URL",),
)
def no_own_site(form: Subject) -> Sequence[str]:
    """Social networks, form builders, link collections and link shorteners."""
    return [text.path for text in form.texts(WEBSITE) if address(text.plain).is_of(OTHERS_SITES | SHORTENERS)]


@TABLE.rule(
    "privacy-policy-missing",
    types=(CAMPAIGN,),
    reads=(*PRIVACY, _PRIVACY_FILE),
    problem="The form has no privacy policy.",
    change="Give its public URL or attach it; it must say that mobile opt-in data is not shared.",
    codes=("PRIVACY_POLICY_MISSING",),
)
def privacy_policy_missing(form: Subject) -> Sequence[str]:
    """The field is optional, but a campaign without it was denied."""
    return PRIVACY[:1] if form.is_absent(*PRIVACY, _PRIVACY_FILE) else ()


@TABLE.rule(
    "terms-missing",
    types=(CAMPAIGN,),
    reads=(*TERMS, _TERMS_FILE),
    problem="The form has no terms and conditions.",
    change="Give their public URL or attach them; they must cover the program, frequency, rates, STOP, HELP and a contact.",
    codes=("TERMS_AND_CONDITIONS_MISSING",),
)
def terms_missing(form: Subject) -> Sequence[str]:
    """The field is optional, but a campaign without it was denied."""
    return TERMS[:1] if form.is_absent(*TERMS, _TERMS_FILE) else ()


@TABLE.rule(
    "same-policy-url",
    types=(CAMPAIGN, TOLL_FREE, RCS),
    reads=(*PRIVACY, *TERMS),
    problem="The privacy policy and the terms have the same URL.",
    change="Give a URL for each; if both are on one page, link to the two sections.",
    codes=("PRIVACY_POLICY_MISSING", "TERMS_AND_CONDITIONS_MISSING"),
    titles=("Invalid Privacy Policy URL", "Invalid Terms and Conditions URL"),
)
def same_policy_url(form: Subject) -> Sequence[str]:
    """Sections of one page (``#privacy``) have different URLs."""
    privacy, terms = form.text(PRIVACY), form.text(TERMS)
    if privacy is None or terms is None or privacy.plain.rstrip("/").casefold() != terms.plain.rstrip("/").casefold():
        return ()
    return (privacy.path, terms.path)
