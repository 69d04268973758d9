"""Where messages go: to a topic, and as an event to the default event bus. Each channel is tried, and what failed is owed."""

import json
import logging
from collections.abc import Callable
from typing import Any

import botocore.exceptions

from sms_registration_handler.aws import reads
from sms_registration_handler.watch.news import Message
from sms_registration_rules import news

logger = logging.getLogger(__name__)

TOPIC, EVENT = "t", "e"
"""The channels, as the tag `told` names those that are owed."""

_MACHINES = ("sqs", "lambda", "http", "https", "firehose")
"""Protocols of subscriptions that get JSON where the topic's format is text."""


class Channels:
    """The channels of one watch.

    Args:
        topic_arn: The topic; empty if there is none.
        topic_format: `text` or `chat`, see `news.TOPIC_FORMATS`.
    """

    def __init__(self, topic_arn: str, topic_format: str) -> None:
        self._topic_arn = topic_arn
        self._is_chat = topic_format == news.CHAT

    @property
    def all(self) -> str:
        """Every channel, one letter each."""
        return (TOPIC if self._topic_arn else "") + EVENT

    def send(self, message: Message, channels: str) -> str:
        """Send a message to some channels, and return those that did not take it. Nothing is raised.

        Args:
            message: The message.
            channels: One letter for each channel.
        """
        senders: dict[str, Callable[[Message], None]] = {TOPIC: self._publish, EVENT: self._put_event}
        owed = ""
        for channel in (each for each in self.all if each in channels):
            try:
                senders[channel](message)
            except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError, NotTakenError) as error:
                # Only its code: a message may quote what was sent.
                details = getattr(error, "response", {}).get("Error", {})
                code = details.get("Code") or getattr(error, "code", "") or type(error).__name__
                name = "topic" if channel == TOPIC else "event bus"
                logger.error("the %s did not take a message (%s): %s", name, message.kind, code)
                owed += channel
        return owed

    def _publish(self, message: Message) -> None:
        attributes = {
            name: {"DataType": "String", "StringValue": value} for name, value in message.attributes().items() if value
        }
        body = {"Message": message.chat()} if self._is_chat else self._by_protocol(message)
        reads.client("sns").publish(
            TopicArn=self._topic_arn, Subject=message.subject, MessageAttributes=attributes, **body
        )

    @staticmethod
    def _by_protocol(message: Message) -> dict[str, str]:
        by_protocol = {"default": message.text, "sms": message.subject, **dict.fromkeys(_MACHINES, message.json())}
        return {"Message": json.dumps(by_protocol, ensure_ascii=False), "MessageStructure": "json"}

    @staticmethod
    def _put_event(message: Message) -> None:
        response: dict[str, Any] = reads.client("events").put_events(
            Entries=[
                {
                    "Source": news.EVENT_SOURCE,
                    "DetailType": news.DETAIL_TYPE,
                    "Detail": message.json(),
                    "Resources": [message.detail["registrationArn"]],
                }
            ]
        )
        failed = [each.get("ErrorCode") or "unknown" for each in response.get("Entries", []) if each.get("ErrorCode")]
        if failed or response.get("FailedEntryCount"):
            raise NotTakenError(str(failed[0]) if failed else "unknown")


class NotTakenError(Exception):
    """The event bus responded that it did not take an event.

    Args:
        code: Its error code.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
