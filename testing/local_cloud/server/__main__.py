"""`python -m local_cloud.server`: serves until standard input ends, then saves the state and ends its whole process group.

Standard input is a pipe from the parent, so the server ends whenever its parent does. Lines on it name process groups of the
parent that are to end too. Standard output has one JSON object per line for the parent: `ready` with the URLs, `stopped`, or
`failed` with a reason. Everything else goes to standard error, which the parent redirects to a log file. `--check` lists the
names that the installed ministack lacks.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn, TextIO

from local_cloud.server import change_sets, functions, resource_types, rules
from local_cloud.server.background import Background
from local_cloud.server.clock import Clock
from local_cloud.server.control import EVENTS_PATH, Control
from local_cloud.server.deliveries import Deliveries
from local_cloud.server.function_logs import FunctionLogs
from local_cloud.server.ministack_names import missing_names
from local_cloud.server.settings import Settings

FAKE_STOP_SECONDS = 10
# Where the fake service sends its events.
EVENTS_VARIABLE = "MOTO_SMS_VOICE_EVENTS_URL"


def main() -> int:
    """Run the server; see the module docstring."""
    if "--check" in sys.argv:
        print(json.dumps(missing_names()))
        return 0
    # Neither ministack's output nor a child process may write to the parent's pipe.
    events = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_IGN)  # only the end of standard input stops the server
    os.environ.pop("PYTHONPATH", None)
    settings = Settings.take_from_environment()
    try:
        _serve(settings, events)
    except Exception as error:
        _tell(events, "failed", reason=f"{type(error).__name__}: {error}")
        raise
    finally:
        _end()
    return 1


def _end() -> NoReturn:
    """End every process of this process group, including this one."""
    sys.stderr.flush()
    os.killpg(0, signal.SIGKILL)
    raise SystemExit


def _default_signals() -> None:
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def _tell(events: TextIO, event: str, **details: Any) -> None:
    with contextlib.suppress(OSError):  # the parent may have ended
        events.write(json.dumps({"event": event, **details}) + "\n")


def _start_fake(settings: Settings, endpoint: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        settings.fake_command,
        env={**settings.fake_environment, EVENTS_VARIABLE: endpoint + EVENTS_PATH},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        restore_signals=True,
        preexec_fn=_default_signals,
    )


def _serve(settings: Settings, events: TextIO) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        port = listener.getsockname()[1]
        endpoint = f"https://127.0.0.1:{port}"
        # The fake starts while this process imports ministack.
        fake = _start_fake(settings, endpoint)
        # ministack reads them when it is imported, and the Lambda functions inherit them.
        os.environ.update(
            GATEWAY_PORT=str(port),
            MINISTACK_HOST="127.0.0.1",
            AWS_ENDPOINT_URL=endpoint,
            AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2=f"{endpoint}/_local_cloud/sms-voice",
            PYTHONPATH=functions.FOLDER,
        )
        missing = missing_names()
        if missing:
            raise RuntimeError(f"the rules do not fit the installed ministack; it lacks: {missing}")
        hypercorn = importlib.import_module("hypercorn.asyncio")
        fake_url = _fake_url(fake)
        clock = Clock(fake_url)
        clock.install()
        deliveries = Deliveries(clock, Path(settings.messages))
        deliveries.install()
        engine = rules.Rules(settings, clock.time)
        engine.install()
        resource_types.install(fake_url)
        change_sets.install()
        FunctionLogs(Path(settings.function_logs), clock.time).install()

        def started() -> None:
            _tell(events, "ready", endpoint=endpoint, fake=fake_url)

        def saved() -> None:
            fake.terminate()
            try:
                fake.wait(FAKE_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                _tell(events, "failed", reason="the fake service did not stop")
            else:
                _tell(events, "stopped")
            _end()

        ministack = importlib.import_module("ministack.app").app
        application = Control(
            ministack,
            engine,
            fake_url,
            Background(clock, deliveries),
            started=started,
            end=lambda: _end_of_input(set()),
            saved=saved,
        )
        config = importlib.import_module("hypercorn.config").Config()
        config.bind = [f"fd://{os.dup(listener.fileno())}"]
        config.certfile, config.keyfile = settings.certificate, settings.private_key
        config.keep_alive_timeout = 75
        asyncio.run(hypercorn.serve(application, config, shutdown_trigger=asyncio.Event().wait))


def _fake_url(fake: subprocess.Popen[str]) -> str:
    if fake.stdout is None:
        raise RuntimeError("the output of the fake service cannot be read")
    for line in fake.stdout:
        print(f"fake service: {line.rstrip()}", file=sys.stderr)
        if line.strip().startswith("http"):
            threading.Thread(target=_drain, args=(fake.stdout,), daemon=True).start()
            return line.strip()
    raise RuntimeError(f"the fake service ended with exit code {fake.wait()} before it printed its URL")


def _drain(output: Any) -> None:
    for line in output:
        print(f"fake service: {line.rstrip()}", file=sys.stderr)


async def _end_of_input(guarded: set[int]) -> None:
    """Wait for the end of standard input. The lines `+7` and `-7` guard process group 7, or stop guarding it."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def read() -> None:
        with open(0, closefd=False) as lines:
            for line in lines:
                group = int(line[1:])
                (guarded.add if line[0] == "+" else guarded.discard)(group)
        loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=read, daemon=True).start()
    await ended.wait()
    for group in guarded:  # only if the parent was killed; otherwise it has ended them
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
