"""A rollback does not cost more because the account holds many other registrations."""

from collections.abc import Iterator

import pytest

from support.rollbacks import roll_back


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level("CRITICAL"):
        yield


@pytest.mark.parametrize(("drafts", "pages"), [(100, 2), (200, 3)])
def test_canceled_create_reads_few_pages_of_a_large_account(drafts: int, pages: int) -> None:
    """The drafts, and before that their first page, because what was created moments ago may not be listed yet.

    The Create runs on: it creates its registration, sees that it was canceled, and deletes it.
    """
    rollback = roll_back(1, 1000, fails_after=0.0, drafts=drafts)
    assert (rollback.canceled, rollback.failures, rollback.left) == (1, (), 0)
    withdrawn = {"CreateRegistration": 1, "ListTagsForResource": 1, "DeleteRegistration": 1}
    assert rollback.calls == {**withdrawn, "DescribeRegistrations": 1 + pages}


@pytest.mark.fault(9)
@pytest.mark.parametrize("fails_after", [1.0, 50.0])
def test_ninety_nine_canceled_creates_end_within_five_minutes(fails_after: float) -> None:
    rollback = roll_back(100, 1000, fails_after=fails_after)
    assert rollback.failures == ()
    assert rollback.left == 0
    assert rollback.canceled >= 99 - fails_after
    assert rollback.seconds <= 5 * 60
