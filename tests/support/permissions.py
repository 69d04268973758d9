"""Scenarios that need every permission of the function, on a stack with every feature, while IAM decides on each call."""

import contextlib
import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from moto import mock_aws

import moto_sms_voice
from sms_registration_contract import cloudformation, function
from sms_registration_contract.cloudformation import ACCOUNT, REGION, CloudFormation
from sms_registration_contract.containers import Containers
from sms_registration_contract.response_endpoint import ResponseEndpoint
from support import iam
from support.form_help import Form
from support.handler_help import BRAND, OTHER_TYPE, PREFIX, PROPERTIES, TOLL_FREE, api, made_by_hand, succeeded, tags_of

EVERYTHING: dict[str, Any] = json.loads((Path(__file__).parents[1] / "lambda" / "everything.snapshot.json").read_text())
"""The custom resources and policies of a stack with every feature (tests/constructs/test_everything.py)."""

OURS = "AWS::StackId"
"""The ARN of the stack in `CONSTANT` and in `Named`."""

CONSTANT = iam.policy_of(
    {name: each for name, each in EVERYTHING.items() if name.startswith("SmsRegistrationProvider")}, OURS
)
"""What every function may do, whatever its stack declares. The template's file from an asset is not in a test's way."""


@dataclass(frozen=True)
class Named:
    """A registration that the template names by its ID, and the policy that its construct adds."""

    id: str

    @property
    def policy(self) -> iam.Policy:
        found = {
            name: each
            for name, each in EVERYTHING.items()
            if each["Type"] == "AWS::IAM::Policy" and self.id in json.dumps(each)
        }
        assert len(found) == 1, self.id
        return iam.policy_of(found, OURS)


NAMED_REGISTRATION = Named("registration-1111111111111111")
NAMED_FORM = Named("registration-2222222222222222")


def policy_for(event: Mapping[str, Any], in_stack: Callable[[str], iam.Policy]) -> iam.Policy:
    """The policy of the function while it handles an event.

    The registrations that the event's properties name by their ID have the permissions of the two that the template names. In an
    Update, those of the old properties still exist: CloudFormation removes a policy when it cleans up.

    Args:
        event: The event. The form of a registration of its stack has permissions of its own only if it is taken over.
        in_stack: Returns the policy in a stack with every feature, by the stack's ID.
    """
    stack = cloudformation.stacks.get(event["StackId"])
    own = {each.physical_id for each in stack.resources.values()} if stack else set()
    properties = [event.get(name) or {} for name in ("ResourceProperties", "OldResourceProperties")]
    adopted = [str(each["ExistingRegistrationId"]) for each in properties if each.get("ExistingRegistrationId")]
    forms = [
        str(each["RegistrationId"])
        for each in properties
        if isinstance(each.get("RegistrationId"), str) and (each["RegistrationId"] not in own or each.get("TakeOver"))
    ]
    tags = [each.get("Tags") or [] for each in properties]
    keys = [str(tag["Key"]) for each in tags if isinstance(each, list) for tag in each if "Key" in tag]
    return in_stack(event["StackId"]).naming({NAMED_REGISTRATION.id: adopted, NAMED_FORM.id: forms}, {"team": keys})


ATTACHMENT = "Custom::SmsRegistrationAttachment"
PNG = b"\x89PNG\r\n\x1a\n" + b"opt-in" * 20
KEY = "arn:aws:kms:us-east-1:123456789012:key/our-own"


class World:
    """A stack under its policy, with the values of the template's references."""

    def __init__(self, stack: CloudFormation, fake: Any, template: dict[str, Any]) -> None:
        self.stack, self.fake = stack, fake
        self.references: dict[str, Any] = iam.pseudo_parameters(stack.stack_id)
        self.template = template

    def properties(self, logical_id: str) -> dict[str, Any]:
        return dict(iam.resolve(self.template[logical_id]["Properties"], self.references))

    def deploy(self, logical_id: str, **more: Any) -> dict[str, Any]:
        self.stack.types[logical_id] = self.template[logical_id]["Type"]
        properties = {**self.properties(logical_id), **more}
        made = logical_id in self.stack.resources
        response = succeeded((self.stack.update if made else self.stack.create)(properties, logical_id))
        self.references[logical_id] = response["PhysicalResourceId"]
        return response

    def another(self) -> CloudFormation:
        return CloudFormation(self.stack.endpoint, self.stack.clock, self.stack.handler, "Other")


