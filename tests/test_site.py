"""The documentation site: links that leave docs/ lead to pages of the site, or are text."""

import pytest

from support import tools

hooks = tools.load("site_hooks")
SHOWN = {"CONTRIBUTING.md", "decisions/README.md", "examples/ten_dlc/app.py"}


@pytest.mark.parametrize(
    ("page", "text", "linked"),
    [
        ("watch.md", "[app](../examples/ten_dlc/app.py)", "[app](project/examples/ten_dlc/app.py.md)"),
        ("guides/ci.md", "[app](../../examples/ten_dlc/app.py)", "[app](../project/examples/ten_dlc/app.py.md)"),
        ("README.md", "[c](../CONTRIBUTING.md#style)", "[c](project/CONTRIBUTING.md#style)"),
        ("start.md", "[home](../README.md)", "[home](README.md)"),
        ("project/CONTRIBUTING.md", "[form](docs/form.md#drafts)", "[form](../form.md#drafts)"),
        ("project/CONTRIBUTING.md", "[d](decisions/README.md)", "[d](decisions/README.md)"),
        ("faults.md", "[`test_x`](../tests/test_site.py)", "`test_x`"),
        ("start.md", "[none](../none.md)", "[none](../none.md)"),
        (
            "start.md",
            "[moto](https://docs.getmoto.org) [here](#install)",
            "[moto](https://docs.getmoto.org) [here](#install)",
        ),
        ("start.md", "![a picture](images/life.svg)", "![a picture](images/life.svg)"),
        ("cli.md", "```console first=3\n[x](../CONTRIBUTING.md)\n```\n", "```console\n[x](../CONTRIBUTING.md)\n```\n"),
        ("start.md", '```yaml title="a.yaml"\nx\n```\n', '```yaml title="a.yaml"\nx\n```\n'),
    ],
)
def test_links(page, text, linked):
    assert hooks.linked(text, page, shown=SHOWN) == linked
