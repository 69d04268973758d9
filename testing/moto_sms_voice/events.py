"""The events that the service sends to EventBridge when the status of a registration changes."""

from __future__ import annotations

import json
import os
import sys
import warnings
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import requests
from moto.moto_api._internal import mock_random

if TYPE_CHECKING:
    from .models import SmsVoiceBackend
    from .store import Registration

SOURCE = "aws.sms-voice"
DETAIL_TYPE = "Registration Status Change"
#: Names the URL to which a server posts each event, for an EventBridge outside of moto.
URL_VARIABLE = "MOTO_SMS_VOICE_EVENTS_URL"

Event = dict[str, Any]


class StatusEvents:
    """Sends an event for each new status of a registration to moto's EventBridge.

    Attributes:
        sent: Every event in order, including those that match no rule.
    """

    def __init__(self, backend: SmsVoiceBackend) -> None:
        self._backend = backend
        self.sent: list[Event] = []

    def send(self) -> None:
        """Send events for the statuses that have changed since the last call."""
        for registration in self._backend.store.registrations.values():
            status = registration.registration_status
            if status == registration.announced_status:
                continue
            registration.announced_status = status
            if status in self._backend.behavior.statuses_with_event:
                event = status_change(registration, self._backend, self._backend.now())
                self.sent.append(event)
                self._deliver(event)

    def _deliver(self, event: Event) -> None:
        put_on_moto(event)
        # Through the class: a function would become a method of the backend.
        elsewhere = type(self._backend).on_event
        if elsewhere is not None:
            elsewhere(event)


def status_change(registration: Registration, backend: SmsVoiceBackend, now: datetime) -> Event:
    """Build the event for the current status of a registration, as a rule's target receives it."""
    return {
        "version": "0",
        "id": str(mock_random.uuid4()),
        "detail-type": DETAIL_TYPE,
        "source": SOURCE,
        "account": backend.account_id,
        "time": f"{now.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
        "region": backend.region_name,
        "resources": [registration.registration_arn],
        "detail": {
            "registrationDetails": {
                "registrationId": registration.registration_id,
                "registrationVersionNumber": registration.current_version_number,
                "registrationType": registration.registration_type,
                "registrationStatusChangeTimestamp": int(now.timestamp() * 1000),
                "currentStatus": registration.registration_status,
            },
            "registrationArn": registration.registration_arn,
        },
    }


def put_on_moto(event: Event) -> None:
    """Put an event on the default bus of moto's EventBridge in this process."""
    # moto loads a service with its first call: before that there is no rule, and loading takes a while.
    models = sys.modules.get("moto.events.models")
    if models is None:
        return
    entry = {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Resources": event["resources"],
        "Time": event["detail"]["registrationDetails"]["registrationStatusChangeTimestamp"] / 1000,
        "Detail": json.dumps(event["detail"]),
    }
    try:
        models.events_backends[event["account"]][event["region"]].put_events([entry])
    except NotImplementedError:
        warnings.warn(
            "moto delivers events to SQS, CloudWatch Logs and other buses only; a rule has another target", stacklevel=2
        )


def post(event: Event) -> None:
    """Post an event to the URL in the environment. As with EventBridge, delivery is best effort."""
    try:
        requests.post(os.environ[URL_VARIABLE], json=event, timeout=30).raise_for_status()
    except requests.RequestException as error:
        print(f"an event was not delivered: {error}", file=sys.stderr, flush=True)
