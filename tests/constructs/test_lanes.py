"""The lanes of a stack: no cycle, few at once, brands before campaigns, and nothing moves that need not move."""

from __future__ import annotations

import graphlib
import heapq

from hypothesis import given
from hypothesis import strategies as st

from cdk_sms_registration.lanes import LANES, MINIMUM_SECONDS, UNCHAINED_SECONDS, Edge, Form, edges

NAMES = [f"Form{number}" for number in range(20)]


@st.composite
def stacks(draw: st.DrawFn) -> dict[str, Form]:
    """Forms whose needs have no cycle and are complete: what a form needs, needs is among its needs too."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    forms: dict[str, Form] = {}
    for name in names:
        direct = draw(st.frozensets(st.sampled_from(list(forms)), max_size=3)) if forms else frozenset()
        needs = direct.union(*(forms[each].needs for each in direct))
        follows = draw(st.frozensets(st.sampled_from(NAMES), max_size=2))
        forms[name] = Form(draw(st.integers(0, 40)), needs, follows)
    return forms


def waits(forms: dict[str, Form], found: set[Edge]) -> dict[str, set[str]]:
    """What each form waits for, with the lanes."""
    waiting = {name: set(form.needs) for name, form in forms.items()}
    for name, other in found:
        waiting[name].add(other)
    return waiting


def most_at_once(forms: dict[str, Form], waiting: dict[str, set[str]]) -> int:
    """How many forms are filled in at once, if each takes a second for each field."""
    sorter = graphlib.TopologicalSorter(waiting)
    sorter.prepare()
    running: list[tuple[int, str]] = []
    most = now = 0
    while sorter.is_active():
        for name in sorter.get_ready():
            heapq.heappush(running, (now + forms[name].seconds, name))
        most = max(most, len(running))
        now, name = heapq.heappop(running)
        sorter.done(name)
    return most


def is_chained(forms: dict[str, Form]) -> bool:
    return sum(form.seconds for form in forms.values()) > UNCHAINED_SECONDS


@given(stacks())
def test_there_is_no_cycle(forms: dict[str, Form]) -> None:
    waiting = waits(forms, edges(forms))
    graphlib.TopologicalSorter(waiting).prepare()
    assert set(waiting) == set(forms), "only forms of the stack"


@given(stacks())
def test_few_are_filled_in_at_once(forms: dict[str, Form]) -> None:
    if is_chained(forms):
        assert most_at_once(forms, waits(forms, edges(forms))) <= LANES
    else:
        assert edges(forms) == set()


def test_all_lanes_are_used() -> None:
    forms = {f"Form{number}": Form(30) for number in range(40)}
    assert most_at_once(forms, waits(forms, edges(forms))) == LANES


@given(stacks())
def test_a_campaign_is_filled_in_after_its_brand_unless_the_brand_needs_it(forms: dict[str, Form]) -> None:
    order = list(forms)
    forms = {name: Form(30, form.needs, form.follows & set(order[: order.index(name)])) for name, form in forms.items()}
    if is_chained(forms):
        waiting = waits(forms, edges(forms))
        for name, form in forms.items():
            assert form.follows <= waiting[name]


@given(stacks(), st.sampled_from(NAMES))
def test_one_form_more_or_less_moves_its_neighbors_only(forms: dict[str, Form], name: str) -> None:
    forms = {each: Form(30) for each in (*forms, *(f"Other{number}" for number in range(10)))}
    less = {each: form for each, form in forms.items() if each != name}
    changed = {each for each, _ in edges({**forms, name: Form(30)}) ^ edges(less)}
    assert len(changed - {name}) <= 1


@given(stacks())
def test_no_dependency_is_added_twice(forms: dict[str, Form]) -> None:
    assert not {(name, other) for name, form in forms.items() for other in form.needs} & edges(forms)


@given(stacks())
def test_the_order_of_declaration_does_not_matter(forms: dict[str, Form]) -> None:
    assert edges(forms) == edges(dict(reversed(forms.items())))


def test_the_threshold() -> None:
    assert edges({f"Form{number}": Form(30) for number in range(4)}) == set()
    assert len(edges({f"Form{number}": Form(30) for number in range(9)})) >= 9 - LANES
    assert edges({f"Form{number}": Form(30) for number in range(5)})
    small = UNCHAINED_SECONDS // MINIMUM_SECONDS
    assert edges({f"Form{number}": Form(1) for number in range(small)}) == set()
    assert edges({f"Form{number}": Form(1) for number in range(small + 1)})


def test_forms_that_wait_for_each_other_are_left_to_cloudformation() -> None:
    forms = {f"Form{number}": Form(30) for number in range(9)}
    forms["Form0"], forms["Form1"] = Form(30, frozenset({"Form1"})), Form(30, frozenset({"Form0"}))
    assert edges(forms) == set()


def test_associations_that_contradict_each_other_are_ignored_as_far_as_they_do() -> None:
    forms = {f"Form{number}": Form(30) for number in range(9)}
    forms["Form0"] = Form(30, follows=frozenset({"Form1"}))
    forms["Form1"] = Form(30, follows=frozenset({"Form0"}))
    found = edges(forms)
    assert ("Form0", "Form1") in found
    graphlib.TopologicalSorter(waits(forms, found)).prepare()


def test_a_form_keeps_its_lane() -> None:
    """The lanes of deployed stacks depend on this function."""
    assert edges({name: Form(100) for name in "ABCDEFGH"}) == {
        ("C", "A"),
        ("D", "C"),
        ("F", "D"),
        ("H", "F"),
        ("E", "B"),
        ("G", "E"),
    }
