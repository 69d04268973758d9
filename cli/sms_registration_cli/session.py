"""Clients of AWS, made as the AWS CLI makes them, with errors that say what to do."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from sms_registration_cli.errors import CommandError
from sms_registration_cli.options import AwsOptions

if TYPE_CHECKING:
    import boto3

    from sms_registration_cli.paced import Service

SERVICE = "pinpoint-sms-voice-v2"
IAM_PREFIX = "sms-voice"
"""What the service is called in IAM policies."""

_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2")

_SIGN_IN = {
    "ExpiredTokenException",
    "ExpiredToken",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "IncompleteSignature",
    "MissingAuthenticationTokenException",
}
WITHOUT_ACCOUNT = ".\nTo try it on this machine, without an AWS account:"

_NO_CREDENTIALS = (
    "no AWS credentials were found. Sign in (`aws sso login`, `aws configure`), name a profile with --profile, "
    "or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)


def service(options: AwsOptions) -> Service:
    """The paced service in one Region.

    Args:
        options: How to reach AWS.

    Raises:
        CommandError: The configuration or the Region is missing or wrong.
    """
    from sms_registration_cli.paced import Service

    with explained():
        session = _session(options)
        client = _client(session, SERVICE, options, attempts=1)
    return Service(client, is_local=_is_local(client.meta.endpoint_url), session=session)


def cloudformation(options: AwsOptions, service: Service) -> Any | None:
    """A client of CloudFormation for calls that read, beside a service; None if only the service is on this machine.

    Args:
        options: How to reach AWS.
        service: The service. One on this machine knows nothing of an account, so AWS's CloudFormation is not asked about it.

    Raises:
        CommandError: The configuration or the Region is missing or wrong.
    """
    with explained():
        client = _client(service.session or _session(options), "cloudformation", options, attempts=4)
    return None if service.is_local and not _is_local(client.meta.endpoint_url) else client


def _client(session: boto3.Session, name: str, options: AwsOptions, *, attempts: int) -> Any:
    from botocore.config import Config

    config = Config(
        connect_timeout=5,
        read_timeout=20,
        retries={"mode": "standard", "total_max_attempts": attempts},
        user_agent_extra="cdk-sms-registration-cli",
    )
    return session.client(name, endpoint_url=options.endpoint_url, config=config)


def _session(options: AwsOptions) -> boto3.Session:
    import boto3

    # The AWS CLI knows AWS_REGION; boto3 reads AWS_DEFAULT_REGION only.
    return boto3.Session(profile_name=options.profile, region_name=options.region or os.environ.get("AWS_REGION"))


def _locally() -> str:
    """How to try the command that runs without an AWS account."""
    context = click.get_current_context(silent=True)
    name = context.info_name if context else "types"
    return f"{WITHOUT_ACCOUNT} sms-registration local run -- sms-registration {name} ..."


def _unreachable(operation: str, region: str, error: Exception) -> str:
    """What to check. The SDK's list of Regions may be older than a Region, so it is consulted only after a failure."""
    import botocore.session

    session = botocore.session.Session()
    partitions = session.get_available_partitions()
    offered = [each for name in partitions for each in session.get_available_regions(SERVICE, partition_name=name)]
    if not region or region in offered or any(name in os.environ for name in _ENDPOINT_VARIABLES):
        where = f" in {region}" if region else ""
        return (
            f"{operation or 'the service'}{where} could not be reached ({type(error).__name__}). Check the network, "
            "--region, --endpoint-url and AWS_ENDPOINT_URL"
        )
    return (
        f"{region} has no AWS End User Messaging SMS, as far as the installed SDK knows, and could not be reached. Choose "
        f"another Region with --region: {', '.join(offered)}"
    )


def _is_local(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def explained(operation: str = "", region: str = "") -> Iterator[None]:
    """Turn botocore's errors into messages that say what to do.

    Args:
        operation: The API operation that is called; its name is in the message. If omitted: only the configuration is read.
        region: Where.

    Raises:
        CommandError: Instead of any error of botocore.
    """
    from botocore import exceptions

    try:
        yield
    except exceptions.ClientError as error:
        raise CommandError(_refusal(error, operation, region)) from None
    except exceptions.NoRegionError:
        raise CommandError(f"no AWS Region is set: name one with --region, or set AWS_REGION{_locally()}") from None
    except exceptions.ProfileNotFound as error:
        raise CommandError(
            f"{error}. Profiles are in ~/.aws/config; `aws configure list-profiles` lists them"
        ) from None
    except (
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
    ) as error:
        detail = "" if isinstance(error, exceptions.NoCredentialsError) else f" ({error})"
        raise CommandError(_NO_CREDENTIALS + detail + _locally()) from None
    except (exceptions.UnauthorizedSSOTokenError, exceptions.SSOError, exceptions.TokenRetrievalError) as error:
        raise CommandError(f"the session has ended ({error}). Sign in again: `aws sso login`") from None
    except (exceptions.EndpointConnectionError, exceptions.ConnectionError, exceptions.HTTPClientError) as error:
        raise CommandError(_unreachable(operation, region, error)) from None
    except exceptions.BotoCoreError as error:
        raise CommandError(f"{operation or 'the AWS configuration'}: {error}") from None


def _refusal(error: Any, operation: str, region: str) -> str:
    details = error.response.get("Error", {})
    code, message = str(details.get("Code", "")), str(details.get("Message") or error.response.get("Message") or "")
    reason = str(error.response.get("Reason") or "")
    if code in _SIGN_IN:
        return f"AWS does not accept the credentials ({code}: {message}). Sign in again, or use another --profile"
    if code.startswith("AccessDenied"):
        if reason:
            return f"{operation} in {region}: {code} ({reason}): {message}. This is not an IAM problem: contact AWS Support"
        return f"access denied: the credentials need the IAM action {IAM_PREFIX}:{operation} in {region}. AWS says: {message}"
    if code == "ResourceNotFoundException":
        subject = error.response.get("ResourceId") or ""
        return f"{operation}: {subject or 'the resource'} does not exist in {region} in this account"
    fields = "; ".join(str(each.get("Message")) for each in error.response.get("Fields") or [] if each.get("Message"))
    words = f"{message}{f' ({fields})' if fields and fields not in message else ''}"
    return f"{operation} in {region}: {code}{f' ({reason})' if reason else ''}: {words}"
