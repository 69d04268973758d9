"""Reads from S3, Secrets Manager and Parameter Store, with permissions that the same deployment may have just granted."""

import functools
import logging
from typing import Any

import botocore.config
import botocore.exceptions
import botocore.session

from sms_registration_handler.aws.sms_voice import Service, denied, no_route
from sms_registration_handler.errors import Failure

logger = logging.getLogger(__name__)

_CONFIG = botocore.config.Config(
    connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 5}
)
_DENIED_PAUSES_SECONDS = (1.0, 2.0, 4.0, 8.0)
"""Pauses between attempts while a read is denied. IAM is eventually consistent: a new policy nearly always takes effect within
seconds."""

_ACTIONS = {
    ("s3", "get_object"): "s3:GetObject",
    ("secretsmanager", "get_secret_value"): "secretsmanager:GetSecretValue",
    ("ssm", "get_parameter"): "ssm:GetParameter",
}

_MISSING = ("ResourceNotFoundException", "ParameterNotFound", "NoSuchKey")
"""Codes of GetSecretValue, GetParameter and GetObject."""


@functools.cache
def client(service: str) -> Any:
    """Return the container's client of another service, with the runtime's own model. Created on first use."""
    return botocore.session.Session().create_client(service, config=_CONFIG)


def read(service: Service, name: str, method: str, source: str, **parameters: Any) -> dict[str, Any]:
    """Make one read call. Repeat it a few times while it is denied: the permission may not be in effect yet.

    Args:
        service: The service whose deadline limits the pauses.
        name: botocore's name of the service to read from, such as `s3`.
        method: The client's method.
        source: How error messages refer to what is read.
        **parameters: The request's members.

    Raises:
        Failure: When the read fails. It has the error's code but not its message, which may quote what was read.
        OutOfTime: When the deadline comes first.
    """
    pauses = iter(_DENIED_PAUSES_SECONDS)
    while True:
        try:
            response: dict[str, Any] = getattr(client(name), method)(**parameters)
        except botocore.exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown error"))
            pause = next(pauses, None) if "AccessDenied" in code else None
            if pause is None:
                raise Failure(f"{source}: {code}{_advice(name, method, code, error)}") from None
            logger.info("%s: %s; the permission may not be in effect yet", source, code)
            service.pause(pause)
        except botocore.exceptions.BotoCoreError as error:
            reasons = [f"{source}: {type(error).__name__}", no_route(error)]
            raise Failure(", ".join(filter(None, reasons))) from None
        else:
            return response


def _advice(name: str, method: str, code: str, error: botocore.exceptions.ClientError) -> str:
    if code in _MISSING:
        return ", create it in the account and Region of the stack"
    return _denied(name, method, error) if "AccessDenied" in code else ""


def _denied(name: str, method: str, error: botocore.exceptions.ClientError) -> str:
    """The denied action and resource. Only these are taken from the message, which may quote more."""
    message = str(error.response.get("Error", {}).get("Message") or "")
    action, resource = denied(message)
    if resource:
        return f", the function is not allowed {action} on {resource}"
    if "kms" in message.lower():  # KMS often names no key: "the resource associated with this ciphertext"
        return ", the function is not allowed kms:Decrypt with the key that encrypts it"
    return f", the function is not allowed {action or _ACTIONS.get((name, method), f'{name}:{method}')}"
