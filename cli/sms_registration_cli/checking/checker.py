"""Checks several form files together."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sms_registration_cli.checking.form import FormFile
from sms_registration_cli.checking.issue import DEFINITION, FORM_FILE, Issue
from sms_registration_cli.errors import CommandError
from sms_registration_cli.snapshots import TypeForm

if TYPE_CHECKING:
    from sms_registration_rules.messages import Problem

BRAND, CAMPAIGN = "US_TEN_DLC_BRAND_REGISTRATION", "US_TEN_DLC_CAMPAIGN_REGISTRATION"


@dataclass(frozen=True)
class Checked:
    """What came out.

    Attributes:
        files: The files, with the type that each was checked as.
        issues: Everything that is wrong, by file, then by place.
        notes: What could not be checked, and where definitions came from.
    """

    files: tuple[FormFile, ...]
    issues: tuple[Issue, ...]
    notes: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return sum(issue.severity == "error" for issue in self.issues)

    @property
    def warnings(self) -> int:
        """How many findings there are."""
        return len(self.issues) - self.errors

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings only, 2 errors."""
        return 2 if self.errors else 1 if self.warnings else 0


def with_types(files: Sequence[FormFile], given: str | None, saved: Sequence[str], region: str) -> list[FormFile]:
    """The files with the type that each is checked as: what it names itself, else what is given, else the only snapshot.

    Raises:
        CommandError: A file's type is not known, or is named twice and differently.
    """
    typed = []
    for file in files:
        if file.declared_type and given and file.declared_type != given:
            raise CommandError(
                f"{file.path} is a form of {file.declared_type}, as its comment says, and --type is {given}"
            )
        chosen = file.declared_type or given or (saved[0] if len(saved) == 1 else "")
        if not chosen:
            raise CommandError(
                f"the type of {file.path} is not known: write the line '# registration-type: TYPE' at its top, or name it with "
                "--type. `sms-registration types` lists all of them"
            )
        typed.append(dataclasses.replace(file, registration_type=chosen, region=region))
    return typed


def check(
    files: Sequence[FormFile],
    definitions_of: Callable[[str], TypeForm],
    *,
    brand: FormFile | None = None,
    draft: bool = False,
) -> Checked:
    """Check files, each beside the others.

    Args:
        files: With their types.
        definitions_of: Gives a type's definitions. May raise CommandError.
        brand: The brand of the campaigns among the files. If None: the only brand among the files.
        draft: Whether the forms may be incomplete.
    """
    notes: list[str] = []
    issues: list[Issue] = []
    readable = [file for file in files if file.is_readable]
    for file in files:
        issues += _structure(file)
    for file in readable:
        form = definitions_of(file.registration_type)
        notes.append(f"{file.path}: {file.registration_type}, definitions from {form.source}")
        found, more = _against_definitions(file, form, draft=draft)
        issues += found
        notes += more
    brands = [brand] if brand else [file for file in readable if file.registration_type == BRAND]
    if not brand and len(brands) > 1 and any(file.registration_type == CAMPAIGN for file in readable):
        notes.append("several brands: name the one of the campaigns with --brand, for the rules that compare both")
        brands = []
    for position, file in enumerate(readable):
        issues += _denials(file, brands, readable[:position], draft=draft)
    order = {file.path: position for position, file in enumerate(files)}
    issues.sort(key=lambda issue: (order[issue.file], issue.line, issue.column, issue.severity))
    return Checked(tuple(files), tuple(issues), tuple(notes))


def _structure(file: FormFile) -> Iterator[Issue]:
    for problem in file.content.problems:
        place = problem.place
        yield Issue("error", FORM_FILE, file.path, place.line or 1, place.column or 1, problem.field_path, problem.text)


def _against_definitions(file: FormFile, form: TypeForm, *, draft: bool) -> tuple[list[Issue], list[str]]:
    from sms_registration_rules.validation import check as validate

    checked = validate(form.fields, file.declared(), unknown=file.unknown(), complete=not draft)
    by_path: dict[str, list[Problem]] = {}
    for problem in checked.problems:
        if problem.path not in file.broken_paths:
            by_path.setdefault(problem.path, []).append(problem)
    issues = []
    for path, problems in by_path.items():
        place, first = file.place_of(path), problems[0]
        text = ", and ".join(dict.fromkeys(problem.text for problem in problems))
        title = f"({first.title}) " if first.title else ""
        hint = f"[{first.hint}]" if first.hint else ""
        line, column = place.line or 1, place.column or 1
        issues.append(Issue("error", DEFINITION, file.path, line, column, path, f"{title}{text}", hint))
    return issues, [f"{file.path}: {note}" for note in checked.notes]


def _denials(file: FormFile, brands: Sequence[FormFile], before: Sequence[FormFile], *, draft: bool) -> Iterator[Issue]:
    from sms_registration_rules.denials.check import check as find

    associated = [brand.to_denial_form() for brand in brands] if file.registration_type == CAMPAIGN else []
    siblings = [other.to_denial_form() for other in before if other.registration_type == file.registration_type]
    for finding in find(file.to_denial_form(), associated=associated, siblings=siblings):
        is_missing = file.content.fields.keys().isdisjoint(finding.paths)
        if set(finding.paths) & file.broken_paths or (draft and is_missing):
            continue
        place = file.place_of(finding.path)
        yield Issue(
            "warning",
            f"denial/{finding.rule_id}",
            file.path,
            place.line or 1,
            place.column or 1,
            ", ".join(finding.paths),
            finding.problem,
            finding.change,
            (*finding.codes, *finding.titles),
        )
