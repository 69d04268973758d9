"""Two requests that CloudFormation has sent and that neither overtakes: their runs, interleaved request by request."""

from dataclasses import dataclass
from typing import Any

from sms_registration_contract.cloudformation import Resource
from support import content, scenarios
from support.interleaving import Interleaving, Order, Run, check_same_responses
from support.scenarios import BY_HAND, Scenario, Template
from support.stack import Stack
from support.world import Worlds


@dataclass
class Sent:
    """A Create or Update that CloudFormation waits for, with the resource it is for."""

    stack: Stack
    logical_id: str
    event: dict[str, Any]
    run: Run | None = None

    @property
    def resource(self) -> Resource:
        """CloudFormation's record."""
        return self.stack.resources[self.logical_id]

    @property
    def owner(self) -> tuple[str, str]:
        """The owner that its tags name."""
        return self.stack.stack_id, self.logical_id


class AtOnce:
    """One world with two runs. A subclass sends the requests, takes the responses, and says what must hold.

    Args:
        worlds: Creates the world.
        scenario: What was deployed before, in the stack and in another one.
    """

    def __init__(self, worlds: Worlds, scenario: Scenario) -> None:
        self.setting = scenarios.Run(worlds, scenario)
        self.world, self.checks = self.setting.world, self.setting.invariants

    def send(self) -> tuple[Sent, Sent]:
        """Send both requests."""
        raise NotImplementedError

    def check(self) -> None:
        """Check what must hold when both runs are over."""
        raise NotImplementedError

    def settle(self, sent: Sent) -> None:
        """Take the response of a run that is over. A Create that failed is rolled back at once."""
        response = self.response(sent)
        assert response is not None
        succeeded = response["Status"] == "SUCCESS"
        sent.resource.physical_id = response["PhysicalResourceId"]
        sent.resource.status = f"{sent.event['RequestType'].upper()}_{'COMPLETE' if succeeded else 'FAILED'}"
        if not succeeded:
            sent.stack.stack_status = "ROLLBACK_IN_PROGRESS"
            sent.stack.delete(sent.logical_id)
        sent.stack.stack_status = "CREATE_COMPLETE" if succeeded else "ROLLBACK_COMPLETE"

    def response(self, sent: Sent) -> dict[str, Any] | None:
        """The response that CloudFormation took."""
        return self.world.endpoint.response_to(sent.event["RequestId"])

    def play(self, i: int, j: int, *, swapped: bool = False) -> Order:
        """The first run stops before its ith request, the second before its jth; then the first goes on to its end.

        Args:
            i: Where the first run stops.
            j: Where the second run stops.
            swapped: Whether the second request's run is the first to begin.
        """
        both = self.send()
        self.one, self.other = reversed(both) if swapped else both
        self.runs = Interleaving(self.world)
        self.checks.is_unavoidable = self.runs.arrives_late
        for sent in both:
            sent.run = self.runs.run(sent.stack, sent.event, lambda sent=sent: self.settle(sent))  # type: ignore[misc]
        problem = ""
        try:
            self._go_on(self.one, i)
            self._go_on(self.other, j)
            self._go_on(self.one)
            self._go_on(self.other)
            self.check()
            self.checks.check()
        except AssertionError as error:
            problem = str(error)
        finally:
            self.runs.close()
        return Order(len(_run(self.one).requests), len(_run(self.other).requests), problem, self.runs.trace())

    def _go_on(self, sent: Sent, until: int | None = None) -> None:
        self.runs.go_on(_run(sent), until)

    def late_writes(self, sent: Sent, other: Sent) -> list[str]:
        """The writes of one run that were on their way and took effect after the last request of the other."""
        return self.runs.late_writes(_run(sent), _run(other))


def _run(sent: Sent) -> Run:
    assert sent.run is not None
    return sent.run


