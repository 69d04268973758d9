"""An AWS CLI that would call AWS is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_cloud import aws_cli
from local_cloud.toolchain import LocalCloudError


def installed(folder: Path, version: str) -> dict[str, str]:
    program = folder / "aws"
    program.write_text(f"#!/bin/sh\necho 'aws-cli/{version} Python/3.8.10 Linux/5.4 botocore/1.15.0' >&2\n")
    program.chmod(0o755)
    return {"PATH": str(folder)}


@pytest.mark.parametrize("version", ["1.18.0", "1.28.99", "2.12.7"])
def test_an_old_aws_cli_is_refused(tmp_path: Path, version: str) -> None:
    environment = installed(tmp_path, version)
    with pytest.raises(LocalCloudError, match=rf"aws-cli/{version} .*does not know AWS_ENDPOINT_URL.*Install 1\.29"):
        aws_cli.require_support(["aws", "s3", "ls"], environment)
    with pytest.raises(LocalCloudError, match="would call AWS"):
        aws_cli.require_support([str(tmp_path / "aws"), "s3", "ls"], {"PATH": ""})
    # It says itself where to go.
    aws_cli.require_support(["aws", "--endpoint-url", "http://127.0.0.1:1", "s3", "ls"], environment)


@pytest.mark.parametrize("version", ["1.29.0", "1.44.1", "2.13.0", "2.30.0", "3.0.0"])
def test_a_newer_one_is_not(tmp_path: Path, version: str) -> None:
    aws_cli.require_support(["aws", "s3", "ls"], installed(tmp_path, version))


def test_other_commands_are_not_asked(tmp_path: Path) -> None:
    aws_cli.require_support(["python", "aws"], installed(tmp_path, "1.0.0"))
    aws_cli.require_support([], {})
    aws_cli.require_support(["aws"], {"PATH": ""})
