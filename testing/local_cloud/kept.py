"""What a destroyed stack leaves because its policy keeps it, and how to adopt it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_cloud.cloud import LocalCloud

OWNER_STACK = "cdk-sms-registration:stack"
OWNER_LOGICAL_ID = "cdk-sms-registration:logical-id"
"""Owner tags of the provider function: the ID of the stack, and the logical ID in it."""


def report(cloud: LocalCloud) -> str:
    """The registrations whose stacks no longer exist, what is associated with them, and the lines that adopt them again.

    Returns:
        The text; empty if there is none.
    """
    try:
        found = [_registration(cloud, *each) for each in _without_stack(cloud)]
    except (BotoCoreError, ClientError) as error:
        return f"What the destroyed stacks left could not be read: {error}"
    return "\n\n".join(["Kept, although the stack is destroyed", *found]) if found else ""


def _without_stack(cloud: LocalCloud) -> Iterator[tuple[Mapping[str, Any], Mapping[str, str]]]:
    cloudformation, service = cloud.client("cloudformation"), cloud.client("pinpoint-sms-voice-v2")
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


def _registration(cloud: LocalCloud, registration: Mapping[str, Any], tags: Mapping[str, str]) -> str:
    service = cloud.client("pinpoint-sms-voice-v2")
    registration_id = registration["RegistrationId"]
    pages = service.get_paginator("list_registration_associations").paginate(RegistrationId=registration_id)
    associations = [each for page in pages for each in page["RegistrationAssociations"]]
    stack = tags[OWNER_STACK].split("/")[1:2] or [tags[OWNER_STACK]]
    lines = [
        f"  {registration_id}  {registration['RegistrationType']}  {registration['RegistrationStatus']}",
        f"    of {stack[0]}, logical ID {tags.get(OWNER_LOGICAL_ID, '?')}",
    ]
    lines += [
        f"    with {each['ResourceId']}  {each['ResourceType']}  {each.get('PhoneNumber', '')}".rstrip()
        for each in associations
    ]
    ids = ", ".join(f'"{each["ResourceId"]}"' for each in associations)
    lines += ["    To adopt it again, declare:", f'      registration_type="{registration["RegistrationType"]}",']
    lines += [f'      existing_registration_id="{registration_id}",', "      take_over=True,"]
    lines += [f"      associations=[{ids}],"] if ids else []
    return "\n".join(lines)
