"""A form as the rules read it."""

from __future__ import annotations

import functools
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from sms_registration_rules.denials.addresses import PUBLIC_EMAIL_DOMAINS, address, email_domains, registrable
from sms_registration_rules.denials.codes import BRAND, CAMPAIGN
from sms_registration_rules.denials.fields import COMPANY, TRADE_NAME, USE_CASE, WEBSITE
from sms_registration_rules.denials.form_fields import NAMES, SUB_USE_CASES
from sms_registration_rules.denials.model import Form
from sms_registration_rules.denials.names import Names
from sms_registration_rules.denials.texts import Text

_KNOWN_LATER = ("${Token[", "{{resolve:")
"""Marks of values that the CDK or CloudFormation replaces, in case the caller did not mark them as unknown."""


class Subject:
    """The form that is checked.

    Attributes:
        form: The form.
        associated: The forms of the registrations that it is associated with.
        siblings: Other forms to compare it with.
    """

    def __init__(self, form: Form, associated: Sequence[Form] = (), siblings: Sequence[Form] = ()) -> None:
        self.form = form
        self.associated = associated
        self.siblings = siblings
        self._texts: dict[str, Text] = {}
        self._choices: dict[str, tuple[str, ...]] = {}
        unknown = set(form.unknown)
        for path, value in form.values.items():
            values = (value,) if isinstance(value, str) else tuple(value)
            if any(mark in each for each in values for mark in _KNOWN_LATER):
                unknown.add(path)
            elif path not in unknown:
                self._choices[path] = values
                if isinstance(value, str):
                    self._texts[path] = Text(path, value)
        self._unknown = frozenset(unknown)

    def text(self, paths: Sequence[str]) -> Text | None:
        """The text of the first of these fields that has one; None if there is none, or it is unknown."""
        return next(iter(self.texts(paths)), None)

    def texts(self, paths: Sequence[str]) -> list[Text]:
        """The known texts of these fields, without blank ones."""
        return [self._texts[path] for path in _matching(paths, self._texts) if self._texts[path].plain]

    def choices(self, paths: Sequence[str]) -> tuple[str, ...]:
        """What is chosen in these fields; nothing if it is unknown."""
        return tuple(choice for path in _matching(paths, self._choices) for choice in self._choices[path])

    def chosen(self, paths: Sequence[str], *wanted: str) -> tuple[str, ...]:
        """Those of these fields that have one of the wanted choices."""
        return tuple(
            path for path in _matching(paths, self._choices) if not set(wanted).isdisjoint(self._choices[path])
        )

    def is_unknown(self, *paths: str) -> bool:
        """Whether any of these fields is declared with a content that is not known."""
        return bool(_matching(paths, self._unknown))

    def is_absent(self, *paths: str) -> bool:
        """Whether none of these fields is declared."""
        return not any(_matching(paths, declared) for declared in (self._choices, self.form.files, self._unknown))

    def files(self, paths: Sequence[str]) -> dict[str, bytes]:
        """The known bytes of these file fields."""
        return {path: self.form.files[path] for path in _matching(paths, self.form.files) if path not in self._unknown}

    @functools.cached_property
    def owners(self) -> list[Subject]:
        """The forms with the sender's names: the brand of a campaign (none if it is not known), else the form itself."""
        if self.form.registration_type != CAMPAIGN:
            return [self]
        return [Subject(each) for each in self.associated if each.registration_type == BRAND]

    def owned(self, paths: Sequence[str]) -> Text | None:
        """The text of one of these fields of the owner's form; None if there is none, or it is unknown."""
        return next((text for owner in self.owners for text in owner.texts(paths)), None)

    @functools.cached_property
    def names(self) -> Names | None:
        """The sender's names; None unless all that are declared are known."""
        if any(owner.is_unknown(*NAMES) for owner in self.owners):
            return None
        names = [
            text.plain for owner in self.owners for text in owner.texts([path for path in NAMES if path not in WEBSITE])
        ]
        sites = [text.plain for owner in self.owners for text in owner.texts(WEBSITE)]
        return Names([*names, *(registrable(address(site).host).partition(".")[0] for site in sites)]) or None

    def nameless(self, paths: Sequence[str]) -> Sequence[str]:
        """The first of these fields that has a text, if no name of the sender is in it."""
        text = self.text(paths)
        return (text.path,) if text is not None and self.names is not None and not self.names.are_in(text) else ()

    def with_foreign_email(self, paths: Sequence[str]) -> Sequence[str]:
        """The first of these fields that has a text, if an email address in it is on a domain that is not the sender's.

        The website's domain is, with its subdomains, and so are domains with a name of the sender. Public providers are another
        rule's.
        """
        text, site = self.text(paths), self.owned(WEBSITE)
        if text is None or site is None or self.names is None:
            return ()
        own = registrable(address(site.plain).host)
        for domain in map(registrable, email_domains(text.plain)):
            if domain != own and domain not in PUBLIC_EMAIL_DOMAINS and not self.names.are_within(domain):
                return (text.path,)
        return ()

    @functools.cached_property
    def written_names(self) -> list[Text]:
        """Company and trade name of the owner."""
        return [text for owner in self.owners for text in owner.texts((*COMPANY, *TRADE_NAME))]

    def has_use_case(self, name: str) -> bool | None:
        """Whether a use case, or a sub use case, has this in its name; None if that is not known."""
        if self.is_unknown(*USE_CASE, *SUB_USE_CASES) or not self.choices(USE_CASE):
            return None
        return any(name in choice.upper() for choice in self.choices((*USE_CASE, *SUB_USE_CASES)))


def _matching(patterns: Sequence[str], paths: Collection[str]) -> list[str]:
    found: dict[str, None] = {}
    for pattern in patterns:
        if "*" in pattern:
            found.update(dict.fromkeys(sorted(path for path in paths if fnmatchcase(path, pattern))))
        elif pattern in paths:
            found[pattern] = None
    return list(found)
