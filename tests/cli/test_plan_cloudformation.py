"""`plan` asks CloudFormation what a declared resource is now, so that it tells what the deployment replaces."""

from __future__ import annotations

import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.models import CloudFormationBackend

from sms_registration_cli import session
from sms_registration_cli.options import AwsOptions
from sms_registration_cli.planning.assembly import (
    NATIVE_REGISTRATION,
    PHONE_NUMBER,
    RCS_AGENT,
    SENDER_ID,
    Reference,
    Stack,
    Unknown,
    read,
)
from sms_registration_cli.planning.deployed import DeployedStack, DeployedStacks
from sms_registration_cli.planning.identities import Identities, Identity
from support.assemblies import assembly, form, registration
from support.deployed_stacks import deploy, remove
from support.fake_help import BRAND, CAMPAIGN, RCS, TFN, create, fill, submitted, toll_free_number

TOLL_FREE = {"IsoCountryCode": "US", "NumberCapabilities": ["SMS"], "NumberType": "TOLL_FREE"}
CHANGED: dict[str, Any] = {**TOLL_FREE, "NumberCapabilities": ["SMS", "VOICE"]}


def owned(logical_id: str, stack: str = "Sms") -> list[dict[str, str]]:
    stack_id = f"arn:aws:cloudformation:us-east-1:123456789012:stack/{stack}/0123"
    tags = {"stack": stack_id, "logical-id": logical_id, "form-stack": stack_id, "form-logical-id": f"{logical_id}Form"}
    return [{"Key": f"cdk-sms-registration:{name}", "Value": value} for name, value in tags.items()]


