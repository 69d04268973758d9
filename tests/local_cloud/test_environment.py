"""No part of the caller's AWS configuration reaches a command or a function."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from local_cloud.certificates import issue
from local_cloud.cloud import LocalCloud
from local_cloud.environment import client_environment, server_environment
from local_cloud.toolchain import make_home

HOSTILE = {
    "ALL_PROXY": "socks5://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "AKIAREALREALREALREAL",
    "AWS_CA_BUNDLE": "/elsewhere/ca.pem",
    "AWS_CONFIG_FILE": "/elsewhere/config",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/credentials",
    "AWS_DEFAULT_PROFILE": "production",
    "AWS_DEFAULT_REGION": "ap-southeast-2",
    "AWS_ENDPOINT_URL": "https://example.com",
    "AWS_ENDPOINT_URL_CLOUDFORMATION": "https://cloudformation.us-east-1.amazonaws.com",
    "AWS_ENDPOINT_URL_S3": "https://s3.us-east-1.amazonaws.com",
    "AWS_ENDPOINT_URL_STS": "https://sts.us-east-1.amazonaws.com",
    "AWS_EXECUTION_ENV": "CloudShell",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_PROFILE": "production",
    "AWS_REGION": "ap-southeast-2",
    "AWS_ROLE_ARN": "arn:aws:iam::999999999999:role/admin",
    "AWS_SDK_LOAD_CONFIG": "1",
    "AWS_SECRET_ACCESS_KEY": "a-real-secret",
    "AWS_SESSION_TOKEN": "a-real-token",
    "AWS_SHARED_CREDENTIALS_FILE": "/elsewhere/credentials",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/elsewhere/token",
    "BOTO_CONFIG": "/elsewhere/boto",
    "CDK_DEFAULT_ACCOUNT": "999999999999",
    "CDK_HOME": "/elsewhere/cdk",
    "CURL_CA_BUNDLE": "/elsewhere/ca.pem",
    "GATEWAY_PORT": "4566",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "LAMBDA_EXECUTOR": "docker",
    "LOCALSTACK_HOSTNAME": "elsewhere",
    "MOTO_ACCOUNT_ID": "999999999999",
    "NODE_EXTRA_CA_CERTS": "/elsewhere/ca.pem",
    "NO_PROXY": "",
    "PERSIST_STATE": "0",
    "REQUESTS_CA_BUNDLE": "/elsewhere/ca.pem",
    "SSL_CERT_FILE": "/elsewhere/ca.pem",
}
HARMLESS = {
    "PATH": os.environ["PATH"],
    "HOME": "/home/somebody",
    "TERM": "xterm",
    "CDK_VALIDATION": "false",
    "MINE": "1",
}
OURS = {
    "AWS_ACCESS_KEY_ID": "111122223333",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_REGION": "us-east-1",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def client(folder: Path) -> dict[str, str]:
    return client_environment(
        {**HARMLESS, **HOSTILE},
        certificates=issue(folder),
        endpoint="https://127.0.0.1:1",
        fake_url="http://127.0.0.1:2",
        region="us-east-1",
        account="111122223333",
        home=folder,
    )


def test_command_inherits_harmless_variables_only(tmp_path: Path) -> None:
    made = client(tmp_path)
    assert not {name for name, value in HOSTILE.items() if value and made.get(name) == value} - {"PERSIST_STATE"}
    aws = {name: value for name, value in made.items() if name.startswith("AWS_")}
    bundle = {"AWS_CA_BUNDLE": str(tmp_path / "bundle.pem")}
    endpoints = {
        "AWS_ENDPOINT_URL": "https://127.0.0.1:1",
        "AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2": "http://127.0.0.1:2",
    }
    assert aws == {**OURS, **bundle, **endpoints}
    assert not {name for name in made if name.lower().endswith("_proxy")} - {"NO_PROXY", "no_proxy"}
    assert {name: made[name] for name in ("HOME", "TERM", "CDK_VALIDATION", "MINE")} == {
        name: HARMLESS[name] for name in ("HOME", "TERM", "CDK_VALIDATION", "MINE")
    }
    assert made["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)


def test_server_inherits_almost_no_variables(tmp_path: Path) -> None:
    made = server_environment(
        {**HARMLESS, **HOSTILE},
        certificates=issue(tmp_path),
        region="us-east-1",
        account="111122223333",
        state=tmp_path,
        scratch=tmp_path,
        retry_delay=1,
    )
    assert not {name for name, value in HOSTILE.items() if value and made.get(name) == value}
    assert {name: value for name, value in made.items() if name.startswith("AWS_") and name != "AWS_CA_BUNDLE"} == OURS
    assert "MINE" not in made
    assert made["HOME"] == str(tmp_path)


PROBE = """
import boto3, json, urllib.request, os
print(json.dumps({
    "account": boto3.client("sts").get_caller_identity()["Account"],
    "endpoint": boto3.client("cloudformation").meta.endpoint_url,
    "fake": len(boto3.client("pinpoint-sms-voice-v2").describe_registrations()["Registrations"]),
    "stacks": len(boto3.client("cloudformation").describe_stacks()["Stacks"]),
    "buckets": len(boto3.client("s3").list_buckets()["Buckets"]),
}))
"""


@pytest.mark.local_cloud
def test_hostile_environment_still_reaches_the_local_cloud(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in HOSTILE.items():
        monkeypatch.setenv(name, value)
    out = tmp_path / "out.json"
    with LocalCloud() as cloud, out.open("w") as file:
        cloud.run([sys.executable, "-c", PROBE], stdout=file, check=True)
        assert cloud.client("sts").get_caller_identity()["Account"] == "111122223333"
        assert cloud.custom_resource_requests() == []
        assert json.loads(out.read_text()) == {
            "account": "111122223333",
            "endpoint": cloud.endpoint_url,
            "fake": 0,
            "stacks": 0,
            "buckets": 0,
        }


def test_the_folder_of_the_cloud_stays_out_of_git(tmp_path: Path) -> None:
    home = tmp_path / ".local-cloud"
    make_home(home)
    assert (home / ".gitignore").read_text() == "*\n"
    (home / ".gitignore").write_text("own")
    make_home(home)
    assert (home / ".gitignore").read_text() == "own"
    make_home(tmp_path / "named")
    assert not any((tmp_path / "named").iterdir())
