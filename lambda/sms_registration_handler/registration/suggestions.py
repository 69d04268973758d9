"""What the service offers instead of a name that it does not know."""

import difflib

from sms_registration_handler.aws.sms_voice import Service
from sms_registration_handler.errors import Failure

_MOST = 5


def unknown_type_message(service: Service, registration_type: str) -> str | None:
    """Explain that a registration type does not exist in this Region, with the closest that do; None when it does exist.

    Names drift, so the list is the live one (DescribeRegistrationTypeDefinitions).
    """
    try:
        offered = sorted(
            each["RegistrationType"]
            for each in service.pages("DescribeRegistrationTypeDefinitions", "RegistrationTypeDefinitions")
        )
    except Failure:
        return None
    if not offered or registration_type in offered:
        return None
    closest = difflib.get_close_matches(registration_type.upper(), offered, n=_MOST, cutoff=0.4)
    return (
        f"the registration type {registration_type} does not exist in this Region. Closest: {', '.join(closest)}"
        if closest
        else f"the registration type {registration_type} does not exist in this Region, and nothing like it. This Region has: "
        f"{', '.join(offered)}"
    )
