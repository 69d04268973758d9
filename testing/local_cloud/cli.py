"""The command line: `python -m local_cloud VERB`."""

from __future__ import annotations

import argparse
import contextlib
import json
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from local_cloud import assembly, aws_blocker, aws_cli, kept, logs, messages, queries, report, toolchain, values
from local_cloud.after_deployment import messages as messages_of
from local_cloud.cloud import LocalCloud
from local_cloud.connection import Lock
from local_cloud.options import BANNER, parse
from local_cloud.processes import exit_on_signals
from local_cloud.toolchain import LocalCloudError

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

IN_ONE_PLACE = ("run", "secret", "parameter")
"""Verbs that use one account and one Region, whatever the app says."""


def main(arguments: Sequence[str] | None = None, *, program: str = "local_cloud") -> int:
    """Run one verb.

    Args:
        arguments: The command line. Omitted: that of this process.
        program: What the help calls this program.

    Returns:
        The exit code of the command that the verb ran; 1 for an error of the local cloud.
    """
    exit_on_signals()
    options = parse(list(sys.argv[1:] if arguments is None else arguments), program)
    say(BANNER)
    try:
        if options.verb == "reset":
            return _reset(options)
        if options.verb == "messages":
            return _messages(options)
        if options.verb == "logs":
            return _logs(options)
        _say_where(options)
        with _cloud(options) as cloud:
            say(f"{'using the cloud that is up' if cloud.is_joined else 'running'}; log: {cloud.log}")
            return _run(options, cloud)
    except LocalCloudError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def say(text: str) -> None:
    """Print progress to standard error, apart from the output of the commands."""
    print(text if text.startswith("local cloud") else f"local cloud: {text}", file=sys.stderr, flush=True)


def _say_where(options: argparse.Namespace) -> None:
    """An app that names its account or Region is not where a command looks by default, which then finds nothing there."""
    if options.verb in IN_ONE_PLACE:
        app = Path(options.app) if options.app and Path(options.app).is_dir() else assembly.output_folder(options.cwd)
        hint = assembly.elsewhere(app, assembly.Place(options.account, options.region))
        if hint:
            say(hint)


def _state(options: argparse.Namespace) -> Path:
    return (options.state or toolchain.HOME / "state").resolve()


def _cloud(options: argparse.Namespace) -> LocalCloud:
    is_up = options.verb == "up"
    return LocalCloud(
        state=_state(options),
        account=options.account,
        region=options.region,
        rate=options.rate,
        share=is_up,
        join=not is_up,
        progress=say,
    )


def _reset(options: argparse.Namespace) -> int:
    state = _state(options)
    marks = ("ministack", "s3", "sms-voice.json", "lock", logs.FOLDER)
    if state.exists() and not any((state / mark).exists() for mark in marks) and any(state.iterdir()):
        raise LocalCloudError(f"{state} is not the state of a local cloud, so it was not deleted")
    # The lock keeps the state of a running cloud from being deleted.
    with contextlib.ExitStack() as stack:
        Lock(state, stack)
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
        with aws_blocker.blocking(say) as variables:
            return cloud.run(rest, cwd=cwd, variables=variables).returncode
    if options.verb == "review":
        # It prints JSON in any case.
        from moto_sms_voice import review_options

        more = review_options.arguments_of(options)
        return _and_then(
            options, cloud, lambda: cloud.review(options.action, options.registration_id, *more).returncode
        )
    if options.verb in ("secret", "parameter"):
        return _put_value(options, cloud)
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


def _put_value(options: argparse.Namespace, cloud: LocalCloud) -> int:
    put = values.put_secret if options.verb == "secret" else values.put_parameter
    arn = put(cloud, options.name, values.asked(options.name))
    if options.json:
        show_json({"arn": arn})
    else:
        print(arn)
    return 0


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


def _logs(options: argparse.Namespace) -> int:
    folders = logs.runs(_state(options) / logs.FOLDER)
    found = queries.run(options.query, logs.lines(folders))
    if options.json:
        show_json(found)
        return 0
    for record in found:
        print("  ".join(str(value) for value in record.values()))
    if not found:
        say("no line of a log fulfills the query" if options.query else "no function has logged anything")
    return 0


def _stacks(rest: Sequence[str]) -> list[str]:
    named = rest and not rest[0].startswith("-")
    return [*rest] if named else ["**", *rest]  # with --all, the CDK CLI leaves out the stacks of Stages


def _deploy(options: argparse.Namespace, cloud: LocalCloud, rest: Sequence[str], cwd: Path) -> int:
    began = time.time()
    say(f"deploying the app in {cwd}")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "outputs.json"
        code = cloud.deploy(
            *_stacks(rest),
            "--require-approval",
            "never",
            "--outputs-file",
            str(file),
            app=options.app,
            cwd=cwd,
            **_apart(options.json),
        ).returncode
        outputs = report.outputs_of(file)
    if code:
        say(f"the deployment failed (exit code {code})")
        print(report.function_logs(cloud, began), file=sys.stderr)
        say(f"log of ministack and the fake service: {cloud.log}")
    # What its events invoked is done before the cloud stops.
    cloud.settle()
    if options.json:
        found = report.registrations_of(cloud)
        show_json({"exitCode": code, "outputs": outputs, "registrations": found})
    else:
        print("\n".join(filter(None, ["", report.outputs(outputs), report.registrations(cloud)])), flush=True)
    return code


def _diff(options: argparse.Namespace, cloud: LocalCloud, rest: Sequence[str], cwd: Path) -> int:
    captured = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} if options.json else {}
    done = cloud.cdk("diff", *_stacks(rest), app=options.app, cwd=cwd, **captured)
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
    say(
        "running until Ctrl-C; in another terminal, set the variables above, or use the other verbs, such as run and review"
    )
    too_old = aws_cli.problem_of()
    if too_old:
        say(f"do not use the AWS CLI with these variables: {too_old}")
    sys.stdout.flush()
    signal.pause()
    return 0
