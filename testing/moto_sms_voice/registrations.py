"""Registrations: create, describe, delete and associate them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from .exceptions import ConflictException, ResourceNotFoundException, ValidationException
from .state import Filter, ServiceState, Tag
from .store import Association, Registration, StatusHistory, Version

KIND = "registration"
BEFORE_SUBMIT = "ASSOCIATE_BEFORE_SUBMIT"
AFTER_COMPLETE = "ASSOCIATE_AFTER_COMPLETE"
ON_APPROVAL = "ASSOCIATE_ON_APPROVAL"


class Registrations(ServiceState):
    """Operations on registrations as a whole."""

    def registration(self, id_or_arn: str) -> Registration:
        """Return a registration that is not deleted.

        Raises:
            ResourceNotFoundException: It does not exist, or it is deleted.
        """
        registration = self.store.registrations.get(self.id_of(id_or_arn, KIND))
        if registration is None or registration.is_deleted:
            raise ResourceNotFoundException(KIND, id_or_arn)
        return registration

    def live_registrations(self) -> list[Registration]:
        """Every registration that is not deleted, oldest first."""
        return [one for one in self.store.registrations.values() if not one.is_deleted]

    def create_registration(
        self, *, registration_type: str, tags: list[Tag] | None = None, client_token: str | None = None
    ) -> dict[str, Any]:
        """Create an empty registration with a first draft."""
        parameters = [registration_type, sorted((tag["Key"], tag["Value"]) for tag in tags or ())]
        replay = self.replayed(KIND, client_token, parameters)
        known = self.store.registrations[replay] if replay is not None else None
        if known is not None and (not known.is_deleted or self.behavior.client_token_survives_deletion):
            self.journal.mark_replayed()
            return self._created_registration(known)
        self.definitions[registration_type]
        checked = self.checked_tags(tags)
        self.check_quota(
            len(self.live_registrations()), self.behavior.registrations_per_account, "REGISTRATIONS_PER_ACCOUNT"
        )
        registration_id = self.new_id(KIND)
        now = self.now()
        registration = Registration(
            registration_arn=self.arn(f"{KIND}/{registration_id}"),
            registration_id=registration_id,
            registration_type=registration_type,
            created_timestamp=now,
            versions=[Version(1, StatusHistory(draft_timestamp=now))],
            additional_attributes=dict(self.behavior.additional_attributes) or None,
            hidden_describes_left=self.behavior.describes_until_visible,
        )
        self.store.registrations[registration_id] = registration
        self.set_tags(registration.registration_arn, checked)
        self.remember(KIND, client_token, parameters, registration_id)
        return self._created_registration(registration)

    def describe_registrations(
        self,
        *,
        registration_ids: list[str] | None = None,
        filters: list[Filter] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> dict[str, Any]:
        """Describe some registrations by ID, or all."""
        if registration_ids:
            chosen = [self._described(one) for one in dict.fromkeys(registration_ids)]
        else:
            chosen = [one for one in self.live_registrations() if self._is_visible(one)]
        matching = self.filtered(
            chosen,
            filters,
            {
                "registration-type": lambda one: one.registration_type,
                "registration-status": lambda one: one.registration_status,
            },
        )
        for one in matching:
            self.settle_denial(one)
        page, token = self.page(matching, max_results, next_token)
        return {"Registrations": page, "NextToken": token}

    def delete_registration(self, *, registration_id: str) -> Registration:
        """Delete a registration that is not under review and has no associations that block it."""
        registration = self.registration(registration_id)
        if registration.is_under_review or (
            registration.registration_status not in self.behavior.registration_statuses_deletable
        ):
            raise ConflictException(
                f"A registration in status {registration.registration_status} with version status "
                f"{registration.current_version.registration_version_status} can't be deleted",
                "RESOURCE_DELETION_NOT_ALLOWED",
                KIND,
                registration.registration_id,
            )
        self._check_empty(registration)
        self.release_associated(registration)
        registration.registration_status = "DELETED"
        registration.deleted_describes_left = self.behavior.describes_until_deleted_gone
        self.store.tags.pop(registration.registration_arn, None)
        return registration

    def create_registration_association(self, *, registration_id: str, resource_id: str) -> dict[str, Any]:
        """Associate a phone number, an RCS agent or another registration."""
        registration = self.registration(registration_id)
        association = self.associate(registration, resource_id)
        return {**vars(association), **self.head(registration)}

    def list_registration_associations(
        self,
        *,
        registration_id: str,
        filters: list[Filter] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> dict[str, Any]:
        """List the associations of a registration."""
        registration = self.registration(registration_id)
        matching = self.filtered(
            registration.associations,
            filters,
            {
                "resource-type": lambda one: one.resource_type,
                "iso-country-code": lambda one: one.iso_country_code,
            },
        )
        page, token = self.page(matching, max_results, next_token)
        return {**self.head(registration), "RegistrationAssociations": page, "NextToken": token}

    # --- what other parts of the backend use ---

    def head(self, registration: Registration) -> dict[str, Any]:
        """The members of most responses that describe the registration."""
        return {
            "RegistrationArn": registration.registration_arn,
            "RegistrationId": registration.registration_id,
            "RegistrationType": registration.registration_type,
        }

    @abstractmethod
    def settle_denial(self, registration: Registration) -> None:
        """Count a read toward an automatic denial, and deny the version when it is due."""

    @abstractmethod
    def find_associable(self, id_or_arn: str) -> Association:
        """Return the resource that an association names."""

    @abstractmethod
    def release_associated(self, registration: Registration) -> None:
        """Release the resources of a deleted registration."""

    def associate(self, registration: Registration, resource_id: str) -> Association:
        """Check every rule for an association, and create it."""
        association = self.find_associable(resource_id)
        arns = [one.resource_arn for one in registration.associations]
        if association.resource_arn in arns:
            if self.behavior.repeated_association == "accepted":
                return association
            raise self._conflict(
                "The resource is associated with this registration already", "RESOURCE_ALREADY_ASSOCIATED", association
            )
        rule = self._association_rule(registration, association)
        self._check_association_time(registration, rule["AssociationBehavior"])
        self._check_partner(registration, association)
        self.check_quota(len(arns), self.behavior.associations_per_registration, "ASSOCIATIONS_PER_REGISTRATION")
        if association.phone_number is not None:
            numbers = sum(one.phone_number is not None for one in registration.associations)
            self.check_quota(numbers, self.behavior.phone_numbers_per_registration, "PHONE_NUMBERS_PER_REGISTRATION")
        registration.associations.append(association)
        return association

    def missing_associations(self, registration: Registration) -> list[str]:
        """Return the resource types that must be associated before the submission but are not."""
        present = {one.resource_type for one in registration.associations}
        return [
            rule["ResourceType"]
            for rule in self.rules_of(registration.registration_type)
            if rule["AssociationBehavior"] == BEFORE_SUBMIT and rule["ResourceType"] not in present
        ]

    def holders(self, resource_arn: str) -> list[Registration]:
        """Return the live registrations that a resource is associated with."""
        return [
            one
            for one in self.live_registrations()
            if any(association.resource_arn == resource_arn for association in one.associations)
        ]

    # --- private helpers ---

    def _created_registration(self, registration: Registration) -> dict[str, Any]:
        return {
            **self.head(registration),
            "RegistrationStatus": registration.registration_status,
            "CurrentVersionNumber": registration.current_version_number,
            "AdditionalAttributes": registration.additional_attributes,
            "CreatedTimestamp": registration.created_timestamp,
            "Tags": self.tag_list(registration.registration_arn),
        }

    def _is_visible(self, registration: Registration) -> bool:
        if registration.hidden_describes_left:
            registration.hidden_describes_left -= 1
            return False
        return True

    def _described(self, id_or_arn: str) -> Registration:
        registration = self.store.registrations.get(self.id_of(id_or_arn, KIND))
        if registration is None or not self._is_visible(registration):
            raise ResourceNotFoundException(KIND, id_or_arn)
        if registration.is_deleted and registration.deleted_describes_left is not None:
            if not registration.deleted_describes_left:
                raise ResourceNotFoundException(KIND, id_or_arn)
            registration.deleted_describes_left -= 1
        return registration

    def _check_empty(self, registration: Registration) -> None:
        holds = [
            one.resource_id
            for one in registration.associations
            if self._association_rule(registration, one)["DisassociationBehavior"]
            != "DELETE_REGISTRATION_DISASSOCIATES"
        ]
        holds += [one.registration_id for one in self.holders(registration.registration_arn)]
        if holds:
            raise ConflictException(
                f"Resources are associated with the registration: {', '.join(holds)}",
                "RESOURCE_NOT_EMPTY",
                KIND,
                registration.registration_id,
            )

    def _association_rule(self, registration: Registration, association: Association) -> dict[str, Any]:
        for rule in self.rules_of(registration.registration_type):
            country = rule.get("IsoCountryCode")
            if rule["ResourceType"] == association.resource_type and (
                country is None or association.iso_country_code in (None, country)
            ):
                return rule
        message = f"{registration.registration_type} can't be associated with {association.resource_type}"
        raise ValidationException(message, "INVALID_REGISTRATION_ASSOCIATION", [("resourceId", message)])

    def _check_association_time(self, registration: Registration, behavior: str) -> None:
        if behavior == ON_APPROVAL:
            message = f"{registration.registration_type} is associated by the service on approval"
            raise ValidationException(message, "INVALID_REGISTRATION_ASSOCIATION", [("resourceId", message)])
        if behavior == AFTER_COMPLETE and registration.registration_status != "COMPLETE":
            raise ConflictException(
                f"The registration is {registration.registration_status}, not COMPLETE",
                "REGISTRATION_NOT_COMPLETE",
                KIND,
                registration.registration_id,
            )
        if behavior == BEFORE_SUBMIT and registration.current_version.registration_version_status != "DRAFT":
            raise ConflictException(
                "Resources can be associated only while the current version is a draft",
                "RESOURCE_MODIFICATION_NOT_ALLOWED",
                KIND,
                registration.registration_id,
            )

    def _check_partner(self, registration: Registration, association: Association) -> None:
        others = self.holders(association.resource_arn)
        if association.phone_number is not None and others:
            raise self._conflict(
                f"The phone number is associated with {others[0].registration_id}",
                "PHONE_NUMBER_ASSOCIATED_TO_REGISTRATION",
                association,
            )
        if association.resource_type == self.behavior.rcs_agent_resource_type and any(
            one.registration_type == registration.registration_type for one in others
        ):
            raise self._conflict(
                f"The RCS agent is associated with a {registration.registration_type} already",
                "RCS_AGENT_ALREADY_ASSOCIATED_TO_REGISTRATION_TYPE",
                association,
            )
        parent = self.store.registrations.get(association.resource_id)
        if (
            parent is not None
            and parent.registration_status != "COMPLETE"
            and self.behavior.incomplete_parent == "associate"
        ):
            raise self._conflict(
                f"The registration {parent.registration_id} is {parent.registration_status}, not COMPLETE",
                "REGISTRATION_NOT_COMPLETE",
                association,
            )

    def _conflict(self, message: str, reason: str, association: Association) -> ConflictException:
        kind = association.resource_arn.split(":")[-1].partition("/")[0]
        return ConflictException(message, reason, kind, association.resource_id)
