"""The permissions of the watch: enough for everything that it does, and none that it does not need.

As in `test_permissions.py`: the policy is that of a synthesized stack, and IAM decides on each request of each scenario.
"""

from dataclasses import replace

import pytest

from sms_registration_contract.response_endpoint import ResponseEndpoint
from support import iam
from support.https_endpoint import routed_to
from support.permissions import EVERYTHING, KEY, world_of
from support.watch_permissions import LAMBDA_REQUESTS, SCENARIOS, TOPIC_ARN

Recorded = dict[str, list[tuple[iam.Policy, iam.Request]]]
PERMISSIONS = iam.policy_of(EVERYTHING, "AWS::StackId", iam.WATCH_ROLE).permissions()


def by_watch(policy: iam.Policy) -> bool:
    return any(statement.name == "Announce" for statement in policy.statements)


@pytest.fixture(scope="module")
def recorded(_endpoint: ResponseEndpoint) -> Recorded:
    """The requests of the watch to IAM in each scenario, and the policy that applied. None was denied."""
    found: Recorded = {}
    for scenario in SCENARIOS:
        _endpoint.reset()
        with routed_to(_endpoint.port), world_of(_endpoint, {TOPIC_ARN: KEY}) as (world, authorization):
            scenario(world)
            assert authorization.denied == [], scenario.__name__
            found[scenario.__name__] = [each for each in authorization.requests if by_watch(each[0])]
    return found


def requests(recorded: Recorded) -> list[tuple[iam.Policy, iam.Request]]:
    [(policy, _), *_] = recorded["a_chain"]
    return [*(each for several in recorded.values() for each in several), *((policy, each) for each in LAMBDA_REQUESTS)]


@pytest.mark.parametrize("name", PERMISSIONS)
def test_every_permission_is_needed(recorded: Recorded, name: str) -> None:
    permission = PERMISSIONS[name]
    assert any(
        policy.allows(request) and not policy.without(permission).allows(request)
        for policy, request in requests(recorded)
    )


def test_only_associating_is_not_tied_to_the_forms_of_the_stack(recorded: Recorded) -> None:
    """Every change that was made, with another stack's tag on the registration, and without one."""
    untied = {
        request.action
        for policy, request in requests(recorded)
        if request.action.startswith("sms-voice:")
        and ":Describe" not in request.action
        and ":List" not in request.action
        for tag in ({}, {"aws:ResourceTag/cdk-sms-registration:form-stack": "another stack"})
        if policy.allows(replace(request, context={"aws:TagKeys": request.context.get("aws:TagKeys", ()), **tag}))
    }
    assert untied == {"sms-voice:CreateRegistrationAssociation"}


@pytest.mark.parametrize("key", ["stack", "logical-id", "form-stack", "form-logical-id", "form-digest", "state"])
def test_owner_tags_cannot_be_changed(key: str) -> None:
    policy = iam.policy_of(EVERYTHING, "stack", iam.WATCH_ROLE)
    own = {"aws:ResourceTag/cdk-sms-registration:form-stack": "stack"}
    arn = iam.ARN.format("sms-voice", "registration/registration-0123")
    for action in ("sms-voice:TagResource", "sms-voice:UntagResource"):
        allowed = iam.Request(action, arn, {**own, "aws:TagKeys": ("cdk-sms-registration:told",)})
        assert policy.allows(allowed)
        keys = ("cdk-sms-registration:told", f"cdk-sms-registration:{key}")
        assert not policy.allows(replace(allowed, context={**own, "aws:TagKeys": keys}))
    mark = {**own, "aws:TagKeys": ("cdk-sms-registration:awaits-submission:AAAAAAAA",)}
    assert not policy.allows(iam.Request("sms-voice:TagResource", arn, mark)), "only a deployment marks"


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("sns:Publish", TOPIC_ARN + "2", {}),
        ("events:PutEvents", iam.ARN.format("events", "event-bus/default"), {"events:source": "com.example"}),
        ("events:PutEvents", iam.ARN.format("events", "event-bus/other"), {"events:source": "cdk-sms-registration"}),
        ("cloudformation:DescribeStacks", "another stack", {}),
        ("sms-voice:PutRegistrationFieldValue", iam.ARN.format("sms-voice", "registration/registration-0123"), {}),
        ("secretsmanager:GetSecretValue", iam.ARN.format("secretsmanager", "secret:company-AbCdEf"), {}),
    ],
)
def test_refused(action: str, resource: str, context: dict[str, str]) -> None:
    own = {"aws:ResourceTag/cdk-sms-registration:form-stack": "stack", **context}
    assert not iam.policy_of(EVERYTHING, "stack", iam.WATCH_ROLE).allows(iam.Request(action, resource, own))
