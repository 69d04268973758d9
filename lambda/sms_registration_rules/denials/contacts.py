"""Email addresses and phone numbers of the registrant."""

from __future__ import annotations

from collections.abc import Sequence

from sms_registration_rules.denials.addresses import PUBLIC_EMAIL_DOMAINS, email_domains
from sms_registration_rules.denials.codes import BRAND, RCS, SENDER_ID, SHORT_CODE, TOLL_FREE
from sms_registration_rules.denials.fields import SUPPORT_EMAIL
from sms_registration_rules.denials.form_fields import NAMES
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import pattern

RCS_COUNTRY = "??_RCS_LAUNCH_REGISTRATION"
"""Launches in a country; not the test agent."""

TABLE = RuleTable()

_EMAIL_FIELDS = ("*.*Email", "*.*EmailAddress", "*.emailAddress")
_PHONE_FIELDS = ("*.phoneNumber", "*.*PhoneNumber")


@TABLE.rule(
    "public-email",
    types=(BRAND, TOLL_FREE, SHORT_CODE, "AU_SENDER_ID_REGISTRATION", RCS_COUNTRY),
    reads=_EMAIL_FIELDS,
    problem="The email address is at a public provider.",
    change="Give an address on the domain of the company's website.",
    codes=("BRAND_EMAIL_PUBLIC_DOMAIN", "UNOFFICIAL_SUPPORT_EMAIL", "BRAND_EMAIL_INVALID_OR_MISSING"),
    titles=("Unofficial Business Email", "Invalid Business Connection"),
)
def public_email(form: Subject) -> Sequence[str]:
    """Anyone can have an address at a public provider."""
    return [
        text.path
        for text in form.texts(_EMAIL_FIELDS)
        if not PUBLIC_EMAIL_DOMAINS.isdisjoint(email_domains(text.plain))
    ]


@TABLE.rule(
    "email-domain",
    types=(BRAND, TOLL_FREE),
    reads=(*SUPPORT_EMAIL, *NAMES),
    problem="The support email address is not on the website's domain.",
    change="Give an address on the domain of the company's website.",
    codes=("UNOFFICIAL_SUPPORT_EMAIL",),
    titles=("Unofficial Business Email", "Invalid Business Connection", "Invalid Company Info"),
)
def email_domain(form: Subject) -> Sequence[str]:
    """Subdomains are fine, and so are domains with the company's own name."""
    return form.with_foreign_email(SUPPORT_EMAIL)


@TABLE.rule(
    "phone-e164",
    types=(BRAND, TOLL_FREE, SENDER_ID, RCS),
    reads=_PHONE_FIELDS,
    problem="The phone number is not written as +, country code and digits.",
    change="Write it without spaces and dashes, such as +12065550142.",
    codes=("BRAND_PHONE_NUMBER_INVALID_OR_MISSING", "INVALID_FIELD_VALUE"),
)
def phone_e164(form: Subject) -> Sequence[str]:
    """Numbers of North America have ten digits after +1."""
    shape = pattern(r"\+(?:1[2-9]\d{9}|[2-9]\d{6,14})")
    return [text.path for text in form.texts(_PHONE_FIELDS) if not shape.fullmatch(text.raw.strip())]


@TABLE.rule(
    "email-shape",
    types=(BRAND, TOLL_FREE, SENDER_ID, RCS),
    reads=_EMAIL_FIELDS,
    problem="The email address is not valid.",
    change="Enter a single address with a full domain.",
    codes=("INVALID_SUPPORT_EMAIL", "BRAND_EMAIL_INVALID_OR_MISSING", "INVALID_FIELD_VALUE"),
)
def email_shape(form: Subject) -> Sequence[str]:
    """Internationalized addresses are allowed."""
    return [
        text.path
        for text in form.texts(_EMAIL_FIELDS)
        if not pattern(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]{2,}").fullmatch(text.plain)
    ]
