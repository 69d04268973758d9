"""Review steps over HTTP: both ends."""

from __future__ import annotations

from typing import Any

import requests

from .models import SmsVoiceBackend, pinpointsmsvoicev2_backends
from .review import Review, ReviewError

PATH = "/_sms_voice/review"
#: Routes an unsigned request to this service in any moto server.
ROUTING = "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/sms-voice/aws4_request, SignedHeaders=host, Signature=0"


def send_step(endpoint: str, registration_id: str, action: str, **arguments: Any) -> dict[str, Any]:
    """Send a review step to a fake in another process.

    Args:
        endpoint: The URL of the fake.
        registration_id: ID or ARN.
        action: The name of a method of `Review`, such as `approve`.
        **arguments: The other arguments of that method.

    Returns:
        The state of the registration after it: registrationId, registrationStatus, versionNumber, versionStatus.

    Raises:
        ReviewError: The step does not fit the state of the registration, or the registration does not exist.
    """
    response = requests.post(
        endpoint.rstrip("/") + PATH,
        json={"registrationId": registration_id, "action": action, **arguments},
        headers={"Authorization": ROUTING},
        timeout=30,
    )
    document: dict[str, Any] = response.json()
    if not response.ok:
        raise ReviewError(document["message"])
    return document


def take_step(document: object) -> dict[str, Any]:
    """Take the review step in a request.

    Raises:
        ReviewError: The request is invalid, or the step does not fit the state of the registration.
    """
    if not isinstance(document, dict):
        raise ReviewError(f"Expected a JSON object with registrationId and action, got {document!r}")
    arguments = dict(document)
    registration_id, action = str(arguments.pop("registrationId", "")), arguments.pop("action", None)
    if action not in Review.ACTIONS:
        raise ReviewError(f"Unknown action {action!r}: expected one of {', '.join(Review.ACTIONS)}")
    with SmsVoiceBackend.lock:
        backend = _backend_of(registration_id)
        try:
            getattr(backend.review, action)(registration_id, **arguments)
        except TypeError as error:
            raise ReviewError(str(error)) from error
        registration = backend.registration(registration_id)
        return {
            "registrationId": registration.registration_id,
            "registrationStatus": registration.registration_status,
            "versionNumber": registration.current_version_number,
            "versionStatus": registration.current_version.registration_version_status,
        }


def _backend_of(registration_id: str) -> SmsVoiceBackend:
    wanted = registration_id.rpartition("/")[2]
    for _, _, backend in pinpointsmsvoicev2_backends.iter_backends():
        if isinstance(backend, SmsVoiceBackend) and wanted in backend.store.registrations:
            return backend
    raise ReviewError(f"There is no registration {registration_id!r}")
