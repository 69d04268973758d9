"""The fleet of `examples/fleet`: no tenant moves, and a full stack is within CloudFormation's limits."""

import dataclasses
import importlib.util
import json
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from support.fleet import tenants as many_tenants

EXAMPLE = Path(__file__).parents[2] / "examples/fleet"
MIB = 1_000_000
"""CloudFormation's limit of a template in S3: 1 MB."""


def load():
    specification = importlib.util.spec_from_file_location("fleet_tenants", EXAMPLE / "tenants.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules["fleet_tenants"] = module  # for dataclasses
    specification.loader.exec_module(module)
    return module


fleet = load()
EXISTING = yaml.safe_load((EXAMPLE / "tenants.yaml").read_text())


def tenant(name, **more):
    return fleet.Tenant(**{**EXISTING[0], "name": name, **more})


def written(tenants):
    """The tenants after somebody wrote the numbers into the file that the message says."""
    placed = fleet.place(tenants)
    return [dataclasses.replace(each, stack=placed.get(each.name, each.stack)) for each in tenants]


def is_within_limits(tenants):
    counts, resources = Counter(), Counter()
    for each in tenants:
        counts[each.region, each.stack] += 1
        resources[each.region, each.stack] += each.resources
    return max(counts.values(), default=0) <= fleet.TENANTS_PER_STACK and (
        max(resources.values(), default=0) <= fleet.RESOURCES_PER_STACK
    )


STEPS = st.lists(
    st.tuples(
        st.integers(0, 200),  # how many come
        st.booleans(),  # whether they are vetted
        st.integers(0, 5),  # every nth leaves; 0 for none
        st.sampled_from(["us-east-1", "us-west-2"]),
    ),
    max_size=5,
)


@given(STEPS)
def test_no_tenant_moves_because_others_come_and_leave(steps):
    tenants, number = [], 0
    for coming, vetting, leaving, region in steps:
        before = {each.name: each.stack for each in tenants}
        tenants = [each for nth, each in enumerate(tenants) if not leaving or nth % leaving]
        for _ in range(coming):
            number += 1
            # Anywhere in the file.
            tenants.insert(
                number % (len(tenants) + 1), tenant(f"t{number}", region=region, vetting=vetting, stack=None)
            )
        tenants = written(tenants)
        assert all(before.get(each.name, each.stack) == each.stack for each in tenants)
        assert None not in {each.stack for each in tenants}
        assert is_within_limits(tenants)


def test_new_tenants_fill_gaps_before_they_open_a_stack():
    tenants = written([tenant(f"t{number}", stack=None) for number in range(100)])
    assert Counter(each.stack for each in tenants) == {1: 80, 2: 20}
    left = [each for each in tenants if each.name not in ("t3", "t7")]
    joined = written([*left, *(tenant(f"new{number}", stack=None) for number in range(3))])
    assert [each.stack for each in joined[-3:]] == [1, 1, 2]


def test_vetted_tenants_need_more_resources():
    tenants = written([tenant(f"t{number}", vetting=True, stack=None) for number in range(80)])
    assert Counter(each.stack for each in tenants) == {1: 68, 2: 12}


def file_of(folder, tenants):
    file = folder / "tenants.yaml"
    file.write_text(yaml.safe_dump(tenants))
    return file


def test_a_tenant_without_a_stack_is_told_its_number(tmp_path):
    new = {**EXISTING[0], "name": "new"}
    del new["stack"]
    with pytest.raises(ValueError, match=r"new has no stack yet: write `stack: 1`, which has room"):
        fleet.read(file_of(tmp_path, [*EXISTING, new]))


def test_names_are_unique(tmp_path):
    with pytest.raises(ValueError, match="birch-music is used 2 times"):
        fleet.read(file_of(tmp_path, [*EXISTING, EXISTING[0]]))


@pytest.mark.parametrize(("count", "vetting"), [(81, False), (69, True)])
def test_a_stack_that_is_too_full_is_refused(tmp_path, count, vetting):
    full = [{**EXISTING[0], "name": f"t{number}", "vetting": vetting} for number in range(count)]
    fleet.read(file_of(tmp_path, full[1:]))
    with pytest.raises(ValueError, match=f"stack 1 in us-east-1 has {count} tenants"):
        fleet.read(file_of(tmp_path, full))


def test_a_full_stack_is_within_the_limits_of_cloudformation(tmp_path, synthesize):
    full = many_tenants(80, regions=["us-east-1"], vetted=40)
    templates = synthesize("examples/fleet/app.py", tmp_path, tenants=str(file_of(tmp_path, full)))
    text = templates["Fleet-us-east-1-1"]
    template = json.loads(text)
    resources = template["Resources"].values()

    assert sum(each["Type"] == "Custom::SmsRegistration" for each in resources) == 200
    assert len(fleet.read(tmp_path / "tenants.yaml")["us-east-1", 1]) == fleet.TENANTS_PER_STACK
    assert len(resources) < 500
    assert len(text.encode()) < MIB * 0.8
    assert len(template.get("Outputs", {})) <= 200
    policies = [each["Properties"] for each in resources if each["Type"] == "AWS::IAM::Policy"]
    sizes = Counter()
    for policy in policies:
        sizes[json.dumps(policy["Roles"])] += len(json.dumps(policy["PolicyDocument"]))
    assert max(sizes.values()) < 10_240  # of all inline policies of a role


def test_a_tenant_that_comes_changes_nothing_of_the_others(tmp_path, synthesize):
    folders = [tmp_path / "before", tmp_path / "after"]
    for folder in folders:
        folder.mkdir()
    two = many_tenants(2, regions=["us-east-1"])
    three = [many_tenants(3, regions=["us-east-1"])[2], *two]
    before, after = (
        json.loads(synthesize("examples/fleet/app.py", folder, tenants=str(file_of(folder, each)))["Fleet-us-east-1-1"])
        for folder, each in zip(folders, (two, three), strict=True)
    )
    assert len(after["Resources"]) == len(before["Resources"]) + 5
    assert before["Resources"].items() <= after["Resources"].items()
