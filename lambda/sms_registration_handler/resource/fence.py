"""The fence: before a write, CloudFormation is asked whether it still waits for this request.

A run that CloudFormation canceled, or whose event was delivered twice, stops at its next write. One write may be on its way at
that moment. So a rollback's Update waits until no such write can arrive anymore, before it reads anything: `SETTLE_SECONDS` after
it was sent. Then the later request wins, with no more questions than writes.
"""

import logging
import math
import time

from sms_registration_handler.cloudformation.stack import Stack, Standing
from sms_registration_handler.errors import Failure, NoResponseExpected

logger = logging.getLogger(__name__)

_VALID_SECONDS = 5.0
"""How long a response is used for writes that a later run can undo."""

_CREATING_VALID_SECONDS = 10.0
"""How long a response is used for attempts to create something: what a canceled request creates, it or its Delete deletes."""

_IN_FLIGHT_SECONDS = 20.0
"""How long a request to the service can be on its way: the client's timeouts to connect and to read."""

SETTLE_SECONDS = _VALID_SECONDS + _IN_FLIGHT_SECONDS
"""So long after a later request was sent, an earlier run may still write."""

ABANDONED = "CloudFormation has since abandoned this request; no further changes were made"
NO_LONGER_EXPECTED = "CloudFormation no longer waits for a response to this request; no changes were made"


class Fence:
    """Stops the writes of a run that CloudFormation no longer waits for.

    Args:
        stack: The stack of the event.
        age: How many seconds ago CloudFormation sent the event. If omitted, that is unknown.
    """

    def __init__(self, stack: Stack, age: float | None = None) -> None:
        self._stack = stack
        self._asked = -_VALID_SECONDS
        self._wanted = -math.inf if age is None else time.monotonic() - max(age, 0.0)
        self._must_finish = False

    def must_finish(self) -> None:
        """From now on, go on even if another delivery of this request responded, because this run left something half done."""
        self._must_finish = True

    def before_creating(self) -> None:
        """Check before each attempt to create something. CloudFormation waited for the request when it sent it.

        An attempt that the service throttles may be repeated for minutes, while CloudFormation cancels the request. What is then
        created only has to be deleted again.

        Raises:
            Failure: As `before_write`.
            NoResponseExpected: As `before_write`.
        """
        now = time.monotonic()
        if now - self._wanted >= _CREATING_VALID_SECONDS:
            self._require(self._stack.standing())
            self._wanted = now

    def before_write(self) -> None:
        """Check before a write that a later run can undo. Asks again only after a few seconds. Unknown means go on.

        Raises:
            Failure: When CloudFormation has abandoned the request.
            NoResponseExpected: When the request had a response already, or a later one followed.
        """
        now = time.monotonic()
        if now - self._asked >= _VALID_SECONDS:
            self._require(self._stack.standing())
            self._asked = now

    def before_response(self) -> None:
        """Check before a success with another physical ID, which CloudFormation does not take from a canceled request.

        Raises:
            Failure: As `before_write`.
            NoResponseExpected: As `before_write`.
        """
        self._require(self._stack.standing())

    def before_irreversible(self, what: str) -> None:
        """Check before a write that nothing can undo: a submission, an association, a version that is discarded.

        Args:
            what: What is not done if CloudFormation does not respond, for the message.

        Raises:
            Failure: When CloudFormation has abandoned the request, or does not say.
            NoResponseExpected: When the request had a response already, or a later one followed.
            OutOfTime: When CloudFormation did not respond before the deadline.
        """
        now = time.monotonic()
        standing = self._stack.standing(decisive=True)
        self._require(standing)
        if standing is Standing.UNKNOWN:
            raise Failure(
                f"{what}: CloudFormation does not say whether it still waits for this request, and this cannot be undone. Allow "
                "the function cloudformation:DescribeStackResource on its own stack, then deploy again"
            )
        self._asked = now

    def _require(self, standing: Standing) -> None:
        if standing is Standing.ABANDONED:
            raise Failure(ABANDONED)
        if standing is Standing.ENDED or (standing is Standing.RESPONDED and not self._must_finish):
            raise NoResponseExpected(NO_LONGER_EXPECTED)
