"""The command line: `python -m moto_sms_voice serve` and `python -m moto_sms_voice review`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from . import review_options
from .events import URL_VARIABLE
from .remote_review import send_step
from .review import ReviewError
from .server import serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        arguments: The command line. Omitted: that of this process.

    Returns:
        The exit code of the process.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if not given or given[0].startswith("--"):
        given.insert(0, "serve")
    options = _parser().parse_args(given)
    if options.command == "serve":
        serve(options.host, options.port, options.state, options.rate)
        return 0
    return _review(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m moto_sms_voice", description="AWS End User Messaging SMS, faked.")
    commands = parser.add_subparsers(dest="command", required=True)

    server = commands.add_parser(
        "serve",
        help="serve the fake over HTTP (the default)",
        epilog="The account is MOTO_ACCOUNT_ID if that is set; otherwise an access key of 12 digits is the account ID, a key "
        "that moto's IAM or STS issued belongs to its account, and all others belong to 123456789012. Events go to moto's "
        f"EventBridge in the server, and are also posted to the URL in {URL_VARIABLE} if that is set.",
    )
    server.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    server.add_argument("--port", type=int, default=0, help="port to listen on (default: any free port)")
    server.add_argument("--state", type=Path, metavar="FILE", help="keep the state in this file")
    server.add_argument(
        "--rate", type=float, help="requests per second that each operation accepts (default: unlimited)"
    )

    review = commands.add_parser("review", help="act as the reviewer of a registration in a running fake")
    review.add_argument("--endpoint", required=True, metavar="URL", help="URL of the fake")
    review_options.add_to(review)
    return parser


def _review(options: argparse.Namespace) -> int:
    try:
        response = send_step(
            options.endpoint,
            options.registration_id,
            options.action.replace("-", "_"),
            **review_options.step_of(options),
        )
    except (ReviewError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(json.dumps(response))
    return 0


if __name__ == "__main__":
    sys.exit(main())
