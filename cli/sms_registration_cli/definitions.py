"""The definitions of a registration type: from a snapshot, else live."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sms_registration_cli import session, snapshots
from sms_registration_cli.errors import CommandError
from sms_registration_cli.snapshots import TypeForm

if TYPE_CHECKING:
    from sms_registration_cli.options import AwsOptions
    from sms_registration_cli.paced import Service


class Definitions:
    """Reads each type once.

    Args:
        aws: How to reach the service, which is asked only for a type that has no snapshot.
        folder: The folder of the snapshots. If omitted: sms-registration-definitions beside cdk.json.
        live: Whether to ask the service even if there is a snapshot.
        service: The service. If omitted: one is made when it is asked for the first time.
    """

    def __init__(
        self, aws: AwsOptions, *, folder: Path | None = None, live: bool = False, service: Service | None = None
    ) -> None:
        self._aws = aws
        self.folder = folder or snapshots.default_folder()
        self._live = live
        self._service = service
        self._known: dict[str, TypeForm] = {}

    def of(self, registration_type: str) -> TypeForm:
        """The definitions of a type.

        Raises:
            CommandError: There is no snapshot, and the service cannot be asked or does not know the type.
        """
        if registration_type not in self._known:
            saved = None if self._live else snapshots.load(self.folder, registration_type)
            self._known[registration_type] = saved or self._ask(registration_type)
        return self._known[registration_type]

    def saved_names(self) -> list[str]:
        """The types that have a snapshot."""
        return snapshots.names(self.folder)

    def _ask(self, registration_type: str) -> TypeForm:
        with _advised(registration_type, None if self._live else self.folder):
            if self._service is None:
                self._service = session.service(self._aws)
            return live(self._service, registration_type)


def live(service: Service, registration_type: str) -> TypeForm:
    """The definitions that the service has now: three operations, a second in all.

    Raises:
        CommandError: The service does not know the type; the message names similar ones.
    """
    try:
        found = service.call("DescribeRegistrationTypeDefinitions", RegistrationTypes=[registration_type])
        types = found.get("RegistrationTypeDefinitions") or []
    except CommandError as error:
        if "UNKNOWN_REGISTRATION_TYPE" not in error.message:
            raise
        types = []
    if not types:
        raise CommandError(_unknown(service, registration_type))
    return TypeForm(
        types[0],
        list(
            service.pages(
                "DescribeRegistrationSectionDefinitions",
                "RegistrationSectionDefinitions",
                RegistrationType=registration_type,
            )
        ),
        list(
            service.pages(
                "DescribeRegistrationFieldDefinitions",
                "RegistrationFieldDefinitions",
                RegistrationType=registration_type,
            )
        ),
        source=f"the service in {service.region}",
    )


def _unknown(service: Service, registration_type: str) -> str:
    from sms_registration_rules.messages import closest

    all_types = [
        str(each["RegistrationType"])
        for each in service.pages("DescribeRegistrationTypeDefinitions", "RegistrationTypeDefinitions")
    ]
    near = closest(registration_type, all_types)
    hint = f"; closest: {', '.join(near)}" if near else ""
    return f"{service.region} has no registration type {registration_type}{hint}. `sms-registration types` lists all of them"


@contextmanager
def _advised(registration_type: str, folder: Path | None) -> Iterator[None]:
    """Add to an error that a snapshot would do as well, and where to get one."""
    try:
        yield
    except CommandError as error:
        if folder is None or "has no registration type" in error.message:
            raise
        # This says how to do without an account too, and once is enough.
        message = error.message.partition(session.WITHOUT_ACCOUNT)[0]
        near = _similar(registration_type, snapshots.names(folder))
        hint = f" (is it {near}?)" if near else ""
        wanted = near or registration_type
        raise CommandError(
            f"{message}.\n{snapshots.shown(folder)} has no snapshot of {registration_type}{hint}; with one no AWS access is "
            f"needed: sms-registration snapshot {wanted}\nWithout an AWS account, the local cloud has them too: "
            f"sms-registration local run -- sms-registration snapshot {wanted}"
        ) from None


def _similar(registration_type: str, saved: Iterable[str]) -> str:
    """What a name that AWS has not published, and that has no snapshot, was most likely meant to be; empty if it is not clear."""
    from sms_registration_rules.durations import DURATIONS
    from sms_registration_rules.messages import closest

    published = [each.registration_type for each in DURATIONS if "*" not in each.registration_type]
    known = dict.fromkeys((*saved, *published))
    return "" if registration_type in known else next(iter(closest(registration_type, known, limit=1)), "")
