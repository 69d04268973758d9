"""Calls at the service's pace.

Every registration operation has a quota of one request a second for the account and Region (quotas page of the user guide;
ListTagsForResource: ten). Deployments in the same account share it, so throttled calls are repeated.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any

from sms_registration_cli.errors import CommandError
from sms_registration_cli.session import explained

CALL_SECONDS = 1.015
"""Seconds between two calls of an operation: the quota, and a little for an uneven network."""

_SECONDS = {"ListTagsForResource": 0.11}
_THROTTLED = {"ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}
_FAULTS = {"InternalServerException", "ServiceUnavailable", "InternalFailure"}
_ATTEMPTS = 8
_LONGEST_WAIT_SECONDS = 4.0
MAX_RESULTS = 100


class Service:
    """The service in one Region, read-only: every call can be repeated.

    Args:
        client: A client of pinpoint-sms-voice-v2.
        is_local: Whether it is an endpoint on this machine, which is called as fast as it responds.
        sleep: Waits a number of seconds; a test's own if it must not wait.
        session: The session of boto3 that made the client, which makes clients of other services faster than a new one. If
            omitted: there is none.
    """

    def __init__(
        self,
        client: Any,
        *,
        is_local: bool = False,
        sleep: Callable[[float], None] = time.sleep,
        session: Any | None = None,
    ) -> None:
        self._client = client
        self._sleep = sleep
        self._next: dict[str, float] = {}
        self.is_local = is_local
        self.session = session
        self.region: str = client.meta.region_name

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """Call an operation by its API name, such as `DescribeRegistrations`; repeat it if it is throttled.

        Raises:
            CommandError: The service refuses, or cannot be reached; the message says what to do.
        """
        from botocore import xform_name
        from botocore.exceptions import ClientError

        method = getattr(self._client, xform_name(operation))
        for attempt in range(_ATTEMPTS):
            self._pace(operation)
            with explained(operation, self.region):
                try:
                    response: dict[str, Any] = method(**parameters)
                except ClientError as error:
                    code = error.response.get("Error", {}).get("Code")
                    if code not in _THROTTLED | _FAULTS or attempt == _ATTEMPTS - 1:
                        raise
                else:
                    return response
            self._sleep(random.uniform(0.2, min(_LONGEST_WAIT_SECONDS, 2.0**attempt)))  # noqa: S311 - jitter is no secret
        raise CommandError(f"{operation}: no response after {_ATTEMPTS} attempts")

    def pages(self, operation: str, member: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Call a Describe or List operation until its last page; yield what each page holds under `member`."""
        while True:
            page = self.call(operation, MaxResults=MAX_RESULTS, **parameters)
            yield from page.get(member) or []
            if not page.get("NextToken"):
                return
            parameters["NextToken"] = page["NextToken"]

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a resource."""
        found = self.call("ListTagsForResource", ResourceArn=arn).get("Tags") or []
        return {tag["Key"]: tag.get("Value", "") for tag in found}

    def _pace(self, operation: str) -> None:
        if self.is_local:
            return
        now = time.monotonic()
        ready = max(self._next.get(operation, now), now)
        if ready > now:
            self._sleep(ready - now)
        self._next[operation] = ready + _SECONDS.get(operation, CALL_SECONDS)
