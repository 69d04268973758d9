"""The function behind the custom resources: one per stack, with its role and log group."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

import aws_cdk as cdk

from cdk_sms_registration.asset import handler_asset
from cdk_sms_registration.checks import refuse
from cdk_sms_registration.metrics import ProviderMetrics
from cdk_sms_registration.permissions import WILDCARDS, Target, policy_statements, target_arn
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs

SERVICE_TIMEOUT_SECONDS = 3600
"""How long CloudFormation waits for the answer of a custom resource: the longest that it allows."""

RETRY_ATTEMPTS = 2
"""How often Lambda delivers an event again when a run ends in an error: the handler continues where it stopped."""

RETRY_DELAY_SECONDS = 180
"""What Lambda waits before the second and third run together: one and two minutes."""

MINIMUM_TIMEOUT_SECONDS = 60
"""A shorter run could spend itself on a cold start and on the service's pace of one request a second."""

MAXIMUM_TIMEOUT_SECONDS = min(900, (SERVICE_TIMEOUT_SECONDS - RETRY_DELAY_SECONDS) // (RETRY_ATTEMPTS + 1))
"""Lambda's own limit, and no more than what lets all runs end before CloudFormation stops waiting."""

CONSTRUCT_ID = "SmsRegistrationProvider"
"""The provider's ID in its stack. Changing it replaces every stack's function, which CloudFormation refuses."""

_RUNTIME = re.compile(r"python3\.[1-9][0-9].*")


class RegistrationProvider(ProviderMetrics):
    """The Lambda function that creates, changes and deletes the registrations of one stack.

    A stack gets it with its first ``Registration``; there is nothing to do. ``configure``, before the first
    registration, replaces its parts. Whoever may invoke the function may do to this stack's registrations what the
    function may; it has no resource policy, so that only IAM grants that right.

    A provider serves its own stack only, and each nested stack has one of its own.

    Attributes:
        function: The function.
        role: The function's role: its own, or the one given to ``configure``.
        log_group: The function's log group: its own, or the one given to ``configure``.
    """

    function: lambda_.Function
    role: iam.IRole
    log_group: logs.ILogGroup

    _of_scope: ClassVar[WeakKeyDictionary[Construct, RegistrationProvider]] = WeakKeyDictionary()

    def __init__(
        self,
        stack: cdk.Stack,
        *,
        role: iam.IRole | None = None,
        log_group: logs.ILogGroup | None = None,
        timeout: cdk.Duration | None = None,
        runtime: lambda_.Runtime | None = None,
    ) -> None:
        """For ``get_or_create`` and ``configure``, which see to it that a stack has one provider."""
        super().__init__(stack, CONSTRUCT_ID)
        # Imported here because this costs a tenth of a second that only a stack with a registration should pay.
        from aws_cdk import aws_iam as iam
        from aws_cdk import aws_lambda as lambda_
        from aws_cdk import aws_logs as logs

        self.log_group = log_group or logs.LogGroup(
            self, "LogGroup", retention=logs.RetentionDays.SIX_MONTHS, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        self.role = role or iam.Role(
            self,
            "Role",
            description="Lets the provider function manage the SMS registrations of its stack",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        asset = handler_asset()
        self.function = lambda_.Function(
            self,
            "Function",
            description="Manages the SMS registrations of this stack (cdk-sms-registration)",
            # A runtime newer than this one must be given with configure: it is the newest of the oldest supported CDK.
            runtime=runtime or lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            code=lambda_.Code.from_asset(str(asset.archive), asset_hash=asset.content_hash),
            handler="sms_registration_handler.index.handler",
            memory_size=256,
            timeout=timeout or cdk.Duration.seconds(MAXIMUM_TIMEOUT_SECONDS),
            role=self.role,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            system_log_level_v2=lambda_.SystemLogLevel.INFO,
            # The host names that the handler accepts in an event's ResponseURL end in the one; the other is whom it serves.
            environment={"DNS_SUFFIX": cdk.Aws.URL_SUFFIX, "SERVED_STACK_ID": cdk.Aws.STACK_ID},
            # The policy comes to lie below the role, for which, with all that is in it, the CDK lets the function wait.
            initial_policy=policy_statements(stack, self.log_group.log_group_arn),
        )
        event_invoke_config = lambda_.CfnEventInvokeConfig(
            self,
            "EventInvokeConfig",
            function_name=self.function.function_name,
            qualifier="$LATEST",
            maximum_retry_attempts=RETRY_ATTEMPTS,
            # An event that CloudFormation no longer waits for must not run.
            maximum_event_age_in_seconds=SERVICE_TIMEOUT_SECONDS,
        )
        self._service_token = self.function.function_arn
        self._event_invoke_config = event_invoke_config
        self._asset_policy: iam.Policy | None = None
        # A role of the user's holds the user's other rights too: its findings are the user's to judge.
        if role is None:
            self._acknowledge_wildcards(stack)

    @classmethod
    def get_or_create(cls, scope: Construct) -> RegistrationProvider:
        """The provider of the scope's stack; made with default settings when the stack has none yet.

        Args:
            scope: The stack, or any construct in it.
        """
        provider = cls._of_scope.get(scope)
        if provider is None:
            stack = cdk.Stack.of(scope)
            provider = cls._of_scope.get(stack) or cls._create(stack)
            cls._of_scope[scope] = provider
        return provider

    @classmethod
    def configure(
        cls,
        scope: Construct,
        *,
        role: iam.IRole | None = None,
        log_group: logs.ILogGroup | None = None,
        timeout: cdk.Duration | None = None,
        runtime: lambda_.Runtime | None = None,
    ) -> RegistrationProvider:
        """Makes the provider of the scope's stack with settings of your own, before its first registration.

        Args:
            scope: The stack, or any construct in it.
            role: The function's role, of the same stack or imported into it. The function's rights are added to it,
                except when it was imported with ``mutable=False`` or comes from ``without_policy_updates()``: then
                it must have them already; the policy that a stack without this setting synthesises shows them. It
                must trust ``lambda.amazonaws.com``. What cdk-nag finds in it is yours to acknowledge. When omitted: a
                role of the function's own, with exactly its rights.
            log_group: Where the function logs, of the same stack or imported into it. When omitted: a log group that
                keeps events for six months and is deleted with the stack.
            timeout: How long one run may take, 60 to 900 seconds; an event gets three runs. When omitted: 15 minutes.
            runtime: The function's runtime, Python 3.10 or newer. When omitted: Python 3.14. A newer one is safe to
                set: it changes the function in place.

        Returns:
            The provider, which the stack's registrations will use.

        Raises:
            ValueError: The stack has a provider already, or a setting is refused.
        """
        stack = cdk.Stack.of(scope)
        problems: list[str] = []
        if stack in cls._of_scope:
            problems.append("the stack has a provider already; call configure once, before the first Registration")
        if timeout is not None and not timeout.is_unresolved():
            seconds = timeout.to_seconds()
            if not MINIMUM_TIMEOUT_SECONDS <= seconds <= MAXIMUM_TIMEOUT_SECONDS:
                problems.append(
                    f"timeout: got {seconds:g} seconds, expected {MINIMUM_TIMEOUT_SECONDS} to {MAXIMUM_TIMEOUT_SECONDS}"
                )
        if runtime is not None and not _RUNTIME.fullmatch(runtime.name):
            problems.append(f"runtime: got {runtime.name!r}, expected python3.10 or newer")
        if role is not None and cdk.Stack.of(role) is not stack:
            problems.append(
                "role: belongs to another stack, whose policies cannot name this stack; "
                "import it: Role.from_role_arn(scope, id, role.role_arn)"
            )
        refuse("RegistrationProvider.configure", problems)
        return cls._create(stack, role=role, log_group=log_group, timeout=timeout, runtime=runtime)

    @classmethod
    def _create(
        cls,
        stack: cdk.Stack,
        *,
        role: iam.IRole | None = None,
        log_group: logs.ILogGroup | None = None,
        timeout: cdk.Duration | None = None,
        runtime: lambda_.Runtime | None = None,
    ) -> RegistrationProvider:
        provider = cls(stack, role=role, log_group=log_group, timeout=timeout, runtime=runtime)
        cls._of_scope[stack] = provider
        return provider

    @property
    def service_token(self) -> str:
        """The function's ARN: the ``ServiceToken`` of a custom resource."""
        return self._service_token

    def serve(self, custom_resource: cdk.CfnResource) -> None:
        """Makes a custom resource wait for what the function itself does not wait for.

        The function waits for its role, the role's policy and the log group. Nothing refers to its retry settings,
        so without this they could be made after, or deleted before, an event that needs them.

        Args:
            custom_resource: A custom resource whose ``ServiceToken`` is ``service_token``.
        """
        custom_resource.add_resource_dependency(self._event_invoke_config)

    def read_policy(self, scope: Construct) -> iam.Policy:
        """A policy for what one construct lets the function read: a secret, a parameter, an object.

        It is not part of the function's constant rights: it comes and goes with its construct, and what it names may
        itself wait for a registration, which waits for the constant rights.

        Args:
            scope: The construct, of the provider's stack. Whatever needs the right must depend on the policy.
        """
        from aws_cdk import aws_iam as iam

        policy = iam.Policy(scope, "Policy", document=iam.PolicyDocument(minimize=True))
        # Does nothing for a role that must not change: then no policy is rendered.
        self.role.attach_inline_policy(policy)
        return policy

    @property
    def asset_policy(self) -> iam.Policy:
        """The policy for the stack's files that are CDK assets; made with the first one.

        One for all, because they refer to nothing in the stack, and because a policy for each would soon fill what a
        role may hold.
        """
        if self._asset_policy is None:
            self._asset_policy = self.read_policy(Construct(self, "Assets"))
        return self._asset_policy

    def _acknowledge_wildcards(self, stack: cdk.Stack) -> None:
        """Gives cdk-nag the reasons for the wildcards in the policy of the function's own role."""
        reasons = {
            Target.ANY.value: (
                "Creating, listing and reading definitions know no resource; creating is tied to this stack by its "
                "owner tag"
            )
        }
        # cdk-nag shows a reference as its name in angle brackets.
        where = [
            f"<{name}>" if cdk.Token.is_unresolved(value) else value
            for value, name in (
                (stack.partition, "AWS::Partition"),
                (stack.region, "AWS::Region"),
                (stack.account, "AWS::AccountId"),
            )
        ]
        reasons |= {target_arn(target, *where): reason for target, reason in WILDCARDS.items()}
        cdk.Validations.of(self).acknowledge(
            *(
                cdk.Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{shown}]", reason=reason)
                for shown, reason in reasons.items()
            )
        )
