"""CloudFormation's API without the wire, for simulations that ask it a hundred thousand times."""

from collections.abc import Mapping
from typing import Any

import botocore.exceptions

from sms_registration_contract import cloudformation


class DirectCloudFormation:
    """Stands in for botocore's client of CloudFormation; the requests go to the simulated stacks."""

    def describe_stacks(self, **parameters: str) -> dict[str, Any]:
        """DescribeStacks."""
        return self._ask("DescribeStacks", parameters)

    def describe_stack_resource(self, **parameters: str) -> dict[str, Any]:
        """DescribeStackResource."""
        return self._ask("DescribeStackResource", parameters)

    def describe_stack_events(self, **parameters: str) -> dict[str, Any]:
        """DescribeStackEvents."""
        return self._ask("DescribeStackEvents", parameters)

    def list_stack_resources(self, **parameters: str) -> dict[str, Any]:
        """ListStackResources."""
        return self._ask("ListStackResources", parameters)

    def _ask(self, operation: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        stack = cloudformation.stacks[parameters["StackName"]]
        status, response = stack.describe(operation, parameters.get("LogicalResourceId"))
        if status != 200:
            raise botocore.exceptions.ClientError(
                {**response, "ResponseMetadata": {"HTTPStatusCode": status}}, operation
            )
        return response
