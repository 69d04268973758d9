"""The handler as shipped, between a faked service, a recording answer endpoint and a small CloudFormation."""

from collections.abc import Iterator
from typing import Any

import pytest
import trustme
from moto import mock_aws

import moto_sms_voice
from sms_registration_contract import answer_endpoint, cloudformation, function
from sms_registration_contract.virtual_time import VirtualTime

function.prepare()


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[trustme.CA]:
    """A certificate authority that the handler trusts."""
    authority = trustme.CA()
    with function.trusting(authority, tmp_path_factory.mktemp("tls")):
        yield authority


@pytest.fixture(scope="session")
def _endpoint(authority: trustme.CA) -> Iterator[answer_endpoint.AnswerEndpoint]:
    with answer_endpoint.serve(authority) as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(_endpoint: answer_endpoint.AnswerEndpoint) -> Iterator[answer_endpoint.AnswerEndpoint]:
    _endpoint.reset()
    with answer_endpoint.routed_to(_endpoint.port):
        yield _endpoint


@pytest.fixture
def time() -> Iterator[VirtualTime]:
    with function.in_virtual_time() as virtual:
        yield virtual


@pytest.fixture
def fake() -> Iterator[Any]:
    """The service."""
    with mock_aws():
        yield moto_sms_voice.backend(account_id=cloudformation.ACCOUNT, region=cloudformation.REGION)


@pytest.fixture
def stack(
    fake: Any, endpoint: answer_endpoint.AnswerEndpoint, time: VirtualTime
) -> Iterator[cloudformation.CloudFormation]:
    """A stack whose provider is our function."""
    with function.asking_the_simulator():
        yield cloudformation.CloudFormation(endpoint, time, function.module("index").handler)
