"""Phone numbers that a form declares as associations."""

from collections.abc import Sequence

from sms_registration_handler.aws.sms_voice import Service
from sms_registration_handler.errors import Failure
from sms_registration_handler.form.described import FormDescription
from sms_registration_rules.associations import is_associated


def require_not_associated_elsewhere(service: Service, form: FormDescription, associations: Sequence[str]) -> None:
    """Refuse phone numbers that are associated with another registration: no API call moves a number.

    Args:
        service: The service.
        form: The described form of the registration that is being associated.
        associations: The declared associations, as IDs or ARNs.

    Raises:
        Failure: Naming the number and the other registration.
    """
    for resource in associations:
        phone_id = resource.rpartition("/")[2]
        if not phone_id.startswith("phone-") or is_associated(resource, form.associations()):
            continue
        found = service.call("DescribePhoneNumbers", subject=resource, PhoneNumberIds=[phone_id])
        for number in found.get("PhoneNumbers", []):
            holder = number.get("RegistrationId")
            if holder and holder != form.registration_id:
                raise Failure(
                    f"phone number {number.get('PhoneNumber', phone_id)} ({phone_id}) is associated with {holder}, "
                    "and a number cannot be moved between registrations. Was the construct renamed or moved? To "
                    "keep the number and its "
                    "registration, give the construct its former ID again, or declare "
                    f'existing_registration_id="{holder}" with '
                    "take_over=True. Otherwise use another number. The last resort is to release this one, which "
                    "cannot be undone"
                )
