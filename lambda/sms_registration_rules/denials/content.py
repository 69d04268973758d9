"""Content that carriers prohibit.

The patterns are phrases that mean the business itself, not words that other businesses use as well. A clause that negates the
content does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sms_registration_rules.denials.codes import BRAND, CAMPAIGN, TOLL_FREE, SubmitAgain
from sms_registration_rules.denials.fields import (
    COMPANY,
    DESCRIPTION,
    DIRECT_LENDING,
    FLOW,
    OPT_IN_MESSAGE,
    SAMPLES,
    TRADE_NAME,
    USE_CASE,
)
from sms_registration_rules.denials.form_fields import SUB_USE_CASES
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.subject import Subject

TABLE = RuleTable()

_WHERE = (*COMPANY, *TRADE_NAME, *DESCRIPTION, *FLOW, *OPT_IN_MESSAGE, *SAMPLES)
_TITLES = ("Non Compliant Use Case",)
_NOT_CARRIED = "Carriers prohibit this content; open a support case before you submit, because this denial is final."


def _content(
    rule_id: str,
    what: str,
    phrases: str,
    codes: tuple[str, ...],
    unless: str = "",
    change: str = _NOT_CARRIED,
    submit_again: SubmitAgain = "no",
) -> Callable[[Subject], Sequence[str]]:
    @TABLE.rule(
        rule_id,
        types=(BRAND, CAMPAIGN, TOLL_FREE),
        reads=_WHERE,
        problem=f"A text mentions {what}.",
        change=change,
        codes=codes,
        titles=_TITLES,
        submit_again=submit_again,
    )
    def find(form: Subject) -> Sequence[str]:
        return [text.path for text in form.texts(_WHERE) if text.says(phrases, unless)]

    return find


def _of(content: str, *others: str) -> tuple[str, ...]:
    return (
        f"CAMPAIGN_NON_COMPLIANT_CONTENT_{content}",
        f"SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_{content}",
        f"OPT_IN_WORKFLOW_NON_COMPLIANT_CONTENT_{content}",
        *others,
    )


_content(
    "content-gambling",
    "gambling",
    r"\bcasinos?\b|\bsports? ?betting\b|\bsports picks\b|\bbetting (?:tips|odds|site|app|account)\b|\bpoker (?:room|"
    r"site|tournament|"
    r"chips)\b|\bslot machines?\b|"
    r"\bonline gambling\b|\bplace (?:your |a )?bets?\b|\b50/50 raffle\b|\blottery tickets?\b|\bgambling (?:site|app|"
    r"offers|account)s?\b",
    _of("GAMBLING", "NON_COMPLIANT_USE_CASE_GAMBLING"),
    unless=r"\b(?:street|road|avenue|addiction|helpline|night fundraiser|party rental)\b",
)
_content(
    "content-sweepstakes",
    "sweepstakes",
    r"\bsweepstakes?\b|\bprize draw\b|\benter(?:ed)? to win\b|\bchance to win (?:a|an|the|\$)|\byou(?:'ve|"
    r" have) won (?:an?|the|\$)",
    (
        "CAMPAIGN_NON_COMPLIANT_CONTENT_SWEEPSTAKES",
        "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_SWEEPSTAKES",
        "BRAND_NON_COMPLIANT_SWEEPSTAKES",
    ),
    unless=r"\b(?:auction|bid|case|award|game|match)\b",
)
_content(
    "content-crypto-and-stocks",
    "cryptocurrency or stock tips",
    r"\bcrypto ?currenc(?:y|ies)\b|\bbitcoins?\b|\bcrypto (?:wallet|trading|exchange|price|alerts?)s?\b|"
    r"\bstock (?:alerts|tips|picks)\b|"
    r"\bforex (?:signals?|trading)\b|\btrading signals\b",
    _of("HIGH_RISK_FINANCIAL", "NON_COMPLIANT_USE_CASE_HIGH_RISK_FINANCIAL", "BRAND_NON_COMPLIANT_HIGH_RISK_FINANCIAL"),
    unless=r"\b(?:in[- ]stock|back in|inventory|shoes?|sneakers?)\b",
)
_content(
    "content-debt",
    "debt collection, debt relief or credit repair",
    r"\bdebt (?:collect(?:ion|ors?|ing)|relief|consolidation|reduction|settlement|forgiveness)\b|\bcredit repair\b|"
    r"\bcollections? agency\b|"
    r"\bfix your credit\b|\bloan forgiveness\b",
    _of("HIGH_RISK_FINANCIAL", "NON_COMPLIANT_USE_CASE_HIGH_RISK_FINANCIAL"),
)
_content(
    "content-cannabis",
    "cannabis",
    r"\bcannabis\b|\bmarijuana\b|\bcbd (?:oils?|gumm(?:y|ies)|products?|store|shop|flower|tinctures?|drops|"
    r"wellness)\b|\bthc\b|"
    r"\bhemp (?:oil|flower|gumm(?:y|ies)|extract)\b|\b(?:weed|pot) (?:dispensary|delivery|shop)\b|\bdelta[- ]?8\b",
    ("CAMPAIGN_NON_COMPLIANT_CONTENT_CANNABIS", "NON_COMPLIANT_USE_CASE_CANNIBIS"),
    unless=r"\b(?:screening|testing|test for|law firm|attorneys?|courts?|charged|offen[sc]es?|addiction|treatment)\b",
)
_content(
    "content-illegal-substances",
    "illegal or restricted substances",
    r"\bkratom\b|\bkava bar\b|\bpsilocybin\b|\bmagic mushrooms\b|\bdrug paraphernalia\b|\bvape (?:shop|store|juice|"
    r"products?|pens?)s?\b|"
    r"\bvaping (?:products?|supplies)\b|\be-liquids?\b|\bfireworks (?:sale|store|stand|outlet|for sale)\b",
    _of("ILLEGAL_SUBSTANCES"),
)
_content(
    "content-prescription-drugs",
    "a prescription drug by its name",
    r"\b(?:ozempic|wegovy|mounjaro|zepbound|semaglutide|tirzepatide|glp-?1s?|viagra|cialis|sildenafil|xanax|oxycodone|"
    r"hydrocodone|adderall|"
    r"phentermine|tramadol)\b",
    _of("ILLEGAL_SUBSTANCES", "NON_COMPLIANT_USE_CASE"),
    change='Never name or advertise a prescription drug; "your prescription is ready" is enough.',
    submit_again="depends",
)
_content(
    "content-adult",
    "adult content",
    r"\bporn(?:ography|ographic)?\b|\bescort (?:service|agency)\b|\badult (?:content|entertainment|videos?|toys?|"
    r"cams?|dating)\b|\bsex (?:toys?|chat|shop)\b|"
    r"\bstrip club\b|\berotic\b|\bhook-?ups?\b|\bonlyfans\b",
    (
        "CAMPAIGN_NON_COMPLIANT_CONTENT_SHAFT",
        "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_SHAFT",
        "NON_COMPLIANT_USE_CASE_SHAFT",
    ),
    unless=r"\b(?:rv|water|utility|utilities|camp(?:ing|site|ground)?|electric\w*|filter\w*|internet|cable)\b",
)
_content(
    "content-lead-generation",
    "lead generation or affiliate marketing",
    r"\blead[- ]gen(?:eration|erator|erators)?\b|\baffiliate (?:marketing|links?|offers?|programs?|lending)\b|"
    r"\b(?:sell|sells|selling|buy|buys|buying|purchased?|resell) (?:\w+ )?leads\b|\bmatch(?:es|ed|ing)? (?:you|"
    r"consumers|borrowers|applicants) with (?:\w+ )?lenders\b|"
    r"\bget matched with (?:\w+ )?(?:agents|lenders|providers|contractors|insurers)\b",
    ("CAMPAIGN_NON_COMPLIANT_CONTENT_AFFILIATE_MARKETING", "NON_COMPLIANT_USE_CASE_AFFILIATE_MARKETING"),
    unless=r"\b(?:crm|software for|fishing|pencil)\b",
)
_content(
    "content-job-board",
    "a third-party job board",
    r"\bjob boards?\b|\bjobs? (?:alerts?|listings?|postings?|openings?|matches) (?:from|of|"
    r"by) (?:\w+ ){0,2}(?:employers|companies|partners)\b",
    (
        "CAMPAIGN_NON_COMPLIANT_CONTENT_JOB_BOARDS",
        "SAMPLE_MESSAGE_NON_COMPLIANT_CONTENT_JOB_BOARDS",
    ),
)
_content(
    "content-get-rich-quick",
    "a get-rich-quick scheme",
    r"\bwork[- ]from[- ]home (?:income|opportunit(?:y|ies)|offers?|programs?)\b|\bmystery shopp(?:er|ers|ing)\b|"
    r"\bget rich\b|"
    r"\bmulti-?level marketing\b|"
    r"\bpyramid scheme\b|\bpassive income\b|\b(?:make|earn) (?:up to )?\$\d[\d,]* (?:a|per|each) (?:day|week|hour|"
    r"month) (?:from home|online)\b",
    ("NON_COMPLIANT_USE_CASE",),
    submit_again="depends",
)
_content(
    "content-phishing",
    "phishing, which is prohibited even as training",
    r"\b(?:phishing|smishing) (?:simulations?|tests?|trainings?|campaigns?|exercises?)\b|\bsimulat(?:ed|es?|"
    r"ing) (?:phishing|smishing)\b",
    ("SPAM_OR_PHISHING_ASSOCIATION", "NON_COMPLIANT_USE_CASE"),
    unless=r"\b(?:reminders?|enrolled|course|complete your)\b",
)

_ASK = (*DESCRIPTION, *SAMPLES)


@TABLE.rule(
    "charity",
    types=(CAMPAIGN, TOLL_FREE),
    reads=(*_ASK, *USE_CASE, *SUB_USE_CASES),
    problem="A text asks for donations, but the use case is not charity.",
    change="Declare the charity use case, which is for registered charities only, or remove the request.",
    codes=("CAMPAIGN_MISMATCH_CHARITY", "SAMPLE_MESSAGE_USE_CASE_MISMATCH_CHARITY"),
    titles=("Message Use Case Mismatch",),
)
def charity(form: Subject) -> Sequence[str]:
    """Donation receipts and blood donation appointments do not ask for money."""
    if form.has_use_case("CHARITY") is not False or form.has_use_case("NON_PROFIT"):
        return ()
    asks = (
        r"\bdonate (?:now|today|here|at|online|\$)|\b(?:please|can you|will you|to) donate\b|\bmake (?:a|"
        r"your) (?:\w+ ){0,2}(?:donation|gift)\b|"
        r"\bfundrais(?:er|ing) (?:campaigns?|appeals?|drives?|messages)\b|\b(?:ask|asks|asking|appeals?|requests?|"
        r"solicits?|soliciting)(?: \w+){0,4} "
        r"donations\b|\bgive (?:now|today) (?:at|to)\b"
    )
    harmless = r"\b(?:blood|plasma|organs?|clothes|clothing|items|furniture|appointment)\b"
    return [text.path for text in form.texts(_ASK) if text.says(asks, harmless)]


@TABLE.rule(
    "political",
    types=(CAMPAIGN, TOLL_FREE),
    reads=_ASK,
    problem="A text is political, and AWS has no political use case.",
    change="Send political messages through another channel.",
    codes=(
        "CAMPAIGN_MISMATCH_POLITICAL",
        "SAMPLE_MESSAGE_USE_CASE_MISMATCH_POLITICAL",
        "BRAND_USE_CASE_MISMATCH_POLITICAL",
    ),
)
def political(form: Subject) -> Sequence[str]:
    """Voting for a favorite is a poll, not politics."""
    phrases = (
        r"\bvote (?:yes|no) on\b|\bvote for (?-i:[A-Z][a-z]+ [A-Z][a-z]+)\b|\bvote for (?:\w+ ){0,2}(?:mayor|"
        r"senat(?:e|or)|congress|governor|president|council|candidate)\b|"
        r"\bre-?elect(?:ion campaign)?\b|\bballot (?:measures?|initiatives?)\b|"
        r"\bpolitical (?:campaigns?|part(?:y|ies)|action committee|candidates?|messages?)\b|\bget out the vote\b"
    )
    harmless = r"\b(?:favou?rite|best|award|board of directors|hoa|song|team|dish|player)\b"
    return [text.path for text in form.texts(_ASK) if text.says(phrases, harmless)]


@TABLE.rule(
    "content-high-risk-loans",
    types=(BRAND, CAMPAIGN, TOLL_FREE),
    reads=(*_WHERE, *DIRECT_LENDING),
    problem="A text mentions loans that carriers prohibit, such as payday or short-term loans.",
    change="Set direct lending to Yes if the brand is a licensed lender; otherwise this denial is final.",
    codes=_of(
        "HIGH_RISK_FINANCIAL", "NON_COMPLIANT_USE_CASE_HIGH_RISK_FINANCIAL", "BRAND_NON_COMPLIANT_HIGH_RISK_FINANCIAL"
    ),
    titles=_TITLES,
    submit_again="no",
)
def high_risk_loans(form: Subject) -> Sequence[str]:
    """No finding if direct lending is declared, or if that is unknown."""
    if form.is_unknown(*DIRECT_LENDING) or form.chosen(DIRECT_LENDING, "Yes"):
        return ()
    loans = (
        r"\bpayday (?:loans?|advances?|lend(?:ers?|ing))\b|\b(?:short[- ]term|title|cash advance|"
        r"installment) (?:loans?|lend(?:ers?|ing))\b|"
        r"\bloan brokers?\b|\bcash advance (?:offers?|approved|today)\b"
    )
    return [text.path for text in form.texts(_WHERE) if text.says(loans)]
