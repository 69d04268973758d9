"""What the denial rules read texts with: addresses, phone numbers, names, negations, picture headers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_registration_rules.denials import addresses, pictures
from sms_registration_rules.denials.names import Names
from sms_registration_rules.denials.texts import Text, plain
from support.denial_forms import jpeg, png


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("see https://www.example.com/help.", ["www.example.com"]),
        (
            "see example.com/a, example.co.uk and HTTP://EXAMPLE.ORG:8080/x",
            ["example.com", "example.co.uk", "example.org"],
        ),
        ("(www.example.com)", ["www.example.com"]),
        ("on its way.Reply STOP, e.g. at 9 a.m. or 5 p.m., etc.And so on", []),
        ("write to help@example.com or a.b@mail.example.com", []),
        ("version 1.2.3 of file.txt for $4.50", []),
        ("https://user@example.com/", ["example.com"]),
    ],
)
def test_web_addresses(text, hosts):
    assert [address.host for address in addresses.addresses(text)] == hosts


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.example.com", "example.com"),
        ("a.b.example.co.uk", "example.co.uk"),
        ("example.com.au", "example.com.au"),
        ("localhost", "localhost"),
        ("", ""),
    ],
)
def test_registrable_domain(host, domain):
    assert addresses.registrable(host) == domain


def test_end_of_sentence_is_no_part_of_a_path():
    (found,) = addresses.addresses("Terms: https://www.example.com/terms.")
    assert found.path == "/terms"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("call (206) 555-0142", ["2065550142"]),
        ("call +1 206 555 0142.", ["2065550142"]),
        ("call +442075550142", ["2075550142"]),
        ("call 1-206-555-0142 or 206.555.0142", ["2065550142", "2065550142"]),
        ("order 2065550142, code 482913, 9:30-10:30, 2026-11-26", []),
    ],
)
def test_phone_numbers(text, numbers):
    assert [number[-10:] for number in addresses.phone_numbers(text)] == numbers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1-800-FLOWERS is our number", True),
        ("2065550142", True),
        ("[phone number]", True),
        ("[order number] 12345", False),
    ],
)
def test_what_may_be_a_phone_number(text, found):
    assert addresses.may_have_phone_number(text) is found


NAMES = Names(["Northwind Traders Inc.", "NW", "The Blue Door Company"])


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("NORTHWIND TRADERS: hello", True),
        ("Northwind: hello", True),
        ("Hello from north-wind-traders", True),
        ("NW: hello", True),
        ("BD: hello", False),
        ("TBD: hello", True),
        ("The company: hello", False),
        ("Traders welcome you", True),
        ("bluedoor says hello", True),
        ("The Blue Door Company says hello", True),
        ("newest news", False),
    ],
)
def test_names(text, named):
    assert NAMES.are_in(Text("path", text)) is named


def test_no_names():
    assert not Names([])
    assert not Names(["", "\u00b7"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("We sell fireworks.", True),
        ("We do not sell fireworks.", False),
        ("We don\u2019t sell fireworks.", False),
        ("Never fireworks", False),
        ("We are not a bank. We sell fireworks.", True),
        ("No fee, and fireworks for all", True),
        ("fireworks-free", True),
    ],
)
def test_negations_belong_to_their_clause(text, says):
    assert Text("path", text).says(r"\bfireworks\b") is says


def test_harmless_neighbors():
    text = Text("path", "We watch the fireworks over the harbor.")
    assert text.says(r"\bfireworks\b")
    assert not text.says(r"\bfireworks\b", unless="watch")


def test_typewriter_signs():
    assert plain("\u201cIt\u2019s\u201d \u2014\u00a0here\n now\uff01") == '"It\'s" - here now!'


@pytest.mark.parametrize(
    ("content", "picture"),
    [
        (png(224, 100), pictures.Picture("PNG", (224, 100))),
        (png(224, 100)[:20], pictures.Picture("PNG")),
        (jpeg(1440, 448), pictures.Picture("JPEG", (1440, 448))),
        (jpeg(1440, 448)[:20], pictures.Picture("JPEG")),
        (b"\xff\xd8\xff\xe0", pictures.Picture("JPEG")),
        (b"GIF89a\x02\x00\x03\x00", pictures.Picture("GIF", (2, 3))),
        (b"GIF89a", pictures.Picture("GIF")),
        (b"\n%PDF-1.7", pictures.Picture("PDF")),
        (b"<svg/>", pictures.Picture("")),
        (b"", pictures.Picture("")),
    ],
)
def test_pictures(content, picture):
    assert pictures.read(content) == picture


@given(st.sampled_from([b"", png(3, 2), jpeg(3, 2), b"GIF89a"]), st.integers(0, 60), st.binary(max_size=60))
def test_any_bytes_are_read(beginning, kept, rest):
    assert pictures.read(beginning[:kept] + rest).format in {"PNG", "JPEG", "GIF", "PDF", ""}
