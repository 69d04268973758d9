"""How the form's handler carries out a checked form, what it records, and what it answers. Whole runs are in test_form.py."""

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.cloudformation import metrics
from sms_registration_handler.errors import Failure
from sms_registration_handler.form import claim, duplicates, executor, handler, marks
from sms_registration_handler.form.denial import MAX_ATTRIBUTE_BYTES, Denial
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.invocation import Outcome
from sms_registration_handler.resource.owner_tags import Owner
from sms_registration_rules import tag_keys

ID = "registration-" + "1" * 32
PHYSICAL_ID = claim.PHYSICAL_ID_PREFIX + ID
SECRET = "canary"


# --- after a submission ---


def test_nothing_rolls_a_submission_back(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    assert carried_out(monkeypatch, submits=True).attributes == {
        "VersionNumber": "4",
        "RegistrationStatus": "SUBMITTED",
        "VersionStatus": "SUBMITTED",
        "DeniedReasons": "",
        "MissingFields": "",
    }
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage() == f"{ID} was submitted, but its state could not be read afterwards: no"
    with pytest.raises(Failure, match="no"):
        carried_out(monkeypatch, submits=False)


def carried_out(monkeypatch: pytest.MonkeyPatch, *, submits: bool) -> Outcome:
    """A run that creates version 4 and whose last description fails."""
    planned = plan(submits=submits, creates_version=True)
    monkeypatch.setattr(handler, "_outcome", lambda *_: fails_with("no"))
    return carry_out(monkeypatch, [], lambda: planned)


def fails_with(text: str) -> None:
    raise Failure(text)


def plan(**members: Any) -> Any:
    def attributes(*, registration_status: str, version_number: int, version_status: str) -> dict[str, str]:
        return {
            "VersionNumber": str(version_number),
            "RegistrationStatus": registration_status,
            "VersionStatus": version_status,
        }

    planned = {"refusal": None, "notes": (), "submits": False, "creates_version": False, "attributes": attributes}
    return SimpleNamespace(**{**planned, **members})


def carry_out(
    monkeypatch: pytest.MonkeyPatch,
    steps: list[Any],
    planned: Callable[[], Any],
    *,
    begins_to_wait: bool = False,
    conflicts: int = 0,
    denial: str = "",
    rolling_back: bool = False,
) -> Outcome:
    left = [conflicts]

    def note(step: str) -> dict[str, str]:
        steps.append(step)
        return {}

    class Marks:
        def __init__(self, run: Any, registration: Any) -> None: ...

        def change(self, description: Any, form: Any, made: Any) -> Any:
            return SimpleNamespace(begins_to_wait=begins_to_wait)

        def write(self, change: Any, tags: dict[str, str]) -> None:
            steps.append(("write", dict(tags)))

    def execute(run: Any, description: Any, made: Any, *, is_last_attempt: bool) -> bool:
        steps.append(("execute", is_last_attempt))
        left[0] -= 1
        return left[0] < 0

    monkeypatch.setattr(marks, "Marks", Marks)
    monkeypatch.setattr(executor, "execute", execute)
    monkeypatch.setattr(handler, "_digest", lambda *_: {"digest": "d", **note("digest")})
    denied = SimpleNamespace(text=lambda redact: denial) if denial else None
    description = SimpleNamespace(
        planned=lambda form: (SimpleNamespace(version_number=3), planned()),
        denial=lambda: denied,
        invalidate=lambda: steps.append("invalidate"),
        redact=str,
    )
    registration, run = SimpleNamespace(identity=ID), SimpleNamespace()
    arguments: Any = (run, registration, description, SimpleNamespace(rolling_back=rolling_back))
    return handler._carry_out(*(*arguments, {"claim": "ours"}))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    monkeypatch.setattr(handler, "_outcome", lambda *_: Outcome("done"))
    return []


@pytest.mark.parametrize(
    ("submits", "begins_to_wait", "rolling_back", "has_digest"),
    [
        (False, False, False, False),
        (True, False, False, True),
        (False, True, False, True),
        (True, True, True, False),
    ],
)
def test_what_is_submitted_or_begins_to_wait_is_recorded_except_in_a_rollback(
    monkeypatch: pytest.MonkeyPatch,
    steps: list[Any],
    submits: bool,
    begins_to_wait: bool,
    rolling_back: bool,
    has_digest: bool,
) -> None:
    planned = plan(submits=submits)
    carry_out(monkeypatch, steps, lambda: planned, begins_to_wait=begins_to_wait, rolling_back=rolling_back)
    written = ("write", {"claim": "ours", **({"digest": "d"} if has_digest else {})})
    assert steps == [*(["digest"] if has_digest else []), written, ("execute", False)]


def test_a_conflict_leads_to_another_plan_and_the_claim_is_written_once(
    monkeypatch: pytest.MonkeyPatch, steps: list[Any]
) -> None:
    assert carry_out(monkeypatch, steps, plan, conflicts=3) == Outcome("done")
    assert steps == [
        *[("write", {"claim": "ours"}), ("execute", False), "invalidate"],
        *[("write", {}), ("execute", False), "invalidate"],
        *[("write", {}), ("execute", False), "invalidate"],
        *[("write", {}), ("execute", True)],
    ]


@pytest.mark.parametrize("denial", ["", "version 2 was denied"])
def test_a_refusal_writes_nothing_and_quotes_the_denial(
    monkeypatch: pytest.MonkeyPatch, steps: list[Any], denial: str
) -> None:
    with pytest.raises(Failure) as raised:
        carry_out(monkeypatch, steps, lambda: plan(refusal="refused"), denial=denial)
    assert str(raised.value) == ("refused. version 2 was denied" if denial else "refused")
    assert steps == []


@pytest.mark.parametrize(
    ("creates_version", "denial", "warns"),
    [(True, "the denial", True), (True, "", False), (False, "the denial", False)],
)
def test_a_new_version_after_a_denial_is_logged_with_it(
    monkeypatch: pytest.MonkeyPatch,
    steps: list[Any],
    caplog: pytest.LogCaptureFixture,
    creates_version: bool,
    denial: str,
    warns: bool,
) -> None:
    planned = plan(creates_version=creates_version, notes=("a note",))
    carry_out(monkeypatch, steps, lambda: planned, denial=denial)
    expected = [f"{ID}: a note", *([f"{ID}: a new version follows this denial: the denial"] if warns else [])]
    assert [each.getMessage() for each in caplog.records] == expected


# --- what is recorded of a submission ---


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("submits", [True, False])
@pytest.mark.parametrize("recorded", [None, "the digest", "another"])
def test_only_a_first_submission_is_compared_with_those_of_other_registrations(
    monkeypatch: pytest.MonkeyPatch, is_first: bool, submits: bool, recorded: str | None
) -> None:
    compared: list[Any] = []

    def digest(kind: str, values: object, associations: object, *, secret_paths: object) -> str:
        assert (kind, values, associations, secret_paths) == ("A TYPE", "declared values", "associations", "secrets")
        return "the digest"

    def refuse(
        service: object, description: object, target: object, form_digest: str, *, is_submitted_now: bool
    ) -> None:
        compared.append((service, target, form_digest, is_submitted_now))

    monkeypatch.setattr(duplicates, "digest", digest)
    monkeypatch.setattr(duplicates, "refuse_duplicate", refuse)
    run: Any = SimpleNamespace(service="service")
    registration: Any = SimpleNamespace(tags={owner_tags.FORM_DIGEST: recorded} if recorded else {})
    description: Any = SimpleNamespace(
        registration_type="A TYPE", secret_paths="secrets", is_first_submission=lambda: is_first
    )
    form: Any = SimpleNamespace(values="declared values", associations="associations")
    tags = handler._digest(run, registration, description, form, plan(submits=submits, target="all values"))
    assert tags == ({} if recorded == "the digest" else {owner_tags.FORM_DIGEST: "the digest"})
    assert compared == ([("service", "all values", "the digest", submits)] if is_first else [])


# --- the response ---


REASON = {"Reason": "OTHER_REASON", "LongDescription": f"It says {SECRET}."}
DENIAL = Denial(2, [REASON], [])


def redacted(text: str) -> str:
    return text.replace(SECRET, "***")


def description_of(version_status: str = "DENIED", denial: Denial | None = DENIAL) -> Any:
    state = SimpleNamespace(
        registration_id=ID, registration_status="REQUIRES_UPDATES", version_number=2, version_status=version_status
    )
    return SimpleNamespace(state=lambda: state, denial=lambda: denial, redact=redacted)


def answered(description: Any, *, pending: bool = False, missing: tuple[str, ...] = ()) -> Outcome:
    form: Any = SimpleNamespace(missing=missing)
    return handler._outcome(description, form, plan(pending_submission=pending))


def counted(caplog: pytest.LogCaptureFixture, metric: str) -> list[str]:
    return [each.getMessage() for each in caplog.records if hasattr(each, metric)]


@pytest.mark.parametrize("version_status", ["DENIED", "DRAFT"])
def test_the_response_has_the_denial_and_the_log_while_it_is_the_last_word(
    version_status: str, caplog: pytest.LogCaptureFixture
) -> None:
    text = "Version 2 was denied: OTHER_REASON: It says ***"
    assert answered(description_of(version_status)) == Outcome(
        PHYSICAL_ID,
        {
            "VersionNumber": "2",
            "RegistrationStatus": "REQUIRES_UPDATES",
            "VersionStatus": version_status,
            "DeniedReasons": text,
            "MissingFields": "",
        },
    )
    assert counted(caplog, metrics.DENIED_FORMS) == ([f"{ID}: {text}"] if version_status == "DENIED" else [])


def test_the_response_names_what_is_missing() -> None:
    outcome = answered(description_of("DRAFT", None), missing=("a.b", "c.d"))
    assert (outcome.attributes["DeniedReasons"], outcome.attributes["MissingFields"]) == ("", "a.b, c.d")
    long = answered(description_of("DRAFT", None), missing=("a" * 100,) * 20).attributes["MissingFields"]
    assert MAX_ATTRIBUTE_BYTES - 4 <= len(long.encode()) <= MAX_ATTRIBUTE_BYTES


@pytest.mark.parametrize("pending", [True, False])
def test_a_pending_submission_is_counted(pending: bool, caplog: pytest.LogCaptureFixture) -> None:
    answered(description_of("DRAFT", None), pending=pending)
    assert counted(caplog, metrics.PENDING_SUBMISSIONS) == ([f"{ID} is not submitted yet"] if pending else [])


# --- the response of a rollback that could not restore ---


UNKNOWN = {
    "VersionNumber": "0",
    "VersionStatus": "UNKNOWN",
    "RegistrationStatus": "UNKNOWN",
    "DeniedReasons": "",
    "MissingFields": "",
    "PendingSubmission": "false",
    "PendingAssociations": "false",
    "PendingChanges": "true",
}


OWNER = Owner("stack", "Form")


def unrestored(
    monkeypatch: pytest.MonkeyPatch,
    physical_id: str,
    find: Callable[[str], Any],
    denial: Denial | None = DENIAL,
    tags: dict[str, str] | None = None,
    removed: list[Any] | None = None,
) -> Any:
    monkeypatch.setattr(handler, "FormDescription", lambda service, found: description_of(denial=denial))
    untagged = [] if removed is None else removed
    service = SimpleNamespace(
        find=find,
        tags=lambda arn: {"arn": tags or {}}[arn],
        untag=lambda arn, keys, fence: untagged.append((arn, keys, fence)),
    )
    run: Any = SimpleNamespace(
        event=SimpleNamespace(physical_resource_id=physical_id),
        service=service,
        owner=OWNER,
        fence=SimpleNamespace(before_write="the fence"),
    )
    outcome = handler._unrestored(run)
    assert outcome.physical_resource_id == physical_id
    return outcome.attributes


@pytest.mark.parametrize("denial", [DENIAL, None])
def test_an_unrestored_form_is_described_without_any_text_of_the_service(
    monkeypatch: pytest.MonkeyPatch, denial: Denial | None
) -> None:
    """The secrets may not have been read, so they could not be removed."""
    assert unrestored(monkeypatch, PHYSICAL_ID, lambda _: {"RegistrationArn": "arn"}, denial) == {
        **UNKNOWN,
        "VersionNumber": "2",
        "VersionStatus": "DENIED",
        "RegistrationStatus": "REQUIRES_UPDATES",
        "DeniedReasons": "Version 2 was denied: OTHER_REASON" if denial else "",
    }


MARKS = {f"{tag_keys.SUBMISSION}1": "version=1", f"{tag_keys.ASSOCIATION}2": "phone-1"}


@pytest.mark.parametrize(
    ("tags", "removed"),
    [
        ({**OWNER.form_tags(), **MARKS, "a": "1"}, sorted(MARKS)),
        (OWNER.form_tags(), None),
        ({**Owner("stack", "Another").form_tags(), **MARKS}, None),
        (MARKS, None),
    ],
)
def test_no_watch_continues_an_unrestored_form(
    monkeypatch: pytest.MonkeyPatch, tags: dict[str, str], removed: list[str] | None
) -> None:
    """Its marks may be those of the deployment that failed."""
    untagged: list[Any] = []
    unrestored(monkeypatch, PHYSICAL_ID, lambda _: {"RegistrationArn": "arn"}, tags=tags, removed=untagged)
    assert untagged == ([("arn", removed, "the fence")] if removed else [])


def test_an_unrestored_form_whose_registration_is_gone_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unrestored(monkeypatch, PHYSICAL_ID, lambda _: None) == UNKNOWN


def test_an_unrestored_form_without_a_registration_asks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unrestored(monkeypatch, "Stack-Form-ABC", lambda _: pytest.fail("asked the service")) == UNKNOWN


def test_an_unrestored_form_that_cannot_be_read_is_unknown(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert unrestored(monkeypatch, PHYSICAL_ID, lambda _: fails_with("denied")) == UNKNOWN
    assert [(each.levelname, each.getMessage()) for each in caplog.records] == [("ERROR", "denied")]
