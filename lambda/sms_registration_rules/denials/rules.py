"""All rules by their ID."""

from sms_registration_rules.denials import (
    consent,
    contacts,
    content,
    description,
    files,
    messages,
    opt_in,
    rcs,
    restricted,
    samples,
    sender,
    sender_id,
    several,
    websites,
)
from sms_registration_rules.denials.model import Rule

_MODULES = (
    sender,
    contacts,
    websites,
    description,
    opt_in,
    consent,
    messages,
    samples,
    content,
    restricted,
    sender_id,
    rcs,
    files,
    several,
)

RULES: dict[str, Rule] = {rule.rule_id: rule for module in _MODULES for rule in module.TABLE.rules}
"""In the order in which findings are given."""
