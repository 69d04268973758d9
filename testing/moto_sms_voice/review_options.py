"""The arguments of the command `review`, here and in the local cloud."""

from __future__ import annotations

import argparse
from typing import Any

from .review import Review

_REPEATABLE = {"reasons": "--reason", "fields": "--field"}
_SINGLE = {
    "feedback": "--feedback",
    "registration_status": "--registration-status",
    "version_status": "--version-status",
}


def add_to(parser: argparse.ArgumentParser) -> None:
    """Add the arguments to a parser. Its help names each action and what it does.

    Args:
        parser: The parser.
    """
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(["actions:", *(f"  {name:<24}{what}" for name, what in actions().items())])
    parser.add_argument("action", metavar="ACTION", choices=list(actions()), help="what the reviewer does: see below")
    parser.add_argument("registration_id", metavar="REGISTRATION", help="ID or ARN")
    parser.add_argument(
        "--reason",
        action="append",
        dest="reasons",
        metavar="TEXT",
        help="deny: a published code or title, or any text; repeatable (default: INVALID_FIELD_VALUE)",
    )
    parser.add_argument(
        "--field",
        action="append",
        dest="fields",
        metavar="PATH=REASON",
        help="deny: the reason for a field (repeatable)",
    )
    parser.add_argument("--feedback", metavar="TEXT", help="deny: the version's feedback")
    parser.add_argument("--registration-status", metavar="STATUS", help="set-status: the status of the registration")
    parser.add_argument("--version-status", metavar="STATUS", help="set-status: the status of the current version")


def actions() -> dict[str, str]:
    """Return each action by its name on the command line, with what it does."""
    return {
        action.replace("_", "-"): str(getattr(Review, action).__doc__).strip().partition("\n")[0]
        for action in Review.ACTIONS
    }


def step_of(options: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments of the method of `Review`.

    Args:
        options: What was parsed.
    """
    arguments = {name: value for name in (*_REPEATABLE, *_SINGLE) if (value := getattr(options, name)) is not None}
    if "fields" in arguments:
        arguments["fields"] = dict(field.partition("=")[::2] for field in arguments["fields"])
    return arguments


def arguments_of(options: argparse.Namespace) -> list[str]:
    """Return the options as arguments of a command line again.

    Args:
        options: What was parsed.
    """
    repeated = [f"{option}={value}" for name, option in _REPEATABLE.items() for value in getattr(options, name) or ()]
    single = [f"{option}={getattr(options, name)}" for name, option in _SINGLE.items() if getattr(options, name)]
    return [*repeated, *single]
