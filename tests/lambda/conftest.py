"""The handler as shipped, between a faked service, a recording answer endpoint and a small CloudFormation."""

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
from support.permissions import EVERYTHING

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
    """The service."""
    with mock_aws():
        yield moto_sms_voice.backend(account_id=containers.ACCOUNT, region=containers.REGION)


@functools.cache
def policy_in(stack_id: str) -> iam.Policy:
    """The function's policy in one stack."""
    return iam.policy_of(EVERYTHING, stack_id)


@pytest.fixture
def authorization(fake: Any) -> Iterator[iam.Authorization]:
    """Holds the function to the policy that the constructs give it: whatever a test does, no right may be missing."""
    clients = [function.module("aws.sms_voice").sms_voice_client(), cloudformation.client()]

    def tags(arn: str) -> dict[str, str]:
        known = fake.store.tags.get(arn)
        return dict(known.current) if known else {}

    def policy() -> iam.Policy:
        event = function.module("dispatch").provider.run_event
        return policy_in(event.stack_id)

    with iam.enforced(clients, policy, tags) as found:
        yield found
    assert found.denied == []


@pytest.fixture
def stack(
    fake: Any, endpoint: response_endpoint.ResponseEndpoint, time: VirtualTime, authorization: iam.Authorization
) -> Iterator[cloudformation.CloudFormation]:
    """A stack whose provider is our function."""
    with function.calling_the_simulator():
        handler = containers.Containers(time, function.module("index").handler)
        yield cloudformation.CloudFormation(endpoint, time, handler)
