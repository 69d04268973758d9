"""A small pure model of a registration: the effect of a plan's calls, and which of them the service refuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from sms_registration_rules.planning import planner
from sms_registration_rules.planning.inputs import DeclaredForm, DescribedForm
from sms_registration_rules.planning.planner import (
    Associate,
    CreateVersion,
    DeleteValue,
    DiscardVersion,
    Plan,
    PutValue,
    Step,
    Submit,
)
from sms_registration_rules.values import SelectChoices, TextValue, TypedValue

PATHS = ["a", "b", "c", "d"]
PRECEDENCE = {path: (1, position) for position, path in enumerate(PATHS)}
PHONE, PARENT = "phone-01", "registration-02"
LOCKED = ["REVIEWING", "AWS_REVIEWING", "REQUIRES_AUTHENTICATION", "REQUIRES_OFFLINE_REVIEW", "PONDERING"]
FINISHED = ["DENIED", "APPROVED", "REVOKED", "ARCHIVED", "DISCARDED"]
BEFORE, AFTER, ON_APPROVAL = "ASSOCIATE_BEFORE_SUBMIT", "ASSOCIATE_AFTER_COMPLETE", "ASSOCIATE_ON_APPROVAL"

Values = dict[str, TypedValue]


@dataclass
class Version:
    status: str
    values: Values


@dataclass
class Registration:
    """The registration.

    Attributes:
        behaviors: When a phone number and a parent are associated, by ResourceType; both are supported.
        incomplete_parents: Parents that are not COMPLETE: they cannot be associated, and their children cannot be submitted.
        put: The fields that were written, in the order of the calls.
    """

    status: str
    versions: list[Version]
    behaviors: Mapping[str, str]
    associated: set[str] = field(default_factory=set)
    incomplete_parents: frozenset[str] = frozenset()
    put: list[str] = field(default_factory=list)

    @property
    def current(self) -> Version:
        return self.versions[-1]

    def described(self) -> DescribedForm:
        return DescribedForm(
            registration_id="registration-01",
            registration_status=self.status,
            version_number=len(self.versions),
            version_status=self.current.status,
            values={number: dict(version.values) for number, version in enumerate(self.versions, 1)},
            approved_version=self._latest("APPROVED"),
            denied_version=self._latest("DENIED"),
            associations=[
                {"ResourceId": each, "ResourceArn": f"arn:{each}", "ResourceType": self._type_of(each)}
                for each in sorted(self.associated)
            ],
            supported_associations=[
                {"ResourceType": kind, "AssociationBehavior": behavior} for kind, behavior in self.behaviors.items()
            ],
            incomplete_parents=self.incomplete_parents,
        )

    def apply(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self._apply(step)

    def _apply(self, step: Step) -> None:
        current = self.current
        if isinstance(step, DiscardVersion):
            assert current.status == "SUBMITTED"
            current.status = "DISCARDED"
        elif isinstance(step, CreateVersion):
            assert current.status in FINISHED
            self.versions.append(Version("DRAFT", {}))
        elif isinstance(step, PutValue):
            assert current.status == "DRAFT"
            assert step.path in PRECEDENCE
            self.put.append(step.path)
            current.values[step.path] = step.value
        elif isinstance(step, DeleteValue):
            assert current.status == "DRAFT"
            del current.values[step.path]
        elif isinstance(step, Submit):
            assert current.status == "DRAFT"
            assert not self.incomplete_parents & self.associated
            assert self.associated or BEFORE not in self.behaviors.values()
            current.status = "SUBMITTED"
        else:
            assert isinstance(step, Associate)
            self._associate(step.resource_id)

    def _associate(self, resource: str) -> None:
        behavior = self.behaviors[self._type_of(resource)]
        assert resource not in self.associated
        assert resource not in self.incomplete_parents
        assert behavior != ON_APPROVAL
        assert self.status == "COMPLETE" if behavior == AFTER else self.current.status == "DRAFT"
        self.associated.add(resource)

    def _type_of(self, resource: str) -> str:
        return "TOLL_FREE" if resource == PHONE else "US_TEN_DLC_BRAND_REGISTRATION"

    def _latest(self, status: str) -> int | None:
        numbers = [number for number, version in enumerate(self.versions, 1) if version.status == status]
        return numbers[-1] if numbers else None


def planned(declared: DeclaredForm, registration: Registration) -> Plan:
    return planner.make(declared, registration.described())


# --- random registrations ---

_value: st.SearchStrategy[TypedValue] = st.one_of(
    st.sampled_from("xy").map(TextValue),
    st.lists(st.sampled_from("xy"), min_size=1, unique=True).map(lambda choices: SelectChoices(tuple(choices))),
)
values = st.dictionaries(st.sampled_from(PATHS), _value)
submitted_values = st.dictionaries(st.sampled_from(PATHS), _value, min_size=1)
"""A submitted version has values: a form without any is never valid, unless its type has no fields."""


@st.composite
def registrations(draw: st.DrawFn) -> Registration:
    """A registration in any possible state."""
    earlier = draw(st.lists(st.sampled_from(FINISHED), max_size=2))
    current = draw(st.sampled_from(["DRAFT", "SUBMITTED", *LOCKED, *FINISHED]))
    versions = [Version(each, draw(values if each == "DRAFT" else submitted_values)) for each in [*earlier, current]]
    return Registration(
        status=draw(
            st.sampled_from(["CREATED", "SUBMITTED", "REVIEWING", "COMPLETE", "REQUIRES_UPDATES", "UNHEARD_OF"])
        ),
        versions=versions,
        behaviors={
            "TOLL_FREE": draw(st.sampled_from([BEFORE, AFTER, ON_APPROVAL])),
            "US_TEN_DLC_BRAND_REGISTRATION": draw(st.sampled_from([BEFORE, AFTER])),
        },
        associated=draw(st.sets(st.sampled_from([PHONE, PARENT]))),
        incomplete_parents=draw(st.sampled_from([frozenset(), frozenset(), frozenset({PARENT})])),
    )


@st.composite
def declarations(draw: st.DrawFn, registration: Registration, **fixed: Any) -> DeclaredForm:
    """A declaration for a registration, often with the values of one of its versions."""
    known = draw(st.sampled_from([None, *(version.values for version in registration.versions)]))
    number = len(registration.versions)
    latest = number - 1 if registration.current.status == "DRAFT" else number
    declared: Values = draw(values) if known is None else known
    associated = draw(st.lists(st.sampled_from([PHONE, PARENT]), unique=True))
    members: dict[str, Any] = {
        "values": dict(declared),
        "precedence": PRECEDENCE,
        "cleared": frozenset(draw(st.sets(st.sampled_from(PATHS)))) - set(declared),
        "associations": tuple(associated),
        "submit": draw(st.booleans()),
        "on_locked": draw(st.sampled_from(["fail", "keep"])),
        "delete_undeclared": draw(st.booleans()),
        "resubmit_after": draw(st.one_of(st.none(), st.integers(0, latest))),
        "rolling_back": draw(st.booleans()),
    }
    # Only declared parents count.
    registration.incomplete_parents &= frozenset(associated)
    return DeclaredForm(**{**members, **fixed})
