"""The verbs of the command line and their options."""

from __future__ import annotations

import argparse
import re
from pathlib import Path

from local_cloud.cloud import ACCOUNT, ACCOUNT_DIGITS, REGION

BANNER = (
    "local cloud: ministack and a fake of End User Messaging SMS on this machine, not AWS. Nothing leaves this machine."
)
PASSING_VERBS = ("deploy", "diff", "destroy")
"""Verbs that pass unknown arguments on."""

FOREIGN_OUTPUT = ("cdk", "run")
"""Verbs whose output is that of a program which they run."""

DURATION = re.compile(r"(\d+)([mhdw])")
SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def parse(arguments: list[str], program: str) -> argparse.Namespace:
    """Parse a command line. `rest` holds what is passed on to other programs.

    Args:
        arguments: The arguments.
        program: What the help calls this program.
    """
    parser = _parser(program, with_review="review" in arguments)
    options, unknown = parser.parse_known_args(arguments)
    if unknown and options.verb not in PASSING_VERBS:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if options.json and options.verb in FOREIGN_OUTPUT:
        parser.error(
            f"--json: the output of `{options.verb}` is that of the program which it runs; pass its own options to it"
        )
    options.rest = [*unknown, *getattr(options, "rest", [])]
    return options


def _shared() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--cwd", type=Path, default=Path.cwd(), help="the folder of the CDK app (default: this one)")
    shared.add_argument("--app", help="the folder of a synthesized app, or the app's command (default: from cdk.json)")
    shared.add_argument("--state", type=Path, help="the folder for the state (default: .local-cloud/state)")
    shared.add_argument(
        "--account",
        type=_account,
        default=ACCOUNT,
        help=f"the account of commands, and of stacks that name none (default: {ACCOUNT})",
    )
    shared.add_argument(
        "--region", default=REGION, help=f"the Region of commands, and of stacks that name none (default: {REGION})"
    )
    shared.add_argument(
        "--rate",
        type=float,
        help="requests per second that the service accepts for each operation (default: unlimited)",
    )
    shared.add_argument(
        "--json", action="store_true", help="print the result as JSON; everything else goes to standard error"
    )
    return shared


def _parser(program: str, *, with_review: bool) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description=BANNER)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    shared = _shared()

    def verb(name: str, help_text: str, *, rest: str | None = None) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=help_text, description=help_text, parents=[shared], allow_abbrev=False)
        if rest:
            added.add_argument("rest", nargs=argparse.REMAINDER, metavar=rest)
        return added

    verb(
        "deploy",
        "deploy the app's stacks (all, unless the first argument is a stack); other arguments go to the CDK CLI",
    )
    verb("diff", "compare the app with the deployed stacks; other arguments go to the CDK CLI")
    verb(
        "destroy",
        "destroy the app's stacks (all, unless the first argument is a stack); other arguments go to the CDK CLI",
    )
    verb("cdk", "run the CDK CLI with any arguments: cdk -- ls --long", rest="CDK_ARGUMENT")
    verb("run", "run any command against the cloud: run -- aws s3 ls", rest="COMMAND")
    verb("up", "keep the cloud running until Ctrl-C, and print its variables; other terminals can use all other verbs")
    verb("reset", "delete everything that was deployed and registered")
    review = verb("review", "act as a reviewer of the service: review deny registration-0123... --reason TEXT")
    if with_review:  # a third of a second, which other verbs need not take
        from moto_sms_voice import review_options

        review_options.add_to(review)
    verb("messages", "show the messages of all topics, in order; with --json, as they were published")
    logs = verb("logs", "show what Lambda functions logged, in all runs that are kept; or what a query finds")
    logs.add_argument(
        "query",
        nargs="?",
        default="",
        help="a query of CloudWatch Logs Insights, with fields, filter, sort and limit (default: every line)",
    )
    for name, what in {"secret": "secret of Secrets Manager", "parameter": "SecureString of Parameter Store"}.items():
        value = verb(name, f"create a {what} for a form, or change it; the value is read from standard input")
        value.add_argument("name", metavar="NAME", help="the name that the form refers to")
    verb("schedule", "let every rule with a schedule fire now, instead of waiting for it")
    advance = verb("advance", "let time pass: advance 3d (m, h, d and w); rules with a schedule then fire once")
    advance.add_argument(
        "duration", type=_seconds, metavar="DURATION", help="how much time, such as 90m, 12h, 3d or 2w"
    )
    return parser


def _account(text: str) -> str:
    if len(text) != ACCOUNT_DIGITS or not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"got {text!r}, expected {ACCOUNT_DIGITS} digits, such as {ACCOUNT}")
    return text


def _seconds(duration: str) -> int:
    match = DURATION.fullmatch(duration)
    if match is None:
        raise argparse.ArgumentTypeError(f"got {duration!r}, expected a number and m, h, d or w, such as 3d")
    return int(match[1]) * SECONDS[match[2]]
