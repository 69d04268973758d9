"""`sms-registration schema`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from sms_registration_cli import files, json_schema
from sms_registration_cli.definitions import Definitions
from sms_registration_cli.options import AwsOptions, aws_options, definitions_options


@click.command("schema")
@click.argument("registration_type", metavar="TYPE")
@files.output_options
@definitions_options
@aws_options
def command(
    registration_type: str, output_file: Path | None, force: bool, live: bool, folder: Path | None, aws: AwsOptions
) -> None:
    """Write a JSON Schema of a type's form file, for the YAML support of editors.

    The YAML extension of Visual Studio Code and others read it from a comment at the top of the form file:

      # yaml-language-server: $schema=toll_free.schema.json
    """
    form = Definitions(aws, folder=folder, live=live).of(registration_type)
    files.write(json.dumps(json_schema.schema(form), indent=2, ensure_ascii=False) + "\n", output_file, force=force)
