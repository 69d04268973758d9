"""What a search for registrations or attachments of a logical resource has to read: only what can match.

An account may hold thousands that are none of ours. The service filters by type and status only, so a search reads their
descriptions page by page. It reads the tags of one, which costs a request, only if the description does not rule it out.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sms_registration_handler.aws.sms_voice import Service, ServiceError
from sms_registration_handler.resource.invocation import Run

logger = logging.getLogger(__name__)

_CLOCK_SKEW_SECONDS = 30.0
"""How far the service's clock may differ from CloudFormation's."""

_AT_ONCE_SECONDS = 1800.0
"""A Create that failed or was canceled began no earlier than this before its Delete; one without a response an hour before."""

_PAGE = 100
"""The most that the service returns at once."""

_DRAFT = "CREATED"
"""The RegistrationStatus before the first submission."""


class Scope(NamedTuple):
    """What can match. Each member narrows the search; what is omitted narrows nothing."""

    since: float | None = None
    """Only what was created then or later, in seconds since the epoch."""
    registration_type: str = ""
    """Only registrations of this type."""
    is_draft: bool = False
    """Only registrations that nobody has submitted."""
    held: Collection[str] = ()
    """Without these: other resources of the stack hold them."""
    identity: str = ""
    """Only this registration."""
    is_glance: bool = False
    """Only the first page, before a search of all pages."""

    def registrations(self, service: Service) -> Iterator[Mapping[str, Any]]:
        """Describe the registrations that can match."""
        if self.identity:
            yield from filter(None, [service.find(self.identity)])
            return
        filters = [
            {"Name": name, "Values": [value]}
            for name, value in (
                ("registration-type", self.registration_type),
                ("registration-status", _DRAFT if self.is_draft else ""),
            )
            if value
        ]
        for each in _filtered(service, filters, self._most):
            has_type = self.registration_type in ("", each["RegistrationType"])
            has_status = (
                each["RegistrationStatus"] == _DRAFT if self.is_draft else each["RegistrationStatus"] != "DELETED"
            )
            if has_type and has_status and self._admits(str(each["RegistrationId"]), each):
                yield each

    def attachments(self, service: Service) -> Iterator[Mapping[str, Any]]:
        """Describe the attachments that can match."""
        pages = service.pages("DescribeRegistrationAttachments", "RegistrationAttachments", MaxResults=_PAGE)
        for each in islice(pages, self._most):
            if each["AttachmentStatus"] != "DELETED" and self._admits(str(each["RegistrationAttachmentId"]), each):
                yield each

    @property
    def _most(self) -> int | None:
        return _PAGE if self.is_glance else None

    def _admits(self, identity: str, description: Mapping[str, Any]) -> bool:
        is_new = self.since is None or description["CreatedTimestamp"].timestamp() >= self.since
        return is_new and identity not in self.held


def _filtered(service: Service, filters: list[dict[str, Any]], most: int | None) -> Sequence[Mapping[str, Any]]:
    """All pages at once. Without the filters, should the service refuse them: what does not match is dropped anyway."""
    try:
        return list(islice(_pages(service, **({"Filters": filters} if filters else {})), most))
    except ServiceError as error:
        if not filters or error.code != "ValidationException":
            raise
        logger.warning("the service refused filters: %s", error)
        return list(islice(_pages(service), most))


def _pages(service: Service, **parameters: Any) -> Iterator[Mapping[str, Any]]:
    return service.pages("DescribeRegistrations", "Registrations", MaxResults=_PAGE, **parameters)


def of_stack(run: Run) -> Scope:
    """What requests of this stack can have created: nothing that is older than the stack."""
    return Scope(since=run.stack.created())


def of_replacement(run: Run, begun: str) -> Scope:
    """What a request can have created or adopted that began a replacement; see `exactly_once.begin_replacement`."""
    adopted_id = begun.partition(" ")[2]
    return Scope(identity=adopted_id) if adopted_id else of_stack(run)


def of_request(run: Run) -> Scope:
    """What this request can have created."""
    sent = run.event.sent_at
    return of_stack(run) if sent is None else Scope(since=sent - _CLOCK_SKEW_SECONDS)


def of_create(run: Run, began: float | None) -> Scope:
    """What the Create can have created that this Delete follows.

    In the rollback that follows it at once, that is a draft. A later Delete also finds what somebody has submitted since, as does
    one that follows when CloudFormation has waited an hour for the response.

    Args:
        run: The run.
        began: When the Create began; None when unknown.
    """
    follows_at_once = began is not None and run.started - began < _AT_ONCE_SECONDS
    return Scope(
        since=run.stack.created() if began is None else began,
        registration_type=str(run.event.properties.get("RegistrationType", "")),
        is_draft=follows_at_once and run.stack.is_rolling_back(),
        held=run.stack.held_by_others(),
    )
