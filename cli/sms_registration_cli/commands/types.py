"""`sms-registration types`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from sms_registration_cli import output
from sms_registration_cli.options import AwsOptions, aws_options, json_option
from sms_registration_cli.session import service

WHEN = {
    "ASSOCIATE_BEFORE_SUBMIT": "before it is submitted",
    "ASSOCIATE_ON_APPROVAL": "by itself when approved",
    "ASSOCIATE_AFTER_COMPLETE": "after it is complete",
}


@click.command("types")
@click.option("--country", metavar="CODE", help="Only types of this country, such as US.")
@click.option("--resource", metavar="TYPE", help="Only types for this resource, such as TOLL_FREE or SENDER_ID.")
@json_option
@aws_options
def command(country: str | None, resource: str | None, as_json: bool, aws: AwsOptions) -> None:
    """List the registration types that the Region offers."""
    found = [
        each
        for each in service(aws).pages("DescribeRegistrationTypeDefinitions", "RegistrationTypeDefinitions")
        if _is_of_country(each, country) and _is_for(each, resource)
    ]
    if as_json:
        output.show_json(found)
        return
    table = output.table("=Type", "Title", "Is associated with")
    for each in found:
        title = (each.get("DisplayHints") or {}).get("Title") or ""
        table.add_row(
            output.cell(str(each["RegistrationType"]), "bold"), output.cell(title), output.cell(_associations(each))
        )
    output.show(table)
    if not found:
        output.note("No type fits. Without --country and --resource, all types of the Region are listed.")


def _is_of_country(definition: Mapping[str, Any], country: str | None) -> bool:
    """By the associations, or by the type's name: a brand is associated with nothing of a country."""
    if country is None:
        return True
    codes = {str(each.get("IsoCountryCode")) for each in definition.get("SupportedAssociations") or ()}
    code = country.upper()
    return code in codes or str(definition["RegistrationType"]).startswith(f"{code}_")


def _is_for(definition: Mapping[str, Any], resource: str | None) -> bool:
    if resource is None:
        return True
    wanted = resource.upper().replace("-", "_")
    return any(each.get("ResourceType") == wanted for each in definition.get("SupportedAssociations") or ())


def _associations(definition: Mapping[str, Any]) -> str:
    return "\n".join(
        " ".join(
            filter(
                None,
                (
                    str(each.get("ResourceType")),
                    f"({each['IsoCountryCode']})" if each.get("IsoCountryCode") else "",
                    WHEN.get(str(each.get("AssociationBehavior")), str(each.get("AssociationBehavior"))),
                ),
            )
        )
        for each in definition.get("SupportedAssociations") or ()
    )
