"""Finds the function that handles a request: the resource type selects the room, the request type the function in it."""

import contextlib
import logging
import os
import time
from collections.abc import Callable
from typing import Any, Protocol

from sms_registration_handler.aws.deadline import Deadline
from sms_registration_handler.aws.sms_voice import Service, cloudformation_client, sms_voice_client
from sms_registration_handler.cloudformation import event as events
from sms_registration_handler.cloudformation.provider import Provider
from sms_registration_handler.cloudformation.stack import Stack, Standing
from sms_registration_handler.errors import Failure, InvalidEvent, NoResponseExpected, OutOfTime
from sms_registration_handler.resource import fence
from sms_registration_handler.resource.fence import Fence
from sms_registration_handler.resource.invocation import FRESH_SECONDS, Outcome, Run

logger = logging.getLogger(__name__)

_ASK_AGAIN_SECONDS = 10.0
"""Between two questions about an event of unknown age."""


class ResourceHandler(Protocol):
    """The functions of a resource type's `handler` module."""

    def create(self, run: Run) -> Outcome:
        """Handle a Create."""

    def update(self, run: Run) -> Outcome:
        """Handle an Update."""

    def delete(self, run: Run) -> Outcome:
        """Handle a Delete."""

    def abandon(self, run: Run) -> None:
        """Delete what an interrupted delivery of a Create or Update left, after CloudFormation stopped waiting for it."""


# Each module is imported with its first event. The form's modules add more to a cold start than all others together, and a form
# takes seconds anyway.


def _registration() -> ResourceHandler:
    from sms_registration_handler.registration import handler

    return handler


def _form() -> ResourceHandler:
    from sms_registration_handler.form import handler

    return handler


def _attachment() -> ResourceHandler:
    from sms_registration_handler.attachment import handler

    return handler


RESOURCE_HANDLERS: dict[str, Callable[[], ResourceHandler]] = {
    "Custom::SmsRegistration": _registration,
    "Custom::SmsRegistrationForm": _form,
    "Custom::SmsRegistrationAttachment": _attachment,
}


def handle(event: object, context: Any) -> None:
    """Handle one invocation.

    Args:
        event: The request. Anything that CloudFormation cannot have sent is logged and ignored.
        context: Lambda's context object.

    Raises:
        ContinueInNextRun: When time ran out and Lambda will deliver the event again.
        NotDelivered: When the response could not be delivered. Lambda delivers the event again.
    """
    try:
        request = events.parse(event, function_arn=str(getattr(context, "invoked_function_arn", "")))
    except InvalidEvent as error:
        logger.error("ignored an event that is not from CloudFormation: %s", error)
        return
    provider = Provider(request, context)
    deadline = Deadline(context.get_remaining_time_in_millis)
    stack = Stack(request, cloudformation_client, deadline.sleep)
    run = Run(
        event=request,
        started=time.time(),
        service=Service(sms_voice_client(), deadline),
        stack=stack,
        fence=Fence(stack, request.age(time.time())),
        identify=provider.identify,
        may_continue=provider.may_continue,
    )
    provider.create(_for_crhelper(provider, lambda: _unless_ended(run, lambda: _checked_handler(run).create(run))))
    provider.update(_for_crhelper(provider, lambda: _unless_ended(run, lambda: _checked_handler(run).update(run))))
    provider.delete(_for_crhelper(provider, lambda: _deleting_handler(run).delete(run)))
    provider.respond()


def _unless_ended(run: Run, act: Callable[[], Outcome]) -> Outcome:
    """Handle a Create or Update. Send no failure when another delivery responded: what it left may have caused the failure.

    What a write made or claimed whose response was lost is given up if CloudFormation canceled the request meanwhile: the Delete
    or the rollback may have come before it.
    """
    try:
        return act()
    except OutOfTime:
        raise
    except (Failure, NoResponseExpected) as failure:
        standing = run.stack.standing() if isinstance(failure, Failure) else None
        if standing in (Standing.CURRENT, Standing.UNKNOWN):
            raise
        if run.service.lost_responses:
            with contextlib.suppress(Failure):
                _handler(run).abandon(run)
        if standing in (Standing.RESPONDED, Standing.ENDED):
            raise NoResponseExpected(
                f"this request already had a response, so its failure is not sent: {failure}"
            ) from failure
        raise


def _for_crhelper(provider: Provider, act: Callable[[], Outcome]) -> Callable[[Any, Any], str]:
    """Wrap a function in the signature that crhelper expects."""

    def function(_event: Any, _context: Any) -> str:
        outcome = act()
        provider.Data.update(outcome.attributes)
        return outcome.physical_resource_id

    return function


def _handler(run: Run) -> ResourceHandler:
    """Return the handler of the event's resource type."""
    find = RESOURCE_HANDLERS.get(run.event.resource_type)
    if find is None:
        raise Failure(f"this function handles only the resource types {', '.join(RESOURCE_HANDLERS)}")
    return find()


def _checked_handler(run: Run) -> ResourceHandler:
    """Return the handler of a Create or Update from the stack that this function serves, if CloudFormation still waits for it.

    A Delete from another stack is not refused. It finds nothing that it owns, and it follows a Create that was refused here.
    """
    served = os.environ.get("SERVED_STACK_ID", run.event.stack_id)
    handler = _handler(run)
    if run.event.stack_id != served:
        raise Failure(
            f"this function serves only the stack {served}: each stack has its own provider, created with its first "
            "Registration; do not use this ServiceToken in another stack"
        )
    if _is_over(run):
        handler.abandon(run)
        raise NoResponseExpected(fence.NO_LONGER_EXPECTED)
    return handler


def _deleting_handler(run: Run) -> ResourceHandler:
    """Return the handler of a Delete, unless the resource holds again what the Delete is about."""
    handler = _handler(run)
    is_superseded = run.stack.is_superseded_delete()
    if is_superseded:
        raise NoResponseExpected(fence.NO_LONGER_EXPECTED)
    if is_superseded is None and not run.is_fresh:
        raise Failure(
            "CloudFormation does not say whether this Delete is still wanted, and it was sent over a minute ago; nothing was "
            "deleted. Allow the function cloudformation:DescribeStackResource and cloudformation:DescribeStacks, then delete "
            "again"
        )
    return handler


def _is_over(run: Run) -> bool:
    """Whether CloudFormation no longer waits for a response to this event.

    A first delivery may see the status from before it. So an event whose age is unknown, because its URL does not say when it was
    signed, is given the time after which it cannot be the first any more.
    """
    if run.is_fresh:
        return False  # it may be a second delivery too, and is asked about before its first write
    while run.stack.standing() not in (Standing.CURRENT, Standing.UNKNOWN):
        if run.event.sent_at is not None or time.time() - run.started >= FRESH_SECONDS:
            return True
        run.service.pause(_ASK_AGAIN_SECONDS)
    return False
