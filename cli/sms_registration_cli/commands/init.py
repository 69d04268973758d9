"""`sms-registration init`."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import click

from sms_registration_cli import files, output, snapshots
from sms_registration_cli.errors import CommandError
from sms_registration_cli.options import json_option

TEMPLATES = Path(__file__).parents[1] / "project"
_KEPT = (".git", ".venv")
"""What a folder may hold before: a repository, and the environment that this command line was installed into."""
_SUFFIX = ".template"
_FIND_LINKS = "# This command line was installed from a wheel in this folder, so the app is too.\n--find-links "
_RENAMED = {"gitignore": ".gitignore", "test_app.py": "tests/test_app.py"}
"""Files that would be something else in this package."""
CDK_CLI = "2.1148.1"
"""Version of the CDK CLI; newer ones of the 2.x line do as well."""


@click.command("init")
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@json_option
def command(directory: Path, as_json: bool) -> None:
    """Make a CDK project with one registration, its form and a test.

    It deploys at once to the local cloud: cd DIR; sms-registration local deploy.
    """
    has_environment = (directory / ".venv").is_dir()
    if directory.exists() and any(path.name not in _KEPT for path in directory.iterdir()):
        raise CommandError(f"{directory} is not empty: name a new folder")
    package = metadata.distribution("cdk-sms-registration")
    installed_from = wheel_folder(package.read_text("direct_url.json"))
    replaced = {
        "@CDK_CLI@": CDK_CLI,
        "@FIND_LINKS@\n": "" if installed_from is None else f"{_FIND_LINKS}{installed_from}\n",
        "@VERSION@": package.version,
    }
    texts = {}
    for path in sorted(TEMPLATES.rglob(f"*{_SUFFIX}")):
        text = path.read_text(encoding="utf-8")
        for mark, value in replaced.items():
            text = text.replace(mark, value)
        name = path.name.removesuffix(_SUFFIX)
        texts[directory / path.parent.relative_to(TEMPLATES) / _RENAMED.get(name, name)] = text
    files.write_all(texts, quiet=as_json)
    install = ".venv/bin/pip install -r requirements.txt && npm install"
    steps = [
        *([] if directory.resolve() == Path.cwd() else [f"cd {snapshots.shown(directory)}"]),
        install if has_environment else f"python3 -m venv .venv && {install}",
        ".venv/bin/sms-registration local run -- .venv/bin/sms-registration snapshot US_TEN_DLC_BRAND_REGISTRATION",
        ".venv/bin/sms-registration check forms/brand.yaml",
        ".venv/bin/sms-registration local deploy",
    ]
    if as_json:
        written = [snapshots.shown(path) for path in texts]
        output.show_json({"directory": snapshots.shown(directory), "files": written, "next": steps})
    else:
        click.echo("\n".join(["", "Next:", *(f"  {step}" for step in steps), "README.md says more."]))


def wheel_folder(direct_url: str | None) -> Path | None:
    """The folder of the wheel that a package was installed from; None if it was not installed from a wheel on this machine.

    Args:
        direct_url: The text of the package's `direct_url.json`, which installers write for what is not from an index.
    """
    url = urlsplit(json.loads(direct_url)["url"]) if direct_url else None
    if url is None or url.scheme != "file" or not url.path.endswith(".whl"):
        return None
    return Path(url2pathname(url.path)).parent
