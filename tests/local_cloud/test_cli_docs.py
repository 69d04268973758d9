"""docs/cli.md: every output on it is what the command prints now, on the local cloud. `make cli-docs-check` runs it.

It takes a minute and a half, so that `make test` leaves it out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("aws_cdk")

from support import tools

pytestmark = [
    pytest.mark.local_cloud,
    pytest.mark.skipif(not os.environ.get("CLI_DOCS_CHECK"), reason="make cli-docs-check runs it"),
]

tool = tools.load("cli_docs")


@pytest.fixture(scope="module")
def scenes() -> Iterator[Any]:
    with tool.world() as scenes:
        yield scenes


def test_page_is_current(scenes: Any) -> None:
    page = tool.PAGE.read_text(encoding="utf-8")
    assert tool.written(page, scenes) == page, "run: make cli-docs"
    pictures = scenes.pictures()
    assert set(pictures) == set(re.findall(r"images/([\w-]+\.svg)", page))
    for name, content in pictures.items():
        assert content.startswith("<svg")
        assert (tool.PICTURES / name).is_file(), "run: make cli-docs"


def test_a_wrong_output_is_replaced(scenes: Any) -> None:
    wrong = "```console\n$ sms-registration explain Unofficial Business Email\nnonsense\n```\n"
    written = tool.written(wrong, scenes)
    assert "support email address" in written
    assert "nonsense" not in written
