"""crhelper, hardened: one valid answer per request, to CloudFormation and nobody else, in time, with the right id.

crhelper gives the decorators and the dispatch. What it does on its own (an answer that may be too long, lose its ids, go to the
previous event's URL, be sent twice or for ever; a new physical id for an Update that returns True; a poller that leaks rules and
URLs; DEBUG logs of whole events) is overridden here, so the version is pinned: these are private names.
"""

import contextlib
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from sms_registration_handler.cloudformation import event as events
from sms_registration_handler.cloudformation import log_fields, metrics, response
from sms_registration_handler.errors import (
    ContinueInNextRun,
    Failure,
    InvalidEvent,
    NobodyWaits,
    NotDelivered,
    OutOfTime,
)


@contextlib.contextmanager
def _without_boto3() -> Iterator[None]:
    """Let crhelper find an empty boto3: it is for the clients that are never made, and a tenth of a cold start."""
    stands_in = "boto3" not in sys.modules
    if stands_in:
        sys.modules["boto3"] = ModuleType("boto3")
    try:
        yield
    finally:
        if stands_in:
            del sys.modules["boto3"]


with _without_boto3():
    from crhelper import CfnResource

logger = logging.getLogger(__name__)

BACKSTOP = 5.0
"""Seconds before the Lambda limit at which a stuck run is answered for."""

_REQUEST_TYPES = ("Create", "Update", "Delete")


