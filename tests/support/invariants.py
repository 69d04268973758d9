"""The invariants: what holds whatever fails, arrives late or is decided by others."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from moto_sms_voice.exceptions import ResourceNotFoundException
from sms_registration_handler.resource import owner_tags
from sms_registration_handler.resource.claims import REGISTRATION
from support.stack import FAILED, GONE, Stack
from support.world import World

PREFIX = "cdk-sms-registration:"
Owner = tuple[str, str]
"""Stack id, logical id."""

_ISSUED = ("registration-", "attachment-", "form-of:")
"""Prefixes of the physical IDs that the function returns."""

_FORMATTER = logging.Formatter()
_LEFT = re.compile(r"(\w+) is left unchanged in this rollback")
_KEPT = re.compile(r"(\S+) still holds a value that is not declared")

_CONTENT = {
    "PutRegistrationFieldValue",
    "DeleteRegistrationFieldValue",
    "CreateRegistrationVersion",
    "DiscardRegistrationVersion",
    "CreateRegistrationAssociation",
    "SubmitRegistrationVersion",
}


class Invariants:
    """Checks a world: each request before it is performed, and the final state of each deployment."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._lines_seen = self._puts_seen = 0
        self._reported: set[str] = set()
        self._left: set[str] = set()
        """Logical IDs of resources that a rollback could not restore: their former content may remain."""
        self.kept_paths: set[str] = set()
        """Fields whose values the service refused to delete, which the log says."""
        self._first_responses: dict[str, dict[str, Any]] = {}
        self.submitted: set[str] = set()
        """Registrations that forms have submitted, in a request that asked for it and was not canceled before it was sent."""
        self.unknown: set[Stack] = set()
        """Stacks that did not say for a whole deployment what they are doing: what a canceled run wrote may remain."""
        self._claims: list[tuple[float, str, str, Owner]] = []
        """When which registration was claimed or given back, whether the form ("form-") or all of it (""), and for whom."""
        self._broken: list[AssertionError] = []
        self.is_unavoidable: Callable[[], bool] = lambda: False
        """Whether the request that is about to be performed could not be prevented any more."""
        world.interceptor.observers.append(self._observe)

    # --- each request ---

    def _observe(self, operation: str, parameters: dict[str, Any]) -> None:
        try:
            if not self.is_unavoidable():
                self.before_request(operation, parameters)
        except AssertionError as broken:
            self._broken.append(broken)  # the function turns every exception into a response; `check` raises it outside
            raise
        if operation == "SubmitRegistrationVersion":
            self.submitted.add(
                parameters["RegistrationId"]
            )  # also one that was on its way when its request was canceled
        tags = {each["Key"]: each["Value"] for each in parameters.get("Tags", [])}
        for kind in ("", "form-"):
            owner = owner_of(tags, kind)
            if owner is not None:
                claimed = parameters.get("ResourceArn", "").rpartition("/")[2]
                self._claims.append((self.world.clock.passed, claimed, kind, owner))

    def before_request(self, operation: str, parameters: dict[str, Any]) -> None:
        """No call uses an ID that the service did not issue, and no write changes another owner's resource."""
        if (
            operation.startswith(("Describe", "List", "CreateRegistrationAttachment"))
            or operation == "CreateRegistration"
        ):
            return
        store = self.world.fake.store
        named = parameters.get("RegistrationAttachmentId") if "FieldValue" not in operation else None
        target = str(named or parameters.get("RegistrationId") or parameters.get("ResourceArn", "").rpartition("/")[2])
        issued = target in store.registrations or target in store.attachments
        assert issued, f"{operation} on {target}, which the service never issued"
        if target not in self.live():
            return  # the service refuses it
        event = self.world.running_event()
        me = (event.stack_id, event.logical_resource_id)
        tags = self.tags(target)
        owner = owner_of(tags)
        if operation in _CONTENT:
            if operation == "SubmitRegistrationVersion":
                self._check_submission(event, target)
            ends = operation == "DiscardRegistrationVersion" and owner == me  # the registration, before it is deleted
            # Another form may take it over meanwhile. What this one submits is nevertheless its own.
            is_late = operation != "SubmitRegistrationVersion" and self._contends(target, "form-")
            mine = is_late or owner_of(tags, "form-") in (None, me)
            assert ends or mine, f"{operation} on {target}: the form is another's"
            assert self._is_my_form(event, target), f"{operation} on {target} by the form of another registration"
        elif operation.startswith("DeleteRegistration"):
            # The Delete of a registration deletes what its older versions left of the stack's attachments.
            left = tags.get(PREFIX + "state") == "leftover" and owner is not None and owner[0] == event.stack_id
            assert owner == me or left, f"{operation} on {target} of {owner} by {me}"
            unfinished = tags.get(PREFIX + "state") == "pending"
            assert unfinished or target == event.physical_resource_id or target not in self._held(), (
                f"{operation} on {target}, which is held"
            )
            may = str(event.properties.get("RemovalPolicy", "")).lower() == "destroy"
            may &= (event.logical_resource_id, target) in self._stack(event).settled
            assert may or tags[PREFIX + "state"] != "adopted", f"{operation} on {target}, which was adopted"
        elif event.resource_type == "Custom::SmsRegistrationForm":
            assert self._is_my_form(event, target), f"{operation} on {target} by the form of another registration"
        else:
            adopts = target in (each.get("ExistingRegistrationId") for each in (event.properties, event.old_properties))
            takes_over = event.properties.get("TakeOver") == "true"
            mine = owner == me or (adopts and (owner is None or takes_over or self._contends(target)))
            mine |= set(parameters.get("TagKeys", ())) == {REGISTRATION.key(owner_tags.Owner(*me))}
            # In a rollback, a registration is taken back from another resource of the stack.
            is_back = owner_of(tags, "previous-") == me and "ROLLBACK" in self._stack(event).stack_status
            mine |= is_back and owner is not None and owner[0] == me[0]
            # Its owner may write while another one takes it over: one of them yields.
            mine |= target == event.physical_resource_id and self._contends(target)
            # Two deliveries of a Delete at once may both release it.
            mine |= operation == "UntagResource" and owner is None and event.physical_resource_id == target
            assert mine, f"{operation} on {target} of {owner} by {me}"

    def _check_submission(self, event: Any, target: str) -> None:
        assert event.request_id not in self._stack(event).canceled, f"{target} is submitted by a canceled request"
        assert event.properties.get("Submit") == "true", f"{target} is submitted by a form that does not ask for it"

    def _contends(self, target: str, kind: str = "") -> bool:
        """Whether another owner has claimed it since this run began: both may write, and one yields (`resource/claims.py`).

        Or whether another delivery of the same event has given it back.
        """
        event, began = self.world.running_event(), self.world.containers.running[-1][1].began
        return any(
            time >= began and (claimed, of) == (target, kind) and owner != (event.stack_id, event.logical_resource_id)
            for time, claimed, of, owner in self._claims
        )

    def _stack(self, event: Any) -> Stack:
        return next(each for each in self.world.stacks if each.stack_id == event.stack_id)

    def _held(self) -> set[str]:
        """Physical IDs that a resource has or that were retained: only a Delete with that ID may delete them."""
        held = {physical_id for stack in self.world.stacks for _, physical_id in stack.retained}
        for stack in self.world.stacks:
            if "ROLLBACK" not in stack.stack_status:
                held |= {each.physical_id for each in stack.resources.values() if each.status not in GONE}
        return held

    @staticmethod
    def _is_my_form(event: Any, target: str) -> bool:
        if event.resource_type != "Custom::SmsRegistrationForm":
            return (
                event.resource_type == "Custom::SmsRegistration"
            )  # the registration discards a version before it is deleted
        named = {event.properties.get("RegistrationId"), event.old_properties.get("RegistrationId")}
        return target in named or event.physical_resource_id == f"form-of:{target}"

    # --- after a deployment ---

    def check(self) -> None:
        """Check everything that must hold while no deployment runs."""
        if self._broken:
            raise self._broken[0]
        self.check_lines()
        self.check_responses()
        self.check_identities()
        self.check_claims()

    def check_lines(self) -> None:
        """Check that no log line has a value, secret, ResponseURL or signature; collect what is reported."""
        for record in self.world.lines[self._lines_seen :]:
            said = _FORMATTER.format(record)
            text = said + str({**record.__dict__, "args": None, "msg": None})
            assert "CANARY" not in text, f"logged: {text}"
            assert "X-Amz" not in text, f"logged: {text}"
            if record.levelno >= logging.ERROR:
                self._reported.add(said)  # not the fields of the line: each has the resource's ID, whatever it says
            left = _LEFT.match(record.getMessage())
            if left:
                self._left.add(left[1])
            kept = _KEPT.match(record.getMessage())
            if kept:
                self.kept_paths.add(kept[1])
        self._lines_seen = len(self.world.lines)

    def check_responses(self) -> None:
        """Check that every response is valid and quotes no value."""
        for put in self.world.endpoint.puts[self._puts_seen :]:
            assert b"CANARY" not in put.body, put.body
            if put.response["Status"] == "FAILED":
                self._reported.add(put.response["Reason"])
            self._first_responses.setdefault(put.response["RequestId"], put.response)
        self._puts_seen = len(self.world.endpoint.puts)

    def check_identities(self) -> None:
        """Check that every live, owned resource is known to its stack, was retained on purpose, or is reported."""
        stacks = {stack.stack_id: stack for stack in self.world.stacks}
        for identity in self.live():
            owner = owner_of(self.tags(identity))
            if owner is None or owner[0] not in stacks:
                continue
            stack, logical_id = stacks[owner[0]], owner[1]
            if self.tags(identity).get(PREFIX + "request") in stack.retained_with:
                continue
            known = self._known(stack, logical_id)
            assert identity in known or None in known or self.is_reported(identity), (
                f"{identity} is live and owned by {logical_id}, of which CloudFormation knows {known}"
            )

    def check_claims(self) -> None:
        """Check that whatever form claims a registration is in its stack, or may still be deleted from it."""
        stacks = {stack.stack_id: stack for stack in self.world.stacks}
        for registration in self.world.fake.live_registrations():
            identity = registration.registration_id
            owner = owner_of(self.tags(identity), "form-")
            if owner is None or owner[0] not in stacks:
                continue
            known = self._known(stacks[owner[0]], owner[1])
            assert f"form-of:{identity}" in known or None in known or self.is_reported(identity), (
                f"the form of {identity} is claimed by {owner[1]}, of which CloudFormation knows {known}"
            )

    def _known(self, stack: Stack, logical_id: str) -> set[str | None]:
        """Physical IDs that CloudFormation has or gave up knowingly; None if a Delete is still possible.

        A resource that is retained under an ID that CloudFormation generated after canceling the Create counts too.
        """
        known: set[str | None] = {
            physical_id if physical_id.startswith(_ISSUED) else None
            for name, physical_id in stack.retained
            if name == logical_id
        }
        if logical_id in self._left | stack.without_response or stack.stack_status in FAILED or stack in self.unknown:
            known.add(None)
        for name, physical_id, response in stack.forgotten:
            if name == logical_id and (response is None or self.is_reported(physical_id)):
                known.add(physical_id if response and physical_id.startswith(_ISSUED) else None)
        resource = stack.resources.get(logical_id)
        if resource is not None and resource.status not in GONE:
            known.add(resource.physical_id)
            if resource.status == "DELETE_FAILED":
                known.add(None)
        if any(event["LogicalResourceId"] == logical_id for _, event in stack.late):
            known.add(None)
        last = [event for _, event in stack.sent if event["LogicalResourceId"] == logical_id][-1:]
        if any(stack.endpoint.response_to(event["RequestId"]) is None for event in last):
            known.add(None)  # CloudFormation took no response and sent nothing since, as for what it retains
        # Nothing tells a form's Delete that an Update without a response had moved it: docs/reliability.md says so.
        moved = [
            event
            for _, event in stack.sent
            if event["RequestType"] == "Update" and event["LogicalResourceId"] == logical_id
        ]
        known |= {
            f"form-of:{event['ResourceProperties'].get('RegistrationId')}"
            for event in moved
            if stack.endpoint.response_to(event["RequestId"]) is None
        }
        return known

    # --- the state ---

    def live(self) -> set[str]:
        """Registrations and attachments that are not deleted."""
        fake = self.world.fake
        return {each.registration_id for each in fake.live_registrations()} | {
            each.registration_attachment_id for each in fake.live_attachments()
        }

    def tags(self, identity: str) -> Mapping[str, str]:
        """The current tags of a registration or an attachment."""
        store, fake = self.world.fake.store, self.world.fake
        try:
            arn = (
                fake.attachment(identity).registration_attachment_arn
                if identity.startswith("attachment-")
                else fake.registration(identity).registration_arn
            )
        except ResourceNotFoundException:
            return {}
        return store.tags[arn].current if arn in store.tags else {}

    def was_left(self, *logical_ids: str) -> bool:
        """Whether a rollback could not restore one of these."""
        self.check_lines()
        return not self._left.isdisjoint(logical_ids)

    def has_notes(self) -> bool:
        """Whether a registration has a replacement tag, which the next Update removes, or something was not restored."""
        notes = {PREFIX + "replacing", PREFIX + "replaces"}
        return bool(self._left) or any(notes & set(self.tags(identity)) for identity in self.live())

    def is_reported(self, identity: str) -> bool:
        """Whether a FAILED response or an ERROR log line names it."""
        return any(identity in text for text in self._reported)


def owner_of(tags: Mapping[str, str], kind: str = "") -> Owner | None:
    """The owner in the tags; with the kind `form-`, the owner of the form."""
    stack, logical_id = tags.get(f"{PREFIX}{kind}stack"), tags.get(f"{PREFIX}{kind}logical-id")
    return None if stack is None or logical_id is None else (stack, logical_id)
