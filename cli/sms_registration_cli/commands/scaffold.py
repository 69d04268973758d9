"""`sms-registration scaffold`."""

from __future__ import annotations

from pathlib import Path

import click

from sms_registration_cli import files, form_text, output, python_class, snapshots
from sms_registration_cli.definitions import Definitions
from sms_registration_cli.errors import CommandError
from sms_registration_cli.options import AwsOptions, aws_options, definitions_options, json_option


@click.command("scaffold")
@click.argument("registration_type", metavar="TYPE")
@click.option(
    "--python", "as_python", is_flag=True, help="Write a typed Python class of the form instead of a form file."
)
@files.output_options
@json_option
@definitions_options
@aws_options
def command(
    registration_type: str,
    as_python: bool,
    output_file: Path | None,
    force: bool,
    as_json: bool,
    live: bool,
    folder: Path | None,
    aws: AwsOptions,
) -> None:
    """Write a complete form to fill in, with a comment for each field.

    With --json: the text, or the file that it was written to, in a JSON object.

    With --python: a class for your repository, with one documented and typed keyword argument for each field.
    """
    form = Definitions(aws, folder=folder, live=live).of(registration_type)
    if not form.fields:
        raise CommandError(f"registrations of the type {form.name} have no form: there is nothing to fill in")
    text = python_class.render(form) if as_python else form_text.scaffold(form)
    if not as_json:
        files.write(text, output_file, force=force)
        return
    if output_file is not None:
        files.write_all({output_file: text}, force=force, quiet=True)
    output.show_json(
        {
            "registrationType": form.name,
            "language": "python" if as_python else "yaml",
            "file": snapshots.shown(output_file) if output_file else None,
            "text": text if output_file is None else None,
        }
    )
