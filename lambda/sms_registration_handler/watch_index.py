"""The watch's entry point: `handler`. EventBridge invokes it with status events and on a schedule, and a person by hand with {}.

Its environment:

    SERVED_STACK_ID   the stack's ARN
    TOPIC_ARN         where messages go; without it, events on the default bus are all
    TOPIC_FORMAT      `text` (default) or `chat`
    CONTINUE_PENDING  `true` (default) or `false`
    OVERDUE_FACTOR    a number, 2 by default
    REMINDERS         `true` (default) or `false`
"""

import os
from typing import Any

from sms_registration_handler.aws.deadline import Deadline
from sms_registration_handler.aws.sms_voice import Service, cloudformation_client, sms_voice_client
from sms_registration_handler.cloudformation import log_fields
from sms_registration_handler.watch.channels import Channels
from sms_registration_handler.watch.passes import Pass, Settings
from sms_registration_handler.watch.stack_state import StackState
from sms_registration_handler.watch.trigger import trigger_of
from sms_registration_rules import news

RESERVE_SECONDS = 5.0
"""A pass stops this long before the Lambda time limit: the longest request in progress may take a while."""

log_fields.install()


def handler(event: Any, context: Any) -> None:
    """Make one pass over the stack's registrations.

    Args:
        event: What woke the watch. It only narrows what is looked at.
        context: Lambda's context object.

    Raises:
        IncompletePass: Something is left to do; Lambda invokes the function again, and the schedule does so later.
        KeyError: The environment lacks SERVED_STACK_ID.
    """
    settings = Settings(
        stack_id=os.environ["SERVED_STACK_ID"],
        continue_pending=os.environ.get("CONTINUE_PENDING", "true") == "true",
        overdue_factor=float(os.environ.get("OVERDUE_FACTOR") or 2),
        reminders=os.environ.get("REMINDERS", "true") == "true",
    )
    deadline = Deadline(context.get_remaining_time_in_millis, RESERVE_SECONDS)
    Pass(
        settings,
        Service(sms_voice_client(), deadline),
        StackState(settings.stack_id, cloudformation_client),
        Channels(os.environ.get("TOPIC_ARN", ""), os.environ.get("TOPIC_FORMAT") or news.TEXT),
        trigger_of(event),
    ).run()
