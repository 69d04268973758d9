"""Queries of CloudWatch Logs Insights on the logs of functions: the commands fields, filter, sort and limit."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from local_cloud.toolchain import LocalCloudError

Record = Mapping[str, Any]

SUPPORTED = "fields, filter, sort and limit"
DEFAULT_FIELDS = ("@timestamp", "level", "type", "message")
LIMIT = 10_000
"""CloudWatch's own limit, also without `limit`."""

_OUTSIDE_QUOTES = r"(?=(?:[^\"'/]|\"[^\"]*\"|'[^']*'|/(?:\\.|[^/])*/)*$)"
_STAGES = re.compile(rf"\|{_OUTSIDE_QUOTES}")
_FILTER = re.compile(
    r"(?P<name>[@\w.]+)\s*(?:(?P<operator>=|!=|>=|<=|>|<)\s*(?P<value>\"[^\"]*\"|'[^']*'|-?[\d.]+)"
    r"|(?P<negated>not\s+)?like\s+(?P<pattern>/(?:\\.|[^/])*/i?|\"[^\"]*\"|'[^']*'))",
    re.IGNORECASE,
)
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    "<": lambda left, right: left < right,
    ">=": lambda left, right: left >= right,
    "<=": lambda left, right: left <= right,
}


def run(query: str, records: Iterable[Record]) -> list[dict[str, Any]]:
    """Run a query.

    Args:
        query: The query. Empty: every record.
        records: The lines of the logs, as `logs.lines` yields them.

    Returns:
        The fields of each record that the query asks for; those that it does not have are left out.

    Raises:
        LocalCloudError: The query has something that is not supported here.
    """
    found, fields, limit = list(records), list(DEFAULT_FIELDS), LIMIT
    for stage in filter(None, (each.strip() for each in _STAGES.split(query))):
        command, _, rest = stage.partition(" ")
        rest = rest.strip()
        if command == "fields":
            fields = [name.strip() for name in rest.split(",")]
        elif command == "filter":
            found = [record for record in found if _matches(rest, record)]
        elif command == "sort":
            found = _sorted(rest, found)
        elif command == "limit" and rest.isdigit():
            limit = int(rest)
        else:
            raise LocalCloudError(f"the query has {stage!r}; here, {SUPPORTED} can be tried")
    return [{name: value for name in fields if (value := _value(record, name)) is not None} for record in found[:limit]]


def _matches(condition: str, record: Record) -> bool:
    """Whether a record fulfills conditions that are joined with `and` and `or`; `and` binds more tightly."""
    return any(all(_fulfills(part.strip(), record) for part in _parts(each, "and")) for each in _parts(condition, "or"))


def _parts(condition: str, word: str) -> list[str]:
    return re.split(rf"\s+{word}\s+{_OUTSIDE_QUOTES}", condition, flags=re.IGNORECASE)


def _fulfills(condition: str, record: Record) -> bool:
    match = _FILTER.fullmatch(condition)
    if match is None:
        raise LocalCloudError(
            f"the query filters with {condition!r}; here, comparisons, `like`, `and` and `or` can be tried: "
            'logicalResourceId = "..." and message like /denied/'
        )
    value = _value(record, match["name"])
    if match["pattern"]:
        is_like = value is not None and _pattern(match["pattern"]).search(str(value)) is not None
        return is_like is not bool(match["negated"])
    if value is None:
        return match["operator"] == "!="
    wanted = match["value"]
    if wanted[0] in "\"'":
        return _COMPARISONS[match["operator"]](str(value), wanted[1:-1])
    try:
        return _COMPARISONS[match["operator"]](float(value), float(wanted))
    except (TypeError, ValueError):
        return False


def _pattern(text: str) -> re.Pattern[str]:
    if text[0] != "/":
        return re.compile(re.escape(text[1:-1]))
    body, _, flags = text[1:].rpartition("/")
    return re.compile(body, re.IGNORECASE if flags else 0)


def _sorted(rest: str, records: list[Record]) -> list[Record]:
    name, _, order = rest.partition(" ")
    present = [record for record in records if _value(record, name) is not None]
    absent = [record for record in records if _value(record, name) is None]

    def key(record: Record) -> tuple[bool, float, str]:
        value = _value(record, name)
        is_number = isinstance(value, int | float)
        return (not is_number, value if is_number else 0.0, "" if is_number else str(value))

    return [*sorted(present, key=key, reverse=order.strip().lower() == "desc"), *absent]


def _value(record: Record, name: str) -> Any:
    """The value of a field. A dot leads into a member, as in `record.metrics.durationMs`."""
    if name == "@message":
        own = {key: value for key, value in record.items() if not key.startswith("@")}
        return json.dumps(own, ensure_ascii=False)
    found: Any = record
    for part in [name] if name in record else name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
