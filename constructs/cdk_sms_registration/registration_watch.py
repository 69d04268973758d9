"""What goes on after a deployment: a function that continues when reviews end, and tells people what they must know."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar
from weakref import WeakKeyDictionary

import aws_cdk as cdk

from cdk_sms_registration.checks import refuse
from cdk_sms_registration.events import DETAIL_TYPE, SOURCE
from cdk_sms_registration.handler_function import Purpose, handler_function
from cdk_sms_registration.metrics import WatchMetrics
from cdk_sms_registration.provider import RegistrationProvider
from cdk_sms_registration.watch_permissions import grant_publish, grant_root, watch_permissions
from cdk_sms_registration.watch_settings import WatchSettings, kinds_problems
from constructs import Construct
from sms_registration_rules import durations, news

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_sqs as sqs

RETRY_ATTEMPTS = 2
"""How often Lambda runs a pass again that ended in an error. After that, the schedule does."""


class RegistrationWatch(Construct):
    """Continues when reviews end, and tells people why something was denied.

    A review takes days to months, and no deployment waits for it. The watch is a function that looks at every registration
    and form of its stack when the status of a registration changes, and on a schedule. It does three things:

    - It continues. A campaign is submitted when its brand is complete, and a number is associated when its campaign is.
    - It tells people, on a topic and as events on the default event bus: denied (with all reasons), needs a person, approved,
      continued, cannot continue, closed, overdue. It sends no field value.
    - It reminds them, at most once a day.

    It keeps no state but tags on the registrations, writes no field value, and creates and deletes nothing. A stack has at
    most one. It covers its own stack only: a nested stack needs one of its own.

    The function has the runtime, the architecture, the timeout, the VPC and the encryption of its environment that
    ``RegistrationProvider.configure`` gave to the provider function.

    Args:
        scope: The stack, or any construct in it.
        construct_id: Its ID in the scope.
        topic: Where the messages go. Not a FIFO topic. If it is encrypted with a KMS key of yours, the function is allowed to
            use the key. Import such a topic with ``Topic.from_topic_attributes(key_arn=...)``. When omitted: no messages; the
            events on the default event bus and the metrics remain.
        continue_pending: False only tells that something could continue, and the function may neither submit nor associate.
            When omitted: True.
        schedule: How often the function looks at the registrations without an event, 5 minutes to a day, because AWS delivers
            events on a best-effort basis. When omitted: one hour.
        overdue_factor: A review is overdue after this many times the time that AWS publishes for the registration type, and
            not before three days. At least 1. When omitted: 2.
        reminders: False sends each message once. True repeats what waits for a person while nobody acts: daily at most, and
            weekly after a week. When omitted: True.
        topic_format: ``"text"`` is for people, who get text by e-mail, and for programs, which get JSON. ``"chat"`` is what
            Amazon Q Developer in chat applications posts to Slack and Microsoft Teams. When omitted: ``"text"``.
        dead_letter_queue: Gets the events that could not be delivered to the function, and those that it failed on three
            times. When omitted: such an event is dropped, because the next look at the registrations finds what it announced.
        role: The function's role, as in ``RegistrationProvider.configure``. When omitted: a role of its own, with exactly its
            permissions.
        log_group: Where the function logs, of the same stack or imported into it. When omitted: a log group that keeps events
            for six months and is deleted with the stack.

    Raises:
        ValueError: Arguments are refused, or the stack has a watch already. The message lists all problems.

    Attributes:
        function: The function.
        role: The function's role: its own, or the one given.
        log_group: The function's log group: its own, or the one given.
    """

    function: lambda_.Function
    role: iam.IRole
    log_group: logs.ILogGroup

    _of_stack: ClassVar[WeakKeyDictionary[cdk.Stack, RegistrationWatch]] = WeakKeyDictionary()

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        topic: sns.ITopic | None = None,
        continue_pending: bool = True,
        schedule: cdk.Duration | None = None,
        overdue_factor: float = durations.TIMES_EXPECTED,
        reminders: bool = True,
        topic_format: str = news.TEXT,
        dead_letter_queue: sqs.IQueue | None = None,
        role: iam.IRole | None = None,
        log_group: logs.ILogGroup | None = None,
    ) -> None:
        stack = cdk.Stack.of(scope)
        every = cdk.Duration.hours(1) if schedule is None else schedule
        settings = WatchSettings(
            topic=topic, schedule=every, overdue_factor=overdue_factor, topic_format=topic_format, role=role
        )
        problems = settings.problems(stack)
        existing = self._of_stack.get(stack)
        if existing is not None:
            problems.append(
                f"the stack has a RegistrationWatch already, {existing.node.path!r}, and it covers all registrations of the "
                "stack; keep that one, and tell several topics apart with subscriptions and filter policies"
            )
        refuse(f"RegistrationWatch {construct_id!r}", problems)

        super().__init__(scope, construct_id)
        provider = RegistrationProvider.get_or_create(scope)
        environment = {
            "SERVED_STACK_ID": cdk.Aws.STACK_ID,
            "CONTINUE_PENDING": str(bool(continue_pending)).lower(),
            "OVERDUE_FACTOR": f"{overdue_factor:g}",
            "REMINDERS": str(bool(reminders)).lower(),
            "TOPIC_FORMAT": topic_format,
        }
        if topic is not None:
            environment["TOPIC_ARN"] = topic.topic_arn
        made = handler_function(
            self,
            dataclasses.replace(
                provider._settings, role=role, log_group=log_group, reserved_concurrent_executions=None
            ),
            Purpose(
                module="watch_index",
                description="Watches the SMS registrations of this stack (cdk-sms-registration)",
                role_description="Lets the watch continue and report the SMS registrations of its stack",
                permissions=watch_permissions(continues=continue_pending),
                environment=environment,
                maximum_event_age_seconds=settings.maximum_event_age_seconds,
                retry_attempts=RETRY_ATTEMPTS,
            ),
        )
        self.function, self.role, self.log_group = made.function, made.role, made.log_group
        if topic is not None:
            grant_publish(self, topic, self.role)
        if stack.nested_stack_parent is not None:
            grant_root(stack, self.role)
        self._create_rules(every, settings.maximum_event_age_seconds, made.event_invoke_config, dead_letter_queue)
        self._of_stack[stack] = self

    def _create_rules(
        self,
        schedule: cdk.Duration,
        maximum_event_age_seconds: int,
        event_invoke_config: lambda_.CfnEventInvokeConfig,
        dead_letter_queue: sqs.IQueue | None,
    ) -> None:
        from aws_cdk import aws_events as events
        from aws_cdk import aws_events_targets as targets

        if dead_letter_queue is not None:
            # EventBridge's own queue gets only what it could not hand over to Lambda.
            event_invoke_config.add_property_override(
                "DestinationConfig.OnFailure.Destination", dead_letter_queue.queue_arn
            )
            dead_letter_queue.grant_send_messages(self.role)
        target = targets.LambdaFunction(
            self.function,
            dead_letter_queue=dead_letter_queue,
            max_event_age=cdk.Duration.seconds(maximum_event_age_seconds),
        )
        rules = {
            "StatusChanges": events.Rule(
                self,
                "StatusChanges",
                description="Tells the watch of this stack that the status of a registration has changed",
                event_pattern=events.EventPattern(source=[SOURCE], detail_type=[DETAIL_TYPE]),
            ),
            "Schedule": events.Rule(
                self,
                "Schedule",
                description="Lets the watch of this stack look at its registrations",
                schedule=events.Schedule.rate(schedule),
            ),
        }
        for rule in rules.values():
            rule.node.add_dependency(event_invoke_config)
            rule.add_target(target)

    @property
    def metrics(self) -> WatchMetrics:
        """The metrics of the watch: ``watch.metrics.denied()``."""
        return WatchMetrics(self.function)

    def widgets(self) -> list[cloudwatch.IWidget]:
        """Widgets for a dashboard: ``dashboard.add_widgets(*watch.widgets())``.

        They show how many registrations wait, are overdue, are denied or need a person, and the errors of the function.
        """
        from cdk_sms_registration.watch_widgets import widgets

        return widgets(self.metrics, self.function)

    def on_news(
        self,
        rule_id: str,
        *,
        kinds: Sequence[str] | None = None,
        target: events.IRuleTarget | None = None,
        description: str | None = None,
        enabled: bool | None = None,
        rule_name: str | None = None,
    ) -> events.Rule:
        """Notifies a target of what the watch tells people, for example to start a pipeline when something was denied.

        Args:
            rule_id: ID of the rule, below the watch.
            kinds: What to report, such as ``["denied", "closed"]``. When omitted: everything.
            target: The target to notify, from ``aws_cdk.aws_events_targets``. When omitted: none until
                ``rule.add_target(...)``.
            description: Description of the rule. When omitted: none.
            enabled: Whether the rule is enabled. When omitted: it is.
            rule_name: Name of the rule. When omitted: CloudFormation generates one.

        Raises:
            ValueError: A kind is unknown.
        """
        from aws_cdk import aws_events as events

        refuse(f"on_news {rule_id!r}", kinds_problems(kinds))
        detail: dict[str, list[str]] = {news.STACK: [cdk.Stack.of(self).stack_name]}
        if kinds is not None:
            detail[news.KIND] = list(kinds)
        return events.Rule(
            self,
            rule_id,
            event_pattern=events.EventPattern(
                source=[news.EVENT_SOURCE], detail_type=[news.DETAIL_TYPE], detail=detail
            ),
            targets=[target] if target is not None else None,
            description=description,
            enabled=enabled,
            rule_name=rule_name,
        )
