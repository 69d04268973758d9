"""Which forms of a stack wait for which others, so that each has enough of the service's quota while it is filled in.

The quota is one request per second for each operation, for the whole account and Region. CloudFormation starts everything at
once that depends on nothing unfinished, and waits an hour for each custom resource. So a stack with much to write distributes its
forms over lanes, and each form waits for the one before it in its lane.

This module is pure. ``form_lanes`` applies it to a stack.
"""

from __future__ import annotations

import graphlib
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass

LANES = 3
"""How many forms of a stack are filled in at once. With fewer, the quota is not used up while one form ends and the next begins.
With more, stacks that are deployed at the same time have less of it each, and chance does not distribute it evenly."""

UNCHAINED_SECONDS = 120
"""A stack whose forms take at most this long together is left as it is: a chained one has almost as much in progress, with forms
of 30 fields. A form has three runs of 15 minutes, so twenty such stacks can be deployed at the same time."""

MINIMUM_SECONDS = 3
"""What the other requests of a form and its registration take, however few fields it has: two of TagResource, two or three of
DescribeRegistrations."""


@dataclass(frozen=True)
class Form:
    """A form of a stack.

    Attributes:
        fields: How many values it writes.
        needs: The forms that it depends on without lanes, directly or not.
        follows: The forms of the registrations that it is associated with. It is filled in after them, unless they need it.
    """

    fields: int
    needs: frozenset[str] = frozenset()
    follows: frozenset[str] = frozenset()

    @property
    def seconds(self) -> int:
        """How long it takes alone, at one request per second."""
        return max(self.fields, MINIMUM_SECONDS)


Edge = tuple[str, str]
"""A form, and another one that it waits for."""


def is_small(forms: Iterable[Form]) -> bool:
    """Whether all forms of a stack may be filled in at once.

    Args:
        forms: The forms.
    """
    return sum(form.seconds for form in forms) <= UNCHAINED_SECONDS


def edges(forms: Mapping[str, Form]) -> set[Edge]:
    """Return the dependencies to add. They never make a cycle with those that exist.

    A form's lane depends on its name alone. So a form that is added or removed changes what its neighbors in the lane wait for,
    and nothing else.

    Args:
        forms: The forms of a stack by a name that does not change, such as the logical ID.
    """
    if is_small(forms.values()):
        return set()
    before = {name: set(form.needs & forms.keys()) for name, form in forms.items()}
    try:
        _levels(before)
    except graphlib.CycleError:
        return set()  # CloudFormation refuses the template anyway, and names the cycle
    found = set()
    for name, other in _associations(forms):
        if name not in _reachable(before, other):
            before[name].add(other)
            found.add((name, other))
    level = _levels(before)
    lanes: dict[int, str] = {}
    # Each edge leads from a later form in this order to an earlier one, as all others do.
    for name in sorted(forms, key=lambda each: (level[each], each)):
        lane = zlib.crc32(name.encode()) % LANES
        if lane in lanes:
            found.add((name, lanes[lane]))
        lanes[lane] = name
    return {(name, other) for name, other in found if other not in forms[name].needs}


def _associations(forms: Mapping[str, Form]) -> Iterator[Edge]:
    for name in sorted(forms):
        for other in sorted(forms[name].follows & forms.keys() - {name}):
            yield name, other


def _reachable(before: Mapping[str, Set[str]], start: str) -> set[str]:
    """The form, and everything that it waits for."""
    found, left = {start}, [start]
    while left:
        new = before[left.pop()] - found
        found |= new
        left += new
    return found


def _levels(before: Mapping[str, Set[str]]) -> dict[str, int]:
    """How many forms must be filled in one after another before each of them.

    Raises:
        graphlib.CycleError: Forms wait for each other.
    """
    sorter = graphlib.TopologicalSorter(before)
    sorter.prepare()
    found: dict[str, int] = defaultdict(int)
    level = 0
    while sorter.is_active():
        ready = sorter.get_ready()
        found |= dict.fromkeys(ready, level)
        sorter.done(*ready)
        level += 1
    return found
