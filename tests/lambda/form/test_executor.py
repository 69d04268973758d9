"""The calls of a plan: what each is fenced with, and what each refusal leads to."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.aws.sms_voice import ServiceError
from sms_registration_handler.errors import Failure, OutOfTime
from sms_registration_handler.form import executor
from sms_registration_rules.planning.plan import (
    Associate,
    CreateVersion,
    DeleteValue,
    DiscardVersion,
    Plan,
    PutValue,
    Step,
    Submit,
)
from sms_registration_rules.values import SelectChoices, TextValue

ID, PHONE = "registration-1", "phone-1"
PUT = PutValue("a", TextValue("the value"))
HELD = {"a": TextValue("the value")}


class Service:
    """A service whose next calls fail with these errors, in order; None succeeds.

    Attributes:
        called: The operations, with the parameters that matter.
        checked: What the fence was asked for, before each attempt.
    """

    def __init__(self, *errors: Exception | None) -> None:
        self._errors = list(errors)
        self.called: list[tuple[str, dict[str, Any]]] = []
        self.associations: list[dict[str, str]] = []
        self.paused: list[float] = []
        self.pause_fails = False

    def call(self, operation: str, *, subject: str, fence: Callable[[], None], **parameters: Any) -> dict[str, Any]:
        assert parameters.pop("RegistrationId") == ID
        fence()
        self.called.append((operation, parameters))
        error = self._errors.pop(0) if self._errors else None
        if error:
            raise error
        return {}

    def pages(self, operation: str, member: str, **parameters: Any) -> list[dict[str, str]]:
        assert (operation, parameters) == ("ListRegistrationAssociations", {"RegistrationId": ID})
        return self.associations

    def pause(self, seconds: float) -> None:
        if self.pause_fails:
            raise OutOfTime("late")
        self.paused.append(seconds)


class Fence:
    def __init__(self) -> None:
        self.checked: list[str] = []

    def before_write(self) -> None:
        self.checked.append("write")

    def before_irreversible(self, what: str) -> None:
        self.checked.append(what)

    def must_finish(self) -> None:
        self.checked.append("must finish")


class Description:
    """The described form.

    Attributes:
        held: The values of each reading of the version; the last one is repeated.
        read: The versions whose values were read.
    """

    registration_id = ID
    unknown_to_planner = frozenset({"unknown"})

    def __init__(self) -> None:
        self.held: list[dict[str, Any]] = [HELD]
        self.is_unchanged = True
        self.invalidated = 0
        self.undeletable: set[str] = set()
        self.read: list[int] = []

    def current_version(self) -> dict[str, Any]:
        return {"VersionNumber": 3}

    def current_version_is_unchanged(self) -> bool:
        return self.is_unchanged

    def values_now(self, number: int) -> dict[str, Any]:
        self.read.append(number)
        return self.held.pop(0) if len(self.held) > 1 else self.held[0]

    def invalidate(self) -> None:
        self.invalidated += 1

    def lacking_for_submission(self) -> list[str]:
        return ["a value of b"]


class Ran:
    """One execution of these steps; `done` is what it returned."""

    def __init__(
        self, *steps: Step, errors: tuple[Exception | None, ...] = (), is_last: bool = False, **state: Any
    ) -> None:
        self.service, self.fence, self.description = Service(*errors), Fence(), Description()
        for name, value in state.items():
            for each in (self.service, self.description):
                if hasattr(each, name):
                    setattr(each, name, value)
        self._run: Any = SimpleNamespace(service=self.service, fence=self.fence)
        self._plan, self._is_last = Plan(steps=steps, target=HELD), is_last

    def done(self) -> bool:
        description: Any = self.description
        return executor.execute(self._run, description, self._plan, is_last_attempt=self._is_last)

    def fails(self, kind: type[Exception] = ServiceError) -> str:
        with pytest.raises(kind) as raised:
            self.done()
        assert type(raised.value) is kind
        return str(raised.value)

    @property
    def operations(self) -> list[str]:
        return [name for name, _ in self.service.called]


def refusal(code: str, reason: str = "", message: str = "refused") -> ServiceError:
    return ServiceError("Operation", code, reason, message, "subject")


@pytest.mark.parametrize(
    ("step", "call", "checked"),
    [
        (PUT, ("PutRegistrationFieldValue", {"FieldPath": "a", "TextValue": "the value"}), ["write"]),
        (DeleteValue("a"), ("DeleteRegistrationFieldValue", {"FieldPath": "a"}), ["write"]),
        (CreateVersion(), ("CreateRegistrationVersion", {}), ["write"]),
        (
            DiscardVersion(),
            ("DiscardRegistrationVersion", {}),
            [f"version of {ID} not discarded", "write", "must finish"],
        ),
        (
            Associate(PHONE),
            ("CreateRegistrationAssociation", {"ResourceId": PHONE}),
            [f"{ID} not associated with {PHONE}"],
        ),
        (Submit(), ("SubmitRegistrationVersion", {}), [f"{ID} not submitted"]),
    ],
)
def test_every_call_is_fenced(step: Step, call: tuple[str, dict[str, Any]], checked: list[str]) -> None:
    """Without the fence, a canceled run would go on after its rollback; what cannot be undone asks until the deadline."""
    ran = Ran(step)
    assert ran.done()
    assert ran.service.called == [call]
    assert ran.fence.checked == checked
    assert ran.description.invalidated == 1


def test_refusal_of_the_fence_ends_the_run() -> None:
    ran = Ran(PUT, PUT)

    def before_write() -> None:
        raise Failure("abandoned")

    ran.fence.before_write = before_write  # type: ignore[method-assign]
    assert ran.fails(Failure) == "abandoned"
    assert ran.operations == []


def test_plan_without_steps_reads_nothing_again() -> None:
    ran = Ran()
    assert ran.done()
    assert (ran.description.invalidated, ran.service.paused) == (0, [])


# --- is the form as it was planned? ---


def test_version_that_changed_meanwhile_is_not_discarded() -> None:
    ran = Ran(DiscardVersion(), is_unchanged=False)
    assert not ran.done()
    assert ran.operations == []
    ran = Ran(DiscardVersion(), is_unchanged=False, is_last=True)
    assert "something else writes to it at the same time; DiscardVersion was not done" in ran.fails(Failure)


OTHER = {"a": TextValue("another")}


@pytest.mark.parametrize(
    ("held", "is_submitted", "pauses"),
    [
        ([HELD], True, 0),
        ([{**HELD, "unknown": TextValue("x")}], True, 0),
        ([OTHER, HELD], True, 1),  # what was just written may not be visible yet
        ([OTHER, OTHER, HELD], True, 2),
        ([OTHER, OTHER, OTHER, HELD], False, 2),
        ([{**HELD, "b": TextValue("x")}], False, 2),
        ([{}], False, 2),
    ],
)
def test_only_what_was_planned_is_submitted(held: list[dict[str, Any]], is_submitted: bool, pauses: int) -> None:
    ran = Ran(Submit(), held=held)
    assert ran.done() is is_submitted
    assert (len(ran.operations), len(ran.service.paused) - is_submitted) == (is_submitted, pauses)
    assert set(ran.description.read) == {3}


def test_values_of_the_new_version_are_compared() -> None:
    ran = Ran(CreateVersion(), Submit())
    assert ran.done()
    assert ran.description.read == [4]


# --- refusals ---


@pytest.mark.parametrize("step", [PUT, CreateVersion(), DiscardVersion(), Associate(PHONE), Submit()])
def test_conflict_leads_to_a_new_plan_unless_it_is_the_last_one(step: Step) -> None:
    conflict = refusal("ConflictException", "SOMETHING")
    ran = Ran(step, PUT, errors=(conflict,))
    assert not ran.done()
    assert len(ran.operations) == 1
    assert "ConflictException" in Ran(step, errors=(conflict,), is_last=True).fails()


@pytest.mark.parametrize("step", [PUT, CreateVersion(), DiscardVersion(), Associate(PHONE), Submit()])
def test_other_refusals_are_failures(step: Step) -> None:
    assert "ServiceQuotaExceededException" in Ran(step, errors=(refusal("ServiceQuotaExceededException"),)).fails()


def test_submission_that_is_not_allowed_says_what_is_missing() -> None:
    error = refusal("ConflictException", "SUBMIT_REGISTRATION_VERSION_NOT_ALLOWED")
    assert "a value of b" in Ran(Submit(), errors=(error,), is_last=True).fails(Failure)
    assert not Ran(Submit(), errors=(error,)).done()


def test_out_of_time_says_how_far_it_came() -> None:
    text = Ran(PUT, PUT, PUT, errors=(None, None, OutOfTime("late"))).fails(OutOfTime)
    assert f"after 2 of 3 changes to {ID}" in text


# --- one step ---


@pytest.mark.parametrize(
    ("value", "message", "is_quoted"),
    [
        (TextValue("the value"), "the value is odd", True),
        (TextValue("the value"), "the valet is odd", True),
        (TextValue("the value"), "five: e val", False),  # five characters of it
        (TextValue("the value"), "x value", True),  # six characters of it
        (TextValue("secret"), "xsecretx is odd", True),
        (TextValue("NY"), "NY is odd", True),
        (TextValue("NY"), "ANY is odd", False),
        (TextValue("N.Y"), "NXY is odd", False),
        (SelectChoices(("first choice", "second")), "second is odd", True),
    ],
)
def test_refused_value_is_never_quoted(value: Any, message: str, is_quoted: bool) -> None:
    text = Ran(PutValue("a", value), errors=(refusal("ValidationException", message=message),)).fails()
    assert (message in text) is not is_quoted


def test_value_that_cannot_be_deleted_is_left() -> None:
    ran = Ran(DeleteValue("a"), PUT, errors=(refusal("ValidationException"),))
    assert ran.done()
    assert ran.description.undeletable == {"a"}
    assert "AccessDenied" in Ran(DeleteValue("a"), errors=(refusal("AccessDeniedException"),)).fails()


@pytest.mark.parametrize("existing", [{"ResourceId": PHONE}, {"ResourceArn": PHONE}])
def test_association_that_exists_is_enough(existing: dict[str, str]) -> None:
    error = refusal("ConflictException", "RESOURCE_ALREADY_ASSOCIATED")
    assert Ran(Associate(PHONE), errors=(error,), associations=[{"ResourceId": "other"}, existing]).done()


def test_association_with_another_registration_is_a_failure() -> None:
    error = refusal("ConflictException", "RESOURCE_ALREADY_ASSOCIATED")
    ran = Ran(Associate(PHONE), errors=(error,), associations=[{"ResourceId": "other"}])
    assert "is associated with another registration" in ran.fails(Failure)


def test_repeated_submission_is_enough() -> None:
    ran = Ran(Submit(), errors=(refusal("ConflictException", "REGISTRATION_ALREADY_SUBMITTED"),))
    assert ran.done()
    assert len(ran.operations) == 1


NOT_VISIBLE = ["FIELD_VALIDATION_FAILED", "MISSING_PARAMETER", "INVALID_REQUEST", "INVALID_PARAMETER", "OTHER"]


@pytest.mark.parametrize("reason", NOT_VISIBLE)
def test_submission_waits_until_values_are_visible(reason: str) -> None:
    error = refusal("ValidationException", reason, "the value is missing")
    ran = Ran(Submit(), errors=(error,) * 4)
    assert ran.done()
    assert len(ran.operations) == 5
    assert len(ran.fence.checked) == 5
    assert ran.service.paused == [2.0] * 5, "four times until they are visible, and once after the submission"
    ran = Ran(Submit(), errors=(error,) * 5)
    assert "the value" not in ran.fails()
    assert len(ran.operations) == 5


@pytest.mark.parametrize(
    "error",
    [
        refusal("ValidationException", "CANNOT_ADD_OPTED_OUT_NUMBER", "the value"),
        refusal("ServiceQuotaExceededException", "OTHER", "the value"),
    ],
)
def test_submission_that_is_refused_for_good_is_not_repeated(error: ServiceError) -> None:
    ran = Ran(Submit(), errors=(error,))
    assert "the value" not in ran.fails().replace("the value of", "")
    assert len(ran.operations) == 1


def test_missing_permission_is_quoted() -> None:
    ran = Ran(Submit(), errors=(refusal("AccessDeniedException", message="not authorized to perform"),))
    assert "not authorized to perform" in ran.fails()


def test_nothing_fails_after_a_submission() -> None:
    ran = Ran(Submit(), pause_fails=True)
    assert ran.done()
    assert Ran(PUT).service.paused == []


def test_submission_is_waited_for_because_it_may_be_denied_at_once() -> None:
    for steps, pauses in (((PUT, Submit()), 1), ((Submit(), PUT), 0), ((PUT,), 0)):
        ran = Ran(*steps)
        assert ran.done()
        assert len(ran.service.paused) == pauses
