"""The child processes: the server, and the commands that use it."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from local_cloud.connection import Joined
from local_cloud.toolchain import LocalCloudError

START_SECONDS = 60
STOP_SECONDS = 20
LOG_LINES_SHOWN = 15
_NOT_FOR_OTHERS = 0o077
"""The server's umask: the state holds the values of forms, secrets and parameters. The log may hold some too."""


class Server:
    """The process of `local_cloud.server`, in its own process group.

    It ends when its standard input is closed, so also when this process is killed.

    Args:
        python: The interpreter of ministack's environment.
        environment: The variables of the process.
        log: The file for its output.
        scratch: A folder for the time that it runs.
    """

    def __init__(self, python: Path, environment: dict[str, str], log: Path, scratch: Path) -> None:
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        # This package alone: what is installed beside it (another botocore) must not get into ministack's environment.
        alone = scratch / "python-path"
        alone.mkdir()
        (alone / "local_cloud").symlink_to(Path(__file__).resolve().parent, target_is_directory=True)
        with open(log, "w", opener=functools.partial(os.open, mode=0o600)) as output:
            self.process = subprocess.Popen(
                [str(python), "-m", "local_cloud.server"],
                env={**environment, "PYTHONPATH": str(alone)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                start_new_session=True,
                umask=_NOT_FOR_OTHERS,
            )

    def wait_until_ready(self) -> dict[str, Any]:
        """Wait for the URLs of the server.

        Raises:
            LocalCloudError: The server did not start; the message includes the end of its log.
        """
        event = self._next_event(START_SECONDS)
        if event.get("event") != "ready":
            reason = event.get("reason", f"no output within {START_SECONDS} seconds")
            self.kill()
            raise LocalCloudError(f"the local cloud did not start: {reason}\n{self.log_end()}")
        return event

    def stop(self) -> bool:
        """Let the server save its state and end; return whether it did both."""
        stopped = False
        with contextlib.suppress(BrokenPipeError):
            if self.process.stdin:
                self.process.stdin.close()
        while event := self._next_event(STOP_SECONDS):
            stopped = stopped or event["event"] == "stopped"
        self.kill()
        return stopped

    def kill(self) -> None:
        """End the server and everything that it started immediately."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def guard(self, group: int) -> None:
        """Ask the server to end a process group if this process is killed first."""
        self._write(f"+{group}\n")

    def release(self, group: int) -> None:
        """Undo `guard`."""
        self._write(f"-{group}\n")

    def _write(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            if self.process.stdin and not self.process.stdin.closed:
                self.process.stdin.write(line.encode())
                self.process.stdin.flush()

    def log_end(self) -> str:
        """Return the last lines of the log, and its path."""
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_LINES_SHOWN:]
        return "\n".join([*(f"  {line}" for line in lines), f"The whole log: {self.log}"])

    def _next_event(self, timeout: float) -> dict[str, Any]:
        """Return the next line of the server's output; empty at its end or after the timeout."""
        output = self.process.stdout
        if output is None or output.closed:
            return {}
        line = b""
        deadline = time.monotonic() + timeout
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    return {}
                byte = os.read(output.fileno(), 1)
                if not byte:
                    return {}
                line += byte
        event: dict[str, Any] = json.loads(line)
        return event


def run(
    command: Sequence[str],
    environment: dict[str, str],
    cwd: Path,
    *,
    server: Server | Joined,
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command until it ends. If this process is interrupted, end the command and everything that it started.

    At a terminal the command stays in the terminal's process group, so that it can read input and gets Ctrl-C.

    Raises:
        LocalCloudError: The command does not exist.
    """
    at_terminal = sys.stdin is not None and sys.stdin.isatty()
    try:
        process = subprocess.Popen(
            list(command),
            env=environment,
            cwd=cwd,
            stdout=stdout,
            stderr=stderr,
            stdin=None if at_terminal else subprocess.DEVNULL,
            text=True,
            start_new_session=not at_terminal,
        )
    except OSError as error:
        raise LocalCloudError(f"cannot run {command[0]!r}: {error}") from error
    if not at_terminal:
        server.guard(process.pid)
    try:
        output, errors = process.communicate()
    except BaseException:
        _end(process, group=not at_terminal)
        raise
    finally:
        server.release(process.pid)
    return subprocess.CompletedProcess(list(command), process.returncode, output, errors)


def _end(process: subprocess.Popen[str], *, group: bool) -> None:
    def send(number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if group:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)

    with uninterrupted():
        send(signal.SIGTERM)
        try:
            process.wait(3)
        except subprocess.TimeoutExpired:
            send(signal.SIGKILL)
            process.wait()
        if group:
            send(signal.SIGKILL)  # processes that the command left running


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore SIGINT, SIGTERM and SIGHUP during a shutdown."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    try:
        handlers = [(number, signal.signal(number, signal.SIG_IGN)) for number in numbers]
    except ValueError:  # not the main thread, which receives the signals
        yield
        return
    try:
        yield
    finally:
        for number, handler in handlers:
            signal.signal(number, handler)


def _exit_on(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def exit_on_signals() -> None:
    """Let SIGTERM and SIGHUP unwind this process, as Ctrl-C does, instead of ending it immediately."""
    signal.signal(signal.SIGTERM, _exit_on)
    signal.signal(signal.SIGHUP, _exit_on)
