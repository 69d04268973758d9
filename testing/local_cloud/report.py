"""The report at the end of a deployment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

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


def outputs(file: Path) -> str:
    """Format the outputs of the stacks, from the file that `cdk deploy --outputs-file` wrote."""
    lines = []
    for stack, values in outputs_of(file).items():
        lines += [f"Outputs of {stack}"] if values else []
        width = max((len(name) for name in values), default=0)
        lines += [f"  {name.ljust(width)}  {value}" for name, value in values.items()]
    return "\n".join(lines)


def registrations_of(cloud: LocalCloud) -> list[dict[str, str]]:
    """Return ID, type and status of the registrations of the fake service, read through its API.

    Raises:
        LocalCloudError: They could not be read.
    """
    service = cloud.client("pinpoint-sms-voice-v2")
    try:
        pages = list(service.get_paginator("describe_registrations").paginate())
    except (BotoCoreError, ClientError) as error:
        raise LocalCloudError(f"The registrations of the fake service could not be read: {error}") from error
    return [
        {
            "registrationId": registration["RegistrationId"],
            "registrationType": registration["RegistrationType"],
            "registrationStatus": registration["RegistrationStatus"],
        }
        for page in pages
        for registration in page["Registrations"]
    ]


def registrations(cloud: LocalCloud) -> str:
    """List the registrations of the fake service, or say why they could not be read."""
    try:
        found = registrations_of(cloud)
    except LocalCloudError as error:
        return str(error)
    lines = ["Registrations of the fake service" if found else "The fake service has no registrations"]
    return "\n".join([*lines, *("  " + "  ".join(one.values()) for one in found)])


def function_logs(cloud: LocalCloud, since: int) -> str:
    """Return the last log lines of the Lambda functions, for a failed deployment.

    Args:
        cloud: The cloud.
        since: When the deployment began, in milliseconds since the epoch.
    """
    logs = cloud.client("logs")
    events: list[dict[str, Any]] = []
    for group in logs.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        found = logs.filter_log_events(logGroupName=name, startTime=since)["events"]
        events += [{**event, "group": name} for event in found]
    if not events:
        return "No Lambda function wrote to its log."
    events.sort(key=lambda event: event["timestamp"])
    lines = [f"  {event['message'].rstrip()}" for event in events[-LOG_LINES_SHOWN:]]
    groups = ", ".join(sorted({event["group"] for event in events}))
    return "\n".join([f"The last lines that Lambda functions logged ({groups})", *lines])
