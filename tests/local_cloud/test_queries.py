"""Queries of Logs Insights on the logs of functions."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from local_cloud import queries
from local_cloud.toolchain import LocalCloudError

ROOT = Path(__file__).parents[2]
RECORDS: list[dict[str, Any]] = [
    {"@timestamp": "3", "level": "ERROR", "message": "denied: a | b", "registrationId": "registration-2", "left": 10.5},
    {"@timestamp": "1", "level": "INFO", "message": "responded", "registrationId": "registration-1", "left": 9},
    {"@timestamp": "2", "type": "platform.report", "record": {"metrics": {"durationMs": 7}}},
]


def times(query: str) -> list[str]:
    return [record["@timestamp"] for record in queries.run(query, RECORDS)]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["3", "1", "2"]),
        ("fields @timestamp", ["3", "1", "2"]),
        ("sort @timestamp", ["1", "2", "3"]),
        ("sort @timestamp desc | limit 2", ["3", "2"]),
        ("sort left", ["1", "3", "2"]),
        ('filter registrationId = "registration-1"', ["1"]),
        ("filter registrationId = 'registration-1'", ["1"]),
        ('filter level != "INFO"', ["3", "2"]),
        ("filter left > 9", ["3"]),
        ("filter left >= 9 | sort left", ["1", "3"]),
        ("filter left < 10 and level = 'INFO'", ["1"]),
        ("filter left > 10 or level = 'INFO' and left = 9", ["3", "1"]),
        ("filter left > 10 or level = 'INFO' and left = 10", ["3"]),
        ('filter message like "x or denied" or message = "denied: a | b"', ["3"]),
        ("filter record.metrics.durationMs = 7", ["2"]),
        ("filter message like /a \\| b/", ["3"]),
        ('filter message like "a | b"', ["3"]),
        ("filter message like /DENIED/i", ["3"]),
        ("filter message not like /denied/", ["1", "2"]),
        ("filter @message like /durationMs/", ["2"]),
        ('fields @timestamp\n| filter level = "INFO"\n| sort @timestamp', ["1"]),
    ],
)
def test_queries(query: str, expected: list[str]) -> None:
    assert times(query) == expected


def test_fields_are_in_the_order_of_the_query_and_absent_ones_are_left_out() -> None:
    assert [list(each.items()) for each in queries.run("fields level, @timestamp | limit 1", RECORDS)] == [
        [("level", "ERROR"), ("@timestamp", "3")]
    ]
    assert queries.run("fields level | filter type like /platform/", RECORDS) == [{}]


@pytest.mark.parametrize(
    "query", ["stats count(*) by level", "parse @message '*'", "limit many", "filter level in ['a']"]
)
def test_what_is_not_supported_is_refused(query: str) -> None:
    with pytest.raises(LocalCloudError, match="can be tried"):
        queries.run(query, RECORDS)


def test_every_query_of_the_documentation_can_be_tried() -> None:
    blocks = [
        block
        for page in (ROOT / "docs").rglob("*.md")
        for block in re.findall(r"```\w*\n(fields @.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    ]
    assert len(blocks) >= 3
    for block in blocks:
        queries.run(block, RECORDS)
