"""Puts events of the fake service on ministack's EventBridge."""

from __future__ import annotations

import contextvars
import importlib
import json
from typing import Any


def put(event: dict[str, Any]) -> None:
    """Put an event on the default bus of its account and Region. Matching rules deliver it before this returns.

    Args:
        event: The event as a target receives it. EventBridge assigns a new ID and time.
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
        # Only AWS services may use a source that begins with `aws.`.
        eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)

    # The account and the Region apply to this event only.
    contextvars.copy_context().run(publish)
