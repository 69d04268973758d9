"""Fixtures: the handler as shipped, with a fake service, a recording response endpoint and a simulated CloudFormation."""

import functools
from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from moto import mock_aws

import moto_sms_voice
from sms_registration_contract import cloudformation, containers, function, response_endpoint
from sms_registration_contract.virtual_time import VirtualTime
from support import https_endpoint, iam
from support.permissions import EVERYTHING, policy_for

function.prepare()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[trustme.CA]:
    """A certificate authority that the handler trusts."""
    authority = trustme.CA()
    with https_endpoint.trusting(authority, tmp_path_factory.mktemp("tls")):
        yield authority


@pytest.fixture(scope="session")
def _endpoint(authority: trustme.CA) -> Iterator[response_endpoint.ResponseEndpoint]:
    with https_endpoint.serve(authority) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(_endpoint: response_endpoint.ResponseEndpoint) -> Iterator[response_endpoint.ResponseEndpoint]:
    _endpoint.reset()
    with https_endpoint.routed_to(_endpoint.port):
        yield _endpoint


@pytest.fixture
def time() -> Iterator[VirtualTime]:
    with function.in_virtual_time() as virtual:
        yield virtual


@pytest.fixture
def fake() -> Iterator[Any]:
    """The fake service."""
    with mock_aws():
        yield moto_sms_voice.backend(account_id=containers.ACCOUNT, region=containers.REGION)


@functools.cache
def policy_in(stack_id: str) -> iam.Policy:
    """The function's policy in a stack with every feature."""
    return iam.policy_of(EVERYTHING, stack_id)


@pytest.fixture
def handler(time: VirtualTime) -> containers.Containers:
    """The function in its containers."""
    return containers.Containers(time, function.module("index").handler)


@pytest.fixture
def authorization(fake: Any, handler: containers.Containers) -> Iterator[iam.Authorization]:
    """Enforce the policy that the constructs give the function: no test may need a permission that it does not have."""
    clients = [function.module("aws.sms_voice").sms_voice_client(), cloudformation.client()]

    def tags(arn: str) -> dict[str, str]:
        known = fake.store.tags.get(arn)
        return dict(known.current) if known else {}

    def policy() -> iam.Policy:
        event, _ = handler.running[-1]
        return policy_for(event, policy_in)

    with iam.enforced(clients, policy, tags) as found:
        yield found
    assert found.denied == []


@pytest.fixture
def stack(
    fake: Any,
    endpoint: response_endpoint.ResponseEndpoint,
    time: VirtualTime,
    handler: containers.Containers,
    authorization: iam.Authorization,
) -> Iterator[cloudformation.CloudFormation]:
    """A stack whose provider is the function."""
    with function.calling_the_simulator():
        yield cloudformation.CloudFormation(endpoint, time, handler)
