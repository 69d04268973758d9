"""Every switch of the fake is documented."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from moto_sms_voice import ServiceBehavior

#: Settings for tests, and quotas that AWS documents.
NOT_UNKNOWN = {
    "attachments_per_account",
    "clock",
    "now",
    "phone_numbers_per_account",
    "rcs_agents_per_account",
    "registrations_per_account",
    "requests_per_second",
    "tags_per_resource",
    "unknown_bucket_refused",
}
SWITCHES = {field.name for field in dataclasses.fields(ServiceBehavior)}


def test_unknowns_are_listed():
    text = (Path(__file__).parents[2] / "docs" / "unverified.md").read_text(encoding="utf-8")
    listed = {name for row in re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert listed >= SWITCHES - NOT_UNKNOWN


def test_switches_are_explained():
    explained = set(re.findall(r"^ {4,8}(\w+): ", ServiceBehavior.__doc__ or "", re.MULTILINE))
    assert explained >= SWITCHES
