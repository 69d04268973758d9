"""pytest fixtures: import them in a conftest.py, `from local_cloud.fixtures import local_cloud`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_cloud.cloud import LocalCloud


@pytest.fixture(scope="session")
def local_cloud() -> Iterator[LocalCloud]:
    """A cloud for the whole test session, empty at first and deleted at the end. Give each test its own stacks."""
    with LocalCloud(retry_delay=0.2) as cloud:
        yield cloud
