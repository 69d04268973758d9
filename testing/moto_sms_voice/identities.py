"""Origination identities of registrations: find, associate, provision and release them."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from .exceptions import ConflictException, ResourceNotFoundException
from .registrations import KIND, ON_APPROVAL, Registrations
from .store import Association, PhoneNumber, RcsAgent, Registration, SenderId

PHONE_NUMBER = "phone-number"
RCS_AGENT = "rcs-agent"
SENDER_ID = "sender-id"
#: Filters that phone numbers and RCS agents have in common, with their attributes.
SETTING_FILTERS = {
    "status": "status",
    "two-way-enabled": "two_way_enabled",
    "self-managed-opt-outs-enabled": "self_managed_opt_outs_enabled",
    "opt-out-list-name": "opt_out_list_name",
    "deletion-protection-enabled": "deletion_protection_enabled",
    "two-way-channel-arn": "two_way_channel_arn",
}


class Identities(Registrations):
    """What phone numbers, RCS agents and sender IDs have in common."""

    def provision(self, registration: Registration) -> None:
        """Create and associate the identities that an approval provides, and activate those that waited for it."""
        is_test = registration.registration_type.startswith("TEST_")
        for association in registration.associations:
            agent = self.store.rcs_agents.get(association.resource_id)
            if agent is not None:
                agent.status = "TESTING" if is_test else "ACTIVE"
        name = registration.current_version.values.get("senderIdInfo.senderId")
        for rule in self.rules_of(registration.registration_type):
            if rule["AssociationBehavior"] == ON_APPROVAL and name is not None and name.text_value is not None:
                self._provision_sender_id(registration, name.text_value, rule["IsoCountryCode"])

    def find_associable(self, id_or_arn: str) -> Association:
        """Return the resource that an association names."""
        kind, resource_id = self._split(id_or_arn)
        if kind == PHONE_NUMBER:
            number = self.number(resource_id)
            return Association(
                number.phone_number_arn,
                number.phone_number_id,
                number.number_type,
                number.iso_country_code,
                number.phone_number,
            )
        if kind == RCS_AGENT:
            agent = self.agent(resource_id)
            return Association(agent.rcs_agent_arn, agent.rcs_agent_id, self.behavior.rcs_agent_resource_type)
        if kind == KIND:
            parent = self.registration(resource_id)
            return Association(parent.registration_arn, parent.registration_id, parent.registration_type)
        raise ResourceNotFoundException(PHONE_NUMBER, id_or_arn)

    def release_associated(self, registration: Registration) -> None:
        """Release the resources of a deleted registration."""
        for association in registration.associations:
            number = self.store.phone_numbers.get(association.resource_id)
            if number is not None:
                number.registration_id = None
            agent = self.store.rcs_agents.get(association.resource_id)
            if agent is not None:
                agent.teardown_attempts_left = self.behavior.attempts_until_teardown
        for version in registration.versions:
            for value in version.values.values():
                attachment = self.store.attachments.get(value.registration_attachment_id or "")
                if attachment is not None:
                    attachment.teardown_attempts_left = self.behavior.attempts_until_teardown

    def associate(self, registration: Registration, resource_id: str) -> Association:
        """Check every rule for an association, and create it."""
        association = super().associate(registration, resource_id)
        number = self.store.phone_numbers.get(association.resource_id)
        if number is not None:
            number.registration_id = registration.registration_id
        return association

    def number(self, id_or_arn: str) -> PhoneNumber:
        """A phone number.

        Raises:
            ResourceNotFoundException: It does not exist, or it was released.
        """
        number = self.store.phone_numbers.get(self.id_of(id_or_arn, PHONE_NUMBER))
        if number is None:
            raise ResourceNotFoundException(PHONE_NUMBER, id_or_arn)
        return number

    def agent(self, id_or_arn: str) -> RcsAgent:
        """An RCS agent.

        Raises:
            ResourceNotFoundException: It does not exist, or it is deleted.
        """
        agent = self.store.rcs_agents.get(self.id_of(id_or_arn, RCS_AGENT))
        if agent is None:
            raise ResourceNotFoundException(RCS_AGENT, id_or_arn)
        return agent

    def sender_id(self, id_or_arn: str, country: str) -> SenderId:
        """A sender ID of a country.

        Raises:
            ResourceNotFoundException: It does not exist, or it was released.
        """
        name = self.id_of(id_or_arn, SENDER_ID).partition("/")[0]
        found = self.store.sender_ids.get(f"{name}/{country}")
        if found is None:
            raise ResourceNotFoundException(SENDER_ID, f"{name}/{country}")
        return found

    def check_unprotected(self, is_protected: bool, kind: str, resource_id: str) -> None:
        """Refuse to delete or release a protected resource.

        Raises:
            ConflictException: Deletion protection is on.
        """
        if is_protected:
            raise ConflictException("Deletion protection is on", "DELETION_PROTECTION_ENABLED", kind, resource_id)

    def disassociate(self, resource_arn: str) -> None:
        """Remove a resource from its registrations, which can close them.

        Raises:
            ConflictException: The registration is under review.
        """
        for registration in self.holders(resource_arn):
            if registration.is_under_review:
                raise ConflictException(
                    f"Registration {registration.registration_id} is under review",
                    "DISASSOCIATE_REGISTRATION_NOT_ALLOWED",
                    KIND,
                    registration.registration_id,
                )
            lost = next(one for one in registration.associations if one.resource_arn == resource_arn)
            registration.associations.remove(lost)
            rules = self.rules_of(registration.registration_type)
            closes = any(
                rule["ResourceType"] == lost.resource_type
                and rule["DisassociationBehavior"] == "DISASSOCIATE_ALL_CLOSES_REGISTRATION"
                for rule in rules
            )
            is_last = all(one.resource_type != lost.resource_type for one in registration.associations)
            was_approved = registration.approved_version_number is not None
            if closes and is_last and (was_approved or self.behavior.release_closes_unapproved):
                registration.registration_status = "CLOSED"

    # --- private helpers ---

    def _provision_sender_id(self, registration: Registration, name: str, country: str) -> None:
        arn = self.arn(f"{SENDER_ID}/{name}/{country}")
        if arn in [one.resource_arn for one in registration.associations]:
            return
        self.store.sender_ids[f"{name}/{country}"] = SenderId(
            arn, name, country, registration.registration_id, ["TRANSACTIONAL"]
        )
        self.set_tags(arn, {})
        kind = self.behavior.sender_id_resource_type
        registration.associations.append(Association(arn, name, kind, country))

    def _split(self, id_or_arn: str) -> tuple[str, str]:
        if not id_or_arn.startswith("arn:"):
            prefix = id_or_arn.partition("-")[0]
            kinds = {"phone": PHONE_NUMBER, "rcs": RCS_AGENT, "registration": KIND}
            return kinds.get(prefix, prefix), id_or_arn
        kind = id_or_arn.split(":")[-1].partition("/")[0]
        if kind == PHONE_NUMBER and id_or_arn.split(":")[3] != self.region_name:
            raise ConflictException(
                f"The phone number is not in {self.region_name}",
                "PHONE_NUMBER_NOT_IN_REGISTRATION_REGION",
                PHONE_NUMBER,
                id_or_arn,
            )
        return kind, id_or_arn


def update_settings(resource: PhoneNumber | RcsAgent, **changes: object) -> None:
    """Write the settings of a request; None means that a setting is not in it."""
    for name, value in changes.items():
        if value is not None:
            setattr(resource, name, value)


def attribute_readers(filters: dict[str, str]) -> dict[str, Callable[[Any], object]]:
    """Return a function for each filter that reads its attribute."""
    return {name: attrgetter(attribute) for name, attribute in filters.items()}
