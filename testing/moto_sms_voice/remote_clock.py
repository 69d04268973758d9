"""The clock of the fake over HTTP: it can be moved forward, as if time had passed."""

from __future__ import annotations

from typing import Any

from .models import SmsVoiceBackend, pinpointsmsvoicev2_backends

PATH = "/_sms_voice/clock"


def advance(document: object) -> dict[str, Any]:
    """Move the clock of one account and Region.

    Args:
        document: A JSON object with accountId, region, and seconds of at least 0.

    Returns:
        aheadSeconds: how far the clock is ahead of the machine's.

    Raises:
        ValueError: The request is invalid.
    """
    if not isinstance(document, dict) or document.keys() != {"accountId", "region", "seconds"}:
        raise ValueError(f"Expected a JSON object with accountId, region and seconds, got {document!r}")
    seconds = document["seconds"]
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise ValueError(f"Expected seconds of at least 0, got {seconds!r}: a clock moves forward only")
    with SmsVoiceBackend.lock:
        backend = pinpointsmsvoicev2_backends[document["accountId"]][document["region"]]
        backend.store.clock_ahead_seconds += seconds
        backend.changed()
        return {"aheadSeconds": backend.store.clock_ahead_seconds}
