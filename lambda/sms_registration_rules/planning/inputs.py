"""What a plan is made from: the declared and the described form. Pure; standard library only."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sms_registration_rules.values import TypedValue

DRAFT, SUBMITTED, DISCARDED = "DRAFT", "SUBMITTED", "DISCARDED"


@dataclass(frozen=True)
class DeclaredForm:
    """The form that the template declares, after all checks.

    Attributes:
        values: `CheckedForm.values` of a form without problems.
        precedence: `validation.precedence` of the live definitions: the paths that the form has.
        cleared: `CheckedForm.cleared`.
        associations: IDs or ARNs.
        submit: Whether to submit the form.
        on_locked: What happens to a change while a review locks the form: "fail" refuses it, "keep" leaves it pending.
        delete_undeclared: Whether to delete values that are not declared. If not, they are kept, in new versions too.
        restored: Undeclared values that the deployment that is rolled back had overwritten in a version of its own.
        resubmit_after: The number that a changed `revision` was recorded with: a version with a greater number must be created
            and submitted, whatever its content. A draft's number must already be greater. None: nothing is resubmitted.
        rolling_back: Whether this restores a previous form. Then nothing is refused; what is not possible is skipped.
        previous_associations: IDs or ARNs that the template declared before, to tell what it gives up.
        allow_closing: Whether it may give up an association that the registration cannot live without.
        missing: Required fields without a value, for the response.
    """

    values: Mapping[str, TypedValue]
    precedence: Mapping[str, tuple[int, int]]
    cleared: frozenset[str] = frozenset()
    associations: tuple[str, ...] = ()
    submit: bool = False
    on_locked: Literal["fail", "keep"] = "fail"
    delete_undeclared: bool = True
    restored: Mapping[str, TypedValue] = field(default_factory=dict)
    resubmit_after: int | None = None
    rolling_back: bool = False
    previous_associations: tuple[str, ...] = ()
    allow_closing: bool = False
    missing: tuple[str, ...] = ()

    @property
    def wants_anything(self) -> bool:
        """Whether anything is declared that only a live registration can have."""
        return bool(self.values or self.cleared or self.associations or self.submit or self.resubmit_after is not None)


@dataclass(frozen=True)
class DescribedForm:
    """The form as the service describes it.

    Attributes:
        registration_id: For messages.
        registration_status: RegistrationStatus.
        version_number: CurrentVersionNumber.
        version_status: RegistrationVersionStatus of the current version.
        values: Values by version number, of the versions that were read; a plan may need more, see `ValuesNotRead`.
        approved_version: ApprovedVersionNumber, if any.
        denied_version: LatestDeniedVersionNumber, if any.
        associations: What ListRegistrationAssociations returns.
        supported_associations: The type's SupportedAssociations.
        incomplete_parents: The declared associations that are registrations and not COMPLETE.
        final_reasons: Why the latest denied version was denied, as far as AWS does not accept such a form again.
    """

    registration_id: str
    registration_status: str
    version_number: int
    version_status: str
    values: Mapping[int, Mapping[str, TypedValue]]
    approved_version: int | None = None
    denied_version: int | None = None
    associations: Sequence[Mapping[str, Any]] = ()
    supported_associations: Sequence[Mapping[str, Any]] = ()
    incomplete_parents: frozenset[str] = frozenset()
    final_reasons: tuple[str, ...] = ()

    def values_of(self, version_number: int) -> Mapping[str, TypedValue]:
        """Return the values of a version.

        Raises:
            ValuesNotRead: When they were not read yet.
        """
        if version_number not in self.values:
            raise ValuesNotRead(version_number)
        return self.values[version_number]

    def with_values(self, version_number: int, values: Mapping[str, TypedValue]) -> "DescribedForm":
        """Return a copy that also has the values of this version."""
        return replace(self, values={**self.values, version_number: values})


class ValuesNotRead(Exception):
    """The values of a version must be read first: a plan depends on few versions, and reading each one costs a request.

    Attributes:
        version_number: The version to read.
    """

    def __init__(self, version_number: int) -> None:
        super().__init__(f"the values of version {version_number} were not read")
        self.version_number = version_number


def kept_values(described: DescribedForm, declared_paths: Collection[str]) -> dict[str, TypedValue]:
    """Return the values that remain although they are not declared, when `delete_undeclared` is false.

    A new version begins blank, so an unfinished draft lacks them: what it does not hold is kept from the latest earlier version
    that holds any value. So it is with a version that was submitted, discarded or denied blank.
    """
    number = described.version_number
    held = dict(described.values_of(number))
    if described.version_status == DRAFT or not held:
        earlier = (described.values_of(each) for each in range(number - 1, 0, -1))
        held = {**next(filter(None, earlier), {}), **held}
    return {path: value for path, value in held.items() if path not in declared_paths}
