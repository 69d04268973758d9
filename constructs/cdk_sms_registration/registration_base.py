"""What every registration can do, declared or imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import aws_cdk as cdk
import jsii
from aws_cdk.interfaces import aws_smsvoice as interfaces_smsvoice

from cdk_sms_registration.checks import refuse
from cdk_sms_registration.events import RegistrationStatus, status_pattern, statuses_problems
from cdk_sms_registration.grants import RegistrationGrants
from constructs import Construct

if TYPE_CHECKING:
    from aws_cdk import aws_events as events

    from cdk_sms_registration.registration_form import RegistrationForm


class IRegistration(interfaces_smsvoice.IRegistrationRef, Protocol):
    """A registration of this app, or one that was imported."""

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
        """Grants rights on the registration."""
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
        """Tells a target when the registration's status changes.

        Args:
            rule_id: ID of the rule.
            statuses: Statuses to be told of.
            target: Who is told.
            description: Of the rule.
            enabled: Whether the rule is in force.
            rule_name: The rule's name.
            cross_stack_scope: Where the rule belongs to, in another stack.
        """
        ...


@jsii.implements(interfaces_smsvoice.IRegistrationRef)
class RegistrationBase(cdk.Resource):
    """What a registration can do once its ID and ARN are known."""

    def __init__(self, scope: Construct, construct_id: str, **env: Any) -> None:
        super().__init__(scope, construct_id, **env)
        self._form: RegistrationForm | None = None
        self._rules: list[events.Rule] = []

    @property
    def registration_id(self) -> str:
        """The registration's ID, such as ``registration-0123456789abcdef``."""
        raise NotImplementedError

    @property
    def registration_arn(self) -> str:
        """The registration's ARN."""
        raise NotImplementedError

    @property
    def shell(self) -> cdk.CfnResource | None:
        """The custom resource that creates the registration; None if something else did."""
        return None

    @property
    def form(self) -> RegistrationForm | None:
        """The registration's form in this app; None if there is none."""
        return self._form

    @property
    def registration_ref(self) -> interfaces_smsvoice.RegistrationReference:
        """What aws-cdk-lib's own constructs use to refer to a registration."""
        return interfaces_smsvoice.RegistrationReference(registration_arn=self.registration_arn)

    @property
    def grants(self) -> RegistrationGrants:
        """Grants rights on the registration: ``registration.grants.read(role)``."""
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
        """Tells a target when the registration's status changes: when it was denied, or approved.

        The rule is in place before the form is filled in, so that not even a denial within seconds is missed. An event
        holds the new status, and not the reasons of a denial: those are in
        ``aws pinpoint-sms-voice-v2 describe-registration-versions``. AWS delivers these events as well as it can, without
        a promise.

        Args:
            rule_id: ID of the rule, below the registration.
            statuses: The new statuses to be told of, such as ``[RegistrationStatus.REQUIRES_UPDATES]``. When omitted: all.
            target: Who is told, of ``aws_cdk.aws_events_targets``. When omitted: nobody until ``rule.add_target(...)``.
            description: What the rule's description says. When omitted: it has none.
            enabled: Whether the rule is in force. When omitted: it is.
            rule_name: The rule's name. When omitted: CloudFormation makes one up.
            cross_stack_scope: Where the rule belongs to, when the target is in another stack, which the registration's
                must not depend on; the form then does not wait for it. When omitted: the registration.

        Returns:
            The rule. The registration's events are on the default bus of its own account and Region only.

        Raises:
            ValueError: Statuses are refused, or the rule would be in another Region or account than the registration.
        """
        from aws_cdk import aws_events as events

        scope = cross_stack_scope or self
        problems = statuses_problems(statuses) + self._elsewhere_problems(cdk.Stack.of(scope))
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

    def add_form(self, form: RegistrationForm) -> None:
        """Takes note of the registration's form, which waits for the rules that tell of its status, present and future ones.

        Args:
            form: The form.
        """
        self._form = form
        for rule in self._rules:
            self._let_form_wait_for(rule)

    def _let_form_wait_for(self, rule: events.Rule) -> None:
        # A rule of another stack depends on the registration's stack, which cannot depend on it in turn.
        if self._form is not None and cdk.Stack.of(rule) is cdk.Stack.of(self._form):
            self._form.resource.node.add_dependency(rule)

    def _elsewhere_problems(self, stack: cdk.Stack) -> list[str]:
        own = ((self.env.region, stack.region), (self.env.account, stack.account))
        return [
            f"the registration is in {there}, and its events are not seen in {here}: make the rule in a stack there"
            for there, here in own
            if there != here and not cdk.Token.is_unresolved(there) and not cdk.Token.is_unresolved(here)
        ]


class ImportedRegistration(RegistrationBase):
    """A registration that something else declares."""

    def __init__(
        self, scope: Construct, construct_id: str, *, registration_id: str, registration_arn: str, **env: Any
    ) -> None:
        super().__init__(scope, construct_id, **env)
        self._registration_id = registration_id
        self._registration_arn = registration_arn

    def add_form(self, form: RegistrationForm) -> None:
        """Takes note of the form, whose files stay as long as a registration that is not deleted here.

        Args:
            form: The form.
        """
        super().add_form(form)
        form.share_retention(cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)

    @property
    def registration_id(self) -> str:
        """The registration's ID."""
        return self._registration_id

    @property
    def registration_arn(self) -> str:
        """The registration's ARN."""
        return self._registration_arn
