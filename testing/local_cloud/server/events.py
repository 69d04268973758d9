"""Events of the fake service, put on ministack's EventBridge."""

from __future__ import annotations

import contextvars
import importlib
import json
from typing import Any


def put(event: dict[str, Any]) -> None:
    """Puts an event on the default bus of its account and Region, whose rules deliver it before this returns.

    Args:
        event: The event, as EventBridge shows it to a target. EventBridge gives it an id and a time of its own.
    """
    entry = {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Resources": event["resources"],
        "Detail": json.dumps(event["detail"]),
    }

    def publish() -> None:
        responses = importlib.import_module("ministack.core.responses")
        responses.set_request_account_id(event["account"])
        responses.set_request_region(event["region"])
        eventbridge = importlib.import_module("ministack.services.eventbridge")
        # Only services of AWS may send as one.
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

    # The account and the Region are those of this event only.
    contextvars.copy_context().run(publish)
