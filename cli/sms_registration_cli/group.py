"""The group of all commands. A command's module is imported when the command is used, or when help lists it."""

import difflib
import importlib

import click

COMMANDS = (
    "init",
    "types",
    "fields",
    "scaffold",
    "schema",
    "snapshot",
    "check",
    "plan",
    "status",
    "explain",
    "export",
    "local",
)
"""In the order of a user's day. Each one is the function `command` of the module of that name."""


class LazyGroup(click.Group):
    """A group that imports a command when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in our order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"sms_registration_cli.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the closest name in the error."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            if not near:
                raise
            raise click.UsageError(f"{error.message} Did you mean {near[0]!r}?", ctx) from None


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 success, 1 findings (check, plan, snapshot --check), 2 errors.",
)
@click.version_option(package_name="cdk-sms-registration", prog_name="sms-registration")
def sms_registration() -> None:
    """Registrations for AWS End User Messaging SMS: what to fill in, what is wrong with it, and what became of it.

    Credentials, --profile, --region and AWS_ENDPOINT_URL work as in the AWS CLI.
    """
