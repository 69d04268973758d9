"""The command line: `python -m local_cloud VERB`."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from local_cloud import kept, messages, report, toolchain
from local_cloud.after_deployment import messages as messages_of
from local_cloud.cloud import REGION, LocalCloud
from local_cloud.processes import exit_on_signals
from local_cloud.toolchain import LocalCloudError

BANNER = (
    "local cloud: ministack and a fake of End User Messaging SMS on this machine, not AWS. Nothing leaves this machine."
)
# Verbs that pass unknown arguments on.
PASSING_VERBS = ("deploy", "diff", "destroy", "review")
# Verbs whose output is that of a program which they run.
FOREIGN_OUTPUT = ("cdk", "run")
DURATION = re.compile(r"(\d+)([mhdw])")
SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
# Variables that `up` prints; all others are the caller's.
EXPORTED_PREFIXES = (
    "AWS_",
    "CDK_",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "NO_PROXY",
    "no_proxy",
)


def main(arguments: Sequence[str] | None = None, *, program: str = "local_cloud") -> int:
    """Run one verb.

    Args:
        arguments: The command line. Omitted: that of this process.
        program: What the help calls this program.

    Returns:
        The exit code of the command that the verb ran; 1 for an error of the local cloud.
    """
    exit_on_signals()
    parser = _parser(program)
    options, unknown = parser.parse_known_args(arguments)
    if unknown and options.verb not in PASSING_VERBS:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    if options.json and options.verb in FOREIGN_OUTPUT:
        parser.error(
            f"--json: the output of `{options.verb}` is that of the program which it runs; pass its own options to it"
        )
    options.rest = [*unknown, *getattr(options, "rest", [])]
    say(BANNER)
    try:
        if options.verb == "reset":
            return _reset(options)
        if options.verb == "messages":
            return _messages(options)
        with _cloud(options) as cloud:
            say(f"running; log: {cloud.log}")
            return _run(options, cloud)
    except LocalCloudError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def say(text: str) -> None:
    """Print progress to standard error, apart from the output of the commands."""
    print(text if text.startswith("local cloud") else f"local cloud: {text}", file=sys.stderr, flush=True)


def _parser(program: str) -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--cwd", type=Path, default=Path.cwd(), help="the folder of the CDK app (default: this one)")
    shared.add_argument("--app", help="the folder of a synthesized app, or the app's command (default: from cdk.json)")
    shared.add_argument("--state", type=Path, help="the folder for the state (default: .local-cloud/state)")
    shared.add_argument("--region", default=REGION, help=f"the Region (default: {REGION})")
    shared.add_argument(
        "--rate",
        type=float,
        help="requests per second that the service accepts for each operation (default: unlimited)",
    )
    shared.add_argument(
        "--json", action="store_true", help="print the result as JSON; everything else goes to standard error"
    )
    parser = argparse.ArgumentParser(prog=program, description=BANNER)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, help_text: str, *, rest: str | None = None) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=help_text, description=help_text, parents=[shared], allow_abbrev=False)
        if rest:
            added.add_argument("rest", nargs=argparse.REMAINDER, metavar=rest)
        return added

    verb(
        "deploy",
        "deploy the app's stacks (all, unless the first argument is a stack); other arguments go to the CDK CLI",
    )
    verb("diff", "compare the app with the deployed stacks; other arguments go to the CDK CLI")
    verb(
        "destroy",
        "destroy the app's stacks (all, unless the first argument is a stack); other arguments go to the CDK CLI",
    )
    verb("cdk", "run the CDK CLI with any arguments: cdk -- ls --long", rest="CDK_ARGUMENT")
    verb("run", "run any command against the cloud: run -- aws s3 ls", rest="COMMAND")
    verb("up", "keep the cloud running until Ctrl-C, and print its environment variables")
    verb("reset", "delete everything that was deployed and registered")
    review = verb("review", "act as a reviewer of the service: review deny registration-0123... --reason TEXT")
    review.add_argument("action", help="the reviewer's action, such as approve or deny")
    review.add_argument("registration_id")
    verb("messages", "show the messages of all topics, in order; with --json, as they were published")
    verb("schedule", "let every rule with a schedule fire now, instead of waiting for it")
    advance = verb("advance", "let time pass: advance 3d (m, h, d and w); rules with a schedule then fire once")
    advance.add_argument(
        "duration", type=_seconds, metavar="DURATION", help="how much time, such as 90m, 12h, 3d or 2w"
    )
    return parser


def _seconds(duration: str) -> int:
    match = DURATION.fullmatch(duration)
    if match is None:
        raise argparse.ArgumentTypeError(f"got {duration!r}, expected a number and m, h, d or w, such as 3d")
    return int(match[1]) * SECONDS[match[2]]


def _state(options: argparse.Namespace) -> Path:
    return (options.state or toolchain.HOME / "state").resolve()


def _cloud(options: argparse.Namespace) -> LocalCloud:
    return LocalCloud(state=_state(options), region=options.region, rate=options.rate, progress=say)


def _reset(options: argparse.Namespace) -> int:
    state = _state(options)
    marks = ("ministack", "s3", "sms-voice.json", "lock")
    if state.exists() and not any((state / mark).exists() for mark in marks) and any(state.iterdir()):
        raise LocalCloudError(f"{state} is not the state of a local cloud, so it was not deleted")
    # The lock keeps the state of a running cloud from being deleted.
    with contextlib.ExitStack() as stack:
        LocalCloud.lock(state, stack)
        shutil.rmtree(state)
    say(f"deleted {state}")
    if options.json:
        show_json({"deleted": str(state)})
    return 0


def _run(options: argparse.Namespace, cloud: LocalCloud) -> int:
    rest = options.rest
    if rest[:1] == ["--"]:
        rest = rest[1:]
    cwd = options.cwd.resolve()
    if options.verb == "deploy":
        return _deploy(options, cloud, rest, cwd)
    if options.verb == "diff":
        return _diff(options, cloud, rest, cwd)
    if options.verb == "destroy":
        return destroy(cloud, rest, app=options.app, cwd=cwd, as_json=options.json)
    if options.verb == "cdk":
        return cloud.cdk(*rest, app=options.app, cwd=cwd).returncode
    if options.verb == "run":
        if not rest:
            raise LocalCloudError("no command to run; usage: local_cloud run -- COMMAND ARGUMENT...")
        return cloud.run(rest, cwd=cwd).returncode
    if options.verb == "review":
        # It prints JSON in any case.
        return _and_then(
            options, cloud, lambda: cloud.review(options.action, options.registration_id, *rest).returncode
        )
    if options.verb == "schedule":
        return _and_then(options, cloud, lambda: _schedule(cloud))
    if options.verb == "advance":
        return _and_then(options, cloud, lambda: _advance(options, cloud))
    return _up(options, cloud)


def show_json(data: object) -> None:
    """Print the result of a verb on standard output, as one JSON document."""
    print(json.dumps(data, indent=2, ensure_ascii=False), flush=True)


def _apart(as_json: bool) -> dict[str, Any]:
    """Where the CDK CLI prints: standard output belongs to the JSON document."""
    return {"stdout": sys.stderr} if as_json else {}


def _schedule(cloud: LocalCloud) -> int:
    cloud.schedule()
    return 0


def _advance(options: argparse.Namespace, cloud: LocalCloud) -> int:
    ahead = timedelta(seconds=cloud.advance(options.duration))
    say(f"the clock is {ahead} ahead of this machine's")
    return 0


def _and_then(options: argparse.Namespace, cloud: LocalCloud, step: Callable[[], int]) -> int:
    """Takes a step, and shows what it led to: the messages that people got, and the registrations."""
    before = len(cloud.messages())
    code = step()
    if options.json:
        if options.verb != "review":  # which has printed its own
            show_json({"messages": cloud.messages()[before:], "registrations": report.registrations_of(cloud)})
        return code
    told = messages.text(cloud.messages()[before:])
    print("\n\n".join(filter(None, [told, report.registrations(cloud)])), flush=True)
    return code


def _messages(options: argparse.Namespace) -> int:
    found = messages_of(_state(options))
    if options.json:
        print("\n".join(json.dumps(each) for each in found))
    else:
        print(messages.text(found) or "No message was published to a topic.")
    return 0


def _stacks(rest: Sequence[str]) -> list[str]:
    named = rest and not rest[0].startswith("-")
    return [*rest] if named else ["--all", *rest]


def _deploy(options: argparse.Namespace, cloud: LocalCloud, rest: Sequence[str], cwd: Path) -> int:
    began = int(time.time() * 1000)
    cloud.bootstrap()
    say(f"deploying the app in {cwd}")
    file = cloud.state / "outputs.json"
    file.unlink(missing_ok=True)
    arguments = [*_stacks(rest), "--require-approval", "never", "--outputs-file", str(file)]
    code = cloud.cdk("deploy", *arguments, app=options.app, cwd=cwd, **_apart(options.json)).returncode
    if code:
        say(f"the deployment failed (exit code {code})")
        print(report.function_logs(cloud, began), file=sys.stderr)
        say(f"log of ministack and the fake service: {cloud.log}")
    # What its events invoked is done before the cloud stops.
    cloud.settle()
    if options.json:
        found = report.registrations_of(cloud)
        show_json({"exitCode": code, "outputs": report.outputs_of(file), "registrations": found})
    else:
        print("\n".join(filter(None, ["", report.outputs(file), report.registrations(cloud)])), flush=True)
    return code


def _diff(options: argparse.Namespace, cloud: LocalCloud, rest: Sequence[str], cwd: Path) -> int:
    captured = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if options.json else {}
    done = cloud.cdk("diff", *rest, app=options.app, cwd=cwd, **captured)
    if options.json:
        show_json({"exitCode": done.returncode, "diff": done.stdout})
    return done.returncode


def destroy(cloud: LocalCloud, rest: Sequence[str], *, app: str | None, cwd: Path, as_json: bool = False) -> int:
    """Destroys stacks, and prints what stays because its policy keeps it, and how to adopt it again.

    Args:
        cloud: The cloud.
        rest: Stacks, and other arguments of the CDK CLI. All stacks, unless the first argument is a stack.
        app: As the option `--app`. None: cdk.json says it.
        cwd: The folder of the CDK app.
        as_json: Whether to print JSON. If omitted: text.

    Returns:
        The exit code of the CDK CLI.
    """
    code = cloud.cdk("destroy", *_stacks(rest), "--force", app=app, cwd=cwd, **_apart(as_json)).returncode
    if as_json:
        show_json({"exitCode": code, "registrations": report.registrations_of(cloud), "kept": kept.kept(cloud)})
        return code
    print("\n\n".join(filter(None, [report.registrations(cloud), kept.report(cloud)])), flush=True)
    return code


def _up(options: argparse.Namespace, cloud: LocalCloud) -> int:
    variables = {name: value for name, value in sorted(cloud.environment.items()) if name.startswith(EXPORTED_PREFIXES)}
    if options.json:
        show_json({"variables": variables})
    else:
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
    say("running until Ctrl-C; set the variables above in another terminal to use this cloud there")
    sys.stdout.flush()
    signal.pause()
    return 0
