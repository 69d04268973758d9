"""The Delete of a resource whose deployment failed: it finds what was left, and spares what was only adopted."""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation, Killed
from support.handler_help import OTHER_TYPE, PROPERTIES, completed_create, live_ids, made_by_hand, succeeded


@pytest.mark.fault(13)
def test_delete_of_what_is_gone_sweeps_what_its_replacement_left(stack: CloudFormation, fake: Any) -> None:
    """A replacement dies in each delivery, the original is deleted by hand before the rollback, then the stack is deleted."""
    first = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    perform = fake.perform

    def gone(operation: str, parameters: dict[str, Any]) -> object:
        response = perform(operation, parameters)
        if operation == "CreateRegistration":
            fake.perform = perform
            fake.delete_registration(registration_id=first)
            fake.inject("ListTagsForResource", error=Killed, times=2)
            fake.inject("DescribeRegistrations", error=Killed, times=2)
            raise Killed
        return response

    fake.perform = gone
    stack.update(OTHER_TYPE)
    fake.journal.faults.clear()
    succeeded(stack.delete())
    assert live_ids(fake) == set()


@pytest.mark.parametrize("failed_as", ["CREATE_FAILED", "ROLLBACK_FAILED"])
@pytest.mark.fault(14, 15)
def test_clean_up_of_a_failed_deployment_spares_what_it_adopted(
    stack: CloudFormation, fake: Any, failed_as: str
) -> None:
    """Both statuses can only be deleted, and the status is then DELETE_IN_PROGRESS: not that of a rollback."""
    existing = made_by_hand(fake)
    adopting = {**PROPERTIES, "ExistingRegistrationId": existing, "RemovalPolicy": "destroy"}
    completed_create(stack, adopting)
    stack.stack_status = failed_as  # another resource failed: without a rollback, or its rollback failed too
    succeeded(stack.delete())
    assert stack.stack_status == "DELETE_IN_PROGRESS"
    assert live_ids(fake) == {existing}
