"""The shell commands of the documentation, and whether each would work as it is written.

`RULES` has a rule for each program. A command without a rule is a problem, so that none is passed over.
A rule that does not run the command parses it with what the program itself parses it with, or with the program's own data.
"""

from __future__ import annotations

import contextlib
import functools
import io
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
import click
import jmespath
from botocore import xform_name

from local_cloud import options as local_options
from sms_registration_cli.group import COMMANDS, sms_registration

ROOT = Path(__file__).parents[2]
SHELLS = ("bash", "console", "sh", "shell")
TRANSCRIPTS = ("cli.md", "cli-story.md", "watch-story.md")
"""Pages whose commands and outputs are recorded from runs, by `make cli-docs`. Of them, only the commands are parsed."""

CDK_OPTIONS: dict[str, set[str]] = {"bootstrap": set(), "deploy": {"--all", "--app"}, "synth": {"--app", "--quiet"}}
"""What the documentation uses. tests/local_cloud/test_examples.py compares it with the help of the pinned CLI."""

_BLOCK = re.compile(rf"^```(?:{'|'.join(SHELLS)})\b[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SUBSTITUTION = re.compile(r"<\((.*?)\)")
_CONTROL = {"&&", "||", "|", ";"}
_WHEEL = re.compile(r"(?P<name>[\w.]+?)-(?P<version>[\d.]+)-py3-none-any\.whl$")


@dataclass(frozen=True)
class Command:
    """One simple command.

    Attributes:
        line: The line that it is part of, as it is written.
        words: Its words, without quotes, comments and redirections.
        folder: Where a reader is when it is run: a project of `init` with the forms of the page.
    """

    line: str
    words: tuple[str, ...]
    folder: Path

    @property
    def program(self) -> str:
        """The program, without the folder of a virtual environment."""
        return self.words[0].removeprefix(".venv/bin/")

    def exists(self, path: str) -> bool:
        """Whether a path exists in the project, in the checkout, or beside it."""
        name = path.removeprefix("../cdk-sms-registration/")
        return any(any(base.glob(name)) for base in (self.folder, ROOT))

    def expanded(self, word: str) -> list[str]:
        """A word, or the paths in the project that it stands for."""
        found = self.folder.glob(word) if "*" in word else ()
        return sorted(path.relative_to(self.folder).as_posix() for path in found) or [word]


Rule = Callable[[Command], Iterator[str]]


def lines_of(page: Path) -> list[str]:
    """The commands in the blocks of a page, one a line."""
    found = []
    for block in _BLOCK.findall(page.read_text(encoding="utf-8")):
        lines = block.replace("\\\n", " ").splitlines()
        prompted = [line[2:] for line in lines if line.startswith("$ ")]
        found += prompted or [line for line in lines if line.strip()]
    return found


def commands_of(line: str, folder: Path) -> list[Command]:
    """The simple commands of a line."""
    inner = _SUBSTITUTION.findall(line)
    lexer = shlex.shlex(_SUBSTITUTION.sub("/dev/stdin", line), posix=True, punctuation_chars="&|;>")
    lexer.whitespace_split = True
    simple: list[list[str]] = [[]]
    words = iter(lexer)
    for word in words:
        if word in _CONTROL:
            simple.append([])
        elif word == ">":
            next(words)
        else:
            simple[-1].append(word)
    found = [Command(line, tuple(each), folder) for each in simple if each]
    return found + [command for each in inner for command in commands_of(each, folder)]


def problems(line: str, folder: Path) -> list[str]:
    """Why a line would not work as it is written; empty if nothing is known against it."""
    found = []
    for command in commands_of(line, folder):
        rule = RULES.get(command.program)
        why = [f"no rule for {command.program!r}"] if rule is None else list(rule(command))
        found += [f"{line}: {each}" for each in why]
    return found


def _nothing(command: Command) -> Iterator[str]:
    """Of the shell itself."""
    yield from ()


def _jq(command: Command) -> Iterator[str]:
    """A filter, and the log of the local cloud, which only a deployment writes."""
    if len(command.words) != 3 or not command.words[2].endswith("/logs/latest/functions.jsonl"):
        yield "expected a filter and the log of the functions"


def _make(command: Command) -> Iterator[str]:
    done = subprocess.run(["make", "-n", *command.words[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        yield done.stderr.strip()
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for name in [word.partition("=")[0] for word in command.words[1:] if "=" in word]:
        if f"$({name})" not in makefile:
            yield f"the Makefile has no variable {name}"


def _sms_registration(command: Command) -> Iterator[str]:
    words = [path for word in command.words[1:] for path in command.expanded(word)]
    if words[:1] == ["local"]:
        yield from _local(Command(command.line, ("local_cloud", *words[1:]), command.folder))
    elif not words or words[0] not in COMMANDS:
        yield f"there is no command {' '.join(words[:1])}"
    else:
        found = sms_registration.get_command(click.Context(sms_registration), words[0])
        assert found is not None
        try:
            found.make_context(words[0], words[1:])
        except click.ClickException as error:
            yield error.format_message()


def _local(command: Command) -> Iterator[str]:
    parser = local_options._parser("local_cloud", with_review=True)
    options, rest = _parsed(parser, command.words[1:])
    if options is None:
        yield rest[0]
        return
    rest += getattr(options, "rest", [])
    rest = rest[1:] if rest[:1] == ["--"] else rest
    if options.app:
        yield from _app(options.app, command)
    if options.verb == "run":
        yield from problems(shlex.join(rest), command.folder)
    elif options.verb == "cdk":
        yield from _cdk(Command(command.line, ("cdk", *rest), command.folder))
    elif options.verb in CDK_OPTIONS:
        yield from _cdk(Command(command.line, ("cdk", options.verb, *rest), command.folder))
    elif rest:
        yield f"unknown arguments {' '.join(rest)}"


def _parsed(parser: Any, words: Any) -> tuple[Any, list[str]]:
    """What argparse reads, and what it does not know; nothing and its message if it refuses."""
    printed = io.StringIO()
    try:
        with contextlib.redirect_stderr(printed):
            options, unknown = parser.parse_known_args(list(words))
    except SystemExit:
        return None, [printed.getvalue().strip().rpartition("\n")[2]]
    return options, unknown


def _python(command: Command) -> Iterator[str]:
    match command.words[1:]:
        case ("-m", "venv", _):
            pass
        case ("-m", "pytest", *rest):
            yield from _pytest(Command(command.line, ("pytest", *rest), command.folder))
        case ("-m", "local_cloud", *rest):
            yield from _local(Command(command.line, ("local_cloud", *rest), command.folder))
        case ("-c", code):
            compile(code, "command", "exec")
        case rest:
            yield f"no rule for python {shlex.join(rest)}"


def _app(app: str, command: Command) -> Iterator[str]:
    """The script of a CDK app, which is run with the Python of the checkout."""
    match shlex.split(app):
        case (".venv/bin/python", script) if command.exists(script):
            pass
        case _:
            yield f"--app {app}: expected .venv/bin/python and a script that exists"


def _cdk(command: Command) -> Iterator[str]:
    verb, *rest = command.words[1:]
    if verb not in CDK_OPTIONS:
        yield f"{verb} is not in CDK_OPTIONS"
    for place, word in enumerate(rest):
        if word.startswith("-") and word not in CDK_OPTIONS.get(verb, ()):
            yield f"{verb} {word} is not in CDK_OPTIONS"
        if word == "--app":
            yield from _app(rest[place + 1], command)


def _npx(command: Command) -> Iterator[str]:
    yield from _cdk(Command(command.line, command.words[1:], command.folder))


def _npm(command: Command) -> Iterator[str]:
    if command.words != ("npm", "install"):
        yield "only `npm install`, of the package.json of the project"
    elif not command.exists("package.json"):
        yield "there is no package.json"


def _installer(command: Command) -> Iterator[str]:
    """pip, uv and Poetry: a wheel or a name of ours with its extras, or a file of requirements."""
    project = _project()
    words = [word for word in command.words[1:] if word not in ("pip", "install", "add")]
    for place, word in enumerate(words):
        target, _, extras = word.rstrip("]").partition("[")
        if word == "--find-links":
            continue
        if place and words[place - 1] == "--find-links":
            if Path(word).name != "dist":
                yield f"{word} is not where `make wheel` writes to"
        elif word == "-r":
            yield from () if command.exists(words[place + 1]) else (f"{words[place + 1]} does not exist",)
        elif place and words[place - 1] == "-r":
            continue
        elif word.startswith("-"):
            yield f"no rule for the option {word}"
        else:
            wheel = _WHEEL.search(Path(target).name)
            name = wheel["name"].replace("_", "-") if wheel else target
            if name != project["name"]:
                yield f"{target} is not this project"
            if wheel and wheel["version"] != project["version"]:
                yield f"{target} is not the version {project['version']}"
            missing = set(filter(None, extras.split(","))) - project["extras"]
            yield from (f"there is no extra {each}" for each in sorted(missing))


@functools.cache
def _project() -> dict[str, Any]:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    # tomllib came with Python 3.11.
    extras = text.partition("[project.optional-dependencies]")[2].partition("\n[")[0]
    values = dict(re.findall(r'^(name|version) = "(.+)"$', text, re.MULTILINE))
    return {**values, "extras": set(re.findall(r"^(\w+) = ", extras, re.MULTILINE))}


def _pytest(command: Command) -> Iterator[str]:
    words = command.words[1:]
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if before == "-m":
            if f'"{word}' not in (ROOT / "pyproject.toml").read_text(encoding="utf-8"):
                yield f"there is no mark {word}"
        elif before in ("-k", "--sms-registration-definitions"):
            continue
        elif word.startswith("-"):
            plugin = (ROOT / "testing/sms_registration_contract/plugin.py").read_text(encoding="utf-8")
            if word not in ("-k", "-m", "-n", "-q") and f'"{word}"' not in plugin:
                yield f"no rule for the option {word}"
        elif not word.startswith("cdk.out/") and not command.exists(word):
            yield f"{word} does not exist"


def _ruff(command: Command) -> Iterator[str]:
    done = subprocess.run(
        [ROOT / ".venv/bin/ruff", *command.words[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    yield from () if done.returncode == 0 else (done.stdout + done.stderr,)


def _pip_audit(command: Command) -> Iterator[str]:
    """It queries PyPI, so only the version that it is asked about is checked."""
    pinned = re.search(r'"(crhelper==[\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert pinned
    if pinned[1] not in command.line:
        yield f"the project has {pinned[1]}"


_AWS_OPTIONS = ("--output", "--profile", "--query", "--region")


@functools.cache
def _service(name: str) -> Any:
    return botocore.session.Session().get_service_model(name)


def _aws(command: Command) -> Iterator[str]:
    """The operation and its parameters, as botocore knows them; the AWS CLI is made from the same models."""
    service, operation, *rest = command.words[1:]
    model = _service(service)
    names = {xform_name(each, "-"): each for each in model.operation_names}
    if operation not in names:
        yield f"{service} has no operation {operation}"
        return
    shape = model.operation_model(names[operation]).input_shape
    members = {f"--{xform_name(name, '-')}": (name, member) for name, member in shape.members.items()}
    given = [word for word in rest if word.startswith("--")]
    for option in given:
        if option in members:
            if members[option][1].type_name == "blob":
                yield f"{option}: version 2 of the AWS CLI reads it as base64"
        elif option not in _AWS_OPTIONS:
            yield f"{operation} has no {option}"
    missing = set(shape.required_members) - {members[option][0] for option in given if option in members}
    yield from (f"{operation} needs {name}" for name in sorted(missing))
    if "--query" in rest:
        jmespath.compile(rest[rest.index("--query") + 1])


RULES: dict[str, Rule] = {
    "jq": _jq,
    **dict.fromkeys(("cd", "mkdir", "echo", "["), _nothing),
    **dict.fromkeys(("pip", "uv", "poetry"), _installer),
    **dict.fromkeys(("python", "python3"), _python),
    "aws": _aws,
    "cdk": _cdk,
    "make": _make,
    "npm": _npm,
    "npx": _npx,
    "pip-audit": _pip_audit,
    "pytest": _pytest,
    "ruff": _ruff,
    "sms-registration": _sms_registration,
}
