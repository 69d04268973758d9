"""What is done with a file, by its bytes, its tags and what CloudFormation says. Whole runs are in test_attachment.py."""

import logging
from collections.abc import Iterator
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.attachment import handler
from sms_registration_handler.attachment.properties import AttachmentRequest, Content
from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.cloudformation.stack import Standing
from sms_registration_handler.errors import Failure, NoResponseExpected
from sms_registration_handler.resource import exactly_once, leftovers, owner_tags
from sms_registration_handler.resource.owner_tags import (
    CONTENT,
    LEFTOVER,
    OWNED,
    PENDING,
    REPLACES,
    REPLACING,
    REQUEST,
    STATE,
    Owner,
)
from support import described_registrations as described
from support.described_registrations import OURS, THEIRS

ONE, TWO = Content(b"one"), Content(b"two")
PROPERTIES = {"Bucket": "assets", "Key": "opt-in.png", "Tags": [{"Key": "a", "Value": "1"}]}
COMPLETE, FAILED, STARTED = "UPLOAD_COMPLETE", "UPLOAD_FAILED", "UPLOAD_IN_PROGRESS"


def id_of(number: int) -> str:
    return f"attachment-{number:032}"


FIRST, SECOND, THIRD, NEW = map(id_of, (1, 2, 3, 9))


def held(content: Content = ONE, state: str = OWNED, owner: Owner = OURS, **tags: Any) -> dict[str, str]:
    return {**owner.tags(), STATE: state, CONTENT: content.sha256, **tags}


def refusal(code: str) -> ServiceError:
    return ServiceError("DeleteRegistrationAttachment", code, "", "refused", "")


class Service:
    """A service with attachments; what is created becomes the ninth.

    Attributes:
        current: Their tags, by ID.
        writes: The operations, in order.
        fences: What each write was fenced with.
        created: The parameters of each CreateRegistrationAttachment.
        deleted: The IDs that were deleted, in order.
        statuses: What the new one is described as, in order; None is not visible. The last one is repeated.
        conflicts: How often each ID cannot be deleted.
        hidden: How often an ID is not found yet.
        unreadable: The error of describing one.
        error: The error of deleting one.
        reason: Why an upload failed.
    """

    def __init__(self) -> None:
        self._attachments: dict[str, dict[str, Any]] = {}
        self.current: dict[str, dict[str, str]] = {}
        self.writes: list[str] = []
        self.fences: list[Any] = []
        self.created: list[dict[str, Any]] = []
        self.deleted: list[str] = []
        self.statuses: list[str | None] = [COMPLETE]
        self.conflicts: dict[str, int] = {}
        self.hidden = 0
        self.unreadable: Failure | None = None
        self.error: ServiceError | None = None
        self.refused_tag: ServiceError | None = None
        self.reason = ""
        self.paused: list[float] = []
        self.lost_responses = 0

    def add(self, number: int, tags: dict[str, str], status: str = COMPLETE) -> dict[str, Any]:
        identity = id_of(number)
        self._attachments[identity] = {
            "RegistrationAttachmentId": identity,
            "RegistrationAttachmentArn": f"arn:{identity}",
            "AttachmentStatus": status,
            "AttachmentUploadErrorReason": self.reason if status == FAILED else "",
            "CreatedTimestamp": datetime.fromtimestamp(1_800_000_000 + number, timezone.utc),
        }
        self.current[identity] = dict(tags)
        return self._attachments[identity]

    def call(self, operation: str, *, subject: str, fence: Any = None, **parameters: Any) -> dict[str, Any]:
        if operation == "DescribeRegistrationAttachments":
            assert parameters == {"RegistrationAttachmentIds": [subject]}
            return {"RegistrationAttachments": self._described(subject)}
        if operation == "CreateRegistrationAttachment":
            assert (subject, fence) == ("s3://assets/opt-in.png", "before creating")
            self.created.append(parameters)
            self.writes.append("create")
            return self.add(9, {each["Key"]: each["Value"] for each in parameters["Tags"]}, STARTED)
        assert (operation, parameters) == ("DeleteRegistrationAttachment", {"RegistrationAttachmentId": subject})
        if self.error:
            raise self.error
        if self.conflicts.get(subject):
            self.conflicts[subject] -= 1
            raise refusal("ConflictException")
        self.deleted.append(subject)
        self._attachments[subject]["AttachmentStatus"] = "DELETED"
        return {}

    def _described(self, identity: str) -> list[dict[str, Any]]:
        if self.unreadable:
            raise self.unreadable
        if identity == NEW and self._attachments[NEW]["AttachmentStatus"] != "DELETED":
            status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
            if status is None:
                return []
            self.add(9, self.current[NEW], status)
        if self.hidden:
            self.hidden -= 1
            raise refusal("ResourceNotFoundException")
        if identity not in self._attachments:
            raise refusal("ResourceNotFoundException")
        return [self._attachments[identity]]

    def pages(self, operation: str, member: str, **_: Any) -> Iterator[dict[str, Any]]:
        assert (operation, member) == ("DescribeRegistrationAttachments", "RegistrationAttachments")
        yield from self._attachments.values()

    def tags(self, arn: str) -> dict[str, str]:
        return dict(self.current[arn.rpartition("/")[2].removeprefix("arn:")])

    def tag(self, arn: str, tags: dict[str, str], fence: Any = None) -> None:
        if self.refused_tag:
            raise self.refused_tag
        self.current[arn.rpartition("/")[2].removeprefix("arn:")] |= tags
        self.writes.append("tag")
        self.fences.append(fence)

    def untag(self, arn: str, keys: list[str], fence: Any = None) -> None:
        for key in keys:
            self.current[arn.rpartition("/")[2].removeprefix("arn:")].pop(key, None)
        self.writes.append("untag")

    def pause(self, seconds: float) -> None:
        self.paused.append(seconds)


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture(autouse=True)
def content(monkeypatch: pytest.MonkeyPatch) -> list[Content]:
    """The bytes of the file."""
    files = [ONE]
    monkeypatch.setattr(AttachmentRequest, "read", lambda request, service: files[0])
    return files


