"""What can go wrong in a random deployment: faults of the service, CloudFormation and Lambda, and what happens during a run."""

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

from moto_sms_voice import exceptions
from sms_registration_contract.cloudformation import QUERY_ERRORS
from sms_registration_contract.containers import Killed

OPERATIONS = (
    "CreateRegistration",
    "CreateRegistrationAssociation",
    "CreateRegistrationAttachment",
    "CreateRegistrationVersion",
    "DeleteRegistration",
    "DeleteRegistrationAttachment",
    "DeleteRegistrationFieldValue",
    "DescribeRegistrationAttachments",
    "DescribeRegistrationFieldDefinitions",
    "DescribeRegistrationFieldValues",
    "DescribeRegistrationTypeDefinitions",
    "DescribeRegistrationVersions",
    "DescribeRegistrations",
    "DiscardRegistrationVersion",
    "ListRegistrationAssociations",
    "ListTagsForResource",
    "PutRegistrationFieldValue",
    "SubmitRegistrationVersion",
    "TagResource",
    "UntagResource",
)

ERRORS: dict[str, Callable[[], BaseException]] = {
    "killed": Killed,
    "5xx": exceptions.InternalServerException,
    "throttled": exceptions.ThrottlingException,
    "denied": exceptions.AccessDeniedException,
    "refused": lambda: exceptions.ValidationException("not accepted", "INVALID_PARAMETER", [("textValue", "wrong")]),
    "conflict": lambda: exceptions.ConflictException("busy", "OTHER", "registration", "registration-0"),
}
_ANYWHERE = sorted(set(ERRORS) - {"refused", "conflict"})
"""Errors that any request can get; the others are for writes."""

EITHER_SIDE = {"killed", "5xx"}
"""Errors that can also occur after the request is applied, so that its response is lost."""

REPLIES: tuple[int | str, ...] = (503, 403, "silence", "reset", "lost")
REVIEWS = ("start", "aws_review", "require_authentication", "offline_review", "approve", "deny", "revoke", "close")


@dataclass(frozen=True)
class Fault:
    """One fault of the service."""

    operation: str
    """The operation; empty for any."""
    kind: str
    after: bool
    nth: int
    times: int


@dataclass(frozen=True)
class Interruption:
    """Something that happens in the middle of a run, before its nth request."""

    nth: int
    what: str


@dataclass(frozen=True)
class Queries:
    """CloudFormation's API fails."""

    code: str
    nth: int
    """The first query that fails."""
    times: int

    @property
    def is_for_ever(self) -> bool:
        """Whether every query of the deployment fails from then on."""
        return self.times >= FOR_EVER


@dataclass(frozen=True)
class Trouble:
    """All faults and interruptions of one deployment."""

    faults: list[Fault]
    interruptions: list[Interruption]
    replies: list[int | str]
    cold: bool
    other_fails: bool
    rollback_knows: str
    cleanup_shows: str = "new"
    is_parallel: bool = False
    """Whether independent resources are deployed at once."""
    again: tuple[float | None, ...] = ()
    """After how many seconds each event is delivered a second time; only in parallel."""
    queries: Queries | None = None
    rolls_back: bool = True
    unheard: int = 0
    """CloudFormation takes no response to the nth request of the deployment. 0: it takes all."""
    pause: float = 61.0
    """Seconds since the last deployment."""

    @property
    def is_none(self) -> bool:
        """Whether nothing goes wrong."""
        happens = self.faults or self.interruptions or self.replies or self.other_fails or self.queries or self.unheard
        return not (happens or any(self.again))


FOR_EVER = 1_000_000
_QUERIES = st.builds(
    Queries,
    code=st.sampled_from(sorted(QUERY_ERRORS)),
    nth=st.integers(1, 12),
    times=st.sampled_from([1, 1, 2, 5, FOR_EVER]),
)
_AGAIN = st.lists(st.sampled_from([None, None, None, 0.5, 15.0, 30.0, 45.0]), max_size=6).map(tuple)
_TIMES = st.sampled_from([1, 1, 1, 2, 3, 9])
_FAULTS = st.one_of(
    st.builds(
        Fault,
        operation=st.sampled_from(OPERATIONS),
        kind=st.sampled_from(_ANYWHERE),
        after=st.booleans(),
        nth=st.integers(1, 3),
        times=_TIMES,
    ),
    st.builds(
        Fault,
        operation=st.sampled_from([name for name in OPERATIONS if not name.startswith(("Describe", "List"))]),
        kind=st.sampled_from(sorted(ERRORS)),
        after=st.booleans(),
        nth=st.integers(1, 3),
        times=_TIMES,
    ),
    st.builds(
        Fault,
        operation=st.just(""),
        kind=st.sampled_from(_ANYWHERE),
        after=st.booleans(),
        nth=st.integers(1, 40),
        times=_TIMES,
    ),
)
_INTERRUPTIONS = st.builds(
    Interruption, nth=st.integers(1, 40), what=st.sampled_from(["cancel", "cancel", "late", "review", "time"])
)
NO_TROUBLE = Trouble([], [], [], cold=False, other_fails=False, rollback_knows="new")
TROUBLES = st.one_of(
    st.just(NO_TROUBLE),
    st.builds(
        Trouble,
        faults=st.lists(_FAULTS, max_size=3),
        interruptions=st.lists(_INTERRUPTIONS, max_size=2),
        replies=st.one_of(st.just([]), st.lists(st.sampled_from(REPLIES), max_size=12)),
        cold=st.booleans(),
        other_fails=st.booleans(),
        rollback_knows=st.sampled_from(["new", "old"]),
        cleanup_shows=st.sampled_from(["new", "old"]),
        is_parallel=st.booleans(),
        again=_AGAIN,
        queries=st.one_of(st.none(), st.none(), _QUERIES),
        rolls_back=st.sampled_from([True, True, True, False]),
        unheard=st.sampled_from([0, 0, 0, 0, 0, 1, 2, 3]),
        pause=st.sampled_from([5.0, 61.0]),
    ),
)
