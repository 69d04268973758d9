"""`sms-registration status`."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import click

from sms_registration_cli import account, output, status_report
from sms_registration_cli.options import AwsOptions, aws_options, json_option
from sms_registration_cli.session import service as connect

if TYPE_CHECKING:
    from sms_registration_cli.paced import Service


@click.command("status")
@click.argument("registration_ids", metavar="[ID]...", nargs=-1)
@click.option("--stack", metavar="NAME", help="Only registrations of this stack.")
@click.option("--watch", is_flag=True, help="Show a live table until Ctrl-C.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.1),
    default=60.0,
    show_default=True,
    help="Seconds between two looks with --watch.",
)
@json_option
@aws_options
def command(
    registration_ids: tuple[str, ...], stack: str | None, watch: bool, interval: float, as_json: bool, aws: AwsOptions
) -> None:
    """Show registrations: status, since when, what happens next, why something was denied, what uses up the quota.

    Without an ID, all registrations of the account in the Region.
    """
    if watch and as_json:
        raise click.UsageError("--watch and --json do not go together: run `status --json` again instead")
    service = connect(aws)
    if watch:
        _watch(service, registration_ids, stack, interval)
        return
    report = _look(service, registration_ids, stack, quiet=as_json)
    if as_json:
        output.show_json(status_report.to_json(report))
    else:
        output.show(*status_report.renderables(report))


def _look(service: Service, ids: tuple[str, ...], stack: str | None, *, quiet: bool) -> status_report.Report:
    found = account.find(service, ids, quiet=quiet)
    is_whole_account = not ids and stack is None
    chosen = [each for each in found if stack is None or each.stack_name == stack]
    return status_report.Report(
        registrations=[
            account.with_associations(service, each) for each in account.with_versions(service, chosen, quiet=quiet)
        ],
        # Leftovers and the quota are about the whole account.
        limits=account.limits(service) if is_whole_account else {},
        attachments=account.leftover_attachments(service, quiet=quiet) if is_whole_account else (),
        now=datetime.now(timezone.utc),
        region=service.region,
    )


def _watch(service: Service, ids: tuple[str, ...], stack: str | None, interval: float) -> None:
    from rich.console import Group
    from rich.live import Live

    def picture() -> Any:
        return Group(*status_report.renderables(_look(service, ids, stack, quiet=True)))

    try:
        with Live(picture(), console=output.console(), auto_refresh=False) as live:
            while True:
                time.sleep(interval)
                live.update(picture(), refresh=True)
    except KeyboardInterrupt:
        return