class Provider(CfnResource):
    """The custom resource provider of this function.

    Register one function per request type with `create`, `update` and `delete`; each takes `(event, context)`, sets `Data` and
    returns the physical id. While a run works, `run_event` is its validated event and `PhysicalResourceId` may be set early, so
    that a later failure is answered with the real id.
    """

    def __init__(self) -> None:
        with _quiet_construction():
            super().__init__(
                json_logging=False, log_level="INFO", boto_level="WARNING", sleep_on_delete=0, ssl_verify=None
            )
        self._sam_local = None
        for module in ("resource_helper", "utils", "log_helper"):
            # They log whole events and exception texts; what is worth a line is logged here.
            logging.getLogger(f"crhelper.{module}").disabled = True
        self._lock = threading.Lock()
        self._answered = False
        self._undelivered: NotDelivered | None = None
        self.run_event: events.Event | None = None

    # --- the way of an event ---

    def __call__(self, event: object, context: Any) -> None:
        """Handle one invocation.

        Raises:
            ContinueInNextRun: When the time is over and Lambda will deliver the event again.
            NotDelivered: When the answer could not be delivered: Lambda delivers the event again, and a repeat is harmless.
        """
        self.run_event = None
        try:
            request = events.parse(event, function_arn=str(getattr(context, "invoked_function_arn", "")))
        except InvalidEvent as error:
            logger.error("ignored an event that is not CloudFormation's: %s", error)
            return
        self._forget_former_event()
        self.run_event = request
        payload = {key: value for key, value in dict(event).items() if not str(key).startswith("CrHelper")}  # type: ignore[call-overload]
        # Set before crhelper runs: whatever it raises must be answered as this event, not as the one before.
        self._event, self._context, self._response_url = payload, context, request.response_url
        self.StackId, self.RequestId, self.LogicalResourceId = (
            request.stack_id,
            request.request_id,
            request.logical_resource_id,
        )
        try:
            super().__call__(payload, context)
        except (ContinueInNextRun, NotDelivered):
            raise
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # sys.exit in a dependency must be answered too
            self._fail(error)
            self._send()
        finally:
            if self._timer:
                self._timer.cancel()
        if self._undelivered and not self._is_stale():
            raise self._undelivered

    def may_continue(self) -> bool:
        """Whether Lambda delivers this event again, in time, when this run ends with an error and without an answer.

        Lambda repeats twice, after about one and two minutes. The attempt's number shows in the age of the event only; an event
        without a readable age counts as in its last run.
        """
        if self.run_event is None or self._started_at_age is None:
            return False
        return (
            self._started_at_age < 2 * self._time_limit
            and self._started_at_age + 2 * self._time_limit + 180 <= self.run_event.service_timeout
        )

    def remaining(self) -> float:
        """Seconds until the Lambda limit."""
        return float(self._context.get_remaining_time_in_millis()) / 1000

    def log_fields(self) -> dict[str, Any]:
        """What each log line says of the event that is being handled; empty outside of a run."""
        if self.run_event is None:
            return {}
        return log_fields.of_run(self.run_event, str(self.PhysicalResourceId or ""), self.remaining())

    # --- what replaces crhelper's own ---

    def _forget_former_event(self) -> None:
        self._init_failed = None
        self._answered, self._undelivered = False, None
        self.NoEcho = False
        self.Status, self.Reason, self.PhysicalResourceId, self.Data = response.SUCCESS, "", "", {}

    def _crhelper_init(self, event: dict[str, Any], context: Any) -> bool:
        assert self.run_event is not None  # noqa: S101 - set by __call__ just before
        self._time_limit = self.remaining()
        self._started_at_age = self.run_event.age(time.time())
        return bool(super()._crhelper_init(event, context))  # type: ignore[misc]

    def _log_setup(self, event: object, context: object) -> None:
        """Leave logging to Lambda's own JSON format: crhelper would set the root level and log the event."""

    def _poll_enabled(self) -> None:
        """Never: the poller stores the ResponseURL in an EventBridge rule, and leaks the rule."""

    def _get_func(self) -> Any:
        if self.run_event is None or self.run_event.request_type not in _REQUEST_TYPES:
            return None
        return super()._get_func()  # type: ignore[misc]

    def _wrap_function(self, func: Any) -> None:
        try:
            if func is None:
                raise Failure(f"unknown RequestType, expected one of {', '.join(_REQUEST_TYPES)}")
            outcome = func(self._event, self._context)
            if not (isinstance(outcome, str) and outcome):
                raise TypeError(f"{func.__name__} returned a {type(outcome).__name__}, not a physical id")
            self.PhysicalResourceId = outcome
        except NobodyWaits as reason:
            logger.warning("no answer: %s", reason)
            self._answered = True  # nothing is to be sent any more
        except OutOfTime as error:
            if self.may_continue():
                logger.warning("out of time; Lambda delivers the event again and the next run goes on")
                raise ContinueInNextRun from None
            self._fail(error)
        except Exception as error:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        self.Status, self.Data = response.FAILED, {}
        if isinstance(error, Failure):
            self.Reason = str(error)
            logger.error("%s", error)
            return
        # The message of an unexpected error may quote a value (botocore's validation errors do): neither logged nor answered.
        where = traceback.extract_tb(error.__traceback__)
        self.Reason = (
            f"unexpected {type(error).__name__}"
            f"{f' in {where[-1].name}, line {where[-1].lineno}' if where else ''}; the function's log has the stack trace"
        )
        logger.error("unexpected %s\n%s", type(error).__name__, "".join(traceback.format_list(where)))

    def _cfn_response(self, event: object) -> None:  # noqa: ARG002
        self._send()

    def _set_timeout(self) -> None:
        self._timer = threading.Timer(max(0.0, self.remaining() - BACKSTOP), self._timeout)
        self._timer.daemon = True
        self._timer.start()

    def _timeout(self) -> None:
        if self.may_continue():
            logger.error("stuck until the Lambda limit; Lambda delivers the event again")
        else:
            self._send(response.FAILED, "the function was stuck until its time limit; see its log")

    def _send(self, status: str | None = None, reason: str = "") -> None:
        """Answer, once: whoever comes first, the run or the backstop."""
        request = self.run_event
        if request is None:
            return
        with self._lock:
            if self._answered:
                return
            self._answered = True
        physical_id = self.PhysicalResourceId
        if request.request_type == "Delete" or not (isinstance(physical_id, str) and physical_id):
            physical_id = request.fallback_physical_id
        answer = response.Response(
            status=status or self.Status,
            reason=reason or self.Reason,
            physical_resource_id=physical_id,
            stack_id=request.stack_id,
            request_id=request.request_id,
            logical_resource_id=request.logical_resource_id,
            data={} if (status or self.Status) == response.FAILED else self.Data,
            no_echo=self.NoEcho,
        )
        if request.request_type == "Delete" and answer.status == response.FAILED:
            logger.error(
                "%s is not deleted, and CloudFormation may forget it",
                physical_id,
                extra=metrics.counted(metrics.REFUSED_DELETES),
            )
        try:
            response.deliver(request.response_url, answer.encode(), remaining=self.remaining)
            logger.info("answered %s for %s with id %s", answer.status, request.logical_resource_id, physical_id)
        except NotDelivered as error:
            logger.error("%s (request %s)", error, request.request_id)
            self._undelivered = error

    def _is_stale(self) -> bool:
        age = self.run_event.age(time.time()) if self.run_event else None
        return age is not None and self.run_event is not None and age > self.run_event.service_timeout


@contextlib.contextmanager
def _quiet_construction() -> Iterator[None]:
    """Construct without crhelper's three unused clients (0.2 s, 7 MB) and without its root log level."""
    level, former = logging.root.level, os.environ.get("AWS_SAM_LOCAL")
    os.environ["AWS_SAM_LOCAL"] = "1"
    try:
        yield
    finally:
        logging.root.setLevel(level)
        if former is None:
            del os.environ["AWS_SAM_LOCAL"]
        else:
            os.environ["AWS_SAM_LOCAL"] = former