def run_of(service: Service, *, request_type: str = "Update", is_stale: bool = False, **answers: Any) -> Any:
    run = described.run_of(
        service,  # type: ignore[arg-type]
        **{"physical_id": FIRST, "properties": PROPERTIES, "old": PROPERTIES, **answers},
    )
    run.identified = []
    run.identify, run.is_stale, run.may_continue = run.identified.append, is_stale, lambda: False
    run.fence.before_creating = "before creating"
    run.event.request_type = request_type
    run.stack.accepted_id = lambda: answers.get("accepted")
    return run


def attributes(identity: str, status: str = COMPLETE) -> dict[str, str]:
    return {
        "RegistrationAttachmentArn": f"arn:{identity}",
        "RegistrationAttachmentId": identity,
        "AttachmentStatus": status,
    }


# --- Create ---


def created(service: Service, **answers: Any) -> Any:
    return handler.create(run_of(service, **{"physical_id": "", **answers}))


def test_create_uploads_and_ends_with_one_write(service: Service) -> None:
    run = run_of(service, physical_id="")
    outcome = handler.create(run)
    assert (outcome.physical_resource_id, outcome.attributes) == (NEW, attributes(NEW))
    [parameters] = service.created
    tags = {each["Key"]: each["Value"] for each in parameters.pop("Tags")}
    assert tags == {**held(state=PENDING), REQUEST: "request", "a": "1"}
    assert parameters == {"AttachmentBody": b"one", "ClientToken": "request"}
    assert service.current[NEW] == {**held(), REQUEST: "request", "a": "1"}
    assert (service.writes, run.identified) == (["create", "tag"], [NEW])


def test_declared_tag_is_declared_again_with_the_last_write(service: Service) -> None:
    service.add(9, {**held(state=PENDING), REQUEST: "request", "a": "by hand"})
    created(service)
    assert service.current[NEW]["a"] == "1"


def test_stale_create_uploads_nothing(service: Service) -> None:
    with pytest.raises(Failure, match="older than its ServiceTimeout"):
        created(service, is_stale=True)
    assert service.writes == []


@pytest.mark.parametrize(("standing", "error"), [(Standing.ABANDONED, Failure), (Standing.ENDED, NoResponseExpected)])
def test_canceled_create_takes_back_what_it_uploaded(
    service: Service, standing: Standing, error: type[Exception]
) -> None:
    with pytest.raises(error):
        created(service, standing=standing)
    assert (service.writes, service.deleted) == (["create"], [NEW])


def test_create_that_was_answered_writes_nothing_more(service: Service) -> None:
    service.add(9, {**held(), REQUEST: "request"})
    assert created(service, standing=Standing.RESPONDED, accepted=NEW).physical_resource_id == NEW
    assert service.writes == []


# --- the upload ---


