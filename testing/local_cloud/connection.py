"""Who uses a state, and how other processes reach a cloud that `up` keeps running on it. Both are in the lock file."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from local_cloud.certificates import Certificates
from local_cloud.toolchain import LocalCloudError


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A cloud that other processes may use.

    Attributes:
        process: The process that runs it.
        endpoint: The URL of ministack.
        fake: The URL of the fake service.
        log: The log of ministack.
        authority: As of `Certificates`.
        bundle: As of `Certificates`.
        chain: As of `Certificates`.
        private_key: As of `Certificates`.
    """

    process: int
    endpoint: str
    fake: str
    log: str
    authority: str
    bundle: str
    chain: str
    private_key: str

    @property
    def certificates(self) -> Certificates:
        """The certificates of the run."""
        return Certificates(Path(self.authority), Path(self.bundle), Path(self.chain), Path(self.private_key))


class StateInUse(LocalCloudError):
    """Another process uses the state.

    Attributes:
        connection: How to reach the cloud that it runs; None if it is for that process alone.
    """

    def __init__(self, state: Path, connection: Connection | None) -> None:
        self.connection = connection
        todo = (
            f"wait until it ends, or choose another folder with --state. {state} can be used by one command at a time"
        )
        if connection:
            todo = f"stop it first, with Ctrl-C in the terminal of `up` (process {connection.process})"
        super().__init__(f"another local cloud is using {state}: {todo}")


class Lock:
    """The lock of a state. It is released when the stack is closed or this process ends.

    Args:
        state: The folder. It is created if it is missing, for its owner alone.
        until: When this stack is closed, the lock is released.

    Raises:
        StateInUse: Another process uses the state.
    """

    def __init__(self, state: Path, until: contextlib.ExitStack) -> None:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file: IO[str] = until.enter_context((state / "lock").open("a+", encoding="utf-8"))
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StateInUse(state, self._connection()) from None
        self._file.truncate(0)

    def share(self, connection: Connection) -> None:
        """Let other processes use the cloud that this process runs."""
        self._file.write(json.dumps(asdict(connection)))
        self._file.flush()

    def _connection(self) -> Connection | None:
        self._file.seek(0)
        text = self._file.read()
        return Connection(**json.loads(text)) if text else None


class Joined:
    """Stands in for the server of a cloud that another process runs.

    Args:
        log: The log of ministack.
    """

    def __init__(self, log: Path) -> None:
        self.log = log

    def guard(self, group: int) -> None:
        """Nothing: the server cannot tell when this process is killed."""

    def release(self, group: int) -> None:
        """Nothing: see `guard`."""


def own(endpoint: str, fake: str, log: Path, certificates: Certificates) -> Connection:
    """Return how to reach the cloud that this process runs.

    Args:
        endpoint: The URL of ministack.
        fake: The URL of the fake service.
        log: The log of ministack.
        certificates: The certificates of the run.
    """
    files = {name: str(path) for name, path in vars(certificates).items()}
    return Connection(process=os.getpid(), endpoint=endpoint, fake=fake, log=str(log), **files)
