"""The report at the end of a deployment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud import logs
from local_cloud.assembly import Place
from local_cloud.cloud import LocalCloud
from local_cloud.toolchain import LocalCloudError

LOG_LINES_SHOWN = 40
# Prefixes of the outputs that the CDK generates for references between stacks.
GENERATED = ("ExportsOutput", "PublishOutput")


def outputs_of(file: Path) -> dict[str, dict[str, str]]:
    """Return the outputs of the stacks by stack and name, from the file that `cdk deploy --outputs-file` wrote."""
    stacks = json.loads(file.read_text()) if file.exists() else {}
    return {
        stack: {name: value for name, value in values.items() if not name.startswith(GENERATED)}
        for stack, values in stacks.items()
    }


def outputs(stacks: Mapping[str, Mapping[str, str]]) -> str:
    """Format the outputs of stacks.

    Args:
        stacks: As `outputs_of` returns them.
    """
    lines = []
    for stack, values in stacks.items():
        lines += [f"Outputs of {stack}"] if values else []
        width = max((len(name) for name in values), default=0)
        lines += [f"  {name.ljust(width)}  {value}" for name, value in values.items()]
    return "\n".join(lines)


def registrations_of(cloud: LocalCloud) -> list[dict[str, str]]:
    """Return ID, type and status of the registrations of the fake service, read through its API.

    Raises:
        LocalCloudError: They could not be read.
    """
    try:
        return [each for place in places(cloud) for each in _registrations_in(cloud, place)]
    except (BotoCoreError, ClientError) as error:
        raise LocalCloudError(f"The registrations of the fake service could not be read: {error}") from error


def places(cloud: LocalCloud) -> list[Place]:
    """Return the accounts and Regions that have registrations, and those of the cloud first."""
    file = cloud.state / "sms-voice.json"
    stores = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    found = [
        Place(account, region)
        for account, regions in sorted(stores.items())
        for region, store in sorted(regions.items())
        if store["registrations"]
    ]
    return list(dict.fromkeys([Place(cloud.account, cloud.region), *found]))


def _registrations_in(cloud: LocalCloud, place: Place) -> list[dict[str, str]]:
    service = cloud.client("pinpoint-sms-voice-v2", place=place)
    return [
        {
            "registrationId": registration["RegistrationId"],
            "registrationType": registration["RegistrationType"],
            "registrationStatus": registration["RegistrationStatus"],
            "account": place.account,
            "region": place.region,
        }
        for page in service.get_paginator("describe_registrations").paginate()
        for registration in page["Registrations"]
    ]


def registrations(cloud: LocalCloud) -> str:
    """List the registrations of the fake service, or say why they could not be read."""
    try:
        found = registrations_of(cloud)
    except LocalCloudError as error:
        return str(error)
    lines = ["Registrations of the fake service" if found else "The fake service has no registrations"]
    only_here = {(one["account"], one["region"]) for one in found} <= {(cloud.account, cloud.region)}
    shown = [list(one.values())[: None if not only_here else -2] for one in found]
    return "\n".join([*lines, *("  " + "  ".join(values) for values in shown)])


def function_logs(cloud: LocalCloud, began: float) -> str:
    """Return what functions logged as a warning or an error, for a failed deployment, and where all of it is.

    What is in a Reason is left out: the CDK CLI has shown it.

    Args:
        cloud: The cloud.
        began: When the deployment began, in seconds since the epoch.
    """
    since = datetime.fromtimestamp(int(began), timezone.utc).isoformat(timespec="milliseconds")
    found = [each for each in logs.lines([cloud.log.parent]) if each["@timestamp"] >= since]
    if not found:
        return "No Lambda function wrote to its log."
    reasons = _reasons(cloud)
    lines = [f"  {each['level']}  {each['message']}" for each in found if _is_news(each, reasons)]
    head = ["The last warnings and errors that Lambda functions logged"] if lines else []
    where = (
        f"All that Lambda functions logged: {cloud.log.parent / logs.FUNCTIONS}; the verb `logs` shows and searches it"
    )
    return "\n".join([*head, *lines[-LOG_LINES_SHOWN:], where])


def _is_news(record: Mapping[str, Any], reasons: str) -> bool:
    if record.get("level") not in ("WARNING", "ERROR", "CRITICAL"):
        return False
    message = str(record["message"]).strip()
    # Many lines begin with the ID that they are about, and the Reason leaves it out.
    return message not in reasons and (message.partition(": ")[2] or message) not in reasons


def _reasons(cloud: LocalCloud) -> str:
    """The Reasons in the events of all stacks, also of those that were deleted."""
    found = []
    for place in cloud.deployed_to:
        cloudformation = cloud.client("cloudformation", place=place)
        for stack in cloudformation.list_stacks()["StackSummaries"]:
            found += cloudformation.describe_stack_events(StackName=stack["StackId"])["StackEvents"]
    return "\n".join(event.get("ResourceStatusReason", "") for event in found)
