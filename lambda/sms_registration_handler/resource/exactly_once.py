"""At most one effect for one request, however often it is delivered, killed or overtaken: registrations and attachments alike.

- What is made carries the RequestId as its ClientToken and, in the same call, the owner tags with state=pending. A repeated
  delivery finds what the first one made; the last write before the answer is state=owned.
- After the call, CloudFormation is asked whether it still wants it; if not, what was just made is deleted.
- What an interrupted request left is swept by the Delete or the rollback that follows it, and by its own late repetition.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol, TypeVar

from sms_registration_handler.aws.sms_voice import VISIBLE_AFTER_SECONDS, ServiceError
from sms_registration_handler.cloudformation.event import NOT_CREATED
from sms_registration_handler.errors import Failure, NobodyWaits, OutOfTime
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.invocation import Outcome, Run

logger = logging.getLogger(__name__)

YOUNG = 2 * 3600
"""Seconds. Where CloudFormation does not say when its deployment began: what a Create left that it gave up is younger than this,
and what an earlier removal policy retained is older."""


@dataclass(frozen=True)
class Described:
    """A registration or an attachment as its Describe operation and ListTagsForResource tell it."""

    NOUN: ClassVar[str]
    """What the service's names of its id and ARN begin with."""

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
        """Whether the request that made it never came to its end."""
        return self.tags.get(owner_tags.STATE) == owner_tags.PENDING

    @property
    def created(self) -> float:
        """The CreatedTimestamp, in seconds since the epoch."""
        created: datetime = self.description["CreatedTimestamp"]
        return created.timestamp()


DescribedT = TypeVar("DescribedT", bound=Described, covariant=True)


class Kind(Protocol[DescribedT]):
    """What differs between registrations and attachments."""

    NOUN: str

    def ours(self, run: Run) -> Sequence[DescribedT]:
        """Everything of this kind that belongs to the event's logical resource."""

    def describe(self, run: Run, identity: str) -> DescribedT | None:
        """One of this kind, whoever's; None when it does not exist."""

    def remove(self, run: Run, identity: str) -> None:
        """Delete it; that it is gone already is a success."""

    def sweep(self, run: Run, described: Any) -> None:
        """End what an interrupted request left."""


Matches = Callable[[Described], bool]


def pending(described: Described) -> bool:
    """Left by a request that never came to its end."""
    return described.is_pending


def of_request(request_id: str) -> Matches:
    """Left by a request that never came to its end, or made by this very one."""
    return lambda described: described.is_pending or described.tags.get(owner_tags.REQUEST) == request_id


def of_this_deployment(run: Run) -> Matches:
    """Left by a request that never came to its end, or made in the stack's last deployment: its answer was never seen."""
    began = run.stack.deployment_began()
    since = run.started - YOUNG if began is None else began
    return lambda described: described.is_pending or described.created >= since


def sweep(run: Run, kind: Kind[Described], matches: Matches, keep: Collection[str] = ()) -> bool:
    """End everything of this logical resource that matches, except what is to be kept; whether there was anything."""
    found = [each for each in kind.ours(run) if each.identity not in keep and matches(each)]
    for described in found:
        logger.warning("sweeping %s, left by an interrupted request", described.identity)
        kind.sweep(run, described)
    return bool(found)


def sweep_uncreated(run: Run, kind: Kind[Described]) -> None:
    """End what a Create left whose id CloudFormation does not know: it failed, was cancelled, or never answered.

    The physical id is the marker of a failed Create, or one that CloudFormation made up. Neither is ever sent to the service.
    """
    physical_id = run.event.physical_resource_id
    # A late repetition must not reach what was made for this resource after it.
    held = run.stack.held()
    if physical_id.startswith(NOT_CREATED):
        sweep(run, kind, of_request(physical_id.rpartition(":")[2]), keep=held)
    elif not sweep(run, kind, of_this_deployment(run), keep=held):
        run.service.pause(VISIBLE_AFTER_SECONDS)  # a cancelled Create may have made it a moment ago
        sweep(run, kind, of_this_deployment(run), keep=held)


def abandon(run: Run, kind: Kind[Described]) -> None:
    """Sweep what an interrupted delivery of this request left, when CloudFormation waits for its answer no more.

    What came to its end is not touched: it is the resource's, or retained, or the Delete that followed has seen to it.
    """
    sweep(run, kind, _unfinished(run), keep=run.stack.held())


def _unfinished(run: Run) -> Matches:
    """Made by this very request, which has not come to its end."""
    return lambda described: described.is_pending and described.tags.get(owner_tags.REQUEST) == run.event.request_id


def made_by_request(run: Run, kind: Kind[DescribedT]) -> DescribedT | None:
    """What an earlier delivery of this request made; None when there is none."""
    for described in kind.ours(run):
        if described.tags.get(owner_tags.REQUEST) == run.event.request_id:
            return described
    return None


def make_once(run: Run, kind: Kind[Described], create: Callable[[], Mapping[str, Any]]) -> Mapping[str, Any]:
    """What an earlier delivery made, else what `create` makes.

    Args:
        run: The run.
        kind: What is made.
        create: Makes it, with the RequestId as ClientToken.
    """
    found = None if run.is_fresh else made_by_request(run, kind)
    if found is None:
        lost = run.service.lost_answers
        try:
            made = create()
            if run.service.lost_answers > lost:
                # The token makes one of both, as far as is known; if not, the first one is nobody's.
                sweep(run, kind, _unfinished(run), keep={str(made[f"{kind.NOUN}Id"])})
            return made
        except ServiceError as error:
            # The service knows the token with other parameters: then something of this very request exists.
            found = made_by_request(run, kind) if error.code == "ConflictException" else None
            if found is None:
                raise
    return found.description


def is_answered(run: Run, kind: Kind[Described], identity: str) -> bool:
    """Whether CloudFormation has taken this as the answer already: then nothing more is written, later tags must stay.

    Raises:
        Failure: CloudFormation has given up this request. What was made is deleted then.
        NobodyWaits: CloudFormation has another answer to it; what was made is deleted.
    """
    if run.stack.moved_on():
        raise Failure(f"CloudFormation has given up this request meanwhile, {_withdraw(run, kind, identity)}")
    answered = run.stack.answered_with()
    if answered and answered not in (identity, run.event.physical_resource_id):
        raise NobodyWaits(f"this request was answered with {answered} before, {_withdraw(run, kind, identity)}")
    return answered == identity


def _withdraw(run: Run, kind: Kind[Described], identity: str) -> str:
    """Delete what was just made; what has come to its end is the resource's, or retained, or its Delete's to see to."""
    described = kind.describe(run, identity)
    # What cannot be described is too young to be seen, or gone.
    if described is None or described.tags.get(owner_tags.STATE, owner_tags.PENDING) == owner_tags.PENDING:
        kind.remove(run, identity)
        return f"{identity} was deleted again"
    return f"{identity} is left as it is"


def removed_on_failure(run: Run, kind: Kind[Described], act: Callable[[Callable[[str], None]], Outcome]) -> Outcome:
    """Replace in an Update: when it fails the answer carries the old id, so CloudFormation would never delete the new one.

    Args:
        run: The run.
        kind: What is replaced.
        act: Replaces it, and calls its argument with the id of what it has made.
    """
    made: list[str] = []
    try:
        return act(made.append)
    except Failure as failure:
        if not (isinstance(failure, OutOfTime) and run.may_continue()):
            for identity in made:
                try:
                    _withdraw(run, kind, identity)
                except Failure as leftover:
                    logger.error("%s stays until the rollback sweeps it: %s", identity, leftover)
        raise
