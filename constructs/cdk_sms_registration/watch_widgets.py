"""Widgets of a CloudWatch dashboard for a watch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from cdk_sms_registration.metrics import WatchMetrics

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_

_WIDTH = 6
_HEIGHT = 4


def widgets(metrics: WatchMetrics, function: lambda_.IFunction) -> list[cloudwatch.IWidget]:
    """How many registrations are in which state now and over time, and whether the watch works.

    Args:
        metrics: The metrics of the watch.
        function: The function of the watch.
    """
    counts = [
        metrics.waiting().with_(label="Waiting"),
        metrics.overdue().with_(label="Overdue"),
        metrics.denied().with_(label="Denied"),
        metrics.needs_a_person().with_(label="Needs a person"),
    ]
    hour = cdk.Duration.hours(1)
    return [
        cloudwatch.SingleValueWidget(title="SMS registrations", metrics=counts, width=2 * _WIDTH, height=_HEIGHT),
        cloudwatch.GraphWidget(title="SMS registrations over time", left=counts, width=_WIDTH, height=_HEIGHT),
        cloudwatch.GraphWidget(
            title="The watch itself",
            left=[function.metric_invocations(period=hour), function.metric_errors(period=hour)],
            width=_WIDTH,
            height=_HEIGHT,
        ),
    ]
