"""Finds what a reviewer would deny, before a form is submitted."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from sms_registration_rules.denials.model import Finding, Form, Rule
from sms_registration_rules.denials.rules import RULES
from sms_registration_rules.denials.subject import Subject


def check(form: Form, *, associated: Sequence[Form] = (), siblings: Sequence[Form] = ()) -> list[Finding]:
    """Find what published or reported denials are about.

    One finding per rule, in the order of the table. Never raises because of what a form holds.

    Args:
        form: The form to check.
        associated: The forms of the registrations that it is associated with: a campaign's brand. For a brand whose form is not
            at hand, one with its names alone is enough. Without any, rules that need the brand are passed over.
        siblings: Other forms of the same type in the same account, for campaigns those of the same brand. Pass those before this
            one, so that each pair is reported once. Without any, rules over several forms are passed over.
    """
    subject = Subject(form, associated, siblings)
    findings = []
    for rule in _rules_of(form.registration_type):
        paths = tuple(dict.fromkeys(rule.find(subject)))
        if paths:
            findings.append(
                Finding(rule.rule_id, paths, rule.problem, rule.change, rule.codes, rule.titles, rule.submit_again)
            )
    return findings


def reads(registration_type: str) -> frozenset[str]:
    """The paths, and patterns of paths, that the rules for a type read.

    As `unknown` of a form whose registration may hold more than is declared, they keep every rule from missing something.
    """
    return frozenset(path for rule in _rules_of(registration_type) for path in rule.reads)


@functools.cache
def _rules_of(registration_type: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES.values() if rule.applies_to(registration_type))
