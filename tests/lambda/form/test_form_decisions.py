"""What the form's handler does and in which order, by what CloudFormation says. Whole runs are in test_form.py."""

from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.errors import Failure, NoResponseExpected, OutOfTime
from sms_registration_handler.form import claim, handler
from sms_registration_handler.form.properties import FormRequest
from sms_registration_handler.form.revision import Revision
from sms_registration_handler.registration import registrations
from sms_registration_handler.resource import exactly_once
from sms_registration_handler.resource.invocation import Outcome
from sms_registration_rules.identifiers import is_registration_id

ID, OTHER = "registration-" + "1" * 32, "registration-" + "2" * 32
PHYSICAL_ID, OTHER_PHYSICAL_ID = claim.PHYSICAL_ID_PREFIX + ID, claim.PHYSICAL_ID_PREFIX + OTHER


class Handled:
    """A run of the form's handler whose steps are noted.

    Attributes:
        steps: What was done, in order.
        paused: How many pauses there were.
        invisible: How often the registration is not found yet.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        request_type: str = "Update",
        *,
        physical_id: str = PHYSICAL_ID,
        old: dict[str, Any] | None = None,
        held: set[str] | None = frozenset(),  # type: ignore[assignment]
        rolling_back: bool = False,
        may_continue: bool = False,
        is_stale: bool = False,
        began: float | None = 5.0,
        wanted: bool = False,
    ) -> None:
        self.steps: list[Any] = []
        self.paused, self.invisible = 0, 0
        monkeypatch.setattr(exactly_once, "is_still_wanted", lambda run, identity: wanted)
        monkeypatch.setattr(claim, "release", self._release)
        monkeypatch.setattr(registrations, "describe", self._describe)
        event = SimpleNamespace(
            request_type=request_type,
            physical_resource_id=physical_id,
            fallback_physical_id="fallback",
            properties={"RegistrationId": ID, "Fields": {}},
            old_properties={"RegistrationId": ID} if old is None else old,
        )
        stack = SimpleNamespace(
            held=lambda: held,
            holds_another=lambda physical_id: physical_id in (held or ()),
            is_rolling_back=lambda: rolling_back,
            deployment_began=lambda: self.note("began?", began),
        )
        fence = SimpleNamespace(before_write="the fence", before_response=lambda: self.note("before response"))
        self.run: Any = SimpleNamespace(
            event=event,
            stack=stack,
            fence=fence,
            service=SimpleNamespace(pause=self._pause),
            is_rollback=rolling_back and request_type == "Update",
            is_stale=is_stale,
            may_continue=lambda: may_continue,
            identify=lambda identity: self.note(("identify", identity)),
        )

    def note(self, step: object, answer: Any = None) -> Any:
        self.steps.append(step)
        return answer

    def _release(self, run: Any, identity: str, *, restore: bool | None, fence: Any = None) -> None:
        self.steps.append(("release", identity, restore, fence))

    def _describe(self, run: Any, identity: str) -> str | None:
        assert is_registration_id(identity)
        if self.invisible:
            self.invisible -= 1
            return None
        return "described"

    def _pause(self, seconds: float) -> None:
        assert seconds > 0
        self.paused += 1


def reconciles(handled: Handled, monkeypatch: pytest.MonkeyPatch, error: Exception | None = None) -> None:
    def reconcile(run: Any, request: Any) -> Outcome:
        handled.steps.append("reconcile")
        if error:
            raise error
        return Outcome("done")

    monkeypatch.setattr(handler, "_reconcile", reconcile)


# --- Create ---


def test_a_create_has_its_id_before_its_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    handled = Handled(monkeypatch, "Create")
    reconciles(handled, monkeypatch)
    assert handler.create(handled.run) == Outcome("done")
    assert handled.steps == [("identify", PHYSICAL_ID), "reconcile"]


def test_a_stale_create_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    handled = Handled(monkeypatch, "Create", is_stale=True)
    reconciles(handled, monkeypatch)
    with pytest.raises(Failure, match="older than its ServiceTimeout"):
        handler.create(handled.run)
    assert handled.steps == []


@pytest.mark.parametrize("wanted", [True, False])
def test_a_create_that_fails_releases_the_form_unless_its_delete_follows(
    monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    handled = Handled(monkeypatch, "Create", wanted=wanted)
    reconciles(handled, monkeypatch, Failure("no"))
    with pytest.raises(Failure, match="no"):
        handler.create(handled.run)
    assert handled.steps[2:] == ([] if wanted else [("release", ID, True, None)])


@pytest.mark.parametrize("error", [NoResponseExpected("later request"), ValueError("a fault")])
def test_a_create_without_a_failure_releases_nothing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    handled = Handled(monkeypatch, "Create")
    reconciles(handled, monkeypatch, error)
    with pytest.raises(type(error)):
        handler.create(handled.run)
    assert handled.steps[2:] == []


def test_a_failure_of_the_release_does_not_hide_the_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    handled = Handled(monkeypatch, "Create")
    reconciles(handled, monkeypatch, Failure("first"))
    monkeypatch.setattr(claim, "release", fails)
    with pytest.raises(Failure, match="first"):
        handler.create(handled.run)


def fails(*_: object, **__: object) -> None:
    raise Failure("second")


# --- Update ---


def test_an_update_that_stays_does_not_ask_before_its_response(monkeypatch: pytest.MonkeyPatch) -> None:
    handled = Handled(monkeypatch)
    reconciles(handled, monkeypatch)
    assert handler.update(handled.run) == Outcome("done")
    assert handled.steps == ["reconcile"]


@pytest.mark.parametrize(
    ("physical_id", "error", "answers", "is_released"),
    [
        (OTHER_PHYSICAL_ID, Failure("no"), {}, True),
        (OTHER_PHYSICAL_ID, Failure("no"), {"may_continue": True}, True),
        (OTHER_PHYSICAL_ID, Failure("no"), {"held": {OTHER_PHYSICAL_ID}}, True),
        (OTHER_PHYSICAL_ID, Failure("no"), {"held": {PHYSICAL_ID}}, False),  # another delivery succeeded
        (OTHER_PHYSICAL_ID, Failure("no"), {"held": None}, False),
        (OTHER_PHYSICAL_ID, OutOfTime("no"), {"may_continue": True}, False),
        (OTHER_PHYSICAL_ID, OutOfTime("no"), {"may_continue": False}, True),
        (PHYSICAL_ID, Failure("no"), {}, False),
        (PHYSICAL_ID, OutOfTime("no"), {}, False),
    ],
)
def test_an_update_that_fails_to_move_a_form_releases_it(
    monkeypatch: pytest.MonkeyPatch, physical_id: str, error: Failure, answers: dict[str, Any], is_released: bool
) -> None:
    """CloudFormation keeps the former ID, so that no later Delete would release the other registration."""
    handled = Handled(monkeypatch, physical_id=physical_id, **answers)
    reconciles(handled, monkeypatch, error)
    with pytest.raises(Failure, match="no"):
        handler.update(handled.run)
    assert handled.steps[1:] == ([("release", ID, True, None)] if is_released else [])


def test_a_failure_to_release_a_moved_form_does_not_hide_the_first_one(monkeypatch: pytest.MonkeyPatch) -> None:
    handled = Handled(monkeypatch, physical_id=OTHER_PHYSICAL_ID)
    reconciles(handled, monkeypatch, Failure("first"))
    monkeypatch.setattr(claim, "release", fails)
    with pytest.raises(Failure, match="first"):
        handler.update(handled.run)


# --- Delete ---


@pytest.mark.parametrize(
    ("physical_id", "held", "released"),
    [
        (OTHER_PHYSICAL_ID, {PHYSICAL_ID}, OTHER),
        (OTHER_PHYSICAL_ID, {OTHER_PHYSICAL_ID}, OTHER),
        ("Stack-Form-ABC", {"Stack-Form-ABC"}, ID),
        ("Stack-Form-ABC", set(), ID),
        ("Stack-Form-ABC", None, ID),
        ("Stack-Form-ABC", {PHYSICAL_ID}, None),  # a later Create claimed it
    ],
)
def test_a_delete_releases_the_form(
    monkeypatch: pytest.MonkeyPatch, physical_id: str, held: set[str] | None, released: str | None
) -> None:
    """CloudFormation invents an ID for a Create that never responded."""
    handled = Handled(monkeypatch, "Delete", physical_id=physical_id, held=held)
    assert handler.delete(handled.run) == Outcome("fallback")
    assert handled.steps == ([("release", released, None, None)] if released else [])


# --- the order of the checks ---


def ordered(handled: Handled, monkeypatch: pytest.MonkeyPatch) -> None:
    note = handled.note
    registration = SimpleNamespace(tags={"of": "the registration"}, description="description", identity=ID)
    monkeypatch.setattr(handler, "_registration", lambda run, identity: registration)
    monkeypatch.setattr(claim, "require_claimable", lambda run, request, found: note("claimable?"))
    monkeypatch.setattr(handler, "FormDescription", lambda service, found: found)
    monkeypatch.setattr(handler, "_checked", lambda *_, is_rollback: note(("check", is_rollback), Form()))
    monkeypatch.setattr(
        Revision,
        "of",
        lambda run, request, tags, description, begins: note(
            ("revision", tags, begins), SimpleNamespace(resubmit_after=3, tags={"revision": "4"})
        ),
    )
    monkeypatch.setattr(handler, "replace", lambda form, resubmit_after: (form, resubmit_after))
    monkeypatch.setattr(claim, "claim_tags", lambda run, found: {"claim": "ours"})
    monkeypatch.setattr(
        handler, "_carry_out", lambda run, found, description, form, tags: note((form, tags), Outcome("done"))
    )


class Form:
    """A checked form."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Form)

    __hash__ = None  # type: ignore[assignment]


