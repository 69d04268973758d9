"""Metrics to alarm on, in CloudWatch's embedded metric format: CloudWatch creates metrics from members of a log line.

This needs no API call and no permission. A metric does not exist until something is counted.
"""

import os
import time
from collections.abc import Mapping
from typing import Any

from sms_registration_rules import news

NAMESPACE = news.METRIC_NAMESPACE

REFUSED_DELETES = "RefusedDeletes"
"""A Delete that failed: CloudFormation may forget the resource, and it still exists."""
DENIED_FORMS = "DeniedForms"
"""A deployment that found a form denied, or left it denied."""
PENDING_SUBMISSIONS = "PendingSubmissions"
"""A submission that a deployment requested and that could not be made yet."""
LEFTOVERS = "Leftovers"
"""Something that should have been deleted, still exists and is orphaned."""
UNRESTORED_ROLLBACKS = "UnrestoredRollbacks"
"""A rollback that could not restore a resource and left it unchanged."""


def counted(metric: str) -> dict[str, Any]:
    """Return the `extra` argument of a log call that adds one to a metric.

    Args:
        metric: One of this module's metric names.
    """
    return {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [["FunctionName"]],
                    "Metrics": [{"Name": metric, "Unit": "Count"}],
                }
            ],
        },
        "FunctionName": os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "unknown"),
        metric: 1,
    }


def measured(values: Mapping[str, int], registration_type: str = "") -> dict[str, Any]:
    """Return the `extra` argument of a log call that records the present values of metrics.

    Args:
        values: The values by metric name.
        registration_type: What they are about; a dimension of its own. If omitted, they are about all registrations.
    """
    dimensions = [news.FUNCTION_DIMENSION, *([news.TYPE_DIMENSION] if registration_type else [])]
    return {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [dimensions],
                    "Metrics": [{"Name": name, "Unit": "Count"} for name in values],
                }
            ],
        },
        news.FUNCTION_DIMENSION: os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "unknown"),
        **({news.TYPE_DIMENSION: registration_type} if registration_type else {}),
        **values,
    }
