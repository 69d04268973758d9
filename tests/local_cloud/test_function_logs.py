"""The log format of functions, which is Lambda's."""

from __future__ import annotations

import importlib.util
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from local_cloud.server import change_sets, function_logs, functions

NOW = 1_800_000_000.0
CONFIGURATION = {
    "FunctionName": "Provider",
    "MemorySize": 256,
    "LoggingConfig": {"LogFormat": "JSON", "LogGroup": "group", "ApplicationLogLevel": "INFO"},
}


@pytest.fixture(scope="module")
def formatter() -> logging.Formatter:
    """That of the functions' processes."""
    spec = importlib.util.spec_from_file_location("functions_runtime", Path(functions.FOLDER) / "sitecustomize.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made: logging.Formatter = module.JsonFormatter()
    return made


def failed() -> Any:
    try:
        raise ValueError("no")
    except ValueError as error:
        return (type(error), error, error.__traceback__)


@pytest.mark.parametrize(
    "arguments",
    [
        {"msg": "an ä of %s", "args": ("text",)},
        {"msg": {"a": 1}},
        {
            "msg": "odd",
            "registrationId": "registration-1",
            "_aws": {"Timestamp": 1},
            "nothing": None,
            "path": Path("a"),
        },
        {"msg": "failed", "exc_info": failed(), "levelname": "ERROR", "levelno": logging.ERROR},
    ],
)
def test_records_look_as_in_lambda(formatter: logging.Formatter, arguments: dict[str, Any]) -> None:
    lambda_formatter = pytest.importorskip("awslambdaric.lambda_runtime_log_utils").JsonFormatter()
    record = {"name": "a.b", "levelno": logging.INFO, "levelname": "INFO", **arguments}
    expected = json.loads(lambda_formatter.format(logging.makeLogRecord({**record, "created": NOW})))
    expected.pop("taskName", None)
    assert json.loads(formatter.format(logging.makeLogRecord({**record, "created": NOW}))) == expected


def test_lines_of_an_invocation_have_its_request_and_a_platform_line_around_them() -> None:
    own = json.dumps({"timestamp": "2027-01-15T08:00:00Z", "level": "INFO", "message": "hello", "logger": "a"})
    made = function_logs._json_lines(CONFIGURATION, "request-1", [own, "printed"], False, 500, NOW)

    start, record, printed, report = made
    assert json.loads(start) == {
        "time": "2027-01-15T07:59:59.500Z",
        "type": "platform.start",
        "record": {"requestId": "request-1", "version": "$LATEST"},
    }
    assert json.loads(record) == {**json.loads(own), "requestId": "request-1"}
    assert printed == "printed"
    assert json.loads(report)["record"]["metrics"]["durationMs"] == 500
    times = [event["timestamp"] for event in function_logs._timed(made, int(NOW * 1000))]
    assert times == sorted(times)
    assert times[0] == int(NOW * 1000) - 500


def test_only_changed_outputs_make_a_refused_change_set_executable() -> None:
    refused = {"StatusReason": "The submitted information didn't contain changes. Submit different information."}
    new, old = ({"_template": {"Outputs": {"Id": {"Value": value}}}} for value in ("new", "old"))
    assert change_sets.changes_only_outputs({**new, **refused}, old)
    assert not change_sets.changes_only_outputs({**old, **refused}, old)
    assert not change_sets.changes_only_outputs({**new, "StatusReason": "No such type"}, old)
