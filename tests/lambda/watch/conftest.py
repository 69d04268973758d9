"""A world with a stack and its watch."""

from collections.abc import Iterator

import pytest

from support.watch_world import Watched, watched_worlds
from support.world import Worlds


@pytest.fixture(scope="module")
def worlds() -> Iterator[Worlds]:
    with watched_worlds() as found:
        yield found


@pytest.fixture
def sms(worlds: Worlds) -> Watched:
    return Watched(worlds.new())