def everything(world: World) -> None:
    """Deploy the whole template, with attachments, secrets, parameters and a number. Then change, deny and resubmit it."""
    for logical_id in ("FromBucket6AEC0055", "FromAssetF2A31CF9", "TollFreeD0DB09A2"):
        world.deploy(logical_id)
    number = api().request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TOLL_FREE"
    )["PhoneNumberId"]
    form = "TollFreeForm79AFCE65"
    example = world.fake.example_form(TOLL_FREE, attachment_id=world.references["FromBucket6AEC0055"])
    fields = {path: next(iter(value.values())) for path, value in example.items()}
    fields |= world.properties(form)["Fields"]
    more: dict[str, Any] = {"Associations": [number]}
    assert world.deploy(form, Fields=fields, **more)["Data"]["VersionStatus"] == "SUBMITTED"
    fields["contactInfo.firstName"] = "Another"
    world.deploy(form, Fields=fields, **more)
    registration_id = world.references["TollFreeD0DB09A2"]
    world.fake.review.deny(registration_id)
    fields["contactInfo.firstName"] = "A third"
    assert world.deploy(form, Fields=fields, **more)["Data"]["VersionNumber"] == "3"
    succeeded(world.stack.delete(form))
    succeeded(world.stack.delete("FromAssetF2A31CF9"))


def a_draft_that_loses_a_value(world: World) -> None:
    form = Form(world.stack, world.fake)
    succeeded(form.create(Submit=False, change={"companyInfo.legalType": ["PUBLIC_PROFIT"], **PUBLIC}))
    succeeded(form.update(Submit=False))


PUBLIC = {
    "companyInfo.stockSymbol": "EXMP",
    "companyInfo.stockExchange": ["NASDAQ"],
    "companyInfo.businessContactEmail": "ir@example.com",
}


def tags_and_a_change_of_type(world: World) -> None:
    succeeded(world.stack.create({**PROPERTIES, "Tags": [{"Key": "team", "Value": "growth"}]}))
    succeeded(world.stack.update(PROPERTIES))
    succeeded(world.stack.update(OTHER_TYPE))
    succeeded(world.stack.delete())


def an_interrupted_create_is_swept(world: World) -> None:
    event = world.stack.event("Create", properties=PROPERTIES)
    world.stack.deliver(event)
    succeeded(world.stack.invoke(world.stack.event("Delete", properties=PROPERTIES, physical_id="Stack-TollFree-ABC")))
    assert not world.fake.live_registrations()


def adopted_and_released(world: World) -> None:
    succeeded(world.stack.create({**PROPERTIES, "ExistingRegistrationId": made_by_hand(world.fake)}))
    succeeded(world.stack.delete())


def taken_over_and_given_back(world: World) -> None:
    other = world.another()
    registration_id = succeeded(other.create(PROPERTIES))["PhysicalResourceId"]
    adopting = {**PROPERTIES, "ExistingRegistrationId": registration_id, "TakeOver": True}
    succeeded(world.stack.create(adopting))
    world.stack.stack_status = "ROLLBACK_IN_PROGRESS"
    succeeded(world.stack.delete())
    assert tags_of(world.fake, registration_id)[PREFIX + "stack"] == other.stack_id


def a_form_on_an_unowned_registration(world: World) -> None:
    form = Form(world.stack, world.fake, registration_id=made_by_hand(world.fake, BRAND))
    succeeded(form.create())
    succeeded(form.update(change={"companyInfo.city": "Tacoma"}))
    succeeded(world.stack.delete("Form"))


def a_form_taken_over(world: World) -> None:
    """From another stack, on a registration that neither of them owns."""
    registration_id = made_by_hand(world.fake, BRAND)
    succeeded(Form(world.another(), world.fake, registration_id=registration_id).create(Submit=False))
    succeeded(Form(world.stack, world.fake, registration_id=registration_id).create(Submit=False, TakeOver=True))


