"""The variables of the processes. The caller's AWS configuration is not passed on, so no real account is ever reached."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from local_cloud.certificates import Certificates
from local_cloud.toolchain import python_path

# Removed from the inherited variables: they select other credentials, endpoints, certificates or state.
SCRUBBED_PREFIXES = ("AWS_", "BOTO_", "CDK_", "GATEWAY_", "LAMBDA_", "LOCALSTACK_", "MINISTACK_", "MOTO_", "SAM_")
SCRUBBED = {"ALL_PROXY", "FTP_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "EDGE_PORT", "USE_SSL"}
KEPT = {"CDK_VALIDATION"}
# The only variables that the servers inherit.
SERVER_VARIABLES = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT")
NOT_PROXIED = "localhost,127.0.0.1,::1"


def client_environment(
    inherited: Mapping[str, str],
    *,
    certificates: Certificates,
    endpoint: str,
    fake_url: str,
    region: str,
    account: str,
    home: Path,
) -> dict[str, str]:
    """Return the variables of a command that uses the cloud.

    Args:
        inherited: The caller's variables. Those for AWS, CDK, proxies and certificates are removed.
        certificates: The certificates to trust.
        endpoint: The cloud's URL.
        fake_url: The fake service's URL.
        region: The Region of the commands.
        account: The account ID, also used as the access key: ministack accepts any key and derives the account from it.
        home: The folder for CDK's caches.
    """
    environment = {
        name: value
        for name, value in inherited.items()
        if name in KEPT or not (name.upper().startswith(SCRUBBED_PREFIXES) or name.upper() in SCRUBBED)
    }
    programs = str(Path(sys.executable).parent)
    environment.update(
        _aws(region, account),
        **_trust(certificates),
        AWS_ENDPOINT_URL=endpoint,
        AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2=fake_url,
        CDK_HOME=str(home / "cdk"),
        CDK_DISABLE_CLI_TELEMETRY="true",
        # jsii takes a list of major versions.
        JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION="18,20,22",
        NODE_NO_WARNINGS="1",
        # `python` in an app's cdk.json is this interpreter.
        PATH=os.pathsep.join([programs, inherited.get("PATH", os.defpath)]),
    )
    return environment


def server_environment(
    inherited: Mapping[str, str],
    *,
    certificates: Certificates,
    region: str,
    account: str,
    state: Path,
    scratch: Path,
    retry_delay: float,
) -> dict[str, str]:
    """Return the variables of ministack and of the Lambda functions: only the few that a process needs.

    Args:
        inherited: The caller's variables; only `SERVER_VARIABLES` are passed on.
        certificates: The server's certificate, and the authority that the functions trust.
        region: The default Region.
        account: The default account ID.
        state: The folder of the state.
        scratch: The home folder, also for temporary files.
        retry_delay: Seconds before Lambda's first retry of an asynchronous invocation; the second waits twice as long.
    """
    return {
        **{name: inherited[name] for name in SERVER_VARIABLES if name in inherited},
        **_aws(region, account),
        **_trust(certificates),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONDONTWRITEBYTECODE": "1",
        "BIND_HOST": "127.0.0.1",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificates.chain),
        "MINISTACK_SSL_KEY": str(certificates.private_key),
        "MINISTACK_REGION": region,
        "MINISTACK_ACCOUNT_ID": account,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "ministack"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": str(retry_delay),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # ministack deletes its containers from any Docker daemon that it finds; keep it from finding one.
        "DOCKER_HOST": f"unix://{scratch / 'no-docker.sock'}",
    }


def fake_environment(
    inherited: Mapping[str, str], *, certificates: Certificates, account: str, region: str, scratch: Path
) -> dict[str, str]:
    """Return the variables of the fake service's process, which sends its events to ministack's EventBridge."""
    return {
        **{name: inherited[name] for name in SERVER_VARIABLES if name in inherited},
        **_aws(region, account),
        **_trust(certificates),
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "PYTHONDONTWRITEBYTECODE": "1",
        **python_path(),
        "PYTHONUNBUFFERED": "1",
    }


def _aws(region: str, account: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": NOT_PROXIED,
        "no_proxy": NOT_PROXIED,
    }


def _trust(certificates: Certificates) -> dict[str, str]:
    bundle = str(certificates.bundle)
    return {
        "AWS_CA_BUNDLE": bundle,
        "CURL_CA_BUNDLE": bundle,
        "REQUESTS_CA_BUNDLE": bundle,
        "SSL_CERT_FILE": bundle,
        "NODE_EXTRA_CA_CERTS": str(certificates.authority),
    }
