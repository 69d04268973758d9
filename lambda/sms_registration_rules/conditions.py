"""Whether a field is REQUIRED, OPTIONAL or DISALLOWED, given the values of other fields. Pure; standard library only.

When it is not known whether a condition is true, both cases are followed, so a field may have several possible requirements.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sms_registration_rules.messages import some_listed
from sms_registration_rules.values import TypedValue

_EITHER = frozenset({True, False})
_TRUE = frozenset({True})
_FALSE = frozenset({False})

_WORDS = {
    "EQUALS": "is {}",
    "IN": "is one of {}",
    "NOT_EQUALS": "is not {}",
    "NOT_IN": "is none of {}",
    "HAS_VALUE": "has a value",
    "NO_VALUE": "has no value",
}
"""What each operator says of a field."""


@dataclass(frozen=True)
class Requirement:
    """What the definition requires of a field, given certain values of other fields.

    Attributes:
        behavior: REQUIRED, OPTIONAL or DISALLOWED. Anything newer is treated as OPTIONAL.
        reason: The conditions that lead to it, such as "when a.b is X"; empty if it does not depend on other fields.
        validation: Overrides of the field's own validation: MinLength, MaxLength, Pattern, AllowedValues.
    """

    behavior: str
    reason: str = ""
    validation: Mapping[str, Any] = field(default_factory=dict)


def requirements(
    definition: Mapping[str, Any],
    values: Mapping[str, TypedValue],
    *,
    unclear: Collection[str] = (),
    uncertain: Collection[str] = (),
) -> list[Requirement]:
    """Return every possible requirement, the most likely first. At least one; exactly one when everything is certain.

    Args:
        definition: The field's definition. A CONDITIONAL field without ConditionalBehavior (a member that older SDKs do not
            know) is optional.
        values: The form's values by path.
        unclear: Paths that have a value, but it is not known which: an invalid one that will be corrected, a secret. Default:
            none.
        uncertain: Paths of which it is not known whether they have a value. Default: none.
    """
    requirement = definition.get("FieldRequirement")
    if requirement != "CONDITIONAL":
        return [Requirement(str(requirement))]
    conditional = definition.get("ConditionalBehavior")
    if not isinstance(conditional, Mapping):
        return [Requirement("OPTIONAL")]
    possible = []
    for rule in conditional.get("Rules") or ():
        truths = [_truth(condition, values, unclear, uncertain) for condition in rule.get("Conditions") or ()]
        if any(truth == _FALSE for truth in truths):
            continue
        behavior = str(rule.get("RuleBehavior"))
        possible.append(Requirement(behavior, _when(rule), _given(rule.get("ConditionalValidation"))))
        if all(truth == _TRUE for truth in truths):
            return possible
    default = str(conditional.get("DefaultBehavior"))
    return [*possible, Requirement(default, _unless(conditional.get("Rules") or (), default))]


def words(condition: Mapping[str, Any]) -> str:
    """Return what a condition says, such as "companyInfo.legalType is PUBLIC_PROFIT"."""
    operator = str(condition.get("Operator"))
    values = some_listed([str(each) for each in condition.get("Values") or ()])
    said = _WORDS[operator].format(values) if operator in _WORDS else f"{operator} {values}".strip()
    return f"{condition.get('DependsOnFieldPath')} {said}"


def references(definition: Mapping[str, Any]) -> list[str]:
    """Return the paths of the fields that a field's requirement depends on, in the order of its rules."""
    conditional = definition.get("ConditionalBehavior")
    if definition.get("FieldRequirement") != "CONDITIONAL" or not isinstance(conditional, Mapping):
        return []
    return list(
        dict.fromkeys(
            str(condition.get("DependsOnFieldPath"))
            for rule in conditional.get("Rules") or ()
            for condition in rule.get("Conditions") or ()
        )
    )


def _given(validation: object) -> dict[str, Any]:
    return (
        {name: member for name, member in validation.items() if member is not None}
        if isinstance(validation, Mapping)
        else {}
    )


def _when(rule: Mapping[str, Any]) -> str:
    return f"when {_all_of(rule)}" if rule.get("Conditions") else ""


def _unless(rules: Iterable[Mapping[str, Any]], default: str) -> str:
    exceptions = [_all_of(rule) for rule in rules if rule.get("RuleBehavior") != default and rule.get("Conditions")]
    return f"unless {' or '.join(exceptions)}" if exceptions else ""


def _all_of(rule: Mapping[str, Any]) -> str:
    return " and ".join(words(condition) for condition in rule.get("Conditions") or ())


def _truth(
    condition: Mapping[str, Any],
    values: Mapping[str, TypedValue],
    unclear: Collection[str],
    uncertain: Collection[str],
) -> frozenset[bool]:
    """Return the possible truth values of a condition."""
    path, operator = str(condition.get("DependsOnFieldPath")), condition.get("Operator")
    value = values.get(path)
    if path in uncertain and operator in _WORDS:
        return _EITHER
    is_set = value is not None or path in unclear
    if operator == "HAS_VALUE":
        return frozenset({is_set})
    if operator == "NO_VALUE":
        return frozenset({not is_set})
    if operator not in ("EQUALS", "IN", "NOT_EQUALS", "NOT_IN"):
        return _FALSE
    if path in unclear:
        return _EITHER
    wanted = {str(each) for each in condition.get("Values") or ()}
    is_negation = operator in ("NOT_EQUALS", "NOT_IN")
    if value is None or not wanted:
        # Whether "not X" is true for a field without a value is not documented.
        return _EITHER if is_negation else _FALSE
    among = _is_among(value.content, wanted, exact=operator in ("EQUALS", "NOT_EQUALS"))
    return frozenset(not truth for truth in among) if is_negation else among


def _is_among(content: frozenset[str], wanted: set[str], *, exact: bool) -> frozenset[bool]:
    """Whether the choices match the condition's values: certain when all or none of them match, otherwise unknown."""
    if not content & wanted:
        return _FALSE
    return _TRUE if content == wanted or (content <= wanted and not exact) else _EITHER
