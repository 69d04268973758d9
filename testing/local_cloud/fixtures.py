"""pytest fixtures: `from local_cloud.fixtures import local_cloud` in a conftest.py makes them known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_cloud.cloud import LocalCloud


@pytest.fixture(scope="session")
def local_cloud() -> Iterator[LocalCloud]:
    """A cloud for the whole test session, empty at its start and gone at its end: give each test stacks of its own."""
    with LocalCloud(retry_delay=0.2) as cloud:
        yield cloud
