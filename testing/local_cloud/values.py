"""Secrets and parameters of the local cloud, for forms that refer to them."""

from __future__ import annotations

import getpass
import sys

from local_cloud.toolchain import LocalCloudError
from local_cloud.tools import Tools


def asked(name: str) -> str:
    """Read a value from standard input, without its last line break; at a terminal, ask for it without showing it.

    Args:
        name: What the value is for.

    Raises:
        LocalCloudError: It is empty.
    """
    is_terminal = sys.stdin is not None and sys.stdin.isatty()
    value = getpass.getpass(f"Value of {name}: ") if is_terminal else sys.stdin.read().removesuffix("\n")
    if not value:
        raise LocalCloudError(f"{name} has no value: write it to standard input, such as with: echo VALUE | ...")
    return value


def put_secret(cloud: Tools, name: str, value: str) -> str:
    """Create a secret, or give an existing one a new value.

    Args:
        cloud: The cloud.
        name: The name of the secret.
        value: Its text: the value itself, or JSON with several.

    Returns:
        Its ARN.
    """
    service = cloud.client("secretsmanager")
    try:
        return str(service.create_secret(Name=name, SecretString=value)["ARN"])
    except service.exceptions.ResourceExistsException:
        return str(service.put_secret_value(SecretId=name, SecretString=value)["ARN"])


def put_parameter(cloud: Tools, name: str, value: str) -> str:
    """Create a SecureString parameter, or give an existing one a new value.

    Args:
        cloud: The cloud.
        name: The name of the parameter.
        value: Its text.

    Returns:
        Its ARN.
    """
    service = cloud.client("ssm")
    service.put_parameter(Name=name, Value=value, Type="SecureString", Overwrite=True)
    return str(service.get_parameter(Name=name)["Parameter"]["ARN"])
