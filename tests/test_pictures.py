"""docs/images: each picture is what its source says now."""

import subprocess
from pathlib import Path

import pytest

from support import tools

ROOT = Path(__file__).parents[1]

tool = tools.load("pictures")


@pytest.mark.parametrize("name", ["notification.svg", "pull-request.svg"])
def test_picture_is_current(name):
    assert (tool.IMAGES / name).read_text(encoding="utf-8") == tool.pictures()[name], "run: make pictures"


def test_a_check_that_finds_nothing_is_not_drawn(monkeypatch):
    monkeypatch.setattr(tool, "CHANGES", {"city: Seattle": "city: Tacoma"})
    with pytest.raises(ValueError, match="does not find each of the changes"):
        tool.pull_request()


@pytest.mark.local_cloud
def test_diagrams_are_current():
    command = ["node", "tools/diagrams.mjs", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
