"""How AWS names registration types, and how its codes and titles are compared. Explanations need no more of the rules."""

from typing import Literal

BRAND = "US_TEN_DLC_BRAND_REGISTRATION"
CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"
TOLL_FREE = "US_TOLL_FREE_REGISTRATION"
SHORT_CODE = "US_SHORT_CODE_REGISTRATION"
SENDER_ID = "*_SENDER_ID_REGISTRATION"
RCS = "*_RCS_LAUNCH_REGISTRATION"

SubmitAgain = Literal["yes", "no", "depends"]
"""Whether AWS takes a corrected form again. With "no", only a support case helps; "depends" is on the content."""


def compact(text: str) -> str:
    """The letters and digits of a text, in lower case."""
    return "".join(character for character in text.casefold() if character.isalnum())
