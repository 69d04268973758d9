"""Python imports this at the start of each process of a Lambda function. It must not need anything but the standard library.

- The clock of the function is that of the local cloud.
- With the log format JSON, log records are written as Lambda's Python runtime writes them (awslambdaric, JsonFormatter), at the
  function's log level. A test compares them.
"""

import json
import logging
import os
import sys
import time
import traceback
from typing import Any

_RESERVED = {*vars(logging.makeLogRecord({})), "aws_request_id"} - {"taskName"}


class JsonFormatter(logging.Formatter):
    """Lambda's JSON log format, without the ID of the request, which the server adds."""

    def __init__(self) -> None:
        super().__init__(datefmt="%Y-%m-%dT%H:%M:%SZ")

    def format(self, record: logging.LogRecord) -> str:
        """Format a record as one line."""
        kind, error, trace = record.exc_info if record.exc_info else (None, None, None)
        members: dict[str, Any] = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(trace) if kind else None,
            "errorType": kind.__name__ if kind else None,
            "errorMessage": str(error) if kind else None,
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if kind else None,
        }
        members.update((name, value) for name, value in vars(record).items() if name not in {*_RESERVED, *members})
        return json.dumps(
            {name: value for name, value in members.items() if value is not None}, ensure_ascii=False, default=str
        )


def _log_as_json(level: str) -> None:
    logging.Formatter.converter = time.gmtime
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel({"TRACE": "DEBUG"}.get(level, level))


def _move_clock(ahead: float) -> None:
    now, now_ns = time.time, time.time_ns
    time.time = lambda: now() + ahead
    time.time_ns = lambda: now_ns() + int(ahead * 1e9)


if "LOCAL_CLOUD_AHEAD_SECONDS" in os.environ:
    _move_clock(float(os.environ["LOCAL_CLOUD_AHEAD_SECONDS"]))
if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
    _log_as_json(os.environ.get("AWS_LAMBDA_LOG_LEVEL", "INFO"))
