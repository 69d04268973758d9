"""docs/denials.md: its table is the rules' own, and its examples run."""

import re
import runpy
from pathlib import Path

import pytest

from sms_registration_rules.denials.rules import RULES
from support import tools

ROOT = Path(__file__).parents[2]


tool = tools.load("denials_doc")
PAGE = tool.PAGE.read_text(encoding="utf-8")


def test_page_is_current():
    assert tool.filled_in(PAGE) == PAGE, "run: .venv/bin/python tools/denials_doc.py"


def test_page_of_codes_is_current():
    assert tool.CODES_PAGE.read_text(encoding="utf-8") == tool.codes_page(), (
        "run: .venv/bin/python tools/denials_doc.py"
    )


def test_a_code_says_what_to_change():
    [row] = [line for line in tool.codes_page().splitlines() if "`BRAND_DBA_NAME_MISMATCH`" in line]
    assert "Give the trade name on record" in row
    assert row.endswith("| `contactInfo.dbaName` | yes |")


def test_page_has_a_row_for_each_rule():
    assert re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE, re.MULTILINE) == list(RULES)


def test_every_type_has_a_name():
    for rule in RULES.values():
        for pattern in rule.types:
            assert "_" not in tool.type_name(pattern)


def test_page_without_place_for_the_table_is_refused():
    with pytest.raises(ValueError, match="needs the lines"):
        tool.filled_in("# Nothing\n")


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_examples_run(example, tmp_path, capsys):
    script = tmp_path / "example.py"
    script.write_text(example, encoding="utf-8")
    runpy.run_path(str(script))

    assert capsys.readouterr().out.strip()
