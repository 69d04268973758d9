"""How people consent, according to the opt-in description."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sms_registration_rules.denials.codes import CAMPAIGN, TOLL_FREE
from sms_registration_rules.denials.fields import DESCRIPTION, FLOW, OPT_IN_TYPE, USE_CASE
from sms_registration_rules.denials.form_fields import SUB_USE_CASES
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import Text, pattern

TABLE = RuleTable()

_FORMS = (CAMPAIGN, TOLL_FREE)


@TABLE.rule(
    "box-preselected",
    types=_FORMS,
    reads=FLOW,
    problem="The opt-in description mentions a checkbox that is already checked.",
    change='Leave the checkbox empty until people check it, and call it an "unchecked checkbox" in the text.',
    codes=("OPT_IN_WORKFLOW_CHECKBOX_INVALID",),
    titles=("Pre-selected Opt-in", "Non Compliant Opt In Consent"),
)
def box_preselected(form: Subject) -> Sequence[str]:
    """The wording alone caused a denial, although the checkbox was not checked."""
    return _saying(
        form.text(FLOW),
        r"(?<!un)\b(?:pre-? ?(?:checked|selected|ticked|filled box)|(?:checked|ticked|selected|on|enabled) by default|"
        r"already (?:checked|ticked|selected)|(?:checked|ticked) beforehand|a (?:checked|ticked) (?:check)?box)\b",
        unless=r"\bun-?(?:pre-?)?(?:checked|ticked|selected)\b",
    )


_FOR_TEXTS = (
    r"\b(?:texts?|sms|messages?|messaging|alerts?|notifications?|reminders?|(?:pass)?codes?|mobile|receive|opt[- ]?in|"
    r"subscribe|enroll)\b"
)


@TABLE.rule(
    "consent-required",
    types=_FORMS,
    reads=FLOW,
    problem="The opt-in description makes consent to messages a condition of something else.",
    change="Make consent optional, say so, and collect it separately.",
    codes=("OPT_IN_WORKFLOW_CONSENT",),
    titles=("Compliant Opt In Missing", "Non Compliant Opt In Consent"),
)
def consent_required(form: Subject) -> Sequence[str]:
    """Having to check a box to receive messages is optional; having to check it to check out is not."""
    flow = form.text(FLOW)
    if flow is None:
        return ()
    conditions = (*_musts(flow), *_dead_ends(flow), *_bundles(flow))
    return (flow.path,) if any(conditions) else ()


def _musts(flow: Text) -> Iterator[bool]:
    """People must agree in order to do something other than receiving messages."""
    must = (
        r"\b(?:must|have to|has to|needs? to|required to) (?:first |also )?(?:tick|check(?! out)|agree|consent|accept|"
        r"opt[- ]in)\b"
        r"(?P<purpose>[^.;:]{0,80})"
    )
    go_on = (
        r"\b(?:to|before|in order to) (?:\w+ ){0,2}?(?:continu|proceed|check ?out|regist|creat|complet|buy|purchas|"
        r"order|"
        r"sign up(?! for)|log|book|submit)"
    )
    for match in flow.matches(must):
        words_before = flow.plain[max(0, match.start() - 25) : match.start("purpose")]
        if not pattern(r"\b(?:not|never|no one|nobody)\b|n't\b").search(words_before):
            to_get_texts = pattern(rf"\b(?:to|before|if|for)\b[^.;]{{0,40}}{_FOR_TEXTS}").search(match["purpose"])
            yield not to_get_texts or pattern(go_on).search(match["purpose"]) is not None


def _dead_ends(flow: Text) -> Iterator[bool]:
    """People cannot continue without consent."""
    dead_end = (
        r"(?P<what>[^.;]{0,30})\b(?:cannot|can't|can not) (?:be (?:sent|submitted|completed|placed)|proceed|continue|"
        r"submit|register|"
        r"check out|complete|sign up|finish)\b[^.;]{0,40}\b(?:box|until|without|unless|agree)"
    )
    for match in flow.matches(dead_end):
        yield not pattern(r"\b(?:texts?|sms|messages?|codes?|alerts?|reminders?|nothing)\b").search(match["what"])


def _bundles(flow: Text) -> Iterator[bool]:
    """Something unrelated to messages counts as consent."""
    bundle = (
        r"\bby (?:saving|registering|creating an account|signing up|using|purchasing|placing an order|logging in|"
        r"checking out)\b"
        r"(?P<what>[^.;]{0,80}?)\b(?:agree|consent)"
    )
    for match in flow.matches(bundle):
        yield not pattern(_FOR_TEXTS).search(match["what"])


@TABLE.rule(
    "consent-by-others",
    types=_FORMS,
    reads=(*FLOW, *OPT_IN_TYPE),
    problem="In the opt-in description, someone other than the recipient gives the consent.",
    change="Let each recipient opt in personally, such as by a checkbox, a keyword or a spoken yes.",
    codes=("OPT_IN_WORKFLOW_CONSENT",),
    titles=("Non Compliant Opt In", "Non Compliant Opt In Third Party"),
)
def consent_by_others(form: Subject) -> Sequence[str]:
    """An employee may record a spoken yes or a signed form, or enter their own number."""
    flow = form.text(FLOW)
    if flow is None or form.is_unknown(*OPT_IN_TYPE) or "VERBAL" in form.choices(OPT_IN_TYPE):
        return ()
    own_act = (
        r"\bverbal|\borally\b|\b(?:says?|answers?|repl(?:y|ies)) (?:with )?[\"']?yes\b|\bdouble opt|"
        r"\b(?:first|confirmation) (?:text|message)|\bsign(?:s|ed|ature)\b|\bpaper\b"
    )
    by_others = (
        r"\b(?:staff|employees?|organi[sz]ers?|agents?|admin(?:istrator)?s?|leaders?|coach(?:es)?|receptionists?|"
        r"representatives?)\b(?! (?:asks?|hands?|gives?|shows?|tells?|sends?))"
        r"(?:(?!\b(?:not|never|cannot)\b|n't)[^.;]){0,60}?\b(?:adds?|enters?|ticks?|checks?|confirms?)\b"
        r"(?! (?:\w+ )?own\b)(?! (?:their|his|her)\b)"
        r"[^.;,]{0,50}?\b(?:customers?|clients?|members?|patients?|players?|parents?|guests?)\b"
    )
    return () if flow.has(own_act) else _saying(flow, by_others)


@TABLE.rule(
    "data-shared",
    types=_FORMS,
    reads=(*FLOW, *DESCRIPTION),
    problem="A text says that data is shared with or sold to third parties.",
    change="Do not share mobile opt-in data, and say so here and in the privacy policy.",
    codes=("OPT_IN_DATA_SHARED_WITH_THIRD_PARTIES",),
    titles=("Non Compliant Opt In Third Party",),
)
def data_shared(form: Subject) -> Sequence[str]:
    """Most texts that mention sharing say that there is none."""
    found = []
    for text in form.texts((*FLOW, *DESCRIPTION)):
        for match in text.matches(
            r"\b(?:shar(?:e|es|ed|ing)|sells?|sold|selling)\b[^.;]{0,60}\b(?:third[- ]part(?:y|ies)|affiliates|"
            r"(?:marketing |business )?partners)\b"
        ):
            around = text.plain[max(0, match.start() - 80) : match.end() + 60]
            if not pattern(r"\b(?:not|never|no|none|nor|without|cannot|except|exclud\w+)\b|n't\b").search(around):
                found.append(text.path)
    return found


@TABLE.rule(
    "marketing-needs-a-mark",
    types=_FORMS,
    reads=(*FLOW, *USE_CASE, *SUB_USE_CASES),
    problem="The form declares marketing, and the opt-in description does not say how people actively consent to it.",
    change="Describe the unchecked checkbox, keyword, signature or spoken yes by which people agree to marketing.",
    codes=("OPT_IN_WORKFLOW_CONSENT", "OPT_IN_WORKFLOW_CHECKBOX_INVALID"),
    titles=("Non Compliant Opt In Consent",),
)
def marketing_needs_a_mark(form: Subject) -> Sequence[str]:
    """Entering a number is enough for transactional messages only."""
    if not form.has_use_case("MARKETING"):
        return ()
    flow = form.text(FLOW)
    acts = (
        r"\b(?:check)?box|\btick|\bcheck(?!(?:ing)?[- ]?out)(?:s|ed|ing|mark)?\b|\btoggle|\bswitch|\bkeyword|"
        r"\btext(?:s|ing)? (?:the word )?[\"']?(?!stop\b|help\b)(?-i:[A-Z]{3,})|\bsignature|\bsign(?:s|ed|ing)? (?:a|the)\b|"
        r"\brepl(?:y|ies|ying) (?:with )?[\"']?y(?:es)?\b|"
        r"\bqr\b|\bverbal|\borally\b|\bspoken\b|\bradio button|\bopt[- ]in button|\bdouble opt"
    )
    return () if flow is None or flow.has(acts) else (flow.path,)


@TABLE.rule(
    "opt-in-type",
    types=(TOLL_FREE,),
    reads=(*FLOW, *OPT_IN_TYPE),
    problem="The opt-in description does not match the opt-in type.",
    change="Choose the type that the text describes, and quote the verbal script, the keyword, or the text beside the QR code.",
    codes=("OPT_IN_WORKFLOW_INCOMPLETE",),
    titles=("Opt-in Workflow Mismatch", "Compliant Opt In Missing"),
)
def opt_in_type(form: Subject) -> Sequence[str]:
    """Several ways to opt in are no mismatch, because the form takes one type only."""
    flow, chosen = form.text(FLOW), form.choices(OPT_IN_TYPE)
    if flow is None or len(chosen) != 1:
        return ()
    spoken = flow.says(r"\bverbal(?:ly)?\b|\borally\b|\bspoken\b|\bover the phone\b|\bby phone\b")
    written = flow.has(
        r"\bbox|\btick|\bcheck|\bform\b|\bwebsite|\bpage\b|\bapp\b|\bkeyword|\bqr\b|\bpaper\b|https?:|\bwww\."
    )
    mismatch = {
        "VERBAL": not flow.has(r"\"[^\"]{20,}\"|(?<!\w)'.{20,}'(?!\w)|\bscript\b"),
        "QR_CODE": not flow.has(r"\bqr\b"),
        "TEXT": not flow.has(
            r"\bkeyword|\btext(?:s|ing)?\b[^.;]{0,30}(?-i:\b[A-Z]{3,}\b)|\b(?:send|sends|"
            r"sending)\b[^.;]{0,30}(?-i:\b[A-Z]{3,}\b)"
        ),
    }.get(chosen[0], spoken and not written)
    return (flow.path, *OPT_IN_TYPE) if mismatch else ()


def _saying(text: Text | None, source: str, unless: str = "") -> Sequence[str]:
    return (text.path,) if text is not None and text.says(source, unless) else ()