@pytest.mark.parametrize(
    ("statuses", "pauses"),
    [([COMPLETE], 0), ([STARTED, COMPLETE], 1), ([None, STARTED, STARTED, COMPLETE], 3)],
)
def test_upload_is_waited_for(service: Service, statuses: list[str | None], pauses: int) -> None:
    service.statuses = statuses
    assert created(service, is_fresh=True).attributes["AttachmentStatus"] == COMPLETE
    assert [each for each in service.paused if each == 1.0] == [1.0] * pauses


@pytest.mark.parametrize(("reason", "text"), [("IT_IS_TOO_SMALL", "IT_IS_TOO_SMALL"), ("", "no reason was given")])
def test_failed_upload_says_why(service: Service, reason: str, text: str) -> None:
    service.statuses, service.reason = [FAILED], reason
    with pytest.raises(Failure, match=f"could not process {NEW}: {text}"):
        created(service)


@pytest.mark.parametrize(("status", "text"), [(STARTED, STARTED), (None, "not visible yet")])
def test_upload_is_waited_for_five_minutes(service: Service, status: str | None, text: str) -> None:
    service.statuses = [status]
    run = run_of(service, physical_id="")
    run = SimpleNamespace(**{**vars(run), "is_fresh": True})
    with pytest.raises(Failure, match=f"{NEW} was not uploaded within 300 s: it is {text}"):
        handler.create(run)  # type: ignore[arg-type]
    assert service.paused == [1.0] * 300


# --- Update ---


def updated(service: Service, **answers: Any) -> Any:
    return handler.update(run_of(service, **answers))


def test_same_bytes_keep_the_attachment(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "_ours", lambda *_: pytest.fail("searched the account"))
    service.add(1, {**held(), "a": "1"})
    outcome = updated(service)
    assert (outcome.physical_resource_id, outcome.attributes) == (FIRST, attributes(FIRST))
    assert service.writes == []


def test_tags_change_in_place_and_what_was_pending_is_owned(service: Service) -> None:
    service.add(1, held(state=PENDING))
    updated(service)
    assert service.current[FIRST] == {**held(), "a": "1"}
    assert service.writes == ["tag"]


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        (held(owner=THEIRS), f"it belongs to logical ID TollFree of stack {THEIRS.stack_id}"),
        ({}, "it has no owner tags"),
    ],
)
def test_what_is_not_ours_is_not_changed(service: Service, tags: dict[str, str], text: str) -> None:
    service.add(1, tags)
    for handle in (handler.update, handler.delete):
        with pytest.raises(Failure, match=f"{FIRST} is not changed: {text}"):
            handle(run_of(service))
    assert (service.writes, service.deleted) == ([], [])


def test_other_bytes_are_uploaded_after_a_mark(service: Service) -> None:
    service.add(1, held(TWO))
    run = run_of(service)
    assert handler.update(run).physical_resource_id == NEW
    assert service.current[FIRST] == held(TWO, **{REPLACING: "request"})
    assert service.current[NEW] == {**held(), REQUEST: "request", REPLACES: FIRST, "a": "1"}
    assert service.writes == ["tag", "create", "tag"]
    assert service.fences[0] == run.fence.before_write


@pytest.mark.parametrize("is_gone", [True, False])
def test_what_is_gone_or_failed_is_uploaded_again(service: Service, is_gone: bool) -> None:
    if not is_gone:
        service.add(1, held(), FAILED)
    service.add(2, held(state=PENDING))
    service.add(3, held())
    assert updated(service).physical_resource_id == NEW
    assert service.deleted == ([SECOND] if is_gone else [])
    assert "a" not in service.current[THIRD]


def test_what_is_no_attachment_is_not_looked_up(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handler, "_describe", lambda *_: pytest.fail("asked the service"))
    assert updated(service, physical_id="Stack-File-ABC").physical_resource_id == NEW


def test_sweep_for_what_is_gone_is_fenced(service: Service) -> None:
    service.add(2, held(state=PENDING))
    run = run_of(service)

    def ended() -> None:
        raise NoResponseExpected("later request")

    run.fence.before_write = ended
    with pytest.raises(NoResponseExpected):
        handler.update(run)
    assert (service.deleted, service.writes) == ([], [])