def number(properties: dict[str, Any] = TOLL_FREE, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::SMSVOICE::PhoneNumber", "Properties": {**properties, **more}}


def app(resources: dict[str, Any], associations: list[Any], *, name: str = "Sms", **more: Any) -> None:
    """An app with a toll-free registration."""
    own = form({"Ref": "Tfn"}, {}, KeepUndeclared=True, Submit=True, Associations=associations, **more)
    assembly({**resources, "Tfn": registration(TFN), "TfnForm": own}, name=name)


def file(client: Any, *, stack: str = "Sms") -> tuple[str, str]:
    """A registration that is submitted with its number; returns their IDs."""
    registration_id = create(client, TFN, Tags=owned("Tfn", stack))
    fill(client, registration_id)
    number_id = toll_free_number(client)
    client.create_registration_association(RegistrationId=registration_id, ResourceId=number_id)
    client.submit_registration_version(RegistrationId=registration_id)
    return registration_id, number_id


@pytest.fixture
def ids(client: Any) -> tuple[str, str]:
    """The stack Sms, as a deployment leaves it: the IDs of its registration and of its number."""
    registration_id, number_id = file(client)
    app({"Number": number()}, [{"Ref": "Number"}])
    deploy({"Number": number_id, "Tfn": registration_id, "TfnForm": f"form-{registration_id}"})
    return registration_id, number_id


def refuse(monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    class AccessDenied(CloudFormationError):
        code = "AccessDenied"

    warnings.filterwarnings("ignore", message="Exception.*does not match an error shape")  # every operation may give it
    denied = AccessDenied("User: arn:aws:iam::123456789012:user/ci is not authorized")
    monkeypatch.setattr(CloudFormationBackend, operation, Mock(side_effect=denied))


@pytest.mark.usefixtures("ids")
def test_a_number_that_is_changed_in_place_stays_the_same(run_json):
    app({"Number": number(DeletionProtectionEnabled=True)}, [{"Ref": "Number"}])
    (region,) = run_json("plan")
    assert region["calls"] == {}
    assert region["notes"] == []


def test_a_replaced_number_would_close_its_registration(ids, run):
    registration_id, number_id = ids
    app({"Number": number(CHANGED)}, [{"Ref": "Number"}])
    text = run("plan", code=2).stdout
    assert f"the deployment would fail: {registration_id} is SUBMITTED with +1" in text
    assert f"would close {registration_id}" in text
    assert f"Sms Number: {number_id} would be replaced by a new one, because NumberCapabilities changed" in text
    assert ": 1 RequestPhoneNumber" in text


@pytest.mark.usefixtures("ids")
def test_another_logical_id_is_another_number(run_json):
    app({"Renamed": number()}, [{"Ref": "Renamed"}])
    (region,) = run_json("plan", code=2)
    assert "would close" in region["registrations"][0]["refusal"]
    assert region["calls"] == {"RequestPhoneNumber": 1}


@pytest.mark.usefixtures("ids")
def test_a_number_that_the_form_no_longer_has_would_close_it(run):
    app({"Number": number()}, [])
    assert "would close" in run("plan", code=2).stdout


def test_a_number_that_becomes_declared_by_its_id_stays(ids, run):
    app({}, [ids[1]])
    assert "nothing changes" in run("plan").stdout


@pytest.mark.usefixtures("ids")
def test_allow_closing(run):
    app({"Number": number(CHANGED)}, [{"Ref": "Number"}], AllowClosing=True)
    text = run("plan").stdout
    assert "would fail" not in text
    assert "not associated with the new Number: " in text


def test_an_association_that_the_app_never_declared_is_not_missed(ids, run):
    registration_id, number_id = ids
    app({"Number": number()}, [])
    deploy({"Number": number_id, "Tfn": registration_id, "TfnForm": "form"})
    assert "nothing changes" in run("plan").stdout, "somebody made it in the console"


@pytest.mark.usefixtures("ids")
def test_without_permission_the_associated_number_is_assumed(run, run_json, monkeypatch):
    refuse(monkeypatch, "get_template")
    app({"Number": number(CHANGED)}, [{"Ref": "Number"}])
    (region,) = run_json("plan")
    assert region["calls"] == {}
    (note,) = region["notes"]
    assert "CloudFormation did not tell what it has of Sms (the credentials need the IAM actions" in note
    assert "cloudformation:ListStackResources and cloudformation:GetTemplate; GetTemplate was denied)" in note
    assert "a deployment that replaces a number may fail although this plan does not say so" in note
    app({"Number": number()}, [])
    assert "would close" in run("plan", code=2).stdout, "what is associated is taken for what was declared"


def test_a_stack_that_does_not_exist_has_nothing(ids, run_json):
    remove()
    (region,) = run_json("plan")
    (plan,) = region["registrations"]
    assert plan["created"]
    assert region["calls"]["RequestPhoneNumber"] == 1
    assert region["undeclared"] == []
    stays = f"Sms Tfn: {ids[0]} (SUBMITTED) is not in the stack any more and stays as it is"
    adopts = f'{stays}; existing_registration_id="{ids[0]}" with take_over=True adopts it'
    assert region["notes"] == [
        f"{adopts}. Otherwise Sms/Tfn is another one: it costs its fees again, or fails because the form is the same"
    ]


def test_a_registration_of_a_former_stack_is_another_one(ids, client, run_json):
    current, number_id = file(client)
    deploy({"Number": number_id, "Tfn": current, "TfnForm": f"form-{current}"})
    (region,) = run_json("plan")
    assert region["registrations"][0]["registrationId"] == current
    assert region["calls"] == {}
    assert ids[0] in region["notes"][0]


@pytest.mark.parametrize(("properties", "code"), [(TOLL_FREE, 0), (CHANGED, 2)])
def test_a_number_of_another_stack(client, run_json, properties, code):
    registration_id, number_id = file(client)

    def declare(found: dict[str, Any]) -> None:
        export = {"Id": {"Value": {"Ref": "Number"}, "Export": {"Name": "Numbers:Number"}}}
        assembly({"Number": number(found)}, name="Numbers", outputs=export)
        app({}, [{"Fn::ImportValue": "Numbers:Number"}])

    declare(TOLL_FREE)
    deploy({"Number": number_id}, name="Numbers")
    deploy({"Tfn": registration_id, "TfnForm": "form"})
    declare(properties)
    (region,) = run_json("plan", code=code)
    refusal = region["registrations"][0]["refusal"] or ""
    assert ("would close" in refusal) == (code == 2)
    assert region["calls"] == ({} if code == 0 else {"RequestPhoneNumber": 1})


def test_what_a_deployed_form_imports_is_what_its_stack_exported(client, run_json):
    registration_id, _ = file(client)
    export = {"Id": {"Value": {"Ref": "Number"}, "Export": {"Name": "Numbers:Number"}}}
    assembly({"Number": number()}, name="Numbers", outputs=export)
    app({}, [{"Fn::ImportValue": "Numbers:Number"}])
    deploy({"Number": toll_free_number(client)}, name="Numbers")
    deploy({"Tfn": registration_id, "TfnForm": "form"})
    assert run_json("plan")[0]["registrations"][0]["refusal"] is None, "the associated one was never declared"


def test_what_belongs_to_an_agent_is_not_the_agent():
    testing = {"Fn::GetAtt": ["Agent", "TestingAgent.RegistrationId"]}
    own = form(testing, {}, Associations=[{"Fn::GetAtt": ["Agent", "RcsAgentId"]}, testing])
    assembly({"Agent": {"Type": RCS_AGENT}, "Form": own})
    (stack,) = read(Path("cdk.out"))
    assert stack.forms[0].associations == (Reference("Sms", "Agent", RCS_AGENT), Unknown())
    assert stack.forms[0].registration == Unknown()


def test_new_numbers_are_those_that_the_stack_does_not_have(client, run_json):
    registration_id = create(client, Tags=owned("Brand"))
    resources = {"Brand": registration(), "One": number(), "Two": number(), "Three": number()}
    assembly(resources)
    deploy({"Brand": registration_id, "One": "phone-1", "Two": "phone-2"})
    assembly({**resources, "Two": number(CHANGED)})
    assert run_json("plan")[0]["calls"] == {"RequestPhoneNumber": 2}


def test_a_native_brand_is_known_by_its_arn(client, fake, run_json):
    brand = submitted(client)
    fake.review.approve(brand)
    (described,) = client.describe_registrations(RegistrationIds=[brand])["Registrations"]
    native = {"Type": "AWS::SMSVOICE::Registration", "Properties": {"RegistrationType": BRAND}}
    own = {"Fn::GetAtt": ["Brand", "RegistrationId"]}
    assembly({"Brand": native, "BrandForm": form(own, {}, KeepUndeclared=True)}, name="Brands")
    campaign = {
        "Brand": native,
        "Campaign": registration(CAMPAIGN),
        "CampaignForm": form({"Ref": "Campaign"}, {}, Associations=[own]),
    }
    assembly(campaign)
    for name in ("Sms", "Brands"):
        deploy({"Brand": described["RegistrationArn"]}, name=name)
    plans = {each["path"]: each for each in run_json("plan")[0]["registrations"]}
    assert plans["Brands/BrandForm"]["registrationId"] == brand
    assert plans["Sms/Campaign"]["calls"] == ["CreateRegistration", "CreateRegistrationAssociation"]


def test_an_agent_is_known_by_its_arn(client, run_json):
    agent = client.create_rcs_agent()["RcsAgentArn"]
    registration_id = create(client, RCS, Tags=owned("Rcs"))
    client.create_registration_association(RegistrationId=registration_id, ResourceId=agent)
    own = form({"Ref": "Rcs"}, {}, KeepUndeclared=True, Associations=[{"Ref": "Agent"}])
    resources = {"Agent": {"Type": "AWS::SMSVOICE::RcsAgent"}, "Rcs": registration(RCS), "RcsForm": own}
    assembly(resources)
    deploy({"Agent": agent, "Rcs": registration_id, "RcsForm": "form"})
    assert run_json("plan")[0]["calls"] == {}


# --- what CloudFormation tells ---


class Client:
    """CloudFormation with two pages, or with an error."""

    def __init__(self, body: Any = None, error: Exception | None = None) -> None:
        self.body = body or {"Resources": {}}
        self.error = error
        self.calls = 0

    def list_stack_resources(self, **parameters: str) -> dict[str, Any]:
        self.calls += 1
        if self.error:
            raise self.error
        token = parameters.get("NextToken", "")
        summaries = {
            "": [("A", "1", "CREATE_COMPLETE"), ("Gone", "2", "DELETE_COMPLETE"), ("Kept", "2", "DELETE_SKIPPED")],
            "2": [("B", "3", "UPDATE_COMPLETE"), ("Failed", None, "CREATE_FAILED")],
        }[token]
        found = [
            {"LogicalResourceId": name, "PhysicalResourceId": physical_id, "ResourceStatus": status}
            for name, physical_id, status in summaries
        ]
        return {"StackResourceSummaries": found, **({} if token else {"NextToken": "2"})}

    def get_template(self, **parameters: str) -> dict[str, Any]:
        assert parameters["TemplateStage"] == "Original"
        return {"TemplateBody": self.body}


def test_all_pages_are_read_once_and_what_is_gone_is_left_out():
    client = Client()
    stacks = DeployedStacks(lambda: client)
    found = stacks.of("Sms")
    assert found is not None
    assert found.physical_ids == {"A": "1", "B": "3"}
    stacks.of("Sms")
    assert client.calls == 2
    assert stacks.note == ""


def test_a_stack_that_was_only_reviewed_has_nothing():
    # Only these calls: one for the template would be an error.
    client = SimpleNamespace(list_stack_resources=lambda **_: {"StackResourceSummaries": []})
    stacks = DeployedStacks(lambda: client)
    assert stacks.of("Sms") == DeployedStack()
    assert stacks.note == ""


def test_an_endpoint_that_does_not_respond_is_asked_once():
    client = Client(error=EndpointConnectionError(endpoint_url="https://cloudformation"))
    stacks = DeployedStacks(lambda: client)
    assert (stacks.of("One"), stacks.of("Two")) == (None, None)
    assert client.calls == 1
    assert "of One, Two (CloudFormation could not be reached: EndpointConnectionError)" in stacks.note


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("AccessDenied", "ListStackResources was denied"),
        ("AccessDeniedException", "ListStackResources was denied"),
        ("Throttling", "ListStackResources: Throttling: Why"),
        ("ValidationError", "ListStackResources: ValidationError: Why"),
    ],
)
def test_what_cloudformation_refuses(code, words):
    error = ClientError({"Error": {"Code": code, "Message": "Why"}}, "ListStackResources")
    stacks = DeployedStacks(lambda: Client(error=error))
    assert stacks.of("Sms") is None
    assert words in stacks.note


