"""Large stacks fill in few forms at once; whatever else an app declares, its template has no cycle."""

from __future__ import annotations

import graphlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import jsii
import pytest
from aws_cdk import aws_smsvoice as smsvoice
from aws_cdk import aws_sqs as sqs

from cdk_sms_registration import Registration, RegistrationForm, RegistrationType
from cdk_sms_registration.lanes import LANES
from constructs import IConstruct
from support.dependencies import needs

TOLL_FREE = RegistrationType.US_TOLL_FREE_REGISTRATION
BRAND, CAMPAIGN = RegistrationType.US_TEN_DLC_BRAND_REGISTRATION, RegistrationType.US_TEN_DLC_CAMPAIGN_REGISTRATION
FIELDS = {f"section.field{number}": "text" for number in range(30)}
MANY = 12

Resources = dict[str, dict[str, Any]]


@pytest.fixture
def stack() -> cdk.Stack:
    return cdk.Stack(cdk.App(), "Stack")


def registrations(stack: cdk.Stack, number: int = MANY) -> list[Registration]:
    return [Registration(stack, f"Tenant{each}", registration_type=TOLL_FREE, fields=FIELDS) for each in range(number)]


def synthesized(stack: cdk.Stack) -> Resources:
    """The stack's resources, without a cycle."""
    resources: Resources = cdk.App.of(stack).synth(force=True).get_stack_by_name(stack.stack_name).template["Resources"]
    graphlib.TopologicalSorter(needs(resources)).prepare()
    return resources


def forms(resources: Resources) -> Resources:
    return {name: each for name, each in resources.items() if each["Type"] == "Custom::SmsRegistrationForm"}


def chain(resources: Resources) -> dict[str, str]:
    """The form that each form waits for, if it waits for one."""
    found = forms(resources)
    return {name: other for name, each in found.items() for other in each.get("DependsOn", []) if other in found}


def logical_id(stack: cdk.Stack, registration: Registration) -> str:
    return str(stack.resolve(registration.form.resource.logical_id))


def link(stack: cdk.Stack) -> tuple[Registration, Registration]:
    """Two registrations of a large stack of which the first one's form waits for the second one's."""
    made = registrations(stack)
    by_name = {logical_id(stack, each): each for each in made}
    later, earlier = next(iter(chain(synthesized(stack)).items()))
    return by_name[later], by_name[earlier]


def test_a_small_stack_is_left_as_it_is(stack: cdk.Stack) -> None:
    registrations(stack, 4)
    assert chain(synthesized(stack)) == {}


def test_a_large_stack_has_few_lanes(stack: cdk.Stack) -> None:
    registrations(stack)
    resources = synthesized(stack)
    waiting = chain(resources)
    assert len(waiting) >= MANY - LANES
    assert len(set(waiting.values())) == len(waiting), "no form waits with another one"


def test_the_registrations_do_not_wait(stack: cdk.Stack) -> None:
    registrations(stack)
    resources = synthesized(stack)
    for name, other in ((name, other) for name, others in needs(resources).items() for other in others):
        assert resources[name]["Type"] != "Custom::SmsRegistration" or other not in forms(resources)


def test_synthesizing_again_changes_nothing(stack: cdk.Stack) -> None:
    registrations(stack)
    assert synthesized(stack) == synthesized(stack)


def test_a_form_that_comes_later_gets_into_a_lane(stack: cdk.Stack) -> None:
    registrations(stack)
    before = synthesized(stack)
    Registration(stack, "Another", registration_type=TOLL_FREE, fields=FIELDS)
    after = synthesized(stack)
    former = chain(before)
    now = {name: other for name, other in chain(after).items() if name in before}
    assert sum(now.get(name) != former.get(name) for name in forms(before)) <= 1
    for name in forms(before):
        assert {**after[name], "DependsOn": None} == {**before[name], "DependsOn": None}


def test_a_campaign_is_filled_in_after_its_brand(stack: cdk.Stack) -> None:
    pairs = []
    for number in range(MANY):
        brand = Registration(stack, f"Brand{number}", registration_type=BRAND, fields=FIELDS)
        campaign = Registration(
            stack, f"Campaign{number}", registration_type=CAMPAIGN, fields=FIELDS, associations=[brand]
        )
        pairs.append((logical_id(stack, campaign), logical_id(stack, brand)))
    resources = synthesized(stack)
    assert [brand in resources[campaign]["DependsOn"] for campaign, brand in pairs] == [True] * MANY


def test_the_campaign_of_an_imported_registration(stack: cdk.Stack) -> None:
    """The association is known by its ID alone."""
    brand = "registration-0123456789abcdef"
    campaign = Registration(stack, "Campaign", registration_type=CAMPAIGN, fields=FIELDS, associations=[brand])
    registrations(stack)
    form = RegistrationForm(stack, "Form", registration_id=brand, fields=FIELDS)
    name = stack.resolve(form.resource.logical_id)
    assert name in synthesized(stack)[logical_id(stack, campaign)]["DependsOn"]


