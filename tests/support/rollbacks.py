"""A new stack of many registrations that is rolled back under the service's quota, in an account that holds many others."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto_sms_voice.exceptions import ThrottlingException
from moto_sms_voice.models import SmsVoiceBackend
from sms_registration_contract import function, response_endpoint
from sms_registration_contract.cloudformation import CloudFormation, Resource
from support.parallel_runs import ParallelRuns
from support.quota import LATENCY_SECONDS, direct_world

_TYPE = "US_TOLL_FREE_REGISTRATION"
_CANCELED_AFTER_SECONDS = 2.0
"""How long after a failure CloudFormation sends the first Delete."""


@dataclass(frozen=True)
class Rollback:
    """What a rollback took.

    Attributes:
        seconds: From the failure to the last response to a Delete.
        canceled: How many Creates were canceled.
        failures: The Reasons of Deletes that failed.
        left: How many registrations remain, beside those that were there before.
        calls: Requests to the service since the failure, by operation, without those that it throttled.
        throttled: How many requests it throttled.
        queries: Requests to CloudFormation since then, by operation.
    """

    seconds: float
    canceled: int
    failures: tuple[str, ...]
    left: int
    calls: Mapping[str, int]
    throttled: int
    queries: Mapping[str, int]


def roll_back(registrations: int, others: int, *, fails_after: float, drafts: int = 0, seed: int = 0) -> Rollback:
    """Create registrations in parallel, let another resource fail, and delete all that the deployment began to create.

    Args:
        registrations: How many registrations the stack declares.
        others: How many registrations of the same type the account holds; they are approved.
        fails_after: Seconds from the first Create until the failure.
        drafts: How many of the others are drafts instead.
        seed: The seed of the function's random numbers.
    """
    random.seed(seed)
    with direct_world(LATENCY_SECONDS) as (fake, clock):
        _add_others(fake, others, drafts)
        clock.passed += 86400.0
        endpoint = response_endpoint.ResponseEndpoint()
        with response_endpoint.without_network(endpoint, clock):
            handler = function.module("index").handler
            stack = CloudFormation(endpoint, clock, handler)
            stack.began = clock.time()
            runs = ParallelRuns(clock, handler)
            properties = {"RegistrationType": _TYPE}
            creates = [stack.event("Create", f"Registration{number}", properties) for number in range(registrations)]
            for create in creates:
                runs.start(create)
            failed_at = clock.passed + fails_after
            runs.add(lambda: None, after=fails_after)
            runs.until(lambda: clock.passed >= failed_at)
            calls, queries = len(fake.calls), len(stack.api_calls)
            canceled = sum(_end_create(stack, create, endpoint) for create in creates)
            stack.stack_status = "ROLLBACK_IN_PROGRESS"
            clock.passed += _CANCELED_AFTER_SECONDS
            deletes = [
                stack.event("Delete", name, properties, physical_id=each.physical_id)
                for name, each in stack.resources.items()
            ]
            for delete in deletes:
                runs.start(delete)
            runs.finish()
        made = fake.calls[calls:]
        responses = [endpoint.response_to(delete["RequestId"]) or {"Reason": "no response"} for delete in deletes]
        return Rollback(
            clock.passed - failed_at,
            canceled,
            tuple(each["Reason"] for each in responses if each.get("Status") != "SUCCESS"),
            len(fake.live_registrations()) - others,
            Counter(call.operation for call in made if not isinstance(call.error, ThrottlingException)),
            sum(isinstance(call.error, ThrottlingException) for call in made),
            Counter(stack.api_calls[queries:]),
        )


def _end_create(stack: CloudFormation, create: dict[str, Any], endpoint: response_endpoint.ResponseEndpoint) -> bool:
    """Take the response to a Create, and return whether it was canceled because it has none."""
    logical_id = create["LogicalResourceId"]
    resource: Resource = stack.resources[logical_id]
    response = endpoint.response_to(create["RequestId"])
    resource.status = "CREATE_COMPLETE" if response else "CREATE_FAILED"
    resource.physical_id = response["PhysicalResourceId"] if response else stack.generated_id(logical_id)
    return response is None


def _add_others(fake: SmsVoiceBackend, others: int, drafts: int) -> None:
    for number in range(others):
        made = fake.create_registration(registration_type=_TYPE)
        if number >= drafts:
            fake.registration(made["RegistrationId"]).registration_status = "COMPLETE"
