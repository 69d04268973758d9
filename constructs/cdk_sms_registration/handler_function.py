"""A Lambda function that runs the handler's code: what the provider and the watch have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk

from cdk_sms_registration.asset import handler_asset
from cdk_sms_registration.permissions import (
    Location,
    Permission,
    optional_statements,
    policy_statements,
    wildcard_reasons,
)
from cdk_sms_registration.provider_settings import MAXIMUM_TIMEOUT_SECONDS, ProviderSettings
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs


@dataclass(frozen=True, kw_only=True)
class Purpose:
    """What distinguishes one function of the asset from another.

    Attributes:
        module: The module of ``sms_registration_handler`` with the function ``handler``.
        description: The function's description.
        role_description: The description of a role of its own.
        permissions: What it may do.
        environment: Its environment variables.
        maximum_event_age_seconds: How long Lambda keeps an event that could not be handled yet.
        retry_attempts: How often Lambda runs an event again after an error.
    """

    module: str
    description: str
    role_description: str
    permissions: Sequence[Permission]
    environment: Mapping[str, str]
    maximum_event_age_seconds: int
    retry_attempts: int


@dataclass(frozen=True)
class HandlerFunction:
    """A function with its parts.

    Attributes:
        function: The function.
        role: Its role: its own, or the one in the settings.
        log_group: Its log group: its own, or the one in the settings.
        event_invoke_config: Its retry settings, which nothing refers to: whoever sends it events must depend on them.
    """

    function: lambda_.Function
    role: iam.IRole
    log_group: logs.ILogGroup
    event_invoke_config: lambda_.CfnEventInvokeConfig


def handler_function(scope: Construct, settings: ProviderSettings, purpose: Purpose) -> HandlerFunction:
    """Creates a function with its role, log group and retry settings. The IDs below the scope are the same for every purpose.

    Args:
        scope: The construct that they belong to.
        settings: What the user chose.
        purpose: What the function is for.

    Raises:
        RuntimeError: As ``handler_asset``.
    """
    # Imported here because it takes a tenth of a second, which only a stack with a registration should pay.
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs

    log_group = settings.log_group or logs.LogGroup(
        scope, "LogGroup", retention=logs.RetentionDays.SIX_MONTHS, removal_policy=cdk.RemovalPolicy.DESTROY
    )
    role = settings.role or iam.Role(
        scope,
        "Role",
        description=purpose.role_description,
        assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
    )
    asset, location = handler_asset(), Location.of(cdk.Stack.of(scope))
    function = lambda_.Function(
        scope,
        "Function",
        description=purpose.description,
        # The newest runtime that the oldest supported CDK knows. Newer ones can be set with configure.
        runtime=settings.runtime or lambda_.Runtime.PYTHON_3_14,
        architecture=settings.architecture or lambda_.Architecture.ARM_64,
        code=lambda_.Code.from_asset(str(asset.archive), asset_hash=asset.content_hash),
        handler=f"sms_registration_handler.{purpose.module}.handler",
        memory_size=256,
        timeout=settings.timeout or cdk.Duration.seconds(MAXIMUM_TIMEOUT_SECONDS),
        role=role,
        log_group=log_group,
        logging_format=lambda_.LoggingFormat.JSON,
        application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
        system_log_level_v2=lambda_.SystemLogLevel.INFO,
        environment=dict(purpose.environment),
        # This policy is created below the role, and the CDK lets the function wait for the role and all below it.
        initial_policy=[
            *policy_statements(purpose.permissions, location, log_group.log_group_arn),
            *optional_statements(in_vpc=settings.vpc is not None, key=settings.environment_encryption),
        ],
        **settings.function_arguments(),
    )
    event_invoke_config = lambda_.CfnEventInvokeConfig(
        scope,
        "EventInvokeConfig",
        function_name=function.function_name,
        qualifier="$LATEST",
        maximum_retry_attempts=purpose.retry_attempts,
        maximum_event_age_in_seconds=purpose.maximum_event_age_seconds,
    )
    # A role given by the user also holds the user's own permissions, so its findings are the user's to judge.
    if settings.role is None:
        cdk.Validations.of(scope).acknowledge(
            *(
                cdk.Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{shown}]", reason=reason)
                for shown, reason in wildcard_reasons(purpose.permissions, location).items()
            )
        )
    return HandlerFunction(function, role, log_group, event_invoke_config)
