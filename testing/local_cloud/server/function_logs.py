"""The logs of Lambda functions, in the format that a function is configured with: in CloudWatch Logs, and in a file."""

from __future__ import annotations

import importlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from uuid import uuid4


class FunctionLogs:
    """Replacements of ministack's functions; one instance per process.

    ministack writes START, END and REPORT as text, whatever the format, and leaves the level of Python's loggers at WARNING.
    A log group that is deleted in a rollback is gone, so the file of the run has every line too.

    Args:
        file: The file: one JSON object a line, the members of the line with `@timestamp`, `@log` and `@logStream`.
        clock: Returns the time, in seconds since the epoch.
    """

    def __init__(self, file: Path, clock: Callable[[], float]) -> None:
        self._file = file
        self._clock = clock
        self._lock = threading.Lock()
        self._known: set[tuple[str, str, str]] = set()

    def install(self) -> None:
        """Install the replacements. Call it once, before the server starts."""
        functions: Any = importlib.import_module("ministack.services.lambda_svc")
        functions._emit_lambda_logs = self._emit
        workers: Any = importlib.import_module("ministack.core.lambda_runtime").Worker
        workers._spawn = _with_log_settings(workers._spawn)

    def _emit(
        self,
        function: Mapping[str, Any],
        request_id: str,
        text: str,
        error: bool,
        duration_ms: int,
        *,
        log_source: str | None = None,  # noqa: ARG002 (only containers name one)
    ) -> None:
        configuration = function.get("config") or function
        group = group_of(configuration)
        made = (_json_lines if is_json(configuration) else _text_lines)(
            configuration, request_id, text.splitlines() if text else [], error, duration_ms, self._clock()
        )
        now = datetime.fromtimestamp(self._clock(), timezone.utc)
        stream = f"{now:%Y/%m/%d}/[{configuration.get('Version', '$LATEST')}]{uuid4().hex}"
        events = list(_timed(made, int(self._clock() * 1000)))
        self._put(group, stream, events)
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            for event in events:
                file.write(json.dumps({**_members(event, group, stream)}, ensure_ascii=False) + "\n")

    def _put(self, group: str, stream: str, events: list[dict[str, Any]]) -> None:
        """Write events to CloudWatch Logs. A group that is missing is created, as Lambda does, unless it was deleted.

        The function of this project may not create groups, and a destroyed stack leaves none.
        """
        logs = importlib.import_module("ministack.services.cloudwatch_logs")
        responses = importlib.import_module("ministack.core.responses")
        key = (responses.get_account_id(), responses.get_region(), group)
        if group not in logs._log_groups:
            if key in self._known:
                return
            logs._log_groups[group] = _new_group(logs._make_group_arn(group), events[0]["timestamp"])
        self._known.add(key)
        streams = logs._log_groups[group]["streams"]
        streams[stream] = _new_stream(events[0]["timestamp"])
        logs._append_log_events(streams[stream], events)
        sent = [{name: event[name] for name in ("timestamp", "message")} for event in events]
        logs._fanout_to_subscription_filters(group, stream, sent)


def group_of(configuration: Mapping[str, Any]) -> str:
    """Return the log group of a function."""
    settings = configuration.get("LoggingConfig") or {}
    return str(settings.get("LogGroup") or f"/aws/lambda/{configuration.get('FunctionName', 'unknown')}")


def is_json(configuration: Mapping[str, Any]) -> bool:
    """Whether a function has the log format JSON."""
    return (configuration.get("LoggingConfig") or {}).get("LogFormat") == "JSON"


def _with_log_settings(original: Callable[[Any], None]) -> Callable[[Any], None]:
    """Give a function's process the variables that Lambda's runtime has for its logs."""

    def spawn(worker: Any) -> None:
        before = worker.config
        settings = before.get("LoggingConfig") or {}
        variables = {"AWS_LAMBDA_LOG_GROUP_NAME": group_of(before)}
        if is_json(before):
            variables |= {
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "AWS_LAMBDA_LOG_LEVEL": settings.get("ApplicationLogLevel") or "INFO",
            }
        environment = before.get("Environment") or {}
        worker.config = {
            **before,
            "Environment": {**environment, "Variables": {**(environment.get("Variables") or {}), **variables}},
        }
        try:
            original(worker)
        finally:
            worker.config = before

    return spawn


def _text_lines(
    configuration: Mapping[str, Any], request_id: str, lines: list[str], _error: bool, duration_ms: int, _now: float
) -> list[str]:
    """The lines of an invocation in the format Text."""
    size = configuration.get("MemorySize", 128)
    report = f"Duration: {duration_ms} ms\tBilled Duration: {duration_ms} ms\tMemory Size: {size} MB"
    start = f"START RequestId: {request_id} Version: {configuration.get('Version', '$LATEST')}"
    return [start, *lines, f"END RequestId: {request_id}", f"REPORT RequestId: {request_id}\t{report}"]


def _json_lines(
    configuration: Mapping[str, Any], request_id: str, lines: list[str], error: bool, duration_ms: int, now: float
) -> list[str]:
    """The lines of an invocation in the format JSON. What a function prints stays as it is, as on AWS."""

    def platform(kind: str, seconds: float, **record: Any) -> str:
        time = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return json.dumps({"time": time, "type": f"platform.{kind}", "record": {"requestId": request_id, **record}})

    metrics = {
        "durationMs": duration_ms,
        "billedDurationMs": duration_ms,
        "memorySizeMB": configuration.get("MemorySize", 128),
    }
    return [
        platform("start", now - duration_ms / 1000, version=configuration.get("Version", "$LATEST")),
        *(_with_request(line, request_id) for line in lines),
        platform("report", now, status="error" if error else "success", metrics=metrics),
    ]


def _with_request(line: str, request_id: str) -> str:
    members = _parsed(line)
    is_record = {"timestamp", "level", "message"} <= members.keys()
    return json.dumps({**members, "requestId": request_id}, ensure_ascii=False) if is_record else line


def _parsed(line: str) -> dict[str, Any]:
    try:
        members = json.loads(line)
    except ValueError:
        return {}
    return members if isinstance(members, dict) else {}


def _timed(lines: list[str], now: int) -> Iterator[dict[str, Any]]:
    """The lines as events. Each has its own time, and none is before the one above it."""
    latest = 0
    for line in lines:
        members = _parsed(line)
        said = str(members.get("time") or members.get("timestamp") or "")
        try:
            own = int(datetime.fromisoformat(said.replace("Z", "+00:00")).timestamp() * 1000)
        except ValueError:
            own = latest or now
        latest = max(latest, own)
        yield {"timestamp": latest, "message": line, "ingestionTime": now}


def _members(event: Mapping[str, Any], group: str, stream: str) -> dict[str, Any]:
    time = datetime.fromtimestamp(event["timestamp"] / 1000, timezone.utc)
    found = _parsed(event["message"]) or {"message": event["message"]}
    return {"@timestamp": time.isoformat(timespec="milliseconds"), **found, "@log": group, "@logStream": stream}


def _new_group(arn: str, now: int) -> dict[str, Any]:
    return {
        "arn": arn,
        "creationTime": now,
        "retentionInDays": None,
        "tags": {},
        "subscriptionFilters": {},
        "streams": {},
    }


def _new_stream(now: int) -> dict[str, Any]:
    times = dict.fromkeys(("firstEventTimestamp", "lastEventTimestamp", "lastIngestionTime"))
    return {"events": [], "uploadSequenceToken": "1", "creationTime": now, **times}
