"""`sms-registration check`."""

from __future__ import annotations

import importlib
import os
from pathlib import Path

import click

from sms_registration_cli import output
from sms_registration_cli.definitions import Definitions
from sms_registration_cli.formats import FORMATS
from sms_registration_cli.options import AwsOptions, aws_options, definitions_options

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("check")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option("--type", "registration_type", metavar="TYPE", help="Type of the forms that do not name it themselves.")
@click.option("--brand", metavar="FILE", type=FILE, help="Form of the campaigns' brand, if it is not among the files.")
@click.option("--draft", is_flag=True, help="Accept that required fields are missing.")
@click.option(
    "--format",
    "output_format",
    type=click.Choice(tuple(FORMATS)),
    default="text",
    show_default=True,
    help="For people, for programs, for annotations of GitHub Actions, for code scanning.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@definitions_options
@aws_options
def command(
    paths: tuple[Path, ...],
    registration_type: str | None,
    brand: Path | None,
    draft: bool,
    output_format: str,
    as_json: bool,
    live: bool,
    folder: Path | None,
    aws: AwsOptions,
) -> None:
    """Check form files: structure, the service's definitions, and what reviewers would deny.

    Everything that is wrong is listed at once, with file, line and column. Several files are read together: a campaign is
    compared with its brand. With a snapshot of the definitions no AWS access is needed.

    The type of a form is in its first lines, `# registration-type: TYPE`; `scaffold` writes it.

    Exit codes: 0 clean, 1 findings of denials only, 2 errors.
    """
    from sms_registration_cli.checking import checker, form

    definitions = Definitions(aws, folder=folder, live=live)
    region = aws.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""

    def read(files: tuple[Path, ...]) -> list[form.FormFile]:
        return checker.with_types(
            [form.read(path) for path in files], registration_type, definitions.saved_names(), region
        )

    def read_brand(path: Path) -> form.FormFile:
        return checker.with_types([form.read(path)], checker.BRAND, (), region)[0]

    checked = checker.check(
        read(tuple(dict.fromkeys(paths))), definitions.of, brand=read_brand(brand) if brand else None, draft=draft
    )
    module = importlib.import_module(f"sms_registration_cli.formats.{FORMATS['json' if as_json else output_format]}")
    click.echo(module.render(checked), nl=False)
    for note in checked.notes if output_format == "text" and not as_json else ():
        output.note(note)
    click.get_current_context().exit(checked.exit_code)
