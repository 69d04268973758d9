"""Errors that end a command with a message."""

import click


class CommandError(click.ClickException):
    """Something that the user can fix; the message says how. The exit code is 2, because 1 means findings."""

    exit_code = 2
