"""What a failed deployment says of the functions' logs."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from local_cloud import report
from local_cloud.assembly import Place

ELSEWHERE = Place("444455556666", "eu-west-1")
BEGAN = 1_800_000_000.0  # 2027-01-15T08:00:00Z
REASON = "no changes were made: 1 field is invalid:\n- companyInfo.website is empty"


def cloud(folder: Path, *records: dict[str, Any]) -> Any:
    """A cloud whose functions have logged this, and whose stack's event has the Reason."""
    (folder / "functions.jsonl").write_text("".join(json.dumps(each) + "\n" for each in records), encoding="utf-8")
    reason = f"Received response status [FAILED] from custom resource. Message returned: {REASON} (RequestId: 1)"
    cloudformation = SimpleNamespace(
        list_stacks=lambda: {"StackSummaries": [{"StackId": "stack"}]},
        describe_stack_events=lambda StackName: {"StackEvents": [{"ResourceStatusReason": reason}, {}]},  # noqa: N803
    )
    return SimpleNamespace(
        log=folder / "ministack.log",
        deployed_to=[ELSEWHERE],
        client=lambda _, place: cloudformation if place == ELSEWHERE else None,
    )


def record(message: str, level: str = "ERROR", time: str = "2027-01-15T08:00:01.000+00:00") -> dict[str, Any]:
    return {"@timestamp": time, "level": level, "message": message}


def test_a_reason_is_not_repeated_and_other_errors_are_shown(tmp_path: Path) -> None:
    text = report.function_logs(
        cloud(
            tmp_path,
            record("before", time="2027-01-15T07:59:59.000+00:00"),
            {"@timestamp": "2027-01-15T08:00:01.000+00:00", "type": "platform.start"},
            record(REASON),
            record(f"registration-1: {REASON}"),
            record("responded FAILED", level="INFO"),
            record("the response was not accepted (status 503), attempt 1", level="WARNING"),
        ),
        BEGAN,
    )
    assert text.splitlines() == [
        "The last warnings and errors that Lambda functions logged",
        "  WARNING  the response was not accepted (status 503), attempt 1",
        f"All that Lambda functions logged: {tmp_path / 'functions.jsonl'}; the verb `logs` shows and searches it",
    ]


def test_nothing_was_logged(tmp_path: Path) -> None:
    assert report.function_logs(cloud(tmp_path), BEGAN) == "No Lambda function wrote to its log."
