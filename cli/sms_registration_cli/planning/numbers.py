"""Phone numbers that forms name: whether they exist, and whether another registration has them."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sms_registration_cli.errors import CommandError
from sms_registration_cli.planning.assembly import Reference, Unknown
from sms_registration_rules.planning import refusals

if TYPE_CHECKING:
    from sms_registration_cli.paced import Service


class Numbers:
    """The account's phone numbers in one Region, read when a form names one (DescribePhoneNumbers).

    Args:
        service: The service.

    Attributes:
        notes: What could not be read.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self.notes: list[str] = []

    def refusal(
        self, declared: Sequence[Reference | str | Unknown], resolved: Sequence[str], registration_id: str
    ) -> str | None:
        """Why the function will refuse the associations of a form; None if it will not, as far as is known.

        Args:
            declared: What the form declares to be associated with.
            resolved: The ID of each, or a made-up one of what does not exist yet.
            registration_id: Of the form; empty if it does not exist yet.
        """
        for target, resource in zip(declared, resolved, strict=True):
            phone_id = resource.rpartition("/")[2]
            if isinstance(target, Unknown) or not phone_id.startswith("phone-") or self._known is None:
                continue
            number = self._known.get(phone_id)
            if number is None and target == phone_id:  # an ARN may be of a number that another account shares
                return (
                    f"phone number {phone_id} does not exist in {self._service.region} in this account; check the associations "
                    "and the Region of the stack"
                )
            holder = (number or {}).get("RegistrationId")
            if number and holder and holder != registration_id:
                return refusals.associated_elsewhere(str(number.get("PhoneNumber", phone_id)), phone_id, holder)
        return None

    @functools.cached_property
    def _known(self) -> Mapping[str, Mapping[str, Any]] | None:
        try:
            return {
                str(each["PhoneNumberId"]): each for each in self._service.pages("DescribePhoneNumbers", "PhoneNumbers")
            }
        except CommandError as error:
            self.notes.append(f"the phone numbers in associations were not looked up: {error}")
            return None
