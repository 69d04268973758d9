"""RCS agents: images, color, contacts, description and use case."""

from __future__ import annotations

from collections.abc import Sequence

from sms_registration_rules.denials import pictures
from sms_registration_rules.denials.codes import RCS
from sms_registration_rules.denials.fields import SAMPLES
from sms_registration_rules.denials.form_fields import ACCENT_COLOR, AGENT_DESCRIPTION, AGENT_USE_CASE, BANNER, LOGO
from sms_registration_rules.denials.model import RuleTable
from sms_registration_rules.denials.phrases import NOT_SELLING, SELLING
from sms_registration_rules.denials.subject import Subject
from sms_registration_rules.denials.texts import pattern

TABLE = RuleTable()

_KB = 1000
_PIXELS = {LOGO[0]: (224, 224), BANNER[0]: (1440, 448)}
_BYTES = {LOGO[0]: 50 * _KB, BANNER[0]: 200 * _KB}
_IMAGES = (*LOGO, *BANNER)
_LEAST_CONTRAST = 4.5
_CONTACTS = {
    "agentDetails.contactPhoneNumber": "agentDetails.contactPhoneLabel",
    "agentDetails.contactEmailAddress": "agentDetails.contactEmailLabel",
    "agentDetails.contactWebsite": "agentDetails.contactWebsiteLabel",
}
_CODES = (
    r"\b(?:one[- ]time|pass ?codes?|passwords?|otps?|(?:verification|login|log-in|sign-in|security|access) codes?|"
    r"verif(?:y|ication)|2fa)\b"
)
_OFFERS = (
    rf"{SELLING}|\b(?:offers?|discounts?|deals?|promotions?|promotional|coupons?|sales?|upgrades?|new arrivals?|"
    rf"news(?:letter)?s?|marketing|rewards)\b"
)
_TRANSACTIONS = (
    r"\b(?:confirmations?|reminders?|alerts?|receipts?|statements?|invoices?|orders?|deliver(?:y|ies)|shipping|"
    r"shipments?|appointments?|bookings?|payments?|billing|accounts?|tickets?|reservations?)\b"
)


@TABLE.rule(
    "rcs-image-format",
    types=(RCS,),
    reads=_IMAGES,
    problem="The image is neither a PNG nor a JPEG.",
    change="Attach a PNG; use a transparent background for the logo.",
    codes=("IMAGE_FORMAT_INVALID",),
)
def image_format(form: Subject) -> Sequence[str]:
    """Detected from the first bytes."""
    return [
        path for path, content in form.files(_IMAGES).items() if pictures.read(content).format not in ("PNG", "JPEG")
    ]


@TABLE.rule(
    "rcs-image-pixels",
    types=(RCS,),
    reads=_IMAGES,
    problem="The image does not have the required dimensions.",
    change="Make the logo 224 by 224 pixels, and the banner 1440 by 448.",
    codes=("IMAGE_RESOLUTION_INVALID",),
)
def image_pixels(form: Subject) -> Sequence[str]:
    """An image with an unreadable header is skipped."""
    sizes = {path: pictures.read(content).pixels for path, content in form.files(_IMAGES).items()}
    return [path for path, pixels in sizes.items() if pixels is not None and pixels != _PIXELS[path]]


@TABLE.rule(
    "rcs-image-bytes",
    types=(RCS,),
    reads=_IMAGES,
    problem="The image file is too large.",
    change="Keep the logo under 50 KB, and the banner under 200 KB.",
    codes=("IMAGE_SIZE_EXCEEDED",),
)
def image_bytes(form: Subject) -> Sequence[str]:
    """A KB is taken as 1,000 bytes, to be on the safe side."""
    return [path for path, content in form.files(_IMAGES).items() if len(content) > _BYTES[path]]


@TABLE.rule(
    "rcs-contrast",
    types=(RCS,),
    reads=ACCENT_COLOR,
    problem="The accent color has a contrast ratio to white below 4.5:1.",
    change="Choose a darker color.",
    codes=("ACCENT_COLOR_CONTRAST_INSUFFICIENT",),
)
def contrast(form: Subject) -> Sequence[str]:
    """Relative luminance as in the Web Content Accessibility Guidelines 2."""
    text = form.text(ACCENT_COLOR)
    if text is None or not pattern(r"#[0-9a-f]{6}").fullmatch(text.plain):
        return ()

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(byte / 255) for byte in bytes.fromhex(text.plain[1:]))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return (text.path,) if 1.05 / (luminance + 0.05) < _LEAST_CONTRAST else ()


@TABLE.rule(
    "rcs-contact-missing",
    types=("TEST_RCS_LAUNCH_REGISTRATION",),
    reads=tuple(_CONTACTS),
    problem="The agent has no contact information.",
    change="Give a phone number, an email address or a website, each with a label.",
    codes=("CONTACT_DETAILS_MISSING",),
)
def contact_missing(form: Subject) -> Sequence[str]:
    """One of the three is enough."""
    return tuple(_CONTACTS) if form.is_absent(*_CONTACTS) else ()


