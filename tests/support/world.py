"""The environment of the function for a hundred thousand deployments: no wire, no waiting, no shared state."""

import contextlib
import io
import logging
import threading as real_threading
import types
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any
from unittest import mock

from moto.moto_api._internal import mock_random

from moto_sms_voice.models import SmsVoiceBackend
from sms_registration_contract import cloudformation, containers, function, response_endpoint
from sms_registration_contract.direct_client import DirectClient
from sms_registration_contract.virtual_time import VirtualTime
from sms_registration_handler.cloudformation.event import parse
from support import small_forms
from support.direct_cloudformation import DirectCloudFormation
from support.interceptor import Interceptor
from support.stack import Stack

NOON = 1_800_014_400.0
"""The start time of every sequence, so that none crosses midnight by chance."""

PNG = b"\x89PNG\r\n\x1a\n"
FILES = {
    "first.png": PNG + b"CANARY-first",
    "copy.png": PNG + b"CANARY-first",
    "second.png": PNG + b"CANARY-second",
    "third.png": PNG + b"CANARY-third",
}
SECRET = "CANARY secret"

logging.getLogger("botocore").setLevel(logging.WARNING)


_UNSAID = {"_srcfile": None, "logThreads": False, "logMultiprocessing": False, "logProcesses": False}
"""What no test reads of a log line, and what takes half of its time: https://docs.python.org/3/howto/logging.html#optimization."""


class World:
    """One account: the service, its stacks, and all log lines."""

    def __init__(self, clock: VirtualTime, endpoint: response_endpoint.ResponseEndpoint) -> None:
        clock.start, clock.passed = NOON, 0.0
        mock_random.seed(0)  # the order of IDs is part of a sequence, which must repeat exactly
        clock.slept.clear()
        endpoint.reset()
        cloudformation.stacks.clear()
        self.clock, self.endpoint = clock, endpoint
        self.fake = SmsVoiceBackend(containers.REGION, containers.ACCOUNT)
        self.fake.configure(
            clock=clock.monotonic,
            now=lambda: datetime.fromtimestamp(clock.time(), timezone.utc),
            statuses_with_event=frozenset(),
        )
        self.fake.definitions = small_forms.definitions()
        self.interceptor = Interceptor(self.fake)
        self.containers = containers.Containers(clock, function.module("index").handler)
        self.containers.cool_down()
        self.lines: list[logging.LogRecord] = []
        self.stacks: list[Stack] = []
        self.injected: Counter[str] = Counter()
        self.reports_operations = True
        """Whether CloudFormation names the operations of its stacks."""
        self._parsed: tuple[Any, Any] = (None, None)

    def stack(self, name: str) -> Stack:
        """A new stack."""
        made = Stack(self.endpoint, self.clock, self.containers, name)
        made.reports_operations = self.reports_operations
        self.stacks.append(made)
        return made

    def running_event(self) -> Any:
        """The event that the function handles at this moment."""
        event = self.containers.running[-1][0]
        if event is not self._parsed[0]:  # asked for at each request
            self._parsed = (event, parse(event))
        return self._parsed[1]

    def seconds_left(self) -> float:
        """Until Lambda's limit, for the run of this moment."""
        return self.containers.running[-1][1].get_remaining_time_in_millis() / 1000


class NoTimer:
    """The backstop timer, which never fires in virtual time: a thread per event would take most of the time."""

    daemon = True

    def __init__(self, seconds: float, function: Any, args: Any = ()) -> None: ...

    def start(self) -> None: ...

    def cancel(self) -> None: ...


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.world: World | None = None

    def emit(self, record: logging.LogRecord) -> None:
        if self.world is not None:
            # As the function does for the handler of Lambda's runtime.
            function.module("cloudformation.log_fields").add_fields(record)
            self.world.lines.append(record)


class Worlds:
    """Creates one world after another in the same process."""

    def __init__(self, clock: VirtualTime, lines: _Lines) -> None:
        self._clock, self._lines = clock, lines
        self._endpoint = response_endpoint.ResponseEndpoint()
        self.reports_operations = True
        """As for `World`, in every new world."""
        self.current: World | None = None

    @property
    def endpoint(self) -> response_endpoint.ResponseEndpoint:
        return self._endpoint

    def new(self) -> World:
        """Create the next world; the former one ends."""
        self.current = self._lines.world = World(self._clock, self._endpoint)
        self.current.reports_operations = self.reports_operations
        return self.current

    def fake(self) -> SmsVoiceBackend:
        assert self.current is not None
        return self.current.fake


class _OtherServices:
    """S3, Secrets Manager and the Parameter Store."""

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        return {"Body": io.BytesIO(FILES[Key])}

    def get_secret_value(self, SecretId: str) -> dict[str, Any]:  # noqa: N803
        return {"SecretString": SECRET}


class _Clients:
    """Creates the function's clients. Methods, because a call of a mock would take longer than the work itself."""

    def __init__(self, sms_voice: DirectClient, cloudformation: DirectCloudFormation, other: _OtherServices) -> None:
        self._sms_voice, self._cloudformation, self._other = sms_voice, cloudformation, other

    def sms_voice(self) -> DirectClient:
        return self._sms_voice

    def cloudformation(self) -> DirectCloudFormation:
        return self._cloudformation

    def other(self, service: str) -> _OtherServices:
        return self._other


@contextlib.contextmanager
def worlds() -> Iterator[Worlds]:
    """Set up the simulation around the function."""
    function.prepare()
    application, lines = function.module("dispatch"), _Lines()
    logger = logging.getLogger("sms_registration_handler")
    former = logger.level, logger.propagate
    with contextlib.ExitStack() as exits:
        clock = exits.enter_context(function.in_virtual_time())
        found = Worlds(clock, lines)
        exits.enter_context(response_endpoint.without_network(found.endpoint, clock))
        clients = _Clients(DirectClient(found.fake), DirectCloudFormation(), _OtherServices())
        exits.enter_context(mock.patch("uuid.uuid4", mock_random.uuid4))
        exits.enter_context(mock.patch.object(application, "sms_voice_client", clients.sms_voice))
        exits.enter_context(mock.patch.object(application, "cloudformation_client", clients.cloudformation))
        threading = types.SimpleNamespace(Timer=NoTimer, Lock=real_threading.Lock)
        exits.enter_context(mock.patch.object(function.module("cloudformation.provider"), "threading", threading))
        exits.enter_context(mock.patch.object(function.module("aws.reads"), "client", clients.other))
        logger.addHandler(lines)
        logger.setLevel(logging.DEBUG)
        logger.propagate = False
        for name, value in _UNSAID.items():
            exits.enter_context(mock.patch.object(logging, name, value))
        # pytest adds two handlers of its own to such a logger, which take longer than everything else that a line costs.
        exits.enter_context(mock.patch.object(logger, "addHandler"))
        try:
            yield found
        finally:
            logger.removeHandler(lines)
            logger.level, logger.propagate = former
