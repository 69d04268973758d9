"""Origination identities, as far as registrations need them: phone numbers, RCS agents, sender IDs."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

from .exceptions import ConflictException, ResourceNotFoundException, ValidationException
from .registrations import KIND, ON_APPROVAL, Registrations
from .state import Filter, Tag
from .store import Association, PhoneNumber, RcsAgent, Registration, SenderId

PHONE_NUMBER = "phone-number"
RCS_AGENT = "rcs-agent"
SENDER_ID = "sender-id"
#: Number types that stay PENDING until their registration is COMPLETE.
NEEDS_REGISTRATION = frozenset({"TOLL_FREE", "TEN_DLC"})


class Identities(Registrations):
    """Operations on phone numbers, RCS agents and sender IDs."""

    # --- phone numbers ---

    def request_phone_number(
        self,
        *,
        iso_country_code: str,
        message_type: str,
        number_capabilities: list[str],
        number_type: str,
        opt_out_list_name: str | None = None,
        pool_id: str | None = None,
        registration_id: str | None = None,
        number_preference: list[dict[str, Any]] | None = None,
        international_sending_enabled: bool = False,
        deletion_protection_enabled: bool = False,
        tags: list[Tag] | None = None,
        client_token: str | None = None,
    ) -> dict[str, Any]:
        """Lease a phone number, associated with a registration if one is named."""
        parameters = [iso_country_code, message_type, number_capabilities, number_type, registration_id, tags]
        replay = self.replayed(PHONE_NUMBER, client_token, parameters)
        if replay is not None and replay in self.store.phone_numbers:
            self.journal.mark_replayed()
            return self._requested(self.store.phone_numbers[replay])
        if number_preference is not None:
            message = "The fake chooses phone numbers itself; leave NumberPreference out"
            raise ValidationException(message, "UNSPECIFIED_PARAMETER_NOT_SUPPORTED", [("numberPreference", message)])
        checked = self.checked_tags(tags)
        self.check_quota(
            len(self.store.phone_numbers), self.behaviour.phone_numbers_per_account, "PHONE_NUMBERS_PER_ACCOUNT"
        )
        number_id = self.new_id("phone")
        number = PhoneNumber(
            phone_number_arn=self.arn(f"{PHONE_NUMBER}/{number_id}"),
            phone_number_id=number_id,
            phone_number=self._new_number(number_type),
            status="PENDING",
            iso_country_code=iso_country_code,
            message_type=message_type,
            number_capabilities=number_capabilities,
            number_type=number_type,
            created_timestamp=self.now(),
            opt_out_list_name=opt_out_list_name or "Default",
            pool_id=pool_id or None,
            international_sending_enabled=international_sending_enabled,
            deletion_protection_enabled=deletion_protection_enabled,
            pending_describes_left=self.behaviour.describes_until_number_active,
        )
        self.store.phone_numbers[number_id] = number
        if registration_id is not None:
            try:
                registration = self.registration(registration_id)
                self.associate(registration, number_id)
            except Exception:
                del self.store.phone_numbers[number_id]
                raise
        self.set_tags(number.phone_number_arn, checked)
        self.remember(PHONE_NUMBER, client_token, parameters, number_id)
        return self._requested(number)

    def describe_phone_numbers(
        self,
        *,
        phone_number_ids: list[str] | None = None,
        filters: list[Filter] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
        owner: str | None = None,
    ) -> dict[str, Any]:
        """Describe some phone numbers by id, or all. Nothing is shared between accounts here."""
        numbers = list(self.store.phone_numbers.values()) if owner != "SHARED" else []
        if phone_number_ids:
            numbers = [self._number(one) for one in dict.fromkeys(phone_number_ids)]
        for number in numbers:
            self._settle_number(number)
        matching = self.filtered(numbers, filters, _readers(PHONE_NUMBER_FILTERS))
        page, token = self.page(matching, max_results, next_token)
        return {"PhoneNumbers": page, "NextToken": token}

    def update_phone_number(
        self,
        *,
        phone_number_id: str,
        two_way_enabled: bool | None = None,
        two_way_channel_arn: str | None = None,
        two_way_channel_role: str | None = None,
        self_managed_opt_outs_enabled: bool | None = None,
        opt_out_list_name: str | None = None,
        international_sending_enabled: bool | None = None,
        deletion_protection_enabled: bool | None = None,
    ) -> PhoneNumber:
        """Change settings of a phone number."""
        number = self._number(phone_number_id)
        _update(
            number,
            two_way_enabled=two_way_enabled,
            two_way_channel_arn=two_way_channel_arn,
            two_way_channel_role=two_way_channel_role,
            self_managed_opt_outs_enabled=self_managed_opt_outs_enabled,
            opt_out_list_name=opt_out_list_name,
            international_sending_enabled=international_sending_enabled,
            deletion_protection_enabled=deletion_protection_enabled,
        )
        return number

    def release_phone_number(self, *, phone_number_id: str) -> PhoneNumber:
        """Give a phone number back, for ever; its registration loses it."""
        number = self._number(phone_number_id)
        self._check_unprotected(number.deletion_protection_enabled, PHONE_NUMBER, number.phone_number_id)
        if number.pool_id:
            raise ConflictException(
                f"The phone number is in pool {number.pool_id}",
                "PHONE_NUMBER_ASSOCIATED_TO_POOL",
                PHONE_NUMBER,
                number.phone_number_id,
            )
        self._disassociate(number.phone_number_arn)
        del self.store.phone_numbers[number.phone_number_id]
        self.store.tags.pop(number.phone_number_arn, None)
        number.status = "DELETED"
        return number

    # --- RCS agents ---

    def create_rcs_agent(
        self,
        *,
        deletion_protection_enabled: bool = False,
        opt_out_list_name: str | None = None,
        tags: list[Tag] | None = None,
        client_token: str | None = None,
    ) -> dict[str, Any]:
        """Make an RCS agent."""
        parameters = [deletion_protection_enabled, opt_out_list_name, tags]
        replay = self.replayed(RCS_AGENT, client_token, parameters)
        if replay is not None and replay in self.store.rcs_agents:
            self.journal.mark_replayed()
            agent = self.store.rcs_agents[replay]
            return {**vars(agent), "Tags": self.tag_list(agent.rcs_agent_arn)}
        checked = self.checked_tags(tags)
        self.check_quota(len(self.store.rcs_agents), self.behaviour.rcs_agents_per_account, "RCS_AGENTS_PER_ACCOUNT")
        agent_id = self.new_id("rcs")
        agent = RcsAgent(
            rcs_agent_arn=self.arn(f"{RCS_AGENT}/{agent_id}"),
            rcs_agent_id=agent_id,
            created_timestamp=self.now(),
            deletion_protection_enabled=deletion_protection_enabled,
            opt_out_list_name=opt_out_list_name or "Default",
        )
        self.store.rcs_agents[agent_id] = agent
        self.set_tags(agent.rcs_agent_arn, checked)
        self.remember(RCS_AGENT, client_token, parameters, agent_id)
        return {**vars(agent), "Tags": self.tag_list(agent.rcs_agent_arn)}

    def describe_rcs_agents(
        self,
        *,
        rcs_agent_ids: list[str] | None = None,
        owner: str | None = None,
        filters: list[Filter] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> dict[str, Any]:
        """Describe some RCS agents by id, or all. Nothing is shared between accounts here."""
        agents = list(self.store.rcs_agents.values()) if owner != "SHARED" else []
        if rcs_agent_ids:
            agents = [self._agent(one) for one in dict.fromkeys(rcs_agent_ids)]
        matching = self.filtered(agents, filters, _readers(RCS_AGENT_FILTERS))
        page, token = self.page(matching, max_results, next_token)
        described = [{**vars(agent), "TestingAgent": self._testing_agent(agent)} for agent in page]
        return {"RcsAgents": described, "NextToken": token}

    def update_rcs_agent(
        self,
        *,
        rcs_agent_id: str,
        deletion_protection_enabled: bool | None = None,
        opt_out_list_name: str | None = None,
        self_managed_opt_outs_enabled: bool | None = None,
        two_way_channel_arn: str | None = None,
        two_way_channel_role: str | None = None,
        two_way_enabled: bool | None = None,
    ) -> RcsAgent:
        """Change settings of an RCS agent."""
        agent = self._agent(rcs_agent_id)
        _update(
            agent,
            deletion_protection_enabled=deletion_protection_enabled,
            opt_out_list_name=opt_out_list_name,
            self_managed_opt_outs_enabled=self_managed_opt_outs_enabled,
            two_way_channel_arn=two_way_channel_arn,
            two_way_channel_role=two_way_channel_role,
            two_way_enabled=two_way_enabled,
        )
        return agent

    def delete_rcs_agent(self, *, rcs_agent_id: str) -> RcsAgent:
        """Delete an RCS agent that no registration uses."""
        agent = self._agent(rcs_agent_id)
        self._check_unprotected(agent.deletion_protection_enabled, RCS_AGENT, agent.rcs_agent_id)
        if self.holders(agent.rcs_agent_arn) or agent.teardown_attempts_left:
            agent.teardown_attempts_left = max(0, agent.teardown_attempts_left - 1)
            raise ConflictException(
                "A registration uses the RCS agent", "RESOURCE_NOT_EMPTY", RCS_AGENT, agent.rcs_agent_id
            )
        del self.store.rcs_agents[agent.rcs_agent_id]
        self.store.tags.pop(agent.rcs_agent_arn, None)
        agent.status = "DELETED"
        return agent

    # --- sender IDs ---

    def describe_sender_ids(
        self,
        *,
        sender_ids: list[dict[str, str]] | None = None,
        filters: list[Filter] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
        owner: str | None = None,
    ) -> dict[str, Any]:
        """Describe some sender IDs, or all. Nothing is shared between accounts here."""
        chosen = list(self.store.sender_ids.values()) if owner != "SHARED" else []
        if sender_ids:
            chosen = [self._sender_id(one["SenderId"], one["IsoCountryCode"]) for one in sender_ids]
        matching = self.filtered(chosen, filters, _readers(SENDER_ID_FILTERS))
        page, token = self.page(matching, max_results, next_token)
        return {"SenderIds": page, "NextToken": token}

    def release_sender_id(self, *, sender_id: str, iso_country_code: str) -> SenderId:
        """Give a sender ID back; its registration loses it."""
        one = self._sender_id(sender_id, iso_country_code)
        self._check_unprotected(one.deletion_protection_enabled, SENDER_ID, one.sender_id)
        self._disassociate(one.sender_id_arn)
        del self.store.sender_ids[f"{one.sender_id}/{one.iso_country_code}"]
        self.store.tags.pop(one.sender_id_arn, None)
        return one

    # --- what other parts of the backend use ---

    def provision(self, registration: Registration) -> None:
        """Make and associate what the approval of a registration brings, and activate what waited for it."""
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
        """The resource that an association names."""
        kind, resource_id = self._split(id_or_arn)
        if kind == PHONE_NUMBER:
            number = self._number(resource_id)
            return Association(
                number.phone_number_arn,
                number.phone_number_id,
                number.number_type,
                number.iso_country_code,
                number.phone_number,
            )
        if kind == RCS_AGENT:
            agent = self._agent(resource_id)
            return Association(agent.rcs_agent_arn, agent.rcs_agent_id, self.behaviour.rcs_agent_resource_type)
        if kind == KIND:
            parent = self.registration(resource_id)
            return Association(parent.registration_arn, parent.registration_id, parent.registration_type)
        raise ResourceNotFoundException(PHONE_NUMBER, id_or_arn)

    def release_associated(self, registration: Registration) -> None:
        """Free what a deleted registration was associated with."""
        for association in registration.associations:
            number = self.store.phone_numbers.get(association.resource_id)
            if number is not None:
                number.registration_id = None
            agent = self.store.rcs_agents.get(association.resource_id)
            if agent is not None:
                agent.teardown_attempts_left = self.behaviour.attempts_until_teardown
        for version in registration.versions:
            for value in version.values.values():
                attachment = self.store.attachments.get(value.registration_attachment_id or "")
                if attachment is not None:
                    attachment.teardown_attempts_left = self.behaviour.attempts_until_teardown

    def associate(self, registration: Registration, resource_id: str) -> Association:
        """Check every rule for an association, and make it."""
        association = super().associate(registration, resource_id)
        number = self.store.phone_numbers.get(association.resource_id)
        if number is not None:
            number.registration_id = registration.registration_id
        return association

    # --- private helpers ---

    def _provision_sender_id(self, registration: Registration, name: str, country: str) -> None:
        arn = self.arn(f"{SENDER_ID}/{name}/{country}")
        if arn in [one.resource_arn for one in registration.associations]:
            return
        self.store.sender_ids[f"{name}/{country}"] = SenderId(
            arn, name, country, registration.registration_id, ["TRANSACTIONAL"]
        )
        self.set_tags(arn, {})
        kind = self.behaviour.sender_id_resource_type
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

    def _number(self, id_or_arn: str) -> PhoneNumber:
        number = self.store.phone_numbers.get(self.id_of(id_or_arn, PHONE_NUMBER))
        if number is None:
            raise ResourceNotFoundException(PHONE_NUMBER, id_or_arn)
        return number

    def _agent(self, id_or_arn: str) -> RcsAgent:
        agent = self.store.rcs_agents.get(self.id_of(id_or_arn, RCS_AGENT))
        if agent is None:
            raise ResourceNotFoundException(RCS_AGENT, id_or_arn)
        return agent

    def _sender_id(self, id_or_arn: str, country: str) -> SenderId:
        name = self.id_of(id_or_arn, SENDER_ID).partition("/")[0]
        found = self.store.sender_ids.get(f"{name}/{country}")
        if found is None:
            raise ResourceNotFoundException(SENDER_ID, f"{name}/{country}")
        return found

    def _new_number(self, number_type: str) -> str:
        self.store.next_number += 1
        area = "800" if number_type == "TOLL_FREE" else "206"
        return f"+1{area}555{self.store.next_number:04d}"

    def _requested(self, number: PhoneNumber) -> dict[str, Any]:
        return {**vars(number), "Tags": self.tag_list(number.phone_number_arn)}

    def _settle_number(self, number: PhoneNumber) -> None:
        if number.status != "PENDING":
            return
        if number.number_type in NEEDS_REGISTRATION:
            registration = self.store.registrations.get(number.registration_id or "")
            if registration is None or registration.registration_status != "COMPLETE":
                return
        if number.pending_describes_left:
            number.pending_describes_left -= 1
        else:
            number.status = "ACTIVE"

    def _testing_agent(self, agent: RcsAgent) -> dict[str, str] | None:
        for registration in self.holders(agent.rcs_agent_arn):
            if registration.registration_type.startswith("TEST_"):
                status = {"CREATED": "CREATED", "COMPLETE": "ACTIVE"}.get(registration.registration_status, "PENDING")
                return {"Status": status, "RegistrationId": registration.registration_id}
        return None

    def _check_unprotected(self, is_protected: bool, kind: str, resource_id: str) -> None:
        if is_protected:
            raise ConflictException("Deletion protection is on", "DELETION_PROTECTION_ENABLED", kind, resource_id)

    def _disassociate(self, resource_arn: str) -> None:
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
            if closes and is_last and (was_approved or self.behaviour.release_closes_unapproved):
                registration.registration_status = "CLOSED"


def _update(resource: PhoneNumber | RcsAgent, **changes: object) -> None:
    for name, value in changes.items():
        if value is not None:
            setattr(resource, name, value)


PHONE_NUMBER_FILTERS = {
    "status": "status",
    "iso-country-code": "iso_country_code",
    "message-type": "message_type",
    "number-capability": "number_capabilities",
    "number-type": "number_type",
    "two-way-enabled": "two_way_enabled",
    "self-managed-opt-outs-enabled": "self_managed_opt_outs_enabled",
    "opt-out-list-name": "opt_out_list_name",
    "deletion-protection-enabled": "deletion_protection_enabled",
    "two-way-channel-arn": "two_way_channel_arn",
}
RCS_AGENT_FILTERS = {
    name: attribute
    for name, attribute in PHONE_NUMBER_FILTERS.items()
    if name not in ("iso-country-code", "message-type", "number-capability", "number-type")
}
SENDER_ID_FILTERS = {
    "sender-id": "sender_id",
    "iso-country-code": "iso_country_code",
    "message-type": "message_types",
    "deletion-protection-enabled": "deletion_protection_enabled",
    "registered": "registered",
}


def _readers(filters: dict[str, str]) -> dict[str, Callable[[Any], object]]:
    return {name: attrgetter(attribute) for name, attribute in filters.items()}
