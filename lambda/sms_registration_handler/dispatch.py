"""The three request types, and the module of each resource type that answers them."""

import importlib
import os
import time
from typing import Any

from sms_registration_handler.aws.deadline import Deadline
from sms_registration_handler.aws.sms_voice import Service, cloudformation_client, sms_voice_client
from sms_registration_handler.cloudformation.provider import Provider
from sms_registration_handler.cloudformation.stack import Stack
from sms_registration_handler.errors import Failure, NobodyWaits
from sms_registration_handler.resource.invocation import Run

RESOURCE_TYPES = {
    "Custom::SmsRegistration": "registration.handler",
    "Custom::SmsRegistrationForm": "form.handler",
    "Custom::SmsRegistrationAttachment": "attachment.handler",
}
"""Each module has `create`, `update` and `delete`, which take a `Run` and return an `Outcome`; and `abandon`, which takes back
what an interrupted delivery left of a request that is over.

They are imported with their first event: a form's modules cost a cold start more than all others together, and a form takes
seconds anyway.
"""

provider = Provider()


def _handle(request_type: str, context: Any) -> str:
    event = provider.run_event
    name = RESOURCE_TYPES.get(event.resource_type) if event else None
    if event is None or name is None:
        raise Failure(f"this function provides {', '.join(RESOURCE_TYPES)} and no other resource type")
    served = os.environ.get("SERVED_STACK_ID", event.stack_id)
    # A Delete of another stack finds nothing that is its own here, and must not fail for what was refused.
    if event.stack_id != served and request_type != "delete":
        raise Failure(
            f"this function serves the stack {served} only: each stack has a provider of its own, made with its first "
            "Registration; do not use this ServiceToken elsewhere"
        )
    run = Run(
        event=event,
        started=time.time(),
        service=Service(sms_voice_client(), Deadline(context.get_remaining_time_in_millis)),
        stack=Stack(event, cloudformation_client),
        identify=lambda physical_id: setattr(provider, "PhysicalResourceId", physical_id),
        may_continue=provider.may_continue,
    )
    module = importlib.import_module(f"{__package__}.{name}")
    # A Delete does no harm when it comes late: it ends only what has its id, or what nothing holds.
    if request_type != "delete" and not run.is_fresh and run.stack.is_over():
        module.abandon(run)
        raise NobodyWaits("CloudFormation waits for no answer to this request any more; nothing is changed")
    outcome = getattr(module, request_type)(run)
    provider.Data.update(outcome.attributes)
    return str(outcome.physical_resource_id)


@provider.create
def _create(_event: Any, context: Any) -> str:
    return _handle("create", context)


@provider.update
def _update(_event: Any, context: Any) -> str:
    return _handle("update", context)


@provider.delete
def _delete(_event: Any, context: Any) -> str:
    return _handle("delete", context)