@pytest.mark.parametrize(
    ("tags", "status", "is_used"),
    [
        (held(), COMPLETE, True),
        (held(state=LEFTOVER), COMPLETE, True),
        (held(state=PENDING), COMPLETE, True),
        (held(TWO), COMPLETE, False),
        (held(owner=THEIRS), COMPLETE, False),
        (held(), STARTED, False),
        (held(), FAILED, False),
    ],
)
@pytest.mark.parametrize("rolling_back", [True, False])
def test_another_attachment_of_ours_with_the_same_bytes_is_used(
    service: Service, tags: dict[str, str], status: str, is_used: bool, rolling_back: bool
) -> None:
    service.add(1, held(TWO))
    service.add(2, tags, status)
    assert updated(service, rolling_back=rolling_back).physical_resource_id == (SECOND if is_used else NEW)
    if is_used:
        # Both are recorded, so that a rollback leaves again what was left.
        is_leftover = tags[STATE] == LEFTOVER
        expected = {**held(), "a": "1", **({} if rolling_back else {REPLACES: FIRST})}
        assert service.current[SECOND] == expected | ({REQUEST: "request"} if is_leftover else {})
        assert service.current[FIRST] == held(TWO) | ({REPLACING: "request"} if is_leftover else {})


@pytest.mark.parametrize("replaced", [SECOND, THIRD])
def test_the_replaced_one_is_preferred(service: Service, replaced: str) -> None:
    """An older one may remain because a version refers to it."""
    service.add(1, held(TWO, **{REPLACES: replaced}))
    service.add(2, held())
    service.add(3, held())
    assert updated(service).physical_resource_id == replaced


