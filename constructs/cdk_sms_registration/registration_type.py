"""The type of a registration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cdk_sms_registration.checks import refuse, registration_type_problems


@dataclass(frozen=True)
class RegistrationType:
    """The type of a registration, such as that of a US toll-free number.

    The constants are names that AWS has published; they are a convenience, not a limit. The service adds and renames types,
    and offers each in some Regions only. ``aws pinpoint-sms-voice-v2 describe-registration-type-definitions`` lists those
    that an account can use. For any other name use ``RegistrationType.of("...")`` or a plain ``str``.

    Args:
        name: The service's name of the type: 1 to 64 letters, digits and underscores. May be a token.

    Raises:
        ValueError: The name is malformed.
    """

    name: str

    US_TOLL_FREE_REGISTRATION: ClassVar[RegistrationType]
    """A toll-free number of the United States, Canada and Puerto Rico."""
    US_TEN_DLC_BRAND_REGISTRATION: ClassVar[RegistrationType]
    """The company that sends over 10DLC numbers."""
    US_TEN_DLC_BRAND_VETTING: ClassVar[RegistrationType]
    """The vetting of a 10DLC brand, which costs a fee that is not refunded."""
    US_TEN_DLC_CAMPAIGN_REGISTRATION: ClassVar[RegistrationType]
    """What is sent over 10DLC numbers. It belongs to a brand."""
    TEST_RCS_LAUNCH_REGISTRATION: ClassVar[RegistrationType]
    """An RCS agent for testing."""
    US_RCS_LAUNCH_REGISTRATION: ClassVar[RegistrationType]
    """An RCS agent in the United States."""
    CA_RCS_LAUNCH_REGISTRATION: ClassVar[RegistrationType]
    """An RCS agent in Canada."""
    GB_RCS_LAUNCH_REGISTRATION: ClassVar[RegistrationType]
    """An RCS agent in the United Kingdom."""
    DE_RCS_LAUNCH_REGISTRATION: ClassVar[RegistrationType]
    """An RCS agent in Germany."""
    AT_RCS_LAUNCH_REGISTRATION: ClassVar[RegistrationType]
    """An RCS agent in Austria."""
    NL_RCS_LAUNCH_REGISTRATION: ClassVar[RegistrationType]
    """An RCS agent in the Netherlands."""
    ID_SENDER_ID_REGISTRATION: ClassVar[RegistrationType]
    """A sender ID in Indonesia."""
    IN_SENDER_ID_REGISTRATION: ClassVar[RegistrationType]
    """A sender ID in India (Regions ap-south-1 and ap-south-2 only)."""
    SG_SENDER_ID_REGISTRATION: ClassVar[RegistrationType]
    """A sender ID in Singapore."""
    JO_SENDER_ID_REGISTRATION: ClassVar[RegistrationType]
    """A sender ID in Jordan."""
    GB_LONG_CODE_REGISTRATION: ClassVar[RegistrationType]
    """A dedicated number in the United Kingdom."""

    def __post_init__(self) -> None:
        """Checks the name."""
        refuse("RegistrationType", registration_type_problems(self.name, "name"))

    def __str__(self) -> str:
        """The service's name of the type."""
        return self.name

    @classmethod
    def of(cls, name: str) -> RegistrationType:
        """A type by the service's name, for names that have no constant here.

        Args:
            name: 1 to 64 letters, digits and underscores. May be a token.

        Raises:
            ValueError: The name is malformed.
        """
        return cls(name)


for _name in (name for name, kind in RegistrationType.__annotations__.items() if kind.startswith("ClassVar")):
    setattr(RegistrationType, _name, RegistrationType(_name))
