"""AWS's links in a denial: those of its guide are shown, also when a value is a word of their address."""

import pytest

from sms_registration_handler.form.denial import Denial
from sms_registration_handler.form.redaction import Redactor
from sms_registration_handler.watch.denials import explained

GUIDE = "https://docs.aws.amazon.com/sms-voice/latest/userguide/registrations-tf-rejection.html"


@pytest.mark.parametrize(
    ("link", "is_shown"),
    [
        (GUIDE, True),
        (f"{GUIDE}#sms-rejection", True),
        (f"{GUIDE}?name=SMS", False),
        ("https://docs.aws.amazon.com.example.com/SMS.html", False),
        ("https://www.example.com/about-sms", False),
        ("https://www.example.com/about", True),
    ],
)
def test_links(link: str, is_shown: bool) -> None:
    redact = Redactor()
    redact.add(["SMS"])
    denial = Denial(1, [{"Reason": "SOMETHING_NEW", "DocumentationLink": link}], [])

    [reason] = explained(denial, "US_TOLL_FREE_REGISTRATION", redact).reasons

    assert (reason.link == link) == is_shown
