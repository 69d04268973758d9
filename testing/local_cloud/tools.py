"""What is done with a running cloud: boto3 clients, commands, the CDK CLI, reviews."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import boto3
import botocore.config
import botocore.session

from local_cloud import assembly, aws_cli, toolchain
from local_cloud.after_deployment import AfterDeployment
from local_cloud.assembly import Place
from local_cloud.connection import Joined
from local_cloud.processes import Server, run
from local_cloud.toolchain import LocalCloudError, Progress

BOOTSTRAPPED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


class Tools(AfterDeployment):
    """The part of `LocalCloud` that uses the cloud, whichever process runs it."""

    home: Path
    environment: dict[str, str]
    fake_url: str
    region: str
    account: str
    _server: Server | Joined | None
    _cdk: Path | None
    _progress: Progress
    deployed_to: Sequence[Place] = ()
    """The accounts and Regions of the latest deployment."""

    @property
    def log(self) -> Path:
        """The log of ministack, of this run."""
        return self._running().log

    def _running(self) -> Server | Joined:
        if self._server is None:
            raise LocalCloudError("the local cloud is not running: use it as a context manager")
        return self._server

    def client(self, service: str, *, place: Place | None = None, **settings: Any) -> Any:
        """Return a boto3 client for a service of this cloud, independent of the caller's AWS configuration.

        Args:
            service: The name of the service, such as `cloudformation` or `pinpoint-sms-voice-v2`.
            place: The account and the Region. Omitted: those of this cloud.
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
        account, region = place or Place(self.account, self.region)
        credentials = {"aws_access_key_id": account, "aws_secret_access_key": "local"}
        boto = boto3.Session(botocore_session=session, region_name=region, **credentials)
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
            LocalCloudError: The command does not exist, or is an AWS CLI that would call AWS.
        """
        aws_cli.require_support([*command], self.environment)
        environment = {**self.environment, **(variables or {})}
        done = run(command, environment, cwd or Path.cwd(), server=self._running(), stdout=stdout, stderr=stderr)
        if check:
            done.check_returncode()
        return done

    def cdk(self, *arguments: str, app: str | Path | None = None, **settings: Any) -> subprocess.CompletedProcess[str]:
        """Run the CDK CLI against this cloud, which is bootstrapped first if necessary, except to destroy stacks.

        Args:
            *arguments: The CLI's arguments.
            app: The folder of a synthesized app, or the command that synthesizes one. Omitted: from cdk.json.
            **settings: As for `run`.

        Raises:
            LocalCloudError: The CLI could not be installed or the bootstrap failed.
        """
        if arguments[:1] != ("destroy",):
            self.bootstrap()
        return self._run_cdk(*arguments, app=app, **settings)

    def _run_cdk(self, *arguments: str, app: str | Path | None, **settings: Any) -> subprocess.CompletedProcess[str]:
        chosen = ["--app", str(app)] if app is not None else []
        variables = {**self._cli_variables(), **settings.pop("variables", {})}
        return self.run([str(self._cli()), *arguments, *chosen], variables=variables, **settings)

    def deploy(self, *arguments: str, app: str | None, cwd: Path, **settings: Any) -> subprocess.CompletedProcess[str]:
        """Deploy an app, after a bootstrap of each account and Region of its stacks.

        Args:
            *arguments: The arguments of `cdk deploy`.
            app: The folder of a synthesized app, or the command that synthesizes one. None: from cdk.json.
            cwd: The folder of the app.
            **settings: As for `run`.

        Returns:
            What the CDK CLI returned: of the deployment, or of the synthesis if that failed.

        Raises:
            LocalCloudError: The CLI could not be installed or a bootstrap failed.
        """
        folder = cwd / app if app and (cwd / app / "manifest.json").is_file() else None
        if folder is None and not {"--watch", "--output", "-o"} & set(arguments):
            folder = assembly.output_folder(cwd)
            done = self._synthesize(folder, arguments, app, cwd, **settings)
            if done.returncode:
                return done
        self.bootstrap(assembly.places(folder, Place(self.account, self.region)) if folder else ())
        return self._run_cdk("deploy", *arguments, app=folder or app, cwd=cwd, **settings)

    def _synthesize(
        self, folder: Path, arguments: Sequence[str], app: str | None, cwd: Path, **settings: Any
    ) -> subprocess.CompletedProcess[str]:
        """Synthesize an app, to learn where it is deployed. What the CLI prints, `cdk deploy` prints again, unless it fails."""
        self._progress("synthesizing the app")
        chosen = ["--app", app] if app else []
        command = [str(self._cli()), "synth", "--quiet", "--output", str(folder), *_context(arguments), *chosen]
        done = self.run(
            command, cwd=cwd, variables=self._cli_variables(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        if done.returncode:
            print(done.stdout, end="", file=settings.get("stdout") or sys.stderr, flush=True)
        return done

    def _cli(self) -> Path:
        self._cdk = self._cdk or toolchain.cdk_cli(self.home, self._progress)
        return self._cdk

    def _cli_variables(self) -> dict[str, str]:
        polling = f'--require "{Path(__file__).with_name("fast_polling.cjs").as_posix()}"'
        return {"NODE_OPTIONS": f"{self.environment.get('NODE_OPTIONS', '')} {polling}".strip()}

    def bootstrap(self, places: Sequence[Place] = ()) -> None:
        """Deploy the CDK's own resources (asset bucket, roles) unless they exist; takes about five seconds for each place.

        Args:
            places: Accounts and Regions. Omitted: those of this cloud.

        Raises:
            LocalCloudError: `cdk bootstrap` failed; its output is part of the message.
        """
        self.deployed_to = [*places] or [Place(self.account, self.region)]
        for place in self.deployed_to:
            if not self._is_bootstrapped(place):
                self._bootstrap(place)

    def _is_bootstrapped(self, place: Place) -> bool:
        stacks = self.client("cloudformation", place=place).describe_stacks()["Stacks"]
        return any(each["StackName"] == "CDKToolkit" and each["StackStatus"] in BOOTSTRAPPED for each in stacks)

    def _bootstrap(self, place: Place) -> None:
        cli = self._cli()
        self._progress(f"bootstrapping {place} (first deployment only, about five seconds)")
        # Outside of the app's folder, where the CLI would synthesize the app first.
        command = [str(cli), "bootstrap", str(place)]
        variables = {"AWS_ACCESS_KEY_ID": place.account, "AWS_REGION": place.region, "AWS_DEFAULT_REGION": place.region}
        with tempfile.TemporaryDirectory() as elsewhere:
            done = self.run(
                command,
                cwd=Path(elsewhere),
                variables={**self._cli_variables(), **variables},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        if done.returncode:
            raise LocalCloudError(f"`cdk bootstrap` failed:\n{done.stdout}\nThe cloud's log: {self.log}")

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


def _context(arguments: Sequence[str]) -> list[str]:
    """The context values among the arguments of `cdk deploy`, which decide what is synthesized."""
    found: list[str] = []
    for index, argument in enumerate(arguments):
        if argument in ("-c", "--context"):
            found += arguments[index : index + 2]
        elif argument.startswith("--context="):
            found.append(argument)
    return found
