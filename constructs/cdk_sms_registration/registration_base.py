"""What every registration can do, declared or imported."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import aws_cdk as cdk
import jsii
from aws_cdk.interfaces import aws_smsvoice as interfaces_smsvoice

from cdk_sms_registration.attachment import RegistrationAttachment
from cdk_sms_registration.checks import refuse
from cdk_sms_registration.events import RegistrationStatus, status_pattern, statuses_problems
from cdk_sms_registration.grants import RegistrationGrants
from cdk_sms_registration.retention import share_retention
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_events as events


class IRegistration(interfaces_smsvoice.IRegistrationRef, Protocol):
    """A registration of this app, or an imported one."""

    @property
    def registration_id(self) -> str:
        """The registration's ID, such as ``registration-0123456789abcdef``."""
        ...

    @property
    def registration_arn(self) -> str:
        """The registration's ARN."""
        ...

    @property
    def grants(self) -> RegistrationGrants:
        """Grants permissions on the registration."""
        ...

    def on_status_change(
        self,
        rule_id: str,
        *,
        statuses: Sequence[RegistrationStatus | str] | None = None,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        enabled: bool | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """Notifies a target when the registration's status changes.

        Args:
            rule_id: ID of the rule.
            statuses: The statuses to report.
            target: The target to notify.
            description: Description of the rule.
            enabled: Whether the rule is enabled.
            rule_name: Name of the rule.
            cross_stack_scope: The construct of another stack that the rule belongs to.
        """
        ...


@dataclass(frozen=True)
class FormLink:
    """What a registration knows of its form.

    Attributes:
        form: The form.
        resource: The custom resource that fills it in.
        files: The files that it uses.
        associated: The resources of this app that it associates with its registration, without the registrations of this
            library, which have removal policies of their own.
        submit: Whether it is submitted.
    """

    form: Construct
    resource: cdk.CfnResource
    files: tuple[RegistrationAttachment, ...]
    associated: tuple[cdk.CfnResource, ...]
    submit: bool

    def share_retention(self, policy: cdk.RemovalPolicy) -> None:
        """Keeps what the registration cannot live without as long as the registration: the form's files and associations.

        What has a removal policy of its own keeps that.

        Args:
            policy: The registration's removal policy.
        """
        self.share_retention_with_files(policy)
        self.share_retention_with_associated(policy)

    def share_retention_with_files(self, policy: cdk.RemovalPolicy) -> None:
        """Keeps only the form's files.

        Args:
            policy: The registration's removal policy.
        """
        for file in self.files:
            file._share_retention(self.form, policy)

    def share_retention_with_associated(self, policy: cdk.RemovalPolicy) -> None:
        """Keeps only what the form associates.

        Args:
            policy: The registration's removal policy.
        """
        for resource in self.associated:
            share_retention(resource, self.form, policy)


@jsii.implements(interfaces_smsvoice.IRegistrationRef)
class RegistrationBase(cdk.Resource):
    """What a registration can do once its ID and ARN are known."""

    _known_type: str | None = None
    """The registration's type, if the app says it. It may be a token."""

    _has_named_permissions = False
    """Whether the stack's function may tag it whoever owns it, and whoever claims its form."""

    _known_names: tuple[str, ...] = ()
    """The names in its form, if the form is not in this app."""

    def __init__(self, scope: Construct, construct_id: str, **env: Any) -> None:
        super().__init__(scope, construct_id, **env)
        self._form_link: FormLink | None = None
        self._rules: list[events.Rule] = []

    @property
    @abc.abstractmethod
    def registration_id(self) -> str:
        """The registration's ID, such as ``registration-0123456789abcdef``."""

    @property
    @abc.abstractmethod
    def registration_arn(self) -> str:
        """The registration's ARN."""

    @property
    @abc.abstractmethod
    def _creating_resource(self) -> cdk.CfnResource | None:
        """The resource of this app that creates the registration; None if something else does."""

    @property
    def registration_ref(self) -> interfaces_smsvoice.RegistrationReference:
        """What aws-cdk-lib's own constructs use to refer to a registration."""
        return interfaces_smsvoice.RegistrationReference(registration_arn=self.registration_arn)

    @property
    def grants(self) -> RegistrationGrants:
        """Grants permissions on the registration: ``registration.grants.read(role)``."""
        return RegistrationGrants.from_registration(self)

    def on_status_change(
        self,
        rule_id: str,
        *,
        statuses: Sequence[RegistrationStatus | str] | None = None,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        enabled: bool | None = None,
        rule_name: str | None = None,
        cross_stack_scope: Construct | None = None,
    ) -> events.Rule:
        """Notifies a target when the registration's status changes, for example when it is denied or approved.

        The rule is created before the form is filled in, so that not even a denial within seconds is missed. An event holds
        the new status, but not the reasons of a denial. For those, use
        ``aws pinpoint-sms-voice-v2 describe-registration-versions``. AWS delivers these events on a best-effort basis.

        Args:
            rule_id: ID of the rule, below the registration.
            statuses: The new statuses to report, such as ``[RegistrationStatus.REQUIRES_UPDATES]``. When omitted: all.
            target: The target to notify, from ``aws_cdk.aws_events_targets``. When omitted: none until
                ``rule.add_target(...)``.
            description: Description of the rule. When omitted: none.
            enabled: Whether the rule is enabled. When omitted: it is.
            rule_name: Name of the rule. When omitted: CloudFormation generates one.
            cross_stack_scope: The construct that the rule belongs to, when the target is in another stack that the
                registration's stack must not depend on. The form then does not wait for the rule. When omitted: the
                registration.

        Returns:
            The rule. It must be in the registration's own account and Region, where its events are.

        Raises:
            ValueError: Statuses are refused, or the rule would be in another Region or account than the registration.
        """
        from aws_cdk import aws_events as events

        scope = cross_stack_scope or self
        problems = statuses_problems(statuses) + self._environment_problems(cdk.Stack.of(scope))
        refuse(f"on_status_change {rule_id!r}", problems)
        rule = events.Rule(
            scope,
            rule_id,
            event_pattern=status_pattern(self.registration_id, statuses),
            targets=[target] if target is not None else None,
            description=description,
            enabled=enabled,
            rule_name=rule_name,
        )
        self._rules.append(rule)
        self._let_form_wait_for(rule)
        return rule

    def _link_form(self, link: FormLink) -> None:
        """Connects the registration with its form, which waits for the rules on its status, present and future ones.

        Args:
            link: The form.
        """
        self._form_link = link
        for rule in self._rules:
            self._let_form_wait_for(rule)

    def _let_form_wait_for(self, rule: events.Rule) -> None:
        link = self._form_link
        # A rule of another stack depends on the registration's stack, which cannot depend on it in turn.
        if link is not None and cdk.Stack.of(rule) is cdk.Stack.of(link.form):
            link.resource.node.add_dependency(rule)

    def _environment_problems(self, stack: cdk.Stack) -> list[str]:
        own = ((self.env.region, stack.region), (self.env.account, stack.account))
        return [
            f"the registration is in {there}, and its events do not reach {here}: create the rule in a stack there"
            for there, here in own
            if there != here and not cdk.Token.is_unresolved(there) and not cdk.Token.is_unresolved(here)
        ]


class ImportedRegistration(RegistrationBase):
    """A registration that something else declares."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        registration_id: str,
        registration_arn: str,
        names: Sequence[str],
        **env: Any,
    ) -> None:
        super().__init__(scope, construct_id, **env)
        self._known_names = tuple(names)
        self._registration_id = registration_id
        self._registration_arn = registration_arn

    @property
    def registration_id(self) -> str:
        """The registration's ID."""
        return self._registration_id

    @property
    def registration_arn(self) -> str:
        """The registration's ARN."""
        return self._registration_arn

    @property
    def _creating_resource(self) -> None:
        return None

    def _link_form(self, link: FormLink) -> None:
        """Connects the registration with its form, whose files and associations stay: the registration is not deleted here."""
        super()._link_form(link)
        link.share_retention(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
