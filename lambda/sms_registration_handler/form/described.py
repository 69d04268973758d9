"""One registration's form as the service describes it, read when it is needed and cached until it changes."""

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS, Service, ServiceError
from sms_registration_handler.errors import Failure
from sms_registration_handler.form.denial import Denial
from sms_registration_handler.form.redaction import Redactor
from sms_registration_handler.resource import owner_tags
from sms_registration_rules.associations import AFTER_COMPLETE, behavior_of, is_associated, missing_for_submission
from sms_registration_rules.denials.final import final_codes
from sms_registration_rules.identifiers import is_registration_id
from sms_registration_rules.planning import inputs, planner
from sms_registration_rules.planning.inputs import DISCARDED, DRAFT, DeclaredForm, DescribedForm
from sms_registration_rules.planning.plan import Plan
from sms_registration_rules.validation import check
from sms_registration_rules.values import RegistrationAttachmentId, TypedValue, described_value, is_same

_MAX_RESULTS = 100
"""One call instead of several, at one call per second."""

_MAX_IDS_PER_CALL = 5

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class State:
    """The status of the registration and of its current version, which change independently."""

    registration_id: str
    registration_status: str
    version_number: int
    version_status: str


class FormDescription:
    """Reads the form and caches what it reads.

    Args:
        service: The service.
        registration: The registration as just described; after `invalidate` it is read again.
    """

    def __init__(self, service: Service, registration: Mapping[str, Any]) -> None:
        self._service = service
        self._registration: Mapping[str, Any] | None = registration
        self.registration_id = str(registration["RegistrationId"])
        self.registration_type = str(registration["RegistrationType"])
        self._versions: list[Mapping[str, Any]] | None = None
        self._values: dict[int, list[Mapping[str, Any]]] = {}
        self._associations: list[Mapping[str, Any]] | None = None
        self._declared_files: dict[str, RegistrationAttachmentId] = {}
        self._secret_paths: frozenset[str] = frozenset()
        self.redact = Redactor()
        """Removes the values of secrets from texts of the service."""
        self._hashes: dict[str, str] = {}
        self.undeletable: set[str] = set()
        """Fields whose value the service did not delete, so that the version still holds it."""

    def recognize(self, declared: Mapping[str, TypedValue]) -> None:
        """From now on, describe the declared file wherever a version holds another attachment with the same bytes.

        A stack that adopts a registration uploads its own files: the form has not changed and needs no new review.
        """
        self._declared_files = {
            path: value for path, value in declared.items() if isinstance(value, RegistrationAttachmentId)
        }

    def keep_secret(self, texts: Mapping[str, str]) -> None:
        """From now on, remove these texts from what the service says; and whatever else a version holds in these fields.

        Args:
            texts: The texts that were read from secrets and parameters, by field path.
        """
        self._secret_paths = frozenset(texts)
        self.redact.add(texts.values())

    @property
    def secret_paths(self) -> frozenset[str]:
        """The fields whose values are kept secret."""
        return self._secret_paths

    def invalidate(self) -> None:
        """Discard everything that may change, so that it is read again when it is needed."""
        self._registration = self._versions = self._associations = None
        self._values.clear()

    # --- what does not change during a run ---

    @functools.cached_property
    def _definitions(self) -> list[dict[str, Any]]:
        return list(
            self._service.pages(
                "DescribeRegistrationFieldDefinitions",
                "RegistrationFieldDefinitions",
                RegistrationType=self.registration_type,
                MaxResults=_MAX_RESULTS,
            )
        )

    def definitions(self) -> list[dict[str, Any]]:
        """Return all live definitions of the type's fields (DescribeRegistrationFieldDefinitions)."""
        return self._definitions

    @functools.cached_property
    def supported_associations(self) -> list[Mapping[str, Any]]:
        """The resource types that registrations of this type can be associated with, and when (SupportedAssociations)."""
        found = self._service.call("DescribeRegistrationTypeDefinitions", RegistrationTypes=[self.registration_type])
        definitions = found.get("RegistrationTypeDefinitions") or [{}]
        return list(definitions[0].get("SupportedAssociations") or [])

    # --- what changes ---

    def registration(self) -> Mapping[str, Any]:
        """Return the registration (DescribeRegistrations).

        Raises:
            Failure: When it no longer exists.
        """
        if self._registration is None:
            self._registration = self._service.find(self.registration_id)
            if self._registration is None:
                raise Failure(f"registration {self.registration_id} was deleted during this deployment")
        return self._registration

    def versions(self) -> list[Mapping[str, Any]]:
        """Return the versions, the current one last (DescribeRegistrationVersions)."""
        if self._versions is None:
            pages = self._service.pages(
                "DescribeRegistrationVersions",
                "RegistrationVersions",
                subject=self.registration_id,
                RegistrationId=self.registration_id,
                MaxResults=_MAX_RESULTS,
            )
            self._versions = sorted(pages, key=lambda each: int(each["VersionNumber"]))
        return self._versions

    def current_version(self) -> Mapping[str, Any]:
        """Return the version with the greatest number."""
        return self.versions()[-1]

    def current_version_is_unchanged(self) -> bool:
        """Read the versions again. Whether the current one has the number and the status that were read before."""
        before, self._versions = self.current_version(), None
        members = ("VersionNumber", "RegistrationVersionStatus")
        return all(self.current_version()[each] == before[each] for each in members)

    def state(self) -> State:
        """Return the status of the registration and of its current version."""
        current = self.current_version()
        return State(
            self.registration_id,
            str(self.registration()["RegistrationStatus"]),
            int(current["VersionNumber"]),
            str(current["RegistrationVersionStatus"]),
        )

    def associations(self) -> list[Mapping[str, Any]]:
        """Return the associated resources (ListRegistrationAssociations)."""
        if self._associations is None:
            self._associations = list(
                self._service.pages(
                    "ListRegistrationAssociations",
                    "RegistrationAssociations",
                    subject=self.registration_id,
                    RegistrationId=self.registration_id,
                    MaxResults=_MAX_RESULTS,
                )
            )
        return self._associations

    def values(self, version_number: int) -> dict[str, TypedValue]:
        """Return the values of a version by field path, with declared files recognized."""
        return {path: self._recognized(path, value) for path, value in self.held(version_number).items()}

    def held(self, version_number: int) -> dict[str, TypedValue]:
        """Return the values of a version by field path, exactly as it holds them."""
        values = {str(each["FieldPath"]): described_value(each) for each in self._described_values(version_number)}
        return {path: value for path, value in values.items() if value is not None}

    def values_now(self, version_number: int) -> dict[str, TypedValue]:
        """Read the values of a version again, whatever was read before."""
        self._values.pop(version_number, None)
        return self.values(version_number)

    @property
    def unknown_to_planner(self) -> frozenset[str]:
        """Fields that a version may hold although no plan has them: the form no longer has them, or they cannot be deleted."""
        held = {path for values in self._values.values() for path in (str(each["FieldPath"]) for each in values)}
        return frozenset(self.undeletable | (held - {str(each["FieldPath"]) for each in self.definitions()}))

    def _recognized(self, path: str, held: TypedValue) -> TypedValue:
        declared = self._declared_files.get(path)
        if declared is None or not isinstance(held, RegistrationAttachmentId) or is_same(held, declared):
            return held
        content = self._content_hash(held)
        return declared if content and content == self._content_hash(declared) else held

    def _content_hash(self, file: RegistrationAttachmentId) -> str:
        """Return the hash of an attachment's bytes, from its tag; empty for a file that somebody else uploaded."""
        (attachment_id,) = file.content
        if attachment_id not in self._hashes:
            own_arn = str(self.registration()["RegistrationArn"])
            arn = f"{own_arn.partition(':registration/')[0]}:registration-attachment/{attachment_id}"
            self._hashes[attachment_id] = self._service.tags(arn).get(owner_tags.CONTENT, "")
        return self._hashes[attachment_id]

    def described(self, associations: Sequence[str]) -> DescribedForm:
        """Return the planner's input, for these declared associations."""
        state, registration = self.state(), self.registration()
        return DescribedForm(
            registration_id=self.registration_id,
            registration_status=state.registration_status,
            version_number=state.version_number,
            version_status=state.version_status,
            values={},
            approved_version=registration.get("ApprovedVersionNumber"),
            denied_version=registration.get("LatestDeniedVersionNumber"),
            associations=self.associations() if associations or self.supported_associations else (),
            supported_associations=self.supported_associations,
            incomplete_parents=self._incomplete_parents(associations),
            final_reasons=self._final_reasons(),
        )

    def planned(self, form: DeclaredForm) -> tuple[DescribedForm, Plan]:
        """Plan the declared form from what the service describes now."""
        return self._with_values_read(self.described(form.associations), functools.partial(planner.make, form))

    def kept_values(self, declared_paths: Collection[str]) -> Mapping[str, TypedValue]:
        """Return the values that remain although they are not declared, when undeclared values are kept."""
        _, kept = self._with_values_read(
            self.described(()), lambda described: inputs.kept_values(described, declared_paths)
        )
        return kept

    def values_before(self, began: float, paths: Collection[str]) -> Mapping[str, TypedValue]:
        """Return what these fields held before a time, as far as later versions replaced what held it.

        Args:
            began: The time, in seconds since the epoch.
            paths: The fields.
        """
        versions = self.versions()
        older = [int(each["VersionNumber"]) for each in versions if not _is_since(began, each)]
        if len(older) == len(versions):
            return {}
        held = next(filter(None, map(self.values, reversed(older))), {})
        return {path: held[path] for path in paths if path in held}

    def _with_values_read(
        self, described: DescribedForm, use: Callable[[DescribedForm], ResultT]
    ) -> tuple[DescribedForm, ResultT]:
        """Call a pure function, and call it again after reading each version's values that it turns out to need."""
        while True:
            try:
                return described, use(described)
            except inputs.ValuesNotRead as missing:
                described = described.with_values(missing.version_number, self.values(missing.version_number))

    def _described_values(self, version_number: int) -> list[Mapping[str, Any]]:
        if version_number not in self._values:
            self._values[version_number] = list(
                self._service.pages(
                    "DescribeRegistrationFieldValues",
                    "RegistrationFieldValues",
                    subject=self.registration_id,
                    RegistrationId=self.registration_id,
                    VersionNumber=version_number,
                    MaxResults=_MAX_RESULTS,
                )
            )
            held = (each for each in self._values[version_number] if each["FieldPath"] in self._secret_paths)
            self.redact.add(str(each["TextValue"]) for each in held if each.get("TextValue"))
        return self._values[version_number]

    def _incomplete_parents(self, associations: Sequence[str]) -> frozenset[str]:
        """Return the declared associations that are registrations and not COMPLETE."""
        parents = {
            each: each.rpartition("/")[2] for each in associations if is_registration_id(each.rpartition("/")[2])
        }
        statuses: dict[str, str] = {}
        wanted = sorted(set(parents.values()))
        for start in range(0, len(wanted), _MAX_IDS_PER_CALL):
            found = self._registrations(wanted[start : start + _MAX_IDS_PER_CALL])
            statuses |= {each["RegistrationId"]: each["RegistrationStatus"] for each in found}
        return frozenset(each for each, parent in parents.items() if statuses.get(parent) != "COMPLETE")

    def _registrations(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Call DescribeRegistrations, and once more if one is not found: it may not be visible yet."""
        for is_last in (False, True):
            try:
                response = self._service.call(
                    "DescribeRegistrations", RegistrationIds=list(ids), subject=", ".join(ids)
                )
            except ServiceError as error:
                if is_last or error.code != "ResourceNotFoundException":
                    raise
                self._service.pause(VISIBLE_AFTER_SECONDS)
            else:
                break
        return list(response["Registrations"])

    # --- questions ---

    def last_submitted_or_current(self) -> int:
        """Return the number after which a version must be submitted: that of the current version, unless it is a draft."""
        current = self.current_version()
        number = int(current["VersionNumber"])
        return number - 1 if current["RegistrationVersionStatus"] == DRAFT else number

    def waits_for_associations_only(self, declared: Sequence[str]) -> bool:
        """Whether the version is approved and a declared resource can be associated now that the registration is COMPLETE."""
        return (
            self.registration()["RegistrationStatus"] == "COMPLETE"
            and self.current_version()["RegistrationVersionStatus"] == "APPROVED"
            and any(
                behavior_of(each, self.supported_associations) == AFTER_COMPLETE
                and not is_associated(each, self.associations())
                for each in declared
            )
        )

    def was_submitted_after(self, number: int) -> bool:
        """Whether a version with a greater number was submitted, whatever its status is now."""
        return any(
            int(each["VersionNumber"]) > number
            and (
                "SubmittedTimestamp" in (each.get("RegistrationVersionStatusHistory") or {})
                or each["RegistrationVersionStatus"] not in (DRAFT, DISCARDED)
            )
            for each in self.versions()
        )

    def latest_version(self, statuses: Collection[str]) -> Mapping[str, Any] | None:
        """Return the latest version that has one of these statuses; None when there is none."""
        return next((each for each in reversed(self.versions()) if each["RegistrationVersionStatus"] in statuses), None)

    def is_first_submission(self) -> bool:
        """Whether no version was ever submitted."""
        return not self.was_submitted_after(0)

    def denial(self) -> Denial | None:
        """Return why the latest denied version was denied; None as soon as a version after it is approved."""
        version = self.latest_version({"DENIED", "APPROVED"})
        if version is None or version["RegistrationVersionStatus"] != "DENIED":
            return None
        return Denial(
            int(version["VersionNumber"]),
            list(version.get("DeniedReasons") or []),
            [
                each
                for each in self._described_values(int(version["VersionNumber"]))
                if each.get("DeniedReason") or each.get("Feedback")
            ],
            str(version.get("Feedback") or ""),
        )

    def _final_reasons(self) -> tuple[str, ...]:
        version = self.latest_version({"DENIED", "APPROVED"})
        return tuple(final_codes(version.get("DeniedReasons") or [], self.redact)) if version else ()

    def lacking_for_submission(self) -> list[str]:
        """Return what the definitions require for a submission and the registration does not have, in words."""
        held = self.values(self.state().version_number)
        fields = check(self.definitions(), {}, kept=held).missing
        kinds = missing_for_submission([], self.associations(), self.supported_associations)
        return [
            *([f"an association with a resource of type {' or '.join(kinds)}"] if kinds else []),
            *([f"a value of {', '.join(fields[:10])}"] if fields else []),
        ]


def _is_since(began: float, version: Mapping[str, Any]) -> bool:
    created = (version.get("RegistrationVersionStatusHistory") or {}).get("DraftTimestamp")
    return created is not None and created.timestamp() >= began
