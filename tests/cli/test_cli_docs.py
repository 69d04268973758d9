"""docs/cli.md and docs/cli-story.md show each command. tests/local_cloud/test_cli_docs.py holds the outputs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sms_registration_cli.group import COMMANDS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_an_example(name: str) -> None:
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert re.search(rf"^(?:\$ )?sms-registration {name} ?", page, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_story_uses_each_command(name: str) -> None:
    story = (DOCS / "cli-story.md").read_text(encoding="utf-8")
    assert f"$ sms-registration {name} " in story or f"$ sms-registration {name}\n" in story, "run: make cli-docs"


def test_the_story_has_its_picture() -> None:
    story = (DOCS / "cli-story.md").read_text(encoding="utf-8")
    [picture] = re.findall(r"!\[.+\]\((.+)\)", story)
    assert (DOCS / picture).read_text(encoding="utf-8").startswith("<svg"), "run: make cli-docs"
