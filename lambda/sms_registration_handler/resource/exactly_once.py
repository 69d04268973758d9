"""At most one effect per request, however often it is delivered, interrupted or overtaken. For registrations and attachments.

- The Create call has the RequestId as its ClientToken, and the owner tags with state=pending. A repeated delivery finds what the
  first one created. The last write before the response is state=owned.
- After the call, CloudFormation's status says whether it still waits for the request. If not, the new resource is deleted.
- What an interrupted request left is swept by the Delete or the rollback that follows, and by its own late redelivery.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar

from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS, ServiceError
from sms_registration_handler.cloudformation.event import NOT_CREATED
from sms_registration_handler.cloudformation.stack import Standing
from sms_registration_handler.errors import Failure, NoResponseExpected, OutOfTime
from sms_registration_handler.resource import owner_tags, scope
from sms_registration_handler.resource.invocation import Outcome, Run
from sms_registration_handler.resource.scope import Scope

logger = logging.getLogger(__name__)

RECENT_SECONDS = 2 * 3600
"""Used when CloudFormation does not say when the deployment began: what an abandoned Create left is newer than this, and what an
earlier removal policy retained is older."""


@dataclass(frozen=True)
class Described:
    """A registration or an attachment, as its Describe operation and ListTagsForResource return it."""

    NOUN: ClassVar[str]
    """Prefix of the API members for its ID and ARN."""

    description: Mapping[str, Any]
    tags: Mapping[str, str]

    @property
    def identity(self) -> str:
        """The RegistrationId or RegistrationAttachmentId."""
        return str(self.description[f"{self.NOUN}Id"])

    @property
    def arn(self) -> str:
        """The RegistrationArn or RegistrationAttachmentArn."""
        return str(self.description[f"{self.NOUN}Arn"])

    @property
    def is_pending(self) -> bool:
        """Whether the request that created it did not complete."""
        return self.tags.get(owner_tags.STATE) == owner_tags.PENDING

    @property
    def created(self) -> float:
        """The CreatedTimestamp, in seconds since the epoch."""
        created: datetime = self.description["CreatedTimestamp"]
        return created.timestamp()


DescribedT = TypeVar("DescribedT", bound=Described, covariant=True)


class Kind(Protocol[DescribedT]):
    """The operations that differ between registrations and attachments."""

    NOUN: str

    def ours(self, run: Run, scope: Scope) -> Sequence[DescribedT]:
        """Return those of this kind in a scope that the event's logical resource owns."""

    def describe(self, run: Run, identity: str) -> DescribedT | None:
        """Return one of this kind, whoever owns it, or None when it does not exist."""

    def remove(self, run: Run, identity: str) -> None:
        """Delete one of this kind. Succeeds when it no longer exists."""

    def sweep(self, run: Run, described: Any) -> None:
        """Delete or release what an interrupted request left."""


Matches = Callable[[Described], bool]


def pending(described: Described) -> bool:
    """Whether it was left by a request that did not complete."""
    return described.is_pending


def of_request(request: str) -> Matches:
    """Match what was left by a request that did not complete, or by this one: its ID, or what `begin_replacement` recorded."""
    request_id = request.partition(" ")[0]
    return lambda described: described.is_pending or described.tags.get(owner_tags.REQUEST) == request_id


def of_canceled_create(run: Run, began: float | None, until: float) -> Matches:
    """Match what was left by a request that did not complete, or created since the Create began that this Delete follows.

    For a Create whose response CloudFormation never saw. After a deployment without rollback, its Delete comes in a later one.

    Args:
        run: The run.
        began: When the Create began. None when unknown: then this is the deployment that sent it.
        until: When the next Create began.
    """
    began = began or run.stack.deployment_began()
    since = run.started - RECENT_SECONDS if began is None else began
    return lambda described: (
        described.is_pending
        # What an earlier deployment retained may be only some seconds older.
        or (since <= described.created < until and not run.stack.history.had_before(described.identity, since))
    )


