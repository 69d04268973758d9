"""Metrics for alarms, in CloudWatch's embedded metric format: members of a log line, of which CloudWatch makes a metric.

That takes no call and no right, and there is no metric until something is counted.
"""

import os
import time
from typing import Any

NAMESPACE = "cdk-sms-registration"

REFUSED_DELETES = "RefusedDeletes"
"""A Delete that was answered FAILED: CloudFormation may forget the resource, and it stays."""
DENIED_FORMS = "DeniedForms"
"""A deployment that met, or got, a denied form."""
PENDING_SUBMISSIONS = "PendingSubmissions"
"""A submission that a deployment was asked for and could not make yet."""
LEFTOVERS = "Leftovers"
"""Something that should have been deleted, stays, and is nobody's any more."""
UNRESTORED_ROLLBACKS = "UnrestoredRollbacks"
"""A rollback that had to leave a resource as it was."""


def counted(metric: str) -> dict[str, Any]:
    """The `extra` of a log call that counts one more.

    Args:
        metric: One of this module's names.
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
