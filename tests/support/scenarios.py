"""Deployments of every kind, each in its own world: the former state, what happened since, and the new template."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from support.handler_help import made_by_hand
from support.invariants import Invariants
from support.small_forms import BRAND, CAMPAIGN, IMAGE, KIND, NAME, NOTE, SYMBOL, TOLL_FREE
from support.stack import Stack, Template
from support.world import World, Worlds

REGISTRATION, FORM, FILE = "Custom::SmsRegistration", "Custom::SmsRegistrationForm", "Custom::SmsRegistrationAttachment"


def registration(kind: str = BRAND, **more: Any) -> dict[str, Any]:
    return {"Type": REGISTRATION, "Properties": {"RegistrationType": kind, **more}}


def form(fields: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    declared = {NAME: "CANARY one", KIND: ["PRIVATE"], **(fields or {})}
    target = {"Fn::GetAtt": ["Registration", "RegistrationId"]}
    return {"Type": FORM, "Properties": {"RegistrationId": target, "Fields": declared, "Submit": True, **more}}


def file(key: str = "first.png") -> dict[str, Any]:
    return {"Type": FILE, "Properties": {"Bucket": "assets", "Key": key}}


def tagged(value: str) -> dict[str, Any]:
    return {"Tags": [{"Key": "a", "Value": value}]}


BY_HAND, THEIRS = "BY_HAND", "THEIRS"
"""Placeholders for the IDs of a registration that was created by hand, and of the one that another stack owns."""

ALONE: Template = {"Registration": registration()}
DRAFT: Template = {"Registration": registration(), "Form": form(Submit=False)}
SUBMITTED: Template = {"Registration": registration(), "Form": form()}
EDITED: Template = {"Registration": registration(), "Form": form({NAME: "CANARY two", NOTE: "CANARY note"})}
EVERYTHING: Template = {
    "File": file(),
    "Registration": {**registration(TOLL_FREE), "DependsOn": "File"},
    "Form": form({IMAGE: {"AttachmentId": {"Ref": "File"}}}),
}
EVERYTHING_ELSE: Template = {
    **EVERYTHING,
    "File": file("second.png"),
    "Form": form({**EVERYTHING["Form"]["Properties"]["Fields"], NAME: "CANARY two"}),
}


PUBLIC: Template = {
    "Registration": registration(),
    "Form": form({KIND: ["PUBLIC"], SYMBOL: "CANARY symbol", NOTE: "CANARY note"}, Submit=False),
}
WITH_CAMPAIGN: Template = {
    "Campaign": {**registration(CAMPAIGN), "DependsOn": "Registration"},
    "CampaignForm": {
        "Type": FORM,
        "Properties": {
            "RegistrationId": {"Fn::GetAtt": ["Campaign", "RegistrationId"]},
            "Fields": {NAME: "CANARY one"},
            "Associations": [{"Ref": "Registration"}],
            "Submit": True,
        },
    },
}


def nothing(world: World, registration_id: str) -> None: ...


def denied(world: World, registration_id: str) -> None:
    world.fake.review.deny(registration_id)


def approved(world: World, registration_id: str) -> None:
    world.fake.review.approve(registration_id)


def in_review(world: World, registration_id: str) -> None:
    world.fake.review.start(registration_id)


def revoked(world: World, registration_id: str) -> None:
    approved(world, registration_id)
    world.fake.review.revoke(registration_id)


@dataclass(frozen=True)
class Scenario:
    """The deployed template, what happened since, and the template to deploy; None deletes the stack."""

    before: Template | None
    after: Template | None
    then: Callable[[World, str], None] = nothing
    theirs: Template | None = None
    """What another stack of the account has deployed before."""


SCENARIOS: dict[str, Scenario] = {
    "create a registration": Scenario(None, ALONE),
    "retag a registration": Scenario(
        {"Registration": registration(**tagged("1"))}, {"Registration": registration(**tagged("2"))}
    ),
    "untag a registration": Scenario({"Registration": registration(**tagged("1"))}, ALONE),
    "replace a registration": Scenario(ALONE, {"Registration": registration(TOLL_FREE)}),
    "adopt": Scenario(None, {"Registration": registration(ExistingRegistrationId=BY_HAND)}),
    "replace by adopting": Scenario(ALONE, {"Registration": registration(ExistingRegistrationId=BY_HAND)}),
    "release an adopted registration": Scenario({"Registration": registration(ExistingRegistrationId=BY_HAND)}, None),
    "delete a registration": Scenario(ALONE, None),
    "create a form": Scenario(ALONE, SUBMITTED),
    "edit a draft": Scenario(DRAFT, {"Registration": registration(), "Form": form({NAME: "CANARY two"}, Submit=False)}),
    "submit a draft": Scenario(DRAFT, SUBMITTED),
    "edit a submitted form": Scenario(SUBMITTED, EDITED),
    "edit a denied form": Scenario(SUBMITTED, EDITED, denied),
    "edit an approved form": Scenario(SUBMITTED, EDITED, approved),
    "resubmit the same form": Scenario(SUBMITTED, {"Registration": registration(), "Form": form(Revision="2")}, denied),
    "replace the registration of a form": Scenario(
        SUBMITTED, {"Registration": registration(TOLL_FREE), "Form": form()}
    ),
    "remove a form": Scenario(SUBMITTED, ALONE),
    "delete a submitted registration": Scenario(SUBMITTED, None),
    "upload a file": Scenario(None, {"File": file()}),
    "change a file": Scenario({"File": file()}, {"File": file("second.png")}),
    "delete a file": Scenario({"File": file()}, None),
    "create everything": Scenario(None, EVERYTHING),
    "change everything": Scenario(EVERYTHING, EVERYTHING_ELSE),
    "delete everything": Scenario(EVERYTHING, None),
}

"""Common scenarios."""

RARE: dict[str, Scenario] = {
    "remove values": Scenario(PUBLIC, DRAFT),
    "edit a revoked form": Scenario(SUBMITTED, EDITED, revoked),
    "keep a form in review": Scenario(
        SUBMITTED, {"Registration": registration(), "Form": form({NAME: "CANARY two"}, OnLocked="keep")}, in_review
    ),
    "create a campaign with its brand": Scenario(None, {**SUBMITTED, **WITH_CAMPAIGN}),
    "create a campaign of an approved brand": Scenario(SUBMITTED, {**SUBMITTED, **WITH_CAMPAIGN}, approved),
    "delete a campaign with its brand": Scenario({**SUBMITTED, **WITH_CAMPAIGN}, None, approved),
}
"""Scenarios with calls that the common ones do not make."""


@dataclass
class Run:
    """One scenario in its own world, up to the deployment under test."""

    worlds: Worlds
    scenario: Scenario
    world: World = field(init=False)
    stack: Stack = field(init=False)

    def __post_init__(self) -> None:
        self.world = self.worlds.new()
        self.invariants = Invariants(self.world)
        self.ids = {BY_HAND: made_by_hand(self.world.fake, BRAND)}
        self.stack = self.world.stack("Stack")
        if self.scenario.theirs is not None:
            other = self.world.stack("Other")
            assert other.deploy(self.scenario.theirs) == "CREATE_COMPLETE"
            self.ids[THEIRS] = other.resources["Registration"].physical_id
        if self.scenario.before is not None:
            assert self.stack.deploy(self.with_ids(self.scenario.before)) == "CREATE_COMPLETE"
        if self.scenario.then is not nothing:
            self.scenario.then(self.world, self.stack.resources["Registration"].physical_id)
        self.world.clock.passed += 600
        self.began = self.world.interceptor.seen
        self.before = {name: each.physical_id for name, each in self.stack.resources.items()}
        self.live = self.invariants.live()

    def act(self) -> str:
        """Deploy the new template or delete the stack, and return the stack's status."""
        if self.scenario.after is None:
            return self.stack.destroy()
        return self.stack.deploy(self.with_ids(self.scenario.after))

    def again(self) -> str:
        """Repeat the deployment on a healthy service."""
        self.world.interceptor.forget()
        if self.stack.stack_status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
            assert self.stack.destroy() == "DELETE_COMPLETE"
            self.stack = self.world.stack("Stack")
        if self.stack.stack_status == "UPDATE_ROLLBACK_FAILED":
            assert self.stack.continue_update_rollback() == "UPDATE_ROLLBACK_COMPLETE"
        return self.act()

    def state(self) -> Any:
        """The result without IDs."""
        fake = self.world.fake
        return (
            sorted(
                (
                    each.registration_type,
                    each.registration_status,
                    each.current_version.registration_version_status,
                    sorted(
                        (value.field_path, value.text_value, value.select_choices)
                        for value in each.current_version.values.values()
                    ),
                    sorted(map(_without_digest, self.invariants.tags(each.registration_id))),
                )
                for each in fake.live_registrations()
            ),
            len(fake.live_attachments()),
        )

    def check_nothing_left_to_write(self) -> None:
        if self.scenario.after is None:
            return
        writes = len(self.world.fake.writes)
        assert self.stack.deploy(self.with_ids(self.scenario.after), touch=True) == "UPDATE_COMPLETE"
        assert self.world.fake.writes[writes:] == []

    def with_ids(self, template: Any) -> Any:
        """Replace the placeholders for IDs in a part of a template."""
        if isinstance(template, Mapping):
            return {key: self.with_ids(value) for key, value in template.items()}
        if isinstance(template, list):
            return [self.with_ids(value) for value in template]
        return self.ids.get(template, template) if isinstance(template, str) else template


def _without_digest(key: str) -> str:
    """The key of a claim or a mark without its digest, which differs between runs as the IDs do."""
    return re.sub(r"(:(?:form-)?claim-|:awaits-\w+:).*", r"\1", key)


def clean(worlds: Worlds, scenario: Scenario) -> tuple[int, str, Any]:
    """The number of requests, the status and the result of a scenario without failures."""
    run = Run(worlds, scenario)
    status = run.act()
    assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE")
    requests, state = run.world.interceptor.seen - run.began, run.state()
    run.invariants.check()
    run.check_nothing_left_to_write()
    return requests, status, state
