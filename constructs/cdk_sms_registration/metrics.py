"""What the functions count, as CloudWatch metrics for dashboards and alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sms_registration_rules import news

if TYPE_CHECKING:
    import aws_cdk as cdk
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_lambda as lambda_

NAMESPACE = "cdk-sms-registration"
"""CloudWatch namespace of the metrics. The function writes it into its log lines."""


def _metric(
    function: lambda_.IFunction,
    metric_name: str,
    period: cdk.Duration | None,
    statistic: str,
    dimensions: dict[str, str] | None = None,
) -> cloudwatch.Metric:
    from aws_cdk import aws_cloudwatch as cloudwatch

    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=metric_name,
        dimensions_map={"FunctionName": function.function_name, **(dimensions or {})},
        period=period,
        statistic=statistic,
    )


class ProviderMetrics:
    """The metrics of a provider: ``provider.metrics.refused_deletes()``.

    The function counts in its log lines (embedded metric format), so a metric costs nothing and has no data until there is
    something to count. An alarm must treat missing data as not breaching. The log line that counted names the registration.

    Args:
        function: The provider's function.
    """

    def __init__(self, function: lambda_.IFunction) -> None:
        self._function = function

    def metric(
        self, metric_name: str, *, period: cdk.Duration | None = None, statistic: str | None = None
    ) -> cloudwatch.Metric:
        """A metric of the function, over all registrations of the stack.

        Args:
            metric_name: Its name, such as ``RefusedDeletes``.
            period: The period of one data point. When omitted: five minutes. ``metric.with_(...)`` changes the rest.
            statistic: The statistic over a period. When omitted: the sum.
        """
        return _metric(self._function, metric_name, period, statistic or "Sum")

    def refused_deletes(self, *, period: cdk.Duration | None = None, statistic: str | None = None) -> cloudwatch.Metric:
        """Deletes that failed for good: CloudFormation may have forgotten a registration that still exists.

        Args:
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric("RefusedDeletes", period=period, statistic=statistic)

    def denied_forms(self, *, period: cdk.Duration | None = None, statistic: str | None = None) -> cloudwatch.Metric:
        """Deployments that left a form denied. Denials between deployments are not counted: see ``on_status_change``.

        Args:
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric("DeniedForms", period=period, statistic=statistic)

    def pending_submissions(
        self, *, period: cdk.Duration | None = None, statistic: str | None = None
    ) -> cloudwatch.Metric:
        """Deployments that should have submitted a form and could not yet, for example because its brand is in review.

        Args:
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric("PendingSubmissions", period=period, statistic=statistic)

    def leftovers(self, *, period: cdk.Duration | None = None, statistic: str | None = None) -> cloudwatch.Metric:
        """Files that should have been deleted, but that a version of a form still refers to.

        Args:
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric("Leftovers", period=period, statistic=statistic)

    def unrestored_rollbacks(
        self, *, period: cdk.Duration | None = None, statistic: str | None = None
    ) -> cloudwatch.Metric:
        """Rollbacks that left a resource as the failed deployment made it. The next deployment corrects it.

        Args:
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric("UnrestoredRollbacks", period=period, statistic=statistic)


class WatchMetrics:
    """The metrics of a watch: ``watch.metrics.denied()``.

    Each look at the registrations counts them (embedded metric format in the log lines), so the default statistic is the
    maximum, and there is a data point for every interval of the watch's schedule. Each metric exists for all registrations of
    the stack, and for each registration type.

    Args:
        function: The function of the watch.
    """

    def __init__(self, function: lambda_.IFunction) -> None:
        self._function = function

    def metric(
        self,
        metric_name: str,
        *,
        registration_type: str | None = None,
        period: cdk.Duration | None = None,
        statistic: str | None = None,
    ) -> cloudwatch.Metric:
        """A metric of the watch.

        Args:
            metric_name: Its name, such as ``Waiting``.
            registration_type: The service's name of a registration type. When omitted: all registrations of the stack.
            period: The period of one data point. When omitted: one hour, as the schedule. ``metric.with_(...)`` changes the
                rest.
            statistic: The statistic over a period. When omitted: the maximum.
        """
        import aws_cdk as cdk

        dimensions = {news.TYPE_DIMENSION: registration_type} if registration_type is not None else None
        return _metric(self._function, metric_name, period or cdk.Duration.hours(1), statistic or "Maximum", dimensions)

    def waiting(
        self,
        *,
        registration_type: str | None = None,
        period: cdk.Duration | None = None,
        statistic: str | None = None,
    ) -> cloudwatch.Metric:
        """Registrations in which something waits to be submitted or associated, for example until a brand is complete.

        Args:
            registration_type: As in ``metric``.
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric(news.WAITING, registration_type=registration_type, period=period, statistic=statistic)

    def overdue(
        self,
        *,
        registration_type: str | None = None,
        period: cdk.Duration | None = None,
        statistic: str | None = None,
    ) -> cloudwatch.Metric:
        """Registrations whose review takes much longer than AWS publishes.

        Args:
            registration_type: As in ``metric``.
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric(
            news.OVERDUE_REVIEWS, registration_type=registration_type, period=period, statistic=statistic
        )

    def denied(
        self,
        *,
        registration_type: str | None = None,
        period: cdk.Duration | None = None,
        statistic: str | None = None,
    ) -> cloudwatch.Metric:
        """Registrations that are denied and not submitted again.

        Args:
            registration_type: As in ``metric``.
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric(
            news.DENIED_REGISTRATIONS, registration_type=registration_type, period=period, statistic=statistic
        )

    def needs_a_person(
        self,
        *,
        registration_type: str | None = None,
        period: cdk.Duration | None = None,
        statistic: str | None = None,
    ) -> cloudwatch.Metric:
        """Registrations whose review waits for somebody: a link in an email, or a support case.

        Args:
            registration_type: As in ``metric``.
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric(news.NEED_A_PERSON, registration_type=registration_type, period=period, statistic=statistic)
