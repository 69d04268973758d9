"""`sms-registration plan`."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import click

from sms_registration_cli import output
from sms_registration_cli.definitions import Definitions
from sms_registration_cli.options import AwsOptions, aws_options, definitions_options, json_option


@click.command("plan")
@click.argument(
    "assembly_folder", metavar="[CDK_OUT]", default="cdk.out", type=click.Path(file_okay=False, path_type=Path)
)
@click.option(
    "--summary",
    "is_summary",
    is_flag=True,
    help="Only the sums for each Region: hours, requests, fees and quotas; and which registrations would fail.",
)
@json_option
@definitions_options
@aws_options
def command(
    assembly_folder: Path, is_summary: bool, as_json: bool, live: bool, folder: Path | None, aws: AwsOptions
) -> None:
    """Tell what a deployment would do with each registration; nothing is written.

    Reads the synthesized app (`cdk synth` first) and the account: which form gets a new version, which is submitted and for what
    fee, how many calls and minutes that takes at the service's quota, whether the account's quotas have room, what the
    definitions do not accept, and what reviewers may deny. For several Regions it also tells the sum.

    Exit codes: 0 clean, 1 findings of denials only, 2 the deployment would fail.
    """
    from sms_registration_cli.planning import assembly, plan, report
    from sms_registration_cli.planning.deployed import DeployedStacks
    from sms_registration_cli.session import cloudformation, service

    stacks = assembly.read(assembly_folder)
    if not stacks:
        output.note(f"{assembly_folder} declares no registration.")
        return
    regions: dict[str, list[assembly.Stack]] = {}
    for stack in stacks:
        regions.setdefault(stack.region, []).append(stack)
    plans = []
    for region, found in regions.items():
        there = dataclasses.replace(aws, region=region or aws.region)
        asked = service(there)
        definitions = Definitions(there, folder=folder, live=live, service=asked)
        deployed = DeployedStacks(functools.partial(cloudformation, there, asked))
        plans.append(plan.make(found, asked, definitions.of, deployed, quiet=as_json))
    if as_json:
        output.show_json(report.to_json(plans, is_summary=is_summary))
    else:
        click.echo(report.text(plans, is_summary=is_summary), nl=False)
    click.get_current_context().exit(report.exit_code(plans))
