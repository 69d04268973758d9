"""Deployments of every kind, each in a world of its own: what was there, what happened since, and what is deployed."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from support.handler_help import made_by_hand
from support.invariants import Invariants
from support.small_forms import BRAND, CAMPAIGN, IMAGE, KIND, NAME, NOTE, SYMBOL, TOLL_FREE
from support.stack import Stack, Template
from support.world import World, Worlds

SHELL, FORM, FILE = "Custom::SmsRegistration", "Custom::SmsRegistrationForm", "Custom::SmsRegistrationAttachment"


def shell(kind: str = BRAND, **more: Any) -> dict[str, Any]:
    return {"Type": SHELL, "Properties": {"RegistrationType": kind, **more}}


def form(fields: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    declared = {NAME: "CANARY one", KIND: ["PRIVATE"], **(fields or {})}
    target = {"Fn::GetAtt": ["Shell", "RegistrationId"]}
    return {"Type": FORM, "Properties": {"RegistrationId": target, "Fields": declared, "Submit": True, **more}}


def file(key: str = "first.png") -> dict[str, Any]:
    return {"Type": FILE, "Properties": {"Bucket": "assets", "Key": key}}


def tagged(value: str) -> dict[str, Any]:
    return {"Tags": [{"Key": "a", "Value": value}]}


BY_HAND = "BY_HAND"
ALONE: Template = {"Shell": shell()}
DRAFT: Template = {"Shell": shell(), "Form": form(Submit=False)}
FILED: Template = {"Shell": shell(), "Form": form()}
EDITED: Template = {"Shell": shell(), "Form": form({NAME: "CANARY two", NOTE: "CANARY note"})}
EVERYTHING: Template = {
    "File": file(),
    "Shell": {**shell(TOLL_FREE), "DependsOn": "File"},
    "Form": form({IMAGE: {"AttachmentId": {"Ref": "File"}}}),
}
EVERYTHING_ELSE: Template = {
    **EVERYTHING,
    "File": file("second.png"),
    "Form": form({**EVERYTHING["Form"]["Properties"]["Fields"], NAME: "CANARY two"}),
}


PUBLIC: Template = {
    "Shell": shell(),
    "Form": form({KIND: ["PUBLIC"], SYMBOL: "CANARY symbol", NOTE: "CANARY note"}, Submit=False),
}
CAMPAIGN_OF_SHELL: Template = {
    "Campaign": {**shell(CAMPAIGN), "DependsOn": "Shell"},
    "CampaignForm": {
        "Type": FORM,
        "Properties": {
            "RegistrationId": {"Fn::GetAtt": ["Campaign", "RegistrationId"]},
            "Fields": {NAME: "CANARY one"},
            "Associations": [{"Ref": "Shell"}],
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
    """What is there, what happened since, and what is deployed; None destroys."""

    before: Template | None
    after: Template | None
    then: Callable[[World, str], None] = nothing


SCENARIOS: dict[str, Scenario] = {
    "create a shell": Scenario(None, ALONE),
    "retag a shell": Scenario({"Shell": shell(**tagged("1"))}, {"Shell": shell(**tagged("2"))}),
    "untag a shell": Scenario({"Shell": shell(**tagged("1"))}, ALONE),
    "replace a shell": Scenario(ALONE, {"Shell": shell(TOLL_FREE)}),
    "adopt": Scenario(None, {"Shell": shell(ExistingRegistrationId=BY_HAND)}),
    "replace by adopting": Scenario(ALONE, {"Shell": shell(ExistingRegistrationId=BY_HAND)}),
    "release what was adopted": Scenario({"Shell": shell(ExistingRegistrationId=BY_HAND)}, None),
    "delete a shell": Scenario(ALONE, None),
    "create a form": Scenario(ALONE, FILED),
    "edit a draft": Scenario(DRAFT, {"Shell": shell(), "Form": form({NAME: "CANARY two"}, Submit=False)}),
    "file a draft": Scenario(DRAFT, FILED),
    "edit what is filed": Scenario(FILED, EDITED),
    "edit what was denied": Scenario(FILED, EDITED, denied),
    "edit what was approved": Scenario(FILED, EDITED, approved),
    "file the same again": Scenario(FILED, {"Shell": shell(), "Form": form(Revision="2")}, denied),
    "replace the shell of a form": Scenario(FILED, {"Shell": shell(TOLL_FREE), "Form": form()}),
    "take a form away": Scenario(FILED, ALONE),
    "delete what is filed": Scenario(FILED, None),
    "upload a file": Scenario(None, {"File": file()}),
    "change a file": Scenario({"File": file()}, {"File": file("second.png")}),
    "delete a file": Scenario({"File": file()}, None),
    "create everything": Scenario(None, EVERYTHING),
    "change everything": Scenario(EVERYTHING, EVERYTHING_ELSE),
    "delete everything": Scenario(EVERYTHING, None),
}

"""The everyday ones."""

RARE: dict[str, Scenario] = {
    "take values away": Scenario(PUBLIC, DRAFT),
    "edit what was revoked": Scenario(FILED, EDITED, revoked),
    "keep what is in review": Scenario(
        FILED, {"Shell": shell(), "Form": form({NAME: "CANARY two"}, OnLocked="keep")}, in_review
    ),
    "create a campaign with its brand": Scenario(None, {**FILED, **CAMPAIGN_OF_SHELL}),
    "create a campaign of an approved brand": Scenario(FILED, {**FILED, **CAMPAIGN_OF_SHELL}, approved),
    "delete a campaign with its brand": Scenario({**FILED, **CAMPAIGN_OF_SHELL}, None, approved),
}
"""What the everyday ones do not ask of the service."""


@dataclass
class Run:
    """One scenario in a world of its own, up to the deployment that is to fail."""

    worlds: Worlds
    scenario: Scenario
    world: World = field(init=False)
    stack: Stack = field(init=False)

    def __post_init__(self) -> None:
        self.world = self.worlds.new()
        self.laws = Invariants(self.world)
        self.by_hand = made_by_hand(self.world.fake, BRAND)
        self.stack = self.world.stack("Stack")
        if self.scenario.before is not None:
            assert self.stack.deploy(self._with_id(self.scenario.before)) == "CREATE_COMPLETE"
        if self.scenario.then is not nothing:
            self.scenario.then(self.world, self.stack.resources["Shell"].physical_id)
        self.world.clock.passed += 600
        self.began = self.world.watch.seen
        self.before = {name: each.physical_id for name, each in self.stack.resources.items()}
        self.live = self.laws.live()

    def act(self) -> str:
        """Deploy or destroy."""
        if self.scenario.after is None:
            return self.stack.destroy()
        return self.stack.deploy(self._with_id(self.scenario.after))

    def again(self) -> str:
        """The same, on a service that is sound again."""
        self.world.watch.forget()
        if self.stack.stack_status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED"):
            assert self.stack.destroy() == "DELETE_COMPLETE"
            self.stack = self.world.stack("Stack")
        if self.stack.stack_status == "UPDATE_ROLLBACK_FAILED":
            assert self.stack.continue_update_rollback() == "UPDATE_ROLLBACK_COMPLETE"
        return self.act()

    def state(self) -> Any:
        """What counts of the result, without ids."""
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
                    sorted(self.laws.tags(each.registration_id)),
                )
                for each in fake.live_registrations()
            ),
            len(fake.live_attachments()),
        )

    def check_nothing_left_to_write(self) -> None:
        if self.scenario.after is None:
            return
        writes = len(self.world.fake.writes)
        assert self.stack.deploy(self._with_id(self.scenario.after), touch=True) == "UPDATE_COMPLETE"
        assert self.world.fake.writes[writes:] == []

    def _with_id(self, template: Template) -> Template:
        found = copy.deepcopy(dict(template))
        for each in found.values():
            if each["Properties"].get("ExistingRegistrationId") == BY_HAND:
                each["Properties"]["ExistingRegistrationId"] = self.by_hand
        return found


def clean(worlds: Worlds, scenario: Scenario) -> tuple[int, str, Any]:
    """How many requests a scenario makes, and how it ends when nothing fails."""
    run = Run(worlds, scenario)
    status = run.act()
    assert status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_COMPLETE")
    requests, state = run.world.watch.seen - run.began, run.state()
    run.laws.check()
    run.check_nothing_left_to_write()
    return requests, status, state
