"""The handler as shipped, between a faked service, a recording answer endpoint and a small CloudFormation."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from moto import mock_aws

import answer_endpoint
import cloudformation
import moto_sms_voice
from virtual_time import VirtualTime, virtual_time

os.environ["AWS_DEFAULT_REGION"] = os.environ["AWS_REGION"] = cloudformation.REGION
moto_sms_voice.register()

from sms_registration_handler import (  # noqa: E402
    application,
    clock,
    index,
    provider,
    response,
    service,
)
from sms_registration_handler import stack as stack_module  # noqa: E402


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[trustme.CA]:
    """A certificate authority that the handler trusts, through the environment as in a Lambda."""
    authority = trustme.CA()
    bundle = tmp_path_factory.mktemp("tls") / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    former = os.environ.get("SSL_CERT_FILE")
    os.environ["SSL_CERT_FILE"] = str(bundle)
    response._tls.cache_clear()
    response._tls()
    if former is None:
        del os.environ["SSL_CERT_FILE"]
    else:
        os.environ["SSL_CERT_FILE"] = former
    yield authority
    response._tls.cache_clear()
    Path(bundle).unlink()


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
def time(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualTime]:
    with virtual_time(application, clock, provider, response, service, stack_module) as virtual:
        # A container that has been up for a while: AccessDenied is final.
        monkeypatch.setattr(service, "_STARTED", virtual.monotonic() - 3600)
        yield virtual


@pytest.fixture
def fake() -> Iterator[Any]:
    """The service."""
    with mock_aws():
        yield moto_sms_voice.backend(account_id=cloudformation.ACCOUNT, region=cloudformation.REGION)


@pytest.fixture
def stack(
    fake: Any, endpoint: answer_endpoint.AnswerEndpoint, time: VirtualTime, monkeypatch: pytest.MonkeyPatch
) -> cloudformation.CloudFormation:
    """A stack whose provider is our function."""
    monkeypatch.setattr(application, "cloudformation_client", cloudformation.client)
    return cloudformation.CloudFormation(endpoint, time, index.handler)
