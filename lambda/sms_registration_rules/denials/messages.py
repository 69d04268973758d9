"""The opt-in confirmation, HELP and STOP messages."""

from __future__ import annotations

from collections.abc import Sequence

from sms_registration_rules.denials.addresses import (
    EMAIL,
    PUBLIC_EMAIL_DOMAINS,
    addresses,
    email_domains,
    may_have_phone_number,
)
from sms_registration_rules.denials.codes import CAMPAIGN
from sms_registration_rules.denials.fields import HELP, OPT_IN_MESSAGE, STOP, USE_CASE
from sms_registration_rules.denials.form_fields import NAMES, SUB_USE_CASES
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.phrases import FREQUENCY, HELP_WORD, RATES, STOP_WORD
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import pattern

TABLE = RuleTable()


@TABLE.rule(
    "opt-in-message-rates",
    types=(CAMPAIGN,),
    reads=OPT_IN_MESSAGE,
    problem="The opt-in confirmation message lacks the message frequency or the data rates disclosure.",
    change='Add both, such as "Up to 4 messages per order. Message and data rates may apply."',
    codes=("OPT_IN_MESSAGE_NON_COMPLIANT", "CAMPAIGN_CONFIRMATION_ISSUES"),
)
def opt_in_message_rates(form: Subject) -> Sequence[str]:
    """It needs both."""
    text = form.text(OPT_IN_MESSAGE)
    return () if text is None or (text.has(RATES) and text.has(FREQUENCY)) else (text.path,)


@TABLE.rule(
    "opt-in-message-stop-help",
    types=(CAMPAIGN,),
    reads=OPT_IN_MESSAGE,
    problem="The opt-in confirmation message lacks STOP or HELP instructions.",
    change='Add both, such as "Reply HELP for help, STOP to opt out."',
    codes=("OPT_IN_MESSAGE_NON_COMPLIANT_HELP_STOP", "CAMPAIGN_CONFIRMATION_ISSUES"),
)
def opt_in_message_stop_help(form: Subject) -> Sequence[str]:
    """It needs both."""
    text = form.text(OPT_IN_MESSAGE)
    return () if text is None or (text.has(STOP_WORD) and text.has(HELP_WORD)) else (text.path,)


@TABLE.rule(
    "help-contact",
    types=(CAMPAIGN,),
    reads=HELP,
    problem="The HELP message has no contact information.",
    change="Add a phone number, an email address or a URL of the business.",
    codes=("HELP_MESSAGE_NON_COMPLIANT", "SUBSCRIBER_HELP_ISSUES"),
)
def help_contact(form: Subject) -> Sequence[str]:
    """Anything by which people can reach the business counts."""
    text = form.text(HELP)
    if (
        text is None
        or may_have_phone_number(text.plain)
        or pattern(EMAIL).search(text.plain)
        or any(addresses(text.plain))
    ):
        return ()
    return (text.path,)


@TABLE.rule(
    "help-public-email",
    types=(CAMPAIGN,),
    reads=HELP,
    problem="The HELP message has an email address at a public provider.",
    change="Use an address on the domain of the brand's website.",
    codes=("HELP_MESSAGE_MISMATCH", "BRAND_EMAIL_PUBLIC_DOMAIN"),
)
def help_public_email(form: Subject) -> Sequence[str]:
    """Anyone can have an address at a public provider."""
    text = form.text(HELP)
    return (text.path,) if text is not None and not PUBLIC_EMAIL_DOMAINS.isdisjoint(email_domains(text.plain)) else ()


@TABLE.rule(
    "help-email-domain",
    types=(CAMPAIGN,),
    reads=(*HELP, *NAMES),
    problem="The email address in the HELP message is not on the domain of the brand's website.",
    change="Use an address on the domain of the brand's website.",
    codes=("HELP_MESSAGE_MISMATCH",),
    needs="brand",
)
def help_email_domain(form: Subject) -> Sequence[str]:
    """Subdomains are fine, and so are domains with the brand's own name."""
    return form.with_foreign_email(HELP)


@TABLE.rule(
    "stop-content",
    types=(CAMPAIGN,),
    reads=(*STOP, *USE_CASE, *SUB_USE_CASES),
    problem="The STOP message must both confirm the opt-out and say that no more messages will be sent.",
    change='Say both, such as "You are unsubscribed and will receive no further messages."',
    codes=("OPT_OUT_MESSAGE_NON_COMPLIANT", "UNCLEAR_OPT_OUT"),
)
def stop_content(form: Subject) -> Sequence[str]:
    """Both are needed, but passcode programs may say how to opt back in instead of the second."""
    text = form.text(STOP)
    if text is None:
        return ()
    confirmed = (
        r"\b(?:unsubscribed|opted (?:you )?out|opt-?out (?:is |was )?(?:confirmed|complete|received)|stopped|removed|"
        r"cancell?ed|ended)\b"
    )
    no_more = (
        r"\bno (?:more|further|longer|additional|other)\b|"
        r"(?:\bnot|\bnever|n't)\b[^.;]{0,30}\b(?:receive|get|be sent|send|message|text|contact)"
    )
    comes_back = (
        r"\b(?:opt|sign|log|come) ?(?:back )?in\b|\bopt back in\b|\b(?:request|ask for) a (?:new )?(?:pass)?code\b"
    )
    is_passcodes = form.has_use_case("TWO_FACTOR") is not False and text.has(comes_back)
    return () if text.has(confirmed) and (text.has(no_more) or is_passcodes) else (text.path,)


@TABLE.rule(
    "brand-in-opt-in-message",
    types=(CAMPAIGN,),
    reads=(*OPT_IN_MESSAGE, *NAMES),
    problem="The opt-in confirmation message does not name the brand.",
    change="Begin it with the registered name or the trade name.",
    codes=("OPT_IN_MESSAGE_MISMATCH",),
    needs="brand",
)
def brand_in_opt_in_message(form: Subject) -> Sequence[str]:
    """Company name, trade name, the website's name and parts of them count."""
    return form.nameless(OPT_IN_MESSAGE)


@TABLE.rule(
    "brand-in-help",
    types=(CAMPAIGN,),
    reads=(*HELP, *NAMES),
    problem="The HELP message does not name the brand.",
    change="Begin it with the registered name or the trade name.",
    codes=("HELP_MESSAGE_MISMATCH", "SUBSCRIBER_HELP_ISSUES"),
    needs="brand",
)
def brand_in_help(form: Subject) -> Sequence[str]:
    """As for the message that confirms the opt-in."""
    return form.nameless(HELP)


@TABLE.rule(
    "brand-in-stop",
    types=(CAMPAIGN,),
    reads=(*STOP, *NAMES),
    problem="The STOP message does not name the brand.",
    change="Begin it with the registered name or the trade name.",
    codes=("OPT_OUT_MESSAGE_MISMATCH",),
    needs="brand",
)
def brand_in_stop(form: Subject) -> Sequence[str]:
    """As for the message that confirms the opt-in."""
    return form.nameless(STOP)
