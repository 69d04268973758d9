"""Tests on a service that gives another response: `pytest --switch page_size=1`; `make switches` does so for each alternative.

A test that is about the response of the default says so with `@pytest.mark.assumes("switch", reason="...")`. Under an alternative
of that switch it may fail. It runs all the same, so that a mark that is not needed any more is found.
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
"""The alternative that holds in this process, if there is one."""


@contextlib.contextmanager
def alternative(name: str, value: Any) -> Iterator[None]:
    """Each service that is made gives this response from its start."""
    fixed[name] = value
    try:
        with mock.patch.object(SmsVoiceBackend, "initial_behavior", ServiceBehavior(**{name: value})):
            yield
    finally:
        fixed.clear()


asked: set[str] = set()
"""The switches that a service asked since this was cleared, while `noticing`."""


class _Noticing(ServiceBehavior):
    """Notices which switches are asked."""

    def __getattribute__(self, name: str) -> Any:
        if name in SWITCHES:
            asked.add(name)
        return super().__getattribute__(name)


_configure = SmsVoiceBackend.configure


def _configure_unnoticed(backend: SmsVoiceBackend, **changes: Any) -> ServiceBehavior:
    """To copy a behavior is not to ask it."""
    before = set(asked)
    try:
        return _configure(backend, **changes)
    finally:
        asked.intersection_update(before)


@contextlib.contextmanager
def noticing() -> Iterator[set[str]]:
    """Fill `asked`. What never asks a switch cannot depend on it."""
    with (
        mock.patch.object(SmsVoiceBackend, "initial_behavior", _Noticing()),
        mock.patch.object(SmsVoiceBackend, "configure", _configure_unnoticed),
    ):
        asked.clear()
        yield asked


# --- pytest ---


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of `make switches`."""
    group = parser.getgroup("switches")
    group.addoption(
        "--switch", metavar="NAME=VALUE", help="the faked service gives this response (tests/support/switches.py)"
    )
    group.addoption("--notice-switches", action="store_true", help="write down which switches each test asks")
    group.addoption("--only-asking", type=Path, help="with --switch: only tests that asked it when they were noticed")
    group.addoption("--switches-report", type=Path, help="the JSON file for what was found")


def pytest_configure(config: pytest.Config) -> None:
    """Put the alternative in force, or notice."""
    switch, notice = config.getoption("--switch"), config.getoption("--notice-switches")
    if not switch and not notice:
        return
    # The same examples whenever they run: else what was noticed would not be what runs.
    hypothesis.settings.register_profile("switches", hypothesis.settings.default, derandomize=True, database=None)
    hypothesis.settings.load_profile("switches")
    if notice:
        config.pluginmanager.register(_Notice(config.getoption("--switches-report")))
        return
    if switch not in LABELS:
        raise pytest.UsageError(f"--switch: {switch} is not one of {', '.join(LABELS)}")
    only = config.getoption("--only-asking")
    noticed = json.loads(only.read_text()) if only else None
    config.pluginmanager.register(_Switched(*LABELS[switch], noticed, config.getoption("--switches-report")))


class _Notice:
    """Writes down which switches each test asks, also in the fixtures that it shares with others."""

    def __init__(self, report: Path) -> None:
        self._report = report
        self._tests: dict[str, list[str]] = {}
        self._shared: dict[tuple[str, str], set[str]] = {}
        self._depth = 0

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        asked.clear()
        try:
            return (yield)
        finally:
            names = getattr(item, "fixturenames", [])
            shared = [
                each for (name, base), each in self._shared.items() if name in names and item.nodeid.startswith(base)
            ]
            self._tests[item.nodeid] = sorted(asked.union(*shared))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Iterator[Any]:
        before = set(asked)
        asked.clear()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                self._shared[fixturedef.argname, request.node.nodeid] = set(asked)
            asked.update(before)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self) -> Iterator[object]:
        with noticing():
            done = yield
        self._report.write_text(json.dumps(self._tests))
        return done


class _Switched:
    """Runs the tests under one alternative, and counts."""

    def __init__(self, name: str, value: Any, noticed: dict[str, list[str]] | None, report: Path | None) -> None:
        self._name, self._value = name, value
        self._noticed, self._report = noticed, report
        self._counts = {"passed": 0, "skipped": 0, "failed": 0, "not asking": 0}
        self._failed: dict[str, str] = {}
        self._marked: dict[str, bool] = {}
        """Whether a marked test needed its mark, over all its parameters."""

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        idle = []
        for item in items:
            if self._noticed is not None and self._name not in self._noticed.get(item.nodeid, [self._name]):
                idle.append(item)
            for mark in item.iter_markers("assumes"):
                assert set(mark.args) <= SWITCHES, f"{item.nodeid} assumes what is no switch: {mark.args}"
                if self._name in mark.args:
                    item.add_marker(pytest.mark.xfail(reason=f"assumes {self._name}", strict=False))
        if idle:
            without = set(idle)
            items[:] = [item for item in items if item not in without]
            config.hook.pytest_deselected(items=idle)
            self._counts["not asking"] = len(idle)

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
