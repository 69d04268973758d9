"""Checks a declared form against the live field definitions of its registration type. Pure; standard library only.

The definitions are the response of DescribeRegistrationFieldDefinitions (all pages). They change without notice, so this module
knows no particular field. Two rules apply where the service's behavior is not known:

- A form is refused only for certain problems. If it is not known whether a condition is true, both cases are checked, and a
  problem is reported only if both have one. Such conditions are NOT_EQUALS and NOT_IN on a field without a value, and every
  comparison with a field whose own value is invalid.
- Unknown types, requirements, operators, behaviors and patterns are not checked. The `notes` say where.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sms_registration_rules import field_checks
from sms_registration_rules.conditions import Requirement, references, requirements
from sms_registration_rules.messages import Problem, closest
from sms_registration_rules.values import DeclaredValue, Secret, SelectChoices, TypedValue

MAX_FIELDS_LISTED = 15
"""Up to this many fields are all listed when none is close to the declared one."""

Definition = Mapping[str, Any]

_NOTHING: Mapping[str, TypedValue] = MappingProxyType({})


@dataclass(frozen=True)
class CheckedForm:
    """The result of checking a declared form.

    Attributes:
        values: The declared values with the types that the service expects, in the order of the form. Complete only if there are
            no problems.
        cleared: Paths that are declared to have no value: an empty string or list.
        problems: All problems, in the order of the form. Unknown fields come last.
        notes: What could not be checked, for the log.
        missing: Paths of required fields that have no value, in the order of the form.
    """

    values: Mapping[str, TypedValue]
    cleared: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def check(
    definitions: Iterable[Definition],
    declared: Mapping[str, DeclaredValue],
    *,
    kept: Mapping[str, TypedValue] = _NOTHING,
    unknown: Collection[str] = frozenset(),
    keeps_undeclared: bool = False,
    complete: bool = True,
) -> CheckedForm:
    """Convert a declared form's values to the service's types and find all problems. Never raises.

    Args:
        definitions: The live definitions of the form's fields.
        declared: The declared values by field path.
        kept: Undeclared values that the registration has and keeps, by field path. They are checked like declared values.
            Default: none.
        unknown: Paths that are declared with a value that is not known, such as a secret before the deployment. A problem is only
            that the form has no such field, or that the field must have no value. Default: none.
        keeps_undeclared: Whether the registration may keep values of undeclared fields that are not known here. Then no
            undeclared field is missing, and conditions on them are uncertain. Default: an undeclared field has no value, unless
            it is in `kept`.
        complete: Whether a required field without a value is a problem. A draft may be incomplete, so it is none there; `missing`
            names these fields in any case. Default: it is a problem.
    """
    fields = by_path(definitions)
    values: dict[str, TypedValue] = {}
    mistyped: dict[str, Problem] = {}
    no_fields = [_unknown_path(path, fields) for path in sorted(unknown) if path not in fields]
    cleared: set[str] = set()
    for path, value in sorted(declared.items()):
        typed = None if field_checks.is_empty(value) else field_checks.typed(fields.get(path, {}), value)
        if typed is None:
            cleared.add(path)
        elif path not in fields:
            no_fields.append(_unknown_path(path, fields))
        elif isinstance(typed, str):
            mistyped[path] = field_checks.problem(fields[path], path, typed)
        else:
            values[path] = typed
    stated = {*declared, *kept, *unknown}
    uncertain = frozenset(path for path in fields if keeps_undeclared and path not in stated)
    context = _FieldContext(fields, declared, values, kept, mistyped, frozenset(unknown), uncertain)
    found = {path: context.problems(path) for path in fields}
    missing = tuple(path for path in fields if found[path] and context.has_no_value(path))
    return CheckedForm(
        values={path: values[path] for path in fields if path in values},
        cleared=frozenset(cleared),
        problems=(*(each for path in fields if complete or path not in missing for each in found[path]), *no_fields),
        notes=tuple(note for path in values for note in field_checks.notes(fields[path], path, values[path])),
        missing=missing,
    )


def with_unread(
    problems: Sequence[Problem], unread: Mapping[str, str], definitions: Iterable[Definition]
) -> tuple[Problem, ...]:
    """Add the problems of fields whose secret or parameter could not be read, in the order of the form.

    Args:
        problems: The problems that `check` found.
        unread: What went wrong, by field path.
        definitions: The live definitions of the form's fields.
    """
    fields = by_path(definitions)
    more = [field_checks.problem(fields.get(path, {}), path, text) for path, text in unread.items()]
    order = {path: position for position, path in enumerate(fields)}
    return tuple(sorted((*problems, *more), key=lambda each: order.get(each.path, len(order))))


def by_path(definitions: Iterable[Definition]) -> dict[str, Definition]:
    """Return the definitions by field path, in the order of the form."""
    return {path: each for each in definitions if isinstance(path := each.get("FieldPath"), str)}


def precedence(definitions: Iterable[Definition]) -> dict[str, tuple[int, int]]:
    """Return a rank and a position for each path of the form. Fields are written in the order of these pairs.

    The rank is the number of fields that a field depends on through conditions, directly or indirectly, including itself. So a
    field ranks after every field that it depends on. Fields that depend on each other have the same rank.
    """
    fields = by_path(definitions)
    ranks = {}
    for position, path in enumerate(fields):
        found: set[str] = set()
        waiting = [path]
        while waiting:
            one = waiting.pop()
            if one not in found:
                found.add(one)
                waiting.extend(references(fields.get(one, {})))
        ranks[path] = (len(found), position)
    return ranks


def _unknown_path(path: str, fields: Mapping[str, Definition]) -> Problem:
    if not fields:
        return Problem(path, "is not a field: the form of this registration type has no fields")
    near = closest(path, fields)
    if near:
        return Problem(path, f"is not a field of this form; closest: {', '.join(near)}")
    offered = f"; its fields are {', '.join(fields)}" if len(fields) <= MAX_FIELDS_LISTED else ""
    return Problem(path, f"is not a field of this form{offered}")


class _FieldContext:
    """Checks each field in the context of all other fields' values."""

    def __init__(
        self,
        fields: Mapping[str, Definition],
        declared: Mapping[str, DeclaredValue],
        values: Mapping[str, TypedValue],
        kept: Mapping[str, TypedValue],
        mistyped: Mapping[str, Problem],
        unknown: frozenset[str],
        uncertain: frozenset[str],
    ) -> None:
        self._fields = fields
        self._declared = declared
        self._unknown = unknown
        self._uncertain = uncertain
        self._kept = {
            path: value
            for path, value in kept.items()
            if path in fields and path not in declared and path not in unknown
        }
        self._values = {**self._kept, **values}
        self._mistyped = mistyped
        self._unclear = {path for path in self._values if self._is_not_offered(path)} | set(mistyped) | unknown

    def has_no_value(self, path: str) -> bool:
        """Whether the field is neither declared with a value, right or wrong, nor kept."""
        return all(path not in each for each in (self._values, self._mistyped, self._unknown, self._uncertain))

    def problems(self, path: str) -> list[Problem]:
        """Return what is wrong with a field under each of its possible requirements. The messages are of the most likely one."""
        if path in self._mistyped:
            return [self._mistyped[path]]
        definition = self._fields[path]
        under_each = [
            self._texts(path, requirement)
            for requirement in requirements(definition, self._values, unclear=self._unclear, uncertain=self._uncertain)
        ]
        if not all(under_each):
            return []
        return [field_checks.problem(definition, path, text) for text in under_each[0]]

    def _texts(self, path: str, requirement: Requirement) -> list[str]:
        """Return what is wrong with the field if this requirement applies."""
        value = self._values.get(path)
        reason = f" {requirement.reason}" if requirement.reason else ""
        if requirement.behavior == "DISALLOWED" and (value is not None or path in self._unknown):
            remedy = "declare it as an empty string to delete it" if path in self._kept else "remove it"
            return [f"must have no value{reason}: {remedy}"]
        if path in self._unknown or path in self._uncertain:
            return []
        if value is None:
            return [self._missing(path, requirement, reason)] if requirement.behavior == "REQUIRED" else []
        declared = self._declared.get(path)
        source = declared.source if isinstance(declared, Secret) else None
        texts = field_checks.value_problems(self._fields[path], value, requirement.validation, source)
        undeclared = " (a value that the registration already has, not declared here)" if path in self._kept else ""
        return [text + undeclared for text in texts]

    def _missing(self, path: str, requirement: Requirement, reason: str) -> str:
        offered = field_checks.options(self._fields[path], requirement.validation)
        choices = f"; {field_checks.offer(offered)}" if offered else ""
        return f"is required{reason}, but has no value{choices}"

    def _is_not_offered(self, path: str) -> bool:
        value, offered = self._values[path], field_checks.options(self._fields[path], {})
        return isinstance(value, SelectChoices) and bool(offered) and not set(value.choices) <= set(offered)
