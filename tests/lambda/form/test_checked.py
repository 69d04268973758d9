"""What of a declared form is checked before the first write, and what the planner is given. Whole runs are in test_form.py."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from sms_registration_handler.errors import Failure
from sms_registration_handler.form import claim, handler, references
from sms_registration_handler.form.denial import Denial
from sms_registration_handler.form.properties import FormRequest
from sms_registration_handler.form.references import Resolved
from sms_registration_rules.planning.inputs import DeclaredForm
from sms_registration_rules.validation import check
from sms_registration_rules.values import DeclaredValue, Secret, Text, TextValue

ID = "registration-" + "1" * 32
DEFINITIONS = [
    {"FieldPath": path, "FieldType": "TEXT", "FieldRequirement": requirement}
    for path, requirement in (("a", "REQUIRED"), ("b", "OPTIONAL"), ("c", "OPTIONAL"))
]
DENIAL = Denial(2, [{"Reason": "OTHER_REASON"}], [])
OLD = {"Associations": ["phone-1", 7, "phone-2"]}


class Checking:
    """A form that is checked.

    Attributes:
        steps: What was done, in order.
        kept: What the registration holds without its being declared.
        restored: What a rollback restores without its being declared.
        run: The run.
    """

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        values: Mapping[str, DeclaredValue],
        unread: dict[str, str] | None = None,
        *,
        is_rollback: bool = False,
        denial: Denial | None = None,
        old: dict[str, Any] | None = None,
        **properties: Any,
    ) -> None:
        self.steps: list[Any] = []
        self.kept = {"b": TextValue("kept")}
        self.restored = {"b": TextValue("restored"), "c": TextValue("restored")}
        self._is_rollback = is_rollback
        self.request = FormRequest.parse({"RegistrationId": ID, "Fields": {"a": "declared"}, **properties})

        def resolve(service: Any, fields: Any) -> Resolved:
            assert fields == self.request.fields
            return Resolved(values, unread or {})

        monkeypatch.setattr(references, "resolve", resolve)
        monkeypatch.setattr(handler, "_restored", lambda *_: self._noted("restored?", self.restored))
        monkeypatch.setattr(
            claim,
            "require_not_associated_elsewhere",
            lambda service, description, associations: self.steps.append(("elsewhere?", associations)),
        )
        self.run: Any = SimpleNamespace(
            service=SimpleNamespace(redact=None), event=SimpleNamespace(old_properties=OLD if old is None else old)
        )
        self._description: Any = SimpleNamespace(
            kept_values=lambda declared: self._noted(("kept?", set(declared)), self.kept),
            keep_secret=lambda texts: self.steps.append(("secret", dict(texts))),
            recognize=lambda found: self.steps.append(("recognize", dict(found))),
            definitions=lambda: DEFINITIONS,
            denial=lambda: denial,
            redact=str,
        )

    def _noted(self, step: object, answer: Any) -> Any:
        self.steps.append(step)
        return answer

    def form(self) -> DeclaredForm:
        return handler._checked(self.run, self.request, self._description, is_rollback=self._is_rollback)

    def failure(self) -> str:
        with pytest.raises(Failure) as raised:
            self.form()
        return str(raised.value)


A = {"a": Text("new")}
RECOGNIZED = ("recognize", {"a": TextValue("new")})


# --- what the planner is given ---


def test_the_declared_form(monkeypatch: pytest.MonkeyPatch) -> None:
    checking = Checking(
        monkeypatch,
        {**A, "c": Text("")},
        Associations=["phone-2"],
        Submit="true",
        OnLocked="keep",
        AllowClosing="true",
    )
    assert checking.form() == DeclaredForm(
        values={"a": TextValue("new")},
        precedence={"a": (1, 0), "b": (1, 1), "c": (1, 2)},
        cleared=frozenset({"c"}),
        associations=("phone-2",),
        submit=True,
        on_locked="keep",
        previous_associations=("phone-1", "phone-2"),
        allow_closing=True,
    )
    assert checking.steps == [("secret", {}), RECOGNIZED, ("elsewhere?", ("phone-2",))]
    assert checking.run.service.redact is str


@pytest.mark.parametrize("old", [{}, {"Associations": "phone-1"}, {"Associations": None}])
def test_unusable_old_associations_are_none(monkeypatch: pytest.MonkeyPatch, old: dict[str, Any]) -> None:
    assert Checking(monkeypatch, A, old=old).form().previous_associations == ()


@pytest.mark.parametrize(
    ("is_rollback", "keeps", "steps", "restores"),
    [
        (False, False, [], False),
        (True, False, [], False),
        (False, True, [("kept?", {"a"})], False),
        (True, True, ["restored?", ("kept?", {"a"})], True),
    ],
)
def test_undeclared_values_are_kept_and_in_a_rollback_restored(
    monkeypatch: pytest.MonkeyPatch, is_rollback: bool, keeps: bool, steps: list[Any], restores: bool
) -> None:
    checking = Checking(monkeypatch, A, is_rollback=is_rollback, KeepUndeclared=str(keeps).lower())
    form = checking.form()
    assert [each for each in checking.steps if each == "restored?" or each[0] == "kept?"] == steps
    assert form.delete_undeclared is not keeps
    assert form.rolling_back is is_rollback
    assert form.restored == (checking.restored if restores else {})


def test_a_rollback_does_not_ask_for_numbers_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it restores was associated; nothing is refused in a rollback."""
    checking = Checking(monkeypatch, A, is_rollback=True, Associations=["phone-1"])
    checking.form()
    assert checking.steps == [("secret", {}), RECOGNIZED]