class Rivals(AtOnce):
    """Two stacks create the same resource of one registration that was created by hand.

    Args:
        worlds: Creates the world.
        templates: The two templates, each with one resource of the same logical ID.
    """

    def __init__(self, worlds: Worlds, *templates: Template) -> None:
        super().__init__(worlds, Scenario(None, None))
        self._templates = templates
        self.registration_id = self.setting.ids[BY_HAND]
        self._stacks = self.setting.stack, self.world.stack("Rival")

    def send(self) -> tuple[Sent, Sent]:
        one, other = (self._create(stack, each) for stack, each in zip(self._stacks, self._templates, strict=True))
        return one, other

    def _create(self, stack: Stack, template: Template) -> Sent:
        ((logical_id, declared),) = self.setting.with_ids(template).items()
        stack.types[logical_id] = declared["Type"]
        properties = stack.resolved(declared["Properties"])
        stack.resources[logical_id] = Resource(properties, status="CREATE_IN_PROGRESS")
        return Sent(stack, logical_id, stack.event("Create", logical_id, properties))

    def check(self) -> None:
        """One of them is accepted; it has the claim, and what it declares is held and submitted."""
        accepted = [each for each in (self.one, self.other) if each.resource.status == "CREATE_COMPLETE"]
        now = content.of(self.checks, self.registration_id)
        claim = now.form_owner if "Fields" in self.one.resource.properties else now.owner
        assert claim in [each.owner for each in accepted], f"{claim} has the claim, {len(accepted)} were accepted"
        late = [*self.late_writes(self.one, self.other), *self.late_writes(self.other, self.one)]
        assert len(accepted) == 1 or "TagResource" in late, "both were accepted"
        winner, loser = (self.one, self.other) if self.one.owner == claim else (self.other, self.one)
        declared = winner.resource.properties.get("Fields")
        if declared is not None and not self.late_writes(loser, winner):
            assert now.values == declared, f"{now.values} is held, and the one that was accepted declared {declared}"


class Twice(AtOnce):
    """Lambda delivers one Create or Update twice.

    Args:
        worlds: Creates the world.
        scenario: What is deployed, and the template with the change.
        target: The resource that changes.
    """

    def __init__(self, worlds: Worlds, scenario: Scenario, target: str) -> None:
        super().__init__(worlds, scenario)
        self._target = target

    def send(self) -> tuple[Sent, Sent]:
        stack = self.setting.stack
        self._submitted = sum(call.operation == "SubmitRegistrationVersion" for call in self.world.fake.writes)
        self._sent = stack.send(self._target, self.setting.with_ids(self.setting.scenario.after))
        return Sent(stack, self._target, self._sent), Sent(stack, self._target, self._sent)

    def settle(self, sent: Sent) -> None:
        """The first response is taken."""
        response = self.response(sent)
        assert response is not None
        assert response["Status"] == "SUCCESS", response["Reason"]
        former, sent.resource.physical_id = sent.resource.physical_id, response["PhysicalResourceId"]
        sent.resource.status = f"{sent.event['RequestType'].upper()}_COMPLETE"
        if sent.event["RequestType"] == "Update" and former != sent.resource.physical_id:
            sent.stack.stack_status = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
            sent.stack.clean_up(sent.logical_id, former, sent.event["OldResourceProperties"])
        sent.stack.stack_status = "UPDATE_COMPLETE"

    def check(self) -> None:
        """Both say the same, and what is declared is held and was submitted once."""
        check_same_responses(self.world, self._sent["RequestId"])
        resource = self.one.resource
        registration_id, declared = resource.physical_id.removeprefix("form-of:"), resource.properties
        if not registration_id.startswith("registration-"):
            return
        now = content.of(self.checks, registration_id)
        if "Fields" in declared:
            assert now.values == declared["Fields"], f"{now.values} is held, {declared['Fields']} was declared"
            submitted = [call for call in self.world.fake.writes if call.operation == "SubmitRegistrationVersion"]
            late = [*self.late_writes(self.one, self.other), *self.late_writes(self.other, self.one)]
            withdrawn = self.runs.was_on_its_way("DiscardRegistrationVersion")
            assert late or withdrawn or len(submitted) <= self._submitted + 1, "submitted twice"
        else:
            tags = {each["Key"]: each["Value"] for each in declared.get("Tags", [])}
            assert now.tags == tags, f"the tags are {now.tags}, declared were {tags}"


