"""Phone numbers, to the extent that registrations need them."""

from __future__ import annotations

from typing import Any

from .exceptions import ConflictException, ValidationException
from .identities import PHONE_NUMBER, SETTING_FILTERS, Identities, attribute_readers, update_settings
from .state import Filter, Tag
from .store import PhoneNumber

#: Number types that stay PENDING until their registration is COMPLETE.
NEEDS_REGISTRATION = frozenset({"TOLL_FREE", "TEN_DLC"})
PHONE_NUMBER_FILTERS = {
    **SETTING_FILTERS,
    "iso-country-code": "iso_country_code",
    "message-type": "message_type",
    "number-capability": "number_capabilities",
    "number-type": "number_type",
}


class PhoneNumbers(Identities):
    """Operations on phone numbers."""

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
            message = "The fake chooses phone numbers itself; omit NumberPreference"
            raise ValidationException(message, "UNSPECIFIED_PARAMETER_NOT_SUPPORTED", [("numberPreference", message)])
        checked = self.checked_tags(tags)
        self.check_quota(
            len(self.store.phone_numbers), self.behavior.phone_numbers_per_account, "PHONE_NUMBERS_PER_ACCOUNT"
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
            pending_describes_left=self.behavior.describes_until_number_active,
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
        """Describe some phone numbers by ID, or all. The fake shares nothing between accounts."""
        numbers = list(self.store.phone_numbers.values()) if owner != "SHARED" else []
        if phone_number_ids:
            numbers = [self.number(one) for one in dict.fromkeys(phone_number_ids)]
        for number in numbers:
            self._settle_number(number)
        matching = self.filtered(numbers, filters, attribute_readers(PHONE_NUMBER_FILTERS))
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
        number = self.number(phone_number_id)
        update_settings(
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
        """Release a phone number permanently; its registration loses it."""
        number = self.number(phone_number_id)
        self.check_unprotected(number.deletion_protection_enabled, PHONE_NUMBER, number.phone_number_id)
        if number.pool_id:
            raise ConflictException(
                f"The phone number is in pool {number.pool_id}",
                "PHONE_NUMBER_ASSOCIATED_TO_POOL",
                PHONE_NUMBER,
                number.phone_number_id,
            )
        self.disassociate(number.phone_number_arn)
        del self.store.phone_numbers[number.phone_number_id]
        self.store.tags.pop(number.phone_number_arn, None)
        number.status = "DELETED"
        return number

    # --- private helpers ---

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
