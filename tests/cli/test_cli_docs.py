"""docs/cli.md: every output on it is what the command prints now."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sms_registration_cli.group import COMMANDS
from support import tools

ROOT = Path(__file__).parents[2]


tool = tools.load("cli_docs")
PAGE = tool.PAGE.read_text(encoding="utf-8")


def test_page_is_current():
    text, pictures = tool.written(PAGE)
    assert text == PAGE, "run: make cli-docs"
    for name, content in pictures.items():
        assert content.startswith("<svg")
        assert (tool.PICTURES / name).is_file(), "run: make cli-docs"


def test_a_wrong_output_is_replaced():
    wrong = "```console\n$ sms-registration explain Unofficial Business Email\nnonsense\n```\n"
    with tool.world() as scenes:
        assert "support email address" in tool._PART.sub(lambda part: tool._part(part, scenes), wrong)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_an_example(name):
    assert re.search(rf"^(?:\$ )?sms-registration {name} ?", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_story_uses_each_command(name):
    story = (ROOT / "docs/cli-story.md").read_text(encoding="utf-8")
    assert f"$ sms-registration {name} " in story or f"$ sms-registration {name}\n" in story, "run: make cli-docs"
