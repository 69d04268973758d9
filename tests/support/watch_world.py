"""A stack with a brand, its vetting, a campaign and its numbers, and the watch of that stack, in virtual time."""

import contextlib
import functools
import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

import botocore.exceptions

from moto_sms_voice.definitions import Definitions, TypeDefinition
from sms_registration_contract import function
from sms_registration_contract.containers import Context, Killed
from sms_registration_contract.direct_client import DirectClient
from support import small_forms
from support import world as worlds_module
from support.scenarios import FORM, REGISTRATION
from support.small_forms import BRAND, CAMPAIGN, KIND, NAME, NOTE
from support.stack import Stack, Template
from support.world import DirectCloudFormation, World, Worlds

VETTING = "US_TEN_DLC_BRAND_VETTING"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:news"
CANARY = "CANARY"
WATCH_SECONDS = 300.0
SCHEDULE: dict[str, Any] = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
"""What the schedule sends."""

_NUMBER = {
    "ResourceType": "TEN_DLC",
    "IsoCountryCode": "US",
    "AssociationBehavior": "ASSOCIATE_AFTER_COMPLETE",
    "DisassociationBehavior": "DISASSOCIATE_ALL_ALLOWS_DELETE_REGISTRATION",
}


@functools.cache
def definitions() -> Definitions:
    """The small forms, with vettings, and campaigns that also take numbers when they are complete."""
    offered = Definitions()
    for each in offered.all():
        offered.remove(each.name)
    for each in small_forms.definitions().all():
        offered.add(each)
    campaign = small_forms.definitions()[CAMPAIGN]
    parent = campaign.type_definition["SupportedAssociations"][0]
    offered.remove(CAMPAIGN)
    offered.add(
        TypeDefinition(
            {**campaign.type_definition, "SupportedAssociations": [parent, _NUMBER]}, campaign.sections, campaign.fields
        )
    )
    vetting = {"RegistrationType": VETTING, "SupportedAssociations": [parent], "DisplayHints": {"Title": "A vetting"}}
    offered.add(TypeDefinition(vetting, [], []))
    return offered


class Outbox:
    """SNS and EventBridge.

    Attributes:
        before: Called before each request.
        after: Called after each request.
        published: The parameters of each Publish.
        events: Each entry of PutEvents.
        failing: Names of the services that fail: `sns`, `events`.
    """

    def __init__(self) -> None:
        self.published: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.failing: set[str] = set()
        self.before: Callable[[], object] = int
        self.after: Callable[[], object] = int

    def publish(self, **parameters: Any) -> dict[str, Any]:
        """Publish."""
        self._check("sns", "Publish")
        self.published.append(parameters)
        self.after()
        return {"MessageId": "1"}

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        """PutEvents."""
        self._check("events", "PutEvents")
        self.events += Entries
        self.after()
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in Entries]}

    def _check(self, service: str, operation: str) -> None:
        self.before()
        if service in self.failing:
            error = {"Error": {"Code": "AuthorizationError", "Message": f"{CANARY} in a message"}}
            raise botocore.exceptions.ClientError(error, operation)

    def details(self) -> list[dict[str, Any]]:
        """The detail of each event, in order."""
        return [json.loads(each["Detail"]) for each in self.events]

    def told(self) -> list[tuple[str, str]]:
        """Kind and logical ID of each message to the topic, in order, and forget them and the events."""
        found = [
            (each["MessageAttributes"]["kind"]["StringValue"], detail["logicalId"])
            for each, detail in zip(self.published, self.details(), strict=True)
        ]
        self.published.clear()
        self.events.clear()
        return found

    def texts(self) -> list[str]:
        """The text of each message to the topic."""
        return [str(json.loads(each["Message"])["default"]) for each in self.published]


