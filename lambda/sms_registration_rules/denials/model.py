"""Forms, findings and rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from sms_registration_rules.denials.codes import SubmitAgain

if TYPE_CHECKING:
    from sms_registration_rules.denials.subject import Subject


@dataclass(frozen=True)
class Form:
    """One registration's form, as far as it is known before it is submitted.

    A path that is in none of `values`, `files` and `unknown` is not declared: rules that miss something may say so.

    Attributes:
        registration_type: Such as ``US_TOLL_FREE_REGISTRATION``. Types without rules have no findings.
        values: Each field's text, or its choices.
        files: The bytes of each file field whose content is known.
        unknown: Paths that are declared, but whose text or bytes are not known yet: secrets, tokens, files in S3. Every rule that
            needs one of them is passed over.
        region: Such as ``ap-south-1``; empty if it is not known.
    """

    registration_type: str
    values: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    region: str = ""


@dataclass(frozen=True)
class Finding:
    """Something in a form for which a reviewer may deny it. Always a warning, because reviewers differ.

    Attributes:
        rule_id: Such as ``disclosure-rates``.
        paths: The fields to look at, at least one. No finding ever quotes what is in them.
        problem: What is wrong, one sentence.
        change: What to do about it, one sentence.
        codes: AWS's codes of the denials that this prevents; may be empty.
        titles: AWS's titles of denials that have no code.
        submit_again: Whether AWS takes a form again that was denied for it.
    """

    rule_id: str
    paths: tuple[str, ...]
    problem: str
    change: str
    codes: tuple[str, ...]
    titles: tuple[str, ...]
    submit_again: SubmitAgain

    @property
    def path(self) -> str:
        """The first field to look at."""
        return self.paths[0]

    @property
    def warning_id(self) -> str:
        """The ID under which the CDK knows the warning, for ``acknowledge_warning``."""
        return f"cdk-sms-registration:denial/{self.rule_id}"

    def __str__(self) -> str:
        """Everything that a person needs, in one line."""
        return f"{', '.join(self.paths)}: {self.problem} {self.change} [{self.rule_id}]"


@dataclass(frozen=True)
class Rule:
    """A check of one form.

    Attributes:
        rule_id: In kebab case, and never changed: people acknowledge warnings by it.
        types: The registration types that it applies to; ``*`` and ``?`` as in file names.
        reads: The fields that it reads, of the form and of what is associated; ``*`` as in file names.
        find: Gives the fields that are at fault; none when the form is fine or too little is known.
        problem: What is wrong, one sentence.
        change: What to do about it, one sentence.
        codes: AWS's codes of the denials that it prevents.
        titles: AWS's titles of denials that have no code.
        submit_again: Whether AWS takes a form again that was denied for it.
        needs: "brand" when it compares with the associated brand, "siblings" with other forms; empty for the form alone.
    """

    rule_id: str
    types: tuple[str, ...]
    reads: tuple[str, ...]
    find: Callable[[Subject], Sequence[str]]
    problem: str
    change: str
    codes: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    submit_again: SubmitAgain = "yes"
    needs: Literal["", "brand", "siblings"] = ""

    def applies_to(self, registration_type: str) -> bool:
        """Whether forms of this type are checked by this rule."""
        return any(fnmatchcase(registration_type, pattern) for pattern in self.types)


class RuleTable:
    """The rules of one module, in the order of their definition."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def rule(
        self,
        rule_id: str,
        *,
        types: tuple[str, ...],
        reads: tuple[str, ...],
        problem: str,
        change: str,
        codes: tuple[str, ...] = (),
        titles: tuple[str, ...] = (),
        submit_again: SubmitAgain = "yes",
        needs: Literal["", "brand", "siblings"] = "",
    ) -> Callable[[Callable[[Subject], Sequence[str]]], Callable[[Subject], Sequence[str]]]:
        """Add a rule with the decorated function as its `find`; the arguments are those of `Rule`."""

        def add(find: Callable[[Subject], Sequence[str]]) -> Callable[[Subject], Sequence[str]]:
            self.rules.append(
                Rule(rule_id, types, reads, find, problem, change, codes, titles, submit_again, needs),
            )
            return find

        return add
