"""crhelper, hardened: one valid response per request, to CloudFormation only, in time, with the right physical ID.

crhelper provides the decorators, the dispatch by request type and the backstop timer. An instance serves one invocation, because
crhelper keeps the state of an event on its instance. These private members are overridden, so the version is pinned:

    member            what crhelper does                                      what happens here
    _log_setup        sets the root log level; would log whole events         nothing: Lambda's own JSON format stays
    _wrap_function    turns any exception into FAILED, and quotes it          a Failure's message is the Reason, other errors are
                                                                              not quoted, an interrupted run may continue later
    _set_timeout      responds 0.5 s before the limit, in any run             `BACKSTOP_SECONDS` before it, in the last run only
    _send             any length, any URL, endless retries, maybe twice       `response`: at most once, valid, bounded

No other part of crhelper runs: no poller is registered (it leaks EventBridge rules and ResponseURLs), its loggers are off (they
log events and exception messages), and its three clients are never created.
"""

import contextlib
import contextvars
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from sms_registration_handler.cloudformation import log_fields, metrics, response
from sms_registration_handler.cloudformation.event import Event
from sms_registration_handler.errors import ContinueInNextRun, Failure, NoResponseExpected, NotDelivered, OutOfTime


@contextlib.contextmanager
def _without_boto3() -> Iterator[None]:
    """Give crhelper an empty boto3. It needs boto3 only for clients that are never created, at a tenth of a cold start."""
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

BACKSTOP_SECONDS = 5.0
"""The response of a stuck run is sent this long before the Lambda time limit."""

_RETRY_DELAYS_SECONDS = 180
"""How long Lambda waits in total before the second and third delivery of an event (one minute, then two)."""

_KEEPS_LOG = (
    ". The rollback of a stack's first deployment deletes this log; deploy with cdk deploy --no-rollback to keep it"
)
"""For a failed Create whose Reason refers to the log. The log group belongs to the stack, so a destroyed stack leaves none."""

_REQUEST_TYPES = ("Create", "Update", "Delete")


