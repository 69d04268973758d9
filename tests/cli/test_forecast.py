"""What `plan` foretells of a form is what the provider function's planner decides."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sms_registration_cli.planning.forecast import Present, Wanted, forecast
from sms_registration_rules.planning import inputs, planner
from sms_registration_rules.values import TextValue

PATHS = ("a.one", "a.two", "a.three")
OPERATIONS = {
    planner.DiscardVersion: "DiscardRegistrationVersion",
    planner.CreateVersion: "CreateRegistrationVersion",
    planner.PutValue: "PutRegistrationFieldValue",
    planner.DeleteValue: "DeleteRegistrationFieldValue",
    planner.Associate: "CreateRegistrationAssociation",
    planner.Submit: "SubmitRegistrationVersion",
}
STATUSES = ["DRAFT", "SUBMITTED", "REVIEWING", "REQUIRES_AUTHENTICATION", "DENIED", "APPROVED", "REVOKED", "ARCHIVED",
            "DISCARDED", "SOMETHING_NEW"]  # fmt: skip
RULES = {
    "brand": [{"ResourceType": "US_TEN_DLC_BRAND_REGISTRATION", "AssociationBehavior": "ASSOCIATE_BEFORE_SUBMIT"}],
    "number": [{"ResourceType": "TEN_DLC", "AssociationBehavior": "ASSOCIATE_AFTER_COMPLETE"}],
    "both": [
        {"ResourceType": "US_TEN_DLC_BRAND_REGISTRATION", "AssociationBehavior": "ASSOCIATE_BEFORE_SUBMIT"},
        {"ResourceType": "TEN_DLC", "AssociationBehavior": "ASSOCIATE_AFTER_COMPLETE"},
    ],
    "sender": [{"ResourceType": "SENDER_ID", "AssociationBehavior": "ASSOCIATE_ON_APPROVAL"}],
    "none": [],
}
VALUES = st.dictionaries(st.sampled_from(PATHS), st.sampled_from(["x", "y"]))
RESOURCES = ("registration-0a", "phone-0b")


def both(
    declared: dict[str, str],
    versions: list[dict[str, str]],
    *,
    status: str,
    cleared: frozenset[str] = frozenset(),
    associations: tuple[str, ...] = (),
    associated: tuple[str, ...] = (),
    **more: Any,
) -> tuple[Any, Any]:
    """The planner's plan and the forecast of the same form."""
    made = [{"ResourceId": each, "ResourceType": ""} for each in associated]
    typed = {number: {path: TextValue(text) for path, text in held.items()} for number, held in enumerate(versions, 1)}
    plan = planner.make(
        inputs.DeclaredForm(
            values={path: TextValue(text) for path, text in declared.items()},
            precedence={path: (1, position) for position, path in enumerate(PATHS)},
            cleared=cleared,
            associations=associations,
            submit=more["submit"],
            on_locked=more["on_locked"],
            delete_undeclared=not more["keep"],
            resubmit_after=more["resubmit_after"],
        ),
        inputs.DescribedForm(
            registration_id="registration-1",
            registration_status=more["registration_status"],
            version_number=len(versions),
            version_status=status,
            values=typed,
            approved_version=more["approved"],
            denied_version=more["denied"],
            associations=made,
            supported_associations=RULES[more["rules"]],
            incomplete_parents=more["parents"],
            final_reasons=more["final"],
        ),
    )
    foretold = forecast(
        Wanted(
            values={path: frozenset({text}) for path, text in declared.items()},
            cleared=cleared,
            paths=frozenset(PATHS),
            associations=associations,
            submit=more["submit"],
            on_locked=more["on_locked"],
            keep_undeclared=more["keep"],
            resubmit_after=more["resubmit_after"],
        ),
        Present(
            registration_status=more["registration_status"],
            version_number=len(versions),
            version_status=status,
            values_of=lambda number: {path: frozenset({text}) for path, text in versions[number - 1].items()},
            approved_version=more["approved"],
            denied_version=more["denied"],
            associations=made,
            supported=RULES[more["rules"]],
            incomplete_parents=more["parents"],
            final_reasons=more["final"],
        ),
    )
    return plan, foretold


@pytest.mark.parametrize("status", STATUSES)
@given(data=st.data())
def test_it_foretells_what_the_planner_decides(status: str, data: st.DataObject) -> None:
    declared = data.draw(VALUES)
    versions = data.draw(st.lists(VALUES, min_size=1, max_size=3))
    numbers = st.none() | st.integers(1, len(versions))
    associations = tuple(data.draw(st.lists(st.sampled_from(RESOURCES), unique=True)))
    plan, foretold = both(
        declared,
        versions,
        status=status,
        cleared=frozenset(data.draw(st.sets(st.sampled_from(PATHS)))) - declared.keys(),
        associations=associations,
        associated=tuple(data.draw(st.lists(st.sampled_from(RESOURCES), unique=True))),
        submit=data.draw(st.booleans()),
        on_locked=data.draw(st.sampled_from(["fail", "keep"])),
        keep=data.draw(st.booleans()),
        resubmit_after=data.draw(numbers),
        registration_status=data.draw(
            st.sampled_from(["CREATED", "SUBMITTED", "COMPLETE", "REQUIRES_UPDATES", "CLOSED"])
        ),
        approved=data.draw(numbers),
        denied=data.draw(numbers),
        rules=data.draw(st.sampled_from(sorted(RULES))),
        final=data.draw(st.sampled_from([(), ("PROHIBITED",)])),
        parents=frozenset(data.draw(st.sets(st.sampled_from(RESOURCES[:1])))) & set(associations),
    )
    assert (foretold.refusal is None) == (plan.refusal is None)
    expected = [OPERATIONS[type(step)] for step in plan.steps]
    assert sorted(foretold.operations) == sorted(expected)
    without_writes = [each for each in expected if not each.endswith("FieldValue")]
    assert [each for each in foretold.operations if not each.endswith("FieldValue")] == without_writes


PLAIN: dict[str, Any] = {
    "on_locked": "fail", "keep": False, "resubmit_after": None, "registration_status": "CREATED", "approved": None,
    "denied": None, "rules": "none", "parents": frozenset(), "submit": True, "final": (),
}  # fmt: skip


def test_the_comparison_can_fail():
    """The same inputs lead both to a submission, and other values to a different one."""
    plan, foretold = both({"a.one": "x"}, [{"a.one": "x"}], status="DRAFT", **PLAIN)
    assert [OPERATIONS[type(step)] for step in plan.steps] == ["SubmitRegistrationVersion"] == list(foretold.operations)
    _, other = both({"a.one": "y"}, [{"a.one": "x"}], status="DRAFT", **PLAIN)
    assert other.operations == ("PutRegistrationFieldValue", "SubmitRegistrationVersion")


def test_an_unknown_value_counts_as_what_the_registration_holds():
    wanted = Wanted({}, unknown=frozenset({"a.one"}), paths=frozenset(PATHS))
    held = {"a.one": frozenset({"x"})}
    assert forecast(wanted, Present(version_status="APPROVED", values_of=lambda _: held)).operations == ()
    assert forecast(wanted, Present()).operations == ("PutRegistrationFieldValue",)
