"""docs/fields/: a page for each registration type, as the definitions say."""

import pytest

from support import tools

tool = tools.load("field_pages")
PAGES = tool.pages()


def test_every_type_has_a_page_and_nothing_else():
    assert {path.name for path in tool.FOLDER.glob("*.md")} == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_page_is_current(name):
    assert (tool.FOLDER / name).read_text(encoding="utf-8") == PAGES[name], "run: make field-pages"


def test_a_field_says_what_it_takes_and_what_that_rests_on():
    [row] = [line for line in PAGES["US_TOLL_FREE_REGISTRATION.md"].splitlines() if "`companyInfo.website`" in line]
    assert "| text | required | 1 to 500 characters<br>example: `https://www.example.com` |" in row
    assert row.endswith("A name without a scheme was submitted and reviewed in four versions. |")


def test_every_choice_is_listed():
    page = PAGES["US_TEN_DLC_BRAND_REGISTRATION.md"]
    assert "`PRIVATE_PROFIT`, `PUBLIC_PROFIT`, `NON_PROFIT`, `GOVERNMENT`" in page
