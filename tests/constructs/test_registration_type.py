import dataclasses

import aws_cdk as cdk
import pytest

from cdk_sms_registration import RegistrationType

CONSTANTS = {name: value for name, value in vars(RegistrationType).items() if isinstance(value, RegistrationType)}


def test_constants_have_the_names_of_the_service():
    assert "US_TOLL_FREE_REGISTRATION" in CONSTANTS
    assert {name: constant.name for name, constant in CONSTANTS.items()} == {name: name for name in CONSTANTS}
    assert set(CONSTANTS) == {
        name for name, kind in RegistrationType.__annotations__.items() if kind == "ClassVar[RegistrationType]"
    }


def test_of_accepts_any_name():
    kind = RegistrationType.of("XX_SHORT_CODE_REGISTRATION_2031")

    assert kind.name == str(kind) == "XX_SHORT_CODE_REGISTRATION_2031"


def test_equal_by_name():
    assert RegistrationType.of("US_TOLL_FREE_REGISTRATION") == RegistrationType.US_TOLL_FREE_REGISTRATION
    assert len({RegistrationType.of("A"), RegistrationType.of("A")}) == 1


def test_is_immutable():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RegistrationType.US_TOLL_FREE_REGISTRATION.name = "OTHER"


def test_may_be_a_token():
    token = cdk.Fn.import_value("registration-type")

    assert RegistrationType.of(token).name == token


@pytest.mark.parametrize("name", ["", "US-TOLL-FREE", "ÜS_TOLL_FREE", "A" * 65, "{{resolve:ssm:kind}}", None])
def test_refusal(name):
    with pytest.raises(ValueError, match=r"^RegistrationType: name: "):
        RegistrationType.of(name)