class HeldAgain(AtOnce):
    """The Delete of a resource is delivered again while the same resource is created anew.

    Args:
        worlds: Creates the world.
        before: The template without the resource.
        template: The template with it.
        target: The resource.
        late: Seconds between the two deliveries of the Delete.
    """

    def __init__(self, worlds: Worlds, before: Template, template: Template, target: str, late: float) -> None:
        super().__init__(worlds, Scenario(before, template))
        stack, deployed = self.setting.stack, self.setting.with_ids(template)
        self._target, self._deployed, self._late = target, deployed, late
        assert stack.deploy(deployed) == "UPDATE_COMPLETE"
        self.world.clock.passed += 600
        assert stack.deploy(before) == "UPDATE_COMPLETE"
        self._deleted, self._delete = stack.sent[-1]
        assert self._delete["RequestType"] == "Delete"

    def send(self) -> tuple[Sent, Sent]:
        stack = self.setting.stack
        self.world.clock.passed = max(self.world.clock.passed, self._deleted + self._late)
        create = stack.send(self._target, self._deployed)
        return Sent(stack, self._target, self._delete), Sent(stack, self._target, create)

    def settle(self, sent: Sent) -> None:
        """Only the Create is waited for."""
        if sent.event["RequestType"] == "Create":
            super().settle(sent)

    def check(self) -> None:
        """The new resource is held, with its claims."""
        resource = self.one.resource
        assert resource.status == "CREATE_COMPLETE"
        now = content.of(self.checks, resource.physical_id.removeprefix("form-of:"))
        assert self.one.owner in now.claims, f"the resource is held, and its claims are {now.claims}"


class TakenOver(AtOnce):
    """A stack deletes its resource of a registration that was created by hand, while another stack takes it over.

    Args:
        worlds: Creates the world.
        template: The template, with one resource.
    """

    def __init__(self, worlds: Worlds, template: Template) -> None:
        super().__init__(worlds, Scenario(template, None))
        self._template = template
        self.registration_id = self.setting.ids[BY_HAND]
        self._rival = self.world.stack("Rival")

    def send(self) -> tuple[Sent, Sent]:
        self.world.clock.passed += 600
        ((logical_id, declared),) = self.setting.with_ids(self._template).items()
        delete = send_delete(self.setting.stack, logical_id)
        self._rival.types[logical_id] = declared["Type"]
        properties = self._rival.resolved({**declared["Properties"], "TakeOver": True})
        self._rival.resources[logical_id] = Resource(properties, status="CREATE_IN_PROGRESS")
        return delete, Sent(self._rival, logical_id, self._rival.event("Create", logical_id, properties))

    def settle(self, sent: Sent) -> None:
        """The Delete succeeds."""
        if sent.event["RequestType"] == "Create":
            super().settle(sent)
            return
        response = self.response(sent)
        assert response is not None
        assert response["Status"] == "SUCCESS", response["Reason"]
        sent.resource.status = sent.stack.stack_status = "DELETE_COMPLETE"

    def check(self) -> None:
        """The other stack has it, with its claim."""
        taker = next(each for each in (self.one, self.other) if each.event["RequestType"] == "Create")
        assert taker.resource.status == "CREATE_COMPLETE"
        now = content.of(self.checks, self.registration_id)
        claim = now.form_owner if "Fields" in taker.resource.properties else now.owner
        assert claim == taker.owner, f"it was taken over by {taker.owner}, and {claim} has the claim"
        state = self.checks.tags(self.registration_id).get("cdk-sms-registration:state")
        assert state == (None if "Fields" in taker.resource.properties else "adopted")


class DeletedTwice(AtOnce):
    """Lambda delivers one Delete twice.

    Args:
        worlds: Creates the world.
        scenario: What is deployed.
        target: The resource that is deleted.
    """

    def __init__(self, worlds: Worlds, scenario: Scenario, target: str) -> None:
        super().__init__(worlds, scenario)
        self._target = target

    def send(self) -> tuple[Sent, Sent]:
        self.world.clock.passed += 600
        sent = send_delete(self.setting.stack, self._target)
        return sent, Sent(sent.stack, sent.logical_id, sent.event)

    def settle(self, sent: Sent) -> None:
        """The first response is taken."""
        sent.resource.status = sent.stack.stack_status = "DELETE_COMPLETE"

    def check(self) -> None:
        """Every response is a success."""
        check_same_responses(self.world, self.one.event["RequestId"])
        response = self.response(self.one)
        assert response is not None
        assert response["Status"] == "SUCCESS", response["Reason"]


def send_delete(stack: Stack, logical_id: str) -> Sent:
    """Begin the deletion of a stack with one of its resources."""
    resource = stack.resources[logical_id]
    stack.stack_status = resource.status = "DELETE_IN_PROGRESS"
    event = stack.event("Delete", logical_id, resource.properties, physical_id=resource.physical_id)
    return Sent(stack, logical_id, event)