def a_submitted_one_is_withdrawn_with_its_registration(world: World) -> None:
    form = Form(world.stack, world.fake)
    succeeded(form.create())
    succeeded(world.stack.delete("Form"))
    succeeded(world.stack.delete("Registration"))


def a_revision(world: World) -> None:
    form = Form(world.stack, world.fake)
    succeeded(form.create(Revision="1"))
    succeeded(form.update(Revision="2"))


def a_vetting_with_its_brand(world: World) -> None:
    """Associate a registration with one that is not the stack's."""
    brand = made_by_hand(world.fake, BRAND)
    world.fake.registration(brand).registration_status = "COMPLETE"
    form = Form(world.stack, world.fake, "US_TEN_DLC_BRAND_VETTING")
    succeeded(form.create(Associations=[brand], Submit=False))
    assert [call.parameters["ResourceId"] for call in world.fake.calls_to("CreateRegistrationAssociation")] == [brand]


def an_rcs_agent(world: World) -> None:
    agent = api().create_rcs_agent()["RcsAgentId"]
    world.deploy("FromBucket6AEC0055")
    form = Form(world.stack, world.fake, "TEST_RCS_LAUNCH_REGISTRATION")
    files = {path: world.references["FromBucket6AEC0055"] for path in form.fields if path.endswith("Image")}
    succeeded(form.create(Associations=[agent], Submit=False, change=files))
    assert len(world.fake.calls_to("CreateRegistrationAssociation")) == 1


def a_file_that_changes(world: World) -> None:
    world.deploy("FromBucket6AEC0055")
    world.stack.update(
        {**world.properties("FromBucket6AEC0055"), "Key": "forms/opt-in.png", "Tags": [{"Key": "a", "Value": "b"}]},
        "FromBucket6AEC0055",
    )
    world.stack.update(world.properties("FromBucket6AEC0055"), "FromBucket6AEC0055")


def an_interrupted_upload_is_swept(world: World) -> None:
    world.stack.types["File"] = ATTACHMENT
    properties = world.properties("FromBucket6AEC0055")
    world.stack.deliver(world.stack.event("Create", "File", properties))
    succeeded(
        world.stack.invoke(world.stack.event("Delete", "File", properties, physical_id="Stack-File-ABCDEFGHIJKLM"))
    )


def a_leftover_goes_with_its_registration(world: World) -> None:
    """A replaced file that a denied version refers to is marked, and deleted with the registration."""
    file = "FromBucket6AEC0055"
    first = str(world.deploy(file)["PhysicalResourceId"])
    number = api().request_phone_number(
        IsoCountryCode="US", MessageType="TRANSACTIONAL", NumberCapabilities=["SMS"], NumberType="TOLL_FREE"
    )["PhoneNumberId"]
    form = Form(world.stack, world.fake, TOLL_FREE)
    image = {"messagingUseCase.optInImage": {"AttachmentId": first}}
    succeeded(form.create(Associations=[number], change=image))
    world.fake.review.deny(form.registration_id)
    place = world.properties(file)
    boto3.client("s3", region_name=REGION).put_object(Bucket=place["Bucket"], Key=place["Key"], Body=PNG + b"another")
    image = {"messagingUseCase.optInImage": {"AttachmentId": str(world.deploy(file)["PhysicalResourceId"])}}
    arn = world.fake.store.attachments[first].registration_attachment_arn
    assert world.fake.store.tags[arn].current[PREFIX + "state"] == "leftover"
    succeeded(form.update(Associations=[number], change=image, Submit=False))
    api().release_phone_number(PhoneNumberId=number)
    succeeded(world.stack.delete("Form"))
    succeeded(world.stack.delete("Registration"))
    assert world.fake.store.attachments[first].attachment_status == "DELETED"


def the_same_form_twice(world: World) -> None:
    """Another stack submits the same form, and is refused after it was compared."""
    first, second = Form(world.stack, world.fake), Form(world.another(), world.fake)
    succeeded(first.create())
    response = second.create()
    assert response is not None
    assert response["Status"] == "FAILED"
    assert f"as version 1 of {first.registration_id}" in response["Reason"]