def sweep(
    run: Run,
    kind: Kind[Described],
    matches: Matches,
    keep: Collection[str] = (),
    within: Scope | None = None,
    *,
    looks_again: bool = False,
    fence: Callable[[], None] | None = None,
) -> None:
    """Sweep everything that this logical resource owns and that matches, and what was to replace it, except `keep`.

    Args:
        run: The run.
        kind: What is swept.
        matches: Says for each whether it is swept.
        keep: IDs that are not swept.
        within: What can match. If omitted, whatever requests of this stack can have created.
        looks_again: Whether a canceled request may have created it moments ago, so that it may not be visible yet.
        fence: Called before the first one is swept. It raises an error if a later request may hold it. If omitted, the caller
            has made sure.
    """
    within = within or scope.of_stack(run)
    # All pages are read after a pause, and before it the first one only: what was created moments ago is mostly there.
    found = _swept(run, kind, matches, keep, within._replace(is_glance=looks_again))
    if looks_again and not found:
        run.service.pause(VISIBLE_AFTER_SECONDS)
        found = _swept(run, kind, matches, keep, within)
    if found and fence:
        fence()
    for described in found:
        logger.warning("sweeping %s, left by an interrupted request", described.identity)
        begun = described.tags.get(owner_tags.REPLACING)
        if begun:
            # A later deployment, which also failed, began to replace what this one had left.
            others = {*keep, *(each.identity for each in found)}
            sweep(run, kind, of_request(begun), others, scope.of_replacement(run, begun))
        kind.sweep(run, described)


def begin_replacement(run: Run, current: Described, claim: Mapping[str, str], adopted_id: str = "") -> str:
    """Record on a resource that this request replaces it, before anything is created or adopted in its place.

    If an earlier request already recorded that it adopts the same one, nothing is written, so that what either of them adopts is
    found.

    Args:
        run: The run.
        current: The resource.
        claim: Its owner tags, which the same call writes.
        adopted_id: What is adopted in its place; a search for what was created would not find it. If omitted, one is created.

    Returns:
        The RequestId that is recorded: what is adopted needs it as its REQUEST.
    """
    record = f"{run.event.request_id} {adopted_id}".strip()
    begun = current.tags.get(owner_tags.REPLACING, "")
    if begun != record and (not adopted_id or adopted_id not in begun):
        run.service.tag(current.arn, {**claim, owner_tags.REPLACING: record}, fence=run.fence.before_write)
        begun = record
    return begun.partition(" ")[0]


def sweep_replacement(run: Run, kind: Kind[Described], begun: str, keep: Collection[str]) -> None:
    """Sweep, in an Update, what an earlier Update created or adopted that began to replace the resource and did not complete.

    Args:
        run: The run.
        kind: What is swept.
        begun: What `begin_replacement` recorded.
        keep: IDs that are not swept.
    """

    def fence() -> None:
        # If this Update was delivered late, that replacement is of a later deployment, and the resource holds it.
        run.fence.before_irreversible("what a replacement left is not deleted")

    sweep(run, kind, of_request(begun), keep, scope.of_replacement(run, begun), looks_again=True, fence=fence)


def sweep_replacement_in_delete(run: Run, kind: Kind[Described], described: Described) -> None:
    """Sweep, in a Delete, what was left by the replacement of a resource, if one was begun.

    After a replacement that succeeded, what its request created is CloudFormation's current resource, and this Delete is a
    cleanup. If the resource itself is deleted with this ID, the replacement failed and what it created is orphaned.

    Args:
        run: The run.
        kind: What is swept.
        described: What is deleted.
    """
    begun = described.tags.get(owner_tags.REPLACING)
    if begun is not None:
        is_orphaned = run.stack.deletes_resource() and described.identity in (run.stack.held() or ())
        matches = of_request(begun) if is_orphaned else pending
        within = scope.of_replacement(run, begun)
        sweep(run, kind, matches, {described.identity}, within, looks_again=is_orphaned)


def _swept(run: Run, kind: Kind[Described], matches: Matches, keep: Collection[str], within: Scope) -> list[Described]:
    return [each for each in kind.ours(run, within) if each.identity not in keep and matches(each)]


def sweep_uncreated(run: Run, kind: Kind[Described]) -> None:
    """Sweep what a Create left when CloudFormation does not have its ID: it failed, was canceled, or never responded.

    The physical ID is the marker of a failed Create, or one that CloudFormation invented. Neither is ever sent to the service.
    """
    physical_id = run.event.physical_resource_id
    # A late redelivery must not delete what was created for this resource afterwards.
    held = run.stack.held()
    if held is None:
        # What is settled may be held. What is pending belongs to no resource.
        sweep(run, kind, pending)
        return
    began, until = run.stack.history.create_began()
    within = scope.of_create(run, began)
    if physical_id.startswith(NOT_CREATED):
        sweep(run, kind, of_request(physical_id.rpartition(":")[2]), held, within)
        return
    sweep(run, kind, of_canceled_create(run, began, until), held, within, looks_again=True)


