"""Options that several commands share."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True)
class AwsOptions:
    """How to reach AWS; what is None is decided as the AWS CLI does.

    Attributes:
        profile: --profile.
        region: --region.
        endpoint_url: --endpoint-url.
    """

    profile: str | None = None
    region: str | None = None
    endpoint_url: str | None = None


def aws_options(command: Command) -> Command:
    """Add --profile, --region and --endpoint-url; the command gets them as `aws`."""

    @functools.wraps(command)
    def with_options(*, profile: str | None, region: str | None, endpoint_url: str | None, **values: Any) -> Any:
        return command(aws=AwsOptions(profile, region, endpoint_url), **values)

    added: Any = with_options
    for name, help_text in (
        ("--endpoint-url", "URL of another endpoint than AWS's (AWS_ENDPOINT_URL does the same)."),
        ("--region", "AWS Region. If omitted: as the AWS CLI decides."),
        ("--profile", "Profile of the AWS configuration. If omitted: as the AWS CLI decides."),
    ):
        added = click.option(name, help=help_text)(added)
    return added  # type: ignore[no-any-return]


def json_option(command: Command) -> Command:
    """Add --json; the command gets it as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(command)


def definitions_options(command: Command) -> Command:
    """Add --live and --definitions; the command gets `live` and `folder`."""
    command = click.option(
        "--live", is_flag=True, help="Ask the service, even if there is a snapshot (see `sms-registration snapshot`)."
    )(command)
    return click.option(
        "--definitions",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the snapshots. If omitted: sms-registration-definitions beside cdk.json.",
    )(command)
