"""What an error of AWS says about its cause: the action that was denied and the resource, or the host without a route."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

_NO_CONNECTION = (ConnectTimeoutError, EndpointConnectionError)
_NOT_AUTHORIZED = re.compile(
    r"not authorized to perform:? (?P<action>[a-z0-9-]+:[\w*-]+)"
    r"(?:.*? on (?:the )?resource:? \"?(?P<resource>[^\s\"]*[:/*][^\s\"]*))?"
)


class Denied(NamedTuple):
    """What a message of AWS says was denied. Each is empty when the message does not name it."""

    action: str
    resource: str


def denied(message: str) -> Denied:
    """Return the action and the resource that an error message names.

    Args:
        message: The message of an AccessDenied error. Nothing else is taken from it, because it may quote more.
    """
    said = _NOT_AUTHORIZED.search(message)
    return Denied(said["action"], said["resource"] or "") if said else Denied("", "")


def no_route(error: Exception) -> str:
    """Return which host could not be reached, and what a function in a VPC needs. Empty for other errors than that.

    Args:
        error: Any error. Only the host is taken from its URL.
    """
    if not isinstance(error, _NO_CONNECTION):
        return ""
    host = urlsplit(str(error.kwargs.get("endpoint_url") or "")).hostname
    return f"{host} could not be reached; a function in a VPC needs a route to it" if host else ""
