"""The entry point of `sms-registration`.

Only the standard library is imported here, so that a missing extra ends in a sentence and not in a traceback.
"""

import sys

_MISSING = """\
sms-registration needs packages that are not installed: {name}.
Install them with: pip install 'cdk-sms-registration[{extra}]'"""

_EXTRAS = {
    "click": "cli",
    "rich": "cli",
    "boto3": "cli",
    "botocore": "cli",
    "moto": "local",
    "pydantic": "local",
    "trustme": "local",
}


def main() -> None:
    """Run the command line of this process, and end it with the command's exit code."""
    try:
        from sms_registration_cli.group import sms_registration

        sms_registration(prog_name="sms-registration")
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRAS:
            raise
        print(_MISSING.format(name=package, extra=_EXTRAS[package]), file=sys.stderr)
        sys.exit(2)
