"""Disclosures in the opt-in description, and public proof of the opt-in."""

from __future__ import annotations

from collections.abc import Sequence

from sms_registration_rules.denials.addresses import Address, addresses
from sms_registration_rules.denials.codes import CAMPAIGN, TOLL_FREE
from sms_registration_rules.denials.fields import FLOW, SCREENSHOT
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.phrases import (
    FREQUENCY,
    HELP_WORD,
    NOT_SHARED,
    PRIVACY_WORD,
    RATES,
    STOP_WORD,
    TERMS_WORD,
)
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import Text, pattern

TABLE = RuleTable()

_FORMS = (CAMPAIGN, TOLL_FREE)
_LANGUAGE = ("OPT_IN_WORKFLOW_NON_COMPLIANT_CONSENT_LANGUAGE", "NON_COMPLIANT_OPT_IN")
_TITLES = ("Unclear Opt-in Language", "Compliant Opt In Missing")


@TABLE.rule(
    "disclosure-rates",
    types=_FORMS,
    reads=FLOW,
    problem="The opt-in description does not include the message and data rates disclosure.",
    change='Quote the text that people see when they consent, including "Message and data rates may apply."',
    codes=("OPT_IN_WORKFLOW_NON_COMPLIANT_DATA_RATES", *_LANGUAGE),
    titles=_TITLES,
)
def disclosure_rates(form: Subject) -> Sequence[str]:
    """A remark that rates are stated elsewhere is not enough."""
    return _without(form.text(FLOW), RATES)


@TABLE.rule(
    "disclosure-frequency",
    types=_FORMS,
    reads=FLOW,
    problem="The opt-in description does not say how often messages are sent.",
    change='Quote the frequency that people see when they consent, such as "Up to 4 messages per order."',
    codes=("OPT_IN_WORKFLOW_NON_COMPLIANT_MSG_FREQUENCY", *_LANGUAGE),
    titles=_TITLES,
)
def disclosure_frequency(form: Subject) -> Sequence[str]:
    """Numbers with a unit and the word "frequency" both count."""
    return _without(form.text(FLOW), FREQUENCY)


@TABLE.rule(
    "disclosure-stop-help",
    types=_FORMS,
    reads=FLOW,
    problem="The opt-in description does not include STOP and HELP instructions.",
    change='Quote the text that people see when they consent, such as "Reply STOP to opt out, HELP for help."',
    codes=("OPT_IN_WORKFLOW_NON_COMPLIANT_HELP_STOP", *_LANGUAGE),
    titles=_TITLES,
)
def disclosure_stop_help(form: Subject) -> Sequence[str]:
    """HELP may be in the terms instead, STOP may not."""
    flow = form.text(FLOW)
    if flow is None or (flow.has(STOP_WORD) and (flow.has(HELP_WORD) or flow.has(TERMS_WORD))):
        return ()
    return (flow.path,)


@TABLE.rule(
    "disclosure-policies",
    types=_FORMS,
    reads=FLOW,
    problem="The opt-in description mentions neither the privacy policy nor the terms.",
    change="Say that both are linked where people consent, and give their URLs.",
    codes=(
        "OPT_IN_WORKFLOW_NON_COMPLIANT_PRIVACY_POLICY",
        "OPT_IN_WORKFLOW_NON_COMPLIANT_TERMS_AND_CONDITIONS",
        "NON_COMPLIANT_OPT_IN",
    ),
    titles=_TITLES,
)
def disclosure_policies(form: Subject) -> Sequence[str]:
    """A statement that data is not shared counts as well, and one of the two is enough."""
    return _without(form.text(FLOW), f"{PRIVACY_WORD}|{TERMS_WORD}|{NOT_SHARED}")


@TABLE.rule(
    "public-proof",
    types=(CAMPAIGN,),
    reads=(*FLOW, *SCREENSHOT),
    problem="A reviewer cannot see the opt-in, because there is neither a screenshot nor a public URL.",
    change="Give the public URL of the page where people consent, or attach a screenshot or mockup.",
    codes=("OPT_IN_WORKFLOW_MISSING", "UNCLEAR_OPT_IN"),
)
def public_proof(form: Subject) -> Sequence[str]:
    """Policy pages and pages behind a login do not show an opt-in."""
    flow = form.text(FLOW)
    if flow is None or not form.is_absent(*SCREENSHOT):
        return ()
    public = flow.says(
        r"\bpublic(?:ly)?\b|\bno (?:login|log-in|account) (?:is )?(?:needed|required)\b|\bwithout (?:a )?log"
    )
    if any(_shows_opt_in(address, public=public) for address in addresses(flow.plain)):
        return ()
    return (flow.path, *SCREENSHOT)


def _shows_opt_in(address: Address, *, public: bool) -> bool:
    tokens = address.tokens
    if not public and tokens & {"login", "signin", "account", "settings", "dashboard", "portal", "admin"}:
        return False
    if any(part in token for token in tokens for part in ("sms", "optin", "consent", "join", "signup", "subscribe")):
        return True
    if tokens & {"text", "texts", "texting", "opt", "sign"}:
        return True
    last = address.path.casefold().rstrip("/").rpartition("/")[2]
    return not pattern(r"privacy|terms|legal|polic(?:y|ies)|conditions|\btos\b").search(last)


def _without(text: Text | None, source: str) -> Sequence[str]:
    return () if text is None or text.has(source) else (text.path,)
