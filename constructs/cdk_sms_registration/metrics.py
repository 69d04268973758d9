"""What a provider's function counts, as CloudWatch metrics for dashboards and alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aws_cdk as cdk
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_lambda as lambda_

NAMESPACE = "cdk-sms-registration"
"""CloudWatch namespace of the metrics. The function writes it into its log lines."""


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
        from aws_cdk import aws_cloudwatch as cloudwatch

        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=metric_name,
            dimensions_map={"FunctionName": self._function.function_name},
            period=period,
            statistic=statistic or "Sum",
        )

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
