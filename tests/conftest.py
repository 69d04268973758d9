"""What all tests share."""

import hypothesis

from support.switched import pytest_addoption, pytest_configure

__all__ = ["pytest_addoption", "pytest_configure"]

# How long an example takes is the machine's business: a test must not fail because something else is running.
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")
