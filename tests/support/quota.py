"""Deploys a stack of registrations under the service's quota of one request per second and operation, in virtual time."""

import contextlib
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any
from unittest import mock

from moto import mock_aws

import moto_sms_voice
from moto_sms_voice.definitions import TypeDefinition
from moto_sms_voice.models import SmsVoiceBackend
from sms_registration_contract import cloudformation, function, response_endpoint
from sms_registration_contract.direct_client import DirectClient
from sms_registration_contract.virtual_time import VirtualTime
from support.parallel_runs import ParallelRuns

LATENCY_SECONDS = 0.05
"""Average duration of a request with its response, half of it each way; random by up to a fifth."""

_TYPE = "US_TOLL_FREE_REGISTRATION"


@dataclass(frozen=True)
class Deployment:
    """The result of a deployment.

    Attributes:
        seconds: The time from the first event to the last response.
        succeeded: How many custom resources succeeded.
        failures: The Reasons of the others.
        calls: Requests by operation, including throttled ones.
    """

    seconds: float
    succeeded: int
    failures: tuple[str, ...]
    calls: Mapping[str, int]


def deploy(registrations: int, fields: int = 0, *, latency: float = LATENCY_SECONDS, seed: int = 0) -> Deployment:
    """Create registrations in parallel, and the form of each as soon as its registration exists.

    Args:
        registrations: How many registrations.
        fields: Fields of each form; 0 for no form.
        latency: Seconds that a request takes on average.
        seed: The seed of the function's random numbers.
    """
    random.seed(seed)
    with direct_world(latency) as (fake, clock):
        fake.definitions.add(form_of_texts(fake.definitions[_TYPE], fields))
        endpoint = response_endpoint.ResponseEndpoint()
        with response_endpoint.without_network(endpoint, clock):
            handler = function.module("index").handler
            stack = cloudformation.CloudFormation(endpoint, clock, handler)
            runs = ParallelRuns(clock, handler)
            for number in range(registrations):
                _start_registration(stack, runs, endpoint, number, fields)
            seconds = runs.finish()
        reasons = [response["Reason"] for response in endpoint.responses if response["Status"] != "SUCCESS"]
        calls = Counter(call.operation for call in fake.calls)
        return Deployment(seconds, len(endpoint.responses) - len(reasons), tuple(reasons), calls)


def _start_registration(
    stack: cloudformation.CloudFormation,
    runs: ParallelRuns,
    endpoint: response_endpoint.ResponseEndpoint,
    number: int,
    fields: int,
) -> None:
    event = stack.event("Create", f"Registration{number}", {"RegistrationType": _TYPE})
    form_logical_id = f"Form{number}"
    stack.types[form_logical_id] = "Custom::SmsRegistrationForm"

    def start_form() -> None:
        (response,) = (put.response for put in endpoint.puts if put.response["RequestId"] == event["RequestId"])
        if fields and response["Status"] == "SUCCESS":
            values = {text_path(each): f"value {each}" for each in range(fields)}
            properties = {"RegistrationId": response["PhysicalResourceId"], "Fields": values}
            runs.start(stack.event("Create", form_logical_id, properties))

    runs.start(event, start_form)


@contextlib.contextmanager
def direct_world(latency: float = 0.0) -> Iterator[tuple[SmsVoiceBackend, VirtualTime]]:
    """The fake under its quota, without the wire, and the virtual time of the function."""
    with mock_aws(), function.in_virtual_time() as clock, function.calling_the_simulator():
        fake = moto_sms_voice.backend(account_id=cloudformation.ACCOUNT, region=cloudformation.REGION)
        # The quota of 25 registrations would stop the measured Creates.
        fake.configure(
            requests_per_second=1,
            clock=clock.monotonic,
            now=lambda: datetime.fromtimestamp(clock.time(), timezone.utc),
            registrations_per_account=10_000,
        )
        client = _Distant(DirectClient(lambda: fake), clock, latency)
        with mock.patch.object(function.module("dispatch"), "sms_voice_client", return_value=client):
            yield fake, clock


class _Distant:
    """A client whose requests and responses take time."""

    def __init__(self, client: DirectClient, clock: VirtualTime, latency: float) -> None:
        self._client, self._clock, self._latency = client, clock, latency

    def __getattr__(self, method: str) -> Callable[..., dict[str, Any]]:
        call = getattr(self._client, method)

        def distant(**parameters: Any) -> dict[str, Any]:
            self._travel()
            try:
                response: dict[str, Any] = call(**parameters)
            finally:
                self._travel()
            return response

        return distant

    def _travel(self) -> None:
        self._clock.sleep(self._latency / 2 * random.uniform(0.8, 1.2))


def text_path(number: int) -> str:
    """The path of a field in `form_of_texts`."""
    return f"section.field{number}"


def form_of_texts(original: TypeDefinition, fields: int) -> TypeDefinition:
    """Return the type with another form: this many text fields, all required."""
    hints = {"Title": "Title", "ShortDescription": "What it is."}
    texts = [
        {
            "SectionPath": "section",
            "FieldPath": text_path(number),
            "FieldType": "TEXT",
            "FieldRequirement": "REQUIRED",
            "TextValidation": {"MinLength": 1, "MaxLength": 100, "Pattern": ".*"},
            "DisplayHints": hints,
        }
        for number in range(fields)
    ]
    return TypeDefinition(
        original.type_definition, [{"SectionPath": "section", "DisplayHints": hints}], texts or original.fields
    )
