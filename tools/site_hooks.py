"""Hooks of MkDocs: the documentation site also shows files that lie outside of docs/.

A page links to such a file as on a code host, with its path. On the site, Markdown files of the project and the source files
that users read become pages below `project/`. A link to any other file outside of docs/ becomes text.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "decisions/*.md")
SOURCES = (
    "app.py",
    "examples/**/*.py",
    "examples/**/*.yaml",
    "constructs/cdk_sms_registration/permissions.py",
    "constructs/cdk_sms_registration/watch_permissions.py",
)
HOME = "README.md"

_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^( *)(`{3,})(.*?)^\1\2$", re.MULTILINE | re.DOTALL)
_OPTIONS = re.compile(r"^( *```\w+) first=\d+$", re.MULTILINE)
"""What tools of this project read from a block's first line, such as `first=17`."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages below `project/`."""
    for path, content in _outside():
        files.append(File.generated(config, _page(path), content=content, inclusion=InclusionLevel.NOT_IN_NAV))
    return files


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Let the links of a page lead to pages of the site."""
    return linked(markdown, page.file.src_uri, shown={path for path, _ in _outside()})


def linked(markdown: str, page: str, *, shown: set[str]) -> str:
    """The text of a page with links that exist on the site.

    Args:
        markdown: The text.
        page: The path of the page below docs/.
        shown: The files outside of docs/ that the site shows.
    """
    source = page.removeprefix("project/") if page.startswith("project/") else f"docs/{page}"

    def link(found: re.Match[str]) -> str:
        image, label, target = found.groups()
        path, hash_sign, anchor = target.partition("#")
        if not path or re.match(r"[a-z]+:", target):
            return found[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        if file.startswith("docs/"):
            on_site = file.removeprefix("docs/")
        elif file == HOME:
            on_site = HOME
        elif file in shown:
            on_site = _page(file)
        elif (ROOT / file).exists():
            return label
        else:
            return found[0]
        relative = posixpath.relpath(on_site, posixpath.dirname(page) or ".")
        return f"{image}[{label}]({relative}{hash_sign}{anchor})"

    end, parts = 0, []
    for fence in _FENCE.finditer(markdown):
        parts += [_LINK.sub(link, markdown[end : fence.start()]), _OPTIONS.sub(r"\1", fence[0], count=1)]
        end = fence.end()
    return "".join([*parts, _LINK.sub(link, markdown[end:])])


def _outside() -> Iterator[tuple[str, str]]:
    for pattern in PAGES:
        for file in sorted(ROOT.glob(pattern)):
            yield file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8")
    for pattern in SOURCES:
        for file in sorted(ROOT.glob(pattern)):
            path = file.relative_to(ROOT).as_posix()
            language = file.suffix.removeprefix(".").replace("py", "python")
            yield path, f"# {path}\n\n````{language}\n{file.read_text(encoding='utf-8')}````\n"


def _page(path: str) -> str:
    return f"project/{path if path.endswith('.md') else path + '.md'}"
