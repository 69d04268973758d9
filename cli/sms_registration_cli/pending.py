"""What a deployment had to leave undone, and what the watch of the stack has told, from a registration's tags. Pure."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from sms_registration_cli import output
from sms_registration_cli.account import FoundRegistration
from sms_registration_rules import marks, tag_keys, told
from sms_registration_rules.associations import is_associated

_SHOWN = 3
"""How many resources a sentence names."""


def sentences(registration: FoundRegistration) -> list[str]:
    """What waits, and for what: no sentence if nothing does.

    Args:
        registration: With its tags, and with its associations if some wait.
    """
    waiting = marks.parse(registration.tags)
    found = []
    if waiting.submission is not None:
        after = waiting.submission.after
        found.append(
            f"Version {waiting.submission.version_number} waits to be submitted until "
            f"{_named(after)} {'is' if len(after) == 1 else 'are'} complete."
        )
    resources = _not_associated(registration, waiting)
    parents = tuple(each for each in resources if _id(each).startswith("registration-"))
    others = tuple(each for each in resources if each not in parents)
    if parents:
        are = "it is" if len(parents) == 1 else "they are"
        found.append(f"{_named(parents)} {_wait(parents)} to be associated until {are} complete.")
    if others:
        until = "" if registration.status == "COMPLETE" else " until this registration is complete"
        found.append(f"{_named(others)} {_wait(others)} to be associated{until}.")
    if found:
        found.append("A RegistrationWatch in the stack does that by itself; without one, deploy with another revision.")
    if waiting.unreadable:
        found.append(
            f"Somebody has changed the tags that say what waits ({', '.join(waiting.unreadable)}): deploy with another revision."
        )
    return found


def to_json(registration: FoundRegistration) -> dict[str, Any] | None:
    """The same for programs; None if nothing waits.

    Args:
        registration: With its tags.
    """
    waiting = marks.parse(registration.tags)
    if not waiting:
        return None
    submission = waiting.submission
    return {
        "submission": submission and {"versionNumber": submission.version_number, "after": list(submission.after)},
        "associations": _not_associated(registration, waiting),
        "unreadableTags": list(waiting.unreadable),
    }


def told_last(registration: FoundRegistration) -> str:
    """When the watch of the stack last told people about it; empty if it did not.

    Args:
        registration: With its tags.
    """
    entry = _last_told(registration)
    if entry is None:
        return ""
    reminders = entry.times - 1
    when = output.when(_time(entry.last))
    if reminders:
        times = "time" if reminders == 1 else "times"
        return f"The watch reported this, and reminded people {reminders} {times}, last on {when}."
    return f"The watch reported this on {when}."


def told_json(registration: FoundRegistration) -> dict[str, Any] | None:
    """The same for programs; None if it did not.

    Args:
        registration: With its tags.
    """
    entry = _last_told(registration)
    if entry is None:
        return None
    return {"first": _time(entry.first), "last": _time(entry.last), "reminders": entry.times - 1}


def _last_told(registration: FoundRegistration) -> told.Entry | None:
    entries = told.parse(registration.tags.get(tag_keys.TOLD, ""))
    return max(entries.values(), key=lambda each: each.last, default=None)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, timezone.utc)


def _not_associated(registration: FoundRegistration, waiting: marks.Waiting) -> list[str]:
    """What still waits: the watch removes a tag when everything in it is associated, a brand long before a number."""
    return [each for each in waiting.resources if not is_associated(each, registration.associations)]


def _wait(resources: tuple[str, ...]) -> str:
    return "waits" if len(resources) == 1 else "wait"


def _id(resource: str) -> str:
    return resource.rpartition("/")[2]


def _named(resources: tuple[str, ...]) -> str:
    shown = resources[:_SHOWN]
    more = len(resources) - len(shown)
    names = ", ".join(_id(each) for each in shown)
    return f"{names} and {more} more" if more else names
