"""Nothing that `run` runs reaches AWS, also if it does not know AWS_ENDPOINT_URL."""

from __future__ import annotations

import importlib.resources
import json
import os
import socketserver
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from local_cloud import aws_blocker
from local_cloud.certificates import Certificates, issue

ASK = """
import boto3, botocore.config
once = {"total_max_attempts": 1}
client = boto3.client("sts", config=botocore.config.Config(ignore_configured_endpoint_urls=True, retries=once))
try:
    client.get_caller_identity()
except Exception as error:
    print(type(error).__name__)
"""


def test_a_program_that_ignores_the_endpoint_is_stopped() -> None:
    told: list[str] = []
    keys = {"AWS_ACCESS_KEY_ID": "111122223333", "AWS_SECRET_ACCESS_KEY": "local", "AWS_REGION": "eu-west-1"}
    with aws_blocker.blocking(told.append) as variables:
        environment = {"PATH": os.environ["PATH"], "AWS_DEFAULT_REGION": "eu-west-1", **keys, **variables}
        for _ in range(2):
            done = subprocess.run(
                [sys.executable, "-c", ASK], env=environment, capture_output=True, text=True, check=True
            )
            assert done.stdout.strip() == "ProxyConnectionError"
    [line] = told
    assert line.startswith("refused a connection to sts.eu-west-1.amazonaws.com: ")


def test_every_partition_of_aws_is_known() -> None:
    file = importlib.resources.files("botocore") / "data" / "partitions.json"
    outputs = [each["outputs"] for each in json.loads(file.read_text())["partitions"]]
    suffixes = {
        outputs["dnsSuffix"] for outputs in outputs if outputs["name"] in ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
    }
    suffixes |= {
        outputs["dualStackDnsSuffix"] for outputs in outputs if outputs["name"] in ("aws", "aws-cn", "aws-us-gov")
    }
    assert suffixes
    assert all(aws_blocker.is_aws(f"sts.eu-west-1.{suffix}") for suffix in suffixes)
    assert not any(map(aws_blocker.is_aws, ("pypi.org", "amazonaws.com.example.com", "myamazonaws.com", "127.0.0.1")))


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[str, Certificates]]:
    """A host that is not AWS."""
    issued = issue(tmp_path)
    server: socketserver.BaseServer = HTTPServer(("127.0.0.1", 0), Page)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(issued.chain, issued.private_key)
    server.socket = context.wrap_socket(server.socket, server_side=True)  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_address[1]}", issued  # type: ignore[index]
    server.shutdown()
    server.server_close()


def test_everything_else_is_connected(elsewhere: tuple[str, Certificates], monkeypatch: pytest.MonkeyPatch) -> None:
    url, issued = elsewhere
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with aws_blocker.blocking(pytest.fail) as variables:
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({"https": variables["HTTPS_PROXY"]}),
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(issued.authority))),
        )
        assert opener.open(url, timeout=10).read() == b"hello"
