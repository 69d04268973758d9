"""The messages of topics, as a person or a program reads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any


def text(messages: Iterable[Mapping[str, Any]]) -> str:
    """Format messages as their subscribers get them by e-mail.

    Args:
        messages: As `LocalCloud.messages` returns them.
    """
    return "\n\n".join(_text(each) for each in messages)


def body(message: Mapping[str, Any], protocol: str = "email") -> str:
    """What a subscriber gets. A message with a structure has a text for each protocol.

    Args:
        message: As `LocalCloud.messages` returns it.
        protocol: The protocol of the subscription, such as `sqs`. Omitted: e-mail.
    """
    published = str(message["message"])
    if message["messageStructure"] != "json":
        return published
    by_protocol = json.loads(published)
    return str(by_protocol.get(protocol, by_protocol["default"]))


def _text(message: Mapping[str, Any]) -> str:
    attributes = {
        name: each.get("StringValue") or each.get("Value", "") for name, each in message["attributes"].items()
    }
    head = {
        "Time": message["time"],
        "Topic": message["topicArn"].rpartition(":")[2],
        "Subject": message["subject"],
        "Attributes": ", ".join(f"{name}={value}" for name, value in attributes.items()),
    }
    lines = [f"{name}: {value}" for name, value in head.items() if value]
    return "\n".join([*lines, "", body(message).rstrip()])