@TABLE.rule(
    "rcs-contact-label",
    types=("TEST_RCS_LAUNCH_REGISTRATION",),
    reads=(*_CONTACTS, *_CONTACTS.values()),
    problem="A contact has no label.",
    change="Give every contact a label of up to 25 characters.",
    codes=("CONTACT_DETAILS_MISSING",),
)
def contact_label(form: Subject) -> Sequence[str]:
    """The website's label is part of it."""
    return [
        label
        for contact, label in _CONTACTS.items()
        if not form.is_absent(contact) and not form.is_unknown(label) and not form.texts((label,))
    ]


@TABLE.rule(
    "rcs-description-kinds",
    types=(RCS,),
    reads=AGENT_DESCRIPTION,
    problem="The description does not say which types of messages people get.",
    change='Name the types, such as "Delivery alerts and arrival times for your parcels."',
    codes=(),
    titles=("Agent description",),
)
def description_kinds(form: Subject) -> Sequence[str]:
    """The most common denial of RCS agents."""
    text = form.text(AGENT_DESCRIPTION)
    return () if text is None or text.has(f"{_CODES}|{_OFFERS}|{_TRANSACTIONS}") else (text.path,)


@TABLE.rule(
    "rcs-description-slogan",
    types=(RCS,),
    reads=AGENT_DESCRIPTION,
    problem="The description is a tagline.",
    change='Name the types of messages instead of phrases such as "stay connected" or "important updates".',
    codes=(),
    titles=("Agent description",),
)
def description_slogan(form: Subject) -> Sequence[str]:
    """AWS's guide lists these phrases as bad examples."""
    text = form.text(AGENT_DESCRIPTION)
    return (
        (text.path,)
        if text is not None and text.has(r"\bstay (?:connected|informed|in touch|up to date)\b|\bimportant updates\b")
        else ()
    )


@TABLE.rule(
    "rcs-description-markup",
    types=(RCS,),
    reads=AGENT_DESCRIPTION,
    problem="The description contains markup, escape sequences or braces.",
    change="Write plain text only.",
    codes=("INVALID_FIELD_VALUE",),
    titles=("Agent description",),
)
def description_markup(form: Subject) -> Sequence[str]:
    """Tags, JSON, percent escapes, paths and templates."""
    text = form.text(AGENT_DESCRIPTION)
    marks = r"</?[a-z][^>]*>|[{}]|%(?:2f|5c|2e)|\.\./|\\[a-z]|&(?:amp|lt|gt|nbsp|#\d+);|<%|\$\("
    return (text.path,) if text is not None and text.has(marks) else ()


def _against_use_case(form: Subject, use_cases: tuple[str, ...], source: str, unless: str = "") -> Sequence[str]:
    chosen = form.chosen(AGENT_USE_CASE, *use_cases)
    found = [text.path for text in form.texts((*AGENT_DESCRIPTION, *SAMPLES)) if text.says(source, unless)]
    return [*chosen, *found] if chosen and found else ()


@TABLE.rule(
    "rcs-use-case-offers",
    types=(RCS,),
    reads=(*AGENT_USE_CASE, *AGENT_DESCRIPTION, *SAMPLES),
    problem="A text mentions offers, but the use case is for passcodes or transactions only.",
    change="Choose PROMOTIONAL or MULTI_USE, or remove the offers.",
    codes=("USE_CASE_MISMATCH",),
)
def use_case_offers(form: Subject) -> Sequence[str]:
    """Upgrades count as offers."""
    offers = (
        rf"{SELLING}|\b(?:special|exclusive|great|new|our) (?:offers?|deals?)\b|\boffers and\b|\band offers\b|"
        rf"\bpromotions?\b|\bpromotional (?!code)|"
        r"\bupgrade (?:now|your plan|offers?)\b|\bmarketing (?:messages|news)\b"
    )
    return _against_use_case(form, ("OTP", "TRANSACTIONAL"), offers, NOT_SELLING)


@TABLE.rule(
    "rcs-use-case-codes",
    types=(RCS,),
    reads=(*AGENT_USE_CASE, *AGENT_DESCRIPTION, *SAMPLES),
    problem="A text mentions passcodes, but the use case does not allow them.",
    change="Send passcodes from a separate agent with the use case OTP.",
    codes=("USE_CASE_MISMATCH",),
)
def use_case_codes(form: Subject) -> Sequence[str]:
    """Discount codes do not count."""
    codes = (
        r"\b(?:one[- ]time (?:pass ?codes?|passwords?|codes?)|pass ?codes?|otps?|(?:verification|login|log-in|sign-in|"
        r"security) codes?|2fa)\b"
    )
    return _against_use_case(form, ("PROMOTIONAL", "MULTI_USE"), codes)


@TABLE.rule(
    "rcs-use-case-one-kind",
    types=(RCS,),
    reads=(*AGENT_USE_CASE, *AGENT_DESCRIPTION),
    problem="The use case covers transactional and promotional messages, but the description mentions one of them only.",
    change="Mention both, such as order updates and offers, or choose the matching use case.",
    codes=("USE_CASE_MISMATCH",),
)
def use_case_one_kind(form: Subject) -> Sequence[str]:
    """Another rule finds a description that mentions neither."""
    chosen, text = form.chosen(AGENT_USE_CASE, "MULTI_USE"), form.text(AGENT_DESCRIPTION)
    if not chosen or text is None:
        return ()
    return (*chosen, text.path) if text.has(_OFFERS) != text.has(_TRANSACTIONS) else ()
