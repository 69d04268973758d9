"""What a provider's function counts, as metrics to put on a dashboard or to be alarmed by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

if TYPE_CHECKING:
    import aws_cdk as cdk
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_lambda as lambda_

NAMESPACE = "cdk-sms-registration"
"""CloudWatch's namespace of the metrics; the function writes it into its log lines."""


class ProviderMetrics(Construct):
    """The metrics of a provider.

    The function counts with what it logs, so a metric costs nothing until there is something to count, and has no data
    when all is well: an alarm must not mind missing data. The log line that counted says which registration it is.
    """

    function: lambda_.Function

    def metric(
        self, metric_name: str, *, period: cdk.Duration | None = None, statistic: str | None = None
    ) -> cloudwatch.Metric:
        """A metric of the function's own, over all registrations of the stack.

        Args:
            metric_name: Its name, such as ``RefusedDeletes``.
            period: Over how long it is summed up. When omitted: five minutes. ``metric.with_(...)`` changes the rest.
            statistic: What is made of the values of a period. When omitted: their sum.
        """
        from aws_cdk import aws_cloudwatch as cloudwatch

        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=metric_name,
            dimensions_map={"FunctionName": self.function.function_name},
            period=period,
            statistic=statistic or "Sum",
        )

    def metric_refused_deletes(
        self, *, period: cdk.Duration | None = None, statistic: str | None = None
    ) -> cloudwatch.Metric:
        """Deletes that failed for good: CloudFormation may have forgotten a registration that lives on.

        Args:
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric("RefusedDeletes", period=period, statistic=statistic)

    def metric_denied_forms(
        self, *, period: cdk.Duration | None = None, statistic: str | None = None
    ) -> cloudwatch.Metric:
        """Deployments that left a form denied. Denials between deployments are not counted: see ``on_status_change``.

        Args:
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric("DeniedForms", period=period, statistic=statistic)

    def metric_pending_submissions(
        self, *, period: cdk.Duration | None = None, statistic: str | None = None
    ) -> cloudwatch.Metric:
        """Deployments that were to submit a form and could not yet, because of a parent or the same content, for example.

        Args:
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric("PendingSubmissions", period=period, statistic=statistic)

    def metric_leftovers(
        self, *, period: cdk.Duration | None = None, statistic: str | None = None
    ) -> cloudwatch.Metric:
        """Files that should have been deleted, and that a version of a form still refers to.

        Args:
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric("Leftovers", period=period, statistic=statistic)

    def metric_unrestored_rollbacks(
        self, *, period: cdk.Duration | None = None, statistic: str | None = None
    ) -> cloudwatch.Metric:
        """Rollbacks that had to leave a resource as the failed deployment made it; the next deployment mends it.

        Args:
            period: As in ``metric``.
            statistic: As in ``metric``.
        """
        return self.metric("UnrestoredRollbacks", period=period, statistic=statistic)
