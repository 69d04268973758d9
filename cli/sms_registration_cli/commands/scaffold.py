"""`sms-registration scaffold`."""

from __future__ import annotations

from pathlib import Path

import click

from sms_registration_cli import files, form_text, python_class
from sms_registration_cli.definitions import Definitions
from sms_registration_cli.errors import CommandError
from sms_registration_cli.options import AwsOptions, aws_options, definitions_options


@click.command("scaffold")
@click.argument("registration_type", metavar="TYPE")
@click.option(
    "--python", "as_python", is_flag=True, help="Write a typed Python class of the form instead of a form file."
)
@files.output_options
@definitions_options
@aws_options
def command(
    registration_type: str,
    as_python: bool,
    output_file: Path | None,
    force: bool,
    live: bool,
    folder: Path | None,
    aws: AwsOptions,
) -> None:
    """Write a complete form to fill in, with a comment for each field.

    With --python: a class for your repository, with one documented and typed keyword argument for each field.
    """
    form = Definitions(aws, folder=folder, live=live).of(registration_type)
    if not form.fields:
        raise CommandError(f"registrations of the type {form.name} have no form: there is nothing to fill in")
    text = python_class.render(form) if as_python else form_text.scaffold(form)
    files.write(text, output_file, force=force)
