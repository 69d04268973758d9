"""`sms-registration snapshot`."""

from __future__ import annotations

from pathlib import Path

import click

from sms_registration_cli import output, snapshots
from sms_registration_cli.definitions import live as live_definitions
from sms_registration_cli.errors import CommandError
from sms_registration_cli.options import AwsOptions, aws_options, json_option
from sms_registration_cli.session import service


@click.command("snapshot")
@click.argument("registration_types", metavar="[TYPE]...", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if a snapshot is missing or differs.")
@click.option(
    "--definitions",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the snapshots. If omitted: sms-registration-definitions beside cdk.json.",
)
@json_option
@aws_options
def command(
    registration_types: tuple[str, ...], check: bool, folder: Path | None, as_json: bool, aws: AwsOptions
) -> None:
    """Save the service's definitions of types beside cdk.json, and tell what changed since.

    With a snapshot, `check` and `cdk synth` validate forms without AWS access. Without a TYPE, all snapshots of the folder are
    made anew. Commit the files.
    """
    where = folder or snapshots.default_folder()
    names = list(dict.fromkeys(registration_types)) or snapshots.names(where)
    if not names:
        raise CommandError(
            f"{snapshots.shown(where)} has no snapshot yet: name a TYPE. `sms-registration types` lists all of them"
        )
    source = service(aws)
    report = {}
    for name in output.tracked(names, "Reading definitions", hidden=as_json):
        new = live_definitions(source, name)
        report[name] = _compare(where, new)
        if not check and report[name]["status"] != "unchanged":
            where.mkdir(parents=True, exist_ok=True)
            snapshots.file_of(where, name).write_text(new.to_json(), encoding="utf-8")
    if as_json:
        output.show_json(report)
    else:
        for name, each in report.items():
            click.echo(f"{snapshots.shown(snapshots.file_of(where, name))}: {each['status']}")
            for line in each["changes"]:
                click.echo(f"  {line}")
    if check and any(each["status"] != "unchanged" for each in report.values()):
        click.get_current_context().exit(1)


def _compare(folder: Path, new: snapshots.TypeForm) -> dict[str, str | list[str]]:
    try:
        old = snapshots.load(folder, new.name)
    except CommandError:
        return {"status": "made anew, it was not readable", "changes": []}
    if old is None:
        return {"status": f"new, {len(new.fields)} fields", "changes": []}
    found = snapshots.changes(old, new)
    return {"status": "changed" if found else "unchanged", "changes": found}
