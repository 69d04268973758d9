"""What a pass does leads to a status event, and so to another pass while it still runs: each thing is told once."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import pytest

from sms_registration_contract import function
from sms_registration_rules import news
from support.watch_world import Watched, chain


@contextmanager
def another_pass_before_telling(sms: Watched) -> Iterator[None]:
    """Run a whole pass when the first one has read everything, just before it tells."""
    stalls = function.module("watch.stalls")
    original = stalls.conditions
    ran: list[bool] = []

    def conditions(*arguments: Any) -> Any:
        found = original(*arguments)
        if not ran:
            ran.append(True)
            sms.watch()
        return found

    with mock.patch.object(stalls, "conditions", conditions):
        yield
    assert ran


@pytest.mark.parametrize("step", ["approved", "denied"])
def test_a_status_is_told_once(sms: Watched, step: str) -> None:
    sms.deploy(chain())
    sms.watch()
    sms.outbox.told()
    if step == "approved":
        sms.fake.review.approve(sms.id("Brand"))
    else:
        sms.fake.review.deny(sms.id("Brand"))

    with another_pass_before_telling(sms):
        sms.watch()

    kinds = [kind for kind, logical_id in sms.outbox.told() if logical_id == "Brand"]
    assert kinds == [news.APPROVED if step == "approved" else news.DENIED]


def test_what_was_continued_is_told_once(sms: Watched) -> None:
    sms.deploy(chain())
    sms.watch()
    sms.outbox.told()
    sms.approve("Brand")

    with another_pass_before_telling(sms):
        sms.watch()

    assert sms.status("Campaign") == "SUBMITTED"
    assert sms.submissions("Campaign") == 1
    assert [kind for kind, logical_id in sms.outbox.told() if logical_id == "Campaign"] == [news.CONTINUED]