class Watched:
    """One account with one stack, and its watch."""

    def __init__(self, world: World, stack: Stack | None = None) -> None:
        self.world = world
        world.fake.definitions = definitions()
        self.fake: Any = world.fake
        self.stack = stack or world.stack("Sms")
        self.outbox = Outbox()
        self.environment = {"TOPIC_ARN": TOPIC_ARN}

    # --- the watch ---

    def watch(self, event: Any = SCHEDULE, limit: float = WATCH_SECONDS) -> None:
        """Invoke the watch once."""
        variables = {"SERVED_STACK_ID": self.stack.stack_id, **self.environment}
        client = mock.patch.object(function.module("aws.reads"), "client", return_value=self.outbox)
        with mock.patch.dict(os.environ, variables), client:
            function.module("watch_index").handler(event, self.context(limit))

    def context(self, limit: float = WATCH_SECONDS) -> Context:
        """The context of an invocation that begins now."""
        return Context(self.world.clock, limit)

    def survives(self, event: Any = SCHEDULE) -> None:
        """Invoke the watch once, as Lambda does when it fails: the error is logged."""
        with contextlib.suppress(Killed, function.module("watch.passes").IncompletePass):
            self.watch(event)

    def settle(self) -> None:
        """Let the schedule do the rest: after hours, and after days for what the service refused."""
        for hours in (1, 25, 25, 1):
            self.pass_time(hours=hours)
            self.survives()

    def submissions(self, logical_id: str) -> int:
        """How many submissions of a registration the service accepted."""
        identity = self.id(logical_id)
        return sum(
            call.operation == "SubmitRegistrationVersion"
            and call.parameters.get("RegistrationId") == identity
            and call.error is None
            for call in self.fake.calls
        )

    def event(self, logical_id: str) -> dict[str, Any]:
        """A status event about a registration."""
        return {
            "source": "aws.sms-voice",
            "detail-type": "Registration Status Change",
            "detail": {"registrationDetails": {"registrationId": self.id(logical_id), "currentStatus": "?"}},
        }

    # --- the stack and the service ---

    def deploy(self, template: Template, **more: Any) -> str:
        """Deploy, a while after what happened before."""
        self.world.clock.passed += 120
        return self.stack.deploy(template, **more)

    def id(self, logical_id: str) -> str:
        """The RegistrationId of a resource."""
        return self.stack.resources[logical_id].physical_id.removeprefix("form-of:")

    def registration(self, logical_id: str) -> Any:
        """What the service has."""
        return self.fake.registration(self.id(logical_id))

    def status(self, logical_id: str) -> str:
        """The status of the current version."""
        return str(self.registration(logical_id).current_version.registration_version_status)

    def associated(self, logical_id: str) -> set[str]:
        """IDs of what is associated."""
        return {each.resource_id for each in self.registration(logical_id).associations}

    def tags(self, logical_id: str) -> dict[str, str]:
        """The tags of a registration."""
        return dict(self.fake.store.tags[self.registration(logical_id).registration_arn].current)

    def approve(self, logical_id: str) -> None:
        """The reviewer approves."""
        self.fake.review.approve(self.id(logical_id))

    def number(self) -> str:
        """A new 10DLC number."""
        made = self.fake.request_phone_number(
            iso_country_code="US", message_type="TRANSACTIONAL", number_capabilities=["SMS"], number_type="TEN_DLC"
        )
        return str(made["phone_number_id"])

    def writes(self) -> int:
        """How many writes the service has seen."""
        return len(self.fake.writes)

    def pass_time(self, **units: float) -> None:
        """Let time pass: `days=1`, `hours=2`."""
        seconds = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0}
        self.world.clock.passed += sum(seconds[unit] * count for unit, count in units.items())


# --- templates ---


def registration(kind: str) -> dict[str, Any]:
    """A registration."""
    return {"Type": REGISTRATION, "Properties": {"RegistrationType": kind}}


def form(of: str, fields: Mapping[str, Any], associations: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    """The form of a registration, to be submitted."""
    return {
        "Type": FORM,
        "Properties": {
            "RegistrationId": {"Fn::GetAtt": [of, "RegistrationId"]},
            "Fields": dict(fields),
            "Associations": associations or [],
            "Submit": True,
            **more,
        },
    }


BRAND_FIELDS = {NAME: f"{CANARY} brand", KIND: ["PRIVATE"], NOTE: f"{CANARY} note"}
CAMPAIGN_FIELDS = {NAME: f"{CANARY} campaign"}


def chain(
    *numbers: str, vetting: bool = False, campaign: Mapping[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    """A brand, optionally its vetting, and a campaign with numbers."""
    vettings: Template = {
        "Vetting": {**registration(VETTING), "DependsOn": "Brand"},
        "VettingForm": form("Vetting", {}, [{"Ref": "Brand"}]),
    }
    return {
        "Brand": registration(BRAND),
        "BrandForm": form("Brand", BRAND_FIELDS),
        **(vettings if vetting else {}),
        "Campaign": {**registration(CAMPAIGN), "DependsOn": "Brand"},
        "CampaignForm": form("Campaign", campaign or CAMPAIGN_FIELDS, [{"Ref": "Brand"}, *numbers], **more),
    }


@contextlib.contextmanager
def watched_worlds() -> Iterator[Worlds]:
    """Worlds in which the watch meets the same service and the same stacks as the provider function."""
    with worlds_module.worlds() as found:
        index = function.module("watch_index")
        client, stacks = DirectClient(found.fake), DirectCloudFormation()
        with (
            mock.patch.object(index, "sms_voice_client", return_value=client),
            mock.patch.object(index, "cloudformation_client", return_value=stacks),
        ):
            yield found