CARRIED_OUT = ((Form(), 3), {"claim": "ours", "revision": "4"})
TAGS = {"of": "the registration"}


@pytest.mark.parametrize(
    ("request_type", "rolling_back", "begins", "is_rollback"),
    [
        ("Create", False, True, False),
        ("Create", True, True, False),
        ("Update", False, False, False),
        ("Update", True, True, True),
    ],
)
def test_all_is_checked_before_anything_is_carried_out(
    monkeypatch: pytest.MonkeyPatch, request_type: str, rolling_back: bool, begins: bool, is_rollback: bool
) -> None:
    handled = Handled(monkeypatch, request_type, rolling_back=rolling_back)
    ordered(handled, monkeypatch)
    request = FormRequest.parse(handled.run.event.properties)
    assert handler._reconcile(handled.run, request) == Outcome("done")
    assert handled.steps == ["claimable?", ("check", is_rollback), ("revision", TAGS, begins), CARRIED_OUT]


@pytest.mark.parametrize(
    ("rolling_back", "old", "released"),
    [
        (True, {"RegistrationId": OTHER}, [("release", OTHER, True, "the fence")]),
        (True, {}, [("release", "", True, "the fence")]),
        (True, {"RegistrationId": ID}, []),
        (False, {"RegistrationId": OTHER}, []),
    ],
)
def test_a_rollback_lets_go_of_the_other_registration_first(
    monkeypatch: pytest.MonkeyPatch, rolling_back: bool, old: dict[str, str], released: list[Any]
) -> None:
    handled = Handled(monkeypatch, rolling_back=rolling_back, old=old)
    ordered(handled, monkeypatch)
    handler._reconcile(handled.run, FormRequest.parse(handled.run.event.properties))
    assert handled.steps[:-4] == released


