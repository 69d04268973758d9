"""Mail addresses and phone numbers of the registrant."""

from __future__ import annotations

from collections.abc import Sequence

from sms_registration_rules.denials.addresses import FREE_MAIL, address, mail_domains, registrable
from sms_registration_rules.denials.fields import NAMES, SUPPORT_MAIL, WEBSITE
from sms_registration_rules.denials.model import BRAND, RCS, RCS_COUNTRY, SENDER_ID, SHORT_CODE, TOLL_FREE, RuleTable
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import pattern

TABLE = RuleTable()

_MAIL_FIELDS = ("*.*Email", "*.*EmailAddress", "*.emailAddress")
_PHONE_FIELDS = ("*.phoneNumber", "*.*PhoneNumber")


@TABLE.rule(
    "mail-free",
    types=(BRAND, TOLL_FREE, SHORT_CODE, "AU_SENDER_ID_REGISTRATION", RCS_COUNTRY),
    reads=_MAIL_FIELDS,
    problem="The mail address is at a public provider.",
    change="Give an address on the domain of the company's website.",
    codes=("BRAND_EMAIL_PUBLIC_DOMAIN", "UNOFFICIAL_SUPPORT_EMAIL", "BRAND_EMAIL_INVALID_OR_MISSING"),
    titles=("Unofficial Business Email", "Invalid Business Connection"),
)
def mail_free(form: Subject) -> Sequence[str]:
    """An address at a public provider proves nothing about the business."""
    return [text.path for text in form.texts(_MAIL_FIELDS) if not FREE_MAIL.isdisjoint(mail_domains(text.plain))]


@TABLE.rule(
    "mail-domain",
    types=(BRAND, TOLL_FREE),
    reads=(*SUPPORT_MAIL, *NAMES),
    problem="The support address is on another domain than the website.",
    change="Give an address on the domain of the company's website.",
    codes=("UNOFFICIAL_SUPPORT_EMAIL",),
    titles=("Unofficial Business Email", "Invalid Business Connection", "Invalid Company Info"),
)
def mail_domain(form: Subject) -> Sequence[str]:
    """Subdomains are fine, and so are domains with the company's own name."""
    text, site, names = form.text(SUPPORT_MAIL), form.text(WEBSITE), form.names
    if text is None or site is None or names is None:
        return ()
    own = registrable(address(site.plain).host)
    foreign = [
        domain
        for domain in mail_domains(text.plain)
        if registrable(domain) != own and domain not in FREE_MAIL and not names.are_within(registrable(domain))
    ]
    return (text.path,) if foreign else ()


@TABLE.rule(
    "phone-e164",
    types=(BRAND, TOLL_FREE, SENDER_ID, RCS),
    reads=_PHONE_FIELDS,
    problem="The phone number is not written as +, country code and digits.",
    change="Write it without blanks and dashes, such as +12065550142.",
    codes=("BRAND_PHONE_NUMBER_INVALID_OR_MISSING", "INVALID_FIELD_VALUE"),
)
def phone_e164(form: Subject) -> Sequence[str]:
    """Numbers of North America have ten digits after +1."""
    shape = pattern(r"\+(?:1[2-9]\d{9}|[2-9]\d{6,14})")
    return [text.path for text in form.texts(_PHONE_FIELDS) if not shape.fullmatch(text.raw.strip())]


@TABLE.rule(
    "mail-shape",
    types=(BRAND, TOLL_FREE, SENDER_ID, RCS),
    reads=_MAIL_FIELDS,
    problem="The mail address is not an address.",
    change="Give one address with a full domain, and nothing else.",
    codes=("INVALID_SUPPORT_EMAIL", "BRAND_EMAIL_INVALID_OR_MISSING", "INVALID_FIELD_VALUE"),
)
def mail_shape(form: Subject) -> Sequence[str]:
    """Letters beyond ASCII are allowed."""
    return [
        text.path
        for text in form.texts(_MAIL_FIELDS)
        if not pattern(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}").fullmatch(text.plain)
    ]
