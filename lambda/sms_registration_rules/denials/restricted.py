"""Content that is allowed with an age gate or a declaration."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sms_registration_rules.denials.codes import CAMPAIGN
from sms_registration_rules.denials.fields import (
    AGE_GATED,
    COMPANY,
    DESCRIPTION,
    DIRECT_LENDING,
    FLOW,
    OPT_IN_MESSAGE,
    SAMPLES,
    TRADE_NAME,
)
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.subject import Subject

TABLE = RuleTable()

_TEXTS = (*DESCRIPTION, *FLOW, *OPT_IN_MESSAGE, *SAMPLES)


def _age_gate(rule_id: str, what: str, phrases: str, unless: str, code: str) -> Callable[[Subject], Sequence[str]]:
    @TABLE.rule(
        rule_id,
        types=(CAMPAIGN,),
        reads=(*_TEXTS, *AGE_GATED, *COMPANY, *TRADE_NAME),
        problem=f"A text mentions {what}, but the form says that there is no age gate.",
        change="Ask for the full date of birth before the opt-in, say so in the opt-in description, and set age gated to Yes.",
        codes=(
            code,
            "CAMPAIGN_NON_COMPLIANT_CONTENT_SHAFT_AGE_GATE",
            "OPT_IN_WORKFLOW_NON_COMPLIANT_CONTENT_SHAFT_AGE_GATE",
            "AGE_GATE_ISSUES",
        ),
    )
    def find(form: Subject) -> Sequence[str]:
        flag = form.chosen(AGE_GATED, "No")
        texts = [*form.texts(_TEXTS), *form.written_names]
        found = [text.path for text in texts if text.says(phrases, unless)]
        return [*flag, *found] if flag and found else ()

    return find


_age_gate(
    "age-gate-alcohol",
    "alcohol",
    r"\bwines? (?:clubs?|shops?|stores?|tastings?|releases?|deliver(?:y|ies)|orders?|list|bar)\b|\bwiner(?:y|ies)\b|"
    r"\bbrewer(?:y|ies)\b|\bbrewpubs?\b|"
    r"\bdistiller(?:y|ies)\b|\bcraft beers?\b|\bbeers? (?:clubs?|releases?|deliver(?:y|ies)|on tap|specials?)\b|"
    r"\bliquor (?:stores?|shops?|deliver(?:y|ies))\b|"
    r"\bcocktails?\b|\balcoholic (?:beverages?|drinks?)\b|\balcohol (?:deliver(?:y|ies)|sales?|orders?)\b",
    r"\b(?:root|ginger|non-?alcoholic|alcohol[- ]free|shrimp|fruit|coffee|addiction|recovery|software|supplies)\b",
    "NON_COMPLIANT_USE_CASE_ALCOHOL",
)
_age_gate(
    "age-gate-tobacco",
    "tobacco",
    r"\b(?:tobacco|cigars?|cigarettes?|e-?cigs?|nicotine|hookah) (?:shops?|stores?|lounges?|products?|clubs?|deals?|"
    r"releases?|orders?|sale)\b|"
    r"\bsmoke shops?\b|\bnew cigars\b|\bcigars (?:in stock|are)\b",
    r"\b(?:cessation|quit|quitting|stop smoking|prevention|free)\b",
    "NON_COMPLIANT_USE_CASE_TOBACCO",
)
_age_gate(
    "age-gate-firearms",
    "firearms",
    r"\bfirearms?\b|\bhandguns?\b|\bammunition\b|\bammo\b|\brifles?\b|\bgun (?:shops?|stores?|shows?|ranges?|club)\b",
    r"\b(?:safety|training|courses?|class(?:es)?|prevention|violence|locks?|cabinets?|insurance|law|attorneys?)\b",
    "NON_COMPLIANT_USE_CASE_GUNS",
)


@TABLE.rule(
    "direct-lending",
    types=(CAMPAIGN,),
    reads=(*_TEXTS, *DIRECT_LENDING, *COMPANY, *TRADE_NAME),
    problem="A text mentions lending, but direct lending is set to No.",
    change="Set direct lending to Yes if the brand is a lender, even for one-time passcodes only.",
    codes=("CAMPAIGN_UNDECLARED_DIRECT_LENDING", "UNDECLARED_DIRECT_LENDING"),
)
def direct_lending(form: Subject) -> Sequence[str]:
    """Loans of libraries and repair shops do not count."""
    flag = form.chosen(DIRECT_LENDING, "No")
    lends = (
        r"\b(?:home|personal|business|auto|car|student|bridge|installment|your(?: \w+)?) loans?\b"
        r"(?! (?:period|device|car|vehicle|laptop|item|of))|"
        r"\bloan (?:payments?|applications?|approv\w+|offers?|officers?|status|balance|account)\b|"
        r"\b(?:direct|licensed|auto|personal|payday) lend(?:ers?|ing)\b|\b(?:is|as) an? (?:\w+ )?lender\b|"
        r"\bmortgage lending\b|\bcash advances?\b|"
        r"\bmortgage (?:loans?|payments?|applications?|refinanc\w+|offers?|statements?)\b"
    )
    harmless = (
        r"\b(?:librar(?:y|ies)|books?|equipment|laptops?|devices?|tools?|toys?|museum|instruments?|bikes?|returned|"
        r"overdue item)\b"
    )
    names = [
        text.path for text in form.written_names if text.says(r"\b(?:loans?|lend(?:ing|ers?)|mortgages?)\b", harmless)
    ]
    found = [text.path for text in form.texts(_TEXTS) if text.says(lends, harmless)]
    return [*flag, *found, *names] if flag and (found or names) else ()
