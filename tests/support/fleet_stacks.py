"""The stacks of `examples/fleet` as the simulation performs them, and what is measured of them."""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sms_registration_contract.cloudformation import Resource
from support.dependencies import Template
from support.large_stacks import custom_resources
from support.requests import Event, Response
from support.stack import Stack

NUMBER = "AWS::SMSVOICE::PhoneNumber"


def templates(assembly: Path, region: str) -> dict[str, Template]:
    """The fleet's stacks in a Region, with what the simulation performs: custom resources and phone numbers."""
    found = {}
    for file in sorted(assembly.glob(f"Fleet-{region}-*.template.json")):
        template = json.loads(file.read_text())
        numbers = {name: each for name, each in template["Resources"].items() if each["Type"] == NUMBER}
        found[file.name.removesuffix(".template.json")] = {**custom_resources(template), **numbers}
    return found


class FleetStack(Stack):
    """A stack whose phone numbers exist, and that records how long each custom resource takes."""

    name: str
    fake: Any
    took: dict[str, float]

    def _begin(self, logical_id: str, declared: Mapping[str, Any], *, touch: bool) -> Event | None:
        if declared["Type"] != NUMBER:
            return super()._begin(logical_id, declared, touch=touch)
        self.types[logical_id] = NUMBER
        if logical_id not in self.resources:
            # CloudFormation's own handler waits for its turn; that takes a second each beside the values.
            made = self.fake.request_phone_number(
                iso_country_code="US", message_type="TRANSACTIONAL", number_capabilities=["SMS"], number_type="TEN_DLC"
            )
            attributes = {"PhoneNumberId": made["phone_number_id"], "Arn": made["phone_number_arn"]}
            self.resources[logical_id] = Resource({}, made["phone_number_id"], "CREATE_COMPLETE", attributes)
        return None

    def _ended(self, logical_id: str) -> Response | None:
        self.took[logical_id] = self.clock.passed - self._sent_at[self.in_flight[logical_id]["RequestId"]]
        return super()._ended(logical_id)


@dataclass
class Figures:
    """What is measured; durations are in seconds.

    Attributes:
        deployments: Of each stack's first deployment.
        redeployments: Of each later one.
        puts: Values that each first deployment wrote: what the quota itself takes.
        longest_resource: Of all custom resources.
        continuations: From an approval until the watch has submitted or associated what waited for it.
        passes: Of each run of the watch.
        unfinished: How many runs of the watch had to be repeated.
        calls: Requests by operation.
        throttled: Those that were refused for the quota.
        denials: How many reviews ended with one.
        days: Until everything was complete.
    """

    deployments: list[float] = field(default_factory=list)
    redeployments: list[float] = field(default_factory=list)
    puts: list[int] = field(default_factory=list)
    longest_resource: float = 0.0
    continuations: list[float] = field(default_factory=list)
    passes: list[float] = field(default_factory=list)
    unfinished: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    throttled: Counter[str] = field(default_factory=Counter)
    denials: int = 0
    days: float = 0.0
