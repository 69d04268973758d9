"""What a valid form is: a declared form, checked against the live field definitions of its type. Pure; standard library only.

The definitions are what DescribeRegistrationFieldDefinitions answers (all pages). They change without notice, so nothing here
knows a field. Two rules where the service's behaviour is not known:

- A form is refused only for what is certain. A condition whose truth is not known counts both ways, and a problem is reported
  only if it is one both ways. NOT_EQUALS and NOT_IN on a field without a value are such conditions, and so is every
  comparison with a field whose own value is wrong.
- What is not understood (types, requirements, operators, behaviours, patterns) is not checked; `notes` say where.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sms_registration_rules import field_checks
from sms_registration_rules.conditions import Requirement, references, requirements
from sms_registration_rules.messages import Problem, closest
from sms_registration_rules.values import DeclaredValue, Secret, SelectChoices, TypedValue

_FEW = 15
"""So many fields are listed whole where none is close to the one that was declared."""

Definition = Mapping[str, Any]

_NOTHING: Mapping[str, TypedValue] = MappingProxyType({})


@dataclass(frozen=True)
class CheckedForm:
    """What became of a declared form.

    Attributes:
        values: What is declared, as the service takes it, in the order of the form. Complete only if there is no problem.
        cleared: Paths that are declared to have no value: an empty string or list.
        problems: Everything that is wrong, in the order of the form; fields that the form does not have come last.
        notes: What could not be checked, for the log.
    """

    values: Mapping[str, TypedValue]
    cleared: frozenset[str] = frozenset()
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def check(
    definitions: Iterable[Definition],
    declared: Mapping[str, DeclaredValue],
    *,
    kept: Mapping[str, TypedValue] = _NOTHING,
    unknown: Collection[str] = frozenset(),
) -> CheckedForm:
    """Type a declared form and find everything that is wrong with it; never raises.

    Args:
        definitions: The live definitions of the form's fields.
        declared: Values by field path.
        kept: Values that the registration has and keeps although they are not declared (`plan.kept_values`). They are checked
            like declared ones. Nothing is kept if omitted.
        unknown: Paths that are declared with a value that is not known before the deployment, such as a secret. They are refused
            only where the form has no such field, or allows no value at all. None if omitted.
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
    beside = _Beside(fields, declared, values, kept, mistyped, frozenset(unknown))
    return CheckedForm(
        values={path: values[path] for path in fields if path in values},
        cleared=frozenset(cleared),
        problems=(*(problem for path in fields for problem in beside.problems(path)), *no_fields),
        notes=tuple(note for path in values for note in field_checks.notes(fields[path], path)),
    )


def by_path(definitions: Iterable[Definition]) -> dict[str, Definition]:
    """The definitions by their field's path, in the order of the form."""
    return {path: each for each in definitions if isinstance(path := each.get("FieldPath"), str)}


def precedence(definitions: Iterable[Definition]) -> dict[str, tuple[int, int]]:
    """For each path of the form a rank and its position: fields are written in the order of these pairs.

    The rank is the number of fields that a field depends on through conditions, however indirectly, itself included. A field
    depends on strictly more than each field that it depends on, except for fields that depend on each other: those have the
    same rank.
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
        return Problem(path, "is not a field: the form of this type has none")
    near = closest(path, fields)
    if near:
        return Problem(path, f"is not a field of this form; closest: {', '.join(near)}")
    offered = f"; it has {', '.join(fields)}" if len(fields) <= _FEW else ""
    return Problem(path, f"is not a field of this form{offered}")


class _Beside:
    """Each field beside the values of all the others."""

    def __init__(
        self,
        fields: Mapping[str, Definition],
        declared: Mapping[str, DeclaredValue],
        values: Mapping[str, TypedValue],
        kept: Mapping[str, TypedValue],
        mistyped: Mapping[str, Problem],
        unknown: frozenset[str],
    ) -> None:
        self._fields = fields
        self._declared = declared
        self._unknown = unknown
        self._kept = {
            path: value
            for path, value in kept.items()
            if path in fields and path not in declared and path not in unknown
        }
        self._values = {**self._kept, **values}
        self._mistyped = mistyped
        self._unclear = {path for path in self._values if self._is_not_offered(path)} | set(mistyped) | unknown

    def problems(self, path: str) -> list[Problem]:
        """What is wrong with a field, whatever is not known about its conditions."""
        if path in self._mistyped:
            return [self._mistyped[path]]
        definition = self._fields[path]
        under_each = [
            self._texts(path, requirement)
            for requirement in requirements(definition, self._values, unclear=self._unclear)
        ]
        if not all(under_each):
            return []
        return [field_checks.problem(definition, path, text) for text in under_each[0]]

    def _texts(self, path: str, requirement: Requirement) -> list[str]:
        """What is wrong with the field if this requirement is the real one."""
        value = self._values.get(path)
        others = references(self._fields[path])
        given = f", given {', '.join(others)}" if others else ""
        if requirement.behavior == "DISALLOWED" and (value is not None or path in self._unknown):
            remedy = "declare it as an empty string, which deletes it" if path in self._kept else "remove it"
            return [f"must have no value{given}: {remedy}"]
        if path in self._unknown:
            return []
        if value is None:
            return [f"is required{given}, and has no value"] if requirement.behavior == "REQUIRED" else []
        declared = self._declared.get(path)
        source = declared.source if isinstance(declared, Secret) else None
        texts = field_checks.value_problems(self._fields[path], value, requirement.validation, source)
        undeclared = " (a value that the registration holds, not declared here)" if path in self._kept else ""
        return [text + undeclared for text in texts]

    def _is_not_offered(self, path: str) -> bool:
        value, offered = self._values[path], field_checks.options(self._fields[path], {})
        return isinstance(value, SelectChoices) and bool(offered) and not set(value.choices) <= set(offered)
