"""What a destroyed stack leaves because its policy keeps it, and how to adopt it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.assembly import Place
from local_cloud.cloud import LocalCloud
from local_cloud.report import places
from local_cloud.toolchain import LocalCloudError

OWNER_STACK = "cdk-sms-registration:stack"
OWNER_LOGICAL_ID = "cdk-sms-registration:logical-id"
"""Owner tags of the provider function: the ID of the stack, and the logical ID in it."""


def report(cloud: LocalCloud) -> str:
    """The registrations whose stacks no longer exist, what is associated with them, and the lines that adopt them again.

    Returns:
        The text; empty if there is none.
    """
    try:
        found = [_text(each) for each in kept(cloud)]
    except LocalCloudError as error:
        return str(error)
    return "\n\n".join(["Kept, although the stack is destroyed", *found]) if found else ""


def kept(cloud: LocalCloud) -> list[dict[str, Any]]:
    """Return the registrations whose stacks no longer exist, each with its former owner and what is associated with it.

    Raises:
        LocalCloudError: They could not be read.
    """
    try:
        return [_kept(cloud, place, *each) for place in places(cloud) for each in _without_stack(cloud, place)]
    except (BotoCoreError, ClientError) as error:
        raise LocalCloudError(f"What the destroyed stacks left could not be read: {error}") from error


def _without_stack(cloud: LocalCloud, place: Place) -> Iterator[tuple[Mapping[str, Any], Mapping[str, str]]]:
    cloudformation, service = (cloud.client(name, place=place) for name in ("cloudformation", "pinpoint-sms-voice-v2"))
    stacks = {
        stack["StackId"]
        for page in cloudformation.get_paginator("describe_stacks").paginate()
        for stack in page["Stacks"]
    }
    for page in service.get_paginator("describe_registrations").paginate():
        for registration in page["Registrations"]:
            if registration["RegistrationStatus"] == "DELETED":
                continue
            listed = service.list_tags_for_resource(ResourceArn=registration["RegistrationArn"])["Tags"]
            tags = {tag["Key"]: tag["Value"] for tag in listed}
            if OWNER_STACK in tags and tags[OWNER_STACK] not in stacks:
                yield registration, tags


def _kept(cloud: LocalCloud, place: Place, registration: Mapping[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    service = cloud.client("pinpoint-sms-voice-v2", place=place)
    registration_id = registration["RegistrationId"]
    pages = service.get_paginator("list_registration_associations").paginate(RegistrationId=registration_id)
    stack = tags[OWNER_STACK].split("/")[1:2] or [tags[OWNER_STACK]]
    return {
        "registrationId": registration_id,
        "registrationType": registration["RegistrationType"],
        "registrationStatus": registration["RegistrationStatus"],
        "stack": stack[0],
        "logicalId": tags.get(OWNER_LOGICAL_ID, "?"),
        "associations": [
            {
                "resourceId": each["ResourceId"],
                "resourceType": each["ResourceType"],
                "phoneNumber": each.get("PhoneNumber", ""),
            }
            for page in pages
            for each in page["RegistrationAssociations"]
        ],
    }


def _text(kept: Mapping[str, Any]) -> str:
    lines = [
        f"  {kept['registrationId']}  {kept['registrationType']}  {kept['registrationStatus']}",
        f"    of {kept['stack']}, logical ID {kept['logicalId']}",
    ]
    lines += [f"    with {'  '.join(each.values())}".rstrip() for each in kept["associations"]]
    ids = ", ".join(f'"{each["resourceId"]}"' for each in kept["associations"])
    lines += ["    To adopt it again, declare:", f'      registration_type="{kept["registrationType"]}",']
    lines += [f'      existing_registration_id="{kept["registrationId"]}",', "      take_over=True,"]
    lines += [f"      associations=[{ids}],"] if ids else []
    return "\n".join(lines)