@pytest.mark.parametrize(("begun", "keep"), [("earlier", {FIRST, SECOND}), ("request", None), ("", None)])
def test_what_an_interrupted_replacement_left_is_swept_unless_it_is_used(
    service: Service, begun: str, keep: set[str] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept: list[Any] = []
    monkeypatch.setattr(exactly_once, "sweep_replacement", lambda run, *arguments: swept.append(arguments))
    service.add(1, held(TWO, **({REPLACING: begun} if begun else {})))
    service.add(2, held())
    service.add(3, held(TWO))
    assert updated(service).physical_resource_id == SECOND
    assert swept == ([] if keep is None else [(handler.ATTACHMENTS, begun, keep)])


def test_replacement_that_fails_is_deleted(service: Service) -> None:
    service.add(1, held(TWO, **{REPLACING: "request"}))
    service.statuses = [FAILED]
    with pytest.raises(Failure, match="could not process"):
        updated(service)
    assert service.deleted == [NEW]


# --- a rollback that could not restore ---


def test_rollback_that_fails_answers_with_what_is_described(service: Service) -> None:
    service.add(1, held(owner=THEIRS))
    outcome = updated(service, rolling_back=True)
    assert (outcome.physical_resource_id, outcome.attributes) == (FIRST, attributes(FIRST))


@pytest.mark.parametrize("physical_id", [FIRST, "Stack-File-ABC"])
def test_rollback_that_fails_answers_with_what_is_known(
    service: Service, physical_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.unreadable = ServiceError("Describe", "ValidationException", "", "refused", "")
    monkeypatch.setattr(AttachmentRequest, "parse", refuse)
    outcome = updated(service, rolling_back=True, physical_id=physical_id)
    arn = f"arn:aws:sms-voice:us-east-1:123456789012:registration-attachment/{physical_id}"
    assert outcome.physical_resource_id == physical_id
    assert outcome.attributes == {
        **attributes(physical_id, "DELETED"),
        "RegistrationAttachmentArn": arn,
    }


def refuse(*_: object) -> None:
    raise Failure("invalid properties")


# --- Delete ---


def deleted(service: Service, **answers: Any) -> list[str]:
    outcome = handler.delete(run_of(service, request_type="Delete", **answers))
    assert outcome.physical_resource_id == "fallback"
    return service.deleted


def test_delete(service: Service) -> None:
    service.add(1, held())
    service.add(2, held(state=PENDING))
    assert deleted(service) == [FIRST]


def test_one_that_is_not_visible_at_once_is_deleted(service: Service) -> None:
    service.add(1, held())
    service.hidden = 1
    assert deleted(service) == [FIRST]
    assert len(service.paused) == 1


def test_delete_of_what_is_gone_sweeps_what_is_pending(service: Service) -> None:
    service.add(2, held(state=PENDING))
    service.add(3, held())
    assert deleted(service) == [SECOND]
    service.add(1, held(), "DELETED")
    service.add(2, held(state=PENDING))
    assert deleted(service) == [SECOND, SECOND]


@pytest.mark.parametrize(("is_orphaned", "removed"), [(True, [SECOND, THIRD, FIRST]), (False, [THIRD, FIRST])])
def test_delete_sweeps_what_an_interrupted_replacement_left(
    service: Service, is_orphaned: bool, removed: list[str]
) -> None:
    service.add(1, held(**{REPLACING: "earlier", REQUEST: "earlier"}))
    service.add(2, held(**{REQUEST: "earlier"}))
    service.add(3, held(state=PENDING))
    assert deleted(service, held={FIRST}, deletes_resource=is_orphaned) == removed


def test_delete_of_a_failed_create_deletes_what_it_uploaded(service: Service) -> None:
    service.add(1, held(**{REQUEST: "earlier"}))
    service.add(2, held(state=PENDING))
    assert deleted(service, physical_id="not-created:TollFree:earlier") == [FIRST, SECOND]


def test_abandoned_request_deletes_what_it_uploaded(service: Service) -> None:
    service.add(1, held(state=PENDING, **{REQUEST: "request"}))
    service.add(2, held(state=PENDING, **{REQUEST: "other"}))
    handler.abandon(run_of(service))
    assert service.deleted == [FIRST]


@pytest.mark.parametrize(("conflicts", "is_deleted"), [(9, True), (10, False)])
def test_one_that_a_form_refers_to_is_reported_and_marked(
    service: Service, conflicts: int, is_deleted: bool, caplog: pytest.LogCaptureFixture
) -> None:
    service.add(1, held())
    service.conflicts = {FIRST: conflicts}
    assert deleted(service) == ([FIRST] if is_deleted else [])
    assert service.current[FIRST][STATE] == (OWNED if is_deleted else LEFTOVER)
    assert service.paused == [5.0] * 9
    reported = [each for each in caplog.records if hasattr(each, metrics.LEFTOVERS)]
    assert len(reported) == (0 if is_deleted else 1)
    if reported:
        [record] = reported
        assert record.levelno == logging.ERROR
        assert f"delete-registration-attachment --registration-attachment-id {FIRST}" in record.getMessage()


@pytest.mark.parametrize("is_refused", [True, False])
def test_mark_that_is_refused_does_not_matter(
    service: Service, is_refused: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[str] = []

    def mark(run: Any, identity: str) -> None:
        marked.append(identity)
        if is_refused:
            raise refusal("AccessDeniedException")

    monkeypatch.setattr(leftovers, "mark", mark)
    service.add(1, held())
    service.conflicts = {FIRST: 99}
    assert deleted(service) == []
    assert marked == [FIRST]


def test_denial_is_a_failure_if_it_exists(service: Service) -> None:
    service.add(1, held())
    service.error = refusal("AccessDeniedException")
    with pytest.raises(ServiceError, match="AccessDeniedException"):
        deleted(service)


def test_denial_is_its_absence_if_it_is_gone(service: Service) -> None:
    service.add(1, held(), "DELETED")
    service.error = refusal("AccessDeniedException")
    handler.ATTACHMENTS.remove(run_of(service), FIRST)


def test_another_error_of_describing_is_a_failure(service: Service) -> None:
    service.add(1, held())
    service.unreadable = ServiceError("Describe", "ValidationException", "", "refused", "")
    with pytest.raises(ServiceError, match="ValidationException"):
        deleted(service)
    assert owner_tags.STATE in service.current[FIRST]


@pytest.mark.parametrize("tags", [{}, held()])
def test_one_that_another_delivery_deletes_at_the_same_moment_is_deleted(
    service: Service, tags: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was described, and had no tags anymore when they were read. One with tags is not described again."""
    service.add(1, tags)
    service.add(2, held(state=PENDING))
    described: list[str] = []
    find = handler._find

    def found(run: Any, identity: str) -> Any:
        described.append(identity)
        return find(run, identity) if len(described) == 1 else None

    monkeypatch.setattr(handler, "_find", found)
    assert deleted(service) == ([FIRST] if tags else [SECOND])
    assert len(described) == (1 if tags else 2)


def test_rollback_of_what_was_never_an_attachment_asks_nothing(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AttachmentRequest, "parse", refuse)
    monkeypatch.setattr(handler, "_find", lambda *_: pytest.fail("asked the service"))
    assert updated(service, rolling_back=True, physical_id="Stack-File-ABC").physical_resource_id == "Stack-File-ABC"


def test_one_is_described_with_its_tags(service: Service) -> None:
    service.add(9, {**held(state=PENDING), REQUEST: "request"})
    described = handler.ATTACHMENTS.describe(run_of(service), NEW)
    assert described is not None
    assert (described.identity, described.is_pending, described.status) == (NEW, True, COMPLETE)
    assert handler.ATTACHMENTS.describe(run_of(service), FIRST) is None
