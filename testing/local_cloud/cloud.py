"""The cloud as an object: start it, use it, stop it."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from local_cloud import connection, logs, toolchain
from local_cloud.after_deployment import MESSAGES
from local_cloud.certificates import Certificates, issue
from local_cloud.connection import Connection, Joined, Lock, StateInUse
from local_cloud.environment import client_environment, fake_environment, server_environment
from local_cloud.handler_tests import HandlerTests
from local_cloud.processes import Server, uninterrupted
from local_cloud.server.settings import Settings
from local_cloud.toolchain import LocalCloudError, Progress
from local_cloud.tools import Tools

ACCOUNT = "111122223333"
ACCOUNT_DIGITS = 12
REGION = "us-east-1"


def _silent(_: str) -> None:
    pass


class LocalCloud(HandlerTests, Tools):
    """A local AWS: ministack, the CloudFormation rules that it lacks, and the fake of End User Messaging SMS.

    Starting takes about two seconds, after a first run that installs ministack. Use it as a context manager: on exit the
    state is saved and every process that was started is ended.

    Args:
        state: The folder that keeps the state between runs. Omitted: a temporary folder, deleted on exit.
        home: The folder for installed programs and logs. Omitted: `.local-cloud` in the checkout, or in the current
            folder where this package is installed.
        region: The Region of commands and clients, unless they name another. Omitted: us-east-1.
        account: The account ID of commands and clients, twelve digits. Omitted: 111122223333. Each account and each Region
            has resources of its own, in the same state.
        rate: Requests per second that the fake service accepts for each operation. Omitted: unlimited.
        retry_delay: Seconds until Lambda delivers an event again after a crash, an error or a timeout; the third and last
            delivery follows after twice as long. On AWS it is one minute and two minutes. Omitted: 1.
        replacement_rollback: What a rollback sends to a custom resource that the update replaced, which AWS does not
            document: `"delete"` (Delete of the new ID) or `"update"` (Update back to the old properties, then Delete of the
            new ID). Omitted: `"delete"`.
        fake_command: The command line of the fake service; it must print its URL on a line of its own. Omitted: that of
            `moto_sms_voice`.
        share: Whether other processes may use this cloud while it runs. Omitted: False.
        join: Whether to use the cloud that another process shares on this state, instead of starting one. Omitted: False.
        progress: Called with a line of text before each long step. Omitted: progress is not reported.

    Attributes:
        state: The folder of the state.
        environment: The variables for a command that is to use this cloud and nothing else.
        endpoint_url: The URL of ministack.
        fake_url: The URL of the fake service.
        certificates: The certificates of this run.
        log: The file with the output of ministack, of the Lambda functions and of the fake service.
        is_joined: Whether another process runs this cloud.
    """

    state: Path
    environment: dict[str, str]
    endpoint_url: str
    fake_url: str
    certificates: Certificates

    def __init__(
        self,
        *,
        state: Path | None = None,
        home: Path | None = None,
        region: str = REGION,
        account: str = ACCOUNT,
        rate: float | None = None,
        retry_delay: float = 1,
        replacement_rollback: str = "delete",
        fake_command: Sequence[str] | None = None,
        share: bool = False,
        join: bool = False,
        progress: Progress = _silent,
    ) -> None:
        if not (len(account) == ACCOUNT_DIGITS and account.isascii() and account.isdigit()):
            raise LocalCloudError(f"account is {account!r}: expected {ACCOUNT_DIGITS} digits")
        if replacement_rollback not in ("delete", "update"):
            raise ValueError(f'replacement_rollback is {replacement_rollback!r}: expected "delete" or "update"')
        self.home = (home or toolchain.HOME).resolve()
        self.region = region
        self.account = account
        self._wanted_state = state.resolve() if state else None
        self._rate = rate
        self._retry_delay = retry_delay
        self._replacement_rollback = replacement_rollback
        self._fake_command = fake_command
        self._share = share
        self._join = join
        self._progress = progress
        self._cleanup = contextlib.ExitStack()
        self._server: Server | Joined | None = None
        self._cdk: Path | None = None

    def __enter__(self) -> LocalCloud:
        try:
            self._start()
        except BaseException:
            with uninterrupted():
                self._cleanup.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with uninterrupted():
            self._cleanup.close()

    def _start(self) -> None:
        toolchain.make_home(self.home)
        scratch = self._scratch = Path(tempfile.mkdtemp(prefix="local-cloud-")).resolve()
        self._cleanup.callback(shutil.rmtree, scratch, ignore_errors=True)
        self.state = self._wanted_state or scratch / "state"
        try:
            lock = Lock(self.state, self._cleanup)
        except StateInUse as used:
            if not (self._join and used.connection):
                raise
            self._use(used.connection)
            return
        python = toolchain.ministack_python(self.home, self._progress)
        issued = issue(scratch)
        folder = logs.new_folder((self._wanted_state or self.home) / logs.FOLDER)
        inherited = dict(os.environ)
        shared = {"region": self.region, "account": self.account}
        settings = Settings(
            **shared,
            certificate=str(issued.chain),
            private_key=str(issued.private_key),
            fake_command=list(self._fake_command or self._moto_command()),
            fake_environment=fake_environment(inherited, **shared, certificates=issued, scratch=scratch),
            messages=str(self.state / MESSAGES),
            function_logs=str(folder / logs.FUNCTIONS),
            replacement_rollback=self._replacement_rollback,
        )
        variables = server_environment(
            inherited,
            **shared,
            certificates=issued,
            state=self.state,
            scratch=scratch,
            retry_delay=self._retry_delay,
        )
        server = Server(python, {**variables, **settings.to_environment()}, folder / logs.MINISTACK, scratch)
        self._cleanup.callback(self._stop, server)
        urls = server.wait_until_ready()
        self._reach(connection.own(urls["endpoint"], urls["fake"], server.log, issued), server)
        if self._share:
            lock.share(connection.own(urls["endpoint"], urls["fake"], server.log, issued))

    def _use(self, shared: Connection) -> None:
        """Use the cloud that another process runs."""
        if self._rate is not None:
            raise LocalCloudError(
                f"the cloud is up already (process {shared.process}), so its rate cannot be changed: leave --rate out, or stop "
                "`up` with Ctrl-C and start it with --rate"
            )
        self._reach(shared, Joined(Path(shared.log)))

    def _reach(self, shared: Connection, server: Server | Joined) -> None:
        self._server = server
        self.endpoint_url, self.fake_url, self.certificates = shared.endpoint, shared.fake, shared.certificates
        self.environment = client_environment(
            dict(os.environ),
            region=self.region,
            account=self.account,
            certificates=shared.certificates,
            endpoint=shared.endpoint,
            fake_url=shared.fake,
            home=self.state,
        )

    @property
    def is_joined(self) -> bool:
        """Whether another process runs this cloud."""
        return isinstance(self._server, Joined)

    def _moto_command(self) -> list[str]:
        command = [sys.executable, "-m", "moto_sms_voice", "serve", "--host", "127.0.0.1", "--port", "0"]
        command += ["--state", str(self.state / "sms-voice.json")]
        return command if self._rate is None else [*command, "--rate", str(self._rate)]

    def _stop(self, server: Server) -> None:
        self._server = None
        if server.process.poll() is None and not server.stop():
            self._progress(f"the local cloud did not stop in time, so its state may be incomplete; log: {server.log}")
        else:
            server.kill()
