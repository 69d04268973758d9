"""The sample messages, and the settings that describe them."""

from __future__ import annotations

from collections.abc import Sequence

from sms_registration_rules.denials.addresses import (
    SHORTENERS,
    addresses,
    may_have_phone_number,
    phone_numbers,
    without_addresses,
)
from sms_registration_rules.denials.codes import CAMPAIGN, TOLL_FREE
from sms_registration_rules.denials.fields import (
    EMBEDDED_PHONE,
    HELP,
    LINK_SAMPLE,
    OPT_IN_MESSAGE,
    SAMPLES,
    STOP,
    SUPPORT_PHONE,
    USE_CASE,
)
from sms_registration_rules.denials.form_fields import EMBEDDED_LINK, NAMES, SUB_USE_CASES
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.phrases import NOT_SELLING, SELLING, STOP_WORD
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import Text

TABLE = RuleTable()

_FORMS = (CAMPAIGN, TOLL_FREE)


@TABLE.rule(
    "brand-in-samples",
    types=_FORMS,
    reads=(*SAMPLES, *NAMES),
    problem="A sample message does not name the sender.",
    change="Put the registered name or the trade name into each sample.",
    codes=(
        "SAMPLE_MESSAGE_MISMATCH",
        "MESSAGE_SAMPLES_MISMATCH",
        "BRAND_INVALID_BUSINESS_CONNECTION",
        "INVALID_BUSINESS_CONNECTION",
        "CAMPAIGN_MULTI_BRAND",
        "CAMPAIGN_ATTRIBUTES_MISMATCH",
    ),
    titles=("Invalid Business Connection", "Invalid Multi Numbers", "Message Use Case Mismatch"),
    needs="brand",
)
def brand_in_samples(form: Subject) -> Sequence[str]:
    """Parts and initials of the name count; the name in a link does not, because links may be a software vendor's."""
    names = form.names
    if names is None:
        return ()
    samples = form.texts(SAMPLES)
    return [text.path for text in samples if not names.are_in(Text(text.path, without_addresses(text.plain)))]


@TABLE.rule(
    "sample-stop",
    types=_FORMS,
    reads=SAMPLES,
    problem="No sample message tells people how to stop the messages.",
    change='Add words such as "Reply STOP to opt out" to at least one sample.',
    codes=("SAMPLE_MESSAGE_USE_CASE_MISMATCH",),
)
def sample_stop(form: Subject) -> Sequence[str]:
    """One sample is enough."""
    texts = form.texts(SAMPLES)
    if form.is_unknown(*SAMPLES) or any(text.has(STOP_WORD) for text in texts):
        return ()
    return [text.path for text in texts[:1]]


@TABLE.rule(
    "samples-alike",
    types=_FORMS,
    reads=SAMPLES,
    problem="Two sample messages are the same, or one contains the other.",
    change="Give a distinct sample for each kind of message.",
    codes=("CAMPAIGN_TEMPLATE_REUSE", "SAMPLE_MESSAGE_USE_CASE_MISMATCH"),
)
def samples_alike(form: Subject) -> Sequence[str]:
    """A short sample may be part of another."""
    texts = form.texts(SAMPLES)
    return [
        later.path
        for index, later in enumerate(texts)
        for earlier in texts[:index]
        if later.compact == earlier.compact
        or (len(later.compact) >= 40 and later.compact in earlier.compact)
        or (len(earlier.compact) >= 40 and earlier.compact in later.compact)
    ]


@TABLE.rule(
    "sample-selling",
    types=_FORMS,
    reads=(*SAMPLES, *USE_CASE, *SUB_USE_CASES),
    problem="A sample message is promotional, but marketing is not among the declared use cases.",
    change="Declare marketing as a use case, or remove the offer from the sample.",
    codes=("SAMPLE_MESSAGE_USE_CASE_MISMATCH", "USE_CASE_MISMATCH", "CAMPAIGN_MISMATCH"),
    titles=("Message Use Case Mismatch",),
)
def sample_selling(form: Subject) -> Sequence[str]:
    """A discount that was already applied is not an offer."""
    if form.has_use_case("MARKETING") is not False:
        return ()
    return [text.path for text in form.texts(SAMPLES) if text.says(SELLING, NOT_SELLING)]


@TABLE.rule(
    "shortener",
    types=_FORMS,
    reads=(*SAMPLES, *LINK_SAMPLE),
    problem="A sample has a link from a public URL shortener.",
    change="Use the brand's own domain, or a shortener with a custom domain.",
    codes=("SAMPLE_MESSAGE_SHORT_URL", "EMBEDDED_LINK_ISSUES"),
)
def shortener(form: Subject) -> Sequence[str]:
    """Paid shorteners with a custom domain are allowed."""
    return [
        text.path
        for text in form.texts((*SAMPLES, *LINK_SAMPLE))
        if any(address.is_of(SHORTENERS) for address in addresses(text.plain))
    ]


@TABLE.rule(
    "embedded-link-undeclared",
    types=(CAMPAIGN,),
    reads=(*SAMPLES, *EMBEDDED_LINK),
    problem="A sample message has a link, but the form says that messages have none.",
    change="Set embedded link to Yes and give a sample link, or remove the link from the sample.",
    codes=("EMBEDDED_LINK_ISSUES",),
)
def embedded_link_undeclared(form: Subject) -> Sequence[str]:
    """An address in the HELP message does not count."""
    flag = form.chosen(EMBEDDED_LINK, "No")
    found = [text.path for text in form.texts(SAMPLES) if any(addresses(text.plain))]
    return [*flag, *found] if flag and found else ()


@TABLE.rule(
    "embedded-phone-unused",
    types=(CAMPAIGN,),
    reads=(*SAMPLES, *OPT_IN_MESSAGE, *HELP, *STOP, *EMBEDDED_PHONE),
    problem="The form says that messages have phone numbers, but none of them does.",
    change="Add the number to a sample, or set embedded phone to No; the support number does not count.",
    codes=("SAMPLE_MESSAGE_PHONE_NUMBER", "EMBEDDED_PHONE_ISSUES"),
)
def embedded_phone_unused(form: Subject) -> Sequence[str]:
    """Anything that may be a phone number counts."""
    messages = (*SAMPLES, *OPT_IN_MESSAGE, *HELP, *STOP)
    texts = form.texts(messages)
    if not texts or form.is_unknown(*messages) or any(may_have_phone_number(text.plain) for text in texts):
        return ()
    return form.chosen(EMBEDDED_PHONE, "Yes")


@TABLE.rule(
    "embedded-phone-undeclared",
    types=(CAMPAIGN,),
    reads=(*SAMPLES, *EMBEDDED_PHONE, *SUPPORT_PHONE),
    problem="A sample message has a phone number, but the form says that messages have none.",
    change="Set embedded phone to Yes, or remove the number from the sample.",
    codes=("EMBEDDED_PHONE_ISSUES",),
    needs="brand",
)
def embedded_phone_undeclared(form: Subject) -> Sequence[str]:
    """The brand's support number does not count, so it must be known."""
    flag, support = form.chosen(EMBEDDED_PHONE, "No"), form.owned(SUPPORT_PHONE)
    if not flag or support is None:
        return ()
    own = "".join(filter(str.isdigit, support.plain))[-10:]
    found = [text.path for text in form.texts(SAMPLES) if set(phone_numbers(text.plain)) - {own}]
    return [*flag, *found] if found else ()
