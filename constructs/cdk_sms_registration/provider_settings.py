"""The settings that ``RegistrationProvider.configure`` accepts, and their checks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk.interfaces import aws_kms as interfaces_kms

SERVICE_TIMEOUT_SECONDS = 3600
"""How long CloudFormation waits for the response of a custom resource: the longest that it allows."""

RETRY_ATTEMPTS = 2
"""How often Lambda delivers an event again when a run ends in an error. The handler continues where it stopped."""

RETRY_DELAY_SECONDS = 180
"""How long Lambda waits before the second and the third run, together: one and two minutes."""

MINIMUM_TIMEOUT_SECONDS = 60
"""A shorter run could be used up by a cold start and the service's pace of one request a second."""

MAXIMUM_TIMEOUT_SECONDS = min(900, (SERVICE_TIMEOUT_SECONDS - RETRY_DELAY_SECONDS) // (RETRY_ATTEMPTS + 1))
"""Lambda's own limit, and short enough that all runs end before CloudFormation stops waiting."""

_RUNTIME = re.compile(r"python3\.[1-9][0-9].*")
_ARCHITECTURES = ("arm64", "x86_64")


@dataclass(frozen=True)
class ProviderSettings:
    """Settings of a provider. Those that are None have a default; ``RegistrationProvider.configure`` documents each."""

    role: iam.IRole | None = None
    log_group: logs.ILogGroup | None = None
    timeout: cdk.Duration | None = None
    runtime: lambda_.Runtime | None = None
    architecture: lambda_.Architecture | None = None
    vpc: ec2.IVpc | None = None
    vpc_subnets: ec2.SubnetSelection | None = None
    security_groups: Sequence[ec2.ISecurityGroup] | None = None
    allow_all_outbound: bool | None = None
    environment_encryption: interfaces_kms.IKeyRef | None = None
    reserved_concurrent_executions: int | None = None

    def problems(self, stack: cdk.Stack) -> list[str]:
        """Problems of the settings.

        Args:
            stack: The provider's stack.
        """
        return [*self._runtime_problems(), *self._role_problems(stack), *self._network_problems()]

    def _runtime_problems(self) -> list[str]:
        problems: list[str] = []
        if self.timeout is not None and not self.timeout.is_unresolved():
            seconds = self.timeout.to_seconds()
            if not MINIMUM_TIMEOUT_SECONDS <= seconds <= MAXIMUM_TIMEOUT_SECONDS:
                problems.append(
                    f"timeout: got {seconds:g} seconds, expected {MINIMUM_TIMEOUT_SECONDS} to {MAXIMUM_TIMEOUT_SECONDS}"
                )
        if self.runtime is not None and not _RUNTIME.fullmatch(self.runtime.name):
            problems.append(f"runtime: got {self.runtime.name!r}, expected python3.10 or newer")
        if self.architecture is not None and self.architecture.name not in _ARCHITECTURES:
            problems.append(f"architecture: got {self.architecture.name!r}, expected {' or '.join(_ARCHITECTURES)}")
        concurrency = self.reserved_concurrent_executions
        if concurrency is not None and not cdk.Token.is_unresolved(concurrency) and concurrency < 1:
            problems.append(
                f"reserved_concurrent_executions: got {concurrency}, expected at least 1; the function could never run"
            )
        return problems

    def _role_problems(self, stack: cdk.Stack) -> list[str]:
        if self.role is None or cdk.Stack.of(self.role) is stack:
            return []
        return [
            "role: belongs to another stack, whose policies cannot name this stack; "
            "import it: Role.from_role_arn(scope, id, role.role_arn)"
        ]

    def _network_problems(self) -> list[str]:
        if self.vpc is None:
            given = {
                "vpc_subnets": self.vpc_subnets,
                "security_groups": self.security_groups,
                "allow_all_outbound": self.allow_all_outbound,
            }
            return [
                f"{name}: is for a function in a VPC; pass vpc too"
                for name, value in given.items()
                if value is not None
            ]
        if self.security_groups is not None and self.allow_all_outbound is not None:
            return ["allow_all_outbound: is a setting of the security groups given; set it there"]
        return []

    def function_arguments(self) -> dict[str, Any]:
        """The settings that the function takes as they are."""
        return {
            "vpc": self.vpc,
            "vpc_subnets": self.vpc_subnets,
            "security_groups": self.security_groups,
            "allow_all_outbound": self.allow_all_outbound,
            "environment_encryption": self.environment_encryption,
            "reserved_concurrent_executions": self.reserved_concurrent_executions,
        }
