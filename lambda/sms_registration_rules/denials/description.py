"""The campaign description, and how texts are written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from sms_registration_rules.denials.codes import CAMPAIGN, RCS, SENDER_ID, TOLL_FREE
from sms_registration_rules.denials.fields import DESCRIPTION, FLOW, HELP, OPT_IN_MESSAGE, STOP
from sms_registration_rules.denials.form_fields import TEXTS
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import words

TABLE = RuleTable()

_FORMS = (CAMPAIGN, TOLL_FREE)
_FEWEST_WORDS = 8
_LONG_TEXT = 60
_SENDER_ID_TEXTS = (
    "messagingUseCase.useCaseDescription",
    "senderIdInfo.senderIdDescription",
    "agentDetails.agentDescription",
    "complianceKeywords.*",
)


@TABLE.rule(
    "description-short",
    types=_FORMS,
    reads=DESCRIPTION,
    problem="The description is too short to say who sends what to whom, and why.",
    change="Say all four in one or two sentences.",
    codes=("CAMPAIGN_UNCLEAR", "UNCLEAR_USE_CASE"),
)
def description_short(form: Subject) -> Sequence[str]:
    """Fewer than eight words cannot say all of it."""
    text = form.text(DESCRIPTION)
    return (text.path,) if text is not None and len(words(text.plain)) < _FEWEST_WORDS else ()


@TABLE.rule(
    "person-to-person",
    types=_FORMS,
    reads=DESCRIPTION,
    problem="The description reads like personal messages between people.",
    change="Describe the business use case and the system that sends the messages.",
    codes=("CAMPAIGN_NOT_QUALIFIED_P2P",),
)
def person_to_person(form: Subject) -> Sequence[str]:
    """A family practice and a friends and family discount are not personal."""
    text = form.text(DESCRIPTION)
    private = (
        r"\b(?:my|own) (?:household|family|friends|roommates)\b|"
        r"\b(?:friends|family|roommates|household)(?: members)? (?:and|or|&) (?:friends|family|roommates|household)\b"
        r"(?! (?:discount|sale|offer|event|referral|promo|day|pass|rate|plan))|"
        r"\bfor personal (?:reminders|use)\b|\bpersonal reminders to (?:my|our)"
    )
    return (text.path,) if text is not None and text.says(private) else ()


@TABLE.rule(
    "testing",
    types=_FORMS,
    reads=DESCRIPTION,
    problem="The description says that the messages are tests.",
    change="Describe the production program; for tests, use simulator numbers, which need no registration.",
    codes=("NON_COMPLIANT_USE_CASE_TESTING", "CAMPAIGN_NON_COMPLIANT_CONTENT_NON_SUBSCRIBER"),
    titles=("Non Compliant Use Case",),
)
def testing(form: Subject) -> Sequence[str]:
    """Lab tests, school tests and driving tests do not count."""
    text = form.text(DESCRIPTION)
    tests = (
        r"\b(?:test|testing|demo|sandbox|staging)(?: (?:of|our|the|an?))? (?:sms|(?:text )?messages?|texts|campaigns?|"
        r"purposes|app|application|"
        r"environment|numbers?)\b(?! results)"
    )
    other = (
        r"\b(?:lab|laborator(?:y|ies)|blood|medical|covid|drug|driving|patients?|students?|results?|exams?|"
        r"diagnostic)\b"
    )
    return (text.path,) if text is not None and text.says(tests, unless=other) else ()


@TABLE.rule(
    "fields-alike",
    types=_FORMS,
    reads=(*DESCRIPTION, *FLOW, *OPT_IN_MESSAGE, *HELP, *STOP),
    problem="Two fields have the same text.",
    change="Write distinct text for each field.",
    codes=("CAMPAIGN_TEMPLATE_REUSE",),
)
def fields_alike(form: Subject) -> Sequence[str]:
    """Short texts may be the same."""
    texts = form.texts((*DESCRIPTION, *FLOW, *OPT_IN_MESSAGE, *HELP, *STOP))
    long = [text for text in texts if len(text.plain) >= _LONG_TEXT]
    return [
        path for one, other in combinations(long, 2) if one.compact == other.compact for path in (one.path, other.path)
    ]


@TABLE.rule(
    "non-english",
    types=_FORMS,
    reads=TEXTS,
    problem="A text is not written in English.",
    change="Write it in English, and add a translation to samples in another language.",
    codes=("CAMPAIGN_NON_ENGLISH_CONTENT",),
)
def non_english(form: Subject) -> Sequence[str]:
    """Detected by the script; a sample may have a translation next to it."""

    def is_foreign(text: str) -> bool:
        letters = [character for character in text if character.isalpha()]
        foreign = sum(character > "\u024f" for character in letters)
        return len(letters) >= 20 and foreign * 2 > len(letters)

    return [text.path for text in form.texts(TEXTS) if is_foreign(text.plain)]


@TABLE.rule(
    "placeholder",
    types=(CAMPAIGN, TOLL_FREE, SENDER_ID, RCS),
    reads=(*TEXTS, *_SENDER_ID_TEXTS),
    problem="A text still has a placeholder.",
    change="Write what recipients will read; only variables such as [name] or [order number] stay in brackets.",
    codes=("SAMPLE_MESSAGE_USE_CASE_MISMATCH", "INVALID_FIELD_VALUE"),
)
def placeholder(form: Subject) -> Sequence[str]:
    """AWS asks for variables in brackets, but the brand must be written out."""
    marks = (
        r"\{\{|\$\{|<(?!/|(?:a|b|br|p|i|u|ul|ol|li|h\d|div|span|strong|em)\b)(?-i:[a-z][a-z _-]{1,40})>|"
        r"\blorem ipsum\b|(?-i:\b(?:TBD|TODO|FIXME)\b)|"
        r"(?<![*\d-])(?<!ending )(?<!ending in )(?-i:\bX{3,}\b)(?!-)|(?-i:\bYour Company(?: Name)?\b)|"
        r"\byour company name here\b|"
        r"\[(?:your|insert|brand|company|business)\b[^\]]{0,40}\]"
    )
    return [text.path for text in form.texts((*TEXTS, *_SENDER_ID_TEXTS)) if text.has(marks)]


@TABLE.rule(
    "white-space",
    types=(CAMPAIGN, TOLL_FREE, SENDER_ID, RCS),
    reads=(*TEXTS, *_SENDER_ID_TEXTS),
    problem="A text begins or ends with white space.",
    change="Remove it; in YAML, write >- or |- instead of > or |.",
    codes=("INVALID_FIELD_VALUE",),
)
def white_space(form: Subject) -> Sequence[str]:
    """AWS's guide asks for texts without it."""
    return [text.path for text in form.texts((*TEXTS, *_SENDER_ID_TEXTS)) if text.raw != text.raw.strip()]
