"""The cloud as an object: start it, use it, stop it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import boto3
import botocore.config
import botocore.session

from local_cloud import toolchain
from local_cloud.after_deployment import MESSAGES, AfterDeployment
from local_cloud.certificates import Certificates, issue
from local_cloud.environment import client_environment, fake_environment, server_environment
from local_cloud.handler_tests import HandlerTests
from local_cloud.processes import Server, run, uninterrupted
from local_cloud.server.settings import Settings
from local_cloud.toolchain import LocalCloudError, Progress

ACCOUNT = "111122223333"
REGION = "us-east-1"
LOGS_KEPT = 9
BOOTSTRAPPED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


def _silent(_: str) -> None:
    pass


class LocalCloud(HandlerTests, AfterDeployment):
    """A local AWS: ministack, the CloudFormation rules that it lacks, and the fake of End User Messaging SMS.

    Starting takes about two seconds, after a first run that installs ministack. Use it as a context manager: on exit the
    state is saved and every process that was started is ended.

    Args:
        state: The folder that keeps the state between runs. Omitted: a temporary folder, deleted on exit.
        home: The folder for installed programs and logs. Omitted: `.local-cloud` in the checkout, or in the current
            folder where this package is installed.
        region: The Region of every command. Omitted: us-east-1.
        account: The account ID, twelve digits. Omitted: 111122223333.
        rate: Requests per second that the fake service accepts for each operation. Omitted: unlimited.
        retry_delay: Seconds until Lambda delivers an event again after a crash, an error or a timeout; the third and last
            delivery follows after twice as long. On AWS it is one minute and two minutes. Omitted: 1.
        replacement_rollback: What a rollback sends to a custom resource that the update replaced, which AWS does not
            document: `"delete"` (Delete of the new ID) or `"update"` (Update back to the old properties, then Delete of the
            new ID). Omitted: `"delete"`.
        fake_command: The command line of the fake service; it must print its URL on a line of its own. Omitted: that of
            `moto_sms_voice`.
        progress: Called with a line of text before each long step. Omitted: progress is not reported.

    Attributes:
        state: The folder of the state.
        environment: The variables for a command that is to use this cloud and nothing else.
        endpoint_url: The URL of ministack.
        fake_url: The URL of the fake service.
        certificates: The certificates of this run.
        log: The file with the output of ministack, of the Lambda functions and of the fake service.
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
        progress: Progress = _silent,
    ) -> None:
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
        self._progress = progress
        self._cleanup = contextlib.ExitStack()
        self._server: Server | None = None
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

    @property
    def log(self) -> Path:
        """The log file of this run."""
        return self._running().log

    def _running(self) -> Server:
        if self._server is None:
            raise LocalCloudError("the local cloud is not running: use it as a context manager")
        return self._server

    def _start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        scratch = self._scratch = Path(tempfile.mkdtemp(prefix="local-cloud-")).resolve()
        self._cleanup.callback(shutil.rmtree, scratch, ignore_errors=True)
        self.state = self._wanted_state or scratch / "state"
        self.lock(self.state, self._cleanup)
        python = toolchain.ministack_python(self.home, self._progress)
        issued = issue(scratch)
        inherited = dict(os.environ)
        shared = {"region": self.region, "account": self.account}
        settings = Settings(
            **shared,
            certificate=str(issued.chain),
            private_key=str(issued.private_key),
            fake_command=list(self._fake_command or self._moto_command()),
            fake_environment=fake_environment(inherited, **shared, certificates=issued, scratch=scratch),
            messages=str(self.state / MESSAGES),
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
        server = Server(python, {**variables, **settings.to_environment()}, self._log_path(), scratch)
        self._cleanup.callback(self._stop, server)
        urls = server.wait_until_ready()
        self._server = server
        self.endpoint_url, self.fake_url = urls["endpoint"], urls["fake"]
        self.certificates = issued
        self.environment = client_environment(
            inherited,
            **shared,
            certificates=issued,
            endpoint=self.endpoint_url,
            fake_url=self.fake_url,
            home=self.state,
        )

    @staticmethod
    def lock(state: Path, until: contextlib.ExitStack) -> None:
        """Lock a state against other processes. Its folder is created if it is missing, for its owner alone.

        Args:
            state: The folder.
            until: The lock is released when this stack is closed or this process ends.

        Raises:
            LocalCloudError: Another process uses the state.
        """
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = until.enter_context((state / "lock").open("w"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LocalCloudError(
                f"another local cloud is using {state}: wait until it ends, or choose another folder with --state"
            ) from None

    def _log_path(self) -> Path:
        """The log of a kept state is in its folder. For temporary clouds, the newest few logs are kept."""
        if self._wanted_state:
            return self.state / "ministack.log"
        folder = self.home / "logs"
        old = sorted(folder.glob("ministack-*.log"), key=lambda log: log.stat().st_mtime)
        for log in old[:-LOGS_KEPT]:
            log.unlink(missing_ok=True)
        return folder / f"ministack-{self._scratch.name.rpartition('-')[2]}.log"

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

    def client(self, service: str, **settings: Any) -> Any:
        """Return a boto3 client for a service of this cloud, independent of the caller's AWS configuration.

        Args:
            service: The name of the service, such as `cloudformation` or `pinpoint-sms-voice-v2`.
            **settings: Further arguments for `boto3.Session.client`.
        """
        session = botocore.session.Session(
            session_vars={
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
        )
        fake = service == "pinpoint-sms-voice-v2"
        arguments: dict[str, Any] = {
            "endpoint_url": self.fake_url if fake else self.endpoint_url,
            "verify": str(self.certificates.bundle),
            "config": botocore.config.Config(proxies={}),
        }
        credentials = {"aws_access_key_id": self.account, "aws_secret_access_key": "local"}
        boto = boto3.Session(botocore_session=session, region_name=self.region, **credentials)
        return boto.client(service, **{**arguments, **settings})

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        variables: Mapping[str, str] | None = None,
        stdout: int | IO[Any] | None = None,
        stderr: int | IO[Any] | None = None,
        check: bool = False,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command against this cloud and wait until it ends.

        Args:
            command: The program and its arguments.
            cwd: The working directory. Omitted: the current one.
            variables: Variables in addition to `environment`. Omitted: none.
            stdout: As of `subprocess.run`. Omitted: the caller's.
            stderr: As of `subprocess.run`. Omitted: the caller's.
            check: Whether to raise an error on an exit code other than 0.

        Raises:
            subprocess.CalledProcessError: `check` is set and the command failed.
            LocalCloudError: The command does not exist.
        """
        environment = {**self.environment, **(variables or {})}
        done = run(command, environment, cwd or Path.cwd(), server=self._running(), stdout=stdout, stderr=stderr)
        if check:
            done.check_returncode()
        return done

    def cdk(self, *arguments: str, app: str | Path | None = None, **settings: Any) -> subprocess.CompletedProcess[str]:
        """Run the CDK CLI against this cloud, which is bootstrapped first if necessary.

        Args:
            *arguments: The CLI's arguments.
            app: The folder of a synthesized app, or the command that synthesizes one. Omitted: from cdk.json.
            **settings: As for `run`.

        Raises:
            LocalCloudError: The CLI could not be installed or the bootstrap failed.
        """
        self.bootstrap()
        chosen = ["--app", str(app)] if app is not None else []
        variables = {**self._cli_variables(), **settings.pop("variables", {})}
        return self.run([str(self._cli()), *arguments, *chosen], variables=variables, **settings)

    def _cli(self) -> Path:
        self._cdk = self._cdk or toolchain.cdk_cli(self.home, self._progress)
        return self._cdk

    def _cli_variables(self) -> dict[str, str]:
        polling = f'--require "{Path(__file__).with_name("fast_polling.cjs").as_posix()}"'
        return {"NODE_OPTIONS": f"{self.environment.get('NODE_OPTIONS', '')} {polling}".strip()}

    def bootstrap(self, *regions: str) -> None:
        """Deploy the CDK's own resources (asset bucket, roles) unless this cloud has them; takes about five seconds.

        Args:
            *regions: The Regions. Omitted: that of the cloud, which is enough for an app that names no other.

        Raises:
            LocalCloudError: `cdk bootstrap` failed; its output is part of the message.
        """
        missing = [region for region in regions or (self.region,) if not self._is_bootstrapped(region)]
        if not missing:
            return
        cli = self._cli()
        self._progress("bootstrapping (first deployment only, about five seconds)")
        # Outside of the app's folder, where the CLI would synthesize the app first.
        command = [str(cli), "bootstrap", *(f"aws://{self.account}/{region}" for region in missing)]
        with tempfile.TemporaryDirectory() as elsewhere:
            done = self.run(
                command,
                cwd=Path(elsewhere),
                variables=self._cli_variables(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        if done.returncode:
            raise LocalCloudError(f"`cdk bootstrap` failed:\n{done.stdout}\nThe cloud's log: {self.log}")

    def _is_bootstrapped(self, region: str) -> bool:
        stacks = self.client("cloudformation", region_name=region).describe_stacks()["Stacks"]
        return any(each["StackName"] == "CDKToolkit" and each["StackStatus"] in BOOTSTRAPPED for each in stacks)

    def review(self, action: str, registration_id: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Act as a reviewer of the service, through the command line of the fake, and wait for what the event invokes.

        Args:
            action: The name of the action, such as `approve` or `deny`.
            registration_id: The ID of the registration.
            *arguments: Further arguments of the fake's command line.
        """
        command = [sys.executable, "-m", "moto_sms_voice", "review", "--endpoint", self.fake_url]
        done = self.run([*command, action, registration_id, *arguments], variables=toolchain.python_path())
        self.settle()
        return done
