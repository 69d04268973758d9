"""Scenarios that need every permission of a watch, while IAM decides on each call."""

import os
from collections.abc import Callable
from typing import Any
from unittest import mock

from moto_sms_voice.definitions import TypeDefinition
from sms_registration_contract import function
from sms_registration_contract.containers import Context
from support import iam
from support.form_help import FORM
from support.handler_help import BRAND, api, made_by_hand, succeeded
from support.permissions import World

CAMPAIGN = "US_TEN_DLC_CAMPAIGN_REGISTRATION"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:news"
AFTER_COMPLETE = "ASSOCIATE_AFTER_COMPLETE"


def watch(world: World) -> None:
    """Invoke the watch, as the schedule does."""
    world.stack.stack_status = "UPDATE_COMPLETE"
    variables = {"SERVED_STACK_ID": world.stack.stack_id, "TOPIC_ARN": TOPIC_ARN}
    with mock.patch.dict(os.environ, variables):
        function.module("watch_index").handler({"source": "aws.events", "detail": {}}, Context(world.stack.clock))


def submitted(world: World, name: str, registration_type: str, associations: list[str]) -> str:
    """Deploy a registration whose form is to be submitted, and return its ID."""
    world.stack.types[name] = "Custom::SmsRegistration"
    made = str(succeeded(world.stack.create({"RegistrationType": registration_type}, name))["PhysicalResourceId"])
    fill_in(world, name, made, registration_type, associations)
    return made


def fill_in(world: World, name: str, registration_id: str, registration_type: str, associations: list[str]) -> None:
    """Deploy a form of this registration that is to be submitted."""
    world.stack.types[f"{name}Form"] = FORM
    example = world.fake.example_form(registration_type)
    fields = {path: next(iter(value.values())) for path, value in example.items()}
    properties: dict[str, Any] = {
        "RegistrationId": registration_id,
        "Fields": fields,
        "Associations": associations,
        "Submit": True,
    }
    succeeded(world.stack.create(properties, f"{name}Form"))


def status(world: World, registration_id: str) -> str:
    return str(world.fake.registration(registration_id).current_version.registration_version_status)


def associated(world: World, registration_id: str) -> set[str]:
    return {each.resource_id for each in world.fake.registration(registration_id).associations}


def a_chain(world: World) -> None:
    """Brand, campaign, number: continued after each review, and told. At the end the campaign is denied, and told."""
    number = api().request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TEN_DLC"
    )["PhoneNumberId"]
    brand = submitted(world, "Brand", BRAND, [])
    campaign = submitted(world, "Campaign", CAMPAIGN, [brand, number])
    assert status(world, campaign) == "DRAFT"
    watch(world)
    world.fake.review.approve(brand)
    watch(world)
    assert (status(world, campaign), associated(world, campaign)) == ("SUBMITTED", {brand})
    world.fake.review.approve(campaign)
    watch(world)
    assert associated(world, campaign) == {brand, number}
    # Nothing is left to remember of the mark.
    watch(world)


def a_denial(world: World) -> None:
    reviewed(world, submitted(world, "Brand", BRAND, []))


def a_denial_of_a_form_on_a_registration_that_nobody_owns(world: World) -> None:
    brand = made_by_hand(world.fake, BRAND)
    fill_in(world, "Brand", brand, BRAND, [])
    reviewed(world, brand)


def a_denial_of_a_registration_that_is_filled_in_by_hand(world: World) -> None:
    brand = succeeded(world.stack.create({"RegistrationType": BRAND}, "Brand"))["PhysicalResourceId"]
    for path, value in world.fake.example_form(BRAND).items():
        [(kind, content)] = value.items()
        api().put_registration_field_value(RegistrationId=brand, FieldPath=path, **{kind: content})
    world.fake.submit_registration_version(registration_id=brand)
    reviewed(world, brand)


def reviewed(world: World, brand: str) -> None:
    """Denied, and told; then approved."""
    world.fake.review.deny(brand, fields={"companyInfo.companyName": "Is not this company"})
    watch(world)
    # With what was told of a registration that is approved afterwards, nothing is left to remember.
    world.fake.review.set_status(brand, "REVIEWING", "REVIEWING")
    watch(world)
    world.fake.review.approve(brand)
    watch(world)


def an_agent_after_completion(world: World) -> None:
    """No type has that yet, but a definition may."""
    kind = "TEST_RCS_LAUNCH_REGISTRATION"
    former = world.fake.definitions[kind]
    [supported] = former.type_definition["SupportedAssociations"]
    later = {
        **former.type_definition,
        "SupportedAssociations": [{**supported, "AssociationBehavior": AFTER_COMPLETE}],
    }
    world.fake.definitions.remove(kind)
    world.fake.definitions.add(TypeDefinition(later, [], []))
    agent = api().create_rcs_agent()["RcsAgentId"]
    launch = submitted(world, "Launch", kind, [agent])
    world.fake.review.approve(launch)
    watch(world)
    assert associated(world, launch) == {agent}


def another_stacks_registration(world: World) -> None:
    """It is looked at, and nothing is done with it."""
    made_by_hand(world.fake, BRAND)
    watch(world)


SCENARIOS: list[Callable[[World], None]] = [
    a_chain,
    a_denial,
    a_denial_of_a_form_on_a_registration_that_nobody_owns,
    a_denial_of_a_registration_that_is_filled_in_by_hand,
    an_agent_after_completion,
    another_stacks_registration,
]

LAMBDA_REQUESTS = [
    iam.Request(action, iam.WATCH_LOG_GROUP.replace("*", "log-stream:stream"))
    for action in ("logs:CreateLogStream", "logs:PutLogEvents")
]
"""What Lambda itself does with the role."""
