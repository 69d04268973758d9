"""What people were told about a registration, in its tag `told` (`tag_keys.TOLD`). Pure, standard library only.

The watch writes the tag, and the command line shows it.

    d3=29403112.29404552.2    the denial of version 3: told first and last, in minutes since the epoch, and how often in all
    c=29403112.29403112.1.e   the event about it is still owed: only the message to the topic was sent

A tag is written after the message was sent, so a message may be sent twice, and none is lost.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sms_registration_rules.marks import MAX_VALUE_CHARACTERS

_ENTRY = re.compile(r"([\w-]+)=(\d+)\.(\d+)\.(\d+)(?:\.([a-z]+))?")


@dataclass(frozen=True)
class Entry:
    """One thing that was told.

    Attributes:
        first: When it was told first, in seconds since the epoch; whole minutes.
        last: When it was told last.
        times: How often in all.
        owed: The channels that have not got the last message yet, one letter each.
    """

    first: float
    last: float
    times: int
    owed: str = ""

    @classmethod
    def new(cls, now: float) -> "Entry":
        """Something that is told now for the first time."""
        return cls(_minute(now), _minute(now), 1)

    def again(self, now: float) -> "Entry":
        """The same, told once more now."""
        return replace(self, last=_minute(now), times=self.times + 1, owed="")


def parse(value: str) -> dict[str, Entry]:
    """Read the tag; what is not readable counts as not told."""
    return {
        key: Entry(int(first) * 60.0, int(last) * 60.0, int(times), owed)
        for key, first, last, times, owed in _ENTRY.findall(value)
    }


def value(entries: Mapping[str, Entry]) -> str:
    """The tag's value; empty when there is nothing to keep. The latest entries are kept when not all fit."""
    latest_first = sorted(entries.items(), key=lambda item: (-item[1].last, item[0]))
    text = ""
    for key, each in latest_first:
        owed = f".{each.owed}" if each.owed else ""
        longer = f"{text} {key}={each.first // 60:.0f}.{each.last // 60:.0f}.{each.times}{owed}".strip()
        text = longer if len(longer) <= MAX_VALUE_CHARACTERS else text
    return text


def _minute(seconds: float) -> float:
    return seconds // 60 * 60.0
