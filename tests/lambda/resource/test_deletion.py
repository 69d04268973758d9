"""A Delete that the service refuses: what counts as deleted, what is waited for, and what is a failure."""

from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.resource import deletion


def refusal(code: str) -> ServiceError:
    return ServiceError("DeleteThing", code, "", "refused", "")


class Deleting:
    """A Delete whose requests fail with these codes, in order; then it succeeds."""

    def __init__(self, *codes: str, exists: bool = True, pauses: tuple[float | None, ...] = ()) -> None:
        self._codes, self._pauses = list(codes), list(pauses)
        self._exists = exists
        self.requests = 0
        self.waited: list[float] = []
        self.paused: list[float] = []

    def _request(self) -> None:
        self.requests += 1
        if self._codes:
            raise refusal(self._codes.pop(0))

    def _on_conflict(self, error: ServiceError, waited: float) -> float | None:
        assert error.code == "ConflictException"
        self.waited.append(waited)
        return self._pauses.pop(0)

    def run(self) -> bool:
        run: Any = SimpleNamespace(service=SimpleNamespace(pause=self.paused.append))
        return deletion.delete(run, self._request, exists=lambda: self._exists, on_conflict=self._on_conflict)


def test_deleted_at_once() -> None:
    deleting = Deleting()
    assert deleting.run()
    assert (deleting.requests, deleting.paused) == (1, [])


def test_what_does_not_exist_counts_as_deleted() -> None:
    assert Deleting("ResourceNotFoundException").run()


def test_denial_counts_as_deleted_only_if_it_is_gone() -> None:
    """The permission depends on tags, and a deleted resource has none."""
    assert Deleting("AccessDeniedException", exists=False).run()
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        Deleting("AccessDeniedException").run()


@pytest.mark.parametrize("exists", [True, False])
def test_another_refusal_is_a_failure_whether_it_exists_or_not(exists: bool) -> None:
    with pytest.raises(ServiceError, match="ValidationException"):
        Deleting("ValidationException", exists=exists).run()


def test_conflict_is_waited_for_as_long_as_it_is_asked() -> None:
    deleting = Deleting("ConflictException", "ConflictException", pauses=(5.0, 7.5))
    assert deleting.run()
    assert (deleting.paused, deleting.waited, deleting.requests) == ([5.0, 7.5], [0.0, 5.0], 3)


def test_conflict_may_leave_it_undeleted() -> None:
    deleting = Deleting("ConflictException", "ConflictException", pauses=(5.0, None))
    assert not deleting.run()
    assert deleting.requests == 2
