"""Registrations that a test describes directly, for decisions of the handler that need no whole run."""

import math
from collections.abc import Iterator
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from sms_registration_handler.cloudformation.stack import Standing
from sms_registration_handler.registration.registrations import DescribedRegistration
from sms_registration_handler.resource.owner_tags import OWNED, STATE, Owner

PREFIX = "arn:aws:cloudformation:us-east-1:123456789012:stack/"
OURS, THEIRS = Owner(f"{PREFIX}Ours/1", "TollFree"), Owner(f"{PREFIX}Theirs/2", "TollFree")
TYPE, OTHER_TYPE = "US_TOLL_FREE_REGISTRATION", "US_TEN_DLC_BRAND_REGISTRATION"


def id_of(number: int) -> str:
    return f"registration-{number:032}"


FIRST, SECOND, THIRD = id_of(1), id_of(2), id_of(3)


class Service:
    """A service with these registrations.

    Attributes:
        current: Their tags, by ID.
        writes: The operations, in order.
        fences: What each write was fenced with.
        hidden: How often an ID is not found yet.
    """

    def __init__(self) -> None:
        self._registrations: dict[str, dict[str, Any]] = {}
        self.current: dict[str, dict[str, str]] = {}
        self.writes: list[str] = []
        self.fences: list[Any] = []
        self.hidden = 0

    def add(
        self, number: int, tags: dict[str, str], *, kind: str = TYPE, status: str = "CREATED", version: int = 1
    ) -> DescribedRegistration:
        identity = id_of(number)
        self._registrations[identity] = {
            "RegistrationId": identity,
            "RegistrationArn": f"arn:{identity}",
            "RegistrationType": kind,
            "RegistrationStatus": status,
            "CurrentVersionNumber": version,
            "CreatedTimestamp": datetime.fromtimestamp(1_800_000_000 + number, timezone.utc),
        }
        self.current[identity] = dict(tags)
        return self.described(identity)

    def described(self, identity: str) -> DescribedRegistration:
        return DescribedRegistration(self._registrations[identity], dict(self.current[identity]))

    def find(self, identity: str) -> dict[str, Any] | None:
        if self.hidden:
            self.hidden -= 1
            return None
        return self._registrations.get(identity)

    def pages(self, operation: str, member: str, **_: Any) -> Iterator[dict[str, Any]]:
        assert (operation, member) == ("DescribeRegistrations", "Registrations")
        yield from self._registrations.values()

    def tags(self, arn: str) -> dict[str, str]:
        return dict(self.current[arn.removeprefix("arn:")])

    def tag(self, arn: str, tags: dict[str, str], fence: Any = None) -> None:
        self.current[arn.removeprefix("arn:")] |= tags
        self.writes.append("tag")
        self.fences.append(fence)

    def untag(self, arn: str, keys: list[str], fence: Any = None) -> None:
        assert keys, "the service refuses an empty list"
        for key in keys:
            self.current[arn.removeprefix("arn:")].pop(key, None)
        self.writes.append("untag")

    def pause(self, seconds: float) -> None: ...


def run_of(
    service: Service,
    *,
    standing: Standing = Standing.CURRENT,
    held: set[str] | None = frozenset(),  # type: ignore[assignment]
    in_progress: bool = False,
    rolling_back: bool = False,
    old: dict[str, Any] | None = None,
    **more: Any,
) -> Any:
    """A run of the request `request` by `OURS`, with these answers of CloudFormation. `more` are further ones."""

    def before_write() -> None: ...

    stack = SimpleNamespace(
        standing=lambda: standing,
        is_in_progress=lambda: in_progress,
        held=lambda: held,
        holds_another=lambda physical_id: physical_id in (held or ()),
        is_rolling_back=lambda: rolling_back,
        is_deleting=lambda: more.get("deleting", False),
        deletes_resource=lambda: more.get("deletes_resource", False),
        history=SimpleNamespace(
            was_deployed=lambda physical_id: more.get("was_deployed"),
            deployed_id=lambda: more.get("deployed_id"),
            create_began=lambda: (None, math.inf),
            reverted_update_completed=lambda: 1_000_000_000.0,
        ),
        status=more.get("status", "DELETE_IN_PROGRESS"),
        created=lambda: None,
        held_by_others=set,
        deployment_began=lambda: None,
    )
    event = SimpleNamespace(
        request_id="request",
        logical_resource_id=OURS.logical_resource_id,
        sent_at=None,
        partition="aws",
        region="us-east-1",
        account="123456789012",
        properties=more.get("properties", {}),
        old_properties=old or {},
        physical_resource_id=more.get("physical_id", ""),
        fallback_physical_id="fallback",
    )
    fence = SimpleNamespace(before_write=before_write, before_irreversible=lambda what: None)
    return SimpleNamespace(
        is_rollback=rolling_back,
        owner=OURS,
        service=service,
        stack=stack,
        event=event,
        fence=fence,
        started=1_800_000_000.0,
        is_fresh=False,
    )


def owned(state: str = OWNED, owner: Owner = OURS, **tags: str) -> dict[str, str]:
    return {**owner.tags(), STATE: state, **tags}
