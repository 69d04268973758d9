"""What the service says of one registration's form, read when it is needed and kept until it changes."""

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sms_registration_handler.aws.identifiers import is_registration_id
from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS, Service, ServiceError
from sms_registration_handler.errors import Failure
from sms_registration_handler.form import planner
from sms_registration_handler.form.plan import Plan
from sms_registration_handler.form.planner import DISCARDED, DRAFT, DeclaredForm, DescribedForm
from sms_registration_handler.resource import owner_tags
from sms_registration_rules.associations import AFTER_COMPLETE, behavior_of, is_associated
from sms_registration_rules.values import RegistrationAttachmentId, TypedValue, described_value, is_same

_MOST = 100
"""MaxResults: one call instead of several, at one call a second."""

_IDS_PER_CALL = 5

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class State:
    """The two statuses, which move independently."""

    registration_id: str
    registration_status: str
    version_number: int
    version_status: str


class FormDescription:
    """Reads and remembers.

    Args:
        service: The service.
        registration: The registration as just described; `forget` makes it be read again.
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
        self._hashes: dict[str, str] = {}

    def recognize(self, declared: Mapping[str, TypedValue]) -> None:
        """From now on, describe a declared file wherever a version holds another attachment with the same bytes.

        A stack that takes up a registration uploads its files anew: the form has not changed, and need not be reviewed again.
        """
        self._declared_files = {
            path: value for path, value in declared.items() if isinstance(value, RegistrationAttachmentId)
        }

    def forget(self) -> None:
        """Read everything that changes again, when it is asked for."""
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
                MaxResults=_MOST,
            )
        )

    def definitions(self) -> list[dict[str, Any]]:
        """The live definitions of the type's fields; all pages."""
        return self._definitions

    @functools.cached_property
    def supported_associations(self) -> list[Mapping[str, Any]]:
        """What registrations of the type are associated with, and when."""
        found = self._service.call("DescribeRegistrationTypeDefinitions", RegistrationTypes=[self.registration_type])
        definitions = found.get("RegistrationTypeDefinitions") or [{}]
        return list(definitions[0].get("SupportedAssociations") or [])

    # --- what changes ---

    def registration(self) -> Mapping[str, Any]:
        """DescribeRegistrations."""
        if self._registration is None:
            self._registration = self._service.find(self.registration_id)
            if self._registration is None:
                raise Failure(f"registration {self.registration_id} was deleted meanwhile")
        return self._registration

    def versions(self) -> list[Mapping[str, Any]]:
        """DescribeRegistrationVersions, the current one last."""
        if self._versions is None:
            pages = self._service.pages(
                "DescribeRegistrationVersions",
                "RegistrationVersions",
                subject=self.registration_id,
                RegistrationId=self.registration_id,
                MaxResults=_MOST,
            )
            self._versions = sorted(pages, key=lambda each: int(each["VersionNumber"]))
        return self._versions

    def current_version(self) -> Mapping[str, Any]:
        """The version that is worked on."""
        return self.versions()[-1]

    def state(self) -> State:
        """Both statuses."""
        current = self.current_version()
        return State(
            self.registration_id,
            str(self.registration()["RegistrationStatus"]),
            int(current["VersionNumber"]),
            str(current["RegistrationVersionStatus"]),
        )

    def associations(self) -> list[Mapping[str, Any]]:
        """ListRegistrationAssociations."""
        if self._associations is None:
            self._associations = list(
                self._service.pages(
                    "ListRegistrationAssociations",
                    "RegistrationAssociations",
                    subject=self.registration_id,
                    RegistrationId=self.registration_id,
                    MaxResults=_MOST,
                )
            )
        return self._associations

    def values(self, version_number: int) -> dict[str, TypedValue]:
        """The values of a version by field path."""
        values = {str(each["FieldPath"]): described_value(each) for each in self._described_values(version_number)}
        return {path: self._recognized(path, value) for path, value in values.items() if value is not None}

    def _recognized(self, path: str, held: TypedValue) -> TypedValue:
        declared = self._declared_files.get(path)
        if declared is None or not isinstance(held, RegistrationAttachmentId) or is_same(held, declared):
            return held
        content = self._content_hash(held)
        return declared if content and content == self._content_hash(declared) else held

    def _content_hash(self, file: RegistrationAttachmentId) -> str:
        """What the tag of an attachment says of its bytes; empty for a file that was uploaded by somebody else."""
        (attachment_id,) = file.content
        if attachment_id not in self._hashes:
            own_arn = str(self.registration()["RegistrationArn"])
            arn = f"{own_arn.partition(':registration/')[0]}:registration-attachment/{attachment_id}"
            self._hashes[attachment_id] = self._service.tags(arn).get(owner_tags.CONTENT, "")
        return self._hashes[attachment_id]

    def described(self, associations: Sequence[str]) -> DescribedForm:
        """The input of a plan, for these declared associations."""
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
        )

    def planned(self, form: DeclaredForm) -> tuple[DescribedForm, Plan]:
        """Plan the declared form, from what is described now."""
        return self._reading(self.described(form.associations), functools.partial(planner.make, form))

    def kept_values(self, declared_paths: Collection[str]) -> Mapping[str, TypedValue]:
        """The values that stay although they are not declared, when undeclared values are kept."""
        _, kept = self._reading(self.described(()), lambda described: planner.kept_values(described, declared_paths))
        return kept

    def _reading(
        self, described: DescribedForm, use: Callable[[DescribedForm], ResultT]
    ) -> tuple[DescribedForm, ResultT]:
        """Call a pure function, and again after reading the values that it depends on."""
        while True:
            try:
                return described, use(described)
            except planner.ValuesNotRead as missing:
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
                    MaxResults=_MOST,
                )
            )
        return self._values[version_number]

    def _incomplete_parents(self, associations: Sequence[str]) -> frozenset[str]:
        """Those of the declared associations that are registrations which are not COMPLETE."""
        parents = {
            each: each.rpartition("/")[2] for each in associations if is_registration_id(each.rpartition("/")[2])
        }
        statuses: dict[str, str] = {}
        wanted = sorted(set(parents.values()))
        for start in range(0, len(wanted), _IDS_PER_CALL):
            found = self._registrations(wanted[start : start + _IDS_PER_CALL])
            statuses |= {each["RegistrationId"]: each["RegistrationStatus"] for each in found}
        return frozenset(each for each, parent in parents.items() if statuses.get(parent) != "COMPLETE")

    def _registrations(self, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """DescribeRegistrations; once more if one is not found, which may only be too young to be seen."""
        for is_last in (False, True):
            try:
                answer = self._service.call("DescribeRegistrations", RegistrationIds=list(ids), subject=", ".join(ids))
            except ServiceError as error:
                if is_last or error.code != "ResourceNotFoundException":
                    raise
                self._service.pause(VISIBLE_AFTER_SECONDS)
            else:
                break
        return list(answer["Registrations"])

    # --- questions ---

    def require_free(self, associations: Sequence[str]) -> None:
        """Refuse phone numbers that another registration has: there is no call that moves a number.

        Raises:
            Failure: Naming the number and the registration that has it.
        """
        for resource in associations:
            phone_id = resource.rpartition("/")[2]
            if not phone_id.startswith("phone-") or is_associated(resource, self.associations()):
                continue
            found = self._service.call("DescribePhoneNumbers", subject=resource, PhoneNumberIds=[phone_id])
            for number in found.get("PhoneNumbers", []):
                holder = number.get("RegistrationId")
                if holder and holder != self.registration_id:
                    raise Failure(
                        f"phone number {number.get('PhoneNumber', phone_id)} ({phone_id}) is associated with {holder}, and "
                        "a number cannot move between registrations. Use another number, or release this one, which gives it "
                        "up for good"
                    )

    def last_submitted_or_current(self) -> int:
        """The number after which a version is to be filed: that of the current version, unless it is still a draft."""
        current = self.current_version()
        number = int(current["VersionNumber"])
        return number - 1 if current["RegistrationVersionStatus"] == DRAFT else number

    def waits_for_associations_only(self, declared: Sequence[str]) -> bool:
        """Whether the version is approved, and a declared resource can be associated now that the registration is COMPLETE."""
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
        """Whether a version with a greater number was submitted, whatever became of it."""
        return any(
            int(each["VersionNumber"]) > number
            and (
                "SubmittedTimestamp" in (each.get("RegistrationVersionStatusHistory") or {})
                or each["RegistrationVersionStatus"] not in (DRAFT, DISCARDED)
            )
            for each in self.versions()
        )

    def denial(self) -> str:
        """Why the current version was denied, in the service's words, to be appended to a message; else empty."""
        current = self.current_version()
        if current["RegistrationVersionStatus"] != "DENIED":
            return ""
        reasons = [
            ": ".join(filter(None, (each.get("Reason"), each.get("ShortDescription") or each.get("LongDescription"))))
            for each in current.get("DeniedReasons") or []
        ]
        fields = [
            f"{each['FieldPath']}: {'; '.join(filter(None, (each.get('DeniedReason'), each.get('Feedback'))))}"
            for each in self._described_values(int(current["VersionNumber"]))
            if each.get("DeniedReason") or each.get("Feedback")
        ]
        return f". Version {current['VersionNumber']} was denied: {'; '.join([*reasons, *fields]) or 'no reason was given'}"
