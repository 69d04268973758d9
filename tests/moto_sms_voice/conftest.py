"""The fake, in this process and behind a server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws
from moto.core.base_backend import BackendDict

import moto_sms_voice
from moto_sms_voice import server
from support.fake_help import make_client

moto_sms_voice.register()


@pytest.fixture
def fake() -> Iterator[moto_sms_voice.SmsVoiceBackend]:
    with mock_aws():
        yield moto_sms_voice.backend()


@pytest.fixture
def client(fake: moto_sms_voice.SmsVoiceBackend) -> Any:
    return make_client()


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    running = server.make("127.0.0.1", 0)
    thread = threading.Thread(target=running.serve_forever, daemon=True)
    thread.start()
    yield f"http://{running.host}:{running.port}"
    running.shutdown()
    thread.join()


@pytest.fixture(params=["in this process", "behind a server"])
def anywhere(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A client of the fake, in this process and over HTTP."""
    if request.param == "in this process":
        with mock_aws():
            yield make_client()
    else:
        BackendDict.reset()
        yield make_client(endpoint_url=request.getfixturevalue("endpoint"))
        BackendDict.reset()