def test_a_template_that_the_cdk_did_not_write():
    stacks = DeployedStacks(lambda: Client("Resources:\n  A: !Ref B"))
    assert stacks.of("Sms") is None
    assert "its template is not JSON" in stacks.note


def test_aws_is_not_asked_about_a_service_on_this_machine(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", "http://127.0.0.1:4566")
    options = AwsOptions()
    stacks = DeployedStacks(lambda: session.cloudformation(options, session.service(options)))
    assert stacks.of("Sms") is None
    assert "no endpoint is set for a CloudFormation beside it" in stacks.note
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4567")
    client = session.cloudformation(options, session.service(options))
    assert client is not None
    assert client.meta.endpoint_url == "http://127.0.0.1:4567"


@pytest.mark.parametrize(
    ("kind", "physical_id", "before", "after", "expected"),
    [
        (PHONE_NUMBER, "phone-1", TOLL_FREE, {**TOLL_FREE, "OptOutListName": "Own"}, Identity("phone-1")),
        *(
            (PHONE_NUMBER, "phone-1", TOLL_FREE, {**TOLL_FREE, name: ["MMS"]}, Identity(None, "phone-1", (name,)))
            for name in TOLL_FREE
        ),
        (
            PHONE_NUMBER,
            "phone-1",
            {"NumberCapabilities": ["SMS", "VOICE"]},
            {"NumberCapabilities": ["VOICE", "SMS"]},
            Identity("phone-1"),
        ),
        # What only the deployment resolves is compared as it stands.
        (PHONE_NUMBER, "phone-1", {"NumberType": {"Ref": "A"}}, {"NumberType": {"Ref": "A"}}, Identity("phone-1")),
        (
            PHONE_NUMBER,
            "phone-1",
            {"NumberType": {"Ref": "A"}},
            {"NumberType": {"Ref": "B"}},
            Identity(None, "phone-1", ("NumberType",)),
        ),
        (RCS_AGENT, "arn:agent", {"OptOutListName": "A"}, {"OptOutListName": "B"}, Identity("arn:agent")),
        (NATIVE_REGISTRATION, "arn:x:registration/registration-1", {}, {}, Identity("registration-1")),
        (
            NATIVE_REGISTRATION,
            "arn:x:registration/registration-1",
            {"RegistrationType": "A"},
            {"RegistrationType": "B"},
            Identity(None, "registration-1", ("RegistrationType",)),
        ),
        (SENDER_ID, "DE|EXAMPLE", {}, {}, Identity("arn:aws:sms-voice:::sender-id/EXAMPLE/DE")),
        (
            SENDER_ID,
            "DE|EXAMPLE",
            {"IsoCountryCode": "DE", "SenderId": "EXAMPLE"},
            {"IsoCountryCode": "FR", "SenderId": "OTHER"},
            Identity(None, "arn:aws:sms-voice:::sender-id/EXAMPLE/DE", ("IsoCountryCode", "SenderId")),
        ),
    ],
)
def test_each_type(kind, physical_id, before, after, expected):
    found = identities("A", kind, before, after, physical_id)
    assert found.of(Reference("Sms", "A", kind)) == expected


def identities(
    logical_id: str, kind: str, before: dict[str, Any], after: dict[str, Any], physical_id: str
) -> Identities:
    client = Client({"Resources": {logical_id: {"Type": kind, "Properties": before}}})
    client.list_stack_resources = lambda **_: {  # type: ignore[method-assign]
        "StackResourceSummaries": [
            {"LogicalResourceId": logical_id, "PhysicalResourceId": physical_id, "ResourceStatus": "CREATE_COMPLETE"}
        ]
    }
    return Identities([Stack("Sms", "", natives={logical_id: after})], DeployedStacks(lambda: client))
