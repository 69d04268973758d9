"""The properties of a registration's event, valid and not."""

from typing import Any

import pytest

from sms_registration_handler.errors import Failure
from sms_registration_handler.registration.properties import RegistrationRequest

ID = "registration-30a16a8b7cec478a8e37febbb9005348"
VALID = {"RegistrationType": "US_TOLL_FREE_REGISTRATION"}


def test_valid_properties() -> None:
    assert RegistrationRequest.parse(VALID) == RegistrationRequest("US_TOLL_FREE_REGISTRATION", {}, None, False)
    full = {**VALID, "ExistingRegistrationId": ID, "TakeOver": "true", "Tags": [{"Key": "team", "Value": "growth"}]}
    expected = RegistrationRequest("US_TOLL_FREE_REGISTRATION", {"team": "growth"}, ID, True)
    assert RegistrationRequest.parse(full) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("RegistrationType", None),
        ("RegistrationType", ""),
        ("RegistrationType", "US TOLL FREE"),
        ("RegistrationType", "A" * 65),
        ("RegistrationType", ["US_TOLL_FREE_REGISTRATION"]),
        ("ExistingRegistrationId", ""),
        ("ExistingRegistrationId", "phone-1"),
        ("ExistingRegistrationId", {"Ref": "Other"}),
        ("ExistingRegistrationId", f"arn:aws:sms-voice:us-east-1:123456789012:registration/{ID}"),
    ],
)
def test_invalid_property_is_named(name: str, value: Any) -> None:
    with pytest.raises(Failure, match=f"^invalid properties: {name}: expected "):
        RegistrationRequest.parse({**VALID, name: value})


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(Failure) as raised:
        RegistrationRequest.parse({"RegistrationType": "", "ExistingRegistrationId": "x", "TakeOver": "maybe"})
    assert [name in str(raised.value) for name in ("RegistrationType", "ExistingRegistrationId", "TakeOver")] == [
        True
    ] * 3
