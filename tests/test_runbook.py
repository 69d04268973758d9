"""docs/runbook.md has every message that a user can meet, and none that the code does not have."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
SOURCES = (
    "lambda/sms_registration_handler",
    "lambda/sms_registration_rules",
    "constructs/cdk_sms_registration",
    "constructs/sms_registration_forms",
)

DENIALS = ROOT / "lambda/sms_registration_rules/denials"
"""Findings are not messages of a deployment; docs/denials.md has them."""

NO_MESSAGES = {
    # Tables of published facts, and a pattern.
    "lambda/sms_registration_rules/durations.py",
    "lambda/sms_registration_rules/fees.py",
    r"not authorized to perform:? (?P<action>[a-z0-9-]+:[\w*-]+)"
    r"(?:.*? on (?:the )?resource:? \"?(?P<resource>[^\s\"]*[:/*][^\s\"]*))?",
    # Patterns of Python's own syntax.
    "constructs/cdk_sms_registration/compact_code.py",
    # Always caught: the values are read, and planned again.
    "the values of version … were not read",
    # What the watch writes to people: docs/watch-messages.md shows it.
    "lambda/sms_registration_handler/watch/denials.py",
    "lambda/sms_registration_handler/watch/news.py",
    # What was done, and what the log says of a pass.
    "version … was submitted",
    "it was associated with …",
    "counted all registrations",
    "SMS Registration News",
    # What AWS shows of the function and its policy.
    "constructs/cdk_sms_registration/permissions.py",
    "Lets the provider function manage the SMS registrations of its stack",
    "Manages the SMS registrations of this stack (cdk-sms-registration)",
    "Registration Status Change",
    "Watches the SMS registrations of this stack (cdk-sms-registration)",
    "Lets the watch continue and report the SMS registrations of its stack",
    "Tells the watch of this stack that the status of a registration has changed",
    "Lets the watch of this stack look at its registrations",
    "constructs/cdk_sms_registration/watch_permissions.py",
    "constructs/cdk_sms_registration/watch_widgets.py",
    # Words of PyYAML, by which an explanation is chosen.
    "expected <block end>",
    "<block mapping start>",
    "expected a single document",
    "found duplicate anchor",
    "found undefined alias",
    "found undefined tag handle",
    "mapping values are not allowed",
    "while parsing a flow mapping",
    "while parsing a flow sequence",
    "while scanning a quoted scalar",
    # An owner, in a message.
    "logical ID … of stack …",
}
"""Prose that nobody meets as a message: files, or texts."""


def plain(text: str) -> str:
    """A text whose variable parts, in whatever notation, are one sign."""
    return re.sub(r"%[sdr]|\{\}", "…", text).strip()


def texts(module: Path) -> set[str]:
    """Every text of a module that reads as prose: three words or more, and no docstring."""
    tree = ast.parse(module.read_text())
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = set()
    for node in ast.walk(tree):
        if id(node) in docstrings | parts:
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        words = re.findall(r"[A-Za-z']+", plain(text))
        if len(words) >= 3 and " " in text.strip():
            found.add(plain(text))
    return found


def messages() -> dict[str, str]:
    """Every message, and the module that has it."""
    return {
        text: name
        for source in SOURCES
        for module in sorted((ROOT / source).rglob("*.py"))
        if not module.is_relative_to(DENIALS)
        if (name := module.relative_to(ROOT).as_posix()) not in NO_MESSAGES
        for text in texts(module)
        if text not in NO_MESSAGES
    }


def entries() -> list[str]:
    """What stands in code quotes in the first column of the tables below the messages' headings."""
    rows = re.findall(r"^\| (`.*?`) \|", RUNBOOK.partition("## A registration")[2], re.MULTILINE)
    return [plain(entry) for row in rows for entry in re.findall(r"`([^`]+)`", row)]


MESSAGES, ENTRIES = messages(), entries()


def is_about(entry: str, message: str) -> bool:
    """An entry quotes a message, whole or in part; or a message is part of a sentence that an entry quotes."""
    return entry in message or (message in entry and len(message) > 15)


def test_every_message_has_an_entry() -> None:
    missing = {text: name for text, name in MESSAGES.items() if not any(is_about(entry, text) for entry in ENTRIES)}
    assert missing == {}, "describe them in docs/runbook.md: cause and remedy"


def test_every_entry_is_about_a_message() -> None:
    assert [entry for entry in ENTRIES if not any(is_about(entry, text) for text in MESSAGES)] == []


def test_symptoms_quote_messages() -> None:
    """docs/symptoms.md quotes parts of messages, and of two that are AWS's."""
    page = (ROOT / "docs/symptoms.md").read_text().partition("## A deployment fails")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*?`) \|", page, re.MULTILINE)
    quoted = [part.strip() for row in rows for each in re.findall(r"`([^`]+)`", row) for part in each.split("...")]
    aws = ("AccessDenied", "Cannot update export", "as it is in use by")
    assert len(quoted) > 5
    assert [part for part in quoted if part not in aws and not any(part in text for text in MESSAGES)] == []


def test_there_are_messages() -> None:
    assert len(MESSAGES) > 200
    assert len(ENTRIES) > 200
