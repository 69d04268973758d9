"""What `local messages` prints."""

from __future__ import annotations

import json

import pytest

from local_cloud import cli, messages, options
from local_cloud.after_deployment import MESSAGES

MESSAGE = {
    "time": "2026-11-26T14:05:00+00:00",
    "topicArn": "arn:aws:sns:us-east-1:111122223333:TenDlc-News",
    "messageId": "1",
    "subject": "Denied",
    "message": "It was denied.\n",
    "messageStructure": "",
    "attributes": {"kind": {"DataType": "String", "StringValue": "denied"}},
}
STRUCTURED = {
    **MESSAGE,
    "subject": "",
    "messageStructure": "json",
    "message": json.dumps({"default": "for others", "email": "for people", "sqs": "{}"}),
}


def test_text() -> None:
    assert messages.text([MESSAGE, STRUCTURED]).splitlines() == [
        "Time: 2026-11-26T14:05:00+00:00",
        "Topic: TenDlc-News",
        "Subject: Denied",
        "Attributes: kind=denied",
        "",
        "It was denied.",
        "",
        "Time: 2026-11-26T14:05:00+00:00",
        "Topic: TenDlc-News",
        "Attributes: kind=denied",
        "",
        "for people",
    ]


@pytest.mark.parametrize(("protocol", "text"), [("email", "for people"), ("sqs", "{}"), ("http", "for others")])
def test_body_by_protocol(protocol: str, text: str) -> None:
    assert messages.body(STRUCTURED, protocol) == text


def test_messages_are_read_without_a_running_cloud(tmp_path, capsys) -> None:
    assert cli.main(["messages", "--state", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "No message was published to a topic.\n"
    (tmp_path / MESSAGES).write_text(json.dumps(MESSAGE) + "\n")

    assert cli.main(["messages", "--state", str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith("It was denied.\n")
    assert cli.main(["messages", "--state", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == MESSAGE


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5400), ("12h", 43200), ("3d", 259200), ("2w", 1209600)])
def test_durations(text: str, seconds: int) -> None:
    assert options.parse(["advance", text], "local").duration == seconds


def test_refused_duration(capsys) -> None:
    with pytest.raises(SystemExit):
        cli.main(["advance", "soon"])
    assert "got 'soon', expected a number and m, h, d or w, such as 3d" in capsys.readouterr().err


class OneMessage:
    """A cloud in which everything leads to one message."""

    def __init__(self) -> None:
        self.told: list[dict[str, object]] = [STRUCTURED]
        self.done: list[object] = []

    def messages(self) -> list[dict[str, object]]:
        return list(self.told)

    def schedule(self) -> None:
        self.done.append("schedule")
        self.told.append(MESSAGE)

    def advance(self, seconds: float) -> float:
        self.done.append(seconds)
        self.told.append(MESSAGE)
        return seconds


@pytest.mark.parametrize(
    ("arguments", "done"),
    [(["schedule"], ["schedule"]), (["advance", "3d"], [3 * 86400])],
    ids=lambda each: str(each[0]),
)
def test_what_a_step_led_to_is_printed(monkeypatch, capsys, arguments: list[str], done: list[object]) -> None:
    monkeypatch.setattr(cli.report, "registrations", lambda _: "Registrations")
    cloud = OneMessage()

    assert cli._run(options.parse(arguments, "local"), cloud) == 0  # type: ignore[arg-type]

    assert cloud.done == done
    printed = capsys.readouterr()
    assert printed.out == f"{messages.text([MESSAGE])}\n\nRegistrations\n", "only what is new"
    assert ("3 days, 0:00:00 ahead" in printed.err) == (arguments[0] == "advance")
