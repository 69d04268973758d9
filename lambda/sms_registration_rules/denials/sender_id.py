"""Sender IDs, country by country."""

from __future__ import annotations

from collections.abc import Sequence

from sms_registration_rules.denials.codes import SENDER_ID
from sms_registration_rules.denials.fields import COMPANY, SENDER_NAME, TRADE_NAME
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.names import initials_of
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import pattern
from sms_registration_rules.regions import REGIONS_OF_TYPE

TABLE = RuleTable()

_PROOF = ("senderIdInfo.proofOfSenderIdConnection",)
_OPT_IN = ("messagingUseCase.optInDescription",)
_SHORTEST_OPT_IN = 40
_COUNTRY = ("companyAddress.isoCountryCode",)
_LOCAL_LETTERS = tuple(f"idSidSpecificInfo.letterOfAuthorization{number}" for number in (1, 2, 4))
_INDIA = "IN_SENDER_ID_REGISTRATION"


@TABLE.rule(
    "sender-id-characters",
    types=(SENDER_ID,),
    reads=SENDER_NAME,
    problem="The sender ID must have 3 to 11 letters, digits or dashes, and at least one letter.",
    change="Choose another sender ID; for India, use 3 to 6 letters only.",
    codes=("INVALID_FIELD_VALUE",),
)
def sender_id_characters(form: Subject) -> Sequence[str]:
    """Some countries are stricter; the form's definition covers that."""
    text = form.text(SENDER_NAME)
    shape = r"[a-z]{3,6}" if form.form.registration_type == _INDIA else r"(?=.*[a-z])[a-z0-9-]{3,11}"
    return () if text is None or pattern(f"(?a:{shape})").fullmatch(text.raw) else (text.path,)


@TABLE.rule(
    "sender-id-name",
    types=("AU_SENDER_ID_REGISTRATION",),
    reads=(*SENDER_NAME, *COMPANY, *TRADE_NAME, *_PROOF),
    problem="The sender ID is neither part of the company's name nor its initials, and no file proves the connection.",
    change="Attach a document that connects the two, such as a trademark or a business name registration.",
)
def sender_id_name(form: Subject) -> Sequence[str]:
    """Only Australia requires this."""
    text, names = form.text(SENDER_NAME), form.texts((*COMPANY, *TRADE_NAME))
    if text is None or not names or form.is_unknown(*COMPANY, *TRADE_NAME) or not form.is_absent(*_PROOF):
        return ()
    wanted = text.compact
    if any(wanted in name.compact or wanted in initials_of(name.plain) or name.compact in wanted for name in names):
        return ()
    return (text.path, *_PROOF)


@TABLE.rule(
    "sender-id-opt-in-short",
    types=(SENDER_ID,),
    reads=_OPT_IN,
    problem="The opt-in description has fewer than 40 characters, the minimum in some countries.",
    change="Describe where and how people opt in.",
    codes=("INVALID_FIELD_VALUE",),
)
def sender_id_opt_in_short(form: Subject) -> Sequence[str]:
    """The guides of Indonesia and India say 40 to 500."""
    text = form.text(_OPT_IN)
    return (text.path,) if text is not None and len(text.plain) < _SHORTEST_OPT_IN else ()


@TABLE.rule(
    "sender-id-letters-indonesia",
    types=("ID_SENDER_ID_REGISTRATION",),
    reads=(*_COUNTRY, *_LOCAL_LETTERS),
    problem="A company in Indonesia needs a letter of authorization for every carrier, and one is missing.",
    change="Attach the letters for Telkomsel, IOH and Smartfren in addition to the one for XL Axiata.",
    codes=("MISSING_CONDITIONAL_FIELD",),
)
def sender_id_letters_indonesia(form: Subject) -> Sequence[str]:
    """Companies in other countries need one letter only."""
    local = form.chosen(_COUNTRY, "ID")
    return [path for path in _LOCAL_LETTERS if form.is_absent(path)] if local else ()


@TABLE.rule(
    "sender-id-region-india",
    types=(_INDIA,),
    reads=SENDER_NAME,
    problem="A sender ID for India can be registered in ap-south-1 and ap-south-2 only.",
    change="Deploy to one of these Regions; elsewhere the registration is denied and has to be deleted.",
    submit_again="no",
)
def sender_id_region_india(form: Subject) -> Sequence[str]:
    """Skipped if the Region is not known."""
    is_other = (
        pattern(r"[a-z]{2}(?:-[a-z]+)+-\d+").fullmatch(form.form.region)
        and form.form.region not in REGIONS_OF_TYPE[_INDIA]
    )
    return SENDER_NAME if is_other else ()
