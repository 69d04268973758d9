"""What a deployment guarantees about content: it is what was declared, and after a rollback what was held before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from support import content
from support.content import Content
from support.invariants import Invariants, owner_of
from support.stack import Stack

FORM = "Custom::SmsRegistrationForm"

_NAMES = ("ExistingRegistrationId", "RegistrationId")
"""Properties that name the registration that a resource takes over."""


@dataclass(frozen=True)
class Held:
    """What the resources of a stack held when it was stable.

    Attributes:
        ids: The physical IDs by logical ID.
        registrations: What its registrations, and those of its forms, held.
        tags: The declared tags of its registrations by logical ID.
        forms: The properties of its forms by logical ID.
        live: The registrations and attachments that existed.
        since: When that was, in seconds of the world's clock.
    """

    ids: Mapping[str, str]
    registrations: Mapping[str, Content]
    tags: Mapping[str, Mapping[str, str]]
    forms: Mapping[str, Mapping[str, Any]]
    live: frozenset[str]
    since: float


class ContentLaws:
    """Checks the content of registrations.

    Args:
        checks: The invariants of the world.
    """

    def __init__(self, checks: Invariants) -> None:
        self.checks = checks
        self.world = checks.world

    def held(self, stack: Stack) -> Held:
        """Record what a stable stack holds."""
        ids = {name: each.physical_id for name, each in stack.resources.items()}
        live = self.checks.live()
        named = {each.removeprefix("form-of:") for each in ids.values()}
        return Held(
            ids,
            {each: content.of(self.checks, each) for each in sorted(named & live) if each.startswith("registration-")},
            {name: _tags(each.properties) for name, each in stack.resources.items()},
            {name: each.properties for name, each in stack.resources.items() if stack.types.get(name) == FORM},
            frozenset(live),
            self.world.clock.passed,
        )

    def check_restored(self, stack: Stack, before: Held, disturbed: set[str], *, several: bool = False) -> None:
        """After a rollback, the stack has its former resources, and they hold what they held.

        Args:
            stack: The stack.
            before: What it held when it was last stable.
            disturbed: Registrations that reviewers or people changed since then.
            several: Whether deployments before the one that is rolled back failed and were kept.
        """
        after = {name: each.physical_id for name, each in stack.resources.items()}
        if self.checks.was_left(*before.ids) or stack in self.checks.unknown:
            return
        if (disturbed & set(before.ids.values())) - self.checks.live():
            return  # somebody deleted what it had, after a deployment that was kept
        assert before.ids == after, f"the rollback does not go back to {before.ids} but to {after}"
        lost = set(before.ids.values()) & before.live - self.checks.live()
        assert not lost, f"the rollback lost {lost}"
        held = list(before.ids.values())
        for registration_id, former in before.registrations.items():
            # Of two resources that hold one, because the second took it over in an earlier deployment, either may write.
            if registration_id not in disturbed and held.count(registration_id) < 2:
                self._check_registration(stack, before, registration_id, former, several=several)

    def _check_registration(
        self, stack: Stack, before: Held, registration_id: str, former: Content, *, several: bool
    ) -> None:
        now = content.of(self.checks, registration_id)
        claims = [(stack.stack_id, name) for name, each in before.ids.items() if each.endswith(registration_id)]
        for kept, claim in zip(former.claims, now.claims, strict=True):
            assert claim == kept or kept not in claims, f"{registration_id} was claimed by {kept} and is by {claim}"
        for logical_id in (name for name, each in before.ids.items() if each == registration_id):
            # A tag that was there without being declared may have become declared, and goes then.
            # The event names the tags of the last deployment only, so those that an earlier one added may stay.
            declared_tags = before.tags[logical_id].items()
            kept_tags = declared_tags <= now.tags.items() and (
                several or now.tags.items() <= former.tags.items() | declared_tags
            )
            # What another stack left when its take-over was rolled back may differ from what is declared.
            kept_tags |= now.tags == former.tags
            kept_tags |= self._was_taken_over(stack, logical_id, registration_id, before.since)
            assert kept_tags, f"{registration_id} had the tags {former.tags} and has {now.tags}"
        forms = [name for name in before.forms if before.ids[name] == f"form-of:{registration_id}"]
        for logical_id in forms:
            # A person may have discarded what was submitted: then the rollback submits it again.
            may_be_submitted = before.forms[logical_id]["Submit"] == "true" or registration_id in self.checks.submitted
            assert former.is_submitted or may_be_submitted or not now.is_submitted, (
                f"{registration_id} was a draft and is submitted"
            )
            if stack.resources[logical_id].attributes.get("PendingChanges") == "true":
                continue  # a review holds it
            declared = _declared(before.forms[logical_id]["Fields"])
            wanted = [former.values, declared]
            if before.forms[logical_id].get("KeepUndeclared") == "true":
                wanted.append({**former.values, **declared})
            kept_values = [self._contents(each) for each in wanted]
            held = self._contents(now.values)
            if before.forms[logical_id].get("KeepUndeclared") == "true":
                # What the failed deployment added is undeclared again, and may as well have been written by hand.
                held = {path: each for path, each in held.items() if any(path in kept for kept in kept_values)}
                if not former.is_submitted:
                    # In the same draft it may have overwritten what was not declared; nobody else knows what that was.
                    overwritten = self._declared_since(stack, logical_id, before.since) - declared.keys()
                    held, *kept_values = (
                        {path: value for path, value in each.items() if path not in overwritten}
                        for each in (held, *kept_values)
                    )
            # The service deletes no required value of a draft that it once had.
            undeletable = self.checks.kept_paths | (self._required(registration_id) if not now.is_submitted else set())
            fits = any(
                {path: each for path, each in held.items() if path in kept or path not in undeletable} == kept
                for kept in kept_values
            )
            fits |= self._was_taken_over(stack, logical_id, registration_id, before.since)
            assert fits, f"{registration_id} held {former.values} and holds {now.values}"

    def _declared_since(self, stack: Stack, logical_id: str, since: float) -> set[str]:
        """The fields that the deployments since then declared for a form."""
        return {
            path
            for sent, event in stack.sent
            if sent >= since and event["LogicalResourceId"] == logical_id
            for path in event["ResourceProperties"].get("Fields") or {}
        }

    def _was_taken_over(self, stack: Stack, logical_id: str, registration_id: str, since: float) -> bool:
        """Whether another resource took it over since then: after a rollback of that, its values and tags stay as it left them.

        The owner has no part in that rollback, and nobody else knows what it declared.
        """
        kind = stack.types[logical_id]
        return any(
            event["ResourceType"] == kind
            and (each, event["LogicalResourceId"]) != (stack, logical_id)
            and event["ResourceProperties"].get("TakeOver") == "true"
            and registration_id in (event["ResourceProperties"].get(name) for name in _NAMES)
            for each in self.world.stacks
            for sent, event in each.sent
            if sent >= since
        )

    def _contents(self, values: Mapping[str, object]) -> dict[str, object]:
        return {path: self._content(each) for path, each in values.items()}

    def _required(self, registration_id: str) -> set[str]:
        kind = self.world.fake.registration(registration_id).registration_type
        fields = self.world.fake.definitions[kind].fields
        return {each["FieldPath"] for each in fields if each["FieldRequirement"] == "REQUIRED"}

    def check_declared(self, stack: Stack, deployed: set[str]) -> None:
        """The registration has the values of a form that reports no pending changes."""
        for logical_id in deployed & set(stack.resources):
            resource = stack.resources[logical_id]
            if stack.types.get(logical_id) != FORM:
                continue
            if resource.properties["RegistrationId"] not in self.checks.live():
                continue  # the same deployment deletes its registration
            registration = self.world.fake.registration(resource.properties["RegistrationId"])
            owner = owner_of(self.checks.tags(registration.registration_id), "form-")
            if owner is not None and owner[0] == stack.stack_id and owner[1] in deployed - {logical_id}:
                continue  # another form of the same deployment took it over
            assert owner == (stack.stack_id, logical_id), f"the form of {logical_id} is claimed by {owner}"
            if resource.attributes["PendingChanges"] == "true":
                continue
            held = self._contents(content.values_of(registration.current_version))
            declared = self._contents(_declared(resource.properties["Fields"]))
            if resource.properties.get("KeepUndeclared") == "true":
                held = {path: value for path, value in held.items() if path in declared}
            if resource.properties.get("Submit") != "true":
                # A draft may lack what is required, but the service deletes no required value that it once had.
                required = self._required(registration.registration_id)
                held = {path: value for path, value in held.items() if path in declared or path not in required}
            assert held == declared, f"{logical_id}: {held} is held, {declared} was declared"
            status = registration.current_version.registration_version_status
            if resource.properties["Submit"] == "true" and resource.attributes["PendingSubmission"] == "false":
                assert status not in ("DRAFT", "DISCARDED"), f"{logical_id} was to be submitted and is {status}"

    def _content(self, value: object) -> object:
        """For an attachment, the hash of its content: another attachment with the same content is the same value."""
        is_file = isinstance(value, str) and value.startswith("attachment-")
        return self.checks.tags(str(value))["cdk-sms-registration:content"] if is_file else value


def _tags(properties: Mapping[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in properties.get("Tags", [])}


def _declared(fields: Mapping[str, object]) -> dict[str, object]:
    return {
        path: value.get("AttachmentId", "CANARY secret") if isinstance(value, Mapping) else value
        for path, value in fields.items()
    }
