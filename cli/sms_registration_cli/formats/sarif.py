"""SARIF 2.1.0, which code scanning of GitHub, GitLab, Azure DevOps and editors read."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from sms_registration_cli.checking.checker import Checked
from sms_registration_cli.checking.issue import DEFINITION, FORM_FILE, Issue

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_RULES = {
    FORM_FILE: "The file cannot be read as a form.",
    DEFINITION: "The service's definition of the form does not accept this.",
}


def render(checked: Checked) -> str:
    """A log with one run."""
    rules = list(dict.fromkeys(issue.rule for issue in checked.issues))
    driver = {
        "name": "sms-registration",
        "version": metadata.version("cdk-sms-registration"),
        "rules": [_rule(rule, next(issue for issue in checked.issues if issue.rule == rule)) for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(issue, rules.index(issue.rule)) for issue in checked.issues],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(rule: str, example: Issue) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": rule,
        "shortDescription": {"text": _RULES.get(rule, example.text)},
        "defaultConfiguration": {"level": example.severity},
    }
    if example.codes:
        made["properties"] = {"tags": list(example.codes)}
        made["help"] = {"text": f"{example.change} It prevents: {', '.join(example.codes)}."}
    return made


def _result(issue: Issue, rule_index: int) -> dict[str, Any]:
    return {
        "ruleId": issue.rule,
        "ruleIndex": rule_index,
        "level": issue.severity,
        "message": {"text": issue.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(issue.file),
                    "region": {"startLine": issue.line, "startColumn": issue.column},
                }
            }
        ],
    }


def _artifact(file: str) -> dict[str, str]:
    path = PurePath(file)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix()), "uriBaseId": "%SRCROOT%"}
