"""Passes requests from the wire to the backend, and its responses back."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

from botocore import xform_name
from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, BaseResponse

from .models import OPERATIONS, SmsVoiceBackend, pinpointsmsvoicev2_backends
from .remote_clock import advance
from .remote_review import take_step
from .review import ReviewError


class SmsVoiceResponse(BaseResponse):
    """Handler for requests and responses. Its methods, one for each operation as moto expects, are added below."""

    def __init__(self) -> None:
        super().__init__(service_name="pinpoint-sms-voice-v2")
        self.automated_parameter_parsing = True

    @property
    def backend(self) -> SmsVoiceBackend:
        """The backend of the caller's account and Region."""
        return pinpointsmsvoicev2_backends[self.current_account][self.region]

    def get_current_account(self) -> str:
        """Return the account of a request: moto's choice, but an access key of 12 digits is an account ID too."""
        account: str = super().get_current_account()
        credential = re.search(r"Credential=(\d{12})/", self.headers.get("Authorization", ""))
        is_default = "MOTO_ACCOUNT_ID" not in os.environ and "x-moto-account-id" not in self.headers
        return credential.group(1) if credential and is_default else account

    def call_action(self) -> TYPE_RESPONSE:
        """Perform the operation and write its response while the state is locked."""
        operation = self._get_action()
        if operation not in OPERATIONS:
            message = f"moto_sms_voice does not fake {operation}: expected one of {', '.join(OPERATIONS)}"
            return (
                501,
                {"Content-Type": "application/x-amz-json-1.0"},
                json.dumps({"__type": "NotImplementedException", "Message": message}),
            )
        with self.backend.lock:
            return super().call_action()

    @staticmethod
    def review(request: Any, full_url: str, headers: Any) -> TYPE_RESPONSE:  # noqa: ARG004
        """Take a review step over HTTP: a JSON object with registrationId, action and the action's arguments."""
        try:
            status, response = 200, take_step(json.loads(request.data))
        except (ReviewError, ServiceException, TypeError, ValueError) as error:
            status, response = 400, {"message": str(error)}
        return status, {"Content-Type": "application/json"}, json.dumps(response)

    @staticmethod
    def clock(request: Any, full_url: str, headers: Any) -> TYPE_RESPONSE:  # noqa: ARG004
        """Move the clock over HTTP: a JSON object with accountId, region and seconds."""
        try:
            status, response = 200, advance(json.loads(request.data))
        except ValueError as error:
            status, response = 400, {"message": str(error)}
        return status, {"Content-Type": "application/json"}, json.dumps(response)


def _operation(name: str) -> Callable[[SmsVoiceResponse], ActionResult]:
    def perform(self: SmsVoiceResponse) -> ActionResult:
        return ActionResult(self.backend.perform(name, self.params))

    return perform


for _name in OPERATIONS:
    setattr(SmsVoiceResponse, xform_name(_name), _operation(_name))