def _resource(earlier: Registration, later: Registration, _: cdk.Stack) -> None:
    earlier.form.resource.add_resource_dependency(later.form.resource)


def _construct(earlier: Registration, later: Registration, _: cdk.Stack) -> None:
    earlier.node.add_dependency(later)


def _tag(earlier: Registration, later: Registration, _: cdk.Stack) -> None:
    cdk.Tags.of(earlier).add("after", later.form.version_number)


def _through_queues(earlier: Registration, later: Registration, stack: cdk.Stack) -> None:
    queue = sqs.Queue(stack, "Queue")
    queue.node.add_dependency(later.form)
    redrive = sqs.Queue(stack, "Redrive", dead_letter_queue=sqs.DeadLetterQueue(max_receive_count=3, queue=queue))
    earlier.form.resource.node.add_dependency(redrive)


def _through_an_association(earlier: Registration, later: Registration, stack: cdk.Stack) -> None:
    number = smsvoice.CfnPhoneNumber(
        stack,
        "Number",
        iso_country_code="US",
        number_capabilities=["SMS"],
        number_type="TOLL_FREE",
        mandatory_keywords={"help": {"message": "Help"}, "stop": {"message": "Stop"}},
        tags=[cdk.CfnTag(key="after", value=cdk.Fn.sub("version ${Version}", {"Version": later.form.version_number}))],
    )
    Registration(stack, "WithNumber", registration_type=TOLL_FREE, fields=FIELDS, associations=[number])
    earlier.form.resource.node.add_dependency(number)


@jsii.implements(cdk.IAspect)
class _Dependency:
    """Lets one form wait for another one."""

    def __init__(self, earlier: Registration, later: Registration) -> None:
        self._earlier, self._later = earlier, later

    def visit(self, node: IConstruct) -> None:
        if node is self._later.form.resource:
            self._earlier.form.resource.add_resource_dependency(self._later.form.resource)


def _by_an_aspect(earlier: Registration, later: Registration, stack: cdk.Stack) -> None:
    cdk.Aspects.of(stack).add(_Dependency(earlier, later))


@pytest.mark.parametrize(
    "declare", [_resource, _construct, _tag, _through_queues, _through_an_association, _by_an_aspect]
)
def test_a_dependency_of_the_app_turns_the_order(
    stack: cdk.Stack, declare: Callable[[Registration, Registration, cdk.Stack], None]
) -> None:
    later, earlier = link(stack)
    declare(earlier, later, stack)
    resources = synthesized(stack)
    assert logical_id(stack, earlier) not in resources[logical_id(stack, later)].get("DependsOn", [])
    assert len(chain(resources)) >= MANY - LANES - 1, "the others still wait for each other"


@pytest.mark.parametrize("declare", ["dependency", "tag"])
def test_a_native_registration_turns_the_order(stack: cdk.Stack, declare: str) -> None:
    """The form of a native registration waits for whatever that registration waits for."""
    natives, made = {}, {}
    for number in range(MANY):
        native = smsvoice.CfnRegistration(stack, f"Native{number}", registration_type="US_TOLL_FREE_REGISTRATION")
        form = RegistrationForm(stack, f"Form{number}", registration=native, fields=FIELDS)
        name = stack.resolve(form.resource.logical_id)
        natives[name], made[name] = native, form
    later, earlier = next(iter(chain(synthesized(stack)).items()))
    if declare == "dependency":
        natives[earlier].node.add_dependency(made[later])
    else:
        cdk.Tags.of(natives[earlier]).add("after", made[later].version_number)
    resources = synthesized(stack)
    assert earlier not in resources[later].get("DependsOn", [])
    assert len(chain(resources)) >= MANY - LANES - 1, "the others still wait for each other"


def test_a_cycle_of_the_app_remains_its_own(stack: cdk.Stack) -> None:
    made = registrations(stack)
    made[0].form.resource.add_resource_dependency(made[1].form.resource)
    made[1].form.resource.add_resource_dependency(made[0].form.resource)
    app = cdk.App.of(stack)
    resources = app.synth().get_stack_by_name(stack.stack_name).template["Resources"]
    assert set(chain(resources)) == {logical_id(stack, made[0]), logical_id(stack, made[1])}


def test_a_nested_stack_has_lanes_of_its_own(stack: cdk.Stack) -> None:
    nested = cdk.NestedStack(stack, "Nested")
    registrations(nested)
    registrations(stack, 2)
    assembly = cdk.App.of(stack).synth()
    resources = synthesized(stack)
    assert chain(resources) == {}
    assert assembly.directory
    assert len(chain(_template(assembly.directory, nested.template_file))) >= MANY - LANES


def _template(folder: str, name: str) -> Resources:
    found: Resources = json.loads((Path(folder) / name).read_text(encoding="utf-8"))["Resources"]
    return found