@pytest.mark.parametrize("rolling_back", [True, False])
def test_a_form_without_a_registration_fails(monkeypatch: pytest.MonkeyPatch, rolling_back: bool) -> None:
    handled = Handled(monkeypatch, rolling_back=rolling_back, old={"RegistrationId": OTHER})
    ordered(handled, monkeypatch)
    monkeypatch.setattr(handler, "_registration", lambda run, identity: None)
    with pytest.raises(Failure, match=f"registration {ID} does not exist, so it has no form"):
        handler._reconcile(handled.run, FormRequest.parse(handled.run.event.properties))
    assert handled.steps == ([("release", OTHER, True, "the fence")] if rolling_back else [])


@pytest.mark.parametrize(
    ("request_type", "invisible", "pauses", "is_found"),
    [
        ("Create", 0, 0, True),
        ("Create", 3, 3, True),
        ("Create", 4, 3, False),
        ("Update", 0, 0, True),
        ("Update", 1, 1, True),
        ("Update", 2, 1, False),
    ],
)
def test_a_registration_that_was_created_a_moment_ago_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, request_type: str, invisible: int, pauses: int, is_found: bool
) -> None:
    handled = Handled(monkeypatch, request_type)
    handled.invisible = invisible
    assert (handler._registration(handled.run, ID) is not None) is is_found
    assert handled.paused == pauses


# --- what a rollback restores without its being declared ---


@pytest.mark.parametrize(
    ("old_fields", "began", "expected"),
    [
        ({"a": "x", "b": "y"}, 5.0, (5.0, ["b"])),
        ({"a": "x"}, 5.0, None),
        ({}, 5.0, None),
        ("unusable", 5.0, None),
        (None, 5.0, None),
        ({"b": "y"}, None, None),
    ],
)
def test_what_the_failed_deployment_overwrote_is_looked_up_where_it_is_not_declared(
    monkeypatch: pytest.MonkeyPatch, old_fields: Any, began: float | None, expected: Any
) -> None:
    handled = Handled(monkeypatch, rolling_back=True, old={"Fields": old_fields}, began=began)
    looked_up: list[Any] = []

    def values_before(*arguments: Any) -> dict[str, str]:
        looked_up.append(arguments)
        return {"b": "former"}

    request: Any = SimpleNamespace(fields={"a": "x"})
    description: Any = SimpleNamespace(values_before=values_before)
    restored: Any = handler._restored(handled.run, request, description)
    assert looked_up == ([] if expected is None else [expected])
    assert restored == ({} if expected is None else {"b": "former"})
    asks = isinstance(old_fields, dict) and "b" in old_fields
    assert handled.steps == (["began?"] if asks else []), "CloudFormation is asked only if it matters"
