"""What all tests share."""

import hypothesis
import pytest

from support.switched import pytest_addoption, pytest_configure

__all__ = ["pytest_addoption", "pytest_configure"]

FIRST = ("tests/local_cloud/test_deploy.py", "tests/reliability", "tests/local_cloud")
"""The slowest files. With several processes they start first, so that no process ends long after the others."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the slowest files start first."""

    def position(item: pytest.Item) -> int:
        return next((index for index, path in enumerate(FIRST) if item.nodeid.startswith(path)), len(FIRST))

    items.sort(key=position)


# No deadlines: a test must not fail because the machine is busy.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")
