"""`sms-registration export`."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from sms_registration_cli import account, adoption, files, output
from sms_registration_cli.adoption import Exported
from sms_registration_cli.definitions import Definitions
from sms_registration_cli.errors import CommandError
from sms_registration_cli.options import AwsOptions, aws_options, definitions_options, json_option
from sms_registration_cli.session import service as connect


@click.command("export")
@click.argument("registration_id", metavar="ID")
@click.option(
    "--to",
    "folder_to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the CDK app to write into. If omitted: stdout.",
)
@click.option(
    "--version", "version_number", type=click.IntRange(min=1), help="Version to export. If omitted: see above."
)
@click.option("--type", "registration_type", metavar="TYPE", help="Type of the registration, with `-` as ID.")
@click.option(
    "--name", help="What the files and the class are named. If omitted: the registration's name, or its type."
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
@json_option
@definitions_options
@aws_options
def command(
    registration_id: str,
    folder_to: Path | None,
    version_number: int | None,
    registration_type: str | None,
    name: str | None,
    force: bool,
    as_json: bool,
    live: bool,
    folder: Path | None,
    aws: AwsOptions,
) -> None:
    """Write an existing registration as a form file, and the CDK code that adopts it.

    Exports the current version, or, if that is a blank draft, the latest one before it that holds values. With `-` as ID, reads
    the JSON of `aws pinpoint-sms-voice-v2 describe-registration-field-values` from stdin, and needs no AWS access.
    """
    if name is not None and not re.search(r"[A-Za-z0-9]", name):
        raise CommandError("--name: needs a letter or digit of ASCII")
    if registration_id == "-":
        exported = _from_json(sys.stdin.read(), registration_type)
    else:
        exported = _from_service(aws, registration_id.rpartition("/")[2], version_number)
    form = None
    if exported.registration_type:
        try:
            form = Definitions(aws, folder=folder, live=live).of(exported.registration_type)
        except CommandError:
            output.note("The definitions could not be read: the fields are in the order of the registration.")
    if as_json:
        output.show_json(exported.to_json())
        return
    names = adoption.file_names(exported, name)
    texts = {names.form: adoption.form_file(exported, form), names.code: adoption.code(exported, names)}
    if folder_to is None:
        for file, text in texts.items():
            click.echo(f"# --- {file}\n{text}")
        return
    texts_by_path = {folder_to / file: text for file, text in texts.items()}
    files.write_all(texts_by_path, force=force, otherwise="--name gives these other names, ")
    for line in adoption.advice(exported, names):
        output.note(line)


def _from_service(aws: AwsOptions, registration_id: str, version_number: int | None) -> Exported:
    service = connect(aws)
    registrations = account.find(service, [registration_id], quiet=True)
    if not registrations:
        raise CommandError(f"{registration_id} is deleted")
    found = registrations[0]
    versions = account.versions(service, found.id)
    numbers = [each.number for each in versions]
    if version_number is not None and version_number not in numbers:
        raise CommandError(f"{found.id} has no version {version_number}; it has {', '.join(map(str, numbers))}")
    values: dict[str, str | list[str]] = {}
    number = version_number or numbers[-1]
    for number in [version_number] if version_number else reversed(numbers):
        values = _values(account.field_values(service, found.id, number))
        if values:
            break
    associations = [
        str(each.get("ResourceId") or each["ResourceArn"])
        for each in service.pages("ListRegistrationAssociations", "RegistrationAssociations", RegistrationId=found.id)
    ]
    status = next(each.status for each in versions if each.number == number)
    return Exported(found.id, found.type, found.name, number, status, values, tuple(associations), found.stack_name)


def _from_json(text: str, registration_type: str | None) -> Exported:
    try:
        content = json.loads(text)
        members = content["RegistrationFieldValues"]
        registration_id = str(content["RegistrationId"])
        values = _values(members)
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(
            "stdin is not the JSON of `aws pinpoint-sms-voice-v2 describe-registration-field-values --registration-id ID` "
            f"({type(error).__name__}: {error})"
        ) from None
    if content.get("NextToken"):
        raise CommandError("stdin holds the first page only, it has a NextToken: run the AWS CLI without --no-paginate")
    return Exported(registration_id, registration_type or "", "", int(content.get("VersionNumber") or 0), "", values)


def _values(members: Any) -> dict[str, str | list[str]]:
    found = {str(each["FieldPath"]): account.value_of(each) for each in members}
    return {path: value for path, value in found.items() if value is not None}