def abandon(run: Run, kind: Kind[Described]) -> None:
    """Sweep what an interrupted delivery of this request left, when CloudFormation no longer waits for a response.

    What a completed request created is not touched: it belongs to the resource, is retained, or was handled by a later Delete.
    """
    sweep(run, kind, _unfinished(run), run.stack.held() or (), scope.of_request(run))


def _unfinished(run: Run) -> Matches:
    """Match what this request created, if it did not complete."""
    return lambda described: described.is_pending and described.tags.get(owner_tags.REQUEST) == run.event.request_id


def created_by_request(run: Run, kind: Kind[DescribedT]) -> DescribedT | None:
    """Return what an earlier delivery of this request created, or None. It looks twice: it may not be visible at once."""
    for is_last in (False, True):
        for described in kind.ours(run, scope.of_request(run)):
            if described.tags.get(owner_tags.REQUEST) == run.event.request_id:
                return described
        if not is_last:
            run.service.pause(VISIBLE_AFTER_SECONDS)
    return None


def create_once(run: Run, kind: Kind[Described], create: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return what an earlier delivery created. Without one, call `create` and return what it created.

    Args:
        run: The run.
        kind: What is created.
        create: Creates it, with the RequestId as ClientToken.
    """
    found = None if run.is_fresh else created_by_request(run, kind)
    if found is None:
        lost = run.service.lost_responses
        try:
            created = create()
            if run.service.lost_responses > lost:
                # As far as is known, the token makes both calls create one. If it does not, the first one is orphaned.
                sweep(run, kind, _unfinished(run), {str(created[f"{kind.NOUN}Id"])}, scope.of_request(run))
            return created
        except ServiceError as error:
            # The service has seen the token with other parameters, so something that this request created exists.
            found = created_by_request(run, kind) if error.code == "ConflictException" else None
            if found is None:
                raise
    return found.description


def is_still_wanted(run: Run, physical_id: str) -> bool:
    """Whether CloudFormation still waits for this request, holds this physical ID, or is at an Update that decides about it.

    A Delete may have done its work already.
    """
    if run.stack.standing() in (Standing.CURRENT, Standing.UNKNOWN) or run.stack.is_in_progress():
        return True
    held = run.stack.held()
    return held is None or (physical_id in held and not run.stack.is_deleting())


def already_responded(run: Run, kind: Kind[Described], identity: str) -> bool:
    """Whether CloudFormation already accepted a response with this ID. Then write nothing more: later tags must stay.

    Raises:
        Failure: When CloudFormation has abandoned this request. What was just created is deleted.
        NoResponseExpected: When CloudFormation accepted a response with another ID, or is at a later request. What was just
            created is deleted.
    """
    standing = run.stack.standing()
    if standing is Standing.ABANDONED:
        raise Failure(f"CloudFormation has since abandoned this request; {_withdraw(run, kind, identity)}")
    if standing not in (Standing.RESPONDED, Standing.ENDED):
        return False
    accepted = run.stack.accepted_id()
    if accepted != identity:
        raise NoResponseExpected(
            f"this request already had a response with the ID {accepted}; {_withdraw(run, kind, identity)}"
            if accepted
            else f"CloudFormation is at a later request; {_withdraw(run, kind, identity)}"
        )
    return True


def _withdraw(run: Run, kind: Kind[Described], identity: str) -> str:
    """Delete what was just created, unless the request that created it completed: then a later request decides about it."""
    described = kind.describe(run, identity)
    # If it cannot be described, it is not yet visible, or no longer exists.
    if described is None or described.tags.get(owner_tags.STATE, owner_tags.PENDING) == owner_tags.PENDING:
        kind.remove(run, identity)
        return f"{identity} was deleted"
    return f"{identity} is left unchanged"


def remove_on_failure(run: Run, kind: Kind[Described], act: Callable[[Callable[[str], None]], Outcome]) -> Outcome:
    """Run a replacement in an Update, and delete what it created when it fails.

    The response to a failed Update has the old ID, so CloudFormation would never delete the new resource.

    Args:
        run: The run.
        kind: What is replaced.
        act: Makes the replacement, and calls its argument with the ID of what it created.
    """
    created: list[str] = []
    try:
        return act(created.append)
    except Failure as failure:
        if not (isinstance(failure, OutOfTime) and run.may_continue()):
            for identity in created:
                try:
                    _withdraw(run, kind, identity)
                except Failure as leftover:
                    logger.error("%s remains until the rollback sweeps it: %s", identity, leftover)
        raise
