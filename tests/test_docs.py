"""The Markdown pages: short lines, one sentence each, American English, links that resolve, commands that exist."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("decisions/*.md")])
INDEX = ROOT / "docs/README.md"

MAX_LINE_LENGTH = 160

AVOIDED_WORDS = {
    # British spelling; `make check` finds the rest of it
    r"\w*behaviour\w*": "behavior",
    # words that are not the field's
    r"rights?(?= (?:to|on|for)\b)|rights": "permission",
    r"answer(?:s|ed|ing)?": "response, respond",
    r"filed|filing|files? (?:it|them|the form|a form)": "submit",
    r"anew": "again",
    r"nobody's": "orphaned",
    r"meanwhile": "in the meantime, since",
    r"made up|mend(?:s|ed)?": "invented, fix",
    # quaint phrases
    r"the very same": "the same",
    r"with nothing before them": "from a fresh clone",
    r"never (?:come|comes|came) to (?:its|an|the) end": "did not complete",
    r"lives? and dies?": "remains until",
    r"as well as it can": "on a best-effort basis",
    r"for ever": "forever",
}


def plain_lines(page, *, tables):
    """The numbered lines of a page that are prose, with or without its tables; never those of code blocks."""
    is_code = False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code and (tables or not line.startswith("|")):
            yield number, line


def without_code(line):
    """A line without its code spans and the targets of its links."""
    return re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`]*`", "``", line))


def avoided(page):
    # The tables of the runbook quote messages of the code, word for word.
    for number, line in plain_lines(page, tables=True):
        for word, better in AVOIDED_WORDS.items():
            for found in re.findall(rf"\b(?:{word})\b", without_code(line), re.IGNORECASE):
                yield f"{page.name}:{number}: {found!r}, better: {better}"


def anchors(page):
    """The anchors of a page's headings, as GitHub makes them."""
    headings = [line.lstrip("# ") for _, line in plain_lines(page, tables=False) if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page):
    for number, line in plain_lines(page, tables=True):
        for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "``", line)):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = unquote(target).partition("#")
            linked = (page.parent / path).resolve() if path else page
            if not linked.exists():
                yield f"{page.name}:{number}: {target} does not exist"
            elif anchor and anchor not in anchors(linked):
                yield f"{page.name}:{number}: {target} has no such heading"


def missing_commands_and_paths(page):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = page.read_text(encoding="utf-8")
    commands = re.findall(r"(?:`|^)make ([a-z-]+)", text, re.MULTILINE)
    yield from (f"{page.name}: make {name}" for name in commands if name not in targets)
    for path in re.findall(r"`((?:tools|tests|testing|benchmarks|lambda|constructs|examples)/[\w./-]+)`", text):
        if not (ROOT / path).exists():
            yield f"{page.name}: {path}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
class TestPage:
    def test_lines_are_short(self, page):
        assert [number for number, line in plain_lines(page, tables=False) if len(line) > MAX_LINE_LENGTH] == []

    def test_one_sentence_a_line(self, page):
        lines = [(number, without_code(line)) for number, line in plain_lines(page, tables=False)]
        assert [number for number, line in lines if re.search(r"[a-z`)*][.?!] +[A-Z*`\[]", line)] == []

    def test_language_is_plain(self, page):
        assert list(avoided(page)) == []

    def test_links_resolve(self, page):
        assert list(broken_links(page)) == []

    def test_commands_and_paths_exist(self, page):
        assert list(missing_commands_and_paths(page)) == []


def test_index_lists_every_page():
    linked = set(re.findall(r"\]\(((?:\w+/)?[\w-]+\.md)\)", INDEX.read_text(encoding="utf-8")))
    pages = {page.relative_to(INDEX.parent).as_posix() for page in PAGES if page.is_relative_to(INDEX.parent)}
    # The pages of fields have an index of their own.
    assert linked == {page for page in pages if not re.match(r"fields/[A-Z_]+_", page)} - {INDEX.name}


def test_decisions_are_listed():
    listed = re.findall(r"\]\((\d{4}-[\w-]+\.md)\)", (ROOT / "decisions/README.md").read_text(encoding="utf-8"))
    assert listed == sorted(path.name for path in (ROOT / "decisions").glob("0*.md"))


def test_contract_tests_are_listed():
    suite = (ROOT / "testing/sms_registration_contract/suite.py").read_text(encoding="utf-8")
    tests = set(re.findall(r"^    def (test_\w+)", suite, re.MULTILINE))
    table = (ROOT / "docs/contract.md").read_text(encoding="utf-8").partition("## The tests")[2]
    assert set(re.findall(r"`(test_\w+)`", table)) == tests


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Its behaviour is undefined.", "behavior"),
        ("It has the right to read it.", "permission"),
        ("The form was filed.", "submit"),
        ("| a cell | what is anew |", "again"),
    ],
)
def test_an_avoided_word_is_found(tmp_path, text, problem):
    page = tmp_path / "page.md"
    page.write_text(text + "\n\nThe field on the right: `behaviour`.\n```\nbehaviour\n```\n", encoding="utf-8")
    assert [found.rpartition(": ")[2] for found in avoided(page)] == [problem]


def test_a_broken_link_is_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A heading\n[a](#a-heading) [b](page.md) [c](#none) [d](none.md)\n", encoding="utf-8")
    assert list(broken_links(page)) == [
        "page.md:2: #none has no such heading",
        "page.md:2: none.md does not exist",
    ]