class Provider(CfnResource):
    """The response to one request. Register functions with `create`, `update` and `delete`, then `respond`.

    As with crhelper, a function returns the physical ID and puts what Fn::GetAtt returns into `Data`.

    Args:
        request: The validated request.
        context: Lambda's context object.
    """

    def __init__(self, request: Event, context: Any) -> None:
        vars(self).update(_TEMPLATE)
        self._request, self._context = request, context
        self._lock = threading.Lock()
        self._is_done = False
        self._undelivered: NotDelivered | None = None
        self._time_limit = self.remaining()
        self._started_at_age = request.age(time.time())

    def respond(self) -> None:
        """Run the function of the request type and send the response.

        Raises:
            ContinueInNextRun: When time ran out and Lambda will deliver the event again.
            NotDelivered: When the response could not be delivered. Lambda delivers the event again, which is harmless.
        """
        request = self._request
        with log_fields.attached(self._log_fields):
            if request.request_type in _REQUEST_TYPES:
                # Only what crhelper needs: an injected CrHelperPoll would start its poller.
                event = {
                    "RequestType": request.request_type,
                    "StackId": request.stack_id,
                    "RequestId": request.request_id,
                    "LogicalResourceId": request.logical_resource_id,
                    "ResponseURL": request.response_url,
                }
                self(event, self._context)
            else:
                self._fail(Failure(f"unknown RequestType, expected one of {', '.join(_REQUEST_TYPES)}"))
                self._send()
        if self._undelivered and not self._is_stale():
            raise self._undelivered

    def identify(self, physical_id: str) -> None:
        """Use this physical ID from now on, including in the response to a later failure."""
        self.PhysicalResourceId = physical_id

    def may_continue(self) -> bool:
        """Whether Lambda will deliver this event again in time if this run ends with an error and without a response.

        Lambda retries twice, after about one and two minutes. Only the age of the event tells which attempt this is. An event of
        unknown age counts as the last attempt.
        """
        if self._started_at_age is None:
            return False
        next_run_ends = self._started_at_age + 2 * self._time_limit + _RETRY_DELAYS_SECONDS
        return self._started_at_age < 2 * self._time_limit and next_run_ends <= self._request.service_timeout

    def remaining(self) -> float:
        """Return the seconds until the Lambda time limit."""
        return float(self._context.get_remaining_time_in_millis()) / 1000

    # --- overridden, see the module's docstring ---

    def _log_setup(self, event: object, context: object) -> None:
        """Change nothing."""

    def _wrap_function(self, function: Callable[[object, object], object]) -> None:
        try:
            physical_id = function({}, self._context)
            if not (isinstance(physical_id, str) and physical_id):
                raise TypeError(f"the physical ID is a {type(physical_id).__name__}")
            self.identify(physical_id)
        except NoResponseExpected as reason:
            logger.warning("no response: %s", reason)
            self._is_done = True
        except OutOfTime as error:
            if self.may_continue():
                logger.warning("out of time; Lambda delivers the event again and the next run continues")
                raise ContinueInNextRun from None
            self._fail(error)
        except (Exception, SystemExit, KeyboardInterrupt) as error:  # a dependency's sys.exit needs a response too
            self._fail(error)
        self.identify(self._physical_id())  # crhelper would invent one

    def _set_timeout(self) -> None:
        # A copy of the context, so that the backstop's log lines have the fields of the run.
        backstop = contextvars.copy_context().run
        self._timer = threading.Timer(max(0.0, self.remaining() - BACKSTOP_SECONDS), backstop, (self._end_stuck_run,))
        self._timer.daemon = True
        self._timer.start()

    def _send(self, status: str | None = None, reason: str = "") -> None:
        """Send the response, once: the run and the backstop may both call this."""
        request = self._request
        with self._lock:
            if self._is_done:
                return
            self._is_done = True
        body = response.Response(
            status=status or self.Status,
            reason=self._with_log_kept(reason or self.Reason),
            physical_resource_id=self._physical_id(),
            stack_id=request.stack_id,
            request_id=request.request_id,
            logical_resource_id=request.logical_resource_id,
            data={} if (status or self.Status) == response.FAILED else self.Data,
        )
        if request.request_type == "Delete" and body.status == response.FAILED:
            logger.error(
                "%s was not deleted, and CloudFormation may forget it",
                body.physical_resource_id,
                extra=metrics.counted(metrics.REFUSED_DELETES),
            )
        try:
            response.deliver(request.response_url, body.encode(), remaining=self.remaining)
            logger.info(
                "responded %s for %s with ID %s", body.status, request.logical_resource_id, body.physical_resource_id
            )
        except NotDelivered as error:
            logger.error("%s (request %s)", error, request.request_id)
            self._undelivered = error

    # --- helpers of the overridden methods ---

    def _physical_id(self) -> str:
        """The ID to respond with: a Delete's own, or the marker of a failed Create while there is no ID."""
        is_known = isinstance(self.PhysicalResourceId, str) and self.PhysicalResourceId
        if self._request.request_type == "Delete" or not is_known:
            return self._request.fallback_physical_id
        return str(self.PhysicalResourceId)

    def _with_log_kept(self, reason: str) -> str:
        """Say how to keep the log that a Reason refers to, where a rollback may delete it."""
        if self._request.request_type != "Create" or "the function's log" not in reason.lower():
            return reason
        return reason[: response.MAX_REASON_CHARACTERS - len(_KEEPS_LOG)].rstrip(".") + _KEEPS_LOG

    def _fail(self, error: BaseException) -> None:
        self.Status, self.Data = response.FAILED, {}
        if isinstance(error, Failure):
            self.Reason = str(error)
            logger.error("%s", error)
            return
        # An unexpected error's message may quote a value (botocore's validation errors do), so it is not shown.
        where = traceback.extract_tb(error.__traceback__)
        self.Reason = (
            f"unexpected {type(error).__name__}"
            f"{f' in {where[-1].name}, line {where[-1].lineno}' if where else ''}; see the stack trace in the function's log"
        )
        logger.error("unexpected %s\n%s", type(error).__name__, "".join(traceback.format_list(where)))

    def _end_stuck_run(self) -> None:
        if self.may_continue():
            logger.error("stuck until the Lambda time limit; Lambda delivers the event again")
        else:
            self._send(response.FAILED, "the function was stuck until its time limit; see the function's log")

    def _is_stale(self) -> bool:
        age = self._request.age(time.time())
        return age is not None and age > self._request.service_timeout

    def _log_fields(self) -> dict[str, Any]:
        return log_fields.of_run(self._request, str(self.PhysicalResourceId or ""), self.remaining())


def _construct() -> CfnResource:
    """Construct once per container, without crhelper's three unused clients (0.2 s, 7 MB) and without its log levels."""
    level, former = logging.root.level, os.environ.get("AWS_SAM_LOCAL")
    os.environ["AWS_SAM_LOCAL"] = "1"
    try:
        made = CfnResource(json_logging=False, log_level="INFO", boto_level="WARNING", sleep_on_delete=0)
    finally:
        logging.root.setLevel(level)
        if former is None:
            del os.environ["AWS_SAM_LOCAL"]
        else:
            os.environ["AWS_SAM_LOCAL"] = former
    for module in ("resource_helper", "utils", "log_helper"):
        logging.getLogger(f"crhelper.{module}").disabled = True
    return made


_TEMPLATE = vars(_construct())
