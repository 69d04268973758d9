"""Tests under an alternative of a switch: `pytest --switch page_size=1`; `make switches` does so for every alternative.

A test that depends on a default has the mark `@pytest.mark.assumes("switch", reason="...")`. Under an alternative of that switch
it may fail. It runs nevertheless, so that unnecessary marks are found.
"""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import hypothesis
import pytest

from moto_sms_voice import ServiceBehavior
from moto_sms_voice.models import SmsVoiceBackend
from support.switches import LABELS, SWITCHES

# --- the service ---

fixed: dict[str, Any] = {}
"""The alternative in effect in this process, if any."""


@contextlib.contextmanager
def alternative(name: str, value: Any) -> Iterator[None]:
    """Set a switch for every new service."""
    fixed[name] = value
    try:
        with mock.patch.object(SmsVoiceBackend, "initial_behavior", ServiceBehavior(**{name: value})):
            yield
    finally:
        fixed.clear()


switches_read: set[str] = set()
"""The switches that services read since this was cleared, while `recording`."""


class _Recording(ServiceBehavior):
    """Records which switches are read."""

    def __getattribute__(self, name: str) -> Any:
        if name in SWITCHES:
            switches_read.add(name)
        return super().__getattribute__(name)


_configure = SmsVoiceBackend.configure


def _configure_unrecorded(backend: SmsVoiceBackend, **changes: Any) -> ServiceBehavior:
    """Copying a behavior does not count as reading its switches."""
    before = set(switches_read)
    try:
        return _configure(backend, **changes)
    finally:
        switches_read.intersection_update(before)


@contextlib.contextmanager
def recording() -> Iterator[set[str]]:
    """Record the switches that are read. A test that never reads a switch does not depend on it."""
    with (
        mock.patch.object(SmsVoiceBackend, "initial_behavior", _Recording()),
        mock.patch.object(SmsVoiceBackend, "configure", _configure_unrecorded),
    ):
        switches_read.clear()
        yield switches_read


# --- pytest ---


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of `make switches`."""
    group = parser.getgroup("switches")
    group.addoption("--switch", metavar="NAME=VALUE", help="set this switch of the fake (tests/support/switches.py)")
    group.addoption("--record-switches", action="store_true", help="record which switches each test reads")
    group.addoption(
        "--only-affected", type=Path, help="with --switch: run only the tests that read it, according to this file"
    )
    group.addoption("--switches-report", type=Path, help="the JSON file for the results")


def pytest_configure(config: pytest.Config) -> None:
    """Set the alternative, or record the switches."""
    switch, record = config.getoption("--switch"), config.getoption("--record-switches")
    if not switch and not record:
        return
    # The same examples in every run: otherwise the records would not apply.
    hypothesis.settings.register_profile("switches", hypothesis.settings.default, derandomize=True, database=None)
    hypothesis.settings.load_profile("switches")
    if record:
        config.pluginmanager.register(_Recorder(config.getoption("--switches-report")))
        return
    if switch not in LABELS:
        raise pytest.UsageError(f"--switch: {switch} is not one of {', '.join(LABELS)}")
    only = config.getoption("--only-affected")
    recorded = json.loads(only.read_text()) if only else None
    config.pluginmanager.register(_Switched(*LABELS[switch], recorded, config.getoption("--switches-report")))


class _Recorder:
    """Records which switches each test reads, including those that shared fixtures read."""

    def __init__(self, report: Path) -> None:
        self._report = report
        self._tests: dict[str, list[str]] = {}
        self._shared: dict[tuple[str, str], set[str]] = {}
        self._depth = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        switches_read.clear()
        try:
            return (yield)
        finally:
            names = getattr(item, "fixturenames", [])
            shared = [
                each for (name, base), each in self._shared.items() if name in names and item.nodeid.startswith(base)
            ]
            self._tests[item.nodeid] = sorted(switches_read.union(*shared))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[Any]:
        before = set(switches_read)
        switches_read.clear()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                self._shared[fixturedef.argname, request.node.nodeid] = set(switches_read)
            switches_read.update(before)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Iterator[object]:
        with recording():
            done = yield
        self._report.write_text(json.dumps(self._tests))
        return done


class _Switched:
    """Runs the tests under one alternative, and counts the results."""

    def __init__(self, name: str, value: Any, recorded: dict[str, list[str]] | None, report: Path | None) -> None:
        self._name, self._value = name, value
        self._recorded, self._report = recorded, report
        self._counts = {"passed": 0, "skipped": 0, "failed": 0, "not affected": 0}
        self._failed: dict[str, str] = {}
        self._marked: dict[str, bool] = {}
        """Whether each marked test needed its mark, over all its parameters."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        idle = []
        for item in items:
            if self._recorded is not None and self._name not in self._recorded.get(item.nodeid, [self._name]):
                idle.append(item)
            for mark in item.iter_markers("assumes"):
                assert set(mark.args) <= SWITCHES, f"{item.nodeid} assumes an unknown switch: {mark.args}"
                if self._name in mark.args:
                    item.add_marker(pytest.mark.xfail(reason=f"assumes {self._name}", strict=False))
        if idle:
            without = set(idle)
            items[:] = [item for item in items if item not in without]
            config.hook.pytest_deselected(items=idle)
            self._counts["not affected"] = len(idle)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count one phase of one test."""
        name = report.nodeid.partition("[")[0]
        if hasattr(report, "wasxfail"):
            self._marked[name] = self._marked.get(name, False) or report.skipped
        if report.failed:
            self._counts["failed"] += report.nodeid not in self._failed
            self._failed[report.nodeid] = report.longreprtext[-2000:]
        elif report.skipped or report.when == "call":
            self._counts[report.outcome] += 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Iterator[object]:
        with alternative(self._name, self._value):
            done = yield
        if self._report:
            found = {"counts": self._counts, "failed": self._failed, "marked": self._marked}
            self._report.write_text(json.dumps(found))
        return done
