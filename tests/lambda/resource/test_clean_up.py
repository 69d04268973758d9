"""The Delete of a resource whose deployment failed: it finds what was left, and spares what was only adopted."""

from typing import Any

import pytest

from moto_sms_voice.exceptions import ValidationException
from sms_registration_contract.cloudformation import CloudFormation, Killed
from support.form_help import Form
from support.handler_help import (
    BRAND,
    OTHER_TYPE,
    PREFIX,
    PROPERTIES,
    completed_create,
    failed,
    live_ids,
    made_by_hand,
    nested,
    succeeded,
    tags_of,
)


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


@pytest.mark.parametrize("kept", [True, False], ids=["that deployment failed", "that deployment succeeded"])
@pytest.mark.fault(15)
def test_next_deployment_deletes_what_was_adopted_only_if_it_was_deployed(
    stack: CloudFormation, fake: Any, kept: bool
) -> None:
    """An Update adopted it, and the deployment stays as it is (`--no-rollback`). The next one names the former registration."""
    existing = made_by_hand(fake)
    own = succeeded(stack.create(PROPERTIES))["PhysicalResourceId"]
    stack.stack_status = "CREATE_COMPLETE"
    adopting = {**PROPERTIES, "ExistingRegistrationId": existing, "RemovalPolicy": "destroy"}
    resource = stack.resources["TollFree"]
    stack.stack_status = "UPDATE_IN_PROGRESS"
    event = stack.event("Update", properties=adopting, old=PROPERTIES, physical_id=own)
    resource.status, resource.physical_id = "UPDATE_COMPLETE", succeeded(stack.invoke(event))["PhysicalResourceId"]
    stack.stack_status = "UPDATE_FAILED" if kept else "UPDATE_COMPLETE"

    stack.stack_status = "UPDATE_IN_PROGRESS"
    back = {**PROPERTIES, "ExistingRegistrationId": own}
    event = stack.event("Update", properties=back, old=adopting, physical_id=existing)
    resource.status, resource.physical_id = "UPDATE_COMPLETE", succeeded(stack.invoke(event))["PhysicalResourceId"]
    stack.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    succeeded(stack.clean_up("TollFree", existing, adopting))

    assert live_ids(fake) == ({own, existing} if kept else {own})


@pytest.mark.parametrize("known", ["attempted", "former"])
@pytest.mark.fault(69)
def test_form_that_failed_on_another_registration_leaves_no_claim_there(
    stack: CloudFormation, fake: Any, known: str
) -> None:
    """Without a rollback the failed Update keeps the former ID, and the next deployment removes the form."""
    form = Form(stack, fake)
    succeeded(form.create(Submit=False))
    other = made_by_hand(fake, BRAND)
    pointed = {**form.properties(Submit=False), "RegistrationId": other}
    resource = stack.resources["Form"]
    fake.inject("PutRegistrationFieldValue", error=lambda: ValidationException("no", "INVALID_PARAMETER"), nth=2)
    resource.status = stack.stack_status = "UPDATE_IN_PROGRESS"
    event = stack.event("Update", "Form", pointed, old=resource.properties, physical_id=resource.physical_id)
    failed(nested(stack, event))
    resource.status = stack.stack_status = "UPDATE_FAILED"
    stack.clock.passed += 100
    properties = pointed if known == "attempted" else resource.properties
    stack.stack_status, resource.status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "DELETE_IN_PROGRESS"
    succeeded(nested(stack, stack.event("Delete", "Form", properties, physical_id=resource.physical_id)))
    assert PREFIX + "form-stack" not in tags_of(fake, other)
    assert PREFIX + "form-stack" not in tags_of(fake, form.registration_id)
