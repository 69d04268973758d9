"""Web addresses, email addresses and phone numbers in texts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sms_registration_rules.denials.texts import listed, pattern

_BARE_ENDINGS = (
    "com|org|net|edu|gov|io|co|us|info|biz|app|dev|shop|store|health|care|church|school|club|me|ai|ly|gl|gd|cc|at|tv|link|"
    "uk|ca|au|nz|de|fr|es|it|nl|ie|in|sg|id|br|mx|eu|ee|page|site|online|news|live|to|gg|example"
)
"""Top-level domains of names that count as addresses without ``https://``, so that "on its way.Reply" is not one."""

_ADDRESS = (
    r"(?<![\w@.-])(?:(?P<scheme>https?://)(?P<host>[^\s/?#\"'<>()\[\]]+)|"
    rf"(?P<bare>(?:[a-z0-9](?:[a-z0-9-]{{0,62}})\.){{1,5}}(?-i:{_BARE_ENDINGS}))(?![\w@-]|\.[a-z]))"
    r"(?P<path>[/?#][^\s\"'<>()\[\]]*)?"
)

EMAIL = r"[\w.+-]{1,64}@(?P<domain>(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,24})\b"

_TWO_PART_ENDINGS = frozenset(
    f"{second}.{top}"
    for top, seconds in {
        "uk": "co org ac gov me ltd plc",
        "au": "com net org edu gov id",
        "nz": "co net org ac govt",
        "sg": "com org edu gov net",
        "id": "co or ac go web",
        "in": "co org net ac gov",
        "br": "com org net edu gov",
        "mx": "com org edu gob",
        "za": "co org ac gov",
        "jp": "co or ac go ne",
        "hk": "com org edu gov",
        "my": "com org edu gov",
        "ph": "com org edu gov",
        "ke": "co or ac go",
        "il": "co org ac gov",
        "kr": "co or ac go",
        "tr": "com org edu gov",
        "ae": "co ac gov",
        "th": "co or ac go",
        "vn": "com edu gov",
        "us": "k12",
    }.items()
    for second in seconds.split()
)

_PHONE_SURE = r"(?<![\w-])(?:\+\d[\d .()-]{7,18}\d|(?:1[ .-]?)?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4})(?![\w-])"
_PHONE_LIKELY = (
    rf"{_PHONE_SURE}|(?<![\w-])1?\d{{10}}(?![\w-])|(?<![\w-])1?-?8\d\d-[a-z0-9-]{{7,9}}(?![\w-])"
    r"|\[[^\[\]]{0,60}\b(?:phone|tel|mobile|call-?back)\b[^\[\]]{0,60}\]"
)

PUBLIC_EMAIL_DOMAINS = listed(
    "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.com.au ymail.com rocketmail.com outlook.com hotmail.com "
    "hotmail.co.uk "
    "live.com msn.com aol.com icloud.com me.com mac.com proton.me protonmail.com pm.me gmx.com gmx.net gmx.de web.de "
    "mail.com "
    "zoho.com zohomail.com yandex.com yandex.ru qq.com 163.com 126.com mail.ru comcast.net att.net sbcglobal.net "
    "verizon.net "
    "bellsouth.net cox.net charter.net fastmail.com hey.com tutanota.com bigpond.com"
)

SHORTENERS = listed(
    "bit.ly tinyurl.com t.co goo.gl ow.ly is.gd buff.ly rebrand.ly cutt.ly rb.gy tiny.cc shorturl.at bl.ink short.io "
    "t.ly v.gd "
    "lnkd.in s.id shorte.st adf.ly tiny.one bitly.com"
)

OTHERS_SITES = listed(
    "facebook.com fb.com instagram.com linkedin.com x.com twitter.com tiktok.com youtube.com linktr.ee "
    "sites.google.com "
    "docs.google.com forms.gle forms.google.com drive.google.com wixsite.com godaddysites.com square.site weebly.com "
    "wordpress.com blogspot.com carrd.co notion.site github.io typeform.com jotform.com yelp.com"
)
"""Platforms, where a page is not a company's own website."""


@dataclass(frozen=True)
class Address:
    """A web address.

    Attributes:
        host: In lower case, without port.
        path: With its slash; empty if there is none.
    """

    host: str
    path: str

    @property
    def domain(self) -> str:
        """The registered part of the host: ``example.com``, ``example.co.uk``."""
        return registrable(self.host)

    def is_of(self, sites: frozenset[str]) -> bool:
        """Whether its host is one of these domains, or a subdomain."""
        parts = self.host.split(".")
        return any(".".join(parts[index:]) in sites for index in range(len(parts)))

    @property
    def tokens(self) -> frozenset[str]:
        """The words of host and path; "sign-in" also gives "signin"."""
        found = pattern(r"[a-z0-9]+").findall(f"{self.host} {self.path}".casefold())
        return frozenset([*found, *map(str.__add__, found, found[1:])])


def addresses(text: str) -> Iterator[Address]:
    """The web addresses in a text, with or without ``https://``."""
    for match in pattern(_ADDRESS).finditer(text):
        host = (match["host"] or match["bare"]).casefold().rpartition("@")[2].partition(":")[0].rstrip(".,;")
        yield Address(host.removesuffix(":"), (match["path"] or "").rstrip(".,;:!?"))


def without_addresses(text: str) -> str:
    """The text without its web addresses."""
    return pattern(_ADDRESS).sub(" ", text)


def address(text: str) -> Address:
    """The web address in a field, however it is written."""
    rest = text.strip().partition("://")[2] or text.strip()
    host, slash, path = rest.partition("/")
    return Address(host.casefold().rpartition("@")[2].partition(":")[0], slash + path)


def registrable(host: str) -> str:
    """The last two labels of a host, or three for suffixes such as ``co.uk``."""
    labels = host.casefold().strip(".").split(".")
    return ".".join(labels[-3:] if ".".join(labels[-2:]) in _TWO_PART_ENDINGS else labels[-2:])


def email_domains(text: str) -> list[str]:
    """The domains of the email addresses in a text."""
    return [match["domain"].casefold() for match in pattern(EMAIL).finditer(text)]


def phone_numbers(text: str) -> list[str]:
    """The last ten digits of what is certainly a phone number: with a plus sign, or with separators."""
    return ["".join(filter(str.isdigit, match[0]))[-10:] for match in pattern(_PHONE_SURE).finditer(text)]


def may_have_phone_number(text: str) -> bool:
    """Whether a text may have a phone number, or a variable for one."""
    return pattern(_PHONE_LIKELY).search(text) is not None
