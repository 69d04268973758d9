"""`sms-registration local`."""

from __future__ import annotations

import importlib.util

import click

from sms_registration_cli.errors import CommandError

NEEDED = ("boto3", "moto", "pydantic", "trustme")


@click.command(
    "local",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []},
)
@click.argument("arguments", metavar="VERB [ARGUMENT]...", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Deploy to an AWS on this machine, without an account: deploy, destroy, review, messages, advance and more.

    `sms-registration local --help` lists the verbs, `sms-registration local VERB --help` explains one. The state stays in
    .local-cloud of the current folder.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise CommandError(
            f"the local cloud needs packages that are not installed: {', '.join(missing)}. Install them with: "
            "pip install 'cdk-sms-registration[local]'"
        )
    if importlib.util.find_spec("fcntl") is None:
        raise CommandError("the local cloud runs on Linux and macOS; on Windows, use the Windows Subsystem for Linux")
    from local_cloud.cli import main

    click.get_current_context().exit(main(arguments or ("--help",), program="sms-registration local"))