# --- what is refused ---


def checked_with(monkeypatch: pytest.MonkeyPatch, kept: Any, **options: Any) -> dict[str, Any]:
    """The arguments with which the form is checked against the definitions."""
    given: dict[str, Any] = {}

    def noted(definitions: Any, declared: Any, **arguments: Any) -> Any:
        given.update(arguments, declared=declared)
        return check(definitions, declared, **arguments)

    monkeypatch.setattr(handler, "check", noted)
    checking = Checking(monkeypatch, A, **options)
    checking.kept = kept
    checking.form()
    return given


@pytest.mark.parametrize("is_rollback", [True, False])
@pytest.mark.parametrize("keeps", ["true", "false"])
@pytest.mark.parametrize("submit", ["true", "false"])
def test_it_is_checked_with_what_is_kept(
    monkeypatch: pytest.MonkeyPatch, is_rollback: bool, keeps: str, submit: str
) -> None:
    kept = {"b": TextValue("kept")} if keeps == "true" else {}
    restored = {"b": TextValue("restored"), "c": TextValue("restored")} if keeps == "true" and is_rollback else {}
    given = checked_with(monkeypatch, kept, is_rollback=is_rollback, KeepUndeclared=keeps, Submit=submit)
    assert given == {"declared": A, "kept": {**kept, **restored}, "unknown": {}, "complete": submit == "true"}


def test_every_problem_is_named_and_nothing_is_asked_afterwards(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    checking = Checking(monkeypatch, {"x": Text("1"), "y": Text("2")}, Submit="true")
    text = checking.failure()
    assert checking.steps == [("secret", {})]
    for path in ("a", "x", "y"):
        assert f"{path}: " in text or f"{path} " in text
    [record] = [each for each in caplog.records if each.levelno == logging.ERROR]
    assert record.getMessage().startswith(f"{ID}: ")


@pytest.mark.parametrize(
    ("values", "unread", "denial", "quotes"),
    [
        ({"x": Text("1")}, {}, DENIAL, True),
        ({"x": Text("1")}, {}, None, False),
        (A, {"b": "could not be read: no"}, DENIAL, False),  # it may quote the secret
    ],
)
def test_problems_quote_the_denial_if_every_secret_is_known(
    monkeypatch: pytest.MonkeyPatch,
    values: Mapping[str, DeclaredValue],
    unread: dict[str, str],
    denial: Denial | None,
    quotes: bool,
) -> None:
    text = Checking(monkeypatch, values, unread, denial=denial).failure()
    assert ("Version 2 was denied: OTHER_REASON" in text) is quotes
    if unread:
        assert "could not be read: no" in text


def test_a_field_that_could_not_be_read_is_not_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    text = Checking(monkeypatch, {}, {"a": "could not be read: no"}, Submit="true").failure()
    assert "could not be read: no" in text
    assert "required" not in text


# --- what is kept secret, and what is logged ---


def test_only_what_was_read_from_secrets_is_kept_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    checking = Checking(monkeypatch, {"a": Secret("canary", "secret x"), "b": Text("public")})
    checking.form()
    assert checking.steps[0] == ("secret", {"a": "canary"})


def test_an_incomplete_draft_is_logged_and_remembered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    checking = Checking(monkeypatch, {"b": Text("x")})
    assert checking.form().missing == ("a",)
    assert f"{ID} is an incomplete draft, without a" in caplog.text
    caplog.clear()
    Checking(monkeypatch, A).form()
    assert caplog.text == ""


def test_what_could_not_be_checked_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(
        handler, "check", lambda *arguments, **more: replace(check(*arguments, **more), notes=("a note",))
    )
    Checking(monkeypatch, A).form()
    assert f"{ID}: a note" in caplog.text
