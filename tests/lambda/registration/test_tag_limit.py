"""The service allows 50 tags on a resource: an app's 34 and our own 16 fit, also while they are renamed."""

from typing import Any

import pytest

from sms_registration_contract.cloudformation import CloudFormation
from support.handler_help import PREFIX, PROPERTIES, succeeded, tags_of

APPS_TAGS = 34


def declared(*keys: str) -> dict[str, Any]:
    return {**PROPERTIES, "Tags": [{"Key": key, "Value": "x"} for key in keys]}


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


@pytest.mark.fault(77)
@pytest.mark.parametrize("renamed", [1, 30, APPS_TAGS])
def test_renamed_tags_fit(stack: CloudFormation, fake: Any, renamed: int) -> None:
    fake.configure(tags_per_resource=50)
    kept = names("kept", APPS_TAGS - renamed)
    created = succeeded(stack.create(declared(*kept, *names("old", renamed))))
    succeeded(stack.update(declared(*kept, *names("new", renamed))))
    tags = tags_of(fake, created["PhysicalResourceId"])
    assert {key for key in tags if not key.startswith(PREFIX)} == {*kept, *names("new", renamed)}
    assert tags[PREFIX + "stack"] == stack.stack_id


@pytest.mark.parametrize(
    ("count", "order"), [(3, ["TagResource", "UntagResource"]), (30, ["UntagResource", "TagResource"])]
)
def test_untagged_first_only_where_both_do_not_fit(
    stack: CloudFormation, fake: Any, count: int, order: list[str]
) -> None:
    """Otherwise an interruption leaves too many tags rather than too few."""
    fake.configure(tags_per_resource=50)
    succeeded(stack.create(declared(*names("old", count))))
    mark = len(fake.writes)
    succeeded(stack.update(declared(*names("new", count))))
    assert [call.operation for call in fake.writes[mark:]] == order
