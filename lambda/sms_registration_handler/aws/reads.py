"""Reads from S3, Secrets Manager and the Parameter Store, with rights that the same deployment may have given."""

import functools
import logging
from typing import Any

import botocore.config
import botocore.exceptions
import botocore.session

from sms_registration_handler.aws.sms_voice import Service
from sms_registration_handler.errors import Failure

logger = logging.getLogger(__name__)

_CONFIG = botocore.config.Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}
)
_DENIED_WAITS = (1.0, 2.0, 4.0, 8.0)
"""Seconds. IAM says "eventually" for how soon a new policy counts; it is nearly always a few seconds."""


@functools.cache
def client(service: str) -> Any:
    """The container's client of another service, with the runtime's own model; made at the first need."""
    return botocore.session.Session().create_client(service, config=_CONFIG)


def read(service: Service, name: str, method: str, source: str, **parameters: Any) -> dict[str, Any]:
    """Make one reading call; while it is denied, some more: a right that the deployment made seconds ago may not count yet.

    Args:
        service: Whose deadline limits the waits.
        name: The other service, as botocore calls it, such as `s3`.
        method: The client's method.
        source: What is read, as error messages call it.
        **parameters: The request's members.

    Raises:
        Failure: It cannot be read, with the error's code and without its message, which may quote what was read.
        OutOfTime: When the deadline comes first.
    """
    waits = iter(_DENIED_WAITS)
    while True:
        try:
            answer: dict[str, Any] = getattr(client(name), method)(**parameters)
        except botocore.exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown error"))
            wait = next(waits, None) if "AccessDenied" in code else None
            if wait is None:
                raise Failure(f"{source}: {code}") from None
            logger.info("%s: %s; the right may be on its way", source, code)
            service.pause(wait)
        except botocore.exceptions.BotoCoreError as error:
            raise Failure(f"{source}: {type(error).__name__}") from None
        else:
            return answer