SCENARIOS: list[Callable[[World], None]] = [
    everything,
    a_draft_that_loses_a_value,
    tags_and_a_change_of_type,
    an_interrupted_create_is_swept,
    adopted_and_released,
    taken_over_and_given_back,
    a_form_on_an_unowned_registration,
    a_form_taken_over,
    a_submitted_one_is_withdrawn_with_its_registration,
    a_revision,
    a_vetting_with_its_brand,
    an_rcs_agent,
    a_file_that_changes,
    an_interrupted_upload_is_swept,
    a_leftover_goes_with_its_registration,
    the_same_form_twice,
]


# --- running them ---


SECRETS = {
    "company-AbCdEf": "Example Corp",
    "json-GhIjKl": '{"website": "https://www.example.com"}',
    "by-name": '{"address": "1 Main Street"}',
}
PARAMETERS = {"/company/city": "Seattle", "/company/state": "WA"}


def with_external_values() -> tuple[dict[str, Any], dict[str, str]]:
    """Create the objects, secrets and parameters of the template; return it with the encrypted resources and their key."""
    client = function.module("aws.reads").client
    text = json.dumps(EVERYTHING)
    for name, content in SECRETS.items():
        made = client("secretsmanager").create_secret(
            Name=name if name == "by-name" else name[:-7], SecretString=content
        )
        if name != "by-name":
            # The service generates the last six characters.
            text = text.replace(name, made["ARN"].rpartition(":")[2])
    for name, content in PARAMETERS.items():
        client("ssm").put_parameter(Name=name, Value=content, Type="SecureString")
    template = json.loads(text)
    references = iam.pseudo_parameters("stack")
    for position, logical_id in enumerate(("FromBucket6AEC0055", "FromAssetF2A31CF9")):
        place = iam.resolve(template[logical_id]["Properties"], references)
        client("s3").create_bucket(Bucket=place["Bucket"])
        client("s3").put_object(Bucket=place["Bucket"], Key=place["Key"], Body=PNG + bytes(position))
    fields = template["TollFreeForm79AFCE65"]["Properties"]["Fields"]
    encrypted = (
        "arn:aws:s3:::our-bucket/forms/opt-in.png",
        fields["companyInfo.website"]["SecretId"],
        iam.ARN.format("ssm", "parameter/company/state"),
    )
    return template, dict.fromkeys(encrypted, KEY)


@contextlib.contextmanager
def world_of(
    endpoint: ResponseEndpoint, more_keys: Mapping[str, str] = {}, *, forged: bool = False
) -> Iterator[tuple[World, iam.Authorization]]:
    """A stack of the template, with IAM deciding on every call: of the provider function in its runs, otherwise of the watch.

    Args:
        endpoint: Receives the responses.
        more_keys: KMS keys of further resources, by their ARNs.
        forged: Whether the events are not CloudFormation's: then no template names the registrations in them.
    """
    other_services = function.module("aws.reads")
    with mock_aws(), function.in_virtual_time() as clock, function.calling_the_simulator():
        other_services.client.cache_clear()
        template, keys = with_external_values()
        fake = moto_sms_voice.backend(account_id=ACCOUNT, region=REGION)
        clients = [function.module("aws.sms_voice").sms_voice_client(), cloudformation.client()]
        clients += [other_services.client(name) for name in ("events", "s3", "secretsmanager", "sns", "ssm")]
        handler = Containers(clock, function.module("index").handler)
        in_stack = functools.cache(functools.partial(iam.policy_of, template))
        watch_policy = functools.cache(lambda stack_id: iam.policy_of(template, stack_id, iam.WATCH_ROLE))

        def policy() -> iam.Policy:
            if not handler.running:
                return watch_policy(stack.stack_id)
            event = handler.running[-1][0]
            return in_stack(event["StackId"]) if forged else policy_for(event, in_stack)

        def tags(arn: str) -> dict[str, str]:
            return dict(fake.store.tags[arn].current) if arn in fake.store.tags else {}

        stack = CloudFormation(endpoint, clock, handler)
        function.module("aws.reads").client("sns").create_topic(Name="news")
        with iam.enforced(clients, policy, tags, {**keys, **more_keys}) as authorization:
            yield World(stack, fake, template), authorization
    other_services.client.cache_clear()
