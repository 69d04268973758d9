"""`sms-registration explain`."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import click

from sms_registration_cli import output
from sms_registration_cli.errors import CommandError
from sms_registration_cli.options import json_option

if TYPE_CHECKING:
    from sms_registration_rules.denials.explanations import Explanation

SUBMIT_AGAIN = {
    "yes": "Yes: change it and submit a new version of the same registration.",
    "no": "No: AWS does not accept this registration again. Contact AWS Support.",
    "depends": "It depends on the content: read AWS's own text, and contact AWS Support if it is unclear.",
}


@click.command("explain")
@click.argument("reason", metavar="CODE|TITLE", nargs=-1, required=True)
@click.option(
    "--type", "registration_type", metavar="TYPE", default="", help="Type of the registration that was denied."
)
@json_option
def command(reason: tuple[str, ...], registration_type: str, as_json: bool) -> None:
    """Explain a denial: what the reviewer means, which field, what to change, whether to submit again.

    Takes AWS's codes and titles as they are in DeniedReasons: BRAND_DBA_NAME_MISMATCH, "Unclear Opt-in Language". Needs no AWS
    access.
    """
    from sms_registration_rules.denials import explanations

    words = " ".join(reason)
    found = explanations.explain(words, registration_type)
    if found is None:
        from sms_registration_rules.denials.suggestions import suggestions

        near = suggestions(words)
        hint = f" Similar: {', '.join(near)}." if near else ""
        raise CommandError(
            f"{words!r} is not a reason that AWS publishes.{hint} What to do: `sms-registration status REGISTRATION_ID` shows "
            "AWS's own text of the denial, and the console shows it too. Change what it names, run `sms-registration check` on "
            "the form, and submit again. If it names nothing that can be changed, ask AWS Support what the reason means"
        )
    if as_json:
        output.show_json(dataclasses.asdict(found))
        return
    click.echo(text_of(found))


def text_of(found: Explanation, indent: str = "") -> str:
    """An explanation as lines of text."""
    head = f"{found.code}: {found.title}" if found.code else found.title
    lines = [
        head,
        f"  Cause         {found.cause}",
        f"  Change        {found.change}",
        f"  Fields        {', '.join(found.paths) or 'no field of the form'}",
        f"  Submit again  {SUBMIT_AGAIN[found.submit_again]}",
        f"  Types         {', '.join(found.types)}",
        f"  See           {_see(found.source)}",
    ]
    return "\n".join(indent + line for line in lines)


def _see(source: str) -> str:
    """The pages of AWS's guides that give the reason."""
    if source == "users":
        return "no page: users received this reason, and AWS does not publish it"
    return ", ".join(f"{_guide(page)}/{page}.html" for page in source.split(", "))


def _guide(page: str) -> str:
    # AWS has two guides about registrations, and the pages of the newer one begin with "nx-".
    guide = "end-user-messaging" if page.startswith("nx-") else "sms-voice"
    return f"https://docs.aws.amazon.com/{guide}/latest/userguide"
