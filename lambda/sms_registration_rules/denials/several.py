"""Comparisons of several forms in one account."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from sms_registration_rules.denials.codes import BRAND, CAMPAIGN
from sms_registration_rules.denials.fields import DESCRIPTION, SAMPLES, TAX_ID, USE_CASE
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import Text, words

TABLE = RuleTable()

_ALIKE = 0.9


@TABLE.rule(
    "same-tax-id",
    types=(BRAND,),
    reads=TAX_ID,
    problem="Another brand in this account has the same tax ID.",
    change="Register one brand for each tax ID.",
    codes=("BRAND_MULTI_USE", "INVALID_MULTI_BUSINESS"),
    needs="siblings",
)
def same_tax_id(form: Subject) -> Sequence[str]:
    """Dashes do not count."""
    text = form.text(TAX_ID)
    others = [Subject(other).text(TAX_ID) for other in form.siblings if other.registration_type == BRAND]
    return (text.path,) if text is not None and any(other.compact == text.compact for other in others if other) else ()


@TABLE.rule(
    "campaigns-alike",
    types=(CAMPAIGN,),
    reads=(*USE_CASE, *DESCRIPTION, *SAMPLES),
    problem="Another campaign of this brand has the same use case and almost the same text.",
    change="Keep one campaign for each use case, and associate more numbers with it.",
    codes=("CAMPAIGN_MULTI_USE",),
    needs="siblings",
)
def campaigns_alike(form: Subject) -> Sequence[str]:
    """Equal descriptions, or equal samples, are enough."""
    for other in form.siblings:
        if other.registration_type != CAMPAIGN:
            continue
        subject = Subject(other)
        if not form.choices(USE_CASE) or form.choices(USE_CASE) != subject.choices(USE_CASE):
            continue
        for paths in (DESCRIPTION, SAMPLES):
            mine, theirs = _joined(form.texts(paths)), _joined(subject.texts(paths))
            if mine and theirs and _alike(mine, theirs):
                return [text.path for text in form.texts(paths)]
    return ()


def _joined(texts: Sequence[Text]) -> list[str]:
    return [word for text in texts for word in words(text.plain)]


def _alike(one: Sequence[str], other: Sequence[str]) -> bool:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    # The upper bounds are cheap, the ratio itself is not.
    return matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE
