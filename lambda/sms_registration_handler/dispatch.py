"""Finds the function that handles a request: by the resource type its room, by the request type the function in it."""

import logging
import os
import time
from collections.abc import Callable
from typing import Any, Protocol

from sms_registration_handler.aws.deadline import Deadline
from sms_registration_handler.aws.sms_voice import Service, cloudformation_client, sms_voice_client
from sms_registration_handler.cloudformation import event as events
from sms_registration_handler.cloudformation.provider import Provider
from sms_registration_handler.cloudformation.stack import Stack
from sms_registration_handler.errors import Failure, InvalidEvent, NobodyWaits
from sms_registration_handler.resource.invocation import Outcome, Run

logger = logging.getLogger(__name__)


class ResourceHandler(Protocol):
    """What the `handler` module of a resource type's room offers."""

    def create(self, run: Run) -> Outcome:
        """Handle a Create."""

    def update(self, run: Run) -> Outcome:
        """Handle an Update."""

    def delete(self, run: Run) -> Outcome:
        """Handle a Delete."""

    def abandon(self, run: Run) -> None:
        """Take back what an interrupted delivery left of a Create or Update that CloudFormation no longer waits for."""


# Each is imported with its first event: a form's modules cost a cold start more than all the others together, and a form takes
# seconds anyway.


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
        event: The request; anything that CloudFormation cannot have sent is logged and ignored.
        context: Lambda's context object.

    Raises:
        ContinueInNextRun: When the time is over and Lambda will deliver the event again.
        NotDelivered: When the response could not be delivered; Lambda delivers the event again.
    """
    try:
        request = events.parse(event, function_arn=str(getattr(context, "invoked_function_arn", "")))
    except InvalidEvent as error:
        logger.error("ignored an event that is not from CloudFormation: %s", error)
        return
    provider = Provider(request, context)
    run = Run(
        event=request,
        started=time.time(),
        service=Service(sms_voice_client(), Deadline(context.get_remaining_time_in_millis)),
        stack=Stack(request, cloudformation_client),
        identify=provider.identify,
        may_continue=provider.may_continue,
    )
    provider.create(_registered(provider, lambda: _wanted(run).create(run)))
    provider.update(_registered(provider, lambda: _wanted(run).update(run)))
    provider.delete(_registered(provider, lambda: _handler(run).delete(run)))
    provider.respond()


def _registered(provider: Provider, act: Callable[[], Outcome]) -> Callable[[Any, Any], str]:
    """A function as crhelper takes it."""

    def function(_event: Any, _context: Any) -> str:
        outcome = act()
        provider.Data.update(outcome.attributes)
        return outcome.physical_resource_id

    return function


def _handler(run: Run) -> ResourceHandler:
    """The handler of the event's resource type."""
    find = RESOURCE_HANDLERS.get(run.event.resource_type)
    if find is None:
        raise Failure(f"this function provides {', '.join(RESOURCE_HANDLERS)} and no other resource type")
    return find()


def _wanted(run: Run) -> ResourceHandler:
    """The handler of a Create or Update that CloudFormation still waits for.

    A Delete is not asked about: it ends only what has its ID, or what nothing holds; and one of another stack finds nothing of
    its own here, and must not fail for what was refused.
    """
    served = os.environ.get("SERVED_STACK_ID", run.event.stack_id)
    handler = _handler(run)
    if run.event.stack_id != served:
        raise Failure(
            f"this function serves the stack {served} only: each stack has a provider of its own, made with its first "
            "Registration; do not use this ServiceToken elsewhere"
        )
    if not run.is_fresh and run.stack.is_over():
        handler.abandon(run)
        raise NobodyWaits("CloudFormation no longer waits for a response to this request; nothing was changed")
    return handler
