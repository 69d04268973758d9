"""The function behind the custom resources: one per stack, with its role and log group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

import aws_cdk as cdk

from cdk_sms_registration.checks import refuse
from cdk_sms_registration.handler_function import Purpose, handler_function
from cdk_sms_registration.metrics import ProviderMetrics
from cdk_sms_registration.permissions import PERMISSIONS
from cdk_sms_registration.provider_settings import RETRY_ATTEMPTS, SERVICE_TIMEOUT_SECONDS, ProviderSettings
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk.interfaces import aws_kms as interfaces_kms

CONSTRUCT_ID = "SmsRegistrationProvider"
"""The provider's ID in its stack. Changing it would replace the function of every stack, which CloudFormation refuses."""

_NO_STAGING = "aws:cdk:disable-asset-staging"
"""The context key that ``cdk synth --no-staging`` sets."""


class RegistrationProvider(Construct):
    """The Lambda function that creates, changes and deletes the registrations of one stack.

    A stack gets it with its first ``Registration``; there is nothing to do. ``configure``, before the first registration,
    replaces its parts. Anyone who can invoke the function can do anything that it can: to this stack's registrations, to those
    that the template names, and to those that no stack owns. It has no resource policy, so only IAM grants that permission.

    A provider serves its own stack only. Each nested stack has one of its own.

    Attributes:
        function: The function.
        role: The function's role: its own, or the one given to ``configure``.
        log_group: The function's log group: its own, or the one given to ``configure``.
    """

    function: lambda_.Function
    role: iam.IRole
    log_group: logs.ILogGroup

    _of_scope: ClassVar[WeakKeyDictionary[Construct, RegistrationProvider]] = WeakKeyDictionary()

    def __init__(self, stack: cdk.Stack, settings: ProviderSettings) -> None:
        """For ``get_or_create`` and ``configure``, which make sure that a stack has one provider."""
        super().__init__(stack, CONSTRUCT_ID)
        self._settings = settings
        made = handler_function(
            self,
            settings,
            Purpose(
                module="index",
                description="Manages the SMS registrations of this stack (cdk-sms-registration)",
                role_description="Lets the provider function manage the SMS registrations of its stack",
                permissions=PERMISSIONS,
                # DNS_SUFFIX is where host names in an event's ResponseURL must end. SERVED_STACK_ID is the stack it serves.
                environment={"DNS_SUFFIX": cdk.Aws.URL_SUFFIX, "SERVED_STACK_ID": cdk.Aws.STACK_ID},
                # An event that CloudFormation no longer waits for must not run.
                maximum_event_age_seconds=SERVICE_TIMEOUT_SECONDS,
                retry_attempts=RETRY_ATTEMPTS,
            ),
        )
        self.function, self.role, self.log_group = made.function, made.role, made.log_group
        self._service_token = self.function.function_arn
        self._event_invoke_config = made.event_invoke_config
        self._asset_policy_made: iam.Policy | None = None
        self._adopted_by: dict[str, str] = {}
        self._resources: list[cdk.CfnResource] = []

    @classmethod
    def get_or_create(cls, scope: Construct) -> RegistrationProvider:
        """The provider of the scope's stack. It is created with default settings if the stack has none yet.

        Args:
            scope: The stack, or any construct in it.

        Raises:
            ValueError: The app is synthesized with ``--no-staging``.
        """
        provider = cls._of_scope.get(scope)
        if provider is None:
            stack = cdk.Stack.of(scope)
            provider = cls._of_scope.get(stack) or cls._create(stack, ProviderSettings())
            cls._of_scope[scope] = provider
        return provider

    def _adopts(self, registration_id: str, construct: Construct) -> None:
        """Records that a construct adopts a registration. An ID that is a token is passed over.

        Args:
            registration_id: The ID of the existing registration.
            construct: The construct.

        Raises:
            ValueError: Another construct of the stack adopts it: a registration belongs to one.
        """
        first = self._adopted_by.setdefault(registration_id, construct.node.path)
        if first != construct.node.path and not cdk.Token.is_unresolved(registration_id):
            raise ValueError(
                f"Registration {construct.node.path!r}: existing_registration_id names {registration_id}, which {first!r} adopts "
                "already, and a registration belongs to one construct. Pass that construct on, or refer to the registration with "
                "Registration.from_registration_id"
            )

    @classmethod
    def configure(
        cls,
        scope: Construct,
        *,
        role: iam.IRole | None = None,
        log_group: logs.ILogGroup | None = None,
        timeout: cdk.Duration | None = None,
        runtime: lambda_.Runtime | None = None,
        architecture: lambda_.Architecture | None = None,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        allow_all_outbound: bool | None = None,
        environment_encryption: interfaces_kms.IKeyRef | None = None,
        reserved_concurrent_executions: int | None = None,
    ) -> RegistrationProvider:
        """Creates the provider of the scope's stack with settings of your own, before its first registration.

        A permissions boundary and a path for the role come from the CDK's own means, such as
        ``iam.PermissionsBoundary.of(stack).apply(boundary)`` and Aspects.

        Args:
            scope: The stack, or any construct in it.
            role: The function's role, of the same stack or imported into it. It must trust ``lambda.amazonaws.com``. The
                function's permissions are added to it, unless it was imported with ``mutable=False`` or comes from
                ``without_policy_updates()``. Then it must have them already; the policy that a stack without this setting
                synthesizes shows them. What cdk-nag finds in it is yours to acknowledge. When omitted: a role of the
                function's own, with exactly its permissions.
            log_group: Where the function logs, of the same stack or imported into it. When omitted: a log group that keeps
                events for six months and is deleted with the stack.
            timeout: How long one run may take, 60 to 900 seconds. An event gets three runs. When omitted: 15 minutes.
            runtime: The function's runtime, Python 3.10 or newer. When omitted: Python 3.14. A newer one is safe to set: it
                changes the function in place.
            architecture: The function's processor architecture. When omitted: ARM_64.
            vpc: The VPC that the function runs in. The function must be able to reach the service (``sms-voice``),
                CloudFormation and S3, over a NAT gateway or VPC endpoints; forms with secrets or parameters also Secrets
                Manager, Systems Manager and KMS. The function waits for the routes of its subnets, but not for endpoints of
                the same stack: add ``provider.function.node.add_dependency(endpoint)``. The role gets the permissions for
                network interfaces. When omitted: the function runs outside of your VPCs, with access to the internet.
            vpc_subnets: The subnets of the VPC. Public ones are refused, because a function there has no access to the
                internet. When omitted: the private subnets.
            security_groups: The function's security groups. When omitted: one of its own, without inbound rules.
            allow_all_outbound: Whether that security group of its own allows all outbound traffic. When omitted: True. Not
                together with ``security_groups``.
            environment_encryption: The KMS key that encrypts the function's environment variables, which hold no secrets.
                The role may decrypt with it, if the key's policy lets the account's IAM policies decide, as the policies of
                the CDK's keys do. When omitted: the key that AWS manages for Lambda.
            reserved_concurrent_executions: How many runs at a time are reserved for, and allowed to, the function. Events
                above that wait up to an hour, as long as CloudFormation waits. A run can take 15 minutes, so allow as many
                as the stack has registrations, files and forms that deploy at once. Reserving fails in a new account, whose
                quota leaves nothing to reserve. When omitted: the function shares the account's concurrency.

        Returns:
            The provider, which the stack's registrations will use.

        Raises:
            ValueError: The stack has a provider already, a setting is refused, or the app is synthesized with
                ``--no-staging``. The message lists all problems.
        """
        settings = ProviderSettings(
            role=role,
            log_group=log_group,
            timeout=timeout,
            runtime=runtime,
            architecture=architecture,
            vpc=vpc,
            vpc_subnets=vpc_subnets,
            security_groups=security_groups,
            allow_all_outbound=allow_all_outbound,
            environment_encryption=environment_encryption,
            reserved_concurrent_executions=reserved_concurrent_executions,
        )
        stack = cdk.Stack.of(scope)
        problems: list[str] = []
        if stack in cls._of_scope:
            problems.append(
                "the stack has a provider already; call configure once, before the first Registration or RegistrationWatch"
            )
        refuse("RegistrationProvider.configure", problems + settings.problems(stack))
        return cls._create(stack, settings)

    @classmethod
    def _create(cls, stack: cdk.Stack, settings: ProviderSettings) -> RegistrationProvider:
        if stack.node.try_get_context(_NO_STAGING):
            refuse(
                "RegistrationProvider",
                [
                    "--no-staging is not supported, because the function's code exists in a temporary file only, until it is "
                    f"copied into the cloud assembly; synthesize without --no-staging, or remove {_NO_STAGING!r} from the "
                    "context"
                ],
            )
        provider = cls(stack, settings)
        cls._of_scope[stack] = provider
        return provider

    @property
    def service_token(self) -> str:
        """The function's ARN, a token: the ``ServiceToken`` of a custom resource."""
        return self._service_token

    @property
    def metrics(self) -> ProviderMetrics:
        """The metrics of the function: ``provider.metrics.refused_deletes()``."""
        return ProviderMetrics(self.function)

    def _let_wait(self, custom_resource: cdk.CfnResource) -> None:
        """Makes a custom resource wait for what the function itself does not wait for.

        The function waits for its role, the role's policy and the log group. Nothing refers to its retry settings, so
        without this they could be created after, or deleted before, an event that needs them.

        Args:
            custom_resource: A custom resource whose ``ServiceToken`` is ``service_token``.
        """
        custom_resource.add_resource_dependency(self._event_invoke_config)
        self._resources.append(custom_resource)

    def _read_policy(self, scope: Construct) -> iam.Policy:
        """A policy for what one construct lets the function read: a secret, a parameter, an object.

        It is not part of the function's constant permissions. It comes and goes with its construct, and what it names may
        wait for a registration, which waits for the constant permissions.

        Args:
            scope: The construct, of the provider's stack. Whatever needs the permission must depend on the policy.
        """
        from aws_cdk import aws_iam as iam

        policy = iam.Policy(scope, "Policy", document=iam.PolicyDocument(minimize=True))
        # Does nothing for a role that must not change: then no policy is rendered.
        self.role.attach_inline_policy(policy)
        return policy

    @property
    def _asset_policy(self) -> iam.Policy:
        """The policy for the stack's files that are CDK assets, created with the first one.

        One for all, because they refer to nothing in the stack, and because a policy for each would soon exceed what a role
        may hold.
        """
        if self._asset_policy_made is None:
            self._asset_policy_made = self._read_policy(Construct(self, "Assets"))
        return self._asset_policy_made
