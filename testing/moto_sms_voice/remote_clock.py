"""The clock of the fake over HTTP: it can be moved forward, as if time had passed."""

from __future__ import annotations

from typing import Any

from .models import SmsVoiceBackend, pinpointsmsvoicev2_backends

PATH = "/_sms_voice/clock"
EVERYWHERE = "*"
"""Instead of an account and a Region: all of them, and those that are used later."""


def advance(document: object) -> dict[str, Any]:
    """Move the clock of one account and Region, or of all.

    Args:
        document: A JSON object with accountId, region, and seconds of at least 0. With `*` as accountId and region, the clocks of
            all accounts and Regions move.

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
        if (document["accountId"], document["region"]) == (EVERYWHERE, EVERYWHERE):
            return {"aheadSeconds": _advance_everywhere(seconds)}
        backend = pinpointsmsvoicev2_backends[document["accountId"]][document["region"]]
        backend.store.clock_ahead_seconds += seconds
        backend.changed()
        return {"aheadSeconds": backend.store.clock_ahead_seconds}


def resume() -> None:
    """After a state was loaded: let accounts and Regions that are used later be as far ahead as the one that is furthest."""
    SmsVoiceBackend.initial_clock_ahead_seconds = max(
        (backend.store.clock_ahead_seconds for backend in _backends()), default=0.0
    )


def _backends() -> list[SmsVoiceBackend]:
    backends = (backend for _, _, backend in pinpointsmsvoicev2_backends.iter_backends())
    return [backend for backend in backends if isinstance(backend, SmsVoiceBackend)]


def _advance_everywhere(seconds: float) -> float:
    SmsVoiceBackend.initial_clock_ahead_seconds += seconds
    for backend in _backends():
        backend.store.clock_ahead_seconds += seconds
    if SmsVoiceBackend.on_change is not None:
        SmsVoiceBackend.on_change()
    return SmsVoiceBackend.initial_clock_ahead_seconds
